//! The key of an answer: the hash of everything that it depends on.

use sha2::{Digest as _, Sha256};
use tilejury_audit::external::AnswerKey;

use crate::chat::{ANSWER_UP_TO_TOKENS, SEED};
use crate::picture::Picture;
use crate::prompt::{PROMPT_VERSION, RUBRIC, question, schema};

/// Returns the SHA-256 of the prompt with its version, the schema, the model as the server reports
/// it, the sampling, the query and the bytes of the picture as they are sent; each with its length
/// before it.
pub fn answer_key(model: &str, query: &str, tile: &Picture) -> AnswerKey {
    let sampling = format!("temperature 0, seed {SEED}, up to {ANSWER_UP_TO_TOKENS} tokens");
    hashed(&[PROMPT_VERSION, RUBRIC, &schema().to_string(), model, &sampling, &question(query)], &[tile])
}

/// The SHA-256 of texts and pictures, each with its length before it.
pub(crate) fn hashed(texts: &[&str], tiles: &[&Picture]) -> AnswerKey {
    let mut hash = Sha256::new();
    let parts = texts.iter().map(|text| text.as_bytes()).chain(tiles.iter().map(|tile| tile.bytes()));
    for bytes in parts {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_whole_prompt_is_in_the_key() {
        let tile = Picture::of_tile(tilejury_testkit::picture::png(2, 2, 0)).unwrap();
        let (schema, sampling) = (schema().to_string(), "temperature 0, seed 7, up to 400 tokens");
        let parts = [PROMPT_VERSION, RUBRIC, &schema, "m", sampling, "Query: q"];
        let key = answer_key("m", "q", &tile);
        assert_eq!(key, hashed(&parts, &[&tile]));
        for part in 0..parts.len() {
            let other = format!("{}.", parts[part]);
            let mut parts = parts;
            parts[part] = &other;
            assert_ne!(key, hashed(&parts, &[&tile]), "{other}");
        }
    }

    #[test]
    fn everything_that_was_asked_is_in_the_key() {
        let picture = |seed| Picture::of_tile(tilejury_testkit::picture::png(2, 2, seed)).unwrap();
        let key = answer_key("m", "q", &picture(0));
        assert_eq!(key, answer_key("m", "q", &picture(0)));
        for other in [
            answer_key("m2", "q", &picture(0)),
            answer_key("m", "q2", &picture(0)),
            answer_key("m", "q", &picture(1)),
            answer_key("mq", "", &picture(0)),
        ] {
            assert_ne!(key, other);
        }
    }
}

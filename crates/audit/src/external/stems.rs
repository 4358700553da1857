//! The words of texts as the index has them. Knows no tile; `text_index.rs` searches.

use std::fmt::Write as _;

use rusqlite::{Connection, params};
use tilejury_text::text_tokens;

/// Puts all imported texts into an empty index.
pub(super) fn index_imported_texts(connection: &Connection) -> rusqlite::Result<()> {
    let mut texts = connection.prepare("SELECT id, text FROM texts")?;
    let mut insert = connection.prepare("INSERT INTO text_stems (rowid, stems) VALUES (?1, ?2)")?;
    let mut rows = texts.query([])?;
    while let Some(row) = rows.next()? {
        insert.execute(params![2 * row.get::<_, i64>(0)? + 1, stems(row.get_ref(1)?.as_str()?)])?;
    }
    Ok(())
}

/// The stems of a text, as they are indexed.
pub(super) fn stems(text: &str) -> String {
    text_tokens(text).iter().fold(String::new(), |mut stems, token| {
        let _ = write!(stems, "{} ", encoded(&token.stem));
        stems
    })
}

/// A stem in ASCII letters and digits, so that the tokenizer of SQLite takes it as one word: other
/// signs are written as their code points.
pub(super) fn encoded(stem: &str) -> String {
    if stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return stem.to_owned();
    }
    // A plain word hardly looks like this.
    stem.chars().fold("X".to_owned(), |mut encoded, sign| {
        let _ = write!(encoded, "{:x}x", u32::from(sign));
        encoded
    })
}

/// The stem of an indexed word that does not consist of ASCII letters and digits; `None` for a
/// plain word. The tokenizer of SQLite makes letters small.
pub(super) fn decoded(indexed: &str) -> Option<String> {
    let points = indexed.strip_prefix('x')?.strip_suffix('x')?;
    let sign = |point: &str| char::from_u32(u32::from_str_radix(point, 16).ok()?);
    let stem: String = points.split('x').map(sign).collect::<Option<_>>()?;
    (encoded(&stem) != stem).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexed_words_can_be_decoded() {
        for stem in ["海峡", "c++", "über", "магистрал", "x86", "801", "xx", "x"] {
            let indexed = encoded(stem).to_ascii_lowercase();
            assert_eq!(decoded(&indexed).unwrap_or(indexed), stem);
        }
    }
}

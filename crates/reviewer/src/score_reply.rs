//! The replies of `/v1/rerank`, `/v1/score` and `/v1/embeddings`, read strictly: a value for each
//! text that was sent, and no other.

use serde::Deserialize;

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    results: Vec<Item>,
    #[serde(default)]
    data: Vec<Item>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Usage {
    prompt_tokens: Option<u64>,
    total_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counted {
    usage: Option<Usage>,
}

/// Reads the tokens of a reply, as the server counted them; 0 if it did not.
pub(crate) fn tokens(body: &[u8]) -> u64 {
    let counted: Counted = serde_json::from_slice(body).unwrap_or_default();
    counted.usage.and_then(|usage| usage.total_tokens.or(usage.prompt_tokens)).unwrap_or_default()
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    relevance_score: Option<f32>,
    score: Option<f32>,
    embedding: Option<Vec<f32>>,
}

/// Reads the value of each text by its number, as rerankers sort them: one number for a score,
/// several for an embedding. `None` for a reply in another form.
pub(crate) fn values(body: &[u8], texts: usize) -> Option<Vec<Vec<f32>>> {
    let reply: Reply = serde_json::from_slice(body).ok()?;
    let mut values = vec![Vec::new(); texts];
    for item in reply.results.into_iter().chain(reply.data) {
        let score = item.relevance_score.or(item.score);
        *values.get_mut(item.index)? = item.embedding.or_else(|| score.map(|score| vec![score]))?;
    }
    let is_whole = values.iter().all(|value| !value.is_empty() && value.iter().all(|part| part.is_finite()));
    is_whole.then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_where_they_are_counted() {
        assert_eq!(tokens(br#"{"data": [], "usage": {"prompt_tokens": 9, "total_tokens": 12}}"#), 12);
        assert_eq!(tokens(br#"{"results": [], "usage": {"prompt_tokens": 9}}"#), 9);
        for uncounted in [&br#"{"results": []}"#[..], br#"{"usage": {"total_tokens": "many"}}"#, b"<html>"] {
            assert_eq!(tokens(uncounted), 0);
        }
    }

    #[test]
    fn each_text_has_its_value_or_none_counts() {
        let of = |body: &str| values(body.as_bytes(), 2);
        let sorted = r#"{"results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.2}]}"#;
        assert_eq!(of(sorted), Some(vec![vec![0.2], vec![0.9]]));
        let embeddings = r#"{"data": [{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [3, 4]}]}"#;
        assert_eq!(of(embeddings), Some(vec![vec![1.0, 2.0], vec![3.0, 4.0]]));
        for wrong in [
            "<html>",
            r#"{"data": [{"index": 0, "score": 0.1}]}"#,
            r#"{"data": [{"index": 0, "score": 0.1}, {"index": 2, "score": 0.1}]}"#,
            r#"{"data": [{"index": 0, "score": 0.1}, {"index": 1}]}"#,
            r#"{"data": [{"index": 0, "score": 0.1}, {"index": 1, "score": 1e99}]}"#,
            r#"{"data": [{"index": 0, "embedding": []}, {"index": 1, "embedding": [1]}]}"#,
        ] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}

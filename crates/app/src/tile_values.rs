//! The values that a row gives for each of its tiles, such as retrieval scores and margins, found
//! by the shape of its fields. Knows no files and draws nothing.

use serde_json::Value;
use tilejury_data::RowField;

/// The beginnings of names of values about the positive.
const OF_POSITIVE: [&str; 2] = ["pos", "chunk_"];
/// Words in the names of values that tiles have.
const OF_TILES: [&str; 6] = ["score", "margin", "rank", "sim", "dist", "neg"];

/// A field with a value for each tile, the positive's first; `None` for a tile without one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TileValues {
    /// The field; within another one, `outer.inner`.
    pub(crate) name: String,
    pub(crate) values: Vec<Option<String>>,
}

/// Returns the fields with a value for each tile. `tiles` are the row's paths as spelled, the
/// positive's first.
pub(crate) fn tile_values(fields: &[RowField], tiles: &[&str]) -> Vec<TileValues> {
    let mut found = Vec::new();
    for field in fields {
        find(&field.name, &field.value, tiles, &mut found);
    }
    found
}

fn find(name: &str, value: &Value, tiles: &[&str], found: &mut Vec<TileValues>) {
    let negatives = tiles.len().saturating_sub(1);
    let lower = name.to_lowercase();
    let last = lower.rsplit('.').next().unwrap_or_default();
    let is_of_tiles = OF_TILES.iter().any(|word| last.contains(word));
    let mut add = |values: Vec<Option<String>>| found.push(TileValues { name: name.to_owned(), values });
    match value {
        Value::Array(items) if items.len() == negatives && negatives > 0 && is_list_of_values(items, is_of_tiles) => {
            add(std::iter::once(None).chain(items.iter().map(shown)).collect());
        }
        Value::Array(items)
            if items.len() == tiles.len() && is_of_tiles && is_list_of_values(items, true) && negatives > 0 =>
        {
            add(items.iter().map(shown).collect());
        }
        Value::Object(map) if tiles.iter().any(|tile| map.contains_key(*tile)) => {
            add(tiles.iter().map(|tile| map.get(*tile).and_then(shown)).collect());
        }
        Value::Object(map) => {
            for (inner, value) in map {
                find(&format!("{name}.{inner}"), value, tiles, found);
            }
        }
        Value::Number(_) if OF_POSITIVE.iter().any(|begin| last.starts_with(begin)) => {
            let none = std::iter::repeat_n(None, negatives);
            add(std::iter::once(shown(value)).chain(none).collect());
        }
        _ => {}
    }
}

/// Whether a list as long as the tiles is about them: one of numbers is; one of other values only
/// if its name says so.
fn is_list_of_values(items: &[Value], named: bool) -> bool {
    items.iter().all(|item| item.is_number() || item.is_null() || (named && !item.is_array()))
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Vec<(String, Vec<Option<String>>)> {
        let fields = tilejury_data::other_fields(json.as_bytes()).unwrap();
        tile_values(&fields, &["a", "b", "c"]).into_iter().map(|found| (found.name, found.values)).collect()
    }

    #[test]
    fn finds_values_of_tiles_by_their_shape() {
        let two = |first: &str, second: &str| vec![None, Some(first.to_owned()), Some(second.to_owned())];
        assert_eq!(of(r#"{"neg_scores": [0.5, 0.25]}"#), [("neg_scores".into(), two("0.5", "0.25"))]);
        assert_eq!(of(r#"{"x": {"negatives": ["far", "near"]}}"#), [("x.negatives".into(), two("far", "near"))]);
        assert_eq!(of(r#"{"scores": {"b": 2, "c": 3}}"#), [("scores".into(), two("2", "3"))]);
        let three = vec![Some("9".to_owned()), Some("8".to_owned()), None];
        assert_eq!(of(r#"{"ranks": [9, 8, null]}"#), [("ranks".into(), three)]);
        assert_eq!(of(r#"{"pos_score": 0.9}"#), [("pos_score".into(), vec![Some("0.9".to_owned()), None, None])]);
    }

    #[test]
    fn other_lists_are_not_values_of_tiles() {
        assert!(of(r#"{"tags": ["a", "b"], "steps": [1, 2, 3], "year": 1999, "scores": [1]}"#).is_empty());
    }
}

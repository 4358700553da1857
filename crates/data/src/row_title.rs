//! The title that a row gives for the page of its positive. Not every set has one: rows without it
//! are as good.

use std::borrow::Cow;

use serde::Deserialize;

use crate::sample_index::SampleIndex;
use crate::tile_path::TilePath;
use crate::{Dataset, split::Split};

/// The fields that are needed; others are skipped.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    chunk_path: Cow<'a, str>,
    #[serde(default)]
    title: Option<serde_json::Value>,
}

/// The title of a line and its positive; `None` if it has none that is a text.
fn title_in(line: &[u8]) -> Option<(TilePath, String)> {
    let Fields { chunk_path, title } = serde_json::from_slice(line).ok()?;
    let title = title?;
    // A title is one line, however it is stored.
    let words: Vec<&str> = title.as_str()?.split_whitespace().collect();
    (!words.is_empty()).then(|| (TilePath::new(&chunk_path), words.join(" ")))
}

impl Dataset {
    /// The positive of a row with the title that the row gives for it in its field `title`; `None`
    /// without a title.
    pub fn title(&self, index: SampleIndex) -> Option<(TilePath, String)> {
        let split: &Split = self.split_of(index);
        title_in(split.line(self.entry(index).row as usize).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_are_titles() {
        let title = |value: &str| {
            let line = format!(r#"{{"query": "q", "chunk_path": "images/shard_000/a.png"{value}}}"#);
            title_in(line.as_bytes()).map(|(tile, title)| (tile.to_string(), title))
        };
        let found = |title: &str| Some(("shard_000/a.png".to_owned(), title.to_owned()));
        assert_eq!(title(r#", "title": "Salt \n mines ""#), found("Salt mines"));
        for other in ["", r#", "title": null"#, r#", "title": "  ""#, r#", "title": 5"#, r#", "title": ["Salt"]"#] {
            assert_eq!(title(other), None, "{other}");
        }
    }
}

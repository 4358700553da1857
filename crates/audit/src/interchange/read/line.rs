//! The fields of a line, as they are written. What they mean for a row is decided elsewhere.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::interchange::fields::{EVENT_FIELDS, JUDGEMENT_FIELDS, READ_FIELDS, ROW_FIELDS};

#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) split: Option<String>,
    pub(super) line: Option<u64>,
    pub(super) query: Option<String>,
    pub(super) chunk_path: Option<String>,
    pub(super) annotator: Option<String>,
    pub(super) at: Option<String>,
    pub(super) orphan: Option<bool>,
    /// An additional field of `judgements --history`. A line that has it is one event, and nothing
    /// else follows from it.
    field: Option<IgnoredAny>,
    #[serde(rename = "tile")]
    _tile: Option<IgnoredAny>,
    #[serde(rename = "value")]
    _value: Option<IgnoredAny>,
    #[serde(rename = "session")]
    _session: Option<IgnoredAny>,
    #[serde(rename = "seq")]
    _seq: Option<IgnoredAny>,
    #[serde(rename = "step")]
    _step: Option<IgnoredAny>,
    #[serde(rename = "undoes")]
    _undoes: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "given")]
    pub(super) verdict: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    pub(super) reasons: Option<Option<Vec<String>>>,
    pub(super) tiles: Option<BTreeMap<String, Option<String>>>,
    /// Like `tiles`, for tiles that the row does not name.
    pub(super) added: Option<BTreeMap<String, Option<String>>>,
    pub(super) chosen_by: Option<String>,
    /// Steps by tile.
    pub(super) propagated: Option<BTreeMap<String, String>>,
    /// By tile, how accepting its row confirmed it.
    pub(super) confirmed: Option<BTreeMap<String, String>>,
    /// The fields, and the tiles with a relevance, that were judged in bulk.
    pub(super) bulk: Option<Vec<String>>,
    /// The name of the audit that the judgement was made for.
    pub(super) audit: Option<String>,
    /// `adjudicator` for a judgement that takes the place of the annotators'.
    pub(super) role: Option<String>,
    /// Whether it answers a row of the audit that came back.
    pub(super) again: Option<bool>,
    /// By tile, the look at it up to the verdict.
    pub(super) looks: Option<serde_json::Value>,
    /// The things that were not hidden when the verdict was given.
    pub(super) visible: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "given")]
    pub(super) note: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    pub(super) tags: Option<Option<Vec<String>>>,
    #[serde(flatten)]
    pub(super) unknown: BTreeMap<String, IgnoredAny>,
}

impl Line {
    /// # Errors
    /// What is wrong with a line that is not a judgement, in words.
    pub(super) fn parse(line: &[u8]) -> Result<Self, String> {
        if !line.trim_ascii_start().starts_with(b"{") {
            return Err("not a JSON object; each line must contain one judgement in braces".into());
        }
        let line: Self = serde_json::from_slice(line).map_err(|error| {
            let text = error.to_string();
            text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
        })?;
        match line.unknown.keys().find(|name| !ROW_FIELDS.contains(&name.as_str())) {
            Some(name) => Err(unknown_field(name)),
            None => Ok(line),
        }
    }

    /// Whether it is one event of a history.
    pub(super) fn is_event(&self) -> bool {
        self.field.is_some()
    }
}

/// Distinguishes a field that is null (clears a value) from one that is missing (changes nothing).
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Returns the error for an unknown field: a judgement under a misspelt name would be lost
/// silently.
fn unknown_field(name: &str) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(known, &name.to_lowercase());
    let known = JUDGEMENT_FIELDS.into_iter().chain(EVENT_FIELDS).chain(READ_FIELDS);
    let nearest = known.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|nearest| likeness(nearest) > 0.8) {
        Some(nearest) => format!("unknown field `{name}`; did you mean `{nearest}`?"),
        None => format!("unknown field `{name}`; a judgement has {}", JUDGEMENT_FIELDS[..12].join(", ") + ", added"),
    }
}

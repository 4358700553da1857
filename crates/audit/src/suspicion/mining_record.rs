//! Fields that some datasets add to their rows: ranks and scores from mining.
//!
//! Tolerant: a field of another type counts as missing, never as an error.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tilejury_data::{Dataset, SampleIndex};

/// A row's record of how it was mined.
#[derive(Debug, Default)]
pub(crate) struct MiningRecord<'d> {
    /// Rank of the positive: 0 if the row has 0 or null, `None` if it has no rank.
    pub(crate) positive_rank: Option<f64>,
    /// Score of the positive, likewise.
    pub(crate) positive_score: Option<f64>,
    /// The retrieved tiles with their scores.
    pub(crate) retrieved: Option<Vec<RetrievedTile<'d>>>,
}

/// One retrieved tile.
#[derive(Debug, Deserialize)]
pub(crate) struct RetrievedTile<'d> {
    #[serde(borrow)]
    pub(crate) path: Cow<'d, str>,
    #[serde(default)]
    pub(crate) score: Option<f64>,
}

#[derive(Default, Deserialize)]
struct Fields<'d> {
    #[serde(borrow, default, deserialize_with = "present")]
    positive_rank: Option<&'d RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    positive_score: Option<&'d RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    source_positive_rank: Option<&'d RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    source_positive_score: Option<&'d RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    retrieve_top20: Option<&'d RawValue>,
}

/// Reads the fields from a row's own bytes.
pub(crate) fn read(dataset: &Dataset, sample: SampleIndex) -> MiningRecord<'_> {
    of_line(dataset.row_line(sample).unwrap_or_default())
}

/// Reads the fields from the bytes of a row's line. This stage's rank and score of the positive
/// take precedence over those of its source.
pub(super) fn of_line(line: &[u8]) -> MiningRecord<'_> {
    if !may_have_mining_fields(line) {
        return MiningRecord::default();
    }
    let fields: Fields<'_> = serde_json::from_slice(line).unwrap_or_default();
    MiningRecord {
        positive_rank: number(fields.positive_rank).or_else(|| number(fields.source_positive_rank)),
        positive_score: number(fields.positive_score).or_else(|| number(fields.source_positive_score)),
        retrieved: fields.retrieve_top20.and_then(|list| serde_json::from_str(list.get()).ok()),
    }
}

/// Part of each of their names.
static IN_ALL_NAMES: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"ve_"));

/// Whether a line may have such fields. Most sets have none, and their rows need not be parsed for
/// them. A backslash may encode any character of a name.
fn may_have_mining_fields(line: &[u8]) -> bool {
    memchr::memchr(b'\\', line).is_some()
        || (IN_ALL_NAMES.find(line).is_some()
            && (memmem::find(line, b"positive_").is_some() || memmem::find(line, b"retrieve_top20").is_some()))
}

/// Reads a field that is present, even if null; serde would take null for a missing one.
fn present<'d, D: Deserializer<'d>>(field: D) -> Result<Option<&'d RawValue>, D::Error> {
    Deserialize::deserialize(field).map(Some)
}

/// Returns a number, or 0 for null.
fn number(raw: Option<&RawValue>) -> Option<f64> {
    serde_json::from_str::<Option<f64>>(raw?.get()).ok().map(|number| number.unwrap_or(0.0))
}

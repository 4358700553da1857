//! The names of the fields that a line may have, in the order of the columns of CSV output. They
//! never change.

/// The fields of a judgement.
pub const JUDGEMENT_FIELDS: [&str; 19] = [
    "split",
    "line",
    "query",
    "chunk_path",
    "verdict",
    "reasons",
    "tiles",
    "note",
    "tags",
    "annotator",
    "at",
    "chosen_by",
    "propagated",
    "orphan",
    "confirmed",
    "added",
    "bulk",
    "looks",
    "visible",
];

/// The field of a line that names the audit that the judgement was made for. Only the answers of an
/// audit have it.
pub const AUDIT_FIELD: &str = "audit";
/// Further fields that are read: of answers in audits and of adjudications.
pub(super) const READ_FIELDS: [&str; 3] = ["audit", "role", "again"];

/// The fields of an event of a history.
pub const EVENT_FIELDS: [&str; 20] = [
    "split",
    "line",
    "query",
    "chunk_path",
    "field",
    "tile",
    "value",
    "annotator",
    "at",
    "session",
    "seq",
    "step",
    "undoes",
    "chosen_by",
    "propagated",
    "orphan",
    "confirmed",
    "bulk",
    "looks",
    "visible",
];

/// Fields of a dataset's rows that are not part of a judgement: a row with a verdict added to it is
/// a readable line.
pub(super) const ROW_FIELDS: [&str; 16] = [
    "neg_chunk_paths",
    "answer",
    "source_positive_rank",
    "source_positive_score",
    "source_dataset",
    "positive_rank",
    "positive_score",
    "retrieve_top20",
    "title",
    "url",
    "subject",
    "source_type",
    "source_sentence",
    "chunk_index",
    "tiles_dir",
    "query_group",
];

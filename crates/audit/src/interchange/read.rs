//! Conversion of lines of JSON to events: each line is checked, all or nothing. Writes no file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use thiserror::Error;
use tilejury_data::shown::shown;
use tilejury_data::{Dataset, LineNumber, RowError, Sample, SampleIndex, SampleKey, TilePath};

use super::fields::{EVENT_FIELDS, JUDGEMENT_FIELDS, ROW_FIELDS};
use crate::event::{Event, StepEventBuilder};
use crate::judgement::{FieldChange, Judgement, Reason, Relevance, Verdict};
use crate::judging::{can_have_reasons, cleared_reasons, refusal_to_add};
use crate::looks::Looks;
use crate::merge::CurrentJudgements;
use crate::origin::{Confirmation, Origin, Selection};
use crate::session::new_session_id;
use crate::sidecar::SampleRecord;
use crate::step::StepId;
use crate::time::Timestamp;

/// A line that cannot be used, and the reason.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: {message}")]
pub struct BadLine {
    /// The line number, from 1.
    pub line: LineNumber,
    /// The found and the expected value.
    pub message: String,
}

impl BadLine {
    pub(crate) fn new(line: LineNumber, message: &str) -> Self {
        Self { line, message: shown(message).into_owned() }
    }
}

/// The events that a file of judgements gives.
#[derive(Debug, Default)]
pub struct JudgementImport {
    /// Lines that were read.
    pub lines: usize,
    /// Events to append to the sidecar in one transaction.
    pub events: Vec<Event>,
    /// The samples that the events are about.
    pub samples: Vec<SampleRecord>,
    /// Remarks for the person: unknown fields, lines that name several rows.
    pub remarks: Vec<String>,
}

#[derive(Deserialize)]
struct Line {
    split: Option<String>,
    line: Option<u64>,
    query: Option<String>,
    chunk_path: Option<String>,
    annotator: Option<String>,
    at: Option<String>,
    orphan: Option<bool>,
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
    verdict: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    reasons: Option<Option<Vec<String>>>,
    tiles: Option<BTreeMap<String, Option<String>>>,
    /// Like `tiles`, for tiles that the row does not name.
    added: Option<BTreeMap<String, Option<String>>>,
    chosen_by: Option<String>,
    /// Steps by tile.
    propagated: Option<BTreeMap<String, String>>,
    /// By tile, how accepting its row confirmed it.
    confirmed: Option<BTreeMap<String, String>>,
    /// The fields, and the tiles with a relevance, that were judged in bulk.
    bulk: Option<Vec<String>>,
    /// By tile, the look at it up to the verdict.
    looks: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "given")]
    note: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    tags: Option<Option<Vec<String>>>,
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

/// Distinguishes a field that is null (clears a value) from one that is missing (changes nothing).
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Defaults for lines that do not state an annotator or a time.
#[derive(Clone, Debug)]
pub struct ImportDefaults<'a> {
    /// Overrides the annotator of every line.
    pub annotator: Option<&'a str>,
    /// The annotator of lines that state none.
    pub login: &'a str,
    /// The time of lines that state none.
    pub at: Timestamp,
}

/// Reads judgements. `before` holds each annotator's current judgements. Only changes become
/// events, and marks of tiles that were only confirmed so far.
///
/// # Errors
/// All lines that cannot be used; then nothing may be stored.
pub fn read(
    dataset: &Dataset,
    text: &[u8],
    defaults: &ImportDefaults<'_>,
    before: BTreeMap<String, CurrentJudgements>,
) -> Result<JudgementImport, Vec<BadLine>> {
    let names = RowsByName::new(dataset);
    let mut reading = Reading {
        dataset,
        session: new_session_id().into(),
        current: before,
        import: JudgementImport::default(),
        bad: Vec::new(),
        samples: BTreeSet::new(),
        unknown: BTreeSet::new(),
        orphans: 0,
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    for (number, line) in (1..).map(LineNumber::new).zip(text.split(|byte| *byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match read_line(dataset, &names, line, defaults) {
            Ok(Some(parsed)) => reading.add_line(number, &parsed),
            Ok(None) => reading.orphans += 1,
            Err(message) => reading.bad.push(BadLine::new(number, &message)),
        }
    }
    reading.finish()
}

/// The lines that were read so far.
struct Reading<'d> {
    dataset: &'d Dataset,
    /// The session of the new events.
    session: Arc<str>,
    /// Each annotator's judgements, as they are after these lines.
    current: BTreeMap<String, CurrentJudgements>,
    import: JudgementImport,
    bad: Vec<BadLine>,
    /// The samples that `import` has a record of.
    samples: BTreeSet<SampleKey>,
    /// Fields that are of no use.
    unknown: BTreeSet<String>,
    orphans: usize,
}

impl Reading<'_> {
    /// Adds the events of a line.
    fn add_line(&mut self, number: LineNumber, line: &ParsedLine) {
        self.import.lines += 1;
        self.unknown.extend(line.unknown.iter().cloned());
        if line.changes.len() > 1 {
            self.import.remarks.push(format!(
                "line {number} names {} rows with the same query and chunk_path: all of them are judged",
                line.changes.len()
            ));
        }
        for (index, changes) in &line.changes {
            match self.judge(*index, changes, line) {
                Ok(()) => {
                    let key = self.dataset.entry(*index).key;
                    if self.samples.insert(key) {
                        self.import.samples.extend(SampleRecord::new(self.dataset, *index));
                    }
                }
                Err(message) => self.bad.push(BadLine::new(number, &message)),
            }
        }
    }

    /// Adds the events of one of the samples that a line names.
    fn judge(&mut self, index: SampleIndex, changes: &[FieldChange], line: &ParsedLine) -> Result<(), String> {
        let key = self.dataset.entry(index).key;
        let CurrentJudgements { judgements, origins } = self.current.entry(line.annotator.clone()).or_default();
        let judgement = judgements.entry(key).or_default();
        check_reasons(judgement, changes)?;
        let last_seq = self.import.events.len() as u64;
        let mut step = StepEventBuilder::new(self.session.clone(), last_seq, line.annotator.as_str().into(), line.at);
        let row = self.dataset.row(index).ok().filter(|_| !line.is_event);
        let positive = row.map(|row| TilePath::new(&row.positive));
        for change in with_consequences(judgement, changes, positive.as_ref()) {
            let origin = line.origins.origin_of(&change);
            let adds = change.value().is_some() && origin.adds_to(&origins.get(key, &change));
            if judgement.present(&change) == change && !adds {
                continue;
            }
            judgement.apply(change.clone());
            origins.set(key, &change, origin.clone());
            self.import.events.push(step.event(key, change, None, origin));
        }
        Ok(())
    }

    /// Adds the remarks about all lines.
    fn finish(mut self) -> Result<JudgementImport, Vec<BadLine>> {
        if self.orphans > 0 {
            let orphans = self.orphans;
            self.import.remarks.push(format!(
                "{orphans} lines were skipped: they are orphans, judgements of rows that are no longer in the set"
            ));
        }
        if !self.unknown.is_empty() {
            let names: Vec<String> = self.unknown.into_iter().collect();
            let remark = format!("unknown fields were ignored: {}", names.join(", "));
            self.import.remarks.push(shown(&remark).into_owned());
        }
        if self.bad.is_empty() { Ok(self.import) } else { Err(self.bad) }
    }
}

struct ParsedLine {
    /// The changes to each sample that the line names.
    changes: Vec<(SampleIndex, Vec<FieldChange>)>,
    /// Whether the line is one event of a history.
    is_event: bool,
    annotator: String,
    at: Timestamp,
    origins: LineOrigins,
    unknown: Vec<String>,
}

/// The origins of the values in a line.
struct LineOrigins {
    chosen_by: Option<Selection>,
    /// By tile: the step that its judgement was propagated from.
    propagated: BTreeMap<TilePath, StepId>,
    /// By tile: how accepting confirmed it.
    confirmed: BTreeMap<TilePath, Confirmation>,
    /// The names of fields and the spellings of tiles that were judged in bulk.
    bulk: Vec<String>,
    looks: Option<Arc<Looks>>,
}

impl LineOrigins {
    fn parse(line: &Line) -> Result<Self, String> {
        let chosen_by = line.chosen_by.as_deref().map(str::parse).transpose();
        let propagated = line.propagated.iter().flatten();
        let propagated = propagated.map(|(spelling, step)| Ok((TilePath::new(spelling), step.parse()?)));
        let confirmed = line.confirmed.iter().flatten();
        let confirmed = confirmed.map(|(spelling, word)| Ok((TilePath::new(spelling), word.parse()?)));
        let looks = line.looks.as_ref().map(Looks::from_json).transpose();
        Ok(Self {
            bulk: line.bulk.clone().unwrap_or_default(),
            looks: looks.map_err(|error| format!("`looks`: {error}"))?.map(Arc::new),
            chosen_by: chosen_by.map_err(|error: String| format!("`chosen_by`: {error}"))?,
            propagated: propagated.collect::<Result<_, String>>().map_err(|error| format!("`propagated`: {error}"))?,
            confirmed: confirmed.collect::<Result<_, String>>().map_err(|error| format!("`confirmed`: {error}"))?,
        })
    }

    fn origin_of(&self, change: &FieldChange) -> Origin {
        let propagated_from = change.tile().and_then(|tile| self.propagated.get(tile)).cloned();
        let confirmed_by = change.tile().and_then(|tile| self.confirmed.get(tile)).copied();
        let bulk = match change.tile() {
            Some(tile) => self.bulk.iter().any(|spelling| TilePath::new(spelling) == *tile),
            None => self.bulk.iter().any(|field| field == change.field()),
        };
        let looks = self.looks.clone().filter(|_| matches!(change, FieldChange::Verdict(Some(_))));
        Origin { chosen_by: self.chosen_by, propagated_from, confirmed_by, bulk, looks, settles: None }
    }
}

fn read_line(
    dataset: &Dataset,
    names: &RowsByName,
    line: &[u8],
    defaults: &ImportDefaults<'_>,
) -> Result<Option<ParsedLine>, String> {
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err("not a JSON object; each line must contain one judgement in braces".into());
    }
    let line: Line = serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
    })?;
    if let Some(name) = line.unknown.keys().find(|name| !ROW_FIELDS.contains(&name.as_str())) {
        return Err(unknown_field(name));
    }
    if line.orphan == Some(true) {
        return Ok(None);
    }
    let samples: Vec<(SampleIndex, Sample)> = names
        .find(dataset, &line)?
        .into_iter()
        .map(|index| Ok((index, dataset.sample(index)?)))
        .collect::<Result<_, RowError>>()
        .map_err(|error| error.to_string())?;
    for spelling in line.tiles.iter().flat_map(BTreeMap::keys) {
        let tile = TilePath::new(spelling);
        if !samples.iter().any(|(_, sample)| sample.has_tile(&tile)) {
            return Err(format!(
                "`tiles`: {spelling} is neither the row's positive nor one of its negatives; \
                 a relevant tile that the row does not name belongs to `added`"
            ));
        }
    }
    check_added(dataset, &line, &samples)?;
    let mut changes = Vec::with_capacity(samples.len());
    for (index, sample) in &samples {
        changes.push((*index, changes_to(&line, sample)?));
    }
    if changes.iter().all(|(_, changes)| changes.is_empty()) {
        return Err("nothing to record; give a verdict, reasons, tiles, added, note or tags".into());
    }
    let at = line.at.as_deref().map(|text| {
        text.parse().map_err(|error| format!("`at`: {error}; expected RFC 3339, such as 2026-01-31T09:30:00Z"))
    });
    let annotator = defaults.annotator.or(line.annotator.as_deref()).unwrap_or(defaults.login);
    if annotator.trim().is_empty() {
        return Err("`annotator` is empty".into());
    }
    Ok(Some(ParsedLine {
        is_event: line.field.is_some(),
        origins: LineOrigins::parse(&line)?,
        changes,
        annotator: annotator.to_owned(),
        at: at.transpose()?.unwrap_or(defaults.at),
        unknown: line.unknown.into_keys().collect(),
    }))
}

/// Returns the error for an unknown field: a judgement under a misspelt name would be lost
/// silently.
fn unknown_field(name: &str) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(known, &name.to_lowercase());
    let known = JUDGEMENT_FIELDS.into_iter().chain(EVENT_FIELDS);
    let nearest = known.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|nearest| likeness(nearest) > 0.8) {
        Some(nearest) => format!("unknown field `{name}`; did you mean `{nearest}`?"),
        None => format!("unknown field `{name}`; a judgement has {}", JUDGEMENT_FIELDS[..12].join(", ") + ", added"),
    }
}

/// Checks that no row names an added tile, and that the dataset has it. An event of a history may
/// be about a tile that is gone by now, and a tile of a missing shard may exist.
fn check_added(dataset: &Dataset, line: &Line, samples: &[(SampleIndex, Sample)]) -> Result<(), String> {
    for (spelling, relevance) in line.added.iter().flatten() {
        let tile = TilePath::new(spelling);
        if let Some(why) = samples.iter().find_map(|(_, sample)| refusal_to_add(sample, &tile)) {
            return Err(format!("`added`: {spelling}: {why}"));
        }
        let is_new = relevance.as_deref() == Some(Relevance::Relevant.word()) && line.field.is_none();
        if is_new && dataset.tiles.locate(&tile).is_err() && dataset.tiles.has_location_of(&tile) {
            return Err(format!("`added`: {spelling} is not a tile of the dataset"));
        }
    }
    Ok(())
}

/// Returns the changes of a line to one of the samples that it names. Tiles that the sample lacks
/// belong to its repeats.
fn changes_to(line: &Line, sample: &Sample) -> Result<Vec<FieldChange>, String> {
    let mut changes = Vec::new();
    if let Some(verdict) = &line.verdict {
        let verdict: Option<Verdict> =
            verdict.as_deref().map(str::parse).transpose().map_err(|e: String| format!("`verdict`: {e}"))?;
        changes.push(FieldChange::Verdict(verdict));
    }
    if let Some(reasons) = &line.reasons {
        let words = reasons.iter().flatten();
        let reasons: Result<BTreeSet<Reason>, String> = words.map(|word| word.parse()).collect();
        changes.push(FieldChange::Reasons(reasons.map_err(|error| format!("`reasons`: {error}"))?));
    }
    for (field, tiles) in [("tiles", &line.tiles), ("added", &line.added)] {
        for (spelling, relevance) in tiles.iter().flatten() {
            let tile = TilePath::new(spelling);
            let relevance: Option<Relevance> = relevance
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(|error: String| format!("`{field}`, {spelling}: {error}"))?;
            if sample.has_tile(&tile) == (field == "tiles") {
                changes.push(FieldChange::Relevance(tile, relevance));
            }
        }
    }
    if let Some(note) = &line.note {
        changes.push(FieldChange::Note(note.clone().unwrap_or_default()));
    }
    if let Some(tags) = &line.tags {
        changes.push(FieldChange::Tags(tags.iter().flatten().filter(|tag| !tag.trim().is_empty()).cloned().collect()));
    }
    Ok(changes)
}

fn check_reasons(judgement: &Judgement, changes: &[FieldChange]) -> Result<(), String> {
    let mut after = judgement.clone();
    changes.iter().cloned().for_each(|change| after.apply(change));
    let gives_reasons =
        changes.iter().any(|change| matches!(change, FieldChange::Reasons(reasons) if !reasons.is_empty()));
    if gives_reasons && !can_have_reasons(after.verdict) {
        return Err("`reasons` need the verdict reject or unsure".into());
    }
    Ok(())
}

/// Returns the changes of a line with their consequences. A verdict that cannot have reasons clears
/// the earlier ones. In a rejected row, the reason of a wrong positive and the positive's mark go
/// together ([`Judgement::reconciled`]): if a line gives one of the two, the other follows it,
/// whatever was recorded before; if it gives both, the mark wins.
fn with_consequences(judgement: &Judgement, changes: &[FieldChange], positive: Option<&TilePath>) -> Vec<FieldChange> {
    let mut all = changes.to_vec();
    let verdict = changes.iter().find_map(|change| match change {
        FieldChange::Verdict(verdict) => Some(*verdict),
        _ => None,
    });
    all.extend(verdict.and_then(|verdict| cleared_reasons(judgement, verdict)));
    let Some(positive) = positive else { return all };
    let mut after = judgement.clone();
    all.iter().cloned().for_each(|change| after.apply(change));
    let marks = changes.iter().any(|change| change.tile() == Some(positive));
    let reasons = changes.iter().find_map(|change| match change {
        FieldChange::Reasons(reasons) => Some(reasons),
        _ => None,
    });
    if let (Some(reasons), false, Some(Verdict::Reject)) = (reasons, marks, after.verdict) {
        let was_wrong = judgement.relevance(positive) == Some(Relevance::NotRelevant);
        match reasons.contains(&Reason::WrongPositive) {
            true => after.apply(FieldChange::Relevance(positive.clone(), Some(Relevance::NotRelevant))),
            false if was_wrong => after.apply(FieldChange::Relevance(positive.clone(), None)),
            false => {}
        }
    }
    if marks && reasons.is_none() && after.relevance(positive) != Some(Relevance::NotRelevant) {
        after.reasons.remove(&Reason::WrongPositive);
    }
    let after = after.reconciled(positive);
    for field in [FieldChange::Reasons(BTreeSet::new()), FieldChange::Relevance(positive.clone(), None)] {
        all.retain(|change| change.field() != field.field() || change.tile() != field.tile());
        all.push(after.present(&field));
    }
    all
}

/// The rows by query and path.
struct RowsByName {
    repeats: HashMap<SampleKey, Vec<SampleIndex>>,
}

impl RowsByName {
    /// Lists only repeats: every other row is found by its key.
    fn new(dataset: &Dataset) -> Self {
        let mut repeats: HashMap<SampleKey, Vec<SampleIndex>> = HashMap::new();
        for (index, sample) in dataset.indices().zip(&dataset.samples) {
            let Ok(row) = dataset.row(index) else { continue };
            let first = SampleKey::new(&row.query, &TilePath::new(&row.positive), 0);
            if first != sample.key {
                repeats.entry(first).or_default().push(index);
            }
        }
        Self { repeats }
    }

    fn find(&self, dataset: &Dataset, line: &Line) -> Result<Vec<SampleIndex>, String> {
        match (&line.query, &line.chunk_path, &line.split, line.line.map(LineNumber::new)) {
            (Some(query), Some(path), split, number) => {
                let key = SampleKey::new(query, &TilePath::new(path), 0);
                let first = dataset.find(key);
                let others = self.repeats.get(&key).into_iter().flatten().copied();
                let mut all: Vec<SampleIndex> = first.into_iter().chain(others).collect();
                if all.is_empty() {
                    return Err(format!("no row has the query “{query}” with the chunk_path {path}"));
                }
                // Split and line distinguish repeats if one of them matches.
                for fits in [
                    &|index: &SampleIndex| split.as_ref().is_some_and(|split| dataset.split_of(*index).name == *split),
                    &|index: &SampleIndex| number.is_some_and(|number| dataset.line_of(*index) == number),
                ] as [&dyn Fn(&SampleIndex) -> bool; 2]
                {
                    if all.iter().any(fits) {
                        all.retain(fits);
                    }
                }
                Ok(all)
            }
            (None, None, Some(split), Some(number)) => {
                if !dataset.splits.iter().any(|candidate| candidate.name == *split) {
                    let names: Vec<&str> = dataset.splits.iter().map(|split| split.name.as_str()).collect();
                    return Err(format!("no split `{split}`; the splits are: {}", names.join(", ")));
                }
                let found = dataset.find_line(split, number);
                found
                    .map(|index| vec![index])
                    .ok_or_else(|| format!("no usable row on line {number} of split `{split}`"))
            }
            _ => Err("does not name a sample; give `split` and `line`, or `query` and `chunk_path`".into()),
        }
    }
}

//! Conversion of judgements and events to lines of JSON, in the form that [`super::read()`] takes.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};
use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey, TilePath};

use crate::current_origins::CurrentOrigins;
use crate::event::Event;
use crate::judgement::{FieldChange, Judgement, Relevance, Verdict};
use crate::origin::Origin;
use crate::role::{ADJUDICATOR, Role};
use crate::sidecar::SampleRecord;
use crate::time::Timestamp;

/// Returns one line for each sample that an annotator judged, in dataset order; orphans last.
pub fn current(dataset: &Dataset, events: &[Event], known: &[SampleRecord]) -> Vec<Value> {
    let mut last: HashMap<(&str, SampleKey), Timestamp> = HashMap::new();
    for event in events {
        last.insert((&event.annotator, event.sample), event.at);
    }
    let names = SampleNames::new(dataset, known);
    let mut lines = Vec::new();
    for (annotator, judgements) in crate::merge::by_annotator(events) {
        let origins = CurrentOrigins::from_events(events.iter().filter(|event| *event.annotator == *annotator));
        for (key, judgement) in judgements {
            // A wrong positive is written in both forms, whichever is stored.
            let row = dataset.find(key).and_then(|index| dataset.row(index).ok());
            let judgement = match row.map(|row| TilePath::new(&row.positive)) {
                Some(positive) => judgement.reconciled(&positive),
                None => judgement,
            };
            let mut line = names.line(key);
            if let Some(verdict) = judgement.verdict {
                line.insert("verdict".into(), json!(verdict.word()));
            }
            if !judgement.reasons.is_empty() {
                let words: Vec<&str> = judgement.reasons.iter().map(|reason| reason.word()).collect();
                line.insert("reasons".into(), json!(words));
            }
            for (tile, relevance) in &judgement.tiles {
                let (spelling, field) = names.tile(key, tile);
                let tiles = line.entry(field).or_insert_with(|| json!({}));
                tiles[spelling] = json!(relevance.word());
            }
            if !judgement.note.is_empty() {
                line.insert("note".into(), json!(judgement.note));
            }
            if !judgement.tags.is_empty() {
                line.insert("tags".into(), json!(judgement.tags));
            }
            origin_of_line(&mut line, &judgement, key, &origins, |tile| names.spelling(key, tile));
            insert_annotator(&mut line, &annotator);
            let at = last.get(&(annotator.as_str(), key)).copied().unwrap_or(Timestamp::EPOCH);
            line.insert("at".into(), json!(at.to_string()));
            lines.push((names.rank(key), annotator.clone(), line));
        }
    }
    lines.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    lines.into_iter().map(|(_, _, line)| Value::Object(line)).collect()
}

/// Returns every event, oldest first, as a line that the reader takes, with the event's fields as
/// the sidecar has them. Reading all lines in order gives the current judgements.
pub fn history(dataset: &Dataset, events: &[Event], known: &[SampleRecord]) -> Vec<Value> {
    let names = SampleNames::new(dataset, known);
    let line = |event: &Event| {
        let mut line = names.line(event.sample);
        let (name, value) = as_field(&event.change, |tile| names.tile(event.sample, tile));
        line.insert(name.into(), value);
        line.insert("field".into(), json!(event.change.field()));
        line.insert("tile".into(), json!(event.change.tile().map(|tile| names.spelling(event.sample, tile))));
        line.insert("value".into(), json!(event.change.value()));
        insert_annotator(&mut line, &event.annotator);
        line.insert("at".into(), json!(event.at.to_string()));
        line.insert("session".into(), json!(&*event.step.session));
        line.insert("seq".into(), json!(event.seq));
        line.insert("step".into(), json!(event.step.to_string()));
        line.insert("undoes".into(), json!(event.undoes.as_ref().map(ToString::to_string)));
        if let Some(choice) = event.origin.chosen_by {
            line.insert("chosen_by".into(), json!(choice.word()));
        }
        if let (Some(step), Some(tile)) = (&event.origin.propagated_from, event.change.tile()) {
            line.insert("propagated".into(), json!({ names.spelling(event.sample, tile): step.to_string() }));
        }
        if let (Some(confirmation), Some(tile)) = (event.origin.confirmed_by, event.change.tile()) {
            line.insert("confirmed".into(), json!({ names.spelling(event.sample, tile): confirmation.word() }));
        }
        if event.origin.bulk {
            let tile = event.change.tile().map(|tile| names.spelling(event.sample, tile));
            line.insert("bulk".into(), json!([tile.unwrap_or_else(|| event.change.field().to_owned())]));
        }
        if let Some(looks) = &event.origin.looks {
            line.insert("looks".into(), looks.to_json(|tile| names.spelling(event.sample, tile)));
        }
        if let Some(visible) = event.origin.visible {
            line.insert("visible".into(), visible.to_json());
        }
        Value::Object(line)
    };
    events.iter().map(line).collect()
}

/// Adds the annotator to a line, and the role of an adjudicator, which the reader asks for.
fn insert_annotator(line: &mut Map<String, Value>, annotator: &str) {
    line.insert("annotator".into(), json!(annotator));
    if Role::of(annotator) == Role::Adjudicator {
        line.insert("role".into(), json!(ADJUDICATOR));
    }
}

/// Adds the origin to a sample's line. If any part of a judgement was selected in some way, the
/// whole line states this selection: it is better to leave a judgement out of a rate than to count
/// it wrongly.
fn origin_of_line(
    line: &mut Map<String, Value>,
    judgement: &Judgement,
    key: SampleKey,
    origins: &CurrentOrigins,
    spelling: impl Fn(&TilePath) -> String,
) {
    let tiles = || judgement.tiles.keys().map(|tile| (tile, origins.tile_origin(key, tile)));
    let fields = [
        FieldChange::Verdict(None),
        FieldChange::Reasons(BTreeSet::new()),
        FieldChange::Note(String::new()),
        FieldChange::Tags(BTreeSet::new()),
    ];
    let origins_of_all = fields.iter().map(|field| origins.get(key, field)).chain(tiles().map(|(_, origin)| origin));
    if let Some(choice) = origins_of_all.filter_map(|origin| origin.chosen_by).next() {
        line.insert("chosen_by".into(), json!(choice.word()));
    }
    let propagated: Map<String, Value> = tiles()
        .filter_map(|(tile, Origin { propagated_from, .. })| {
            Some((spelling(tile), json!(propagated_from?.to_string())))
        })
        .collect();
    if !propagated.is_empty() {
        line.insert("propagated".into(), Value::Object(propagated));
    }
    let confirmed: Map<String, Value> =
        tiles().filter_map(|(tile, origin)| Some((spelling(tile), json!(origin.confirmed_by?.word())))).collect();
    if !confirmed.is_empty() {
        line.insert("confirmed".into(), Value::Object(confirmed));
    }
    let in_bulk = fields.iter().filter(|field| judgement.present(field).value().is_some());
    let in_bulk = in_bulk.filter(|field| origins.get(key, field).bulk).map(|field| field.field().to_owned());
    let tiles_in_bulk = tiles().filter(|(_, origin)| origin.bulk).map(|(tile, _)| spelling(tile));
    let in_bulk: Vec<String> = in_bulk.chain(tiles_in_bulk).collect();
    if !in_bulk.is_empty() {
        line.insert("bulk".into(), json!(in_bulk));
    }
    if let Some(looks) = origins.verdict_origin(key).looks.filter(|_| judgement.verdict.is_some()) {
        line.insert("looks".into(), looks.to_json(spelling));
    }
    if let Some(visible) = origins.verdict_origin(key).visible.filter(|_| judgement.verdict.is_some()) {
        line.insert("visible".into(), visible.to_json());
    }
}

/// Returns a change as the name and value of a line's field. `named` is [`SampleNames::tile`].
fn as_field(change: &FieldChange, named: impl Fn(&TilePath) -> (String, &'static str)) -> (&'static str, Value) {
    match change {
        FieldChange::Verdict(verdict) => ("verdict", json!(verdict.map(Verdict::word))),
        FieldChange::Reasons(reasons) => {
            ("reasons", json!(reasons.iter().map(|reason| reason.word()).collect::<Vec<_>>()))
        }
        FieldChange::Relevance(tile, relevance) => {
            let (spelling, field) = named(tile);
            (field, json!({ spelling: relevance.map(Relevance::word) }))
        }
        FieldChange::Note(note) => ("note", json!(note)),
        FieldChange::Tags(tags) => ("tags", json!(tags)),
    }
}

/// The names of samples in output: from the dataset, or for orphans from the sidecar's records.
struct SampleNames<'a> {
    dataset: &'a Dataset,
    known: HashMap<SampleKey, &'a SampleRecord>,
}

impl<'a> SampleNames<'a> {
    fn new(dataset: &'a Dataset, known: &'a [SampleRecord]) -> Self {
        Self { dataset, known: known.iter().map(|record| (record.key, record)).collect() }
    }

    fn rank(&self, key: SampleKey) -> (usize, SampleKey) {
        (self.dataset.find(key).map_or(usize::MAX, SampleIndex::index), key)
    }

    fn line(&self, key: SampleKey) -> Map<String, Value> {
        let mut line = Map::new();
        let in_dataset = self.dataset.find(key).and_then(|index| SampleRecord::new(self.dataset, index));
        let is_orphan = in_dataset.is_none();
        if let Some(record) = in_dataset.as_ref().or_else(|| self.known.get(&key).copied()) {
            line.insert("split".into(), json!(record.split));
            line.insert("line".into(), json!(record.line));
            line.insert("query".into(), json!(record.query));
            line.insert("chunk_path".into(), json!(record.positive));
        }
        if is_orphan {
            line.insert("orphan".into(), json!(true));
        }
        line
    }

    /// Returns a tile's path in its row's spelling.
    fn spelling(&self, key: SampleKey, tile: &TilePath) -> String {
        self.tile(key, tile).0
    }

    /// Returns a tile's path in its row's spelling, and the field of a line for its relevance:
    /// `added` if the row does not name the tile. Without the row, that is not known.
    fn tile(&self, key: SampleKey, tile: &TilePath) -> (String, &'static str) {
        let sample = self.dataset.find(key).and_then(|index| self.dataset.sample(index).ok());
        let own = sample.iter().flat_map(Sample::tiles).find(|own| own.path == *tile);
        match own {
            Some(own) => (own.spelling.clone(), "tiles"),
            None => (tile.to_string(), if sample.is_some() { "added" } else { "tiles" }),
        }
    }
}

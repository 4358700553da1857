//! The changes that a line states for the rows that it names, and the checks of its tiles. What was
//! judged before plays no part.

use std::collections::{BTreeMap, BTreeSet};

use tilejury_data::{Dataset, Sample, SampleIndex, TilePath};

use super::line::Line;
use crate::judgement::{FieldChange, Reason, Relevance, Verdict};
use crate::judging::refusal_to_add;

/// Checks that each judged tile is in one of the rows.
pub(super) fn check_tiles(line: &Line, samples: &[(SampleIndex, Sample)]) -> Result<(), String> {
    for spelling in line.tiles.iter().flat_map(BTreeMap::keys) {
        let tile = TilePath::new(spelling);
        if !samples.iter().any(|(_, sample)| sample.has_tile(&tile)) {
            return Err(format!(
                "`tiles`: {spelling} is neither the row's positive nor one of its negatives; \
                 a relevant tile that the row does not name belongs to `added`"
            ));
        }
    }
    Ok(())
}

/// Checks that no row names an added tile, and that the dataset has it. An event of a history may
/// be about a tile that is gone by now, and a tile of a missing shard may exist.
pub(super) fn check_added(dataset: &Dataset, line: &Line, samples: &[(SampleIndex, Sample)]) -> Result<(), String> {
    for (spelling, relevance) in line.added.iter().flatten() {
        let tile = TilePath::new(spelling);
        if let Some(why) = samples.iter().find_map(|(_, sample)| refusal_to_add(sample, &tile)) {
            return Err(format!("`added`: {spelling}: {why}"));
        }
        let is_new = relevance.as_deref() == Some(Relevance::Relevant.word()) && !line.is_event();
        if is_new && dataset.tiles.locate(&tile).is_err() && dataset.tiles.has_location_of(&tile) {
            return Err(format!("`added`: {spelling} is not a tile of the dataset"));
        }
    }
    Ok(())
}

/// Returns the changes of a line to one of the samples that it names. Tiles that the sample lacks
/// belong to its repeats.
pub(super) fn changes_to(line: &Line, sample: &Sample) -> Result<Vec<FieldChange>, String> {
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

//! The acceptance of a set of negatives: which of them get the mark. Makes the events of the marks;
//! `acceptance.rs` checks what all sets have in common.

use std::collections::{BTreeSet, HashSet};

use tilejury_data::SampleKey;
use tilejury_rows::{QueryKey, TileId};

use super::acceptance_words::sentence;
use super::answer::RowAnswer;
use super::bulk_acceptance::{AcceptanceError, Answers, BulkAcceptance, check_wrong, other_set, units};
use super::plan::Acceptance;
use super::stored::Audit;
use super::tile_draw::tile_set_hash;
use super::tile_rule::SetTile;
use super::tile_set::TileSet;
use super::tile_word::TileWord;
use crate::judgement::Judgements;
use crate::session::{AuditSession, TileMark};
use crate::time::Timestamp;

/// Checks a set of tiles, and makes the marks of those that no person marked for their query.
///
/// # Errors
/// When too many drawn ones are wrong, or the set is not the one that was drawn from.
pub(super) fn accept_tiles(
    (audit, accept, of): (&Audit, &Acceptance, &TileSet),
    set: &BTreeSet<SetTile>,
    answers: &Answers,
    people: &[&Judgements],
    session: &mut AuditSession,
    at: Timestamp,
) -> Result<BulkAcceptance, AcceptanceError> {
    let wrong: BTreeSet<SetTile> =
        answers.iter().flat_map(|(key, answer)| wrong_tiles(of.word, *key, answer)).collect();
    check_wrong(wrong.len(), accept)?;
    if tile_set_hash(of.word, set) != of.hash {
        return Err(other_set(&audit.plan, units(true)));
    }
    let dataset = session.dataset.clone();
    let query = |key: SampleKey| {
        let index = dataset.find(key)?;
        Some((index, QueryKey::new(&dataset.row(index).ok()?.query)))
    };
    // A word on a tile for the query holds in every row of the query.
    let mut said: HashSet<(QueryKey, TileId)> = HashSet::new();
    for (key, judgement) in people.iter().flat_map(|of| of.iter()).filter(|(_, of)| !of.tiles.is_empty()) {
        if let Some((_, query)) = query(*key) {
            said.extend(judgement.tiles.keys().map(|tile| (query, TileId::new(tile))));
        }
    }
    let pair = |one: &SetTile| Some((query(one.sample)?.1, TileId::new(&one.tile)));
    let refuted: HashSet<(QueryKey, TileId)> = wrong.iter().filter_map(pair).collect();
    let (mut marks, mut judged, mut kept_out) = (Vec::new(), 0, 0);
    for one in set {
        let Some((sample, query)) = query(one.sample) else { continue };
        let pair = (query, TileId::new(&one.tile));
        match (refuted.contains(&pair), said.contains(&pair)) {
            (true, _) => kept_out += 1,
            (false, true) => judged += 1,
            (false, false) => marks.push(TileMark { sample, tile: one.tile.clone(), relevance: of.word.relevance() }),
        }
    }
    Ok(BulkAcceptance {
        sentence: sentence(&audit.plan, accept, wrong.len()),
        rows: marks.iter().map(|mark| mark.sample).collect::<HashSet<_>>().len(),
        tiles: Some(marks.len()),
        kept_out,
        judged,
        events: session.mark_in_bulk(&marks, at).events,
    })
}

/// The drawn tiles of a row that people did not call what the word says.
fn wrong_tiles(word: TileWord, sample: SampleKey, answer: &RowAnswer) -> Vec<SetTile> {
    let wrong = answer.negatives.iter().filter(|(_, said)| word.is_wrong(**said));
    wrong.map(|(tile, _)| SetTile { sample, tile: tile.clone() }).collect()
}

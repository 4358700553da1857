//! The tiles of a row without their roles: in an order by hash, and the verdict that follows from
//! their marks. Shows nothing; stores nothing.

use sha2::{Digest as _, Sha256};
use tilejury_data::sample::TileRef;
use tilejury_data::{Sample, SampleKey, TilePath};

use crate::judgement::{Judgement, Relevance, Verdict};

/// The place of a tile in its row: the same for every annotator and on every machine.
fn place(row: SampleKey, tile: &TilePath) -> [u8; 32] {
    Sha256::digest(format!("tilejury-tiles-1\n{row}\n{tile}")).into()
}

/// A row with its different tiles in an order by hash: the first one is in the place of the
/// positive, whichever tile the positive is.
pub fn without_roles(sample: &Sample) -> Sample {
    let mut tiles: Vec<&TileRef> = sample.tiles().collect();
    tiles.sort_by_cached_key(|tile| place(sample.key, &tile.path));
    tiles.dedup_by(|a, b| a.path == b.path);
    let mut tiles = tiles.into_iter().cloned();
    Sample {
        positive: tiles.next().unwrap_or_else(|| sample.positive.clone()),
        negatives: tiles.collect(),
        ..sample.clone()
    }
}

/// The tiles of a row that have no mark, each once.
pub fn unmarked(sample: &Sample, judgement: &Judgement) -> Vec<TilePath> {
    let mut tiles: Vec<TilePath> = sample.tiles().map(|tile| tile.path.clone()).collect();
    tiles.retain(|tile| judgement.relevance(tile).is_none());
    tiles.sort_unstable();
    tiles.dedup();
    tiles
}

/// The verdict that follows from the marks of a row's tiles; `None` as long as one has no mark.
///
/// A row is accepted if its positive is relevant: a relevant negative is a false negative, which
/// the row can be mended of.
pub fn verdict_from_tiles(sample: &Sample, judgement: &Judgement) -> Option<Verdict> {
    if !unmarked(sample, judgement).is_empty() {
        return None;
    }
    Some(match judgement.relevance(&sample.positive.path)? {
        Relevance::Relevant => Verdict::Accept,
        Relevance::NotRelevant | Relevance::Broken => Verdict::Reject,
        Relevance::Unsure => Verdict::Unsure,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a missing value fails the test")]
mod tests {
    use tilejury_data::Row;

    use super::*;

    fn sample(negatives: &[&str]) -> Sample {
        let row = serde_json::json!({ "query": "q", "chunk_path": "images/a.png", "neg_chunk_paths": negatives });
        let text = row.to_string();
        let row = Row::parse(text.as_bytes()).unwrap();
        Sample::new("0123456789abcdef0123456789abcdef".parse().unwrap(), row)
    }

    #[test]
    fn tiles_without_roles_have_one_order_whatever_the_positive() {
        let row = sample(&["images/b.png", "images/c.png", "images/a.png", "images/b.png"]);
        let mut other = row.clone();
        std::mem::swap(&mut other.positive, &mut other.negatives[1]);
        let paths =
            |sample: &Sample| without_roles(sample).tiles().map(|tile| tile.path.to_string()).collect::<Vec<_>>();
        assert_eq!(paths(&row), paths(&other));
        assert_eq!(paths(&row).len(), 3, "a tile that is named twice is shown once");
    }

    #[test]
    fn verdict_follows_from_the_tiles() {
        let row = sample(&["images/b.png", "images/c.png"]);
        let mut judgement = Judgement::default();
        let mark = |judgement: &mut Judgement, tile: &str, mark| {
            judgement.tiles.insert(TilePath::new(tile), mark);
        };
        mark(&mut judgement, "images/a.png", Relevance::Relevant);
        mark(&mut judgement, "images/b.png", Relevance::Relevant);
        assert_eq!(verdict_from_tiles(&row, &judgement), None);
        assert_eq!(unmarked(&row, &judgement), [TilePath::new("images/c.png")]);
        mark(&mut judgement, "images/c.png", Relevance::Broken);
        assert_eq!(verdict_from_tiles(&row, &judgement), Some(Verdict::Accept));
        for (of_positive, verdict) in [
            (Relevance::NotRelevant, Verdict::Reject),
            (Relevance::Broken, Verdict::Reject),
            (Relevance::Unsure, Verdict::Unsure),
        ] {
            mark(&mut judgement, "images/a.png", of_positive);
            assert_eq!(verdict_from_tiles(&row, &judgement), Some(verdict));
        }
    }
}

//! The texts of a row's tiles, and the places of the evidence on them. Reads only: the
//! readings, else the imported texts, and the answers of a model.

use tilejury_data::tile_source::Lookup;
use tilejury_data::{Dataset, Sample, SampleKey, TilePath, hash};
use tilejury_text::{Highlights, PassageQuery, PlacedText, Sought};

use super::model_reviews::ModelReview;
use super::readings::StoredReading;
use super::store::ExternalStore;
use super::text_index::TextOrigin;
use crate::sidecar::SidecarError;
use crate::suspicion::fingerprints::TileStamper;

/// The extent to which the text of a tile is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextState {
    /// The tile was not read.
    #[default]
    NotRead,
    /// It was read, and its bytes have changed since.
    Outdated,
    /// It was read, and shows more than the text that was found.
    NotLegible,
    /// It was read.
    Read,
    /// Its text was imported, without places on the tile.
    Imported,
}

/// The text of one tile and the evidence in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TileEvidence {
    /// The extent to which the text is known.
    pub state: TextState,
    /// The text; of a tile that is not legible, the little that was found.
    pub text: PlacedText,
    /// A language that the text seems to be in, and that the engine lacked, as a code.
    pub missing: Option<String>,
    /// The places to mark; none unless the tile was read or its text imported.
    pub highlights: Highlights,
    /// The reviews by models for the row, the highest grade first.
    pub reviews: Vec<ModelReview>,
}

/// A row whose tiles are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRequest {
    /// The sample.
    pub sample: SampleKey,
    /// Its query.
    pub query: String,
    /// Its answer.
    pub answer: Option<String>,
    /// Tiles of the row, or of its pages.
    pub tiles: Vec<TilePath>,
}

impl EvidenceRequest {
    /// Asks for tiles on behalf of a sample.
    pub fn new(sample: &Sample, tiles: Vec<TilePath>) -> Self {
        Self { sample: sample.key, query: sample.query.clone(), answer: sample.answer.clone(), tiles }
    }
}

/// Looks up the tiles of a request in order, and passes each to `each`, which stops the work by
/// returning `false`. Without a file no tile was read.
///
/// # Errors
/// When the file cannot be read.
pub fn find_evidence(
    store: Option<&ExternalStore>,
    dataset: &Dataset,
    request: &EvidenceRequest,
    each: &mut dyn FnMut(&TilePath, TileEvidence) -> bool,
) -> Result<(), SidecarError> {
    let Some(store) = store else {
        request.tiles.iter().all(|tile| each(tile, TileEvidence::default()));
        return Ok(());
    };
    let frequencies = store.frequencies_of(&request.query)?;
    let query = PassageQuery::for_reading(&request.query, |stem| frequencies.weight(stem));
    let stamper = TileStamper::default();
    for tile in &request.tiles {
        let mut found = store.known_text(tile, dataset, &stamper)?;
        found.reviews = store.model_reviews_of(request.sample, tile)?;
        if matches!(found.state, TextState::Read | TextState::Imported) {
            let imported = store.review(request.sample, tile)?.map(|review| review.answer);
            let copied = found.reviews.iter().map(|review| review.evidence.as_str());
            let answers = imported.as_deref().into_iter().chain(copied).filter(|answer| !answer.trim().is_empty());
            let answers: Vec<&str> = answers.collect();
            let sought = Sought { query: &query, answer: request.answer.as_deref(), model_answers: &answers };
            found.highlights = Highlights::find(&found.text, sought);
        }
        if !each(tile, found) {
            break;
        }
    }
    Ok(())
}

impl ExternalStore {
    fn known_text(
        &self,
        tile: &TilePath,
        dataset: &Dataset,
        stamper: &TileStamper,
    ) -> Result<TileEvidence, SidecarError> {
        let read = self.reading(tile)?;
        let state = match &read {
            None => TextState::NotRead,
            Some(read) if !is_current(read, dataset, stamper) => TextState::Outdated,
            Some(read) if read.legible => TextState::Read,
            Some(_) => TextState::NotLegible,
        };
        if state != TextState::Read
            && let Some(text) = self.text_of(tile, TextOrigin::Import)?
        {
            let text = PlacedText::without_boxes(text);
            return Ok(TileEvidence { state: TextState::Imported, text, ..TileEvidence::default() });
        }
        let read = read.filter(|_| state != TextState::Outdated);
        let missing = read.as_ref().and_then(|read| read.missing.clone());
        let text = read.map(|read| PlacedText::new(read.reading)).unwrap_or_default();
        Ok(TileEvidence { state, text, missing, ..TileEvidence::default() })
    }
}

/// Whether a reading belongs to the bytes that the tile has now. A tile that cannot be found is
/// not said to have changed.
fn is_current(read: &StoredReading, dataset: &Dataset, stamper: &TileStamper) -> bool {
    let Lookup::Found(location) = dataset.tiles.look_up(&read.tile) else { return true };
    if stamper.stamp(dataset, &location).is_none_or(|stamp| stamp == read.stamp) {
        return true;
    }
    // The file was written again or moved, maybe with the same tile in it.
    let mut bytes = Vec::new();
    match dataset.tiles.read(&location, &mut bytes) {
        Ok(_) => hash::hash(&bytes, 0) == read.hash,
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tilejury_testkit::{Row, Set, picture};
    use tilejury_text::HitKind;

    use super::*;
    use crate::external::testing::{model_answer, stored_reading};
    use crate::external::{MachineReview, MachineVerdict, ModelQuestion, QuestionKind, TileText};

    fn reading(tile: &str, bytes: &[u8], text: &str) -> StoredReading {
        StoredReading { hash: hash::hash(bytes, 0), ..stored_reading(tile, text) }
    }

    fn find(store: Option<&ExternalStore>, root: &Path, tiles: &[&str]) -> Vec<TileEvidence> {
        let dataset = Dataset::open(root).unwrap();
        let sample = dataset.sample(tilejury_data::SampleIndex::new(0)).unwrap();
        let request = EvidenceRequest::new(&sample, tiles.iter().map(|tile| TilePath::new(tile)).collect());
        let mut found = Vec::new();
        find_evidence(store, &dataset, &request, &mut |_, evidence| {
            found.push(evidence);
            true
        })
        .unwrap();
        found
    }

    #[test]
    fn each_tile_has_its_best_text() {
        let dir = tempfile::tempdir().unwrap();
        let tiles: Vec<String> = (0..6).map(|page| tilejury_testkit::set::tile(0, page, 0)).collect();
        let bytes: Vec<Vec<u8>> = (0..6).map(|seed| picture::png(30, 40, seed)).collect();
        let mut set = Set::new();
        for (tile, bytes) in tiles.iter().zip(&bytes) {
            set = set.tile(tile, bytes);
        }
        let row = Row::new("When was the salt mine opened?", &tiles[0]).field("answer", "in 1821".into());
        let root = set.row("train", &row).write(&dir.path().join("set"));
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let names: Vec<&str> = tiles.iter().map(String::as_str).collect();
        let import = store.write().unwrap();
        import.reading(&reading(names[0], &bytes[0], "The salt mine was opened in 1821.")).unwrap();
        import.reading(&reading(names[1], b"other bytes", "salt")).unwrap();
        import.reading(&StoredReading { legible: false, ..reading(names[2], &bytes[2], "s lt") }).unwrap();
        import.reading(&StoredReading { legible: false, ..reading(names[3], &bytes[3], "s") }).unwrap();
        for tile in [names[3], names[4]] {
            import.text(&TileText { tile: TilePath::new(tile), text: "Salt of 1821, in 1821.".into() }).unwrap();
        }
        let sample = Dataset::open(&root).unwrap().sample(tilejury_data::SampleIndex::new(0)).unwrap().key;
        let answer = "the salt mine".to_owned();
        let tile = TilePath::new(names[0]);
        import.review(&MachineReview { sample, tile, verdict: MachineVerdict::Wrong, answer }).unwrap();
        import.commit().unwrap();
        let found = find(Some(&store), &root, &names);
        let states: Vec<TextState> = found.iter().map(|found| found.state).collect();
        let expected = [
            TextState::Read,
            TextState::Outdated,
            TextState::NotLegible,
            TextState::Imported,
            TextState::Imported,
            TextState::NotRead,
        ];
        assert_eq!(states, expected);
        let kinds: Vec<HitKind> = found[0].highlights.hits.iter().map(|hit| hit.kind).collect();
        assert_eq!(kinds, [HitKind::Answer, HitKind::ModelAnswer, HitKind::Passage]);
        assert_eq!(found[0].highlights.hits[0].lines[0].x, 250);
        assert_eq!(found[2].highlights, Highlights::default());
        assert_eq!(found[3].highlights.snippet.as_ref().unwrap().text, "Salt of 1821, in 1821.");
        assert_eq!(found[1].text, PlacedText::default(), "words of other bytes are not shown");
        assert_eq!(find(None, &root, &names[..1]), [TileEvidence::default()]);
    }

    #[test]
    fn the_words_of_every_model_have_places() {
        let dir = tempfile::tempdir().unwrap();
        let tile = tilejury_testkit::set::tile(0, 0, 0);
        let bytes = picture::png(30, 40, 0);
        let set = Set::new().tile(&tile, &bytes).row("train", &Row::new("x", &tile));
        let root = set.write(&dir.path().join("set"));
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let import = store.write().unwrap();
        import.reading(&reading(&tile, &bytes, "The salt mine was opened in 1821.")).unwrap();
        import.commit().unwrap();
        let sample = Dataset::open(&root).unwrap().sample(tilejury_data::SampleIndex::new(0)).unwrap().key;
        for (key, source, words) in [(1, "a", "salt mine"), (2, "b", "opened in 1821"), (3, "c", "salt mine")] {
            let (tile, source, kind) = (TilePath::new(&tile), source.to_owned(), QuestionKind::Review);
            let question = ModelQuestion { sample, tile, source, kind };
            store.store_answer(&model_answer(key, 3, words), &[question]).unwrap();
        }
        let found = find(Some(&store), &root, &[&tile]);
        let words = |hit: &tilejury_text::Hit| found[0].text.text_of(&hit.words).to_owned();
        let of_models = found[0].highlights.hits.iter().filter(|hit| hit.kind == HitKind::ModelAnswer);
        assert_eq!(of_models.map(words).collect::<Vec<_>>(), ["salt mine", "opened in 1821."]);
        assert_eq!(found[0].reviews.len(), 3);
    }

    #[test]
    fn rare_words_choose_the_passage() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let import = store.write().unwrap();
        for at in 0..9 {
            let text = if at == 0 { "mine selenium" } else { "mine opened" };
            import.reading(&reading(&format!("{at}.png"), b"", text)).unwrap();
        }
        import.commit().unwrap();
        let counted = store.frequencies_of("Is selenium in the mine?").unwrap();
        assert!(counted.weight("selenium") > 3.0 * counted.weight("mine"));
        assert_eq!(counted.weight("the"), 0.0);
    }
}

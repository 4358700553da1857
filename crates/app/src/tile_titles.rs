//! The titles of tiles: of the rows whose positive they are, else the headings that were read above
//! the passages shown. Used by the thread that looks up the texts of tiles.

use std::collections::HashMap;
use std::sync::Arc;

use tilejury_audit::external::{TextState, TileEvidence};
use tilejury_data::{Dataset, SampleKey, TilePath};
use tilejury_text::{HitKind, heading, section_heading};

/// The number of rows that are checked before a set counts as one without titles.
const TRIED: usize = 50;
/// The number of rows up to which the titles of other rows are known too: indexing more takes too
/// long.
const ROWS: usize = 200_000;
/// The number of rows that are indexed between two looks at whether to stop.
const AT_ONCE: usize = 5_000;

/// The titles that rows give.
#[derive(Default)]
pub(crate) struct TileTitles {
    /// By tile; `None` until indexed.
    of_rows: Option<HashMap<TilePath, Arc<str>>>,
}

impl TileTitles {
    /// Indexes the titles of all rows, unless that was done. Stops when `go_on` returns `false`;
    /// the index is then made by a later call.
    pub(crate) fn index(&mut self, dataset: &Dataset, go_on: &dyn Fn() -> bool) {
        if self.of_rows.is_some() {
            return;
        }
        let mut titles = HashMap::new();
        let rows = dataset.indices();
        if rows.len() <= ROWS && rows.clone().take(TRIED).any(|row| dataset.title(row).is_some()) {
            for (number, row) in rows.enumerate() {
                if number % AT_ONCE == 0 && !go_on() {
                    return;
                }
                if let Some((tile, title)) = dataset.title(row) {
                    titles.entry(tile).or_insert_with(|| Arc::from(title));
                }
            }
        }
        self.of_rows = Some(titles);
    }

    /// The title of a tile of a sample.
    pub(crate) fn of(
        &self,
        dataset: &Dataset,
        sample: SampleKey,
        tile: &TilePath,
        text: &TileEvidence,
    ) -> Option<Arc<str>> {
        let own = || dataset.find(sample).and_then(|row| dataset.title(row)).filter(|(positive, _)| positive == tile);
        let of_row = own().map(|(_, title)| Arc::from(title));
        let of_other = || self.of_rows.as_ref()?.get(tile).cloned();
        let read = || (text.state == TextState::Read).then(|| read_heading(text)).flatten().map(Arc::from);
        of_row.or_else(of_other).or_else(read)
    }
}

/// The heading above the passage that is shown of a tile; without a passage, that of the tile.
fn read_heading(text: &TileEvidence) -> Option<String> {
    let hits = &text.highlights.hits;
    let passage = hits.iter().find(|hit| hit.kind == HitKind::Passage).or(hits.first());
    match passage.filter(|_| text.highlights.snippet.is_some()) {
        Some(passage) => section_heading(&text.text, &passage.words),
        None => heading(&text.text),
    }
}

#[cfg(test)]
mod tests {
    use tilejury_testkit::set::tile;
    use tilejury_testkit::{Row, Set};
    use tilejury_text::{Highlights, PassageQuery, PlacedText, Sought, TileReading, WordBox};

    use super::*;

    /// A text with a heading.
    fn read() -> TileEvidence {
        let line = |text: &'static str, y, height| {
            text.split(' ').enumerate().map(move |(at, word)| WordBox {
                text: word.into(),
                x: 50 * at as u32,
                y,
                width: 40,
                height,
                confidence: 1.0,
                starts_line: at == 0,
            })
        };
        let before = line("and bread was dear in all of the north", 0, 12);
        let text = line("a salt mine that was opened in the year 1821 by two brothers", 60, 12);
        let below = line("it rose and rose until the last of the miners had left it", 120, 12);
        let words = before.chain(line("Of salt", 20, 30)).chain(text).chain(line("Of water", 80, 30)).chain(below);
        let words = words.collect();
        TileEvidence { state: TextState::Read, text: PlacedText::new(TileReading { words }), ..Default::default() }
    }

    #[test]
    fn a_title_of_a_row_comes_before_what_was_read() {
        let dir = tempfile::tempdir().unwrap();
        let tiles: Vec<String> = (0..3).map(|page| tile(0, page, 0)).collect();
        let titled = Row::new("q", &tiles[0]).negatives(&[&tiles[1], &tiles[2]]).field("title", "Mines".into());
        let other = Row::new("r", &tiles[1]).negatives(&[&tiles[0]]).field("title", "Other mines".into());
        let root = Set::new().row("train", &titled).row("train", &other).write(&dir.path().join("set"));
        let dataset = Dataset::open(&root).unwrap();
        let sample = dataset.sample(tilejury_data::SampleIndex::new(0)).unwrap();
        let mut titles = TileTitles::default();
        let of = |titles: &TileTitles, tile: usize, text: &TileEvidence| {
            let tile = &sample.tiles().nth(tile).unwrap().path;
            titles.of(&dataset, sample.key, tile, text).map(|title| title.to_string())
        };
        titles.index(&dataset, &|| false);
        assert_eq!(of(&titles, 0, &read()).as_deref(), Some("Mines"), "of its own row, without an index");
        assert_eq!(of(&titles, 1, &read()).as_deref(), Some("Of salt"), "stopped");
        titles.index(&dataset, &|| true);
        assert_eq!(of(&titles, 1, &read()).as_deref(), Some("Other mines"));
        assert_eq!(of(&titles, 2, &read()).as_deref(), Some("Of salt"));
        let of_passage = |query: &str| {
            let query = PassageQuery::for_reading(query, |_| 1.0);
            let text = read();
            let highlights = Highlights::find(&text.text, Sought { query: &query, answer: None, model_answers: &[] });
            of(&titles, 2, &TileEvidence { highlights, ..text })
        };
        assert_eq!(of_passage("When was the mine opened?").as_deref(), Some("Of salt"));
        assert_eq!(of_passage("Which water rose?").as_deref(), Some("Of water"), "the heading of its section");
        assert_eq!(of_passage("What was dear?"), None, "above all headings");
        let old = TileEvidence { state: TextState::Outdated, ..read() };
        assert_eq!(of(&titles, 2, &old), None);
    }
}

//! What a set tells against itself: rows and negatives that are worth a look first, found from paths and rows alone.
//!
//! Reads no picture and no shard, and decides nothing: a finding is a strength and a sentence, and a person judges. One
//! file for each signal; `table.rs` holds what they look at.

mod extras;
mod findings;
mod hub;
mod margin;
mod mining_hole;
mod other_positive;
mod own_positive;
mod query_text;
mod reason;
mod repeated;
mod same_page;
mod scores;
mod signal;
mod split_leak;
mod table;

use tilejury_data::Dataset;

pub use findings::{Finding, Findings};
pub use reason::{Reason, Retrieval};
pub use signal::Signal;

use hub::Hubs;
use scores::Scores;
use table::Table;

/// How many rows pass between two looks at whether to go on.
const ROWS_AT_ONCE: usize = 512;

/// Where the lines are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuspicionSettings {
    /// A negative is suspect above this share of the positive's score. 0.95 is what NV-Retriever found best (Moreira et al.,
    /// 2024, "TopK-PercPos").
    pub margin: f32,
    /// Queries are near from this cosine similarity on, 0 to 1.
    pub near_query: f32,
    /// No tile is a hub with fewer rows than this.
    pub hub_rows: u32,
}

impl Default for SuspicionSettings {
    fn default() -> Self {
        Self { margin: 0.95, near_query: 0.7, hub_rows: 5 }
    }
}

/// What every signal may look at.
struct Clues<'d> {
    table: &'d Table,
    scores: &'d Scores,
    hubs: &'d Hubs,
    settings: SuspicionSettings,
}

/// Looks for every signal in every row. `go_on` is told how many steps of how many are done and stops the work by
/// returning `false`; then `None` is returned. Each row is parsed twice; 49,020 rows take well under a second.
pub fn path_signals(
    dataset: &Dataset,
    settings: &SuspicionSettings,
    go_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Option<Findings> {
    let rows = dataset.samples.len();
    let mut table = Table::default();
    let mut scores = Scores::default();
    let mut found = Vec::new();
    for sample in 0..rows {
        if sample.is_multiple_of(ROWS_AT_ONCE) && !go_on(sample, 2 * rows) {
            return None;
        }
        table.read(dataset, sample);
        let extras = extras::of(dataset, sample);
        scores.read(&table, sample, &extras);
        mining_hole::find(&table, sample, &extras, &mut found);
    }
    table.finish();
    let hubs = Hubs::of(&table, settings.hub_rows);
    let clues = Clues { table: &table, scores: &scores, hubs: &hubs, settings: *settings };
    for sample in 0..rows {
        if sample.is_multiple_of(ROWS_AT_ONCE) && !go_on(rows + sample, 2 * rows) {
            return None;
        }
        own_positive::find(&clues, sample, &mut found);
        other_positive::find(&clues, sample, &mut found);
        same_page::find(&clues, sample, &mut found);
        repeated::find(&clues, sample, &mut found);
        margin::find(&clues, sample, &mut found);
        hub::find(&clues, sample, &mut found);
        split_leak::find(&clues, sample, &mut found);
    }
    go_on(2 * rows, 2 * rows).then(|| Findings::new(rows, found))
}

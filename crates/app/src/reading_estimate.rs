//! The numbers of tiles that a reading would have to read, counted on a thread before it begins. It
//! reads no pictures and draws nothing.

use tilejury_audit::external::{ExternalStore, ReadingExtent, for_reading, rows_in_order};
use tilejury_text::ReadingEngine as _;

use crate::reading_task::{EngineChoice, ReadingPlace, ReadingScope};
use crate::task::Task;

/// The work that a reading would have.
pub(crate) struct ReadingForecast {
    /// The engine and its version, for people.
    pub(crate) engine: String,
    /// The tiles of the first rows by suspicion.
    pub(crate) suspicious: ReadingExtent,
    /// The tiles of all rows.
    pub(crate) all: ReadingExtent,
    /// Whether they have to be fetched.
    pub(crate) is_fetched: bool,
}

/// An estimate that is being computed, or is known.
pub(crate) struct ReadingEstimate {
    answer: Option<Result<ReadingForecast, String>>,
    task: Task<Result<ReadingForecast, String>>,
}

impl ReadingEstimate {
    /// Starts to count. The window of `ctx` is repainted at the end.
    pub(crate) fn start(place: ReadingPlace, engine: EngineChoice, ctx: &egui::Context) -> std::io::Result<Self> {
        let task = Task::spawn("reading estimate", ctx, move |_| compute(&place, &engine))?;
        Ok(Self { answer: None, task })
    }

    /// Receives the answer, if there is one. To be called once a frame, before the dialog is drawn.
    pub(crate) fn take_answer(&mut self) {
        if let Some(answer) = self.task.poll() {
            self.answer =
                Some(answer.unwrap_or_else(|reason| Err(format!("The tiles could not be counted: {reason}."))));
        }
    }

    /// Returns the numbers once they are known; the error is for a person to read.
    pub(crate) fn answer(&self) -> Option<&Result<ReadingForecast, String>> {
        self.answer.as_ref()
    }
}

fn compute(place: &ReadingPlace, engine: &EngineChoice) -> Result<ReadingForecast, String> {
    let (engine, _) = engine.find()?;
    let version = (engine.name().to_owned(), engine.version().to_owned());
    let dataset = &place.dataset;
    let file = for_reading(dataset, &place.sidecar, &place.sidecars);
    let store = ExternalStore::open_for_reading(&file).map_err(|error| error.to_string())?;
    let known = match store {
        Some(store) => store.reading_stamps().map_err(|error| error.to_string())?,
        None => Default::default(),
    };
    let ranking = place.findings.as_ref().map_or(&[][..], |findings| findings.ranking());
    let extent = |scope: ReadingScope| {
        let rows = rows_in_order(dataset, &[], ranking, scope.rows());
        ReadingExtent::of_rows(dataset, &rows, |tile| known.get(tile).is_some_and(|(_, by)| *by == version))
    };
    Ok(ReadingForecast {
        engine: format!("Tesseract {}", engine.version()),
        suspicious: extent(ReadingScope::Suspicious),
        all: extent(ReadingScope::All),
        is_fetched: dataset.tiles.storage().is_some(),
    })
}

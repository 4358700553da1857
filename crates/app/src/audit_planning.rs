//! The work of planning an audit, on threads: the rows of a scope, the intervals to expect of
//! different numbers of them, and the draw,
//! which `audit_drawing.rs` makes. Draws no window and stores nothing.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use tilejury_audit::Sidecar;
use tilejury_audit::audits::{self, Acceptance, AuditPlan, AuditSize, Below, TileRule};
use tilejury_audit::export::origin_of;
use tilejury_audit::pace::{JudgingPace, PaceReport};
use tilejury_data::{Dataset, SampleKey};

use crate::audit_drawing::{AuditScope, DrawSource, DrawnRows};
use crate::imported_store::ImportedStore;
use crate::task::Task;

/// The most affected rows that are offered to be allowed.
const ALLOWED_UP_TO: u64 = 4;

/// The choices that an outlook is computed from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutlookInputs {
    pub(crate) scope: AuditScope,
    /// The confidence level, as a share.
    pub(crate) level: f64,
    /// The limit of the question whether the rate is below one.
    pub(crate) limit: Option<f64>,
    /// The number of affected rows that is allowed then, besides the offered ones.
    pub(crate) allowed: u64,
    /// The number of wrong rows that is allowed, besides the offered ones, if the question is
    /// whether the whole set may be accepted.
    pub(crate) allowed_wrong: Option<u64>,
    /// The rule of the tiles, if the set is one of tiles.
    pub(crate) tiles: Option<TileRule>,
}

/// The facts about an audit before its rows are drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AuditOutlook {
    /// The number of different rows to draw from, or of tiles.
    pub(crate) population: u64,
    /// The reason why the tiles of a set cannot be found.
    pub(crate) no_tiles: Option<String>,
    /// Numbers of rows with the intervals to expect.
    pub(crate) sizes: Vec<AuditSize>,
    /// The number of rows that shows a rate below the limit, by the number of affected rows that is
    /// allowed; `None` where no number shows it.
    pub(crate) below: Vec<(u64, Option<u64>)>,
    /// The number of rows, or of tiles, that shows that the set may be accepted, by the number of
    /// wrong ones that is allowed; `None` where no number shows it.
    pub(crate) accept: Vec<(u64, Option<u64>)>,
}

impl AuditOutlook {
    /// Computes the outlook. It blocks.
    fn new(dataset: &Dataset, inputs: &OutlookInputs, imports: &ImportedStore) -> Self {
        let in_scope = |index| inputs.scope.has(dataset, index);
        let rows = dataset.indices().filter(|index| in_scope(*index));
        let rows = rows.map(|index| dataset.entry(index).key).collect::<HashSet<SampleKey>>().len() as u64;
        let tiles = inputs.tiles.as_ref().map(|rule| {
            let found = rule.tiles(&imports.open(dataset)?, dataset, in_scope).map_err(|error| error.to_string())?;
            Ok(found.len() as u64)
        });
        let (population, no_tiles) = match tiles {
            None => (rows, None),
            Some(Ok(tiles)) => (tiles, None),
            Some(Err(reason)) => (0, Some(reason)),
        };
        let mut plan = AuditPlan::new("outlook", "1", 1);
        plan.level = inputs.level;
        let offered = |allowed: u64| {
            let further = Some(allowed).filter(|allowed| *allowed > ALLOWED_UP_TO);
            (0..=ALLOWED_UP_TO).chain(further)
        };
        let below = inputs.limit.map(|limit| {
            let shows = |allowed| audits::plan_rows_below(population, Below { limit, allowed }, &plan).ok();
            offered(inputs.allowed).map(|allowed| (allowed, shows(allowed))).collect()
        });
        let accept = inputs.allowed_wrong.map(|typed| {
            let shows = |allowed| {
                let mut plan = plan.clone();
                plan.acceptance = Some(Acceptance::of_rows("outlook", allowed));
                audits::units_to_accept(population, &plan).ok()
            };
            offered(typed).map(|allowed| (allowed, shows(allowed))).collect()
        });
        Self {
            population,
            no_tiles,
            sizes: audits::audit_sizes(population, plan.level()),
            below: below.unwrap_or_default(),
            accept: accept.unwrap_or_default(),
        }
    }

    /// The number of rows that shows a rate below the limit with so many affected rows allowed.
    pub(crate) fn rows_below(&self, allowed: u64) -> Option<u64> {
        self.below.iter().find(|(known, _)| *known == allowed)?.1
    }

    /// The number of rows that shows that the set may be accepted with so many wrong rows allowed.
    pub(crate) fn rows_to_accept(&self, allowed: u64) -> Option<u64> {
        self.accept.iter().find(|(known, _)| *known == allowed)?.1
    }
}

/// The outlook and the draw that a dialog waits for. Dropping it stops the work.
#[derive(Default)]
pub(crate) struct AuditPlanning {
    /// The latest outlook, with what it was computed from.
    outlook: Option<(OutlookInputs, AuditOutlook)>,
    computing: Option<(OutlookInputs, Task<AuditOutlook>)>,
    /// The pace of the annotator's last stored verdicts.
    pace: Option<Task<PaceReport>>,
    known_pace: Option<PaceReport>,
    drawing: Option<Task<Result<DrawnRows, String>>>,
}

impl AuditPlanning {
    /// The outlook for these inputs, once it is known.
    pub(crate) fn outlook(&self, inputs: &OutlookInputs) -> Option<&AuditOutlook> {
        self.outlook.as_ref().filter(|(known, _)| known == inputs).map(|(_, outlook)| outlook)
    }

    /// The latest outlook, perhaps of other inputs.
    pub(crate) fn latest(&self) -> Option<&AuditOutlook> {
        self.outlook.as_ref().map(|(_, outlook)| outlook)
    }

    /// Reads the pace of an annotator's last stored verdicts from a sidecar. Without a thread for
    /// it, no pace is known.
    pub(crate) fn read_pace(
        &mut self,
        dataset: &Arc<Dataset>,
        sidecar: PathBuf,
        annotator: String,
        ctx: &egui::Context,
    ) {
        let dataset = dataset.clone();
        let read = move || {
            let events = Sidecar::open_for_reading(&sidecar).ok()??.all_events().ok()?;
            Some(JudgingPace::of_events(&dataset, &events, &annotator))
        };
        self.pace = Task::spawn("audit", ctx, move |_| read().unwrap_or_default().report()).ok();
    }

    /// The pace of this session, or that of the last stored verdicts until one is known.
    pub(crate) fn pace(&self, present: PaceReport) -> PaceReport {
        if present.median_secs.is_some() { present } else { self.known_pace.unwrap_or(present) }
    }

    /// Whether rows are being drawn.
    pub(crate) fn is_drawing(&self) -> bool {
        self.drawing.is_some()
    }

    /// Receives what was computed, and computes the outlook for other inputs.
    ///
    /// # Errors
    /// The reason why nothing can be computed, in words.
    pub(crate) fn update(
        &mut self,
        inputs: OutlookInputs,
        imports: ImportedStore,
        dataset: &Arc<Dataset>,
        ctx: &egui::Context,
    ) -> Result<(), String> {
        if let Some((of, task)) = &mut self.computing
            && let Some(outlook) = task.poll()
        {
            self.outlook = Some((of.clone(), outlook?));
            self.computing = None;
        }
        if let Some(Ok(pace)) = self.pace.as_mut().and_then(Task::poll) {
            // Verdicts of a file that all have one time have no pace.
            self.known_pace = Some(pace).filter(|pace| pace.per_hour().is_some());
        }
        let is_known = self.outlook(&inputs).is_some();
        if is_known || self.computing.as_ref().is_some_and(|(of, _)| *of == inputs) {
            return Ok(());
        }
        let (dataset, wanted) = (dataset.clone(), inputs.clone());
        let task = Task::spawn("audit", ctx, move |_| AuditOutlook::new(&dataset, &wanted, &imports));
        self.computing = Some((inputs, task.map_err(|error| error.to_string())?));
        Ok(())
    }

    /// Draws the rows of a plan. If the dataset is an export, the plan names it.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn draw(
        &mut self,
        mut plan: AuditPlan,
        source: DrawSource,
        dataset: &Arc<Dataset>,
        ctx: &egui::Context,
    ) -> std::io::Result<()> {
        let dataset = dataset.clone();
        self.drawing = Some(Task::spawn("audit", ctx, move |progress| {
            let origin = origin_of(&dataset, progress).map_err(|error| error.to_string())?;
            plan.of_export = origin.map(|origin| origin.of_export);
            source.draw(plan, &dataset)
        })?);
        Ok(())
    }

    /// The drawn rows, once: or why there are none, in words.
    pub(crate) fn take_drawn(&mut self) -> Option<Result<DrawnRows, String>> {
        let drawn = self.drawing.as_mut()?.poll()?;
        self.drawing = None;
        Some(drawn.and_then(|drawn| drawn))
    }
}

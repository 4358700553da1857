//! The draw of an audit's rows, on a thread: plainly, by suspicion or by the word of a machine,
//! with gold rows mixed in. Reads the sidecar and the imports, and stores nothing.

use std::collections::HashMap;
use std::sync::Arc;

use tilejury_audit::annotators::adjudicated_rows;
use tilejury_audit::audits::{
    self, Audit, AuditPlan, Draw, MachineRule, RowAnswer, Suspicion, SuspicionOrder, TileRule,
};
use tilejury_audit::decisions::Decisions;
use tilejury_audit::external::{AnswersInTexts, ExternalSignals};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::suspicion::Findings;
use tilejury_data::{Dataset, SampleIndex, SampleKey};

use crate::imported_store::ImportedStore;
use crate::stored_judgements::StoredJudgements;

/// The rows to draw from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AuditScope {
    /// All rows.
    All,
    /// Those of a split.
    Split(String),
    /// Those that a search found, in ascending order.
    Found(String, Arc<Vec<SampleIndex>>),
}

impl AuditScope {
    /// Whether a row is among them.
    pub(crate) fn has(&self, dataset: &Dataset, index: SampleIndex) -> bool {
        match self {
            Self::All => true,
            Self::Split(name) => dataset.split_of(index).name == *name,
            Self::Found(_, rows) => rows.binary_search(&index).is_ok(),
        }
    }
}

/// The drawn rows with their records.
pub(crate) type DrawnRows = (Draw, Vec<SampleRecord>);

/// The rule by which rows are drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum DrawRule {
    /// All have the same chance.
    #[default]
    Plain,
    /// By suspicion.
    Suspicion(Suspicion),
    /// By the word of a machine.
    Machine(MachineRule),
    /// Tiles of the set that a rule finds.
    Tiles(TileRule),
}

/// The data that a draw depends on besides its plan.
pub(crate) struct DrawSource {
    pub(crate) scope: AuditScope,
    pub(crate) rule: DrawRule,
    /// The number of gold rows.
    pub(crate) gold: usize,
    /// The findings that order the list by suspicion.
    pub(crate) findings: Option<Arc<Findings>>,
    pub(crate) imports: ImportedStore,
}

impl DrawSource {
    /// Draws the rows of a plan. It blocks; the error is for a person to read.
    pub(crate) fn draw(&self, plan: AuditPlan, dataset: &Dataset) -> Result<DrawnRows, String> {
        let mut draw = self.rows(plan, dataset)?;
        if self.gold > 0 {
            let known = self.known(dataset)?;
            audits::mix_gold(&mut draw, self.gold, &known).map_err(|error| error.to_string())?;
        }
        let records = audits::records(&draw, dataset);
        Ok((draw, records))
    }

    fn rows(&self, plan: AuditPlan, dataset: &Dataset) -> Result<Draw, String> {
        let in_scope = |index| self.scope.has(dataset, index);
        let drawn = match &self.rule {
            DrawRule::Plain => audits::draw(plan, dataset, in_scope),
            DrawRule::Suspicion(suspicion) => {
                let order = self.order(dataset)?;
                audits::draw_by_suspicion(plan, *suspicion, &order, dataset, in_scope)
            }
            DrawRule::Machine(rule) => audits::draw_by_word(plan, dataset, rule, &self.imports(dataset)?, in_scope),
            DrawRule::Tiles(rule) => {
                let tiles = rule.tiles(&self.imports.open(dataset)?, dataset, in_scope);
                audits::draw_tiles(plan, dataset, rule, &tiles.map_err(|error| error.to_string())?)
            }
        };
        drawn.map_err(|error| error.to_string())
    }

    /// The order of suspicion; a blank one as long as nothing was found.
    fn order(&self, dataset: &Dataset) -> Result<SuspicionOrder, String> {
        let Some(findings) = &self.findings else { return Ok(SuspicionOrder::default()) };
        let stored = self.stored(dataset)?;
        let decisions = Decisions::read(dataset, &stored.events, &AnnotatorScope::Everybody);
        Ok(SuspicionOrder::new(dataset, findings, &decisions))
    }

    /// The adjudicated answers to rows.
    fn known(&self, dataset: &Dataset) -> Result<HashMap<SampleKey, RowAnswer>, String> {
        let stored = self.stored(dataset)?;
        let audits: Vec<&Audit> = stored.audits.iter().collect();
        Ok(adjudicated_rows(&audits, &stored.events, dataset))
    }

    fn stored(&self, dataset: &Dataset) -> Result<StoredJudgements, String> {
        StoredJudgements::read(dataset, &self.imports.sidecar.path, &AnnotatorScope::Everybody)
    }

    /// The imported reviews and scores.
    fn imports(&self, dataset: &Dataset) -> Result<ExternalSignals, String> {
        let store = self.imports.open(dataset)?;
        let reviews = store.reviews().map_err(|error| error.to_string())?;
        let scores = store.scores().map_err(|error| error.to_string())?;
        let models = store.model_reviews().map_err(|error| error.to_string())?;
        Ok(ExternalSignals::new(reviews, scores, AnswersInTexts::default()).with_model_reviews(models))
    }
}

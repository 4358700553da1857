//! The second stage of a run: each doubtful tile beside another one, in both orders.
//!
//! The other tile is the row's positive. A control that is the positive itself has a foreign tile
//! beside it, so that nothing in a request tells a control from a review.

use tilejury_audit::external::{
    AnswerKey, ExternalStore, ModelComparison, ModelQuestion, PairOutcome, QuestionKind, SecondQuestion, TileRanking,
};
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::TilePath;

use crate::answer::ModelReply;
use crate::comparison::{COMPARISON_VERSION, comparison_body, comparison_key, read_comparison};
use crate::plan::foreign_tile;
use crate::reviewing::picture;
use crate::sender::Reply;
use crate::stage::{Prepared, Stage};
use crate::task::{AskTask, SecondSummary};

/// A comparison with the tile beside and the query.
struct Compared {
    question: SecondQuestion,
    beside: TilePath,
    query: String,
}

/// The comparisons of all doubtful tiles.
pub(crate) struct Comparing<'t> {
    task: &'t AskTask<'t>,
    comparisons: Vec<Compared>,
}

impl<'t> Comparing<'t> {
    /// Takes the doubtful tiles of the plan, as far as their rows have a tile beside them.
    pub(crate) fn of_plan(task: &'t AskTask<'t>, store: &ExternalStore) -> Result<Self, SidecarError> {
        let mut comparisons = Vec::new();
        for planned in &task.plan.questions {
            if !store.is_doubtful(&planned.question)? {
                continue;
            }
            let Some(beside) = beside(task, &planned.question) else { continue };
            for tile_first in [true, false] {
                comparisons.push(Compared {
                    question: SecondQuestion { question: planned.question.clone(), tile_first },
                    beside: beside.clone(),
                    query: planned.query.clone(),
                });
            }
        }
        Ok(Self { task, comparisons })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.comparisons.is_empty()
    }

    /// Counts what both orders say about each tile.
    pub(crate) fn count(&self, store: &ExternalStore, into: &mut SecondSummary) -> Result<(), SidecarError> {
        into.doubtful = self.comparisons.len() / 2;
        for compared in self.comparisons.iter().filter(|compared| compared.question.tile_first) {
            let of = &compared.question.question;
            let Some(second) = store.second_review(of.sample, &of.tile, &of.source)? else { continue };
            match (second.is_consistent(), second.tile_first) {
                (false, _) => into.order_dependent += 1,
                (true, PairOutcome::DoesNotAnswer) => into.rejected += 1,
                (true, _) => into.confirmed += 1,
            }
        }
        Ok(())
    }
}

/// The tile beside a doubtful one.
fn beside(task: &AskTask<'_>, question: &ModelQuestion) -> Option<TilePath> {
    let sample = task.dataset.find(question.sample)?;
    let row = task.dataset.row(sample).ok()?;
    match question.kind {
        QuestionKind::Positive => foreign_tile(task.dataset, sample, &row),
        QuestionKind::Review | QuestionKind::Foreign => Some(TilePath::new(&row.positive)),
    }
}

impl Stage for Comparing<'_> {
    type Question = SecondQuestion;
    type Answer = TileRanking;

    fn questions(&self) -> Vec<&SecondQuestion> {
        self.comparisons.iter().map(|compared| &compared.question).collect()
    }

    fn prepare(&self, number: usize) -> Result<Prepared<'_>, (TilePath, String)> {
        let Compared { question, beside, query } = &self.comparisons[number];
        let (tile, beside) = (picture(self.task, &question.question.tile)?, picture(self.task, beside)?);
        let pair = if question.tile_first { [tile, beside] } else { [beside, tile] };
        let key = comparison_key(self.task.model_id, query, [&pair[0], &pair[1]]);
        let body = move |form| comparison_body(self.task.model, form, query, [&pair[0], &pair[1]]);
        Ok(Prepared { key, body: Box::new(body) })
    }

    fn read(body: &[u8]) -> ModelReply<TileRanking> {
        read_comparison(body)
    }

    fn store(
        &self,
        store: &mut ExternalStore,
        key: AnswerKey,
        (ranking, reply): (TileRanking, Reply),
        questions: &[SecondQuestion],
    ) -> Result<bool, SidecarError> {
        let comparison = ModelComparison { reply: reply.kept(key, self.task, COMPARISON_VERSION), ranking };
        store.store_comparison(&comparison, questions)?;
        Ok(false)
    }

    fn store_known(
        &self,
        store: &mut ExternalStore,
        key: &AnswerKey,
        question: &SecondQuestion,
    ) -> Result<(), SidecarError> {
        store.store_known_comparison(key, std::slice::from_ref(question))
    }

    fn first(question: &SecondQuestion) -> &ModelQuestion {
        &question.question
    }
}

//! The first stage of a run: each tile of the plan, graded on its own.

use tilejury_audit::external::{AnswerKey, ExternalStore, ModelAnswer, ModelQuestion};
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::TilePath;

use crate::answer::{Graded, ModelReply, read_reply};
use crate::chat::request_body;
use crate::key::answer_key;
use crate::picture::{Picture, tile_picture};
use crate::prompt::PROMPT_VERSION;
use crate::sender::Reply;
use crate::stage::{Prepared, Stage};
use crate::task::AskTask;

/// The questions of the plan.
pub(crate) struct Reviewing<'t>(pub(crate) &'t AskTask<'t>);

impl Stage for Reviewing<'_> {
    type Question = ModelQuestion;
    type Answer = Graded;

    fn questions(&self) -> Vec<&ModelQuestion> {
        self.0.plan.questions.iter().map(|planned| &planned.question).collect()
    }

    fn prepare(&self, number: usize) -> Result<Prepared<'_>, (TilePath, String)> {
        let planned = &self.0.plan.questions[number];
        let tile = picture(self.0, &planned.question.tile)?;
        let key = answer_key(self.0.model_id, &planned.query, &tile);
        let body = move |form| request_body(self.0.model, form, &planned.query, &tile);
        Ok(Prepared { key, body: Box::new(body) })
    }

    fn read(body: &[u8]) -> ModelReply<Graded> {
        read_reply(body)
    }

    fn store(
        &self,
        store: &mut ExternalStore,
        key: AnswerKey,
        (graded, reply): (Graded, Reply),
        questions: &[ModelQuestion],
    ) -> Result<bool, SidecarError> {
        let Graded { grade, soft, evidence } = graded;
        let reply = reply.kept(key, self.0, PROMPT_VERSION);
        let answer = ModelAnswer { reply, grade, soft, evidence };
        Ok(store.store_answer(&answer, questions)?.first() == Some(&Some(true)))
    }

    fn store_known(
        &self,
        store: &mut ExternalStore,
        key: &AnswerKey,
        question: &ModelQuestion,
    ) -> Result<(), SidecarError> {
        store.store_known(key, std::slice::from_ref(question))
    }

    fn first(question: &ModelQuestion) -> &ModelQuestion {
        question
    }
}

/// Reads a tile; an error names it.
pub(crate) fn picture(task: &AskTask<'_>, tile: &TilePath) -> Result<Picture, (TilePath, String)> {
    tile_picture(task.dataset, tile).map_err(|reason| (tile.clone(), reason))
}

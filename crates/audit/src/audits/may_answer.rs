//! Whether a row of an audit may have an answer, and if not, why not in words.

use tilejury_data::SampleKey;

use super::answer::answers_tiles;
use super::answering::Answering;
use super::stored::Audit;
use crate::merge::CurrentJudgements;
use crate::role::is_machine;

impl Audit {
    /// Whether a row may have such an answer.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn check(&self, answering: &Answering, key: SampleKey) -> Result<(), String> {
        match answering {
            Answering::First(name) => self.check_annotator(name, key),
            Answering::Again(name) => {
                self.check_annotator(name, key)?;
                let name = &self.plan.name;
                self.comes_back(key)
                    .then_some(())
                    .ok_or_else(|| format!("in the audit “{name}” the row does not come back"))
            }
            Answering::Adjudication(_) if self.has_row(key) => Ok(()),
            Answering::Adjudication(_) => Err(format!("the row was not drawn for the audit “{}”", self.plan.name)),
        }
    }

    /// Whether an annotator answered to a row before they answer again. `answers`: theirs, if some
    /// of them are not stored yet.
    ///
    /// # Errors
    /// The reason, in words, if they did not.
    pub(crate) fn check_first(
        &self,
        answers: Option<&CurrentJudgements>,
        annotator: &str,
        key: SampleKey,
    ) -> Result<(), String> {
        let judgement =
            answers.or_else(|| self.answers.get(annotator)).and_then(|answers| answers.judgements.get(&key));
        let has_answered = judgement.is_some_and(|judgement| match self.asked(key) {
            [] => judgement.verdict.is_some(),
            tiles => answers_tiles(judgement, tiles),
        });
        has_answered.then_some(()).ok_or_else(|| format!("{annotator} has not answered to the row a first time"))
    }

    /// Whether an annotator may answer to a row.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn check_annotator(&self, annotator: &str, key: SampleKey) -> Result<(), String> {
        if is_machine(annotator) {
            return Err(format!("{annotator} is a machine: people answer in the audit “{}”", self.plan.name));
        }
        if self.gold.contains(&key) {
            let is_named = self.plan.annotators.is_empty() || self.plan.annotators.iter().any(|name| name == annotator);
            let refusal = || format!("{annotator} is not an annotator of the audit “{}”", self.plan.name);
            return is_named.then_some(()).ok_or_else(refusal);
        }
        if !self.has_row(key) {
            return Err(format!("the row was not drawn for the audit “{}”", self.plan.name));
        }
        let named = self.plan.annotators_of(&key.to_string());
        if named.is_empty() || named.contains(&annotator) {
            return Ok(());
        }
        Err(format!("in the audit “{}” this row is for {}, not for {annotator}", self.plan.name, named.join(" and ")))
    }
}

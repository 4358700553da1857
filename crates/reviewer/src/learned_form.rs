//! The form of requests that all threads of a run use, and what they learn about it: a refusal
//! takes a part away, an answer proves the rest. Sends nothing.

use parking_lot::Mutex;

use crate::chat::RequestForm;

/// The form that a server is believed or known to understand.
pub(crate) struct LearnedForm(Mutex<State>);

struct State {
    form: RequestForm,
    /// Whether an answer came in this form.
    is_proven: bool,
}

impl LearnedForm {
    /// `known` is the form in which the server answered an earlier run.
    pub(crate) fn new(known: Option<RequestForm>) -> Self {
        Self(Mutex::new(State { form: known.unwrap_or_default(), is_proven: known.is_some() }))
    }

    /// The form of the next request.
    pub(crate) fn now(&self) -> RequestForm {
        self.0.lock().form
    }

    /// The form in which an answer came.
    pub(crate) fn proven(&self) -> Option<RequestForm> {
        let state = self.0.lock();
        state.is_proven.then_some(state.form)
    }

    /// Notes an answer in a form.
    pub(crate) fn prove(&self, form: RequestForm) {
        let mut state = self.0.lock();
        state.is_proven |= state.form == form;
    }

    /// Notes that a request was refused with a message. Returns whether there is another form to
    /// try: without what the message names; before the first answer, also with a looser format.
    pub(crate) fn refused(&self, form: RequestForm, message: &str) -> bool {
        let looser = || form.with_looser_format().filter(|_| !self.0.lock().is_proven);
        self.take(form, form.without_refused(message).or_else(looser))
    }

    /// Notes that a request was refused, which may be for other reasons than its form. Returns
    /// whether the message names a part of it.
    pub(crate) fn refused_part(&self, form: RequestForm, message: &str) -> bool {
        self.take(form, form.without_refused(message))
    }

    /// Notes an answer that is not in the wanted format. Returns whether there is a looser one to
    /// try, as before the first good answer.
    pub(crate) fn misunderstood(&self, form: RequestForm) -> bool {
        self.take(form, form.with_looser_format().filter(|_| !self.0.lock().is_proven))
    }

    /// Notes an answer that was cut before it began. Returns whether there is a form with fewer
    /// thoughts or more room. It changes nothing else, so that what was proven stays so.
    pub(crate) fn cut_in_thoughts(&self, form: RequestForm) -> bool {
        let Some(other) = form.with_other_thoughts() else { return false };
        let mut state = self.0.lock();
        if state.form.thoughts == form.thoughts {
            state.form.thoughts = other.thoughts;
        }
        true
    }

    /// Takes another form, unless another thread did so.
    fn take(&self, from: RequestForm, to: Option<RequestForm>) -> bool {
        let Some(to) = to else { return false };
        let mut state = self.0.lock();
        if state.form == from {
            *state = State { form: to, is_proven: false };
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{ReplyFormat, Thoughts};

    #[test]
    fn refusals_take_parts_away_and_answers_keep_the_rest() {
        let learned = LearnedForm::new(None);
        let full = learned.now();
        assert!(learned.refused(full, "logprobs are not supported") && !learned.now().logprobs);
        assert!(learned.refused(full, "logprobs are not supported"), "another thread took it away");
        assert!(!learned.refused_part(learned.now(), "no such key"), "of no part");
        assert!(learned.misunderstood(learned.now()));
        assert_eq!((learned.now().format, learned.proven()), (ReplyFormat::JsonObject, None));
        learned.prove(full);
        assert_eq!(learned.proven(), None, "the answer is to a form of before");
        learned.prove(learned.now());
        assert_eq!(learned.proven(), Some(learned.now()));
        assert!(!learned.misunderstood(learned.now()) && !learned.refused(learned.now(), "too large"));
        assert!(learned.refused(learned.now(), "the seed is not supported"), "a server may change");
        assert_eq!(learned.proven(), None);
        assert!(!LearnedForm::new(Some(full)).misunderstood(full));
    }

    #[test]
    fn thoughts_are_left_out_or_get_room_and_nothing_else_changes() {
        let learned = LearnedForm::new(None);
        learned.prove(learned.now());
        let usual = learned.now();
        assert!(learned.cut_in_thoughts(usual) && learned.now().thoughts == Thoughts::Off);
        assert!(learned.cut_in_thoughts(usual) && learned.now().thoughts == Thoughts::Off, "of another thread");
        assert!(learned.cut_in_thoughts(learned.now()) && learned.now().thoughts == Thoughts::Room);
        assert_eq!(RequestForm { thoughts: Thoughts::Usual, ..learned.now() }, usual);
        assert!(!learned.misunderstood(learned.now()), "what was proven stays so");
        assert!(!learned.cut_in_thoughts(learned.now()), "there is no more room");
    }
}

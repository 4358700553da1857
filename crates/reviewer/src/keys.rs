//! The questions that need not be asked: known answers, and questions that wait for the same one
//! that is on its way.

use std::collections::{HashMap, HashSet};

use parking_lot::Mutex;
use tilejury_audit::external::AnswerKey;

/// The next step for a question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Ask, and then release the key.
    Ask,
    /// Nothing: who asks releases this question, too.
    Waits,
    /// The answer is stored.
    Known,
}

/// The keys of all threads, for questions of one kind.
pub(crate) struct Keys<Q>(Mutex<State<Q>>);

struct State<Q> {
    known: HashSet<AnswerKey>,
    /// The questions that wait for a key which is asked for.
    asked: HashMap<AnswerKey, Vec<Q>>,
}

impl<Q: Clone> Keys<Q> {
    pub(crate) fn new(known: HashSet<AnswerKey>) -> Self {
        Self(Mutex::new(State { known, asked: HashMap::new() }))
    }

    /// Claims a key for a question.
    pub(crate) fn claim(&self, key: &AnswerKey, question: &Q) -> Claim {
        let mut state = self.0.lock();
        if state.known.contains(key) {
            return Claim::Known;
        }
        match state.asked.get_mut(key) {
            Some(waiting) => {
                waiting.push(question.clone());
                Claim::Waits
            }
            None => {
                state.asked.insert(*key, Vec::new());
                Claim::Ask
            }
        }
    }

    /// Releases a key and passes the questions that waited for it on, before another thread can
    /// claim it.
    pub(crate) fn release(&self, key: &AnswerKey, is_known: bool, pass_on: impl FnOnce(Vec<Q>)) {
        let mut state = self.0.lock();
        pass_on(state.asked.remove(key).unwrap_or_default());
        if is_known {
            state.known.insert(*key);
        }
    }
}

#[cfg(test)]
mod tests {
    use tilejury_audit::external::{ModelQuestion, QuestionKind};
    use tilejury_data::{SampleKey, TilePath};

    use super::*;

    #[test]
    fn equal_questions_wait_for_the_first() {
        let question = |tile: &str| ModelQuestion {
            sample: SampleKey(1),
            tile: TilePath::new(tile),
            source: "m".into(),
            kind: QuestionKind::Review,
        };
        let keys = Keys::new(HashSet::from([[1; 32]]));
        assert_eq!(keys.claim(&[1; 32], &question("a")), Claim::Known);
        assert_eq!(keys.claim(&[2; 32], &question("a")), Claim::Ask);
        assert_eq!(keys.claim(&[2; 32], &question("b")), Claim::Waits);
        let mut waited = Vec::new();
        keys.release(&[2; 32], true, |others| waited = others);
        assert_eq!(waited, [question("b")]);
        assert_eq!(keys.claim(&[2; 32], &question("c")), Claim::Known);
        assert_eq!(keys.claim(&[3; 32], &question("a")), Claim::Ask);
        keys.release(&[3; 32], false, drop);
        assert_eq!(keys.claim(&[3; 32], &question("a")), Claim::Ask, "a failure is no answer");
    }
}

//! The answers to made-up rows, in the form in which audits store them. Each form of a row has one
//! answer, made once.

use std::collections::BTreeMap;

use tilejury_audit::audits::{RowAnswer, Say};
use tilejury_data::TilePath;

use super::population::{MOST_NEGATIVES, MadeUpRow};

/// The answers to all forms of rows.
pub(super) struct Answers {
    said: Vec<RowAnswer>,
    unsure: Vec<RowAnswer>,
}

/// The number of each form: of negatives, of false ones among them, whether the positive is wrong.
fn form(negatives: u64, false_negatives: u64, wrong_positive: bool) -> usize {
    ((negatives * (MOST_NEGATIVES + 1) + false_negatives) * 2 + u64::from(wrong_positive)) as usize
}

impl Answers {
    pub(super) fn new() -> Self {
        let (mut said, mut unsure) = (Vec::new(), Vec::new());
        for negatives in 0..=MOST_NEGATIVES {
            for false_negatives in 0..=MOST_NEGATIVES {
                for wrong in [Say::No, Say::Yes] {
                    let tiles = |say: &dyn Fn(u64) -> Say| -> BTreeMap<TilePath, Say> {
                        (0..negatives).map(|at| (TilePath::new(&format!("images/{at}.png")), say(at))).collect()
                    };
                    let negative = |at: u64| if at < false_negatives { Say::Yes } else { Say::No };
                    let clear = tiles(&negative);
                    said.push(RowAnswer { positive: wrong, negatives: clear, confirmed: 0, is_unsure: false });
                    let open = tiles(&|_| Say::Nothing);
                    unsure.push(RowAnswer { positive: Say::Unsure, negatives: open, confirmed: 0, is_unsure: true });
                }
            }
        }
        Self { said, unsure }
    }

    /// The true answer to a row.
    pub(super) fn of(&self, row: &MadeUpRow) -> &RowAnswer {
        &self.said[form(row.negatives, row.false_negatives, row.wrong_positive)]
    }

    /// The answer to a row that was left unsure.
    pub(super) fn unsure_of(&self, row: &MadeUpRow) -> &RowAnswer {
        &self.unsure[form(row.negatives, row.false_negatives, row.wrong_positive)]
    }

    /// The true answer to a row with one negative, which may be a false one.
    pub(super) fn of_one(&self, is_affected: bool) -> &RowAnswer {
        &self.said[form(1, is_affected.into(), false)]
    }
}

//! The arithmetic of audits: random draws, intervals for rates, agreement of annotators.
//!
//! Pure functions of numbers and keys. Each names the source of its formula, and
//! `tests/oracles` compares it with an independent program. Knows no row, tile or judgement, and
//! opens no file.

mod acceptance;
mod agreement;
mod alpha;
mod bands;
mod below;
mod dawid_skene;
mod draw;
mod expected;
mod hypergeometric;
mod interval;
mod negatives;
mod quantile;
mod running;

pub use acceptance::{most_wrong, plan_acceptance};
pub use agreement::{Kappa, TwoByTwo, agreement_on, kappa};
pub use alpha::{fleiss_kappa, gwet_ac1, krippendorff_alpha};
pub use bands::{Band, BandsEstimate, allocate, bands_rate};
pub use below::{BelowPlan, Outlook, evidence_below, outlook_below, plan_below};
pub use dawid_skene::{Answer, DawidSkene, dawid_skene};
pub use draw::{assigned, gold_place, gold_slot, is_overlapping, is_repeated, place};
pub use expected::expected_width;
pub use hypergeometric::{count_interval, highest_count, tails};
pub use interval::{CountInterval, Interval, Level, clopper_pearson, wilson};
pub use negatives::{RowCount, ShareEstimate, share_in_strata, share_of_negatives};
pub use quantile::{beta_quantile, normal_quantile, student_quantile};
pub use running::running_interval;

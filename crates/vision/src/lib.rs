//! The likeness of two pictures: the best vertical shift, the best scale and place whatever the
//! colours, pixel equality, a picture of the differences, and fingerprints that propose pictures to
//! compare.
//!
//! Pure functions on decoded pixels: no file, no decoding, no row. The caller decides which
//! pictures are compared, and what the result means.

mod align;
mod bands;
mod coarse;
mod compare;
mod correlation;
mod difference;
#[cfg(test)]
mod drawing;
mod drifting;
mod features;
mod fingerprint;
mod guess;
mod identical;
mod ink_grid;
mod overlay;
mod paint;
mod pair_likeness;
mod placement_guess;
mod product;
mod profile;
mod profile_cells;
mod proposal;
mod signature;
mod votes;

pub use align::{Alignment, RowAgreement, align};
pub use bands::BANDS_UP_TO;
pub use compare::compare;
pub use difference::{Difference, difference};
pub use fingerprint::{PictureFingerprint, hash_of_pixels};
pub use identical::identical;
pub use overlay::Overlay;
pub use paint::{DifferenceColours, TOLERANCE_LEVELS};
pub use pair_likeness::{AGREEING, ComparedRows, EQUAL_AT_LEAST, OVERLAP, PairLikeness};
pub use proposal::PictureProposer;
pub use signature::SignatureLikeness;

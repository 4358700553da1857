//! The content that a picture shares with a positive, at any place. The result is that of the
//! strictest comparison that finds something.
//!
//! Reads pixels only. Another crate decides what it means for a row.

use tilejury_data::Pixels;

use super::align::{RowAgreement, align};
use super::drifting::along_a_path;
use super::fingerprint::PictureFingerprint;
use super::guess::ScaledProfile;
use super::overlay::{Overlay, overlay};
use super::pair_likeness::{AGREEING, ComparedRows, EQUAL_AT_LEAST, OVERLAP, PairLikeness};

/// Lays two pictures over each other: in one piece, or else along a path. If that leaves a doubt,
/// tries the scale that their profiles propose.
pub fn compare(
    positive: &Pixels,
    other: &Pixels,
    fingerprints: Option<(&PictureFingerprint, &PictureFingerprint)>,
) -> PairLikeness {
    let found = align(positive, other);
    let rows = match found.evidence {
        RowAgreement::Exact => ComparedRows::Exact,
        RowAgreement::Similar | RowAgreement::Nothing => ComparedRows::Profiles,
    };
    let straight =
        PairLikeness { shift: found.shift, equal_rows: 0.0, overlap_rows: found.overlap_rows, rows, overlay: None };
    let shared = if found.alike() && found.equal_rows >= EQUAL_AT_LEAST {
        PairLikeness { equal_rows: found.equal_rows, ..straight }
    } else {
        along_a_path(positive, other).unwrap_or(straight)
    };
    if shared.rows == ComparedRows::Exact && shared.equal_rows >= AGREEING.1 {
        return shared;
    }
    let guess = fingerprints.and_then(|(own, other)| ScaledProfile::new(&own.profile).guess(&other.profile));
    let laid = guess.and_then(|guess| overlay(positive, other, &guess));
    PairLikeness { overlay: laid.filter(counts), ..shared }
}

/// Whether enough agrees, over enough of the picture, to count at all.
fn counts(overlay: &Overlay) -> bool {
    overlay.agreeing >= AGREEING.0 && overlay.overlap > OVERLAP.0
}

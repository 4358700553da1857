//! Which pictures are worth laying over a positive, by fingerprints alone.
//!
//! Proposes only: whether they do share something is for [`compare`](crate::compare()) to tell, by their pixels.

use super::fingerprint::PictureFingerprint;
use super::guess::ScaledProfile;
use super::signature::Unpacked;

/// A positive's fingerprint, prepared to be held against many.
pub struct PictureProposer<'f> {
    positive: &'f PictureFingerprint,
    /// Its signature over so many columns.
    unpacked: Option<(u32, Unpacked)>,
    scaled: Option<ScaledProfile<'f>>,
}

impl<'f> PictureProposer<'f> {
    /// Prepares a positive; the costly parts are made when they are needed.
    pub fn new(positive: &'f PictureFingerprint) -> Self {
        Self { positive, unpacked: None, scaled: None }
    }

    /// Whether the signatures could align, or the profiles are alike at some scale.
    pub fn could_be_near(&mut self, other: &PictureFingerprint) -> bool {
        let positive = self.positive;
        let width = positive.width.min(other.width);
        if self.unpacked.as_ref().is_none_or(|(of_width, _)| *of_width != width) {
            self.unpacked = Some((width, positive.signature.unpacked(width)));
        }
        self.unpacked.as_ref().is_some_and(|(_, own)| own.could_align(&other.signature.unpacked(width)))
            || self.scaled.get_or_insert_with(|| ScaledProfile::new(&positive.profile)).guess(&other.profile).is_some()
    }
}

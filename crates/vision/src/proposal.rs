//! Proposals of pictures worth laying over a positive, by fingerprints alone.
//!
//! Proposes only: [`compare`](crate::compare()) decides by the pixels whether they do share
//! something.

use super::fingerprint::PictureFingerprint;
use super::guess::ScaledProfile;
use super::signature::UnpackedSignature;

/// A positive's fingerprint, prepared for comparison with many others.
pub struct PictureProposer<'f> {
    positive: &'f PictureFingerprint,
    /// Its signature over the bands that fit the given width in pixels.
    unpacked: Option<(u32, UnpackedSignature)>,
    scaled: Option<ScaledProfile<'f>>,
}

impl<'f> PictureProposer<'f> {
    /// Prepares a positive; computes the costly parts when they are needed.
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

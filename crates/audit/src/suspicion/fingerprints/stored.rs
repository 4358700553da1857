//! A fingerprint as bytes, and back.
//!
//! First byte 0: unreadable, then the reason in UTF-8. First byte 1: the bytes of
//! [`PictureFingerprint::to_bytes`]. First byte 2: the same, adopted.

use tilejury_vision::PictureFingerprint;

use super::fingerprint::TileFingerprint;

impl TileFingerprint {
    /// Returns the bytes to store; none for a missing tile, which is not stored.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Missing(_) | Self::ShardMissing => Vec::new(),
            Self::Unreadable(reason) => [&[0], reason.as_bytes()].concat(),
            Self::Readable(picture) | Self::Adopted(picture) => {
                let mut out = vec![if self.is_adopted() { 2 } else { 1 }];
                picture.to_bytes(&mut out);
                out
            }
        }
    }

    /// Reads stored bytes; `None` if they are not valid.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        match kind {
            0 => Some(Self::Unreadable(std::str::from_utf8(rest).ok()?.into())),
            1 => PictureFingerprint::from_bytes(rest).map(Self::Readable),
            2 => PictureFingerprint::from_bytes(rest).map(Self::Adopted),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_bytes_restore_the_fingerprint() {
        let picture = TileFingerprint::decode(&tilejury_testkit::picture::page(875, 300, 4, 0)).0;
        assert!(picture.picture().is_some_and(|picture| picture.ink > 0.01));
        let adopted = picture.picture().cloned().map(TileFingerprint::Adopted).unwrap();
        for fingerprint in [picture, adopted, TileFingerprint::Unreadable("damaged PNG: cut short".into())] {
            assert_eq!(TileFingerprint::from_bytes(&fingerprint.to_bytes()), Some(fingerprint));
        }
    }

    #[test]
    fn rejects_other_bytes() {
        let picture = TileFingerprint::decode(&tilejury_testkit::picture::page(300, 100, 4, 0)).0.to_bytes();
        for bytes in [&[][..], &[3, 1], &[0, 0xff], &picture[..20], &picture[..picture.len() - 1]] {
            assert_eq!(TileFingerprint::from_bytes(bytes), None);
        }
    }
}

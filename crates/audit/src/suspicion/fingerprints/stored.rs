//! A print as bytes, and back.
//!
//! Little-endian. First byte 0: unreadable, then the reason in UTF-8. First byte 1: length and hash of the bytes (8 + 16), hash of
//! the pixels (16), width and height (4 + 4), ink (4), the length of the profile (2) and the profile, then the rows of
//! the signature.

use super::fingerprint::{PictureFingerprint, TileFingerprint};
use super::signature::Signature;
use crate::likeness::Profile;

impl TileFingerprint {
    /// As bytes; none for a tile that is missing, which is not kept.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Missing(_) | Self::ShardMissing => Vec::new(),
            Self::Unreadable(reason) => [&[0], reason.as_bytes()].concat(),
            Self::Readable(picture) => {
                let mut out = vec![1];
                out.extend_from_slice(&picture.bytes.0.to_le_bytes());
                out.extend_from_slice(&picture.bytes.1.to_le_bytes());
                out.extend_from_slice(&picture.pixels.to_le_bytes());
                out.extend_from_slice(&picture.width.to_le_bytes());
                out.extend_from_slice(&picture.height.to_le_bytes());
                out.extend_from_slice(&picture.ink.to_le_bytes());
                let profile = picture.profile.to_bytes();
                out.extend_from_slice(&(profile.len() as u16).to_le_bytes());
                out.extend_from_slice(&profile);
                picture.signature.to_bytes(&mut out);
                out
            }
        }
    }

    /// Back from bytes; `None` where they are none of ours.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, mut rest) = bytes.split_first()?;
        match kind {
            0 => Some(Self::Unreadable(std::str::from_utf8(rest).ok()?.into())),
            1 => Some(Self::Readable(PictureFingerprint {
                bytes: (u64::from_le_bytes(take(&mut rest)?), u128::from_le_bytes(take(&mut rest)?)),
                pixels: u128::from_le_bytes(take(&mut rest)?),
                width: u32::from_le_bytes(take(&mut rest)?),
                height: u32::from_le_bytes(take(&mut rest)?),
                ink: f32::from_le_bytes(take(&mut rest)?),
                profile: {
                    let length = u16::from_le_bytes(take(&mut rest)?);
                    let (profile, signature) = rest.split_at_checked(usize::from(length))?;
                    rest = signature;
                    Profile::from_bytes(profile)?
                },
                signature: Signature::from_bytes(rest)?,
            })),
            _ => None,
        }
    }
}

/// The next `N` bytes.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_give_a_print_back() {
        let picture = TileFingerprint::decode(&tilejury_testkit::picture::page(875, 300, 4, 0)).0;
        assert!(picture.picture().is_some_and(|picture| picture.signature.len() > 10 && picture.ink > 0.01));
        for print in [picture, TileFingerprint::Unreadable("damaged PNG: cut short".into())] {
            assert_eq!(TileFingerprint::from_bytes(&print.to_bytes()), Some(print));
        }
    }

    #[test]
    fn other_bytes_give_none() {
        let picture = TileFingerprint::decode(&tilejury_testkit::picture::page(300, 100, 4, 0)).0.to_bytes();
        for bytes in [&[][..], &[2, 1], &[0, 0xff], &picture[..20], &picture[..picture.len() - 1]] {
            assert_eq!(TileFingerprint::from_bytes(bytes), None);
        }
    }
}

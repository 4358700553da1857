//! Decodes bytes to pixels, within limits. The format is recognised by content, never by name: some
//! sets hold JPEG and WebP bytes under `.png` names.

use std::cell::Cell;
use std::io::Cursor;
use std::panic::catch_unwind;

use garb::bytes::rgb_to_rgba;
use image::error::{ImageError, LimitErrorKind, ParameterError, ParameterErrorKind};
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits};
use memchr::memchr;
use thiserror::Error;

/// The longest side of a tile, in pixels.
pub const SIDE_UP_TO_PIXELS: u32 = 32_768;
/// The most that a decoder may allocate for one tile, in bytes: 16 k × 4 k pixels with alpha.
pub const ALLOCATE_UP_TO_BYTES: u64 = 256 << 20;
/// The most that a PNG decoder may allocate for lines and for data beside the picture, such as
/// colour profiles and texts, in bytes. A profile is decompressed, however large it becomes.
const PNG_CHUNKS_UP_TO_BYTES: u64 = 32 << 20;
/// The most pixels that a JPEG may scan in total. A decoder passes over the picture once for each
/// scan, and a scan without new data takes only a few bytes. Progressive pictures have about ten
/// scans; this limit allows as many for the largest picture.
const SCANNED_UP_TO_PIXELS: u64 = 1 << 30;

/// A decoded tile: 8-bit RGBA, not premultiplied, rows from top to bottom without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width × height × 4` bytes.
    pub rgba: Vec<u8>,
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pixels({}×{})", self.width, self.height)
    }
}

/// A reason why bytes are not a tile.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// The file is empty.
    #[error("the file is empty (0 bytes)")]
    Empty,
    /// The format is not supported.
    #[error("neither PNG, JPEG nor WebP (it begins with {0})")]
    UnknownFormat(String),
    /// The picture is a decompression bomb, or not a tile.
    #[error("{format} of {width}×{height} pixels: larger than a tile may be")]
    TooLarge {
        /// The format's name.
        format: &'static str,
        /// The width in the header.
        width: u32,
        /// The height in the header.
        height: u32,
    },
    /// The picture is cut short or damaged.
    #[error("damaged {format}: {reason}")]
    Damaged {
        /// The format's name.
        format: &'static str,
        /// The decoder's error.
        reason: String,
    },
}

/// Decodes a PNG, JPEG or WebP; of an animation, the first frame.
///
/// # Errors
/// If the bytes are not a picture within the limits. Never panics on bad bytes: if a decoder does,
/// the picture counts as damaged.
pub fn decode(bytes: &[u8]) -> Result<Pixels, DecodeError> {
    catch_unwind(|| decode_unguarded(bytes))
        .unwrap_or_else(|_| Err(DecodeError::Damaged { format: "picture", reason: "the decoder failed on it".into() }))
}

fn decode_unguarded(bytes: &[u8]) -> Result<Pixels, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    let (kind, format) = match image::guess_format(bytes) {
        Ok(kind @ ImageFormat::Png) => (kind, "PNG"),
        Ok(kind @ ImageFormat::Jpeg) => (kind, "JPEG"),
        Ok(kind @ ImageFormat::WebP) => (kind, "WebP"),
        _ => return Err(DecodeError::UnknownFormat(head(bytes))),
    };
    let damaged = |reason: String| DecodeError::Damaged { format, reason };
    // The JPEG decoder silently fills missing parts with grey.
    if kind == ImageFormat::Jpeg && !jpeg_has_end(bytes) {
        return Err(damaged("cut short: no end-of-image mark".into()));
    }
    let reader = || {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), kind);
        reader.limits(limits(kind));
        reader
    };
    let (width, height) = reader().into_dimensions().map_err(|error| damaged(reason(&error)))?;
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > SIDE_UP_TO_PIXELS || pixels * 4 > ALLOCATE_UP_TO_BYTES {
        return Err(DecodeError::TooLarge { format, width, height });
    }
    if kind == ImageFormat::Jpeg {
        let scans = jpeg_scans(bytes);
        if scans * pixels > SCANNED_UP_TO_PIXELS {
            return Err(damaged(format!("{scans} scans over {width}×{height} pixels: more than a tile may have")));
        }
    }
    match reader().into_decoder().and_then(rgba) {
        Ok(rgba) => Ok(Pixels { width, height, rgba }),
        Err(ImageError::Limits(error))
            if matches!(error.kind(), LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory)
                && kind != ImageFormat::Png =>
        {
            Err(DecodeError::TooLarge { format, width, height })
        }
        Err(error) => Err(damaged(reason(&error))),
    }
}

/// The allocation limits of a decoder. The size of the picture is checked before.
fn limits(kind: ImageFormat) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(if kind == ImageFormat::Png { PNG_CHUNKS_UP_TO_BYTES } else { 2 * ALLOCATE_UP_TO_BYTES });
    limits
}

thread_local! {
    /// A reused buffer for pixels without alpha, before alpha is added: allocating it for each tile
    /// would cost as much as adding alpha.
    static RGB: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Larger buffers are freed at once.
const RGB_KEPT_UP_TO_BYTES: usize = 32 << 20;

/// Decodes to RGBA. Most tiles are RGB; the PNG decoder's own alpha costs twice as much as a
/// vectorised pass after it.
fn rgba(decoder: impl ImageDecoder) -> ImageResult<Vec<u8>> {
    if decoder.color_type() != ColorType::Rgb8 {
        return DynamicImage::from_decoder(decoder).map(|image| image.into_rgba8().into_raw());
    }
    let mut rgb = RGB.take();
    rgb.resize(usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX), 0);
    decoder.read_image(&mut rgb)?;
    let mut rgba = vec![0; rgb.len() / 3 * 4];
    let expanded = rgb_to_rgba(&rgb, &mut rgba);
    if rgb.capacity() <= RGB_KEPT_UP_TO_BYTES {
        RGB.set(rgb);
    }
    let wrong = |_| ImageError::Parameter(ParameterError::from_kind(ParameterErrorKind::DimensionMismatch));
    expanded.map(|()| rgba).map_err(wrong)
}

/// The decoder's error without its prefix, which names the format again.
fn reason(error: &ImageError) -> String {
    let inner = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let lower = inner.to_lowercase();
    if lower.contains("eof")
        || lower.contains("end of file")
        || lower.contains("exhausted")
        || lower.contains("fill whole buffer")
    {
        format!("cut short ({inner})")
    } else {
        inner
    }
}

/// Whether there is an end-of-image mark (FF D9) in the last 64 KB. Writers may pad the end or
/// append data; an earlier mark may be a thumbnail's.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    let from = bytes.len().saturating_sub(64 << 10);
    bytes[from..].windows(2).any(|pair| pair == [0xff, 0xd9])
}

/// Counts the scans of a JPEG. Goes from marker to marker as decoders do (ITU T.81, B.1), so that
/// other segments, such as a thumbnail, do not count.
fn jpeg_scans(bytes: &[u8]) -> u64 {
    let (mut scans, mut at) = (0, 2);
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr(0xff, rest)) {
        at += found + 1;
        match bytes.get(at).copied() {
            // Padding; content that looks like a marker; markers without a segment.
            Some(0xff) => {}
            Some(0x00 | 0x01 | 0xd0..=0xd8) => at += 1,
            Some(0xd9) | None => break,
            Some(marker) => {
                scans += u64::from(marker == 0xda);
                let len = bytes.get(at + 1..at + 3).map_or(0, |len| usize::from(len[0]) << 8 | usize::from(len[1]));
                at += 1 + len;
            }
        }
    }
    scans
}

fn head(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    shown.join(" ")
}

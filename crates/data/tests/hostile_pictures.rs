//! Pictures with false data, and pictures of every kind that the formats allow: each gives pixels
//! or an error message, in bounded time and memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::time::{Duration, Instant};

use tilejury_data::{DecodeError, Pixels, decode};
use tilejury_testkit::picture::{self, png_header, png_of, zlib_stored, zlib_zeros};

/// Each colour type of PNG, its allowed depths, and its number of channels.
const KINDS: [(u8, &[u8], usize); 5] =
    [(0, &[1, 2, 4, 8, 16], 1), (2, &[8, 16], 3), (3, &[1, 2, 4, 8], 1), (4, &[8, 16], 2), (6, &[8, 16], 4)];
/// The first column and row, and the steps, of the seven passes of Adam7.
const PASSES: [(usize, usize, usize, usize); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

/// The rows of a PNG before compression, each with a filter byte; all other bytes are the same.
fn raw(side: usize, bits: usize, interlaced: bool, filter: u8, byte: u8) -> Vec<u8> {
    let row = |width: usize| [vec![filter], vec![byte; (width * bits).div_ceil(8)]].concat();
    if !interlaced {
        return row(side).repeat(side);
    }
    let steps = |from: usize, step: usize| side.saturating_sub(from).div_ceil(step);
    let passes = PASSES.iter().map(|(x, y, across, down)| (steps(*x, *across), steps(*y, *down)));
    passes.filter(|(width, _)| *width > 0).flat_map(|(width, height)| row(width).repeat(height)).collect()
}

fn png(side: u32, depth: u8, colour: u8, interlace: u8, raw: &[u8]) -> Vec<u8> {
    let palette: Vec<u8> = (0..1_usize << depth.min(8)).flat_map(|at| [if at == 0 { 0 } else { 255 }; 3]).collect();
    let mut chunks: Vec<(&[u8; 4], &[u8])> = Vec::new();
    let (header, data) = (png_header(side, side, depth, colour, interlace), zlib_stored(raw));
    chunks.push((b"IHDR", &header));
    if colour == 3 {
        chunks.push((b"PLTE", &palette));
    }
    chunks.extend([(b"IDAT", &data[..]), (b"IEND", &[][..])]);
    png_of(&chunks)
}

#[test]
fn decodes_every_colour_type_depth_and_interlace_of_png() {
    for (colour, depths, channels) in KINDS {
        for depth in depths {
            for side in 1..=9 {
                for (interlace, byte) in [(0, 0), (0, 255), (1, 0), (1, 255)] {
                    let raw = raw(side, channels * usize::from(*depth), interlace == 1, 0, byte);
                    let what = format!("colour type {colour}, {depth} bits, {side} pixels, interlace {interlace}");
                    let pixels = decode(&png(side as u32, *depth, colour, interlace, &raw))
                        .unwrap_or_else(|error| panic!("{what}: {error}"));
                    let alpha = if matches!(colour, 4 | 6) { byte } else { 255 };
                    assert_eq!(pixels.rgba, [byte, byte, byte, alpha].repeat(side * side), "{what}");
                }
            }
        }
    }
}

#[test]
fn undoes_every_filter_of_png_and_rejects_others() {
    let one = |filter| decode(&png(4, 8, 2, 0, &raw(4, 24, false, filter, 1)));
    assert_eq!(one(0).unwrap().rgba[..4], [1, 1, 1, 255]);
    // Every byte is one more than the one to its left, or above.
    assert_eq!(one(1).unwrap().rgba[12..16], [4, 4, 4, 255]);
    assert_eq!(one(2).unwrap().rgba[48..52], [4, 4, 4, 255]);
    assert!(one(3).is_ok() && one(4).is_ok());
    assert!(matches!(one(5), Err(DecodeError::Damaged { format: "PNG", .. })));
}

#[test]
fn applies_alpha_of_colours_and_palette_entries() {
    let decoded = |depth, colour, transparent: &[u8], raw: &[u8]| {
        let chunks: [(&[u8; 4], &[u8]); 5] = [
            (b"IHDR", &png_header(1, 1, depth, colour, 0)),
            (b"PLTE", &[9, 8, 7]),
            (b"tRNS", transparent),
            (b"IDAT", &zlib_stored(raw)),
            (b"IEND", &[]),
        ];
        let skip_palette = |(kind, _): &(&[u8; 4], &[u8])| colour == 3 || *kind != b"PLTE";
        decode(&png_of(&chunks.into_iter().filter(skip_palette).collect::<Vec<_>>())).unwrap().rgba
    };
    assert_eq!(decoded(8, 3, &[100], &[0, 0]), [9, 8, 7, 100]);
    assert_eq!(decoded(8, 0, &[0, 5], &[0, 5]), [5, 5, 5, 0]);
    assert_eq!(decoded(8, 0, &[0, 6], &[0, 5]), [5, 5, 5, 255]);
    assert_eq!(decoded(8, 2, &[0, 1, 0, 2, 0, 3], &[0, 1, 2, 3]), [1, 2, 3, 0]);
    assert_eq!(decoded(16, 0, &[1, 2], &[0, 1, 2]), [1, 1, 1, 0]);
}

/// The chunks of a PNG: the offset, the type and the length of the body of each.
fn chunks(png: &[u8]) -> Vec<(usize, [u8; 4], usize)> {
    let (mut at, mut found) = (8, Vec::new());
    while at < png.len() {
        let len = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        found.push((at, png[at + 4..at + 8].try_into().unwrap(), len));
        at += 12 + len;
    }
    found
}

#[test]
fn rejects_a_wrong_checksum_of_a_critical_chunk() {
    let header = png_header(2, 1, 8, 3, 0);
    let data = zlib_stored(&[0, 0, 1]);
    let whole = png_of(&[
        (b"IHDR", &header),
        (b"gAMA", &[0, 0, 0xb1, 0x8f]),
        (b"PLTE", &[255, 0, 0, 0, 0, 255]),
        (b"IDAT", &data),
        (b"tEXt", b"Comment\0of no weight"),
        (b"IEND", &[]),
    ]);
    let pixels = [255, 0, 0, 255, 0, 0, 255, 255];
    assert_eq!(decode(&whole).unwrap().rgba, pixels);
    for (at, kind, len) in chunks(&whole) {
        let mut wrong = whole.clone();
        wrong[at + 8 + len] ^= 1;
        let result = decode(&wrong);
        match &kind {
            b"IHDR" | b"PLTE" | b"IDAT" => {
                assert!(matches!(result, Err(DecodeError::Damaged { .. })), "{}: {result:?}", kind.escape_ascii());
            }
            // Other chunks may have a wrong checksum: the result is the same picture or an error.
            _ => assert!(result.is_err() || result.unwrap().rgba == pixels, "{}", kind.escape_ascii()),
        }
    }
}

#[track_caller]
fn check_error(bytes: &[u8], text: &str) {
    let error = decode(bytes).unwrap_err().to_string();
    assert!(error.contains(text), "{error:?} should contain {text:?}");
}

#[test]
fn rejects_pngs_that_break_the_rules() {
    let data = zlib_stored(&[0, 0]);
    let header = |width, height, depth, colour, interlace| png_header(width, height, depth, colour, interlace);
    let with = |header: Vec<u8>| png_of(&[(b"IHDR", &header), (b"IDAT", &data), (b"IEND", &[])]);
    assert!(decode(&with(header(1, 1, 8, 0, 0))).is_ok(), "nothing else is wrong");
    for (what, header) in [
        ("colour type 1", header(1, 1, 8, 1, 0)),
        ("colour type 9", header(1, 1, 8, 9, 0)),
        ("0 bits", header(1, 1, 0, 2, 0)),
        ("3 bits", header(1, 1, 3, 0, 0)),
        ("99 bits", header(1, 1, 99, 2, 0)),
        ("4 bits of colour", header(1, 1, 4, 2, 0)),
        ("interlace 2", header(1, 1, 8, 0, 2)),
        ("no width", header(0, 1, 8, 0, 0)),
        ("no height", header(1, 0, 8, 0, 0)),
        ("a short header", vec![0, 0, 0, 1]),
        ("no palette", header(1, 1, 8, 3, 0)),
    ] {
        let result = decode(&with(header));
        assert!(matches!(result, Err(DecodeError::Damaged { format: "PNG", .. })), "{what}: {result:?}");
    }
    let header = header(1, 1, 8, 0, 0);
    check_error(&png_of(&[(b"IHDR", &header), (b"IEND", &[])]), "damaged PNG");
    check_error(&png_of(&[(b"IDAT", &data), (b"IEND", &[])]), "damaged PNG");
    check_error(&png_of(&[(b"IHDR", &header)]), "damaged PNG");
    let unended = decode(&png_of(&[(b"IHDR", &header), (b"IDAT", &data)]));
    assert!(unended.is_err() || unended.unwrap().rgba == [0, 0, 0, 255]);
    // Signatures as text transfers change them.
    let whole = with(header);
    for (at, with) in [(0, 0x09), (1, b'Q'), (4, b'\n'), (6, 0), (7, b'\r')] {
        let mut wrong = whole.clone();
        wrong[at] = with;
        assert!(matches!(decode(&wrong), Err(DecodeError::UnknownFormat(_))), "byte {at}");
    }
}

#[test]
fn decodes_one_pixel_in_each_format() {
    for (bytes, name) in
        [(picture::png(1, 1, 3), "PNG"), (picture::jpeg(1, 1, 3), "JPEG"), (picture::webp(1, 1, 3), "WebP")]
    {
        let pixels = decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((pixels.width, pixels.height, pixels.rgba.len()), (1, 1, 4), "{name}");
    }
}

#[test]
fn rejects_too_long_sides_whatever_the_area() {
    for (width, height) in [(65_535, 1), (1, 65_535), (65_535, 65_535)] {
        let too_large = |format| Err(DecodeError::TooLarge { format, width, height });
        assert_eq!(decode(&picture::png_bomb(width, height)), too_large("PNG"));
        let mut jpeg = picture::jpeg(8, 8, 1);
        let sof = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        jpeg[sof + 5..sof + 7].copy_from_slice(&(height as u16).to_be_bytes());
        jpeg[sof + 7..sof + 9].copy_from_slice(&(width as u16).to_be_bytes());
        assert_eq!(decode(&jpeg), too_large("JPEG"));
    }
    let error = decode(&picture::png_bomb(65_535, 1)).unwrap_err().to_string();
    assert_eq!(error, "PNG of 65535×1 pixels: larger than a tile may be");
}

/// The peak memory of this process, in MB; 0 if the system does not report it.
fn most_memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kb| kb / 1024)
}

/// Decodes a picture and asserts that it took little time.
#[track_caller]
fn quickly(what: &str, bytes: &[u8]) -> Result<Pixels, DecodeError> {
    let began = Instant::now();
    let result = decode(bytes);
    assert!(began.elapsed() < Duration::from_secs(3), "{what}: {:?}", began.elapsed());
    result
}

#[test]
fn does_not_unpack_huge_data_beside_the_picture() {
    // A colour profile of a gigabyte, of which only the permitted part is decompressed; texts,
    // which are not read.
    let (bomb, data) = (zlib_zeros(4_000_000), zlib_stored(&[0, 7]));
    for (kind, head) in [(b"iCCP", &b"bomb\0\0"[..]), (b"zTXt", b"bomb\0\0"), (b"iTXt", b"bomb\0\x01\0\0\0")] {
        let body = [head, &bomb].concat();
        let png = png_of(&[(b"IHDR", &png_header(1, 1, 8, 0, 0)), (kind, &body), (b"IDAT", &data), (b"IEND", &[])]);
        assert_eq!(quickly("a bomb", &png).unwrap().rgba, [7, 7, 7, 255], "{}", kind.escape_ascii());
    }
    let most = most_memory_mb();
    assert!(most < 250, "{most} MB");
    // A picture of a small declared size with a gigabyte of pixels.
    let header = png_header(100, 100, 8, 0, 0);
    let png = png_of(&[(b"IHDR", &header), (b"IDAT", &bomb), (b"IEND", &[])]);
    if let Ok(pixels) = quickly("too many pixels", &png) {
        assert_eq!(pixels.rgba.len(), 40_000);
    }
}

#[test]
fn decodes_the_first_of_any_number_of_frames() {
    let header = png_header(1, 1, 8, 0, 0);
    let data = zlib_stored(&[0, 7]);
    let control = |number: u32| {
        let fields = [number, 1, 1, 0, 0].map(u32::to_be_bytes).concat();
        [&fields[..], &[0, 1, 0, 10, 0, 0]].concat()
    };
    let frames: Vec<(Vec<u8>, Vec<u8>)> = (0..20_000_u32)
        .map(|n| (control(2 * n + 1), [&(2 * n + 2).to_be_bytes()[..], &zlib_stored(&[0, 99])].concat()))
        .collect();
    let count = [20_001_u32, 0].map(u32::to_be_bytes).concat();
    let first = control(0);
    let mut chunks: Vec<(&[u8; 4], &[u8])> =
        vec![(b"IHDR", &header), (b"acTL", &count), (b"fcTL", &first), (b"IDAT", &data)];
    for (control, data) in &frames {
        chunks.extend([(b"fcTL", &control[..]), (b"fdAT", &data[..])]);
    }
    chunks.push((b"IEND", &[]));
    assert_eq!(quickly("20,001 frames", &png_of(&chunks)).unwrap().rgba, [7, 7, 7, 255]);

    let webp = corpus("webp-animated.webp");
    let pixels = decode(&webp).unwrap();
    assert_eq!((pixels.width, pixels.height), (16, 16));
    assert!(pixels.rgba[0] > 250 && pixels.rgba[2] < 5, "red comes first: {:?}", &pixels.rgba[..4]);
    // A canvas of nearly the largest size for frames of 16 pixels.
    let mut huge = webp;
    let canvas = huge.windows(4).position(|four| four == b"VP8X").unwrap() + 12;
    huge[canvas..canvas + 6].copy_from_slice(&[0xfe, 0x3f, 0, 0xfe, 0x3f, 0]);
    let width = 16_383;
    assert_eq!(quickly("a canvas", &huge), Err(DecodeError::TooLarge { format: "WebP", width, height: width }));
}

fn corpus(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus/image").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Asserts that the picture fades from red at the top to blue at the bottom.
#[track_caller]
fn check_gradient(name: &str) {
    let pixels = decode(&corpus(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!((pixels.width, pixels.height), (24, 17), "{name}");
    let (top, bottom) = (&pixels.rgba[..4], &pixels.rgba[16 * 24 * 4..][..4]);
    assert!(top[0] > 200 && top[2] < 60 && bottom[0] < 60 && bottom[2] > 200, "{name}: {top:?} {bottom:?}");
}

#[test]
fn decodes_the_colours_of_jpeg_and_webp_variants() {
    for name in ["jpeg-rgb.jpg", "jpeg-420.jpg", "jpeg-progressive.jpg", "jpeg-ycck.jpg"] {
        check_gradient(name);
    }
    for name in ["webp-lossless.webp", "webp-lossy.webp", "webp-alpha.webp"] {
        check_gradient(name);
    }
    let grey = decode(&corpus("jpeg-grey.jpg")).unwrap();
    assert!(grey.rgba.chunks_exact(4).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    assert!(decode(&corpus("jpeg-cmyk.jpg")).is_ok());
}

#[test]
fn rejects_jpeg_variants_that_no_browser_shows() {
    let jpeg = picture::jpeg(8, 8, 1);
    let sof = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let with = |at: usize, byte: u8| {
        let mut jpeg = jpeg.clone();
        jpeg[sof + at] = byte;
        jpeg
    };
    assert!(decode(&jpeg).is_ok());
    // Arithmetic coding, lossless, 12 bits.
    for (at, byte) in [(1, 0xc9), (1, 0xca), (1, 0xc3), (4, 12)] {
        check_error(&with(at, byte), "damaged JPEG");
    }
    let mut zero = with(6, 0);
    zero[sof + 5] = 0;
    check_error(&zero, "damaged JPEG");
}

#[test]
fn rejects_a_jpeg_with_too_many_scans() {
    let jpeg = corpus("jpeg-progressive.jpg");
    let sof = jpeg.windows(2).position(|pair| pair == [0xff, 0xc2]).unwrap();
    let last = jpeg.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    let end = jpeg.len() - 2;
    let scans = |count: usize, side: u16| {
        let mut bomb = [&jpeg[..last], &jpeg[last..end].repeat(count), &jpeg[end..]].concat();
        bomb[sof + 5..sof + 7].copy_from_slice(&side.to_be_bytes());
        bomb[sof + 7..sof + 9].copy_from_slice(&side.to_be_bytes());
        bomb
    };
    let error = quickly("scans of a large picture", &scans(50, 8000)).unwrap_err().to_string();
    assert!(error.contains("scans over 8000×8000 pixels: more than a tile may have"), "{error}");
    assert!(quickly("scans of a small picture", &scans(5000, 500)).is_err());
    assert!(quickly("usual scans", &scans(1, 17)).is_ok());
    // Other segments do not count as scans.
    let mut noted = jpeg.clone();
    let comment = [&[0xff, 0xfe, 0xff, 0xff][..], &[0xff, 0xda].repeat(0x8000)[..0xfffd]].concat();
    noted.splice(2..2, comment.repeat(90));
    assert_eq!(decode(&noted), decode(&jpeg));
}

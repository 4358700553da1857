//! Pictures in every encoding that datasets hold, and broken ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use tilejury_data::{DecodeError, decode};
use tilejury_testkit::picture;

#[test]
fn recognises_png_jpeg_and_webp_by_content() {
    let original = picture::rgb(40, 30, 5);
    for (name, bytes, exact) in [
        ("png", picture::png(40, 30, 5), true),
        ("webp", picture::webp(40, 30, 5), true),
        ("jpeg", picture::jpeg(40, 30, 5), false),
    ] {
        let pixels = decode(&bytes).unwrap();
        assert_eq!((pixels.width, pixels.height), (40, 30), "{name}");
        assert_eq!(pixels.rgba.len(), 40 * 30 * 4);
        if exact {
            let rgb: Vec<u8> = pixels.rgba.chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
            assert!(rgb == original.as_raw().as_slice(), "{name}: the pixels are those that were encoded");
        }
        assert!(pixels.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255));
    }
}

#[test]
fn decodes_every_kind_of_png() {
    for (name, bytes) in picture::png_kinds() {
        let pixels = decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((pixels.width, pixels.height), (20, 10), "{name}");
    }
    let grey_alpha = decode(&picture::png_kinds()[1].1).unwrap();
    assert_eq!(grey_alpha.rgba[4 * (20 * 3 + 2)..][..4], [24, 24, 24, 60]);
    let deep = decode(&picture::png_kinds()[2].1).unwrap();
    assert_eq!(deep.rgba[4 * 10], 117, "30000 of 65535, scaled and rounded");
}

#[test]
fn decodes_an_interlaced_palette_png() {
    let pixels = decode(&picture::png_palette_interlaced()).unwrap();
    let (red, green, blue) = ([255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]);
    let expected = [red, blue, green, green, blue, red, red, blue, green].concat();
    assert_eq!(pixels.rgba, expected);
}

#[track_caller]
fn check_error(bytes: &[u8], text: &str) {
    let error = decode(bytes).unwrap_err().to_string();
    assert!(error.contains(text), "{error:?} should contain {text:?}");
}

#[test]
fn describes_broken_pictures() {
    check_error(b"", "0 bytes");
    check_error(b"<!DOCTYPE html>", "neither PNG, JPEG nor WebP");
    let png = picture::png(200, 200, 1);
    check_error(&png[..png.len() / 2], "damaged PNG: cut short");
    check_error(&png[..20], "damaged PNG");
    let jpeg = picture::jpeg(200, 200, 1);
    check_error(&jpeg[..jpeg.len() / 2], "damaged JPEG: cut short");
    let webp = picture::webp(200, 200, 1);
    check_error(&webp[..webp.len() / 2], "damaged WebP");
    let mut flipped = png.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x40;
    check_error(&flipped, "damaged PNG");
}

#[test]
fn rejects_bombs_before_unpacking() {
    for (width, height) in [(60_000, 60_000), (32_769, 1), (1, 65_535), (30_000, 30_000)] {
        assert_eq!(
            decode(&picture::png_bomb(width, height)),
            Err(DecodeError::TooLarge { format: "PNG", width, height })
        );
    }
    assert!(decode(&picture::png(1, 1, 3)).is_ok());
}

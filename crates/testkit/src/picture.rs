//! Small pictures in every encoding that datasets hold.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Luma, Rgb, RgbImage, Rgba};

/// A picture whose colours differ with `seed` and from pixel to pixel, so that two tiles are never
/// alike by chance.
pub fn rgb(width: u32, height: u32, seed: u8) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([seed.wrapping_mul(37), (x * 7 + y) as u8, (y * 5) as u8 ^ seed]))
}

/// An 8-bit RGB PNG.
pub fn png(width: u32, height: u32, seed: u8) -> Vec<u8> {
    encode(&rgb(width, height, seed).into(), ImageFormat::Png)
}

/// An 8-bit RGB PNG of one grey.
pub fn flat(width: u32, height: u32, grey: u8) -> Vec<u8> {
    encode(&RgbImage::from_pixel(width, height, Rgb([grey; 3])).into(), ImageFormat::Png)
}

/// A JPEG.
pub fn jpeg(width: u32, height: u32, seed: u8) -> Vec<u8> {
    encode(&rgb(width, height, seed).into(), ImageFormat::Jpeg)
}

/// A lossless WebP.
pub fn webp(width: u32, height: u32, seed: u8) -> Vec<u8> {
    encode(&rgb(width, height, seed).into(), ImageFormat::WebP)
}

/// A window onto an endless white page of text-like strokes, as a PNG: `height` rows from row
/// `from`. Two windows onto the same page differ only in their scroll position.
pub fn page(width: u32, height: u32, seed: u32, from: u32) -> Vec<u8> {
    let ink = |x: u32, y: u32| {
        let (line, within) = (y / 18, y % 18);
        // A letter is 7 pixels wide; its strokes depend on line, letter and page.
        let mixed =
            (seed ^ line.wrapping_mul(0x9e37_79b9) ^ (x / 7).wrapping_mul(0x85eb_ca6b)).wrapping_mul(0xc2b2_ae35);
        let word = mixed >> 28 != 0;
        let stroke = mixed >> ((x % 7) * 3 + within / 4) & 1 == 1;
        within < 11 && x % 7 < 5 && x > 20 && x + 20 < width && word && stroke
    };
    let page = RgbImage::from_fn(width, height, |x, y| Rgb(if ink(x, y + from) { [20, 20, 20] } else { [255; 3] }));
    encode(&page.into(), ImageFormat::Png)
}

/// A white page of paragraphs, as a PNG: lines of letters with varying ends, and blank lines
/// between them.
pub fn paragraphs(width: u32, height: u32, seed: u32) -> Vec<u8> {
    paragraphs_of(width, height, seed, seed)
}

/// A page like [`paragraphs`], with the line ends of one page and the words and letters of another.
pub fn paragraphs_of(width: u32, height: u32, lines: u32, letters: u32) -> Vec<u8> {
    let mix = |value: u32, seed: u32| {
        let value = (value ^ seed.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
        (value ^ value >> 15).wrapping_mul(0xc2b2_ae35) >> 8
    };
    let ink = |x: u32, y: u32| {
        let (line, within, letter) = (y / 20, y % 20, x / 7);
        let ends = width * (30 + mix(line, lines) % 65) / 100;
        let blank = mix(line + 7000, lines).is_multiple_of(6);
        let space = mix(line * 200 + letter + 90_000, letters).is_multiple_of(6);
        let stroke = mix((line * 200 + letter) * 16 + x % 7 * 3 + within / 4 + 500_000, letters).is_multiple_of(2);
        !blank && !space && within < 12 && x % 7 < 5 && x > 20 && x < ends && stroke
    };
    let page = RgbImage::from_fn(width, height, |x, y| Rgb(if ink(x, y) { [20, 20, 20] } else { [255; 3] }));
    encode(&page.into(), ImageFormat::Png)
}

/// The same picture as a lossless WebP.
pub fn as_webp(png: &[u8]) -> Vec<u8> {
    encode(&decoded(png).into(), ImageFormat::WebP)
}

/// The same picture as a JPEG, with its effect on the edges of letters.
pub fn as_jpeg(png: &[u8]) -> Vec<u8> {
    encode(&decoded(png).into(), ImageFormat::Jpeg)
}

/// The same picture as a JPEG with a quality from 1 to 100.
pub fn as_jpeg_of_quality(png: &[u8], quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality);
    decoded(png).write_with_encoder(encoder).expect("writing a picture to memory");
    out
}

/// The same picture with broad, slanted, translucent strokes over its middle, like a large word.
pub fn as_watermarked(png: &[u8]) -> Vec<u8> {
    let mut picture = decoded(png);
    let (width, height) = picture.dimensions();
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let is_middle = (height / 4..height * 3 / 4).contains(&y) && (width / 8..width * 7 / 8).contains(&x);
        if is_middle && (x + y / 3) % 90 < 22 {
            pixel.0 = pixel.0.map(|value| ((u32::from(value) * 7 + 150 * 3) / 10) as u8);
        }
    }
    encode(&picture.into(), ImageFormat::Png)
}

/// The same picture moved right and down on a white sheet of the same size.
pub fn as_moved(png: &[u8], right: u32, down: u32) -> Vec<u8> {
    let picture = decoded(png);
    let mut sheet = RgbImage::from_pixel(picture.width(), picture.height(), Rgb([255; 3]));
    image::imageops::replace(&mut sheet, &picture, i64::from(right), i64::from(down));
    encode(&sheet.into(), ImageFormat::Png)
}

/// The same picture at another size, in percent of its own, as a browser would scale it.
pub fn as_scaled(png: &[u8], percent: u32) -> Vec<u8> {
    let picture = decoded(png);
    let (width, height) = (picture.width() * percent / 100, picture.height() * percent / 100);
    let scaled = image::imageops::resize(&picture, width, height, image::imageops::FilterType::CatmullRom);
    encode(&scaled.into(), ImageFormat::Png)
}

/// The same picture with inverted colours: light on dark.
pub fn as_inverted(png: &[u8]) -> Vec<u8> {
    let mut picture = decoded(png);
    image::imageops::invert(&mut picture);
    encode(&picture.into(), ImageFormat::Png)
}

/// The same picture without `left` pixels at the left and `top` at the top.
pub fn as_cut(png: &[u8], left: u32, top: u32) -> Vec<u8> {
    let picture = decoded(png);
    let (width, height) = (picture.width() - left, picture.height() - top);
    encode(&image::imageops::crop_imm(&picture, left, top, width, height).to_image().into(), ImageFormat::Png)
}

/// The same picture on a larger white sheet, `left` and `top` pixels from its edges.
pub fn as_padded(png: &[u8], left: u32, top: u32) -> Vec<u8> {
    let picture = decoded(png);
    let mut sheet = RgbImage::from_pixel(picture.width() + 2 * left, picture.height() + 2 * top, Rgb([255; 3]));
    image::imageops::replace(&mut sheet, &picture, i64::from(left), i64::from(top));
    encode(&sheet.into(), ImageFormat::Png)
}

fn decoded(png: &[u8]) -> RgbImage {
    image::load_from_memory(png).expect("a picture made here").into_rgb8()
}

/// PNGs of other pixel types, each with a name: grey, grey with alpha, 16 bits, alpha.
pub fn png_kinds() -> Vec<(&'static str, Vec<u8>)> {
    let grey = image::GrayImage::from_fn(20, 10, |x, _| Luma([(x * 12) as u8]));
    let grey_alpha = image::GrayAlphaImage::from_fn(20, 10, |x, y| image::LumaA([(x * 12) as u8, (y * 20) as u8]));
    let deep =
        image::ImageBuffer::<Rgb<u16>, _>::from_fn(20, 10, |x, y| Rgb([(x * 3000) as u16, (y * 6000) as u16, 7]));
    let alpha = image::RgbaImage::from_fn(20, 10, |x, y| Rgba([x as u8, y as u8, 3, (x * 10) as u8]));
    let kinds: [(&str, DynamicImage); 4] = [
        ("grey", grey.into()),
        ("grey with alpha", grey_alpha.into()),
        ("16 bits", DynamicImage::ImageRgb16(deep)),
        ("alpha", alpha.into()),
    ];
    kinds.into_iter().map(|(name, image)| (name, encode(&image, ImageFormat::Png))).collect()
}

/// A palette PNG with Adam7 interlacing, 4 bits per pixel, 3×3 pixels: assembled here, because the
/// encoder supports neither.
pub fn png_palette_interlaced() -> Vec<u8> {
    // The Adam7 passes of a 3×3 picture, each row after its filter byte 0; two pixels per byte.
    let raw = [
        [0, 0x00].as_slice(), // pass 1: (0,0)
        &[0, 0x10],           // pass 4: (2,0)
        &[0, 0x01],           // pass 5: (0,2) (2,2)
        &[0, 0x20],           // pass 6: (1,0)
        &[0, 0x20],           // pass 6: (1,2)
        &[0, 0x12, 0x00],     // pass 7: (0,1) (1,1) (2,1)
    ]
    .concat();
    let palette = [255, 0, 0, 0, 255, 0, 0, 0, 255];
    png_of(&[(b"IHDR", &png_header(3, 3, 4, 3, 1)), (b"PLTE", &palette), (b"IDAT", &zlib_stored(&raw)), (b"IEND", &[])])
}

/// A PNG whose header claims this size, with no pixels for it.
pub fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    png_of(&[(b"IHDR", &png_header(width, height, 8, 2, 0)), (b"IDAT", &zlib_stored(&[0; 16])), (b"IEND", &[])])
}

/// A PNG of any chunks, each with its correct checksum.
pub fn png_of(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunks.iter().for_each(|(kind, body)| chunk(&mut out, kind, body));
    out
}

/// The body of a header chunk; `depth` is bits per channel, and `interlace` is 1 for Adam7.
pub fn png_header(width: u32, height: u32, depth: u8, colour: u8, interlace: u8) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [&sides[..], &[depth, colour, 0, 0, interlace]].concat()
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).expect("writing a picture to memory");
    out.into_inner()
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(&(body.len() as u32).to_be_bytes());
    let from = out.len();
    out.extend_from_slice(kind);
    out.extend_from_slice(body);
    let sum = crc32(&out[from..]);
    out.extend_from_slice(&sum.to_be_bytes());
}

/// CRC-32 as PNG uses it (ISO 3309), bit by bit: these pictures are tiny.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
        crc
    })
}

/// A zlib stream that unpacks to `count` × 258 + 1 zero bytes, from 13 bits per 258.
pub fn zlib_zeros(count: usize) -> Vec<u8> {
    let (mut out, mut held, mut bits) = (vec![0x78, 0x01], 0_u32, 0);
    // Codes of the fixed table (RFC 1951, 3.2.6) as in the stream: lowest bit first.
    let mut put = |code: u32, len: u32, out: &mut Vec<u8>| {
        held |= code << bits;
        bits += len;
        while bits >= 8 {
            out.push(held as u8);
            (held, bits) = (held >> 8, bits - 8);
        }
    };
    put(0b011, 3, &mut out);
    // A literal 0, then repeated copies of 258 bytes from one byte back.
    put(0b0000_1100, 8, &mut out);
    for _ in 0..count {
        put(0b1010_0011, 8, &mut out);
        put(0, 5, &mut out);
    }
    put(0, 7, &mut out);
    put(0, 7, &mut out);
    let sum = ((count * 258 + 1) % 65_521) as u32;
    out.extend_from_slice(&(sum << 16 | 1).to_be_bytes());
    out
}

/// A zlib stream with one stored block (RFC 1950, RFC 1951).
pub fn zlib_stored(raw: &[u8]) -> Vec<u8> {
    let len = raw.len() as u16;
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&(!len).to_le_bytes());
    out.extend_from_slice(raw);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in raw {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend_from_slice(&(b << 16 | a).to_be_bytes());
    out
}

//! Pages of made-up text for the tests of this crate, drawn from a seed, so that two seeds give two
//! texts.

use tilejury_data::Pixels;

/// A picture of one grey.
pub(crate) fn flat(width: u32, height: u32, grey: u8) -> Pixels {
    let rgba = [grey, grey, grey, 255].repeat((width * height) as usize);
    Pixels { width, height, rgba }
}

/// Dark "letters" 5 × 9 on a white ground, lines 16 rows apart, with words and a ragged right edge.
pub(crate) fn page(width: u32, height: u32, seed: u64) -> Pixels {
    let mut pixels = flat(width, height, 255);
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for line in 0..height / 16 {
        let letters = width / 7 * (random.below(60) + 40) / 100;
        for letter in 0..letters {
            let shape = random.next();
            if shape.is_multiple_of(6) {
                continue;
            }
            for bit in 0..45 {
                if shape >> (bit + 8) & 1 == 1 {
                    let (x, y) = (letter * 7 + bit % 5, line * 16 + 4 + bit / 5);
                    dot(&mut pixels, x, y, [20, 20, 20, 255]);
                }
            }
        }
    }
    pixels
}

/// Sets a pixel, if it is inside the picture.
pub(crate) fn dot(pixels: &mut Pixels, x: u32, y: u32, colour: [u8; 4]) {
    if x < pixels.width && y < pixels.height {
        let at = 4 * (y * pixels.width + x) as usize;
        pixels.rgba[at..at + 4].copy_from_slice(&colour);
    }
}

/// The `height` rows from `top` on, white below the end of the page.
pub(crate) fn crop(page: &Pixels, top: u32, height: u32) -> Pixels {
    let mut out = flat(page.width, height, 255);
    for y in 0..height.min(page.height.saturating_sub(top)) {
        let len = page.width as usize * 4;
        let (from, to) = ((top + y) as usize * len, y as usize * len);
        out.rgba[to..to + len].copy_from_slice(&page.rgba[from..from + len]);
    }
    out
}

/// The page as drawn by another renderer: every edge softened sideways, and a little noise.
pub(crate) fn softened(page: &Pixels) -> Pixels {
    let mut out = page.clone();
    let mut random = Random(77);
    for (at, byte) in out.rgba.iter_mut().enumerate().filter(|(at, _)| at % 4 != 3) {
        let near = |at: Option<usize>| u32::from(at.and_then(|at| page.rgba.get(at)).copied().unwrap_or(255));
        let mixed = (near(at.checked_sub(4)) + 6 * near(Some(at)) + near(Some(at + 4))) / 8;
        *byte = (mixed as u8).saturating_sub(random.below(4) as u8);
    }
    out
}

/// xorshift64* (Vigna, 2016).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u32) -> u32 {
        ((self.next() >> 33) % u64::from(limit)) as u32
    }
}

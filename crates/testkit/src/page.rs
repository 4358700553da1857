//! Pages with real text in the built-in fonts, for programs that read pictures.

use std::io::Cursor;
use std::sync::OnceLock;

use ab_glyph::{Font, FontVec, GlyphId, PxScale, ScaleFont, point};
use image::{ImageFormat, Rgb, RgbImage, imageops};

/// The height of a line, as a multiple of the size of its letters.
const LINE_HEIGHT: f32 = 1.45;

/// A page on which a test sets text.
pub struct Page {
    image: RgbImage,
    ink: [u8; 3],
}

impl Page {
    /// Black text on a white page.
    pub fn new(width: u32, height: u32) -> Self {
        Self::coloured(width, height, [255; 3], [0; 3])
    }

    /// Text of one colour on a page of another.
    pub fn coloured(width: u32, height: u32, ground: [u8; 3], ink: [u8; 3]) -> Self {
        Self { image: RgbImage::from_pixel(width, height, Rgb(ground)), ink }
    }

    /// A page with a picture on it, which text may cover.
    pub fn painted(image: RgbImage, ink: [u8; 3]) -> Self {
        Self { image, ink }
    }

    /// Sets the colour of what follows.
    #[must_use]
    pub fn with_ink(mut self, ink: [u8; 3]) -> Self {
        self.ink = ink;
        self
    }

    /// Sets one line with its upper left corner at `(x, y)`. `size` is the em in pixels. Returns
    /// the right end.
    pub fn line(&mut self, text: &str, (x, y): (u32, u32), size: f32) -> u32 {
        let mut at = x as f32;
        for letter in text.chars() {
            let (font, glyph, scale) = glyph(letter, size);
            let baseline = y as f32 + size;
            if let Some(outline) = font.outline_glyph(glyph.with_scale_and_position(scale, point(at, baseline))) {
                let bounds = outline.px_bounds();
                outline.draw(|x, y, cover| {
                    self.blend(bounds.min.x as i64 + i64::from(x), bounds.min.y as i64 + i64::from(y), cover);
                });
            }
            at += font.as_scaled(scale).h_advance(glyph);
        }
        at as u32
    }

    /// Sets a text in lines of at most `width` pixels. Lines break at spaces, or after any letter
    /// of a text without spaces. Returns the lower end.
    pub fn paragraph(&mut self, text: &str, (x, mut y): (u32, u32), width: u32, size: f32) -> u32 {
        let breaks_anywhere = !text.contains(' ');
        let mut line = String::new();
        for piece in text.split_inclusive(|letter: char| breaks_anywhere || letter == ' ') {
            if advance(&line, size) + advance(piece.trim_end(), size) > width as f32 && !line.is_empty() {
                self.line(line.trim_end(), (x, y), size);
                y += (size * LINE_HEIGHT) as u32;
                line.clear();
            }
            line.push_str(piece);
        }
        self.line(line.trim_end(), (x, y), size);
        y + (size * LINE_HEIGHT) as u32
    }

    /// Draws a filled box.
    pub fn rule(&mut self, (x, y): (u32, u32), (width, height): (u32, u32)) {
        for (x, y) in (y..y + height).flat_map(|y| (x..x + width).map(move |x| (x, y))) {
            self.blend(x.into(), y.into(), 1.0);
        }
    }

    /// Turns the page clockwise by 90°.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { image: imageops::rotate90(&self.image), ink: self.ink }
    }

    /// The page as a PNG.
    pub fn png(&self) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        self.image.write_to(&mut bytes, ImageFormat::Png).expect("encoding to memory");
        bytes.into_inner()
    }

    fn blend(&mut self, x: i64, y: i64, cover: f32) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
        if let Some(pixel) = self.image.get_pixel_mut_checked(x, y) {
            for (channel, ink) in pixel.0.iter_mut().zip(self.ink) {
                *channel = (f32::from(*channel) * (1.0 - cover) + f32::from(ink) * cover).round() as u8;
            }
        }
    }
}

fn advance(text: &str, size: f32) -> f32 {
    let advances = text.chars().map(|letter| {
        let (font, glyph, scale) = glyph(letter, size);
        font.as_scaled(scale).h_advance(glyph)
    });
    advances.sum()
}

/// The glyph of a letter in the first font that has it, and the scale for an em of `size` pixels.
fn glyph(letter: char, size: f32) -> (&'static FontVec, GlyphId, PxScale) {
    let font = fonts().iter().find(|font| font.glyph_id(letter) != GlyphId(0)).expect("a font with this letter");
    (font, font.glyph_id(letter), PxScale::from(size * font.height_unscaled() / font.units_per_em().expect("an em")))
}

fn fonts() -> &'static [FontVec; 2] {
    static FONTS: OnceLock<[FontVec; 2]> = OnceLock::new();
    FONTS.get_or_init(|| {
        ["DejaVuSans.ttf", "wqy-microhei-cjk.ttf"].map(|name| {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/fonts/").to_owned() + name;
            FontVec::try_from_vec(std::fs::read(path).expect("a font of the repository")).expect("a readable font")
        })
    })
}

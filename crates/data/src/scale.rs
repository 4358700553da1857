//! Scales decoded tiles down so that their text stays readable. Knows only pixels.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeError, Resizer};

use crate::decode::Pixels;

/// A scaler for pictures. It keeps its tables and a copy of a picture from one picture to the next,
/// so only one thread at a time can use it.
#[derive(Default)]
pub struct Scaler(Resizer);

impl Scaler {
    /// Scales a picture to `width` × `height` pixels with the Lanczos3 filter: text stays sharper
    /// than with averaging or a graphics card's mipmaps. Colours are weighted by alpha.
    ///
    /// # Errors
    /// A message if the number of pixels does not fit the size.
    pub fn scale(&mut self, pixels: &Pixels, width: u32, height: u32) -> Result<Pixels, String> {
        let source = ImageRef::new(pixels.width, pixels.height, &pixels.rgba, PixelType::U8x4)
            .map_err(|error| error.to_string())?;
        let mut target = Image::new(width, height, PixelType::U8x4);
        self.0.resize(&source, &mut target, None).map_err(|error: ResizeError| error.to_string())?;
        Ok(Pixels { width, height, rgba: target.into_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_colours_and_rejects_wrong_sizes() {
        let pixels = Pixels { width: 40, height: 40, rgba: [200, 100, 50, 255].repeat(1600) };
        let small = Scaler::default().scale(&pixels, 10, 12).unwrap();
        assert_eq!(small, Pixels { width: 10, height: 12, rgba: [200, 100, 50, 255].repeat(120) });
        let short = Pixels { width: 40, height: 40, rgba: vec![0; 16] };
        assert!(Scaler::default().scale(&short, 10, 10).is_err());
    }
}

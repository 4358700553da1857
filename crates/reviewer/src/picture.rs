//! A tile in a form that servers read: PNG and JPEG as they are, WebP as PNG, since some servers
//! have no decoder for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tilejury_data::{Dataset, TilePath, decode};

/// The bytes of a picture with their media type.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    bytes: Vec<u8>,
    media_type: &'static str,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

impl Picture {
    /// Takes the bytes of a tile. The format is recognised by content.
    ///
    /// # Errors
    /// If they are no picture that can be sent.
    pub fn of_tile(bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.starts_with(b"\x89PNG") {
            return Ok(Self { bytes, media_type: "image/png" });
        }
        if bytes.starts_with(b"\xff\xd8\xff") {
            return Ok(Self { bytes, media_type: "image/jpeg" });
        }
        let pixels = decode(&bytes).map_err(|error| error.to_string())?;
        let mut encoded = Vec::new();
        let mut encoder = png::Encoder::new(&mut encoded, pixels.width, pixels.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels.rgba));
        written.map_err(|error| error.to_string())?;
        Ok(Self { bytes: encoded, media_type: "image/png" })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The picture as an address that holds it.
    pub fn data_url(&self) -> String {
        format!("data:{};base64,{}", self.media_type, STANDARD.encode(&self.bytes))
    }
}

/// Reads a tile of a dataset in such a form.
///
/// # Errors
/// A text of why it cannot be read or sent.
pub fn tile_picture(dataset: &Dataset, tile: &TilePath) -> Result<Picture, String> {
    let mut bytes = Vec::new();
    let location = dataset.tiles.locate(tile).map_err(|error| error.to_string())?;
    dataset.tiles.read_patiently(&location, &mut bytes).map_err(|error| error.to_string())?;
    Picture::of_tile(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn pictures_are_recognised_by_content() {
        let png = tilejury_testkit::picture::png(3, 2, 1);
        let picture = Picture::of_tile(png.clone()).unwrap();
        assert_eq!(picture.bytes(), png);
        assert!(picture.data_url().starts_with("data:image/png;base64,iVBORw0KGgo"));
        let jpeg = Picture::of_tile(b"\xff\xd8\xff and more".to_vec()).unwrap();
        assert!(jpeg.data_url().starts_with("data:image/jpeg;base64,/9j/"));
        assert!(Picture::of_tile(b"<html>".to_vec()).is_err());
    }
}

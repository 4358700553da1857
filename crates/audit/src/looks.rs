//! Looks: how large and for how long each tile of a row was on the screen when the row got its
//! verdict. Pure data; measures nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tilejury_data::TilePath;

/// From this scale on, in pixels of the screen per pixel of the tile, text can be read. Text of
/// web pages is set at 14 to 16 pixels, and its lowercase letters are half as high: at 0.4, they
/// are 3 pixels high, the fewest in which most letters differ.
pub const READABLE_SCALE: f32 = 0.4;

/// Thousandths: scales are kept as integers, so that equal looks are equal.
const PARTS: f64 = 1000.0;

/// The look at one tile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The largest scale, in thousandths.
    scale: u32,
    /// The time in view, in milliseconds.
    millis: u64,
}

impl Look {
    /// Makes a look at a tile. The scale is in pixels of the screen per pixel of the tile.
    pub fn new(scale: f32, time: Duration) -> Self {
        Self { scale: thousandths(f64::from(scale)), millis: u64::try_from(time.as_millis()).unwrap_or(u64::MAX) }
    }

    /// The largest scale at which the tile was in view.
    pub fn scale(self) -> f64 {
        f64::from(self.scale) / PARTS
    }

    /// The time in view, while the window had the keyboard.
    pub fn time(self) -> Duration {
        Duration::from_millis(self.millis)
    }

    /// Whether the text of the tile could be read: see [`READABLE_SCALE`].
    pub fn is_readable(self) -> bool {
        self.scale >= thousandths(f64::from(READABLE_SCALE))
    }

    /// A look as large and as long as both together.
    #[must_use]
    fn and(self, other: Self) -> Self {
        Self { scale: self.scale.max(other.scale), millis: self.millis.saturating_add(other.millis) }
    }
}

fn thousandths(scale: f64) -> u32 {
    // The cast saturates, and makes 0 of what is no number.
    (scale * PARTS).round() as u32
}

/// The looks at the tiles of a row, by tile. Tiles that were not in view are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looks(BTreeMap<TilePath, Look>);

/// A look as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    scale: f64,
    ms: u64,
}

impl Looks {
    /// The look at a tile; `None` if it was not in view.
    pub fn get(&self, tile: &TilePath) -> Option<Look> {
        self.0.get(tile).copied()
    }

    /// The tiles in view with their looks, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&TilePath, Look)> {
        self.0.iter().map(|(tile, look)| (tile, *look))
    }

    /// Whether no tile was in view.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a look: the largest scale and the sum of the times count.
    pub fn add(&mut self, tile: &TilePath, look: Look) {
        match self.0.get_mut(tile) {
            Some(known) => *known = known.and(look),
            None => _ = self.0.insert(tile.clone(), look),
        }
    }

    /// These looks without the time of earlier ones, which are part of them.
    #[must_use]
    pub fn without(mut self, earlier: &Self) -> Self {
        for (tile, look) in &mut self.0 {
            look.millis = look.millis.saturating_sub(earlier.get(tile).map_or(0, |earlier| earlier.millis));
        }
        self
    }

    /// These looks and earlier ones together.
    #[must_use]
    pub(crate) fn with_earlier(mut self, earlier: &Self) -> Self {
        earlier.iter().for_each(|(tile, look)| self.add(tile, look));
        self
    }

    /// Whether a tile can be read in these looks that could not be read in earlier ones.
    pub(crate) fn show_more_than(&self, earlier: &Self) -> bool {
        self.iter().any(|(tile, look)| look.is_readable() && !earlier.get(tile).is_some_and(Look::is_readable))
    }

    /// The looks as a JSON object: by tile, its largest scale and milliseconds in view. `spelling`
    /// returns the name of a tile.
    pub(crate) fn to_json(&self, spelling: impl Fn(&TilePath) -> String) -> serde_json::Value {
        let looks = self.iter().map(|(tile, look)| {
            let fields = serde_json::json!({ "scale": look.scale(), "ms": look.millis });
            (spelling(tile), fields)
        });
        serde_json::Value::Object(looks.collect())
    }

    /// Parses what [`Self::to_json`] returns.
    ///
    /// # Errors
    /// When it is not an object of looks, or a scale is not a size.
    pub(crate) fn from_json(json: &serde_json::Value) -> Result<Self, String> {
        let fields: BTreeMap<String, Fields> =
            Deserialize::deserialize(json).map_err(|error: serde_json::Error| error.to_string())?;
        let mut looks = Self::default();
        for (spelling, Fields { scale, ms }) in fields {
            if !(0.0..=1000.0).contains(&scale) {
                return Err(format!("{spelling}: the scale {scale} is not between 0 and 1000"));
            }
            looks.add(&TilePath::new(&spelling), Look { scale: thousandths(scale), millis: ms });
        }
        Ok(looks)
    }

    /// The text that the sidecar stores.
    pub(crate) fn to_text(&self) -> String {
        self.to_json(ToString::to_string).to_string()
    }

    /// Parses the text that the sidecar stores.
    ///
    /// # Errors
    /// When it is not the text of looks.
    pub(crate) fn from_text(text: &str) -> Result<Self, String> {
        Self::from_json(&serde_json::from_str(text).map_err(|error| error.to_string())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_parsed_from_their_stored_text() {
        let mut looks = Looks::default();
        looks.add(&TilePath::new("images/a.png"), Look::new(0.412_6, Duration::from_millis(5300)));
        looks.add(&TilePath::new("b \"quoted\".png"), Look::new(2.0, Duration::ZERO));
        assert_eq!(Looks::from_text(&looks.to_text()), Ok(looks.clone()));
        assert!(looks.to_text().contains(r#""a.png":{"ms":5300,"scale":0.413}"#), "{}", looks.to_text());
        for bad in ["", "[]", r#"{"a":{"scale":-1,"ms":1}}"#, r#"{"a":{"scale":0.5}}"#, r#"{"a":{"scale":1,"ms":-1}}"#]
        {
            assert!(Looks::from_text(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn readable_begins_at_the_named_scale() {
        assert!(Look::new(READABLE_SCALE, Duration::ZERO).is_readable());
        assert!(!Look::new(0.399, Duration::from_secs(60)).is_readable());
        assert!(!Look::new(f32::NAN, Duration::ZERO).is_readable());
    }

    #[test]
    fn a_second_look_adds_time_and_keeps_the_largest_scale() {
        let tile = TilePath::new("a.png");
        let (mut first, mut second) = (Looks::default(), Looks::default());
        first.add(&tile, Look::new(0.3, Duration::from_millis(200)));
        second.add(&tile, Look::new(0.8, Duration::from_millis(100)));
        assert!(second.show_more_than(&first));
        assert!(!first.show_more_than(&second));
        let both = second.with_earlier(&first);
        assert_eq!(both.get(&tile), Some(Look::new(0.8, Duration::from_millis(300))));
        let later = both.without(&first);
        assert_eq!(later.get(&tile), Some(Look::new(0.8, Duration::from_millis(100))));
    }
}

//! The counts of the copies that an export found, and of the tiles that it could not compare; what
//! a person must know of them, in words. Finds nothing: that is in `copies`.

use serde::{Deserialize, Serialize};

use crate::text_enum::text_enum;

text_enum! {
    /// Whether copies of positives were looked for.
    pub enum CopyCoverage {
        /// Every tile that could matter was compared.
        All = "all", "looked for";
        /// Some tiles could not be read.
        Some = "some", "looked for in part";
        /// No tile was compared.
        None = "none", "not looked for";
    }
}

/// Counts of the copies that were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiesReport {
    /// Whether they were looked for.
    pub looked_for: CopyCoverage,
    /// Tiles of written rows, and positives of their queries, that could not be read and were
    /// therefore not compared.
    pub tiles_not_read: usize,
    /// Those of them that are damaged and stay in written rows, because tiles are trusted by
    /// option.
    #[serde(default)]
    pub damaged: usize,
    /// Negatives that are byte for byte a positive: removed, or kept by option.
    pub same_bytes: usize,
    /// Negatives with the pixels of a positive in another encoding.
    pub same_pixels: usize,
    /// Negatives that show nearly the same picture as a positive.
    pub near: usize,
    /// Negatives of written rows that show nearly the same picture as a written positive of their
    /// query and are kept because somebody marked them as not relevant.
    pub near_kept_by_mark: usize,
}

impl Default for CopiesReport {
    fn default() -> Self {
        Self {
            looked_for: CopyCoverage::All,
            tiles_not_read: 0,
            damaged: 0,
            same_bytes: 0,
            same_pixels: 0,
            near: 0,
            near_kept_by_mark: 0,
        }
    }
}

impl CopiesReport {
    /// Returns a caution that a person must know before trusting the export; `None` if every tile
    /// was compared.
    pub fn caution(&self) -> Option<String> {
        match self.looked_for {
            CopyCoverage::All => None,
            CopyCoverage::Some => {
                let tiles = crate::text::count(self.tiles_not_read, "tile");
                let were = if self.tiles_not_read == 1 { "was" } else { "were" };
                let stay = self.damaged_words().map(|words| format!("; {words}")).unwrap_or_default();
                Some(format!("{tiles} could not be read and {were} not compared with positives{stay}"))
            }
            CopyCoverage::None => Some("copies of positives were not looked for".to_owned()),
        }
    }

    /// Returns the number of damaged pictures that stay in the export, in words; `None` if there
    /// are none.
    pub(super) fn damaged_words(&self) -> Option<String> {
        let pictures = crate::text::count(self.damaged, "damaged picture");
        let stay = if self.damaged == 1 { "stays" } else { "stay" };
        (self.damaged > 0).then(|| format!("{pictures} {stay} in the export"))
    }
}

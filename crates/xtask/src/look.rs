//! The look of pictures: the size of the window, its theme, and the other settings, which all
//! pictures share. Takes none.

use crate::Result;

/// The settings of all pictures, but for the theme. A script is faster than a person, so keys count
/// at once; at its pace, the session counter says nothing.
pub(crate) const SETTINGS: &str =
    r#""settle_ms": 0, "reading": "off", "hints": false, "show_keys": "never", "session_counter": false"#;

/// The themes.
pub(crate) const THEMES: [&str; 2] = ["dark", "light"];

/// The size of the window and its theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub(crate) theme: &'static str,
    /// Width and height in pixels.
    pub(crate) size: (u32, u32),
}

impl Look {
    /// Reads a look such as `1280x720-light`.
    ///
    /// # Errors
    /// If the text is not a size and a theme.
    pub fn parse(text: &str) -> Result<Self> {
        let look = || {
            let (size, theme) = text.split_once('-')?;
            let (width, height) = size.split_once('x')?;
            let theme = THEMES.into_iter().find(|known| *known == theme)?;
            Some(Self { theme, size: (width.parse().ok()?, height.parse().ok()?) })
        };
        look().ok_or_else(|| format!("{text}: not a size and a theme, such as 1280x720-light"))
    }

    /// The file of settings.
    pub(crate) fn settings(self) -> String {
        format!("{{\"theme\": \"{}\", \"overview_first\": false, {SETTINGS}}}", self.theme)
    }

    /// The name of a scene's picture.
    pub(crate) fn name_of(self, scene: &str) -> String {
        let (width, height) = self.size;
        format!("{scene}-{width}x{height}-{}", self.theme)
    }
}

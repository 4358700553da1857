//! A key with its modifiers: matching, printing, parsing.

use egui::{Key, Modifiers};

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The key, by its meaning on the person's keyboard.
    pub key: Key,
    /// Control, or Command on a Mac.
    pub command: bool,
    /// Shift. Ignored for signs and digits, which need it on some keyboards.
    pub shift: bool,
    /// Alt, or Option on a Mac.
    pub alt: bool,
}

/// The keys whose sign is clearer than egui's name for them.
const SIGNS: [(Key, &str); 13] = [
    (Key::Plus, "+"),
    (Key::Equals, "="),
    (Key::Minus, "−"),
    (Key::Slash, "/"),
    (Key::Backslash, "\\"),
    (Key::Questionmark, "?"),
    (Key::Comma, ","),
    (Key::Period, "."),
    (Key::OpenBracket, "["),
    (Key::CloseBracket, "]"),
    (Key::Semicolon, ";"),
    (Key::Quote, "'"),
    (Key::Backtick, "`"),
];
const ARROWS: [(Key, &str); 4] =
    [(Key::ArrowLeft, "←"), (Key::ArrowRight, "→"), (Key::ArrowUp, "↑"), (Key::ArrowDown, "↓")];

impl Shortcut {
    /// Returns the key alone.
    pub const fn key(key: Key) -> Self {
        Self { key, command: false, shift: false, alt: false }
    }

    /// Returns the key with Shift.
    pub const fn shift(key: Key) -> Self {
        Self { shift: true, ..Self::key(key) }
    }

    /// Returns the key with Control, or Command on a Mac.
    pub const fn ctrl(key: Key) -> Self {
        Self { command: true, ..Self::key(key) }
    }

    /// Returns the key with Control and Shift.
    pub const fn ctrl_shift(key: Key) -> Self {
        Self { command: true, shift: true, ..Self::key(key) }
    }

    /// Returns the key with Alt.
    pub const fn alt(key: Key) -> Self {
        Self { alt: true, ..Self::key(key) }
    }

    /// Returns the shortcut that a person pressed.
    pub fn pressed(key: Key, modifiers: Modifiers) -> Self {
        Self { key, command: modifiers.command, shift: modifiers.shift && shift_matters(key), alt: modifiers.alt }
    }

    /// Whether a press of `key` with `modifiers` is this shortcut.
    pub fn fits(self, key: Key, modifiers: Modifiers) -> bool {
        let shift_fits = modifiers.shift == self.shift || (!self.shift && !shift_matters(key));
        // Control on a Mac, where it is not the command key, makes it another key altogether.
        let other = modifiers.ctrl && !modifiers.command;
        key == self.key && modifiers.command == self.command && modifiers.alt == self.alt && shift_fits && !other
    }

    /// The modifiers of the press.
    pub(crate) fn modifiers(self) -> Modifiers {
        let own = Modifiers { shift: self.shift, alt: self.alt, ..Modifiers::NONE };
        if self.command { own | Modifiers::COMMAND } else { own }
    }

    /// Whether one press could be both.
    pub fn clashes(self, other: Self) -> bool {
        let shift = self.shift == other.shift || !shift_matters(self.key);
        self.key == other.key && self.command == other.command && self.alt == other.alt && shift
    }

    /// Returns the text for people and for the settings file: `Ctrl+Shift+Z`.
    pub fn text(self) -> String {
        let mut text = String::new();
        if self.command {
            text.push_str(if cfg!(target_os = "macos") { "⌘" } else { "Ctrl+" });
        }
        if self.alt {
            text.push_str("Alt+");
        }
        if self.shift {
            text.push_str("Shift+");
        }
        let sign = SIGNS.iter().chain(&ARROWS).find(|(key, _)| *key == self.key);
        text.push_str(sign.map_or(self.key.name(), |(_, sign)| sign));
        text
    }

    /// Parses the output of [`Shortcut::text`], of any system.
    ///
    /// # Errors
    /// When the text does not name a key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut shortcut = Self::key(Key::Escape);
        let mut rest = text.trim();
        loop {
            let lower = rest.to_ascii_lowercase();
            let taken = if let Some(after) = rest.strip_prefix('⌘') {
                shortcut.command = true;
                rest.len() - after.len()
            } else if lower.starts_with("ctrl+") && rest.len() > 5 {
                shortcut.command = true;
                5
            } else if lower.starts_with("shift+") && rest.len() > 6 {
                shortcut.shift = true;
                6
            } else if lower.starts_with("alt+") && rest.len() > 4 {
                shortcut.alt = true;
                4
            } else {
                break;
            };
            rest = &rest[taken..];
        }
        let sign = SIGNS.iter().chain(&ARROWS).find(|(_, sign)| *sign == rest || (*sign == "−" && rest == "-"));
        let key = sign.map(|(key, _)| *key).or_else(|| Key::from_name(rest)).filter(|key| !is_modifier(*key));
        shortcut.key = key.ok_or_else(|| format!("`{text}` is not a key"))?;
        Ok(shortcut)
    }
}

/// Whether a key only modifies others, and is not a shortcut of its own.
pub fn is_modifier(key: Key) -> bool {
    let sides = ["Left", "Right"].iter().find_map(|side| key.name().strip_suffix(side));
    sides.is_some_and(|name| ["Shift", "Control", "Alt", "Super"].contains(&name))
}

/// Whether Shift makes another shortcut of a key: for letters and named keys. Signs and digits may
/// need it to be typed.
fn shift_matters(key: Key) -> bool {
    let sign = SIGNS.iter().any(|(known, _)| *known == key);
    let digit = key.name().len() == 1 && key.name().chars().all(|c| c.is_ascii_digit());
    !sign && !digit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_found_with_or_without_shift_and_letters_are_not() {
        let held = |shift| Modifiers { shift, ..Modifiers::NONE };
        assert!(Shortcut::key(Key::Questionmark).fits(Key::Questionmark, held(true)));
        assert!(Shortcut::key(Key::Num3).fits(Key::Num3, held(true)));
        assert!(!Shortcut::key(Key::A).fits(Key::A, held(true)));
        assert!(Shortcut::shift(Key::A).fits(Key::A, held(true)));
        assert!(!Shortcut::key(Key::Z).fits(Key::Z, Modifiers::COMMAND));
        assert!(!Shortcut::key(Key::A).fits(Key::A, Modifiers::ALT));
        assert!(Shortcut::alt(Key::A).fits(Key::A, Modifiers::ALT));
    }

    #[test]
    fn reads_back_the_printed_text() {
        for key in Key::ALL.iter().filter(|key| !is_modifier(**key)) {
            for shortcut in [Shortcut::key(*key), Shortcut::ctrl_shift(*key), Shortcut::alt(*key)] {
                assert_eq!(Shortcut::parse(&shortcut.text()), Ok(shortcut), "{}", shortcut.text());
            }
        }
        assert_eq!(Shortcut::parse("ctrl+shift+z"), Ok(Shortcut::ctrl_shift(Key::Z)));
        assert!(Shortcut::parse("Ctrl+Hat").is_err());
        assert!(Shortcut::parse("ShiftLeft").is_err(), "a key that only changes others");
    }
}

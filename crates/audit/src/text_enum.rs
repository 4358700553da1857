//! Enums whose values have texts: a word that is stored and never changes, and a label that people
//! read. Knows no value.

/// An enum each of whose values has a word and a label. Made by `text_enum!`, which also gives the
/// type these items as its own, so that only generic code needs the trait.
pub trait TextEnum: Copy + PartialEq + Send + Sync + 'static {
    /// Every value, in the order in which they are offered.
    const ALL: &'static [Self];

    /// The stored word.
    fn word(self) -> &'static str;

    /// The text a person reads.
    fn label(self) -> &'static str;

    /// The value of a word.
    ///
    /// # Errors
    /// A sentence with the known words.
    fn parse(word: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|value| value.word() == word).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|value| value.word()).collect();
            match words[..] {
                [only] => format!("`{word}` is not {only}"),
                [first, second] => format!("`{word}` is neither {first} nor {second}"),
                _ => format!("`{word}` is not one of {}", words.join(", ")),
            }
        })
    }
}

/// Defines an enum with a word and a label for each value. A macro rather than derives: those of
/// `strum` would repeat eight names on every enum and an attribute with both texts on every value.
macro_rules! text_enum {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$value_doc])* $value,)+ }

        impl $name {
            /// Every value, in the order in which they are offered.
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            /// The stored word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }

            /// The text a person reads.
            pub fn label(self) -> &'static str {
                match self { $(Self::$value => $label,)+ }
            }
        }

        impl $crate::TextEnum for $name {
            const ALL: &'static [Self] = $name::ALL;

            fn word(self) -> &'static str {
                $name::word(self)
            }

            fn label(self) -> &'static str {
                $name::label(self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                $crate::TextEnum::parse(word)
            }
        }
    };
}

pub(crate) use text_enum;

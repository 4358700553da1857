//! The degrees of hiding things from a person who judges. What stays visible of a row is decided in
//! `review/visible.rs`.

use serde::{Deserialize, Serialize};
use tilejury_audit::{Shown, Visible};

/// A degree of hiding things from a person who judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Blinding {
    /// Nothing.
    #[default]
    Off,
    /// Whatever programs and other people say about a row.
    Blind,
    /// That, and which tile is the positive.
    WithoutRoles,
}

impl Blinding {
    /// The things that are still shown.
    pub(crate) fn visible(self) -> Visible {
        match self {
            Self::Off => Visible::ALL,
            Self::Blind => Visible::NONE.with(Shown::Roles),
            Self::WithoutRoles => Visible::NONE,
        }
    }
}

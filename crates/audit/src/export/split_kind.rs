//! The purpose of a split, by its name. Knows only names.

/// The purpose of a split, from the one that counts least to the one that counts most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SplitKind {
    /// For training.
    Train,
    /// Unknown from its name. It is treated as a training split that counts more than those with
    /// such a name.
    Other,
    /// For choosing models: `eval`, `val`, `dev`.
    Eval,
    /// For reporting figures.
    Test,
}

/// Returns the kind of a split by its name.
pub(super) fn kind_of(name: &str) -> SplitKind {
    match name {
        name if name.starts_with("train") => SplitKind::Train,
        name if name.starts_with("test") => SplitKind::Test,
        name if ["eval", "val", "dev"].iter().any(|start| name.starts_with(start)) => SplitKind::Eval,
        _ => SplitKind::Other,
    }
}

impl SplitKind {
    /// Whether the split is held out from training.
    pub(super) fn is_held_out(self) -> bool {
        matches!(self, Self::Eval | Self::Test)
    }
}

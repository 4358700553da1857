//! What a split is for, by its name. Knows only names.

/// What a split is for, from what counts least to what counts most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SplitKind {
    /// It is trained on.
    Train,
    /// Its name does not say; it is taken as one to train on, before which splits named so give way.
    Other,
    /// Choices are made by it: `eval`, `val`, `dev`.
    Eval,
    /// Figures are reported of it.
    Test,
}

/// The kind of a split by its name.
pub(super) fn kind_of(name: &str) -> SplitKind {
    match name {
        name if name.starts_with("train") => SplitKind::Train,
        name if name.starts_with("test") => SplitKind::Test,
        name if ["eval", "val", "dev"].iter().any(|start| name.starts_with(start)) => SplitKind::Eval,
        _ => SplitKind::Other,
    }
}

impl SplitKind {
    /// Is it held out from training?
    pub(super) fn is_held_out(self) -> bool {
        matches!(self, Self::Eval | Self::Test)
    }
}

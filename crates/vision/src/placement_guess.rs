//! A guess at the position of one picture in another, passed from the module that proposes it to
//! those that check it.

/// The guessed position of one picture in another: row `y` of the first is row `scale · y + down`
/// of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlacementGuess {
    pub(crate) scale: f32,
    /// Offset in pixels of the other picture.
    pub(crate) down: f32,
    /// The correlation of the profiles, up to 1.
    pub(crate) correlation: f32,
}

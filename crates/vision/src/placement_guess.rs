//! A guess at where one picture lies in another, handed from what proposes it to what checks it.

/// Where one picture seems to lie in another: row `y` of the first is row `scale · y + down` of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlacementGuess {
    pub(crate) scale: f32,
    /// In pixels of the other picture.
    pub(crate) down: f32,
    /// How well the profiles agree, up to 1.
    pub(crate) correlation: f32,
}

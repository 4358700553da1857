//! Which tiles are copies of each other under several paths: the same pixels, whatever the bytes; and, told apart from those, near
//! pictures that were confirmed as copies.
//!
//! Kept compact, to be looked at long after the fingerprints are gone. What a copy means is not for here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tilejury_data::TilePath;

/// Every tile that has a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PixelCopies {
    /// Sorted.
    tiles: Vec<TilePath>,
    /// By tile: its class.
    class_of: Vec<u32>,
    /// By class: its tiles, two at the least.
    classes: Vec<Vec<u32>>,
    /// Near pictures, both ways.
    near: BTreeMap<TilePath, BTreeSet<TilePath>>,
}

impl PixelCopies {
    /// Sorts tiles by the hash of their pixels. Equal bytes give equal pixels, so that these alone decide.
    pub(super) fn new<'t>(pictures: impl Iterator<Item = (&'t TilePath, u128)>) -> Self {
        let mut by_pixels: HashMap<u128, Vec<&TilePath>> = HashMap::new();
        pictures.for_each(|(tile, pixels)| by_pixels.entry(pixels).or_default().push(tile));
        by_pixels.retain(|_, tiles| tiles.len() > 1);
        let mut members: Vec<(&TilePath, u128)> =
            by_pixels.iter().flat_map(|(pixels, tiles)| tiles.iter().map(|tile| (*tile, *pixels))).collect();
        members.sort_unstable();
        let mut copies = Self::default();
        let mut numbers: HashMap<u128, u32> = HashMap::new();
        for (at, (tile, pixels)) in members.into_iter().enumerate() {
            let class = *numbers.entry(pixels).or_insert_with(|| {
                copies.classes.push(Vec::new());
                copies.classes.len() as u32 - 1
            });
            copies.classes[class as usize].push(at as u32);
            copies.class_of.push(class);
            copies.tiles.push(tile.clone());
        }
        copies
    }

    /// The copies of a tile, itself left out, in the order of their paths.
    pub fn of_tile(&self, tile: &TilePath) -> impl Iterator<Item = &TilePath> {
        let own = self.tiles.binary_search(tile).ok();
        let class = own.and_then(|own| self.classes.get(*self.class_of.get(own)? as usize));
        class
            .into_iter()
            .flatten()
            .filter(move |at| own != Some(**at as usize))
            .filter_map(|at| self.tiles.get(*at as usize))
    }

    /// The same with pairs of near pictures that were confirmed as copies.
    #[must_use]
    pub(crate) fn with_near(mut self, pairs: impl Iterator<Item = (TilePath, TilePath)>) -> Self {
        for (a, b) in pairs {
            self.near.entry(a.clone()).or_default().insert(b.clone());
            self.near.entry(b).or_default().insert(a);
        }
        self
    }

    /// Tiles that show nearly the same picture as this one, confirmed as copies; in the order of their paths.
    pub fn near_of_tile(&self, tile: &TilePath) -> impl Iterator<Item = &TilePath> {
        self.near.get(tile).into_iter().flatten()
    }
}

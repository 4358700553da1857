//! The tiles that are copies of each other under several paths: those with the same pixels,
//! whatever their bytes, and separately near pictures that were confirmed as copies, by their
//! pixels or, of adopted tiles, by their fingerprints.
//!
//! Compact, since it is used long after the fingerprints are freed. Does not decide what a copy
//! means.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tilejury_data::TilePath;

use crate::suspicion::groups::Groups;

/// Every tile that has a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PixelCopies {
    /// Sorted.
    tiles: Vec<TilePath>,
    /// By tile: its class.
    class_of: Vec<u32>,
    /// By class: its tiles, at least two.
    classes: Vec<Vec<u32>>,
    /// Near pictures, both ways.
    near: BTreeMap<TilePath, BTreeSet<TilePath>>,
    /// Further groups of tiles that are alike, at least two in each.
    clusters: Vec<Vec<TilePath>>,
}

impl PixelCopies {
    /// Groups tiles by the hash of their pixels. Equal bytes give equal pixels, so these alone
    /// decide.
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

    /// Returns the copies of a tile, without itself, sorted by path.
    pub fn of_tile(&self, tile: &TilePath) -> impl Iterator<Item = &TilePath> {
        let own = self.tiles.binary_search(tile).ok();
        let class = own.and_then(|own| self.classes.get(*self.class_of.get(own)? as usize));
        class
            .into_iter()
            .flatten()
            .filter(move |at| own != Some(**at as usize))
            .filter_map(|at| self.tiles.get(*at as usize))
    }

    /// Returns the groups of tiles that are copies or near pictures of each other, at least two in
    /// each, the largest first.
    pub fn groups(&self) -> Vec<Vec<TilePath>> {
        let others = self.near.keys().chain(self.clusters.iter().flatten());
        let mut tiles: Vec<&TilePath> = self.tiles.iter().chain(others).collect();
        tiles.sort_unstable();
        tiles.dedup();
        let number = |tile: &TilePath| tiles.binary_search(&tile).ok().map(|at| at as u32);
        let of_class = |class: &Vec<u32>| {
            let members: Vec<u32> = class.iter().filter_map(|at| number(self.tiles.get(*at as usize)?)).collect();
            members
        };
        let mut groups = Groups::new(tiles.len());
        for class in self.classes.iter().map(of_class) {
            class.windows(2).for_each(|pair| groups.join(pair[0], pair[1]));
        }
        for (tile, others) in &self.near {
            for other in others {
                if let (Some(tile), Some(other)) = (number(tile), number(other)) {
                    groups.join(tile, other);
                }
            }
        }
        for cluster in &self.clusters {
            let members: Vec<u32> = cluster.iter().filter_map(number).collect();
            members.windows(2).for_each(|pair| groups.join(pair[0], pair[1]));
        }
        let named = |group: Vec<u32>| group.iter().map(|at| tiles[*at as usize].clone()).collect::<Vec<_>>();
        let mut groups: Vec<Vec<TilePath>> =
            groups.all().into_iter().filter(|group| group.len() > 1).map(named).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        groups
    }

    /// Adds groups of tiles that are alike; those of one tile do not count.
    #[must_use]
    pub(crate) fn with_clusters(mut self, clusters: impl Iterator<Item = Vec<TilePath>>) -> Self {
        self.clusters.extend(clusters.filter(|tiles| tiles.len() > 1));
        self
    }

    /// Adds pairs of near pictures that were confirmed as copies.
    #[must_use]
    pub(crate) fn with_near(mut self, pairs: impl Iterator<Item = (TilePath, TilePath)>) -> Self {
        for (a, b) in pairs {
            self.near.entry(a.clone()).or_default().insert(b.clone());
            self.near.entry(b).or_default().insert(a);
        }
        self
    }

    /// Returns tiles that show nearly the same picture as this one and were confirmed as copies,
    /// sorted by path.
    pub fn near_of_tile(&self, tile: &TilePath) -> impl Iterator<Item = &TilePath> {
        self.near.get(tile).into_iter().flatten()
    }
}

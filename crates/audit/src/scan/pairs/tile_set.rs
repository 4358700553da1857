//! A set of tiles by number: one bit each.

/// A set of tiles.
#[derive(Clone, Debug, Default)]
pub struct TileSet {
    words: Vec<u64>,
}

impl TileSet {
    /// Adds a tile.
    pub fn insert(&mut self, tile: u32) {
        let word = tile as usize / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (tile % 64);
    }

    /// Whether a tile is in the set.
    pub fn contains(&self, tile: u32) -> bool {
        self.words.get(tile as usize / 64).is_some_and(|word| word >> (tile % 64) & 1 == 1)
    }
}

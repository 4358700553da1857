//! Decoded tiles in main memory, within a budget of bytes: another size, the loupe or a difference
//! needs no second decoding. Shared by the workers; the lock is held for a map lookup, never for
//! work.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tilejury_data::{Pixels, TilePath};

/// The least recently used tiles are evicted first.
pub(crate) struct DecodedTileCache {
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    tiles: HashMap<TilePath, (Arc<Pixels>, u64)>,
    bytes: usize,
    budget_bytes: usize,
    clock: u64,
}

impl DecodedTileCache {
    pub(crate) fn new(budget_bytes: usize) -> Self {
        Self { shelf: Mutex::new(Shelf { budget_bytes, ..Shelf::default() }) }
    }

    /// Changes the budget.
    pub(crate) fn resize(&self, budget_bytes: usize) {
        let mut shelf = self.shelf();
        shelf.budget_bytes = budget_bytes;
        shelf.evict();
    }

    pub(crate) fn get(&self, path: &TilePath) -> Option<Arc<Pixels>> {
        let mut shelf = self.shelf();
        shelf.clock += 1;
        let clock = shelf.clock;
        let (pixels, used) = shelf.tiles.get_mut(path)?;
        *used = clock;
        Some(pixels.clone())
    }

    pub(crate) fn put(&self, path: &TilePath, pixels: &Arc<Pixels>) {
        let mut shelf = self.shelf();
        shelf.clock += 1;
        let clock = shelf.clock;
        shelf.bytes += pixels.rgba.len();
        if let Some((old, _)) = shelf.tiles.insert(path.clone(), (pixels.clone(), clock)) {
            shelf.bytes -= old.rgba.len();
        }
        shelf.evict();
    }

    /// Returns the memory that the tiles take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.shelf().bytes
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock()
    }
}

impl Shelf {
    fn evict(&mut self) {
        while self.bytes > self.budget_bytes && self.tiles.len() > 1 {
            let oldest = self.tiles.iter().min_by_key(|(_, (_, used))| *used).map(|(path, _)| path.clone());
            let Some((old, _)) = oldest.and_then(|path| self.tiles.remove(&path)) else { return };
            self.bytes -= old.rgba.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evicts_the_least_recently_used_within_the_budget() {
        let tile = |name: &str| TilePath::new(name);
        let pixels = Arc::new(Pixels { width: 10, height: 10, rgba: vec![0; 400] });
        let cache = DecodedTileCache::new(1000);
        for name in ["a", "b"] {
            cache.put(&tile(name), &pixels);
        }
        assert!(cache.get(&tile("a")).is_some());
        cache.put(&tile("c"), &pixels);
        assert!(cache.get(&tile("b")).is_none());
        assert!(cache.get(&tile("a")).is_some() && cache.get(&tile("c")).is_some());
    }
}

//! Textures on the graphics card, under a budget of bytes. The least recently drawn are evicted
//! first, visible ones never. Failures are remembered, so that a broken tile is not decoded in
//! every frame.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{TextureHandle, TextureOptions};
use tilejury_data::{ObstacleKind, TilePath};

use crate::tile_loader::{LoadOutcome, LoadedTile, MissingShard, TileFault, shown_size};
use crate::tile_request::{Picture, PictureSize, TileRequest};

/// The state of a picture.
#[derive(Clone)]
pub(crate) enum TileState {
    /// Being read.
    Loading,
    /// Not where its path points; other shards are being searched.
    Searching,
    /// Being read for unusually long.
    Slow,
    /// Loaded.
    Ready {
        /// In the displayed size, or in another one until that is decoded.
        texture: TextureHandle,
        /// The tile's own size in pixels.
        full: [u32; 2],
        /// Its caption.
        caption: Option<Arc<str>>,
        /// A hash of all its pixels: see [`LoadOutcome::Picture`].
        content: Option<u128>,
    },
    /// Its shard is missing.
    ShardMissing(MissingShard),
    /// It cannot be fetched.
    Unreachable {
        /// The reason, in words.
        message: Arc<str>,
        /// Whether another try may succeed without any change.
        is_passing: bool,
        /// The time of the next try that the server allows, if it limits requests.
        allowed_at: Option<Instant>,
        /// Whether it is to be tried again.
        is_due: bool,
    },
    /// Failed.
    Failed(TileFault),
}

struct Slot {
    state: TileState,
    last_shown: u64,
}

type Key = (Picture, PictureSize);

/// The textures.
pub(crate) struct TileStore {
    slots: HashMap<Key, Slot>,
    bytes: usize,
    budget_bytes: usize,
    frame: u64,
}

impl TileStore {
    /// An empty store with room for a number of bytes of texture: one tile in full size has 3.5 MB.
    pub(crate) fn new(budget_bytes: usize) -> Self {
        Self { slots: HashMap::new(), bytes: 0, budget_bytes, frame: 0 }
    }

    /// Changes the room.
    pub(crate) fn resize(&mut self, budget_bytes: usize) {
        self.budget_bytes = budget_bytes;
        self.evict();
    }

    /// Begins a frame.
    pub(crate) fn begin_frame(&mut self) {
        self.frame += 1;
    }

    /// Returns the picture's state to draw it, and marks it as used in this frame: it is evicted
    /// last.
    pub(crate) fn get_for_display(&mut self, picture: &Picture, grade: PictureSize) -> TileState {
        match self.slots.get_mut(&(picture.clone(), grade)) {
            Some(slot) => {
                slot.last_shown = self.frame;
                slot.state.clone()
            }
            None => TileState::Loading,
        }
    }

    fn tile(&self, path: &TilePath) -> Option<&TileState> {
        self.slots.get(&(Picture::Tile(path.clone()), PictureSize::Shown)).map(|slot| &slot.state)
    }

    /// Whether a person could see the tile.
    pub(crate) fn is_ready(&self, path: &TilePath) -> bool {
        matches!(self.tile(path), Some(TileState::Ready { .. }))
    }

    /// A hash of all pixels of a tile, once it is ready: two tiles with one hash are copies.
    pub(crate) fn content(&self, path: &TilePath) -> Option<u128> {
        match self.tile(path)? {
            TileState::Ready { content, .. } => *content,
            _ => None,
        }
    }

    /// The name of the tile's shard, if that is missing.
    pub(crate) fn missing_shard(&self, path: &TilePath) -> Option<&str> {
        match self.tile(path)? {
            TileState::ShardMissing(shard) => Some(&shard.file),
            _ => None,
        }
    }

    /// The reason why there is no picture of a tile, if it failed.
    pub(crate) fn failure(&self, path: &TilePath) -> Option<&str> {
        match self.tile(path)? {
            TileState::Failed(fault) => Some(&fault.reason),
            _ => None,
        }
    }

    /// Whether a tile is still to be loaded.
    pub(crate) fn is_to_come(&self, path: &TilePath) -> bool {
        matches!(self.tile(path), None | Some(TileState::Loading | TileState::Searching | TileState::Slow))
    }

    /// Forgets failures, so that those pictures are requested again.
    pub(crate) fn forget_failures(&mut self) {
        self.slots.retain(|_, slot| !slot.state.is_failure());
    }

    /// Lets tiles be fetched again that could not be for a passing reason. Until then the words of
    /// visible ones stay; the others are forgotten.
    pub(crate) fn retry_passing(&mut self) {
        let frame = self.frame;
        let is_passing = |slot: &Slot| matches!(slot.state, TileState::Unreachable { is_passing: true, .. });
        self.slots.retain(|_, slot| !is_passing(slot) || slot.last_shown + 1 >= frame);
        for slot in self.slots.values_mut() {
            if let TileState::Unreachable { is_passing: true, is_due, .. } = &mut slot.state {
                *is_due = true;
            }
        }
    }

    /// The numbers of tiles that cannot be fetched, and of those for a passing reason.
    pub(crate) fn unreachable(&self) -> (usize, usize) {
        // One that is in a list as well counts once.
        let counts = |(picture, grade): &Key| {
            let large = || self.slots.get(&(picture.clone(), PictureSize::Shown)).map(|slot| &slot.state);
            *grade != PictureSize::Listed || !matches!(large(), Some(TileState::Unreachable { .. }))
        };
        let passing = self.slots.iter().filter_map(|(key, slot)| match slot.state {
            TileState::Unreachable { is_passing, .. } if counts(key) => Some(usize::from(is_passing)),
            _ => None,
        });
        passing.fold((0, 0), |(all, some), passing| (all + 1, some + passing))
    }

    /// The picture's own size, once it was loaded large.
    pub(crate) fn full_size(&self, picture: &Picture) -> Option<[u32; 2]> {
        match self.slots.get(&(picture.clone(), PictureSize::Shown))?.state {
            TileState::Ready { full, .. } => Some(full),
            _ => None,
        }
    }

    /// The picture's own size, once it was loaded large or in a list.
    pub(crate) fn size_if_loaded(&self, picture: &Picture) -> Option<[u32; 2]> {
        let listed = || match self.slots.get(&(picture.clone(), PictureSize::Listed))?.state {
            TileState::Ready { full, .. } => Some(full),
            _ => None,
        };
        self.full_size(picture).or_else(listed)
    }

    /// Whether loading ended, with a picture or without.
    pub(crate) fn is_settled(&self, path: &TilePath) -> bool {
        self.tile(path).is_some_and(|state| matches!(state, TileState::Ready { .. }) || state.is_failure())
    }

    /// Whether the picture has to be loaded before it can be shown in this width.
    pub(crate) fn needs_load(&self, request: &TileRequest, max_side: u32) -> bool {
        match self.slots.get(&(request.picture.clone(), request.grade)).map(|slot| &slot.state) {
            None | Some(TileState::Loading | TileState::Searching | TileState::Slow) => true,
            Some(TileState::Ready { texture, full, .. }) => {
                texture.size()[0] as u32 != shown_size(*full, request.width, max_side)[0]
            }
            Some(TileState::Unreachable { is_due, .. }) => *is_due,
            Some(TileState::Failed(_) | TileState::ShardMissing(_)) => false,
        }
    }

    /// Receives the outcome of a request, while the server allows no further one for a time, if it
    /// limits them.
    pub(crate) fn insert(&mut self, loaded: LoadedTile, limited_for: Option<Duration>, ctx: &egui::Context) {
        let state = match loaded.outcome {
            LoadOutcome::Picture { image, full, caption, content } => {
                let texture = ctx.load_texture("tile", image, TextureOptions::LINEAR);
                TileState::Ready { texture, full, caption: caption.map(Arc::from), content }
            }
            LoadOutcome::Searching => TileState::Searching,
            LoadOutcome::Slow => TileState::Slow,
            LoadOutcome::ShardMissing(shard) => TileState::ShardMissing(shard),
            LoadOutcome::Unreachable { message, kind } => {
                let wait = limited_for.filter(|_| kind == ObstacleKind::Limited);
                let allowed_at = wait.map(|wait| Instant::now() + wait);
                TileState::Unreachable {
                    message: message.into(),
                    is_passing: kind.is_passing(),
                    allowed_at,
                    is_due: false,
                }
            }
            LoadOutcome::Failed(fault) => TileState::Failed(fault),
        };
        self.bytes += state.bytes();
        let slot = Slot { state, last_shown: self.frame };
        if let Some(old) = self.slots.insert((loaded.request.picture, loaded.request.grade), slot) {
            self.bytes -= old.state.bytes();
        }
        self.evict();
    }

    fn evict(&mut self) {
        if self.bytes <= self.budget_bytes {
            return;
        }
        let mut old: Vec<(u64, Key)> = self
            .slots
            .iter()
            .filter(|(_, slot)| slot.last_shown + 1 < self.frame && slot.state.bytes() > 0)
            .map(|(key, slot)| (slot.last_shown, key.clone()))
            .collect();
        old.sort();
        for (_, key) in old {
            if self.bytes <= self.budget_bytes {
                return;
            }
            if let Some(slot) = self.slots.remove(&key) {
                self.bytes -= slot.state.bytes();
            }
        }
    }
}

impl TileState {
    fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::ShardMissing(_) | Self::Unreachable { .. })
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Ready { texture, .. } => texture.byte_size(),
            _ => 0,
        }
    }
}

//! Textures on the graphics card, under a budget of bytes. The least recently shown go first; one on show never does.
//! Failures are remembered, so that a broken tile is not decoded in every frame.

use std::collections::HashMap;

use egui::{ColorImage, TextureHandle, TextureOptions};
use tilejury_data::TilePath;

use crate::tile_loader::{Loaded, Outcome, Wish, shown_size};

/// Bytes of texture that may be held: 512 MB is some 140 tiles in full size.
const BUDGET_BYTES: usize = 512 << 20;

/// What can be said of a tile right now.
#[derive(Clone)]
pub(crate) enum TileState {
    /// Being read.
    Loading,
    /// Not where its path points; other shards are being searched.
    Searching,
    /// Here.
    Ready {
        /// In the size on show, or in another one until that is decoded.
        texture: TextureHandle,
        /// The tile's own size in pixels.
        full: [u32; 2],
    },
    /// Cannot be had, and why.
    Failed(String),
}

struct Slot {
    state: TileState,
    last_shown: u64,
}

/// The textures.
#[derive(Default)]
pub(crate) struct TileStore {
    slots: HashMap<TilePath, Slot>,
    bytes: usize,
    frame: u64,
}

impl TileStore {
    /// A new frame begins.
    pub(crate) fn begin_frame(&mut self) {
        self.frame += 1;
    }

    /// The tile's state; marks it as on show.
    pub(crate) fn show(&mut self, path: &TilePath) -> TileState {
        match self.slots.get_mut(path) {
            Some(slot) => {
                slot.last_shown = self.frame;
                slot.state.clone()
            }
            None => TileState::Loading,
        }
    }

    /// The tile's own size, once known.
    pub(crate) fn full_size(&self, path: &TilePath) -> Option<[u32; 2]> {
        match self.slots.get(path)?.state {
            TileState::Ready { full, .. } => Some(full),
            _ => None,
        }
    }

    /// Could a person see it?
    pub(crate) fn is_ready(&self, path: &TilePath) -> bool {
        self.full_size(path).is_some()
    }

    /// Is everything known of it that can be: a picture, or that there is none?
    pub(crate) fn is_settled(&self, path: &TilePath) -> bool {
        matches!(self.slots.get(path), Some(Slot { state: TileState::Ready { .. } | TileState::Failed(_), .. }))
    }

    /// Is there work to do before the tile can be shown in this width?
    pub(crate) fn wants(&self, wish: &Wish, max_side: u32) -> bool {
        match self.slots.get(&wish.path).map(|slot| &slot.state) {
            None | Some(TileState::Loading | TileState::Searching) => true,
            Some(TileState::Ready { texture, full }) => {
                texture.size()[0] as u32 != shown_size(*full, wish.width, max_side)[0]
            }
            Some(TileState::Failed(_)) => false,
        }
    }

    /// Takes in what a worker brought.
    pub(crate) fn take_in(&mut self, loaded: Loaded, ctx: &egui::Context) {
        let state = match loaded.outcome {
            Outcome::Picture { image, full } => TileState::Ready { texture: upload(ctx, &loaded.path, image), full },
            Outcome::Searching => TileState::Searching,
            Outcome::Failed(reason) => TileState::Failed(reason),
        };
        self.bytes += state.bytes();
        let slot = Slot { state, last_shown: self.frame };
        if let Some(old) = self.slots.insert(loaded.path, slot) {
            self.bytes -= old.state.bytes();
        }
        self.evict();
    }

    fn evict(&mut self) {
        if self.bytes <= BUDGET_BYTES {
            return;
        }
        let mut old: Vec<(u64, TilePath)> = self
            .slots
            .iter()
            .filter(|(_, slot)| slot.last_shown + 1 < self.frame && slot.state.bytes() > 0)
            .map(|(path, slot)| (slot.last_shown, path.clone()))
            .collect();
        old.sort();
        for (_, path) in old {
            if self.bytes <= BUDGET_BYTES {
                return;
            }
            if let Some(slot) = self.slots.remove(&path) {
                self.bytes -= slot.state.bytes();
            }
        }
    }
}

impl TileState {
    fn bytes(&self) -> usize {
        match self {
            Self::Ready { texture, .. } => texture.byte_size(),
            _ => 0,
        }
    }
}

fn upload(ctx: &egui::Context, path: &TilePath, image: ColorImage) -> TextureHandle {
    ctx.load_texture(path.as_str(), image, TextureOptions::LINEAR)
}

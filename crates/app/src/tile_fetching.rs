//! The fetching of tiles of a dataset at an address: the number at once, the number ahead of the
//! person, and slots for decoding. Numbers and slots only: the loader does the
//! work. Tiles on this machine need none of it.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tilejury_data::Pace;

/// The threads that fetch: enough for all tiles of a sample and some that come next. They wait for
/// the network most of the time.
pub(crate) const FETCHERS: usize = 16;
/// The most of them that fetch or decode for samples that come next: the others stay free for what
/// is visible.
pub(crate) const AHEAD_UP_TO: usize = FETCHERS - 4;
/// The bytes of a usual tile.
const TILE_BYTES: f64 = 480e3;
/// The samples that a person may ask for in a second.
const SAMPLES_A_SECOND: f64 = 5.0;
/// The time for which samples are fetched ahead at that speed, besides the time of a request.
const AHEAD_SECONDS: f64 = 2.0;
/// The longest that the connection may be busy with what is fetched ahead.
const BUSY_SECONDS: f64 = 10.0;
/// The limits of the number of samples ahead.
const SAMPLES_AHEAD: std::ops::RangeInclusive<usize> = 3..=24;

/// The round trips of a tile: one for the index of its shard, and one for its bytes.
const ROUND_TRIPS: f64 = 2.0;

/// The number of tiles to fetch ahead at the same time: as many as keep the connection busy, also
/// while shards are indexed. More would only take its bytes from a tile that is suddenly wanted.
pub(crate) fn at_once_ahead(pace: Pace) -> usize {
    let in_flight = ROUND_TRIPS * pace.latency.as_secs_f64() * pace.bytes_per_second / TILE_BYTES;
    (in_flight.ceil() as usize + 2).clamp(2, AHEAD_UP_TO)
}

/// The number of samples to fetch ahead, each with so many tiles: as many as a person may ask for
/// soon, but no more than the connection brings in some seconds.
pub(crate) fn samples_ahead(pace: Pace, tiles: usize) -> usize {
    let wanted = SAMPLES_A_SECOND * (AHEAD_SECONDS + 2.0 * pace.latency.as_secs_f64());
    let possible = BUSY_SECONDS * pace.bytes_per_second / (TILE_BYTES * tiles.max(1) as f64);
    (wanted.min(possible).ceil() as usize).clamp(*SAMPLES_AHEAD.start(), *SAMPLES_AHEAD.end())
}

/// The bytes of a number of tiles, roughly.
pub(crate) fn bytes_of_tiles(tiles: usize) -> u64 {
    (tiles as f64 * TILE_BYTES) as u64
}

/// Slots for decoding: more pictures at once than cores would only take memory.
pub(crate) struct DecodeSlots {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A slot in use; `None` after waiting in vain.
pub(crate) struct DecodeSlot<'s>(Option<&'s DecodeSlots>);

impl DecodeSlots {
    pub(crate) fn new(slots: usize) -> Self {
        Self { free: Mutex::new(slots.max(1)), freed: Condvar::new() }
    }

    /// Waits for a slot and for one's turn, but no longer than `at_most`: decoders that are stuck
    /// must not hold up all others. `is_my_turn` is asked again after each [`Self::wake`].
    pub(crate) fn take(&self, at_most: Duration, is_my_turn: impl Fn() -> bool) -> DecodeSlot<'_> {
        let mut free = self.free.lock();
        let waits = |free: &mut usize| *free == 0 || !is_my_turn();
        if self.freed.wait_while_for(&mut free, waits, at_most).timed_out() && *free == 0 {
            return DecodeSlot(None);
        }
        *free -= 1;
        DecodeSlot(Some(self))
    }

    /// Lets all who wait ask again whether it is their turn.
    pub(crate) fn wake(&self) {
        let _free = self.free.lock();
        self.freed.notify_all();
    }
}

impl Drop for DecodeSlot<'_> {
    fn drop(&mut self) {
        let Some(slots) = self.0 else { return };
        *slots.free.lock() += 1;
        slots.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(milliseconds: u64, megabytes: f64) -> Pace {
        Pace {
            latency: Duration::from_millis(milliseconds),
            bytes_per_second: megabytes * 1e6,
            bytes_per_second_each: megabytes * 1e6,
        }
    }

    #[test]
    fn more_is_fetched_at_once_on_a_long_and_wide_connection() {
        assert_eq!(at_once_ahead(pace(1, 12.0)), 3);
        assert_eq!(at_once_ahead(pace(50, 12.0)), 5);
        assert_eq!(at_once_ahead(pace(50, 100.0)), 12);
        assert_eq!(at_once_ahead(pace(500, 1000.0)), AHEAD_UP_TO, "some threads stay free for what is visible");
    }

    #[test]
    fn samples_ahead_cover_two_seconds_of_a_quick_person() {
        assert_eq!(samples_ahead(pace(50, 100.0), 6), 11);
        assert_eq!(samples_ahead(pace(500, 100.0), 6), 15);
        assert_eq!(samples_ahead(pace(50, 1.0), 6), 4, "a slow connection is not kept busy for minutes");
        assert_eq!(samples_ahead(pace(50, 0.01), 6), 3);
        assert_eq!(samples_ahead(pace(50, 12.0), 0), 11, "a row without tiles");
    }
}

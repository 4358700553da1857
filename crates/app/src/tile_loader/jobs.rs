//! The jobs of the workers: what waits, what is under way, and what comes next. Loads nothing.

use std::collections::{HashSet, VecDeque};
use std::time::Instant;

use parking_lot::MutexGuard;
use tilejury_data::TilePath;

use super::LoaderState;
use crate::tile_fetching::{AHEAD_UP_TO, DecodeSlot, at_once_ahead};
use crate::tile_request::{Picture, TileRequest};

/// A request that a worker is working on.
pub(super) struct RunningRequest {
    pub(super) request: TileRequest,
    pub(super) since: Instant,
    /// Whether it takes too long and another worker was started.
    pub(super) worked_around: bool,
    /// Whether the current sample needs it.
    pub(super) is_urgent: bool,
    /// Whether its bytes may still have to come.
    pub(super) is_fetching: bool,
    /// Whether it waits to be decoded or scaled.
    pub(super) waits: bool,
}

#[derive(Default)]
pub(super) struct Jobs {
    pub(super) requests: VecDeque<TileRequest>,
    /// The number of the first requests that the current sample needs.
    pub(super) urgent: usize,
    pub(super) running: Vec<RunningRequest>,
    /// Requests that need all shards.
    pub(super) deep: Vec<TileRequest>,
    /// The tiles whose bytes were fetched, or could not be.
    pub(super) fetched: HashSet<TilePath>,
    /// Whether shards that could not be indexed are to be tried again.
    pub(super) forget_failures: bool,
    /// Incidents to report.
    pub(super) incidents: Vec<String>,
    /// The number of workers in the place of others that are held up.
    pub(super) in_place: usize,
    pub(super) stop: bool,
}

impl LoaderState {
    /// Locks the jobs: for a few moves of a list, never for work.
    pub(super) fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock()
    }

    /// The position of the request to begin now. Of a tile that has to be fetched, nothing else may
    /// be running: its bytes would be fetched twice. While the current sample waits for one, no
    /// shard is indexed for later ones: its many requests would take the connection.
    fn next_request(&self, jobs: &Jobs) -> Option<usize> {
        let Some(storage) = self.dataset.tiles.storage() else {
            return (!jobs.requests.is_empty()).then_some(0);
        };
        let ahead = jobs.running.iter().filter(|job| !job.is_urgent);
        let (fetching, all) = (ahead.clone().filter(|job| job.is_fetching).count(), ahead.count());
        let is_room = fetching < at_once_ahead(storage.pace()) && all < AHEAD_UP_TO;
        let allowed = if is_room { jobs.requests.len() } else { jobs.urgent };
        let is_free = |request: &TileRequest| !jobs.running.iter().any(|job| job.request.picture == request.picture);
        let is_waited_for = jobs.running.iter().any(|job| job.is_urgent);
        let can_wait = |at: usize, request: &TileRequest| {
            at >= jobs.urgent
                && is_waited_for
                && matches!(&request.picture, Picture::Tile(path) if self.dataset.tiles.must_index_for(path))
        };
        let mut requests = jobs.requests.iter().enumerate().take(allowed);
        requests.position(|(at, request)| is_free(request) && !can_wait(at, request))
    }

    /// Notes that the bytes of a tile came: while it is decoded, the connection is free for another
    /// one.
    pub(super) fn did_fetch(&self, path: &TilePath) {
        if self.fetching.is_none() {
            return;
        }
        let mut jobs = self.jobs();
        let is_of_tile =
            |job: &&mut RunningRequest| matches!(&job.request.picture, Picture::Tile(tile) if tile == path);
        jobs.running.iter_mut().filter(is_of_tile).for_each(|job| job.is_fetching = false);
        drop(jobs);
        self.wake.notify_one();
    }

    /// A slot for decoding or scaling the picture of a request; `None` if tiles are on this
    /// machine: then each worker has its own.
    pub(super) fn decode_slot(&self, request: &TileRequest) -> Option<DecodeSlot<'_>> {
        let slots = self.fetching.as_ref()?;
        self.note_waiting(request, true);
        let slot = slots.take(self.timing.too_long, || self.may_decode(request));
        self.note_waiting(request, false);
        slots.wake();
        Some(slot)
    }

    fn note_waiting(&self, request: &TileRequest, waits: bool) {
        let mut jobs = self.jobs();
        jobs.running.iter_mut().filter(|job| job.request.is_for(request)).for_each(|job| job.waits = waits);
    }

    /// Whether it is the turn of a request: those that the current sample needs come before what
    /// was fetched ahead.
    fn may_decode(&self, request: &TileRequest) -> bool {
        let jobs = self.jobs();
        let is_urgent = jobs.running.iter().any(|job| job.is_urgent && job.request.is_for(request));
        is_urgent || !jobs.running.iter().any(|job| job.is_urgent && job.waits)
    }

    /// Ends a running request. Returns whether its worker has another one in its place.
    pub(super) fn finish_request(&self, request: &TileRequest) -> bool {
        let mut jobs = self.jobs();
        let Some(at) = jobs.running.iter().position(|job| job.request.is_for(request)) else { return false };
        let held_up = jobs.running.swap_remove(at).worked_around;
        if held_up {
            jobs.in_place = jobs.in_place.saturating_sub(1);
        }
        held_up
    }
}

pub(super) enum Job {
    Load(TileRequest),
    IndexOne,
    ForgetFailures,
}

/// Waits for the next job; `None` at the end.
pub(super) fn next_job(shared: &LoaderState) -> Option<Job> {
    let mut jobs = shared.jobs();
    loop {
        if jobs.stop {
            return None;
        }
        if std::mem::take(&mut jobs.forget_failures) {
            return Some(Job::ForgetFailures);
        }
        if let Some(at) = shared.next_request(&jobs)
            && let Some(request) = jobs.requests.remove(at)
        {
            let is_urgent = at < jobs.urgent;
            jobs.urgent -= usize::from(is_urgent);
            let since = (shared.timing.now)();
            jobs.running.push(RunningRequest {
                request: request.clone(),
                since,
                worked_around: false,
                is_urgent,
                is_fetching: true,
                waits: false,
            });
            return Some(Job::Load(request));
        }
        if !jobs.deep.is_empty() {
            return Some(Job::IndexOne);
        }
        shared.wake.wait(&mut jobs);
    }
}

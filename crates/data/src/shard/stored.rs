//! The index of a shard that is elsewhere, by the quickest way: one that was kept, one that lies
//! beside the shard or in an index of the whole dataset, or the headers themselves. Headers are
//! requested at several places of the shard at once; then the usual walk goes over the bytes that
//! came, and requests what is missing. So a picture that looks like a header can cost time, but
//! cannot change the index.

use std::ops::{Range, RangeInclusive};
use std::thread;

use tar::Header;

use super::gathered::Gathered;
use super::header::{is_surely_header, is_without_content, size};
use super::index_file::{energon_starts, from_hfutils_json};
use super::stretches::Stretches;
use super::walk::{LIMITS, Walk};
use super::window::PADDED_TO_BYTES;
use super::{BLOCK, ShardIndex, ShardProblem};
use crate::storage::{Pace, Purpose, Storage, StorageError, StoredFile, UnlistedFiles};

/// The endings of index files in place of `.tar`.
const JSON: &str = ".json";
const OFFSETS: &str = ".tar.idx";
/// A longer file beside a shard is not its index: a shard of two million members needs less.
const INDEX_FILE_UP_TO_BYTES: u64 = 256 << 20;
/// A whole shard up to this length is requested rather than searched, if that is quicker. Its tiles
/// are kept, but of a longer one nobody may want most.
const WHOLE_UP_TO_BYTES: u64 = 8 << 20;
/// A shard up to this length is always requested as a whole.
const SMALL_BYTES: u64 = 1 << 20;
/// The bytes of one member of the published shards.
const USUAL_MEMBER_BYTES: u64 = 470_000;
/// The numbers of places at which headers are requested at the same time.
const STARTS: [u64; 4] = [1, 4, 8, 16];
/// The limits of the first request of a search for a header, in bytes; the next ones are longer.
const SEARCH_BYTES: RangeInclusive<u64> = 64 << 10..=512 << 10;
/// The bytes that are requested at a header: those of a usual member.
const HEADER_BYTES: u64 = 4 * BLOCK;
/// The bytes at the end of a shard that are requested together.
const END_BYTES: u64 = PADDED_TO_BYTES as u64 + HEADER_BYTES;
/// Members closer to each other than this are requested together.
const NEAR_BYTES: u64 = 64 << 10;
/// Requests for headers whose places are known, at the same time.
const REQUESTS_AT_ONCE: usize = 32;

impl ShardIndex {
    /// Returns the index of a stored shard, and keeps it if it is new.
    ///
    /// # Errors
    /// If the shard cannot be read. A damaged shard is not an error, as for [`Self::scan`].
    pub fn of_stored(storage: &dyn Storage, shard: &StoredFile) -> Result<Self, StorageError> {
        Self::of_confirmed(storage, shard, None)
    }

    /// Returns the index of a stored shard whose version no list tells, as [`Self::of_stored`]
    /// does, and the shard with its version. Asks for that and for files beside the shard at the
    /// same time.
    ///
    /// # Errors
    /// If the shard cannot be read.
    pub fn of_unconfirmed(storage: &dyn Storage, shard: &StoredFile) -> Result<(Self, StoredFile), StorageError> {
        let others = [JSON, OFFSETS].map(|ending| shard.path_with(ending));
        let is_listed = others.iter().any(|path| storage.file(path).is_some());
        let others = if is_listed { &[][..] } else { &others[..] };
        let (shard, unlisted) = storage.confirmed_beside(shard, others, INDEX_FILE_UP_TO_BYTES)?;
        Ok((Self::of_confirmed(storage, &shard, unlisted)?, shard))
    }

    /// `unlisted`: the files beside the shard that no list names, if they came already.
    fn of_confirmed(
        storage: &dyn Storage,
        shard: &StoredFile,
        unlisted: Option<UnlistedFiles>,
    ) -> Result<Self, StorageError> {
        if let Some(index) = storage.kept_index(shard) {
            return Ok(index);
        }
        let (found, unusable) = beside(storage, shard, unlisted)?;
        let mut index = match found {
            Beside::Index(index) => index,
            Beside::Starts(starts) => from_starts(storage, shard, &starts)?,
            Beside::Nothing => from_headers(storage, shard)?,
        };
        storage.keep_index(shard, &index);
        index.problems.extend(unusable);
        Ok(index)
    }
}

/// About how many requests and bytes it takes to index a stored shard for which nothing is kept.
pub fn index_cost(storage: &dyn Storage, shard: &StoredFile) -> (u64, u64) {
    if let Some(json) = storage.file(&shard.path_with(JSON)) {
        return (1, json.len);
    }
    let members = (shard.len / USUAL_MEMBER_BYTES).max(1);
    match quickest(shard.len, storage.pace()) {
        None => (1, shard.len),
        Some(starts) => (members + 2 * (starts - 1), members * HEADER_BYTES + (starts - 1) * USUAL_MEMBER_BYTES),
    }
}

/// The file beside a shard, if there is one.
enum Beside {
    /// Its whole index.
    Index(ShardIndex),
    /// The offsets of some headers.
    Starts(Vec<u64>),
    Nothing,
}

/// Looks for an index, and tells if something is named like one but is none of this shard.
fn beside(
    storage: &dyn Storage,
    shard: &StoredFile,
    unlisted: Option<UnlistedFiles>,
) -> Result<(Beside, Option<ShardProblem>), StorageError> {
    let [json, offsets] = [JSON, OFFSETS].map(|ending| shard.path_with(ending));
    let mut unlisted = match (unlisted, storage.file(&json).or_else(|| storage.file(&offsets))) {
        (Some(came), _) => came,
        (None, Some(_)) => Vec::new(),
        (None, None) => storage.unlisted(&[json.clone(), offsets.clone()], INDEX_FILE_UP_TO_BYTES),
    };
    let mut read = |path: &str, at: usize| match storage.file(path).filter(|file| file.len <= INDEX_FILE_UP_TO_BYTES) {
        Some(file) => {
            let mut bytes = Vec::new();
            storage.read(file, 0..file.len, Purpose::Index, &mut bytes).map(|()| Some(bytes))
        }
        None => Ok(unlisted.get_mut(at).and_then(Option::take)),
    };
    let mut problem = None;
    if let Some(bytes) = read(&json, 0)? {
        match from_hfutils_json(&bytes, shard) {
            Ok(index) => return Ok((Beside::Index(index), None)),
            Err(reason) => {
                let name = json.rsplit('/').next().unwrap_or(&json);
                problem = Some(format!("{name} is not used as its index: {reason}"));
            }
        }
    }
    match in_set(storage, shard)? {
        Ok(Some(index)) => return Ok((Beside::Index(index), told(problem))),
        Ok(None) => {}
        Err(reason) => problem = problem.or(Some(reason)),
    }
    if let Some(bytes) = read(&offsets, 1)?
        && let Some(starts) = energon_starts(&bytes, shard.len)
    {
        return Ok((Beside::Starts(starts), told(problem)));
    }
    Ok((Beside::Nothing, told(problem)))
}

fn told(message: Option<String>) -> Option<ShardProblem> {
    message.map(|message| ShardProblem { member: None, message })
}

/// The index of a shard in that of the dataset, if it is really that of the shard.
fn in_set(storage: &dyn Storage, shard: &StoredFile) -> Result<Result<Option<ShardIndex>, String>, StorageError> {
    let index = match storage.index_in_set(shard) {
        Ok(Some(index)) => index,
        other => return Ok(other),
    };
    if is_confirmed(storage, shard, &index)? {
        return Ok(Ok(Some(index)));
    }
    Ok(Err("the index of the dataset is not that of the shard, which is indexed again".to_owned()))
}

/// Whether the header of the last member is where an index without any hash says. Whatever changed
/// before it, it would be elsewhere.
fn is_confirmed(storage: &dyn Storage, shard: &StoredFile, index: &ShardIndex) -> Result<bool, StorageError> {
    let Some((_, last)) = index.members().max_by_key(|(_, member)| member.offset) else { return Ok(true) };
    let Some(start) = last.offset.checked_sub(BLOCK) else { return Ok(false) };
    let mut block = Vec::new();
    storage.read(shard, start..last.offset, Purpose::Index, &mut block)?;
    Ok(is_surely_header(&block) && size(Header::from_byte_slice(&block)).is_ok_and(|size| size == last.size))
}

/// Walks a shard whose sample headers are known.
fn from_starts(storage: &dyn Storage, shard: &StoredFile, starts: &[u64]) -> Result<ShardIndex, StorageError> {
    let gathered = Gathered::new(storage, shard);
    // Neighbours that are near each other are one request.
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for start in starts {
        match ranges.last_mut().filter(|last| *start <= last.end + NEAR_BYTES) {
            Some(last) => last.end = last.end.max(start + HEADER_BYTES),
            None => ranges.push(*start..start + HEADER_BYTES),
        }
    }
    thread::scope(|scope| {
        let gathered = &gathered;
        for part in ranges.chunks(ranges.len().div_ceil(REQUESTS_AT_ONCE).max(1)) {
            scope.spawn(move || part.iter().try_for_each(|range| gathered.request(range.clone()).map(drop)));
        }
        scope.spawn(move || request_end(gathered));
    });
    walk(&gathered, shard)
}

/// Walks a shard about whose members nothing is known.
fn from_headers(storage: &dyn Storage, shard: &StoredFile) -> Result<ShardIndex, StorageError> {
    let gathered = Gathered::new(storage, shard);
    match quickest(shard.len, storage.pace()) {
        None => _ = gathered.request(0..shard.len)?,
        Some(starts) => {
            let until = shard.len.saturating_sub(END_BYTES);
            let (stretches, aim) = (&Stretches::of(until, starts), search_bytes(storage.pace(), starts));
            thread::scope(|scope| {
                let gathered = &gathered;
                for number in 0..starts as usize {
                    scope.spawn(move || request_headers(gathered, stretches, number, aim));
                }
                scope.spawn(move || request_end(gathered));
            });
        }
    }
    walk(&gathered, shard)
}

fn walk(gathered: &Gathered<'_>, shard: &StoredFile) -> Result<ShardIndex, StorageError> {
    let (members, problems, whole) = Walk::new(gathered, shard.len, LIMITS).finish();
    if let Some(error) = gathered.failure().filter(|_| !whole) {
        return Err(error);
    }
    let index = ShardIndex { members, problems, stamp: shard.file_stamp(), whole };
    // Where there is little room, they would only drive out others.
    if shard.len <= gathered.keeps_up_to_bytes() {
        gathered.keep_members(&index);
    }
    Ok(index)
}

/// The number of places to start at that takes the least time, by the speed of the connection;
/// `None` if the whole shard comes sooner.
fn quickest(len: u64, pace: Pace) -> Option<u64> {
    // `each` is what one request brings, and the other requests at the same time share the rest.
    let seconds = |requests: u64, each: u64, all: u64| {
        let (each, all) = (each as f64 / pace.bytes_per_second_each, all as f64 / pace.bytes_per_second);
        requests as f64 * pace.latency.as_secs_f64() + each.max(all)
    };
    let members = (len / USUAL_MEMBER_BYTES).max(1);
    let search = |starts: u64| {
        // Each place but the first needs about two requests to find a header.
        let (walked, is_search) = (members.div_ceil(starts), u64::from(starts > 1));
        let each = walked * HEADER_BYTES + is_search * USUAL_MEMBER_BYTES;
        seconds(walked + 2 * is_search, each, members * HEADER_BYTES + (starts - 1) * USUAL_MEMBER_BYTES)
    };
    let starts = STARTS.into_iter().min_by(|a, b| search(*a).total_cmp(&search(*b)))?;
    let whole = seconds(1, len, len);
    if len <= SMALL_BYTES {
        return None;
    }
    (len > WHOLE_UP_TO_BYTES || whole > search(starts)).then_some(starts)
}

/// Requests the end of the shard, where the end mark and its padding are.
fn request_end(gathered: &Gathered<'_>) -> Result<(), StorageError> {
    let end = gathered.len();
    gathered.request(end.saturating_sub(END_BYTES)..end).map(drop)
}

/// The first request of a search: as many bytes as come in the time that a further request takes.
fn search_bytes(pace: Pace, starts: u64) -> u64 {
    let bytes = pace.latency.as_secs_f64() * pace.bytes_per_second / starts as f64;
    (bytes as u64 / BLOCK * BLOCK).clamp(*SEARCH_BYTES.start(), *SEARCH_BYTES.end())
}

/// Requests the headers of a stretch and of those that it takes over. Errors are kept by
/// `gathered`.
fn request_headers(
    gathered: &Gathered<'_>,
    stretches: &Stretches,
    number: usize,
    aim: u64,
) -> Result<(), StorageError> {
    let mut part = stretches.get(number);
    loop {
        let requested = request_in_turn(gathered, stretches, number, &part, aim);
        match stretches.take_over(number).filter(|_| requested.is_ok()) {
            Some(next) => part = next,
            None => return requested,
        }
    }
}

/// Requests the headers in a part of a shard, one after another.
fn request_in_turn(
    gathered: &Gathered<'_>,
    stretches: &Stretches,
    number: usize,
    part: &Range<u64>,
    aim: u64,
) -> Result<(), StorageError> {
    let Some((mut at, mut held)) = first_header(gathered, part, aim)? else { return Ok(()) };
    // `held` begins at `at`.
    let mut aim = HEADER_BYTES;
    while at < stretches.end_from(number, at) {
        if held.len() < BLOCK as usize {
            held = gathered.request(at..at + aim)?;
        }
        let Some(next) = held.get(..BLOCK as usize).and_then(|block| after(at, block)) else { return Ok(()) };
        let step = next - at;
        // Small members are requested many at a time.
        if step > held.len() as u64 {
            aim = if step < NEAR_BYTES { NEAR_BYTES } else { HEADER_BYTES };
        }
        held = held.split_off(held.len().min(usize::try_from(step).unwrap_or(usize::MAX)));
        at = next;
    }
    Ok(())
}

/// Finds the first block of a part that is certainly a header; returns its offset and the bytes
/// that came with it. The first request asks for `aim` bytes, the next ones for more.
fn first_header(
    gathered: &Gathered<'_>,
    part: &Range<u64>,
    mut aim: u64,
) -> Result<Option<(u64, Vec<u8>)>, StorageError> {
    if part.start == 0 {
        return Ok(Some((0, gathered.request(0..HEADER_BYTES)?)));
    }
    let mut at = part.start;
    while at < part.end {
        let mut bytes = gathered.request(at..(at + aim).min(part.end))?;
        let blocks = bytes.chunks_exact(BLOCK as usize);
        if let Some(found) = blocks.into_iter().position(is_surely_header) {
            let found = found * BLOCK as usize;
            return Ok(Some((at + found as u64, bytes.split_off(found))));
        }
        at += aim;
        aim *= 2;
    }
    Ok(None)
}

/// The offset of the header after a header at `at`; `None` if the block is not a header.
fn after(at: u64, block: &[u8]) -> Option<u64> {
    if !is_surely_header(block) {
        return None;
    }
    let header = Header::from_byte_slice(block);
    let content = if is_without_content(header.entry_type()) { 0 } else { size(header).ok()? };
    let padded = content.checked_next_multiple_of(BLOCK)?;
    at.checked_add(BLOCK)?.checked_add(padded)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_whole_shard_comes_at_the_rate_of_one_request() {
        let starts = |megabytes: f64, each: f64, all: f64| {
            let (latency, to_bytes) = (Duration::from_millis(50), 1e6);
            let pace = Pace { latency, bytes_per_second: all * to_bytes, bytes_per_second_each: each * to_bytes };
            quickest((megabytes * to_bytes) as u64, pace)
        };
        // The server sends 6 MB/s to each of many requests: one of them takes a second.
        assert!(starts(6.0, 6.0, 100.0) > Some(1));
        assert_eq!(starts(6.0, 100.0, 100.0), None);
        assert_eq!(starts(0.9, 0.1, 0.1), None, "small");
        assert!(starts(9.0, 1000.0, 1000.0) > Some(1), "long");
        // Where the link itself is slow, fewer searches at once bring fewer bytes.
        assert_eq!(starts(90.0, 0.1, 0.1), Some(1));
    }
}

//! The index of a whole dataset that `megatron-energon` writes: `.nv-meta/index.sqlite`, with the
//! offsets of all members, and `.nv-meta/.info.json`, with the names of the shards in their order.
//! It comes from elsewhere, so nothing in it is believed: an index that does not fit the shards is
//! not used, and whatever SQLite file it is, reading it ends and returns.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, Row};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use tilejury_data::{Purpose, ShardIndex, Storage, StorageError, StoredFile};

use crate::cache::write_whole;

/// The tables of samples and their parts.
const INDEX: &str = ".nv-meta/index.sqlite";
/// The shards in the order of their numbers.
const INFO: &str = ".nv-meta/.info.json";
/// A longer index is not fetched: that of two million tiles needs less.
const UP_TO_BYTES: u64 = 256 << 20;
/// A row takes at least this many bytes in the file. More rows than that are made up.
const ROW_FROM_BYTES: u64 = 4;
/// The most bytes after the last member: the end mark of a tar and its padding.
const END_UP_TO_BYTES: u64 = 64 << 10;

/// The names, offsets and sizes of the members of a shard.
type Members = Vec<(String, u64, u64)>;

/// The index of a dataset, once a shard was looked up in it.
#[derive(Default)]
pub(crate) struct SetIndex(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    NotRead,
    /// The shards that nobody has asked for yet, by their paths.
    Read(HashMap<String, Members>),
    /// There is none, or it cannot be used.
    Nothing,
}

/// The content of [`INFO`].
#[derive(Deserialize)]
struct Info {
    shard_counts: Counts,
}

/// The numbers of samples by shard, in the order of the file.
struct Counts(Vec<(String, u64)>);

impl SetIndex {
    /// The index of a shard. The first call fetches the whole index; a caller that comes meanwhile
    /// waits for it.
    pub(crate) fn of_shard(
        &self,
        storage: &dyn Storage,
        scratch: &Path,
        shard: &StoredFile,
    ) -> Result<Option<ShardIndex>, String> {
        let mut state = self.0.lock();
        let told = |reason: String| format!("the index of the dataset ({INDEX}) is not used: {reason}");
        if matches!(*state, State::NotRead) {
            match fetch(storage, scratch) {
                Ok(found) => *state = found.map_or(State::Nothing, State::Read),
                Err(Unusable::Now(reason)) => return Err(told(reason)),
                Err(Unusable::Ever(reason)) => {
                    *state = State::Nothing;
                    return Err(told(reason));
                }
            }
        }
        let State::Read(shards) = &mut *state else { return Ok(None) };
        let Some(members) = shards.remove(&shard.path) else { return Ok(None) };
        let listed = members.iter().map(|(name, offset, size)| (name.as_str(), *offset, *size));
        ShardIndex::from_members(shard, listed).map(Some).map_err(told)
    }
}

/// A reason why an index is not used.
enum Unusable {
    /// It did not come; it may another time.
    Now(String),
    Ever(String),
}

impl From<StorageError> for Unusable {
    fn from(error: StorageError) -> Self {
        Self::Now(error.message)
    }
}

impl From<String> for Unusable {
    fn from(reason: String) -> Self {
        Self::Ever(reason)
    }
}

/// Fetches the index, if the dataset has one.
fn fetch(storage: &dyn Storage, scratch: &Path) -> Result<Option<HashMap<String, Members>>, Unusable> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (Some(index), Some(info)) = (storage.file(INDEX), storage.file(INFO)) else { return Ok(None) };
    if index.len > UP_TO_BYTES || info.len > UP_TO_BYTES {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    storage.read(info, 0..info.len, Purpose::Tile, &mut bytes)?;
    let info: Info = serde_json::from_slice(&bytes).map_err(|error| format!("{INFO} is not of its form: {error}"))?;
    storage.read(index, 0..index.len, Purpose::Tile, &mut bytes)?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let file = scratch.join(format!("index-{}-{number}.sqlite", std::process::id()));
    let failed = |error: std::io::Error| Unusable::Now(format!("{}: {error}", file.display()));
    write_whole(&file, &bytes).map_err(failed)?;
    let shards = read(&file, bytes.len() as u64, &info.shard_counts.0, storage.files());
    let _ = fs::remove_file(&file);
    Ok(Some(shards?))
}

/// Reads the tables. `len` is the length of the file.
fn read(
    file: &Path,
    len: u64,
    counts: &[(String, u64)],
    files: &[StoredFile],
) -> Result<HashMap<String, Members>, String> {
    let in_words = |error: rusqlite::Error| format!("it cannot be read as an SQLite index: {error}");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(in_words)?;
    connection.pragma_update(None, "trusted_schema", false).map_err(in_words)?;
    connection.pragma_update(None, "cell_size_check", true).map_err(in_words)?;
    for table in ["samples", "sample_parts"] {
        must_be_table(&connection, table).map_err(in_words)??;
    }
    let most = len / ROW_FROM_BYTES;
    let mut samples: HashMap<(u64, u64), (String, u64)> = HashMap::new();
    let query = "SELECT tar_file_id, sample_index, sample_key, byte_offset, byte_size FROM samples";
    each(&connection, query, most, |row| {
        let end = number(row, 3)?.saturating_add(number(row, 4)?);
        samples.insert((number(row, 0)?, number(row, 1)?), (row.get(2)?, end));
        Ok(())
    })
    .map_err(in_words)??;
    let lengths: Vec<Option<u64>> = counts.iter().map(|(name, _)| length_of(files, name)).collect();
    check_samples(counts, &lengths, &samples)?;
    let mut shards: HashMap<String, Members> = HashMap::new();
    let mut orphan = false;
    let query = "SELECT tar_file_id, sample_index, part_name, content_byte_offset, content_byte_size FROM sample_parts";
    each(&connection, query, most, |row| {
        let tar = number(row, 0)?;
        let shard = usize::try_from(tar).ok().and_then(|tar| counts.get(tar));
        let (Some((shard, _)), Some((key, _))) = (shard, samples.get(&(tar, number(row, 1)?))) else {
            orphan = true;
            return Ok(());
        };
        let name = format!("{key}.{}", row.get::<_, String>(2)?);
        shards.entry(shard.clone()).or_default().push((name, number(row, 3)?, number(row, 4)?));
        Ok(())
    })
    .map_err(in_words)??;
    if orphan { Err("it has parts of samples that it does not list".to_owned()) } else { Ok(shards) }
}

/// Whether the samples are those of the shards as they are now: as many as listed, to the end of
/// each.
fn check_samples(
    counts: &[(String, u64)],
    lengths: &[Option<u64>],
    samples: &HashMap<(u64, u64), (String, u64)>,
) -> Result<(), String> {
    let mut seen = vec![(0_u64, 0_u64); counts.len()];
    for ((tar, _), (_, end)) in samples {
        let seen = usize::try_from(*tar).ok().and_then(|tar| seen.get_mut(tar));
        let Some((count, last)) = seen else { return Err(format!("{INFO} does not list all of its shards")) };
        *count += 1;
        *last = (*last).max(*end);
    }
    for (((name, listed), len), (count, end)) in counts.iter().zip(lengths).zip(seen) {
        if count != *listed {
            return Err(format!("it has {count} samples of {name}, and {INFO} {listed}"));
        }
        match len {
            None => return Err(format!("{name} is not in the dataset any more")),
            Some(len) if end > *len || len - end > END_UP_TO_BYTES => {
                return Err(format!("its samples of {name} end at byte {end}, and the shard has {len}"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn length_of(files: &[StoredFile], path: &str) -> Option<u64> {
    let at = files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
    Some(files.get(at)?.len)
}

/// A view or a virtual table could compute for ever, and so could a computed column.
fn must_be_table(connection: &Connection, name: &str) -> rusqlite::Result<Result<(), String>> {
    let query = "SELECT type, rootpage > 0 FROM sqlite_schema WHERE name = ?1";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([name])?;
    let is_table = match rows.next()? {
        Some(row) => row.get::<_, String>(0)? == "table" && row.get(1)?,
        None => false,
    };
    let query = "SELECT count(*) FROM pragma_table_xinfo(?1) WHERE hidden > 0";
    let computed: i64 = connection.query_row(query, [name], |row| row.get(0))?;
    Ok(if is_table && computed == 0 { Ok(()) } else { Err(format!("it has no plain table `{name}`")) })
}

/// Calls `take` with each row, up to a number of them that a file of its length can hold.
fn each(
    connection: &Connection,
    query: &str,
    most: u64,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<Result<(), String>> {
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        if count > most {
            return Ok(Err("it has more rows than its file can hold".to_owned()));
        }
        take(row)?;
    }
    Ok(Ok(()))
}

/// A number that is not negative.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Counts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("numbers of samples by shard")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Counts, A::Error> {
                let mut counts = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    counts.push(entry);
                }
                Ok(Counts(counts))
            }
        }
        from.deserialize_map(InOrder)
    }
}

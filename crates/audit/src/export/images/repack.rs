//! New shards with only the tiles of written rows. A member's headers and bytes are copied as one
//! range, inside the kernel if possible; neighbours in the source form one range. Nothing is
//! decoded, and no member is renamed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use tilejury_data::{OpenShard, TileError, TileLocation, TilePath, file_name};

use super::meter::ImageProgress;
use super::wanted::tile_error;
use super::{WantedTile, read};
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::workers::in_parallel_from;

const BLOCK: u64 = 512;
/// Tars are written in records of 20 blocks; the last one is padded with zeros.
const RECORD: u64 = 20 * BLOCK;
/// Bytes to copy between two checks for cancellation.
const COPY_AT_ONCE: u64 = 16 << 20;
/// Members of a stored shard that are closer to each other than this are requested together.
const NEAR_BYTES: u64 = 64 << 10;
/// The maximum length of a new shard's name in bytes; file systems allow 255, with the ending.
const NAME_UP_TO: usize = 200;
/// The new shard for tiles that fit no other shard.
const OTHER: &str = "tiles";

/// A shard to write: its name without `.tar`, and its content, in order.
struct NewShard<'w> {
    name: String,
    parts: Vec<Part<'w>>,
}

enum Part<'w> {
    /// A range of a source shard, from the first header of a tile to the end of the last one's
    /// padding.
    Range { shard: usize, from: u64, to: u64, first: &'w WantedTile },
    /// A tile that gets a new header: a file of its own, another name of a hard link, a truncated
    /// member.
    New(&'w WantedTile),
}

impl Part<'_> {
    fn bytes(&self) -> u64 {
        match self {
            Self::Range { from, to, .. } => to - from,
            Self::New(tile) => BLOCK + tile.bytes,
        }
    }
}

pub(super) fn write(context: &ExportContext<'_>, wanted: &[WantedTile]) -> Result<(), ExportError> {
    let targets = targets(context, wanted);
    let bytes = targets.iter().flat_map(|target| &target.parts).map(Part::bytes).sum();
    let meter = ImageProgress::new(context, bytes)?;
    in_parallel_from(&context.dataset.tiles, &targets, |target| write_target(context, target, &meter)).map(drop)
}

fn targets<'w>(context: &ExportContext<'_>, wanted: &'w [WantedTile]) -> Vec<NewShard<'w>> {
    let mut targets: BTreeMap<String, Vec<Part<'w>>> = BTreeMap::new();
    for tile in wanted {
        let parts = targets.entry(shard_for(context, tile)).or_default();
        let record = match tile.location {
            TileLocation::Member { shard, member } => member.record().map(|range| (shard, range)),
            TileLocation::File(_) | TileLocation::Stored(_) => None,
        };
        match (parts.last_mut(), record) {
            (Some(Part::Range { shard, to, .. }), Some((other, range))) if *shard == other && *to == range.start => {
                *to = range.end;
            }
            (_, Some((shard, range))) => {
                parts.push(Part::Range { shard, from: range.start, to: range.end, first: tile });
            }
            (_, None) => parts.push(Part::New(tile)),
        }
    }
    targets.into_iter().map(|(name, parts)| NewShard { name, parts }).collect()
}

/// Returns the name of the shard that a tile goes to. This is the one that its path names, where
/// readers look first, if the dataset has that shard or the name is like a shard's; otherwise it is
/// the one that the tile comes from. A first folder with any other name is not a shard: there may
/// be one for each page.
fn shard_for(context: &ExportContext<'_>, tile: &WantedTile) -> String {
    let tiles = &context.dataset.tiles;
    let is_shard = |name: &&str| name.starts_with("shard_") || tiles.shard_named(name).is_some();
    let named = tile.path.shard_name().filter(is_shard).filter(|name| name.len() <= NAME_UP_TO);
    let source = || match tile.location {
        TileLocation::Member { shard, .. } => {
            let file = file_name(tiles.shard_path(shard));
            file.strip_suffix(".tar").unwrap_or(&file).to_owned()
        }
        TileLocation::File(_) | TileLocation::Stored(_) => OTHER.to_owned(),
    };
    named.map_or_else(source, str::to_owned)
}

fn write_target(
    context: &ExportContext<'_>,
    target: &NewShard<'_>,
    meter: &ImageProgress<'_>,
) -> Result<(), ExportError> {
    let path = context.folder.create_path(&format!("image_shards/{}.tar", target.name))?;
    let failed = |source| ExportError::Io { path: path.clone(), source };
    let mut out = File::create_new(&path).map_err(failed)?;
    let mut source = Source { context, open: None };
    let (mut written, mut bytes) = (0, Vec::new());
    for (at, part) in target.parts.iter().enumerate() {
        match part {
            Part::Range { shard, from, to, first } => {
                let unreadable = |error: &dyn std::fmt::Display| tile_error(context, first.sample, &first.path, error);
                let file = source.shard(*shard, *to).map_err(|error| unreadable(&error))?;
                let shard_path = context.dataset.tiles.shard_path(*shard);
                let mut copy = CopyMember { out: &mut out, target: &path, shard_path };
                let copied = match file {
                    // The kernel copies between two files.
                    OpenShard::File(file) => copy.range(file, *from, *to, meter),
                    OpenShard::Stored(file) => copy.range(file, *from, *to, meter),
                };
                copied.map_err(|failure| match failure {
                    RepackError::Source(error) => unreadable(&error),
                    RepackError::Export(error) => error,
                })?;
                written += to - from;
            }
            Part::New(tile) => {
                match stored_member(context, tile) {
                    Some(range) => source.member(tile, range, run_end(context, &target.parts[at..]), &mut bytes)?,
                    None => read(context, tile.sample, &tile.path, &mut bytes)?,
                }
                let member = new_member(&tile.path, &bytes).map_err(failed)?;
                out.write_all(&member).map_err(failed)?;
                written += member.len() as u64;
                meter.add(part.bytes())?;
            }
        }
    }
    // An archive ends with two blocks of zeros.
    let end = (written + 2 * BLOCK).next_multiple_of(RECORD);
    out.write_all(&vec![0; (end - written) as usize]).map_err(failed)?;
    out.sync_all().map_err(failed)
}

/// The shard that was opened last.
struct Source<'c> {
    context: &'c ExportContext<'c>,
    open: Option<(usize, OpenShard)>,
}

impl Source<'_> {
    /// Opens a shard to read it up to an offset.
    fn shard(&mut self, shard: usize, end: u64) -> Result<&mut OpenShard, TileError> {
        let opened = match self.open.take() {
            Some((open, file)) if open == shard => file,
            _ => self.context.dataset.tiles.open_shard(shard)?,
        };
        let (_, file) = self.open.insert((shard, opened));
        file.read_up_to(end);
        Ok(file)
    }

    /// Reads a member of a stored shard into `into`; what follows up to `end` is requested with it.
    fn member(
        &mut self,
        tile: &WantedTile,
        (shard, range): (usize, Range<u64>),
        end: u64,
        into: &mut Vec<u8>,
    ) -> Result<(), ExportError> {
        let context = self.context;
        let failed = |error: &dyn std::fmt::Display| tile_error(context, tile.sample, &tile.path, error);
        let file = self.shard(shard, end).map_err(|error| failed(&error))?;
        file.seek(SeekFrom::Start(range.start)).map_err(|error| failed(&error))?;
        into.clear();
        let size = range.end - range.start;
        match file.take(size).read_to_end(into) {
            Ok(read) if read as u64 == size => Ok(()),
            Ok(_) => Err(failed(&io::Error::from(io::ErrorKind::UnexpectedEof))),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// The shard and the bytes of a tile that is a member of a stored shard.
fn stored_member(context: &ExportContext<'_>, tile: &WantedTile) -> Option<(usize, Range<u64>)> {
    let TileLocation::Member { shard, member } = tile.location else { return None };
    context.dataset.tiles.stored_shard(shard)?;
    Some((shard, member.offset..member.offset.checked_add(member.size)?))
}

/// The end of the members that follow each other closely in a stored shard, from the first part on.
/// Their headers lie between them: an index that lies beside a shard does not tell where headers
/// begin, so such members get new ones.
fn run_end(context: &ExportContext<'_>, parts: &[Part<'_>]) -> u64 {
    let members = parts.iter().map_while(|part| match part {
        Part::New(tile) => stored_member(context, tile),
        Part::Range { .. } => None,
    });
    let mut run: Option<(usize, u64)> = None;
    for (shard, range) in members {
        match run {
            Some((first, end)) if first != shard || !(end..=end + NEAR_BYTES).contains(&range.start) => break,
            _ => run = Some((shard, range.end)),
        }
    }
    run.map_or(0, |(_, end)| end)
}

enum RepackError {
    /// An error of the shard that is read, in words.
    Source(String),
    Export(ExportError),
}

/// A copy from a shard to a new one.
struct CopyMember<'f> {
    out: &'f mut File,
    target: &'f Path,
    shard_path: &'f Path,
}

impl CopyMember<'_> {
    fn range(
        &mut self,
        file: &mut (impl Read + Seek),
        from: u64,
        to: u64,
        meter: &ImageProgress<'_>,
    ) -> Result<(), RepackError> {
        let of_source = |error: &io::Error| RepackError::Source(format!("{}: {error}", self.shard_path.display()));
        file.seek(SeekFrom::Start(from)).map_err(|error| of_source(&error))?;
        let mut remaining = to - from;
        while remaining > 0 {
            let aim = remaining.min(COPY_AT_ONCE);
            // With `Take<&mut File>` and `File`, std lets the kernel copy.
            let copied = io::copy(&mut file.by_ref().take(aim), self.out).map_err(|error| match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    RepackError::Export(ExportError::Io { path: self.target.to_owned(), source: error })
                }
                _ => of_source(&error),
            })?;
            if copied < aim {
                // The padding of a shard's last member may be cut off. Its content is not: it
                // would have no record.
                if remaining - copied >= BLOCK {
                    return Err(of_source(&io::ErrorKind::UnexpectedEof.into()));
                }
                let padding = vec![0; (remaining - copied) as usize];
                let written = self.out.write_all(&padding);
                written
                    .map_err(|source| RepackError::Export(ExportError::Io { path: self.target.to_owned(), source }))?;
            }
            meter.add(aim).map_err(RepackError::Export)?;
            remaining -= aim;
        }
        Ok(())
    }
}

/// Creates a member with a new header, padded. The same bytes give the same member: no time, no
/// owner.
fn new_member(path: &TilePath, content: &[u8]) -> io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_size(content.len() as u64);
    // Names that do not fit get an extension header.
    let mut archive = tar::Builder::new(Vec::with_capacity(content.len() + 4 * BLOCK as usize));
    archive.append_data(&mut header, path.as_str(), content)?;
    let mut bytes = archive.into_inner()?;
    bytes.truncate(bytes.len().saturating_sub(2 * BLOCK as usize));
    Ok(bytes)
}

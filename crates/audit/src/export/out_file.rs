//! A file that is being written: bytes go to the disk and into the checksum at the same time, each
//! on a thread of its own, because each takes about as long as producing the bytes. The next file
//! is begun without waiting for the disk.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use parking_lot::{Mutex, MutexGuard};
use sha2::{Digest, Sha256};

use super::ExportError;
use super::checksums::FileChecksum;

/// The size of a chunk in bytes.
const CHUNK_BYTES: usize = 1 << 20;
/// Chunks between two syncs of a file: a disk that is idle until the end wastes time.
const CHUNKS_A_SYNC: usize = 8;
/// Chunks that may wait for the disk. While it is busy, the checksum continues; a faster producer
/// still waits.
const CHUNKS_WAITING: usize = 16;

/// One file, or several with the same bytes. If it is dropped unfinished, the bytes written so far
/// stay.
pub(crate) struct OutFile {
    /// The path that errors name.
    path: PathBuf,
    names: Vec<String>,
    chunk: Vec<u8>,
    /// Chunks that were sent, oldest first: those that no thread needs any more are reused.
    sent: VecDeque<Arc<Vec<u8>>>,
    bytes: u64,
    /// Empty once `threads` have them.
    files: Vec<File>,
    /// `None` before the first chunk is full: most files never fill one.
    threads: Option<Writers>,
    ledger: Arc<Mutex<FileLedger>>,
}

/// The figures of a folder's files, and the files that are still being written.
#[derive(Default)]
pub(super) struct FileLedger {
    /// Figures of the files that are on disk, by their names in the folder.
    known: BTreeMap<String, FileChecksum>,
    /// Files that are on their way to the disk, oldest first.
    under_way: VecDeque<PendingFiles>,
}

/// Files that may be on their way to the disk at the same time: each holds chunks and threads.
const UNDER_WAY_UP_TO: usize = 8;

struct PendingFiles {
    path: PathBuf,
    names: Vec<String>,
    bytes: u64,
    threads: Writers,
}

/// Waits until all files are on disk, and returns the ledger.
///
/// # Errors
/// The first failure. Then no file is being written any more.
pub(super) fn finish_all(ledger: &Mutex<FileLedger>) -> Result<MutexGuard<'_, FileLedger>, ExportError> {
    let under_way = std::mem::take(&mut locked(ledger).under_way);
    let finished: Vec<_> = under_way.into_iter().map(|files| files.finish(ledger)).collect();
    finished.into_iter().collect::<Result<(), _>>()?;
    Ok(locked(ledger))
}

/// Locks the ledger as it is.
pub(super) fn locked(ledger: &Mutex<FileLedger>) -> MutexGuard<'_, FileLedger> {
    ledger.lock()
}

impl FileLedger {
    pub(super) fn known(&self) -> &BTreeMap<String, FileChecksum> {
        &self.known
    }

    pub(super) fn record(&mut self, name: &str, figures: FileChecksum) {
        self.known.insert(name.to_owned(), figures);
    }
}

impl PendingFiles {
    fn finish(self, ledger: &Mutex<FileLedger>) -> Result<(), ExportError> {
        let Self { path, names, bytes, threads } = self;
        let hash = threads.join().map_err(|source| ExportError::Io { path, source })?;
        let figures = FileChecksum::from_hash(bytes, hash);
        let mut ledger = locked(ledger);
        names.iter().for_each(|name| ledger.record(name, figures.clone()));
        Ok(())
    }
}

/// The threads that every chunk goes to, in order.
struct Writers {
    chunks: Vec<SyncSender<Arc<Vec<u8>>>>,
    writing: Vec<JoinHandle<io::Result<()>>>,
    hashing: JoinHandle<Sha256>,
}

impl OutFile {
    /// Creates the files, which must be new, from their names and paths.
    pub(super) fn new(files: &[(String, PathBuf)], ledger: Arc<Mutex<FileLedger>>) -> Result<Self, ExportError> {
        let names = files.iter().map(|(name, _)| name.clone()).collect();
        let path = files.first().map(|(_, path)| path.clone()).unwrap_or_default();
        let create = |(_, path): &(String, PathBuf)| {
            File::create_new(path).map_err(|source| ExportError::Io { path: path.clone(), source })
        };
        let files = files.iter().map(create).collect::<Result<_, _>>()?;
        Ok(Self { path, names, chunk: Vec::new(), sent: VecDeque::new(), bytes: 0, files, threads: None, ledger })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.write_all(bytes).map_err(|source| self.failed(source))
    }

    /// Writes a value as one line of JSON.
    pub(super) fn write_json(&mut self, value: &impl serde::Serialize) -> Result<(), ExportError> {
        let mut line = serde_json::to_vec(value).map_err(|error| self.failed(error.into()))?;
        line.push(b'\n');
        self.write(&line)
    }

    /// Ends the file. [`finish_all`] returns the errors that happen after this.
    pub(crate) fn finish(mut self) -> Result<(), ExportError> {
        if self.threads.is_none() {
            self.write_at_once().map_err(|source| self.failed(source))?;
            let figures = FileChecksum::from_bytes(&self.chunk);
            let mut ledger = locked(&self.ledger);
            self.names.iter().for_each(|name| ledger.record(name, figures.clone()));
            return Ok(());
        }
        self.send().map_err(|source| self.failed(source))?;
        let Some(mut threads) = self.threads.take() else { return Ok(()) };
        // Without a sender, the threads go on to sync the file.
        threads.chunks.clear();
        let (path, names) = (self.path.clone(), std::mem::take(&mut self.names));
        let mut ledger = locked(&self.ledger);
        ledger.under_way.push_back(PendingFiles { path, names, bytes: self.bytes, threads });
        let oldest = (ledger.under_way.len() > UNDER_WAY_UP_TO).then(|| ledger.under_way.pop_front()).flatten();
        drop(ledger);
        oldest.map_or(Ok(()), |files| files.finish(&self.ledger))
    }

    fn write_at_once(&mut self) -> io::Result<()> {
        for file in &mut self.files {
            file.write_all(&self.chunk)?;
            file.sync_all()?;
        }
        Ok(())
    }

    /// Sends the chunk to the threads.
    fn send(&mut self) -> io::Result<()> {
        let free = self.free_chunk();
        let chunk = Arc::new(std::mem::replace(&mut self.chunk, free));
        self.sent.push_back(Arc::clone(&chunk));
        let files = &mut self.files;
        let threads = self.threads.get_or_insert_with(|| Writers::start(std::mem::take(files)));
        if threads.chunks.iter().all(|thread| thread.send(chunk.clone()).is_ok()) {
            return Ok(());
        }
        // A thread that no longer receives has failed.
        let failed = self.threads.take().map(Writers::join).transpose();
        failed.and_then(|_| Err(io::Error::from(io::ErrorKind::BrokenPipe)))
    }

    /// Returns an empty chunk: memory that was written to before costs less than new memory.
    fn free_chunk(&mut self) -> Vec<u8> {
        match self.sent.pop_front().map(Arc::try_unwrap) {
            Some(Ok(mut chunk)) => {
                chunk.clear();
                return chunk;
            }
            Some(Err(in_use)) => self.sent.push_front(in_use),
            None => {}
        }
        Vec::with_capacity(CHUNK_BYTES)
    }

    fn failed(&self, source: io::Error) -> ExportError {
        ExportError::Io { path: self.path.clone(), source }
    }
}

impl Writers {
    fn start(files: Vec<File>) -> Self {
        let mut chunks = Vec::new();
        let mut listener = || {
            let (sender, receiver) = sync_channel(CHUNKS_WAITING);
            chunks.push(sender);
            receiver
        };
        let write = |(mut file, chunks): (File, Receiver<Arc<Vec<u8>>>)| {
            thread::spawn(move || {
                for (at, chunk) in chunks.iter().enumerate() {
                    file.write_all(&chunk)?;
                    if (at + 1).is_multiple_of(CHUNKS_A_SYNC) {
                        file.sync_data()?;
                    }
                }
                file.sync_all()
            })
        };
        let writing = files.into_iter().map(|file| write((file, listener()))).collect();
        let to_hash = listener();
        let hashing = thread::spawn(move || {
            to_hash.iter().fold(Sha256::new(), |hash, chunk| hash.chain_update(chunk.as_slice()))
        });
        Self { chunks, writing, hashing }
    }

    /// Waits until everything that was sent is on disk. Returns the first failure, if any.
    fn join(self) -> io::Result<Sha256> {
        drop(self.chunks);
        let written: Vec<io::Result<()>> = self.writing.into_iter().map(joined).collect();
        let hash = joined(self.hashing);
        written.into_iter().collect::<io::Result<()>>()?;
        Ok(hash)
    }
}

fn joined<R>(thread: JoinHandle<R>) -> R {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

impl Drop for OutFile {
    /// Waits until no thread writes any more, so that the folder may be removed.
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            let _ = threads.join();
        }
    }
}

/// For code that needs a [`Write`]: its errors have no path, which the caller knows.
impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        self.bytes += taken as u64;
        if self.chunk.len() == CHUNK_BYTES {
            self.send()?;
        }
        Ok(taken)
    }

    /// Needs no work: bytes are certainly on disk only after [`finish_all`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn new_files(folder: &tempfile::TempDir, names: &[&str]) -> Vec<(String, PathBuf)> {
        names.iter().map(|name| ((*name).to_owned(), folder.path().join(name))).collect()
    }

    #[test]
    fn files_of_any_length_get_their_bytes_and_checksums() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Arc::default();
        let mut expected = BTreeMap::new();
        for len in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 7 * CHUNK_BYTES + 5] {
            let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            let names = [format!("{len}-a"), format!("{len}-b")];
            let names = names.each_ref().map(String::as_str);
            let mut file = OutFile::new(&new_files(&folder, &names), Arc::clone(&ledger)).unwrap();
            bytes.chunks(70_001).for_each(|some| OutFile::write(&mut file, some).unwrap());
            file.finish().unwrap();
            expected.extend(names.map(|name| (name.to_owned(), bytes.clone())));
        }
        let ledger = finish_all(&ledger).unwrap();
        assert_eq!(ledger.known().len(), expected.len());
        for (name, bytes) in expected {
            assert_eq!(ledger.known()[&name], FileChecksum::from_bytes(&bytes), "{name}");
            assert!(fs::read(folder.path().join(&name)).unwrap() == bytes, "{name}");
        }
    }

    #[test]
    fn a_failed_write_is_reported_with_its_path_and_not_recorded() {
        let folder = tempfile::tempdir().unwrap();
        for chunks in [1, 2, 40] {
            let ledger = Arc::default();
            let name = format!("{chunks}");
            let mut file = OutFile::new(&new_files(&folder, &[&name]), Arc::clone(&ledger)).unwrap();
            // As if the disk were full: a file that accepts no bytes.
            file.files = vec![File::open(folder.path().join(&name)).unwrap()];
            let bytes = vec![7; CHUNK_BYTES - 1];
            let written = (0..chunks).try_for_each(|_| OutFile::write(&mut file, &bytes));
            let error = written.and_then(|()| file.finish()).and_then(|()| finish_all(&ledger).map(drop)).unwrap_err();
            assert!(error.to_string().starts_with(&folder.path().join(&name).display().to_string()), "{error}");
            assert!(locked(&ledger).known().is_empty());
        }
    }

    #[test]
    fn a_dropped_file_is_not_written_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Arc::default();
        let mut file = OutFile::new(&new_files(&folder, &["a"]), Arc::clone(&ledger)).unwrap();
        OutFile::write(&mut file, &vec![7; 3 * CHUNK_BYTES]).unwrap();
        drop(file);
        fs::remove_dir_all(folder.path()).unwrap();
        assert!(finish_all(&ledger).unwrap().known().is_empty());
    }
}

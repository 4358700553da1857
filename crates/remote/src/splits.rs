//! The splits of a dataset at an address, as files on this machine: each is fetched whole once per
//! version. The folder is named like the dataset, because people see its name.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::path::Path as StorePath;
use object_store::{ObjectStore, ObjectStoreExt as _};
use tilejury_data::StoredFile;
use tilejury_data::progress::{Progress, Stage};

use crate::cache::write_whole;
use crate::error::{Failure, RemoteError};

/// Files that are fetched at the same time.
const AT_ONCE: usize = 4;

/// The splits among the files: every `.jsonl` at the top.
pub(crate) fn splits(files: &[StoredFile]) -> impl Iterator<Item = &StoredFile> {
    files.iter().filter(|file| file.path.ends_with(".jsonl") && !file.path.contains('/'))
}

/// Fetches the splits that are not in `folder` yet.
pub(crate) async fn fetch(
    store: &Arc<dyn ObjectStore>,
    top: &StorePath,
    files: &[StoredFile],
    folder: &Path,
    progress: &dyn Progress,
) -> Result<(), RemoteError> {
    let cache_error = |path: &Path| {
        let path = path.to_owned();
        move |source| RemoteError::Cache { path, source }
    };
    fs::create_dir_all(folder).map_err(cache_error(folder))?;
    let target = |file: &StoredFile| -> PathBuf { folder.join(&file.path) };
    let is_here = |file: &StoredFile| target(file).metadata().is_ok_and(|metadata| metadata.len() == file.len);
    // Twins such as `train.jsonl` and `train_hn.jsonl` often have the same content.
    let mut missing: Vec<&StoredFile> = Vec::new();
    let mut twins: Vec<(&StoredFile, &StoredFile)> = Vec::new();
    for file in splits(files).filter(|file| !is_here(file)) {
        let same = |other: &&StoredFile| (&other.version, other.len) == (&file.version, file.len);
        match missing.iter().copied().find(same).or_else(|| splits(files).filter(|other| is_here(other)).find(same)) {
            Some(twin) => twins.push((twin, file)),
            None => missing.push(file),
        }
    }
    let total: u64 = missing.iter().map(|file| file.len).sum();
    let done = std::sync::atomic::AtomicU64::new(0);
    let (done, target) = (&done, &target);
    let fetches = missing.into_iter().map(|file| async move {
        let bytes = whole(store, top, file, |bytes| {
            let done = done.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed) + bytes;
            progress.report(Stage::Fetching.step(done as usize, total as usize)).is_ok()
        });
        let bytes = bytes.await.map_err(|failure| failure.at(&file.path))?;
        write_whole(&target(file), &bytes, 0).map_err(cache_error(&target(file)))
    });
    stream::iter(fetches).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    for (twin, file) in twins {
        let linked =
            fs::hard_link(target(twin), target(file)).or_else(|_| fs::copy(target(twin), target(file)).map(drop));
        linked.map_err(cache_error(&target(file)))?;
    }
    Ok(())
}

/// Fetches a file whole. `received` is told the number of new bytes; it returns `false` to stop.
async fn whole(
    store: &Arc<dyn ObjectStore>,
    top: &StorePath,
    file: &StoredFile,
    received: impl Fn(u64) -> bool,
) -> Result<Vec<u8>, Failure> {
    let failed = |error: object_store::Error| Failure::of(&error);
    let location = below(top, &file.path)?;
    let mut stream = store.get(&location).await.map_err(failed)?.into_stream();
    let mut bytes = Vec::with_capacity(usize::try_from(file.len.min(1 << 30)).unwrap_or_default());
    while let Some(part) = stream.try_next().await.map_err(failed)? {
        bytes.extend_from_slice(&part);
        if bytes.len() as u64 > file.len {
            return Err(Failure::Changed);
        }
        if !received(part.len() as u64) {
            return Err(Failure::Other("cancelled".to_owned()));
        }
    }
    if bytes.len() as u64 == file.len { Ok(bytes) } else { Err(Failure::Incomplete) }
}

/// The location of a file below the top of a dataset. Special characters stay as they are.
pub(crate) fn below(top: &StorePath, path: &str) -> Result<StorePath, Failure> {
    let file = StorePath::parse(path).map_err(|error| Failure::Other(error.to_string()))?;
    Ok(top.parts().chain(file.parts()).collect())
}

//! The splits of a dataset at an address, as files on this machine: each is fetched whole once per
//! version. The folder is named like the dataset, because people see its name.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::path::Path as StorePath;
use tilejury_data::StoredFile;
use tilejury_data::progress::{Progress, Stage};

use crate::cache::{twin as copied, write_whole};
use crate::error::{Failure, RemoteError};
use crate::stores::store_path;

/// Files that are fetched at the same time.
const AT_ONCE: usize = 4;

/// The splits among the files: every `.jsonl` at the top.
pub(crate) fn splits(files: &[StoredFile]) -> impl Iterator<Item = &StoredFile> {
    files.iter().filter(|file| file.path.ends_with(".jsonl") && !file.path.contains('/'))
}

/// Fetches the splits among `files` that are not in `folder` yet. `whole` fetches one file; it
/// tells the number of new bytes, and stops when the answer is `false`.
pub(crate) async fn fetch(
    files: &[StoredFile],
    whole: impl AsyncFn(&StoredFile, &dyn Fn(i64) -> bool) -> Result<Vec<u8>, Failure>,
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
    let done = AtomicI64::new(0);
    let (done, target, whole) = (&done, &target, &whole);
    let fetches = missing.into_iter().map(|file| async move {
        let received = |bytes: i64| {
            let done = done.fetch_add(bytes, Ordering::Relaxed) + bytes;
            progress.report(Stage::Fetching.step(done as usize, total as usize)).is_ok()
        };
        let bytes = whole(file, &received).await.map_err(|failure| failure.at(&file.path))?;
        write_whole(&target(file), &bytes).map_err(cache_error(&target(file)))
    });
    stream::iter(fetches).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    for (twin, file) in twins {
        copied(&target(twin), &target(file)).map_err(cache_error(&target(file)))?;
    }
    Ok(())
}

/// The location of a file below the top of a dataset.
pub(crate) fn below(top: &StorePath, path: &str) -> Result<StorePath, Failure> {
    let file = store_path(path)?;
    Ok(top.parts().chain(file.parts()).collect())
}

//! The splits of a dataset at an address, as files on this machine: each is fetched whole once per
//! version. The folder is named like the dataset, because people see its name.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::path::Path as StorePath;
use tilejury_data::progress::{Progress, Stage};
use tilejury_data::{ParquetNames, StoredFile, is_usual_split, parquet_names};

use crate::cache::{twin as copied, write_whole};
use crate::error::{Failure, RemoteError};
use crate::stores::store_path;

/// Files that are fetched at the same time.
const AT_ONCE: usize = 4;

/// More bytes of Parquet are not fetched: they hold pictures, or more rows than the window is for.
pub(crate) const PARQUET_UP_TO_BYTES: u64 = 1 << 30;

/// The splits among the files: every `.jsonl` at the top, and Parquet files with the name of a
/// usual split that no `.jsonl` has. What others hold cannot be seen without fetching them.
pub(crate) fn splits(files: &[StoredFile]) -> impl Iterator<Item = &StoredFile> {
    let stem = |file: &StoredFile| file.path.strip_suffix(".jsonl").filter(|stem| !stem.contains('/')).map(family);
    let lines: HashSet<String> = files.iter().filter_map(stem).collect();
    let is_split = |names: &ParquetNames| {
        let family = family(&names.split);
        is_usual_split(&family) && !lines.contains(&family)
    };
    let parquet = parquet_names(files.iter().map(|file| file.path.as_str())).into_iter().filter(is_split);
    let parquet: HashSet<String> = parquet.flat_map(|names| names.files).collect();
    files.iter().filter(move |file| is_lines(file) || parquet.contains(&file.path))
}

/// The bytes of the splits that are Parquet.
pub(crate) fn parquet_bytes(files: &[StoredFile]) -> u64 {
    splits(files).filter(|file| !is_lines(file)).map(|file| file.len).sum()
}

fn is_lines(file: &StoredFile) -> bool {
    file.path.ends_with(".jsonl") && !file.path.contains('/')
}

/// The name of a split without the suffix for hard negatives.
fn family(split: &str) -> String {
    split.strip_suffix("_hn").unwrap_or(split).to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Vec<StoredFile> {
        let file = |path: &&str| StoredFile { path: (*path).to_owned(), len: 10, version: String::new(), sha256: None };
        paths.iter().map(file).collect()
    }

    #[track_caller]
    fn check(paths: &[&str], expected: &[&str]) {
        let files = files(paths);
        assert_eq!(splits(&files).map(|file| file.path.as_str()).collect::<Vec<_>>(), expected);
        let parquet = expected.iter().filter(|path| path.ends_with(".parquet")).count();
        assert_eq!(parquet_bytes(&files), 10 * parquet as u64);
    }

    #[test]
    fn parquet_is_fetched_for_usual_splits_without_lines() {
        let all = [
            "a.jsonl",
            "data/a.jsonl",
            "data/other-00000-of-00001.parquet",
            "data/test-00000-of-00001.parquet",
            "data/train-00000-of-00001.parquet",
            "eval.parquet",
            "eval_hn.jsonl",
            "image_shards/train.parquet",
            "train_hn.parquet",
        ];
        let expected = [
            "a.jsonl",
            "data/test-00000-of-00001.parquet",
            "data/train-00000-of-00001.parquet",
            "eval_hn.jsonl",
            "train_hn.parquet",
        ];
        check(&all, &expected);
        check(
            &["train/0000.parquet", "train.jsonl", "validation/0000.parquet"],
            &["train.jsonl", "validation/0000.parquet"],
        );
        check(&["images/a.png", "README.md"], &[]);
    }
}

//! The files of a dataset at an address, as a repository or a bucket lists them. Files with names
//! or lengths that no dataset has are left out.

mod bucket;
mod names;
mod served;
mod web;

use std::collections::HashSet;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::ObjectMeta;
use tilejury_data::StoredFile;

use crate::error::Failure;
use crate::hub::Hub;

pub(crate) use bucket::of_bucket;
pub(crate) use names::is_usable;
pub(crate) use web::{KNOWN_SPLITS, head, of_web, whole};

/// The folder of extracted tiles, which can be hundreds of thousands of files.
const IMAGES: &str = "images";
/// The usual folder of shards.
const SHARDS: &str = "image_shards";
/// Requests at the same time.
const AT_ONCE: usize = 32;
/// The most folders of a dataset whose files are listed.
const FOLDERS: usize = 1000;
/// A longer file is left out: its length is damaged, or meant to do harm.
const FILE_UP_TO_BYTES: u64 = 1 << 44;

/// Lists a folder of a repository: its files and those of its folders. Extracted tiles are listed
/// only if there are no shards.
pub(crate) async fn of_hub(hub: &Hub, folder: &str) -> Result<Vec<StoredFile>, Failure> {
    let (mut files, folders) = hub.list(folder, false).await?;
    if folders.len() > FOLDERS {
        return Err(too_many_folders());
    }
    let below = |path: &str| below(path, folder);
    let is_images = |path: &&String| below(path).is_some_and(|path| path == IMAGES);
    let lists = stream::iter(folders.iter().filter(|path| below(path).is_some() && !is_images(path)))
        .map(|path| hub.list(path, false))
        .buffered(AT_ONCE)
        .try_collect::<Vec<_>>();
    files.extend(lists.await?.into_iter().flat_map(|(files, _)| files));
    let has_shards = files.iter().any(|file| file.path.ends_with(".tar"));
    if !has_shards && let Some(images) = folders.iter().find(is_images) {
        files.extend(hub.list(images, true).await?.0);
    }
    for file in &mut files {
        // What is elsewhere has no path here, and is left out.
        file.path = below(&file.path).unwrap_or_default();
    }
    Ok(sorted(files))
}

/// The files of a folder among all files of a repository, as [`of_hub`] lists them.
///
/// # Errors
/// If there are none, or too many folders.
pub(crate) fn among(files: Vec<StoredFile>, folder: &str) -> Result<Vec<StoredFile>, Failure> {
    let is_here = |file: &StoredFile| {
        folder.is_empty() || file.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    // One whose path is none that a dataset has gets none, and is left out below.
    let path = |file: &StoredFile| below(&file.path, folder).unwrap_or_default();
    let here = files.into_iter().filter(is_here).map(|file| StoredFile { path: path(&file), ..file });
    let here: Vec<StoredFile> = here.collect();
    if here.is_empty() {
        return Err(Failure::NotFound);
    }
    let folders: HashSet<&str> = here.iter().filter_map(|file| Some(file.path.split_once('/')?.0)).collect();
    if folders.len() > FOLDERS {
        return Err(too_many_folders());
    }
    let is_picture = |file: &StoredFile| file.path.split('/').next() == Some(IMAGES) && file.path != IMAGES;
    let is_near = |file: &StoredFile| file.path.split('/').count() <= 2 && !is_picture(file);
    let has_shards = here.iter().any(|file| is_near(file) && file.path.ends_with(".tar"));
    let is_listed = |file: &StoredFile| is_near(file) || (!has_shards && is_picture(file));
    Ok(sorted(here.into_iter().filter(is_listed).collect()))
}

/// The path below a folder; `None` if it is elsewhere, or is none that a dataset has.
fn below(path: &str, folder: &str) -> Option<String> {
    let rest = path.strip_prefix(folder)?;
    let rest = if folder.is_empty() { rest } else { rest.strip_prefix('/')? };
    names::is_usable(rest).then(|| rest.to_owned())
}

fn too_many_folders() -> Failure {
    Failure::BadList(format!("there are more than {FOLDERS} folders at its top; open one of them"))
}

fn stored(path: String, object: &ObjectMeta) -> StoredFile {
    let version = object.e_tag.as_deref().map_or_else(|| object.last_modified.to_string(), quoted);
    StoredFile { path, len: object.size, version, sha256: None }
}

/// An ETag as it is in the header of an answer: Azure leaves out the quotes in lists.
fn quoted(e_tag: &str) -> String {
    if e_tag.contains('"') { e_tag.to_owned() } else { format!("\"{e_tag}\"") }
}

fn sorted(mut files: Vec<StoredFile>) -> Vec<StoredFile> {
    let before = files.len();
    files.retain(|file| names::is_usable(&file.path) && file.len <= FILE_UP_TO_BYTES);
    let left_out = before - files.len();
    if left_out > 0 {
        log::warn!("{left_out} files are left out: their names or lengths are not those of a dataset's files");
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    files
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn paths(of: &[&str], folder: &str) -> Vec<String> {
        let file = |path: &&str| StoredFile { path: (*path).to_owned(), len: 1, version: "1".into(), sha256: None };
        let found = among(of.iter().map(file).collect(), folder).unwrap();
        found.into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn pictures_count_only_where_there_are_no_shards() {
        let pictures = ["images/a/b.png", "images/c.png", "train.jsonl", "other/deep/x.tar"];
        assert_eq!(paths(&pictures, ""), ["images/a/b.png", "images/c.png", "train.jsonl"]);
        let shards = ["images/a/b.png", "image_shards/b.tar", "image_shards/a.json", "../x.jsonl", "train.jsonl"];
        assert_eq!(paths(&shards, ""), ["image_shards/a.json", "image_shards/b.tar", "train.jsonl"]);
        assert_eq!(paths(&["set/train.jsonl", "settings.jsonl", "set/s/a.tar"], "set"), ["s/a.tar", "train.jsonl"]);
    }
}

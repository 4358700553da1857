//! The demo dataset, embedded in the binary. Its generator and sources are in `assets/demo`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../assets/demo/dataset/", $name)))),+]
    };
}

/// The files of the dataset, by their paths in it.
const FILES: &[(&str, &[u8])] = files![
    "README.md",
    "dataset_summary.json",
    "image_shards_summary.json",
    "train.jsonl",
    "train_hn.jsonl",
    "eval.jsonl",
    "eval_hn.jsonl",
    "test.jsonl",
    "test_hn.jsonl",
    "image_shards/shard_000.tar",
    "image_shards/shard_001.tar",
    "image_shards/shard_002.tar",
    "image_shards/shard_003.tar",
];

/// Writes the demo into a folder that is new, empty, or already has the demo. Returns its absolute
/// path.
///
/// # Errors
/// Returns an error if the folder holds anything else or cannot be written.
pub fn write(folder: &Path) -> io::Result<PathBuf> {
    let folder = std::path::absolute(folder)?;
    if is_complete(&folder) {
        return Ok(folder);
    }
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "the folder is not empty; the demo needs a new or an empty one",
        ));
    }
    // First under another name: a folder with half a demo would be mistaken for a dataset.
    let parent = folder.parent().unwrap_or(&folder).to_owned();
    let name = tilejury_data::file_name(&folder);
    let temporary = parent.join(format!(".{name}.tilejury-{}", std::process::id()));
    let written = write_all(&temporary).and_then(|()| {
        if folder.is_dir() {
            fs::remove_dir(&folder)?;
        }
        fs::rename(&temporary, &folder)
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    written.map(|()| folder)
}

fn write_all(folder: &Path) -> io::Result<()> {
    for (name, bytes) in FILES {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// Whether every file is there with its size. Files that a person added, above all a sidecar, do
/// not matter.
fn is_complete(folder: &Path) -> bool {
    FILES.iter().all(|(name, bytes)| folder.join(name).metadata().is_ok_and(|meta| meta.len() == bytes.len() as u64))
}

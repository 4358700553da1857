//! Packing that depends on nothing but the files and a time: no owner, no clock, no order of a
//! folder.

use std::collections::BTreeSet;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::tree::Tree;
use crate::Result;

/// Compresses bytes; the result holds neither a name nor a time.
///
/// # Errors
/// Never in practice: it writes to memory.
pub(super) fn gz(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| error.to_string())
}

/// Packs files into a compressed tar, all below one folder, owned by root, with the same time.
///
/// # Errors
/// If a path is too long for a tar.
pub(super) fn tar_gz(tree: &Tree, folder: &str, seconds: u64) -> Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::new());
    let mut folders = BTreeSet::new();
    let mut append = |path: &str, kind: EntryType, mode: u32, bytes: &[u8]| {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(bytes.len() as u64);
        header.set_mtime(seconds);
        header.set_uid(0);
        header.set_gid(0);
        header.set_username("root").and_then(|()| header.set_groupname("root")).map_err(|error| error.to_string())?;
        tar.append_data(&mut header, path, bytes).map_err(|error| format!("{path}: {error}"))
    };
    for (path, file) in tree.files() {
        let path = format!("{folder}/{path}");
        for (at, _) in path.match_indices('/') {
            if folders.insert(path[..at].to_owned()) {
                append(&path[..=at], EntryType::Directory, 0o755, &[])?;
            }
        }
        append(&path, EntryType::Regular, file.mode(), &file.bytes)?;
    }
    gz(&tar.into_inner().map_err(|error| error.to_string())?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed set-up is a failed test")]

    use std::collections::BTreeMap;
    use std::io::Read as _;

    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for path in paths {
            tree.add(path, path.as_bytes().to_vec(), path.starts_with("bin/"));
        }
        tree
    }

    #[test]
    fn tarballs_do_not_depend_on_order_owner_or_clock() {
        let first = tar_gz(&tree(&["share/b", "bin/a", "share/doc/c"]), "top", 1_700_000_000).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let second = tar_gz(&tree(&["share/doc/c", "share/b", "bin/a"]), "top", 1_700_000_000).unwrap();
        assert_eq!(first, second);
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(first.as_slice()));
        let mut paths = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let (header, mut text) = (entry.header().clone(), String::new());
            let path = entry.path().unwrap().display().to_string();
            entry.read_to_string(&mut text).unwrap();
            assert_eq!((header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap()), (1_700_000_000, 0, 0));
            assert_eq!(header.username().unwrap(), Some("root"));
            let mode = if header.entry_type().is_dir() || path.ends_with("bin/a") { 0o755 } else { 0o644 };
            assert_eq!(header.mode().unwrap(), mode, "{path}");
            paths.push((path, text));
        }
        let folders = ["top/", "top/bin/", "top/share/", "top/share/doc/"].map(|path| (path, ""));
        let files = [("top/bin/a", "bin/a"), ("top/share/b", "share/b"), ("top/share/doc/c", "share/doc/c")];
        let expected: BTreeMap<_, _> = folders.into_iter().chain(files).collect();
        let paths: BTreeMap<_, _> = paths.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(paths, expected);
    }

    #[test]
    fn compressed_files_hold_no_name_and_no_time() {
        let packed = gz(b"a page").unwrap();
        // Flags, then the time: all zero.
        assert_eq!(packed[3..8], [0; 5]);
    }
}

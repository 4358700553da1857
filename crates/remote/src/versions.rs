//! The versions of the files of a dataset: whether an answer has the version that was listed, and
//! versions that no list tells, which are asked for once.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use futures_util::future::join_all;
use object_store::ObjectStore;
use parking_lot::Mutex;
use tilejury_data::StoredFile;

use crate::cache::SetCache;
use crate::error::Failure;
use crate::{kept_list, listing};

/// The check of the version of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A commit never changes.
    Commit,
    /// The version is an ETag.
    Bucket,
    /// The version is an ETag that is asked for, or ETags are compared with each other.
    Web,
}

/// The versions of one dataset's files.
#[derive(Debug)]
pub(crate) struct Versions {
    pub(crate) kind: Kind,
    /// The ETags that were seen of files that have no other version.
    seen: Mutex<HashMap<String, String>>,
    /// The files whose versions were asked for, by path.
    confirmed: Mutex<HashMap<String, StoredFile>>,
    used: Mutex<Used>,
}

/// The files whose versions were asked for first and last since the dataset was opened: the next
/// time it is opened, these are likely to be needed first.
#[derive(Debug, Default)]
struct Used {
    first: Vec<String>,
    last: VecDeque<String>,
}

impl Used {
    fn add(&mut self, path: &str) -> impl Iterator<Item = &String> {
        if self.first.len() < FIRST_USED {
            self.first.push(path.to_owned());
        } else {
            self.last.push_front(path.to_owned());
            self.last.truncate(LAST_USED);
        }
        self.first.iter().chain(&self.last)
    }
}

/// The numbers of files that are asked for in advance when the dataset is opened again: not more
/// than a server is asked for at a time anyway.
const FIRST_USED: usize = 8;
const LAST_USED: usize = 16;

impl Versions {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, seen: Mutex::default(), confirmed: Mutex::default(), used: Mutex::default() }
    }

    /// Whether an answer with this ETag is of the version of the file. Some servers ignore the
    /// condition of a request, so it is always compared.
    pub(crate) fn is_same(&self, file: &StoredFile, e_tag: Option<&str>) -> bool {
        match (self.kind, e_tag) {
            (Kind::Commit, _) | (_, None) => true,
            (Kind::Bucket, Some(e_tag)) => e_tag == file.version,
            (Kind::Web, Some(e_tag)) if file.version.contains('"') => strong(e_tag) == strong(&file.version),
            (Kind::Web, Some(e_tag)) => {
                let mut seen = self.seen.lock();
                seen.entry(file.path.clone()).or_insert_with(|| e_tag.to_owned()) == e_tag
            }
        }
    }

    /// Versions that are asked for in advance, while the files are listed: those of the files that
    /// were used when the dataset was open before. What fails is asked again when it is needed.
    pub(crate) async fn in_advance(store: &Arc<dyn ObjectStore>, cache: &SetCache) -> Vec<StoredFile> {
        let used = kept_list::used(cache);
        let heads = join_all(used.iter().map(|path| listing::head(store, path))).await;
        heads.into_iter().filter_map(|head| head.ok().flatten()).collect()
    }

    /// Takes versions that were asked for in advance.
    pub(crate) fn take(&self, found: Vec<StoredFile>) {
        self.confirmed.lock().extend(found.into_iter().map(|file| (file.path.clone(), file)));
    }

    /// The file with its length and version, if they are known without a request.
    pub(crate) fn known(&self, file: &StoredFile) -> Option<StoredFile> {
        if file.is_confirmed() { Some(file.clone()) } else { self.confirmed.lock().get(&file.path).cloned() }
    }

    /// Takes a version that an answer confirmed.
    pub(crate) fn confirm(&self, file: &StoredFile, cache: &SetCache) {
        self.confirmed.lock().insert(file.path.clone(), file.clone());
        self.note_used(&file.path, cache);
    }

    /// Notes that a file was used.
    pub(crate) fn note_used(&self, path: &str, cache: &SetCache) {
        let mut used = self.used.lock();
        if !used.first.iter().chain(&used.last).any(|known| known == path) {
            kept_list::keep_used(cache, used.add(path));
        }
    }

    /// The file with its length and version. `is_offline`: the last ones that were found out will
    /// do, because each request would fail.
    pub(crate) async fn confirmed(
        &self,
        file: &StoredFile,
        store: &Arc<dyn ObjectStore>,
        cache: &SetCache,
        is_offline: bool,
    ) -> Result<StoredFile, Failure> {
        if file.is_confirmed() {
            return Ok(file.clone());
        }
        if let Some(known) = self.known(file) {
            self.note_used(&file.path, cache);
            return Ok(known);
        }
        let kept = kept_list::confirmed(cache, file);
        if let Some(kept) = kept.clone().filter(|_| is_offline) {
            return Ok(kept);
        }
        match listing::head(store, &file.path).await.and_then(|found| found.ok_or(Failure::NotFound)) {
            Ok(found) => {
                if kept.as_ref() != Some(&found) {
                    kept_list::keep_confirmed(cache, file, &found);
                }
                self.confirm(&found, cache);
                Ok(found)
            }
            Err(failure) if failure.is_passing() => kept.ok_or(failure),
            Err(failure) => Err(failure),
        }
    }
}

/// An ETag without the mark of a weak one, which some servers set only on some answers.
fn strong(e_tag: &str) -> &str {
    e_tag.trim_start_matches("W/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_store_has_its_own_check() {
        let file = |version: &str| StoredFile { path: "a".into(), len: 1, version: version.into(), sha256: None };
        let is_same = |kind, version: &str, e_tags: &[Option<&str>]| {
            let versions = Versions::new(kind);
            e_tags.iter().map(|e_tag| versions.is_same(&file(version), *e_tag)).collect::<Vec<_>>()
        };
        assert_eq!(is_same(Kind::Commit, "0123", &[Some("\"1\""), None]), [true, true]);
        assert_eq!(is_same(Kind::Bucket, "\"1\"", &[Some("\"1\""), Some("\"2\"")]), [true, false]);
        assert_eq!(is_same(Kind::Web, "\"1\"", &[Some("W/\"1\""), Some("\"2\""), None]), [true, false, true]);
        // Without an ETag in the list, the first answer decides.
        let date = "2026-11-28";
        assert_eq!(is_same(Kind::Web, date, &[Some("\"1\""), Some("\"1\""), Some("\"2\"")]), [true, true, false]);
    }
}

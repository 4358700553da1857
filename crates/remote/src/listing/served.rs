//! The list of files of a server of `tilejury serve`, which names all of them with their versions.

use http::HeaderMap;
use serde::Deserialize;
use tilejury_data::StoredFile;

use super::sorted;
use crate::error::Failure;
use crate::serve::MARK;

/// The form of the list.
const FORM: u32 = 1;

#[derive(Deserialize)]
struct List {
    tilejury_serve: u32,
    files: Vec<ListedFile>,
}

#[derive(Deserialize)]
struct ListedFile {
    path: String,
    len: u64,
    version: String,
}

/// Whether an answer is one of such a server.
pub(super) fn is_served(headers: &HeaderMap) -> bool {
    headers.contains_key(MARK)
}

/// Reads the list. One without usable versions is none.
pub(super) fn files(body: &[u8]) -> Result<Vec<StoredFile>, Failure> {
    let list: List = serde_json::from_slice(body).map_err(|error| Failure::BadList(error.to_string()))?;
    if list.tilejury_serve > FORM {
        return Err(Failure::BadList("the server is of a newer Tilejury; update this one".to_owned()));
    }
    if list.files.iter().any(|file| file.version.len() < 3 || !file.version.starts_with('"')) {
        return Err(Failure::BadList("a file has no version".to_owned()));
    }
    let stored = |ListedFile { path, len, version }| StoredFile { path, len, version, sha256: None };
    Ok(sorted(list.files.into_iter().map(stored).collect()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_list_without_versions_is_none() {
        let list = |form: u32, version: &str| {
            let files = serde_json::json!([{"path": "b.tar", "len": 2, "version": version},
                {"path": "a.jsonl", "len": 1, "version": "\"1\""}, {"path": "../x.tar", "len": 1, "version": "\"1\""}]);
            files_of(&serde_json::json!({"tilejury_serve": form, "name": "set", "files": files}).to_string())
        };
        fn files_of(text: &str) -> Result<Vec<String>, Failure> {
            files(text.as_bytes()).map(|files| files.into_iter().map(|file| file.path).collect())
        }
        assert_eq!(list(1, "\"2\"").unwrap(), ["a.jsonl", "b.tar"]);
        for refused in [list(1, ""), list(1, "2-3"), list(2, "\"2\""), files_of("<html>")] {
            assert!(matches!(refused, Err(Failure::BadList(_))), "{refused:?}");
        }
    }
}

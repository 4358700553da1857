//! Opens the rows of a dataset from a path or an address: the one way for the window and for the
//! commands. Blocks until the rows are here.

use std::path::{Path, PathBuf};

use tilejury_data::progress::Progress;
use tilejury_data::{Dataset, LinesFolder, OpenError, shown};

#[cfg(feature = "remote")]
use crate::access::{access, note_kept_token, note_token};
use crate::connection::Connection;
#[cfg(feature = "remote")]
use crate::connection::ConnectionNow;
use crate::folders::Folders;

/// The reason why a program without the crate for addresses opens none, after the address.
#[cfg(not(feature = "remote"))]
const NO_ACCESS: &str = "this program was built without access to addresses; open a folder on this machine";

/// Whether a text that names a dataset is an address rather than a path. Looks at the disk only for
/// `OWNER/NAME`, which may be either.
pub fn is_address(source: &Path) -> bool {
    #[cfg(feature = "remote")]
    return source.to_str().is_some_and(tilejury_remote::Address::is_meant);
    #[cfg(not(feature = "remote"))]
    return source.to_str().is_some_and(|text| text.contains("://"));
}

/// Whether a text is the address of a repository without `hf://`, and could be meant as a path.
pub(crate) fn is_short(source: &Path) -> bool {
    is_address(source) && !is_kept_address(source)
}

/// Reads a text that a person typed or pasted as an address. Returns it in its usual form, without
/// the token of `tilejury serve`, which is kept in memory.
///
/// # Errors
/// Why it is none, in words that follow the text.
pub(crate) fn typed_address(text: &str) -> Result<PathBuf, String> {
    #[cfg(feature = "remote")]
    {
        note_token(text);
        let address = text.parse::<tilejury_remote::Address>();
        address.map(|address| address.to_string().into()).map_err(|error| error.reason().to_owned())
    }
    #[cfg(not(feature = "remote"))]
    {
        let _ = text;
        Err(NO_ACCESS.to_owned())
    }
}

/// A path or an address as it is shown, stored and compared: an address in its usual form. One that
/// cannot be opened loses what may be a secret, and cannot be opened for the same reason.
pub(crate) fn usual_form(source: &Path) -> PathBuf {
    match source.to_str().filter(|_| is_address(source)) {
        Some(text) => typed_address(text).unwrap_or_else(|_| shown::without_secrets(text).into()),
        None => source.to_owned(),
    }
}

/// Whether a path that the window keeps is an address. Looks at no disk.
pub(crate) fn is_kept_address(source: &Path) -> bool {
    source.to_str().is_some_and(|text| text.contains("://"))
}

/// Opens a dataset that is on this machine. Splits that are Parquet become lines first.
///
/// # Errors
/// If it cannot be opened, or `progress` stops the work.
pub(crate) fn open_here(path: &Path, folders: &Folders, progress: &dyn Progress) -> Result<Dataset, OpenError> {
    Dataset::open_with(path, LinesFolder { folder: &folders.lines(), progress })
}

/// Opens a dataset: a folder, one of its `.jsonl` or `.parquet` files, or an address of either.
///
/// # Errors
/// If it cannot be opened, in words for a person.
pub fn open_dataset(source: &Path, folders: &Folders, progress: &dyn Progress) -> anyhow::Result<Dataset> {
    open_with_connection(source, folders, progress).map(|(dataset, _)| dataset)
}

/// Opens a dataset as [`open_dataset`] does, with its connection if it is at an address.
///
/// # Errors
/// If it cannot be opened, in words for a person.
pub(crate) fn open_with_connection(
    source: &Path,
    folders: &Folders,
    progress: &dyn Progress,
) -> anyhow::Result<(Dataset, Option<Connection>)> {
    if !is_address(source) {
        return Ok((open_here(source, folders, progress)?, None));
    }
    #[cfg(feature = "remote")]
    {
        note_token(&source.to_string_lossy());
        let address = source.to_string_lossy().parse()?;
        let opened = match tilejury_remote::open(&address, &access(folders), progress) {
            Err(error) if error.wants_token() && note_kept_token(&source.to_string_lossy()) => {
                tilejury_remote::open(&address, &access(folders), progress)
            }
            opened => opened,
        };
        let opened = opened.map_err(|error| match is_short(source) {
            true => anyhow::anyhow!("{error}. {}", or_a_folder(source)),
            false => error.into(),
        })?;
        let (traffic, set) = (opened.traffic, opened.set);
        let now = move || {
            let now = traffic.now();
            ConnectionNow {
                bytes: now.bytes,
                requests: now.requests,
                waiting: now.waiting,
                pace: now.pace,
                limited_for: now.limited_for,
            }
        };
        let connection = Connection::new(now, move || set.cache().problem());
        Ok((opened.dataset, Some(connection)))
    }
    #[cfg(not(feature = "remote"))]
    {
        let _ = (folders, progress);
        anyhow::bail!("{}: {NO_ACCESS}", shown::without_secrets(&source.to_string_lossy()))
    }
}

/// The addition to an error for `OWNER/NAME`, which may be a path with a mistake in it.
#[cfg(feature = "remote")]
fn or_a_folder(typed: &Path) -> String {
    let typed = typed.display();
    format!(
        "There is no folder {typed} here, so it was taken for a dataset of the Hub; write ./{typed} for a folder, and \
         hf://datasets/{typed} for a dataset of the Hub"
    )
}

#[cfg(all(test, not(feature = "remote")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tilejury_data::progress::NoProgress;

    use super::*;

    #[test]
    fn a_program_without_access_says_so() {
        let folders = Folders::below(Path::new("nowhere"));
        for address in ["hf://datasets/Owner/set", "s3://bucket", "https://host/set"] {
            let error = open_dataset(Path::new(address), &folders, &NoProgress).unwrap_err().to_string();
            assert_eq!(error, format!("{address}: {NO_ACCESS}"));
            assert_eq!(typed_address(address).unwrap_err(), NO_ACCESS);
        }
        assert!(!is_address(Path::new("Owner/set")), "a path");
    }
}

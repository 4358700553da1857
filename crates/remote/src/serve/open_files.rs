//! The limit of open files, which counts sockets too. Opens none.

/// As many as a server may need: its connections, a file for each, and the rest of the program. The
/// usual limits are 1,024, and 256 on macOS.
#[cfg(unix)]
const WANTED: u64 = 4_096;

/// Raises the limit of this process as far as the system allows it without rights. Without that, a
/// server with many connections still works, but ends some of them earlier.
#[cfg(unix)]
pub(super) fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(WANTED, |maximum| maximum.min(WANTED));
    if limit.current.is_some_and(|current| current < wanted)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit })
    {
        log::warn!("the limit of open files stays as it is: {error}");
    }
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub(super) fn raise_limit() {}

//! The kinds of files that a web server does not have beside its shards. It lists nothing, so each
//! could be asked for; where the first few are not there, the others are not asked for.

use std::collections::HashMap;

use parking_lot::Mutex;

/// After so many files with one ending that are not there, and none that is, no more are asked for.
const ENOUGH: u32 = 4;

/// The findings so far, by the endings of the files.
#[derive(Debug, Default)]
pub(crate) struct Absent(Mutex<HashMap<String, Kind>>);

#[derive(Debug, Default)]
struct Kind {
    absent: u32,
    is_there: bool,
}

impl Absent {
    /// Whether no file with this ending is likely to be there.
    pub(crate) fn is_likely(&self, ending: &str) -> bool {
        self.0.lock().get(ending).is_some_and(|kind| !kind.is_there && kind.absent >= ENOUGH)
    }

    /// Notes whether one file was absent.
    pub(crate) fn note(&self, ending: &str, was_absent: bool) {
        let mut kinds = self.0.lock();
        let kind = kinds.entry(ending.to_owned()).or_default();
        kind.absent += u32::from(was_absent);
        kind.is_there |= !was_absent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_that_is_there_keeps_its_kind() {
        let absent = Absent::default();
        for _ in 0..ENOUGH {
            assert!(!absent.is_likely(".json"));
            absent.note(".json", true);
            absent.note(".idx", true);
        }
        assert!(absent.is_likely(".json") && absent.is_likely(".idx"));
        absent.note(".json", false);
        assert!(!absent.is_likely(".json") && absent.is_likely(".idx"));
    }
}

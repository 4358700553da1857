//! A property-test harness for hostile inputs: runs a test over a corpus and over inputs made from
//! it, and keeps the smallest failing input.
//!
//! Without `PROPTEST_CASES`, the inputs are the same in every run, so that only a change of the
//! code can make a run fail. With it, that many inputs are used, different in each run. A failing
//! input belongs in the corpus, as a file with a descriptive name.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};

use crate::properties;

/// Runs `test` on each file of the corpus as it is.
///
/// # Panics
/// If the test fails for a file; the message names the file.
pub fn each_file(dir: &Path, test: impl Fn(&[u8]) -> Result<(), String>) {
    let mut files: Vec<PathBuf> = dir.read_dir().expect("a corpus").flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        let bytes = std::fs::read(&file).expect("a readable file of the corpus");
        let failure = match catch_unwind(AssertUnwindSafe(|| test(&bytes))) {
            Ok(result) => result.err(),
            Err(_) => Some("the test panicked".to_owned()),
        };
        if let Some(reason) = failure {
            panic!("{}: {reason}", file.display());
        }
    }
}

/// Runs `test` on `cases` inputs; a panic in it counts as a failure.
///
/// # Panics
/// If it fails for an input; the message has the reason and the file with the smallest such input.
pub fn run<S: Strategy>(target: &str, cases: u32, inputs: &S, test: impl Fn(&S::Value) -> Result<(), String>)
where
    S::Value: AsRef<[u8]> + Debug,
{
    let mut runner = TestRunner::new(properties::cases(cases));
    match runner.run(inputs, |input| test(&input).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(reason, input)) => {
            let kept = std::env::temp_dir().join(format!("{target}-{}.input", std::process::id()));
            std::fs::write(&kept, &input).expect("writing the input that failed");
            panic!("{target}: {reason}; the input is in {} and belongs in the corpus", kept.display());
        }
        Err(TestError::Abort(reason)) => panic!("{target}: {reason}"),
    }
}

/// The folder with the corpus of a target.
pub fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(name)
}

/// Returns an error with this message unless the condition holds.
pub fn holds(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}

/// Returns an error if more than `seconds` passed.
pub fn in_time(began: Instant, seconds: u64) -> Result<(), String> {
    let took = began.elapsed();
    holds(took < Duration::from_secs(seconds), || format!("took {took:?}"))
}

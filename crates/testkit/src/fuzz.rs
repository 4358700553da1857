//! A property harness for hostile inputs: runs a test over a corpus and over inputs made from it, and keeps the smallest
//! one that fails.
//!
//! Without `PROPTEST_CASES` the inputs are the same in every run, so that a change alone can make a run fail; with it
//! they are others each time, as many as it says. A found failure belongs into the corpus, as a file with a telling name.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Runs `test` over each file of the corpus as it is.
///
/// # Panics
/// Where the test fails for one, with its name.
pub fn each_file(dir: &Path, test: impl Fn(&[u8]) -> Result<(), String>) {
    let mut files: Vec<PathBuf> = dir.read_dir().expect("a corpus").flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        let bytes = std::fs::read(&file).expect("a readable file of the corpus");
        let failed = match catch_unwind(AssertUnwindSafe(|| test(&bytes))) {
            Ok(result) => result.err(),
            Err(_) => Some("the test panicked".to_owned()),
        };
        if let Some(why) = failed {
            panic!("{}: {why}", file.display());
        }
    }
}

/// Runs `test` over `cases` inputs; a panic in it counts as a failure.
///
/// # Panics
/// Where it fails for one: with the reason, and where the smallest such input was written.
pub fn run<S: Strategy>(target: &str, cases: u32, inputs: &S, test: impl Fn(&S::Value) -> Result<(), String>)
where
    S::Value: AsRef<[u8]> + Debug,
{
    let long = std::env::var_os("PROPTEST_CASES").is_some();
    let mut config = Config { failure_persistence: None, max_shrink_time: 60_000, ..Config::default() };
    if !long {
        config.cases = cases;
    }
    let mut runner = match long {
        true => TestRunner::new(config),
        false => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    match runner.run(inputs, |input| test(&input).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(why, input)) => {
            let kept = std::env::temp_dir().join(format!("{target}-{}.input", std::process::id()));
            std::fs::write(&kept, &input).expect("writing the input that failed");
            panic!("{target}: {why}; the input lies in {} and belongs into the corpus", kept.display());
        }
        Err(TestError::Abort(why)) => panic!("{target}: {why}"),
    }
}

/// The corpus of a target, below the workspace's folder.
pub fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(name)
}

/// An error in words where something does not hold.
pub fn holds(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// An error where something took longer.
pub fn in_time(began: Instant, seconds: u64) -> Result<(), String> {
    let took = began.elapsed();
    holds(took < Duration::from_secs(seconds), || format!("took {took:?}"))
}

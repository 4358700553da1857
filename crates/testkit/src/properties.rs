//! The number of random cases that a property test tries, and their choice.

use proptest::test_runner::{Config, RngSeed};

/// The configuration of a property test.
///
/// Without `PROPTEST_CASES`, the test tries `cases` cases, the same in every run, so that only a
/// change of the code can make a run fail. With it, it tries that many, different in each run.
/// The search for a smaller failing case ends after a minute.
pub fn cases(cases: u32) -> Config {
    let mut config = Config { failure_persistence: None, max_shrink_time: 60_000, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
        config.rng_seed = RngSeed::Fixed(0);
    }
    config
}

//! Work whose panic must not end its thread: the panic becomes an error message. The panic hook of
//! the program logs the panic itself.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work` and returns its result.
///
/// # Errors
/// When it panics: a sentence for a person. The caller must discard or rebuild whatever the work
/// left unfinished.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|panic| format!("the program failed ({}); see the log for details", panic_message(&*panic)))
}

/// The message of a panic.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "the test is about a panic")]
    fn panic_becomes_an_error_message() {
        assert_eq!(catch_panic(|| 1), Ok(1));
        let failure = catch_panic::<()>(|| panic!("row {} is odd", 3)).unwrap_err();
        assert!(failure.contains("the program failed (row 3 is odd)"), "{failure}");
    }
}

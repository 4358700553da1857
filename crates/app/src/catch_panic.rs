//! Work that must not take its thread with it: a panic becomes words. The panic itself is noted by the log's hook.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does the work; the error is a sentence for a person about its panic. The caller must discard or rebuild what the
/// work left half done.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|panic| format!("the program failed on it ({}); see the log", words(&*panic)))
}

/// The message of a panic.
pub(crate) fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "a panic is what is looked at")]
    fn a_panic_becomes_words() {
        assert_eq!(catch_panic(|| 1), Ok(1));
        let said = catch_panic::<()>(|| panic!("row {} is odd", 3)).unwrap_err();
        assert!(said.contains("the program failed on it (row 3 is odd)"), "{said}");
    }
}

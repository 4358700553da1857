//! The exceptions of the module, and how errors of the program become such. Their words are those
//! of the program.

use pyo3::exceptions::PyException;
use pyo3::{PyErr, PyResult, create_exception};

create_exception!(
    tilejury,
    TilejuryError,
    PyException,
    "Something cannot be opened, read, fetched or written; the message says what and where."
);
create_exception!(
    tilejury,
    RefusedError,
    TilejuryError,
    "Judgements that were refused: nothing was recorded. The attribute `lines` lists (line, message), from line 1."
);

/// Returns an error with its causes, each stated once, as the program prints it.
fn whole_chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Errors of the program as exceptions.
pub(crate) trait OrRaise<T> {
    /// Turns an error into a [`TilejuryError`].
    fn or_raise(self) -> PyResult<T>;
}

impl<T, E: Into<anyhow::Error>> OrRaise<T> for Result<T, E> {
    fn or_raise(self) -> PyResult<T> {
        self.map_err(|error| raised(&error.into()))
    }
}

/// The exception for an error. One that Python itself raised on the way stays as it is.
fn raised(error: &anyhow::Error) -> PyErr {
    TilejuryError::new_err(whole_chain(error))
}

//! The Python module `tilejury`: datasets, scans and judgements as Arrow streams, which other
//! libraries read without copies.
//!
//! Translates between Python and the crates of the program; what a row, a finding or a judgement
//! is, they decide. Work that takes time runs without the interpreter's lock.

#![allow(clippy::needless_pass_by_value, reason = "Python hands arguments over by value")]

mod dataset;
mod errors;
mod interruption;
mod judging;
mod opened;
mod scanning;
mod stream;
mod tables;

use pyo3::pymodule;

/// The part of the package that is written in Rust; the package exports its names.
#[pymodule]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyModule;

    #[pymodule_export]
    use crate::dataset::{PyDataset, open};
    #[pymodule_export]
    use crate::errors::{RefusedError, TilejuryError};
    #[pymodule_export]
    use crate::scanning::{scan, scan_to_file};
    #[pymodule_export]
    use crate::stream::{Batch, Batches};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        tilejury_app::machine::identify();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

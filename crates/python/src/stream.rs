//! Streams of record batches as Python objects: other libraries read them by Arrow's C interface
//! (PyCapsules), without copies and without this module knowing them.

use arrow_array::ffi::{FFI_ArrowSchema, to_ffi};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array as _, RecordBatch, RecordBatchReader, StructArray};
use arrow_schema::SchemaRef;
use parking_lot::Mutex;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::errors::OrRaise as _;

/// A reader of batches.
type Reader = Box<dyn RecordBatchReader + Send>;

/// A stream of Arrow record batches. It can be read once: by `pyarrow.table(batches)`,
/// `polars.DataFrame(batches)`, `pandas.DataFrame.from_arrow(batches)`, by the name of its variable
/// in a query of DuckDB, or batch by batch in a loop.
#[pyclass(frozen, module = "tilejury")]
pub(crate) struct Batches {
    schema: SchemaRef,
    /// `None` once another library reads it.
    reader: Mutex<Option<Reader>>,
}

impl Batches {
    pub(crate) fn new(reader: impl RecordBatchReader + Send + 'static) -> Self {
        Self { schema: reader.schema(), reader: Mutex::new(Some(Box::new(reader))) }
    }
}

#[pymethods]
impl Batches {
    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Reads all batches into a `pyarrow.Table`; needs pyarrow.
    fn read_all<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("pyarrow")?.call_method1("table", (slf,))
    }

    /// The stream as an Arrow C stream, for other libraries.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // Another schema is a wish, which need not be granted.
        drop(requested_schema);
        let reader = self.reader.lock().take().ok_or_else(|| {
            PyValueError::new_err("these batches were read already; ask for them again to read them again")
        })?;
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), c"arrow_array_stream")
    }

    /// The columns as an Arrow C schema, for other libraries.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        PyCapsule::new_with_value(py, FFI_ArrowSchema::try_from(&*self.schema).or_raise()?, c"arrow_schema")
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        let next = py.detach(|| self.reader.lock().as_mut().and_then(Iterator::next));
        Ok(next.transpose().or_raise()?.map(Batch))
    }

    fn __repr__(&self) -> String {
        format!("<tilejury.Batches of {}>", self.column_names().join(", "))
    }
}

/// A record batch of a stream, for `pyarrow.record_batch(batch)` or `polars.DataFrame(batch)`.
#[pyclass(frozen, module = "tilejury")]
pub(crate) struct Batch(RecordBatch);

#[pymethods]
impl Batch {
    /// The number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    /// The columns as an Arrow C schema, for other libraries.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        PyCapsule::new_with_value(py, FFI_ArrowSchema::try_from(&*self.0.schema()).or_raise()?, c"arrow_schema")
    }

    /// The batch as an Arrow C array with its schema, for other libraries.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        drop(requested_schema);
        let (array, schema) = to_ffi(&StructArray::from(self.0.clone()).to_data()).or_raise()?;
        let schema = PyCapsule::new_with_value(py, schema, c"arrow_schema")?;
        Ok((schema, PyCapsule::new_with_value(py, array, c"arrow_array")?))
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }
}

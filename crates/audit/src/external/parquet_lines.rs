//! A Parquet file as the lines of JSON that an import reads: a row is a line, a column a field. The
//! columns that an import does not know are not read.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use serde_json::{Map, Value};

/// The bytes at the beginning of every Parquet file.
const MAGIC: [u8; 4] = *b"PAR1";
/// The rows that are read together.
const ROWS_TOGETHER: usize = 1024;

/// The columns of an import.
pub(super) struct ImportColumns {
    /// Those that must be there.
    pub(super) required: &'static [&'static str],
    /// Those of which one must be there; none if empty.
    pub(super) one_of: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

/// Whether a file is in this format, by its first bytes.
pub(super) fn is_parquet(file: &mut File) -> io::Result<bool> {
    use io::Seek as _;
    let mut start = Vec::new();
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start == MAGIC)
}

/// The lines of a file, made as they are read.
pub(super) struct ParquetLines {
    reader: ParquetRecordBatchReader,
    /// Lines that are not read yet, from `at` on.
    held: Vec<u8>,
    at: usize,
}

impl ParquetLines {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be read, or lacks a column.
    pub(super) fn open(path: &Path, file: File, columns: &ImportColumns) -> io::Result<Self> {
        let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
        // The types that the writer had in memory do not matter.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
            .map_err(|error| invalid(format!("a damaged Parquet file: {error}")))?;
        let names: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        let has = |name: &&str| names.iter().any(|other| other == name);
        if !columns.required.iter().all(has) || !(columns.one_of.is_empty() || columns.one_of.iter().any(has)) {
            return Err(invalid(format!("its columns are {}; expected {}", names.join(", "), columns.in_words())));
        }
        let known = |name: &String| {
            let all = [columns.required, columns.one_of, columns.optional];
            all.into_iter().flatten().any(|known| known == name)
        };
        for field in builder.schema().fields().iter().filter(|field| known(field.name())) {
            let (name, kind) = (field.name(), field.data_type());
            let is_number = matches!(kind, DataType::Float32 | DataType::Float64 | DataType::Int32 | DataType::Int64);
            match name.as_str() {
                "score" if !is_number => {
                    return Err(invalid(format!("its column `score` has {kind}; expected numbers")));
                }
                "score" => {}
                name if *kind != DataType::Utf8 => {
                    return Err(invalid(format!("its column `{name}` has {kind}; expected texts")));
                }
                _ => {}
            }
        }
        let chosen = names.iter().enumerate().filter(|(_, name)| known(name)).map(|(at, _)| at);
        let mask = ProjectionMask::roots(builder.parquet_schema(), chosen);
        let reader = builder.with_projection(mask).with_batch_size(ROWS_TOGETHER).build();
        let reader = reader.map_err(|error| invalid(format!("{}: {error}", path.display())))?;
        Ok(Self { reader, held: Vec::new(), at: 0 })
    }
}

impl ImportColumns {
    fn in_words(&self) -> String {
        let mut words = self.required.join(", ");
        if !self.one_of.is_empty() {
            words = format!("{words}, and {}", self.one_of.join(" or "));
        }
        if self.optional.is_empty() { words } else { format!("{words}; {} is optional", self.optional.join(", ")) }
    }
}

impl Read for ParquetLines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for ParquetLines {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.held.len() {
            let Some(batch) = self.reader.next() else { return Ok(&[]) };
            self.held.clear();
            self.at = 0;
            lines(&batch.map_err(io::Error::other)?, &mut self.held)?;
        }
        Ok(&self.held[self.at..])
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }
}

/// Writes the rows of a batch as lines.
fn lines(batch: &RecordBatch, out: &mut Vec<u8>) -> io::Result<()> {
    let schema = batch.schema();
    for row in 0..batch.num_rows() {
        let mut fields = Map::new();
        let mut not_finite = None;
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            let value = match number(column, row) {
                Some(number) if !number.is_finite() => {
                    not_finite = Some(number);
                    continue;
                }
                Some(number) => Value::from(number),
                None => match column.as_string_opt::<i32>().filter(|_| column.is_valid(row)) {
                    Some(texts) => Value::from(texts.value(row)),
                    None => Value::Null,
                },
            };
            fields.insert(field.name().clone(), value);
        }
        let mut line = serde_json::to_string(&fields)?;
        if let Some(number) = not_finite {
            // In Python's form, which the reader of lines explains.
            let word = if number.is_nan() { "NaN" } else { "Infinity" };
            line = format!("{{\"score\": {word}, {}", &line[1..]);
        }
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    Ok(())
}

fn number(column: &dyn Array, row: usize) -> Option<f64> {
    if column.is_null(row) {
        return None;
    }
    match column.data_type() {
        // By its decimal digits: the score itself is a number of 32 bits.
        DataType::Float32 => Some(f64::from(column.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => Some(column.as_primitive::<Float64Type>().value(row)),
        DataType::Int32 => Some(f64::from(column.as_primitive::<Int32Type>().value(row))),
        DataType::Int64 => Some(column.as_primitive::<Int64Type>().value(row) as f64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float32Array, Float64Array, Int32Array, Int64Array, StringArray};
    use parquet::arrow::ArrowWriter;

    use super::*;

    const SCORES: ImportColumns =
        ImportColumns { required: &["path", "score"], one_of: &["query", "key"], optional: &["source"] };

    fn read(columns: Vec<(&str, ArrayRef)>) -> io::Result<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.parquet");
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let mut file = File::open(&path).unwrap();
        assert!(is_parquet(&mut file).unwrap());
        io::read_to_string(ParquetLines::open(&path, file, &SCORES)?)
    }

    /// The scores in the lines of a file with this column.
    fn scores(column: ArrayRef) -> Vec<f64> {
        let path: ArrayRef = Arc::new(StringArray::from(vec!["a.png"; column.len()]));
        let lines = read(vec![("path", path.clone()), ("key", path), ("score", column)]).unwrap();
        let score = |line: &str| serde_json::from_str::<Value>(line).unwrap()["score"].as_f64().unwrap();
        lines.lines().map(score).collect()
    }

    fn texts(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    #[test]
    fn rows_become_lines() {
        let scores: ArrayRef = Arc::new(Float32Array::from(vec![0.5, f32::NAN]));
        let other: ArrayRef = Arc::new(Int64Array::from(vec![7, 8]));
        let paths = texts(&[Some("a.png"), Some("b\"\n.png")]);
        let columns = vec![("path", paths), ("score", scores), ("query", texts(&[None, Some("q")])), ("other", other)];
        let expected = "{\"path\":\"a.png\",\"query\":null,\"score\":0.5}\n\
            {\"score\": NaN, \"path\":\"b\\\"\\n.png\",\"query\":\"q\"}\n";
        assert_eq!(read(columns).unwrap(), expected);
    }

    #[test]
    fn every_row_and_every_type_of_number_is_read() {
        let many: Vec<f64> = (0..3 * ROWS_TOGETHER + 1).map(|row| row as f64 / 2.0).collect();
        assert_eq!(scores(Arc::new(Float64Array::from(many.clone()))), many);
        assert_eq!(scores(Arc::new(Int32Array::from(vec![-3, 8]))), [-3.0, 8.0]);
        assert_eq!(scores(Arc::new(Int64Array::from(vec![-3, 8]))), [-3.0, 8.0]);
    }

    #[test]
    fn other_files_are_no_parquet() {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in [("a", &b"{\"path\": \"PAR1\"}"[..]), ("b", b"PAR"), ("c", b"")] {
            std::fs::write(dir.path().join(name), bytes).unwrap();
            let mut file = File::open(dir.path().join(name)).unwrap();
            assert!(!is_parquet(&mut file).unwrap(), "{name}");
            assert_eq!(io::read_to_string(file).unwrap().as_bytes(), bytes, "read from its beginning");
        }
    }

    #[test]
    fn names_what_is_missing_or_of_another_type() {
        let error = read(vec![("path", texts(&[None])), ("key", texts(&[None]))]).unwrap_err().to_string();
        assert_eq!(error, "its columns are path, key; expected path, score, and query or key; source is optional");
        let columns = vec![("path", texts(&[None])), ("score", texts(&[None])), ("key", texts(&[None]))];
        assert_eq!(read(columns).unwrap_err().to_string(), "its column `score` has Utf8; expected numbers");
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![7]));
        let columns = vec![("path", numbers.clone()), ("score", numbers), ("key", texts(&[None]))];
        assert_eq!(read(columns).unwrap_err().to_string(), "its column `path` has Int64; expected texts");
    }
}

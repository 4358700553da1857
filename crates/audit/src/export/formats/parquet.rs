//! Parquet files that contain the pictures, in the layout of the `Image` feature of the Hub's
//! `datasets` library: a struct of the bytes and the path. Uncompressed, because the pictures are
//! compressed already. One row group is held in memory at a time.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;
use serde_json::json;

use super::names;
use crate::export::context::ExportContext;
use crate::export::images::{WantedTile, read, sizes};
use crate::export::options::FalseNegatives;
use crate::export::out_file::OutFile;
use crate::export::rows::{RowToWrite, image_path};
use crate::export::{ExportError, PlannedRow};
use crate::progress::Stage;

/// A row group ends with the row that reaches one of these limits.
const ROWS_A_GROUP: usize = 100;
const BYTES_A_GROUP: u64 = 64 << 20;
/// A file ends with the row that reaches this size.
const BYTES_A_FILE: u64 = 500_000_000;

pub(super) fn write(context: &ExportContext<'_>, wanted: &[WantedTile]) -> Result<(), ExportError> {
    let grouped = context.options.false_negatives == FalseNegatives::Promote;
    let layout = TableLayout::new(grouped).map_err(|error| failed("parquet", error))?;
    let mut done = 0;
    for (split, (_, planned)) in names::split_file_names(context.dataset).iter().zip(context.splits()) {
        // File names contain the number of files, so the rows are divided before the first file is
        // written.
        let files = files(context, planned, wanted)?;
        let mut from = 0;
        for (at, to) in files.iter().enumerate() {
            let name = format!("parquet/{split}-{at:05}-of-{:05}.parquet", files.len());
            layout.write_file(context, &name, &planned[from..*to], done)?;
            done += to - from;
            from = *to;
        }
    }
    Ok(())
}

fn failed(name: &str, error: ParquetError) -> ExportError {
    ExportError::Io { path: name.into(), source: std::io::Error::other(error) }
}

/// Returns the end of each file of a split, as a number of rows. Rows of one sample are never
/// separated: the first row of a file would be taken for the row itself.
fn files(
    context: &ExportContext<'_>,
    planned: &[PlannedRow],
    wanted: &[WantedTile],
) -> Result<Vec<usize>, ExportError> {
    let mut ends = Vec::new();
    let mut bytes = 0;
    for (at, row) in context.rows(planned, 0).enumerate() {
        let row = row?;
        bytes += row.query.len() as u64 + sizes(wanted, row.tiles());
        let continues = planned.get(at + 1).is_some_and(|next| next.sample == planned[at].sample);
        if bytes >= BYTES_A_FILE && !continues {
            ends.push(at + 1);
            bytes = 0;
        }
    }
    if ends.last().copied().unwrap_or(0) < planned.len() {
        ends.push(planned.len());
    }
    Ok(ends)
}

struct TableLayout {
    schema: TypePtr,
    properties: WriterPropertiesPtr,
    grouped: bool,
}

impl TableLayout {
    fn new(grouped: bool) -> Result<Self, ParquetError> {
        let group = if grouped { "optional binary query_group (UTF8);" } else { "" };
        let image = "{ optional binary bytes; optional binary path (UTF8); }";
        let schema = format!(
            "message schema {{
                optional binary id (UTF8);
                optional binary query (UTF8);
                optional group positive {image}
                optional group negatives (LIST) {{ repeated group list {{ optional group element {image} }} }}
                {group}
            }}"
        );
        let (text, image) = (json!({"dtype": "string", "_type": "Value"}), json!({"_type": "Image"}));
        // All versions of the library read `Sequence`.
        let images = json!({"feature": image, "_type": "Sequence"});
        let mut features = json!({"id": text, "query": text, "positive": image, "negatives": images});
        if grouped {
            features["query_group"] = text;
        }
        let features = json!({"info": {"features": features}}).to_string();
        // Statistics would contain whole pictures and dictionaries would compare them; readers of
        // rows need neither.
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_created_by(concat!("tilejury version ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(vec![KeyValue::new("huggingface".to_owned(), features)]))
            .build();
        let schema = Arc::new(parse_message_type(&schema)?);
        Ok(Self { schema, properties: Arc::new(properties), grouped })
    }

    fn write_file(
        &self,
        context: &ExportContext<'_>,
        name: &str,
        planned: &[PlannedRow],
        before: usize,
    ) -> Result<(), ExportError> {
        let failed = |error| failed(name, error);
        let file = context.folder.file(name)?;
        let mut writer =
            SerializedFileWriter::new(file, self.schema.clone(), self.properties.clone()).map_err(failed)?;
        let mut group = RowGroup::default();
        for (at, row) in context.rows(planned, before).enumerate() {
            group.add(context, &row?)?;
            if group.rows() >= ROWS_A_GROUP || group.bytes >= BYTES_A_GROUP {
                std::mem::take(&mut group).write(&mut writer, self.grouped).map_err(failed)?;
            }
            context.report_progress(Stage::Writing.step(before + at + 1, context.plan.rows.len()))?;
        }
        if group.rows() > 0 {
            group.write(&mut writer, self.grouped).map_err(failed)?;
        }
        writer.into_inner().map_err(failed)?.finish()
    }
}

/// The columns of an unfinished row group.
#[derive(Default)]
struct RowGroup {
    ids: Vec<ByteArray>,
    queries: Vec<ByteArray>,
    positives: Vec<Picture>,
    negatives: Vec<Vec<Picture>>,
    query_groups: Vec<Option<ByteArray>>,
    bytes: u64,
}

struct Picture {
    bytes: ByteArray,
    path: ByteArray,
}

impl RowGroup {
    fn rows(&self) -> usize {
        self.ids.len()
    }

    fn add(&mut self, context: &ExportContext<'_>, row: &RowToWrite) -> Result<(), ExportError> {
        let mut total = 0;
        let mut picture = |tile| {
            let mut bytes = Vec::new();
            read(context, row.sample, tile, &mut bytes)?;
            total += bytes.len() as u64;
            let path = image_path(tile).into_bytes().into();
            Ok::<_, ExportError>(Picture { bytes: bytes.into(), path })
        };
        let positive = picture(&row.positive)?;
        let negatives = row.negatives.iter().map(picture).collect::<Result<_, _>>()?;
        self.ids.push(row.id(context.dataset).into_bytes().into());
        self.queries.push(row.query.as_bytes().to_vec().into());
        self.positives.push(positive);
        self.negatives.push(negatives);
        self.query_groups.push(row.query_group.as_ref().map(|group| group.as_bytes().to_vec().into()));
        self.bytes += total;
        Ok(())
    }

    /// Writes the columns in the order of the schema. Definition levels give the depth of the value
    /// that is present: 1 for `id`, 2 for `positive.bytes`, 4 for `negatives.list.element.bytes`,
    /// and 1 for a list that is present but empty.
    fn write(self, writer: &mut SerializedFileWriter<OutFile>, grouped: bool) -> Result<(), ParquetError> {
        let mut row_group = writer.next_row_group()?;
        let mut column = |cells: &mut dyn Iterator<Item = Cell>| {
            let Some(mut column) = row_group.next_column()? else { return Ok(()) };
            let writer = column.typed::<ByteArrayType>();
            // Row by row: the size of a page is checked between calls.
            for cell in cells {
                let repeats = cell.repeats.as_deref();
                writer.write_batch(&cell.values, Some(&cell.depths), repeats)?;
            }
            column.close()
        };
        column(&mut self.ids.into_iter().map(|id| Cell::one(id, 1)))?;
        column(&mut self.queries.into_iter().map(|query| Cell::one(query, 1)))?;
        let (bytes, paths): (Vec<_>, Vec<_>) = self.positives.into_iter().map(|one| (one.bytes, one.path)).unzip();
        column(&mut bytes.into_iter().map(|bytes| Cell::one(bytes, 2)))?;
        column(&mut paths.into_iter().map(|path| Cell::one(path, 2)))?;
        column(&mut self.negatives.iter().map(|list| Cell::list(list.iter().map(|one| one.bytes.clone()))))?;
        column(&mut self.negatives.iter().map(|list| Cell::list(list.iter().map(|one| one.path.clone()))))?;
        if grouped {
            let none = || Cell { values: Vec::new(), depths: vec![0], repeats: None };
            column(&mut self.query_groups.into_iter().map(|it| it.map_or_else(none, |group| Cell::one(group, 1))))?;
        }
        row_group.close().map(|_| ())
    }
}

/// The values of one column in one row.
struct Cell {
    values: Vec<ByteArray>,
    depths: Vec<i16>,
    repeats: Option<Vec<i16>>,
}

impl Cell {
    fn one(value: ByteArray, depth: i16) -> Self {
        Self { values: vec![value], depths: vec![depth], repeats: None }
    }

    fn list(values: impl Iterator<Item = ByteArray>) -> Self {
        let values: Vec<ByteArray> = values.collect();
        if values.is_empty() {
            return Self { values, depths: vec![1], repeats: Some(vec![0]) };
        }
        let repeats = (0..values.len()).map(|at| i16::from(at > 0)).collect();
        Self { depths: vec![4; values.len()], values, repeats: Some(repeats) }
    }
}

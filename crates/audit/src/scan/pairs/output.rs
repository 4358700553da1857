//! The file of pairs: one row per pair, with the cluster that it belongs to.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Float32Builder, Int32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;

use super::super::part::properties;
use super::super::whole_file::WholeFile;
use super::source::TileSketches;
use super::{PairCounts, PairError, PairKind, PairSettings, TilePair, find_pairs};
use crate::progress::Progress;

/// The version of the columns.
pub(in crate::scan) const PAIRS_VERSION: i32 = 1;
/// The rows that are written together.
const ROWS_TOGETHER: usize = 8192;

/// Finds all pairs of a source, and writes them to a file, whole or not at all.
///
/// # Errors
/// If a file or the disk fails, or the work was cancelled; then nothing is left.
pub fn write_pairs(
    source: &mut dyn TileSketches,
    settings: &PairSettings,
    file: &Path,
    progress: &dyn Progress,
) -> Result<PairCounts, PairError> {
    let whole = WholeFile::begin(file)?;
    let note = format!("{{\"schema\":{PAIRS_VERSION},\"distance\":{}}}", settings.distance);
    let mut writer =
        ArrowWriter::try_new(whole, schema(), Some(properties("tilejury.pairs", note))).map_err(io::Error::other)?;
    let mut rows = PairRows::default();
    let counts = find_pairs(source, settings, progress, &mut |source, pair, cluster| {
        rows.add(source, pair, cluster);
        if rows.len >= ROWS_TOGETHER {
            writer.write(&rows.finish()?).map_err(io::Error::other)?;
        }
        Ok(())
    })?;
    if rows.len > 0 {
        writer.write(&rows.finish()?).map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(io::Error::other)?.finish()?;
    Ok(counts)
}

fn schema() -> SchemaRef {
    let column = |name: &str, kind| Field::new(name, kind, false);
    let near = |name: &str, kind| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        column("schema_version", DataType::Int32),
        column("a_shard", DataType::Utf8),
        column("a_member", DataType::Utf8),
        column("b_shard", DataType::Utf8),
        column("b_member", DataType::Utf8),
        column("kind", DataType::Utf8),
        near("signature_distance", DataType::Float32),
        near("matched_rows", DataType::Int32),
        near("overlap_rows", DataType::Int32),
        near("shift", DataType::Int32),
        column("cluster", DataType::Int64),
    ]))
}

/// The columns of rows that are not written yet.
#[derive(Default)]
struct PairRows {
    len: usize,
    version: Int32Builder,
    /// The shard and the member of both tiles, then the kind.
    texts: [StringBuilder; 5],
    distance: Float32Builder,
    /// The rows that match, those in the overlap, the shift.
    numbers: [Int32Builder; 3],
    cluster: Int64Builder,
}

impl PairRows {
    fn add(&mut self, source: &dyn TileSketches, pair: TilePair, cluster: u32) {
        self.len += 1;
        self.version.append_value(PAIRS_VERSION);
        for (at, tile) in [pair.a, pair.b].into_iter().enumerate() {
            let name = source.name(tile);
            let (shard, member) = name.as_ref().map_or(("", ""), |name| (&name.shard, &name.member));
            self.texts[2 * at].append_value(shard);
            self.texts[2 * at + 1].append_value(member);
        }
        self.texts[4].append_value(pair.kind.word());
        let is_near = pair.kind == PairKind::NearSignature;
        self.distance.append_option(is_near.then(|| pair.distance()));
        let numbers = [i32::from(pair.rows.0), i32::from(pair.rows.1), pair.shift];
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.append_option(is_near.then_some(number));
        }
        self.cluster.append_value(i64::from(cluster));
    }

    fn finish(&mut self) -> Result<RecordBatch, PairError> {
        self.len = 0;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.version.finish())];
        columns.extend(self.texts.iter_mut().map(|texts| Arc::new(texts.finish()) as ArrayRef));
        columns.push(Arc::new(self.distance.finish()));
        columns.extend(self.numbers.iter_mut().map(|numbers| Arc::new(numbers.finish()) as ArrayRef));
        columns.push(Arc::new(self.cluster.finish()));
        RecordBatch::try_new(schema(), columns).map_err(|error| io::Error::other(error).into())
    }
}

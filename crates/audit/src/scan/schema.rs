//! The columns of a scan, and the rows in them. The columns are a contract with other programs
//! ([the format](../../../../docs/scan.md)): another meaning needs another [`SCHEMA_VERSION`].

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Float32Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use super::contents::ScanContents;
use super::tile::ScannedTile;
use crate::external::{boxes, spaced_text};
use crate::suspicion::SuspicionSettings;
use crate::suspicion::fingerprints::FINGERPRINT_VERSION;

/// The version of the columns.
pub const SCHEMA_VERSION: i32 = 1;

/// The columns of a scan.
pub fn scan_schema() -> SchemaRef {
    let item = Arc::new(Field::new_list_field(DataType::Int64, false));
    let required = |name: &str, kind| Field::new(name, kind, false);
    let optional = |name: &str, kind| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        required("schema_version", DataType::Int32),
        required("program_version", DataType::Utf8),
        required("dataset", DataType::Utf8),
        required("shard", DataType::Utf8),
        required("shard_bytes", DataType::Int64),
        required("shard_version", DataType::Utf8),
        optional("member", DataType::Utf8),
        optional("offset", DataType::Int64),
        optional("size", DataType::Int64),
        optional("sha256", DataType::Binary),
        optional("bytes_hash", DataType::Binary),
        optional("unreadable", DataType::Boolean),
        optional("error", DataType::Utf8),
        optional("width", DataType::Int32),
        optional("height", DataType::Int32),
        optional("blank", DataType::Boolean),
        optional("ink", DataType::Float32),
        optional("pixels_hash", DataType::Binary),
        optional("bands", DataType::List(item)),
        optional("fingerprint_version", DataType::Int32),
        optional("fingerprint", DataType::Binary),
        optional("engine", DataType::Utf8),
        optional("engine_version", DataType::Utf8),
        optional("languages", DataType::Utf8),
        optional("missing_language", DataType::Utf8),
        optional("legible", DataType::Boolean),
        optional("text", DataType::Utf8),
        optional("boxes", DataType::Binary),
        optional("text_error", DataType::Utf8),
    ]))
}

/// Makes a batch of rows.
pub(super) fn batch(rows: &[ScannedTile], dataset: &str, contents: &ScanContents) -> Result<RecordBatch, ArrowError> {
    let columns = Columns { rows, contents };
    let fingerprint = |row: &ScannedTile| row.fingerprint.is_some();
    let of_text = |value: fn(&super::TextReading) -> &str| {
        let value = contents.texts.as_ref().map(value);
        move |row: &ScannedTile| row.text.as_ref().and(value).map(str::to_owned)
    };
    let arrays: Vec<ArrayRef> = vec![
        columns.int32(|_| Some(SCHEMA_VERSION)),
        columns.text(|_| Some(env!("CARGO_PKG_VERSION").to_owned())),
        columns.text(|_| Some(dataset.to_owned())),
        columns.text(|row| Some(row.shard.path.clone())),
        columns.int64(|row| Some(row.shard.bytes)),
        columns.text(|row| Some(row.shard.version.clone())),
        columns.text(|row| row.member.as_ref().map(|(path, _)| path.as_str().to_owned())),
        columns.int64(|row| row.member.as_ref().map(|(_, member)| member.offset)),
        columns.int64(|row| row.member.as_ref().map(|(_, member)| member.size)),
        columns.bytes(|row| row.sha256.map(Vec::from)),
        columns.bytes(|row| row.bytes_hash.map(|hash| hash.to_le_bytes().to_vec())),
        columns.flag(|row| row.is_readable.map(|is_readable| !is_readable)),
        columns.text(|row| row.error.clone()),
        columns.int32(|row| row.size.map(|(width, _)| width as i32)),
        columns.int32(|row| row.size.map(|(_, height)| height as i32)),
        columns.flag(|row| Some(row.fingerprint.as_ref()?.ink <= SuspicionSettings::default().blank_ink)),
        columns.ink(),
        columns.bytes(|row| Some(row.fingerprint.as_ref()?.pixels.to_le_bytes().to_vec())),
        columns.bands(),
        columns.int32(|row| fingerprint(row).then_some(FINGERPRINT_VERSION as i32)),
        columns.bytes(|row| {
            let mut bytes = Vec::new();
            row.fingerprint.as_ref()?.to_bytes(&mut bytes);
            Some(bytes)
        }),
        columns.text(of_text(|texts| texts.engine.name())),
        columns.text(of_text(|texts| texts.engine.version())),
        columns.text(|row| Some(row.text.as_ref()?.languages.clone())),
        columns.text(|row| row.text.as_ref()?.missing.clone()),
        columns.flag(|row| Some(row.text.as_ref()?.legible)),
        columns.text(|row| Some(spaced_text(&row.text.as_ref()?.reading))),
        columns.bytes(|row| Some(boxes(&row.text.as_ref()?.reading))),
        columns.text(|row| row.text_error.clone()),
    ];
    RecordBatch::try_new(scan_schema(), arrays)
}

/// Makes one column after the other.
struct Columns<'r> {
    rows: &'r [ScannedTile],
    contents: &'r ScanContents,
}

impl Columns<'_> {
    fn text(&self, value: impl Fn(&ScannedTile) -> Option<String>) -> ArrayRef {
        let mut column = StringBuilder::new();
        self.rows.iter().for_each(|row| column.append_option(value(row)));
        Arc::new(column.finish())
    }

    fn bytes(&self, value: impl Fn(&ScannedTile) -> Option<Vec<u8>>) -> ArrayRef {
        let mut column = BinaryBuilder::new();
        self.rows.iter().for_each(|row| column.append_option(value(row)));
        Arc::new(column.finish())
    }

    fn int32(&self, value: impl Fn(&ScannedTile) -> Option<i32>) -> ArrayRef {
        let mut column = Int32Builder::new();
        self.rows.iter().for_each(|row| column.append_option(value(row)));
        Arc::new(column.finish())
    }

    fn int64(&self, value: impl Fn(&ScannedTile) -> Option<u64>) -> ArrayRef {
        let mut column = Int64Builder::new();
        self.rows.iter().for_each(|row| column.append_option(value(row).map(|number| number as i64)));
        Arc::new(column.finish())
    }

    fn flag(&self, value: impl Fn(&ScannedTile) -> Option<bool>) -> ArrayRef {
        let mut column = BooleanBuilder::new();
        self.rows.iter().for_each(|row| column.append_option(value(row)));
        Arc::new(column.finish())
    }

    fn ink(&self) -> ArrayRef {
        let mut column = Float32Builder::new();
        self.rows.iter().for_each(|row| column.append_option(row.fingerprint.as_ref().map(|it| it.ink)));
        Arc::new(column.finish())
    }

    fn bands(&self) -> ArrayRef {
        let item = Arc::new(Field::new_list_field(DataType::Int64, false));
        let mut column = ListBuilder::new(Int64Builder::new()).with_field(item);
        for row in self.rows {
            let bands = row.fingerprint.as_ref().map(tilejury_vision::PictureFingerprint::bands);
            bands.iter().flatten().for_each(|band| column.values().append_value(*band as i64));
            column.append(bands.is_some() && self.contents.fingerprints);
        }
        Arc::new(column.finish())
    }
}

//! Judgements as columns: those of the lines that `tilejury judgements` prints.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder, StructBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_schema::{DataType, Field, Fields};
use serde_json::{Map, Value};
use tilejury_audit::Timestamp;

use super::{Batches, Column, in_batches};

/// The stream of lines in the form of [`tilejury_audit::interchange::current`].
pub(crate) fn judgements(lines: Vec<Value>) -> Batches {
    in_batches(lines, columns)
}

fn columns(lines: &[Value]) -> Vec<Column> {
    let text = |name: &'static str| Column::optional_texts(name, lines.iter().map(|line| line[name].as_str()));
    let list = |name: &'static str| Column::lists(name, lines.iter().map(|line| texts_in(&line[name])));
    vec![
        text("split"),
        Column::optional_integers("line", lines.iter().map(|line| line["line"].as_i64())),
        text("query"),
        text("chunk_path"),
        text("verdict"),
        list("reasons"),
        tiles(lines),
        Column::texts("note", lines.iter().map(|line| line["note"].as_str().unwrap_or_default())),
        list("tags"),
        Column::texts("annotator", lines.iter().map(|line| line["annotator"].as_str().unwrap_or_default())),
        times(lines),
        text("chosen_by"),
        list("bulk"),
        looks(lines),
        visible(lines),
        Column::flags("orphan", lines.iter().map(|line| line["orphan"] == true)),
    ]
}

fn texts_in(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The fields of an object, none if it is something else.
fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// The marks of tiles, those that the row names first.
fn tiles(lines: &[Value]) -> Column {
    let fields = Fields::from(vec![
        Field::new("path", DataType::Utf8, false),
        Field::new("relevance", DataType::Utf8, false),
        Field::new("added", DataType::Boolean, false),
        Field::new("confirmed", DataType::Utf8, true),
        Field::new("propagated", DataType::Utf8, true),
    ]);
    let item = Field::new_list_field(DataType::Struct(fields.clone()), false);
    let mut lists = ListBuilder::new(StructBuilder::from_fields(fields, 0)).with_field(item);
    for line in lines {
        let marks = [("tiles", false), ("added", true)];
        for (path, mark, added) in
            marks.iter().flat_map(|(name, added)| entries(&line[name]).map(move |(path, mark)| (path, mark, *added)))
        {
            let builder = lists.values();
            let texts = [
                (0, Some(path.as_str())),
                (1, Some(mark.as_str().unwrap_or_default())),
                (3, line["confirmed"][path].as_str()),
                (4, line["propagated"][path].as_str()),
            ];
            for (at, text) in texts {
                if let Some(column) = builder.field_builder::<StringBuilder>(at) {
                    column.append_option(text);
                }
            }
            if let Some(column) = builder.field_builder::<BooleanBuilder>(2) {
                column.append_value(added);
            }
            builder.append(true);
        }
        lists.append(true);
    }
    Column::new("tiles", false, Arc::new(lists.finish()))
}

/// The time and the size at which tiles were in view before the verdict.
fn looks(lines: &[Value]) -> Column {
    let fields = Fields::from(vec![
        Field::new("path", DataType::Utf8, false),
        Field::new("scale", DataType::Float64, true),
        Field::new("ms", DataType::Int64, true),
    ]);
    let item = Field::new_list_field(DataType::Struct(fields.clone()), false);
    let mut lists = ListBuilder::new(StructBuilder::from_fields(fields, 0)).with_field(item);
    for line in lines {
        for (path, look) in entries(&line["looks"]) {
            let builder = lists.values();
            if let Some(column) = builder.field_builder::<StringBuilder>(0) {
                column.append_value(path);
            }
            if let Some(column) = builder.field_builder::<Float64Builder>(1) {
                column.append_option(look["scale"].as_f64());
            }
            if let Some(column) = builder.field_builder::<Int64Builder>(2) {
                column.append_option(look["ms"].as_i64());
            }
            builder.append(true);
        }
        lists.append(true);
    }
    Column::new("looks", false, Arc::new(lists.finish()))
}

/// The things that the window did not hide; null where that was not recorded.
fn visible(lines: &[Value]) -> Column {
    let item = Field::new_list_field(DataType::Utf8, false);
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(item);
    for line in lines {
        let is_recorded = line["visible"].is_array();
        texts_in(&line["visible"]).into_iter().for_each(|word| lists.values().append_value(word));
        lists.append(is_recorded);
    }
    Column::new("visible", true, Arc::new(lists.finish()))
}

fn times(lines: &[Value]) -> Column {
    let mut builder = TimestampMicrosecondBuilder::new().with_timezone("UTC");
    for line in lines {
        let at = line["at"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        builder.append_value(at.unwrap_or(Timestamp::EPOCH).micros());
    }
    Column::new("at", false, Arc::new(builder.finish()))
}

//! Folders of pictures with a `metadata.jsonl` each, as the `ImageFolder` loader of the Hub's
//! `datasets` library reads them.
//!
//! The loader reads `*_file_name` as a picture and `*_file_names` as a list of pictures, relative
//! to the metadata file. It needs the same columns in each split's file, so if any row has a
//! `query_group`, every row gets one.

use std::collections::HashMap;

use serde::Serialize;
use tilejury_data::TilePath;

use super::{group_of, is_grouped, names};
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::images::{own_file_error, read};
use crate::export::rows::{RowToWrite, image_path};
use crate::progress::Stage;

/// One line of a metadata file.
#[derive(Serialize)]
struct Line<'r> {
    id: String,
    query: &'r str,
    positive_file_name: String,
    negative_file_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_group: Option<String>,
}

pub(super) fn write(context: &ExportContext<'_>) -> Result<(), ExportError> {
    let grouped = is_grouped(context);
    let mut pictures = Pictures { context, first: HashMap::new(), names: Vec::new(), bytes: Vec::new() };
    let mut done = 0;
    let names = names::split_file_names(context.dataset);
    for (split_index, (split, (_, planned))) in names.iter().zip(context.splits()).enumerate() {
        if planned.is_empty() {
            continue;
        }
        let mut metadata = context.folder.file(&format!("imagefolder/{split}/metadata.jsonl"))?;
        for row in context.rows(planned, done) {
            let row = row?;
            let line = Line {
                id: row.id(context.dataset),
                query: &row.query,
                positive_file_name: image_path(&row.positive),
                negative_file_names: row.negatives.iter().map(image_path).collect(),
                query_group: grouped.then(|| group_of(&row)),
            };
            metadata.write_json(&line)?;
            pictures.add_row(&row, split_index, split)?;
            done += 1;
            context.report_progress(Stage::Writing.step(done, context.plan.rows.len()))?;
        }
        metadata.finish()?;
    }
    context.folder.sync(&pictures.names)
}

struct Pictures<'c> {
    context: &'c ExportContext<'c>,
    /// The name of the first split that has a tile, and the index of the last one that got it.
    first: HashMap<TilePath, (String, usize)>,
    names: Vec<String>,
    bytes: Vec<u8>,
}

impl Pictures<'_> {
    fn add_row(&mut self, row: &RowToWrite, split_index: usize, split: &str) -> Result<(), ExportError> {
        for tile in row.tiles() {
            let name = |split: &str| format!("imagefolder/{split}/{}", image_path(tile));
            match self.first.get_mut(tile) {
                Some((_, last)) if *last == split_index => {}
                Some((first, last)) => {
                    self.context.folder.same_picture(&name(first), &name(split))?;
                    self.names.push(name(split));
                    *last = split_index;
                }
                None => {
                    read(self.context, row.sample, tile, &mut self.bytes)?;
                    let written = self.context.folder.picture(&name(split), &self.bytes);
                    written.map_err(|error| own_file_error(self.context, row.sample, tile, error))?;
                    self.names.push(name(split));
                    self.first.insert(tile.clone(), (split.to_owned(), split_index));
                }
            }
        }
        Ok(())
    }
}

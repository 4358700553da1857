//! One row a line as ms-swift trains embeddings and rerankers on.
//!
//! The form is that of `TemplateInputs.from_dict` in `swift/template/template_inputs.py` of modelscope/ms-swift: what begins
//! with `positive_` and `negative_` holds one list for each document, its messages and, at the same place, its images, one for
//! each `<image>` of the messages. A path is taken from the folder where training runs, or from that in `ROOT_IMAGE_DIR`.

use serde::Serialize;

use super::names;
use crate::export::ExportError;
use crate::export::context::Context;
use crate::export::rows::{OutRow, image_path};

pub(super) const ABOUT: &str = "`ms-swift/SPLIT.jsonl` with `messages` (the query), and for the positive and every negative its messages and images (`positive_messages`, `positive_images`, `negative_messages`, `negative_images`); train with `ROOT_IMAGE_DIR` set to the folder above `images`.";

/// Where the rows of a split lie, by its name as a file.
fn path(split: &str) -> String {
    format!("ms-swift/{split}.jsonl")
}

#[derive(Serialize)]
struct Message<'m> {
    role: &'static str,
    content: &'m str,
}

type Messages<'m> = [Message<'m>; 1];

#[derive(Serialize)]
struct Line<'r> {
    messages: Messages<'r>,
    positive_messages: [Messages<'r>; 1],
    positive_images: [[String; 1]; 1],
    negative_messages: Vec<Messages<'r>>,
    negative_images: Vec<[String; 1]>,
}

impl<'r> Line<'r> {
    fn from_row(row: &'r OutRow) -> Self {
        let says = |content| [Message { role: "user", content }];
        Self {
            messages: says(&row.query),
            positive_messages: [says("<image>")],
            positive_images: [[image_path(&row.positive)]],
            negative_messages: row.negatives.iter().map(|_| says("<image>")).collect(),
            negative_images: row.negatives.iter().map(|tile| [image_path(tile)]).collect(),
        }
    }
}

pub(super) fn write(context: &Context<'_>) -> Result<(), ExportError> {
    let mut before = 0;
    for (name, (_, planned)) in names::split_file_names(context.dataset).iter().zip(context.splits()) {
        let mut file = context.folder.file(&path(name))?;
        for row in context.rows(planned, before) {
            file.write_json(&Line::from_row(&row?))?;
        }
        file.finish()?;
        before += planned.len();
    }
    Ok(())
}

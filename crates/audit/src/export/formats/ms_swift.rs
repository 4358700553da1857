//! One row per line, as ms-swift reads them to train embedding models and rerankers.
//!
//! The form is that of `TemplateInputs.from_dict` in `swift/template/template_inputs.py` of
//! modelscope/ms-swift. Fields that begin with `positive_` and `negative_` hold one list per
//! document: its messages and, at the same index, its images, one for each `<image>` of the
//! messages. Paths are relative to the folder in which training runs, or to the one in
//! `ROOT_IMAGE_DIR`.

use serde::Serialize;

use super::names;
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::rows::{RowToWrite, image_path};

pub(super) const ABOUT: &str = "`ms-swift/SPLIT.jsonl` with `messages` (the query), and the messages and images of the positive and of every negative (`positive_messages`, `positive_images`, `negative_messages`, `negative_images`); train with `ROOT_IMAGE_DIR` set to the folder that contains `images`.";

/// Returns the path of a split's rows, given its file name.
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
    fn from_row(row: &'r RowToWrite) -> Self {
        let user = |content| [Message { role: "user", content }];
        Self {
            messages: user(&row.query),
            positive_messages: [user("<image>")],
            positive_images: [[image_path(&row.positive)]],
            negative_messages: row.negatives.iter().map(|_| user("<image>")).collect(),
            negative_images: row.negatives.iter().map(|tile| [image_path(tile)]).collect(),
        }
    }
}

pub(super) fn write(context: &ExportContext<'_>) -> Result<(), ExportError> {
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

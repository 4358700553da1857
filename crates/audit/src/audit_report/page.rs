//! The text of a report as blocks, which Markdown and HTML are made from. Knows no figures.

use std::ops::Range;

/// A part of a page.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Block {
    /// The title of the page.
    Title(String),
    /// The heading of one of the parts.
    Heading(String),
    /// A heading below it.
    Subheading(String),
    Paragraph(String),
    List(Vec<String>),
    Table(Table),
    /// A program, as it is.
    Code(String),
    /// A text of a person, with its lines as they are.
    Verbatim(String),
    /// Words for pages without plots: what the plot before them shows.
    InsteadOfPlot(String),
    /// A plot, and what it shows. Markdown has none.
    Plot {
        svg: String,
        caption: String,
    },
}

/// A table of texts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// The columns with numbers.
    pub(super) numbers: Range<usize>,
}

impl Block {
    pub(super) fn paragraph(text: impl Into<String>) -> Self {
        Self::Paragraph(text.into())
    }

    /// A table with numbers in some columns. A cell without a value gets a dash.
    pub(super) fn table(head: &[&str], numbers: Range<usize>, mut rows: Vec<Vec<String>>) -> Self {
        rows.iter_mut().flatten().filter(|cell| cell.is_empty()).for_each(|cell| cell.push('–'));
        Self::Table(Table { head: head.iter().map(|text| (*text).to_owned()).collect(), rows, numbers })
    }
}

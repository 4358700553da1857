//! Loading with the Hub's `datasets` library: the configurations in the header of a dataset card,
//! and a card for each format's folder. Without a card, the library guesses splits from file names
//! and takes `eval` for `test`.
//!
//! Knows the file names of each format. Does not write rows, and opens no file except the cards.

use std::collections::HashSet;
use std::fmt::Write as _;

use tilejury_data::{Dataset, file_name};

use super::{about, names};
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::options::Format;

/// The placeholder for a split's name in the patterns below.
const SPLIT: &str = "SPLIT";

/// A table of a format: one configuration of the library.
struct Table {
    /// The name of its content; empty for the rows, whose configuration has the format's own name.
    content: &'static str,
    /// The pattern of its files in the format's folder. With [`SPLIT`] in it, it is one table per
    /// split; otherwise it is one table, whose only split has the name of its content.
    files: &'static str,
}

const fn rows(files: &'static str) -> Table {
    Table { content: "", files }
}

/// The tables of a format, the rows first; none for the dataset's own layout, whose file names
/// vary.
fn tables(format: Format) -> &'static [Table] {
    match format {
        Format::Jsonl => &[],
        Format::Qrels => {
            const { &[rows("SPLIT.qrels.jsonl"), Table { content: "queries", files: "SPLIT.queries.jsonl" }] }
        }
        Format::Beir => {
            const {
                &[
                    rows("qrels/SPLIT.jsonl"),
                    Table { content: "corpus", files: "corpus.jsonl" },
                    Table { content: "queries", files: "queries.jsonl" },
                ]
            }
        }
        Format::SentenceTransformers | Format::MsSwift => const { &[rows("SPLIT.jsonl")] },
        Format::Tevatron => const { &[rows("SPLIT.jsonl"), Table { content: "corpus", files: "corpus.jsonl" }] },
        Format::ImageFolder => const { &[rows("SPLIT/**")] },
        // All digits are matched, or the files of `train-2` would be rows of `train`.
        Format::Parquet => const { &[rows("SPLIT-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9].parquet")] },
        Format::WebDataset => const { &[rows("SPLIT-[0-9][0-9][0-9][0-9][0-9][0-9].tar")] },
    }
}

/// The loader of the library that reads a format.
fn loader(format: Format) -> &'static str {
    match format {
        Format::ImageFolder => "imagefolder",
        Format::Parquet => "parquet",
        Format::WebDataset => "webdataset",
        Format::Jsonl
        | Format::Qrels
        | Format::Beir
        | Format::SentenceTransformers
        | Format::MsSwift
        | Format::Tevatron => "json",
    }
}

/// A configuration: its name, and each split's name with the pattern of its files.
struct Configuration {
    name: String,
    files: Vec<(String, String)>,
}

/// The tables of an export that the library can load.
pub(in crate::export) struct Loading<'a> {
    dataset: &'a Dataset,
    /// By split: whether it has rows. The library takes the types of columns from rows, and fails
    /// on splits without any.
    filled: Vec<bool>,
}

impl<'a> Loading<'a> {
    /// `filled` states for each split of the dataset, in order, whether any row of it is written.
    pub(in crate::export) fn new(dataset: &'a Dataset, filled: impl Iterator<Item = bool>) -> Self {
        Self { dataset, filled: filled.collect() }
    }

    /// Returns the configurations for the card of the whole export as YAML. Each has the name of
    /// its format; the first is the default.
    pub(in crate::export) fn configurations(&self, formats: &[Format]) -> String {
        let named = formats.iter().filter(|format| is_loaded_by_name(formats, **format));
        let all: Vec<Configuration> = named.flat_map(|format| self.configurations_of(*format, true)).collect();
        yaml(&all)
    }

    /// Writes the card of a format's folder; the dataset's own layout has none.
    pub(super) fn write_card(&self, format: Format, context: &ExportContext<'_>) -> Result<(), ExportError> {
        if format == Format::Jsonl {
            return Ok(());
        }
        let configurations = self.configurations_of(format, false);
        let mut text = String::new();
        if !configurations.is_empty() {
            let _ = write!(text, "---\n{}---\n\n", yaml(&configurations));
        }
        let word = format.word();
        let _ = writeln!(text, "# {}, cleaned: {}\n", file_name(&self.dataset.root), format.label());
        let _ = writeln!(text, "{}\n", about(format));
        let _ = writeln!(text, "- `load_dataset(\"OUT/{word}\")` loads the configuration `{word}`.");
        for configuration in configurations.iter().skip(1) {
            let name = &configuration.name;
            let _ = writeln!(text, "- `load_dataset(\"OUT/{word}\", \"{name}\")` loads the configuration `{name}`.");
        }
        let _ = writeln!(
            text,
            "\n`OUT` is the folder of the whole export; its `README.md` describes how the set was cleaned."
        );
        let mut file = context.folder.file(&format!("{word}/README.md"))?;
        file.write(text.as_bytes())?;
        file.finish()
    }

    /// Returns the configurations of one format, the rows first, for the card of the whole export
    /// or of the format's folder.
    fn configurations_of(&self, format: Format, whole_export: bool) -> Vec<Configuration> {
        let word = format.word();
        if format == Format::Jsonl {
            let pattern = |split: usize| self.dataset.splits[split].export_names.last().map(|name| literal(name));
            return self.configuration(word.to_owned(), pattern).into_iter().collect();
        }
        let folder = if whole_export { format!("{word}/") } else { String::new() };
        let files = names::split_file_names(self.dataset);
        let mut configurations = Vec::new();
        for table in tables(format) {
            let name = match (table.content, whole_export) {
                ("", _) => word.to_owned(),
                (content, true) => format!("{word}-{content}"),
                (content, false) => content.to_owned(),
            };
            let pattern = format!("{folder}{}", table.files);
            if table.files.contains(SPLIT) {
                configurations
                    .extend(self.configuration(name, |split| Some(pattern.replace(SPLIT, files.get(split)?))));
            } else if self.filled.contains(&true) {
                configurations.push(Configuration { name, files: vec![(table.content.to_owned(), pattern)] });
            }
        }
        configurations
    }

    /// Returns a configuration with a table for each filled split; `None` if there is none.
    fn configuration(&self, name: String, pattern: impl Fn(usize) -> Option<String>) -> Option<Configuration> {
        let splits = split_names(&names::split_file_names(self.dataset));
        let filled = splits.into_iter().enumerate().filter(|(at, _)| self.filled.get(*at) == Some(&true));
        let files: Vec<(String, String)> = filled.filter_map(|(at, split)| Some((split, pattern(at)?))).collect();
        (!files.is_empty()).then_some(Configuration { name, files })
    }
}

/// Returns whether a format loads by its name from the folder of the whole export. The library
/// reads all configurations of a folder with one loader, the first one's, so formats of other
/// loaders load from their own folders only.
fn is_loaded_by_name(formats: &[Format], format: Format) -> bool {
    formats.first().is_some_and(|first| loader(*first) == loader(format))
}

/// Lists the calls that load each format, for the card of the whole export.
pub(in crate::export) fn how_to_load(formats: &[Format]) -> String {
    let mut text = String::from("With the `datasets` library; `OUT` is this folder.\n\n");
    for format in formats {
        let word = format.word();
        let by_name = format!("`load_dataset(\"OUT\", \"{word}\")`");
        let by_folder = format!("`load_dataset(\"OUT/{word}\")`");
        let calls = match format {
            Format::Jsonl => by_name,
            _ if is_loaded_by_name(formats, *format) => format!("{by_name} or {by_folder}"),
            _ => by_folder,
        };
        let _ = write!(text, "- {}: {calls}", format.label());
        let others: Vec<&str> = tables(*format).iter().map(|table| table.content).filter(|it| !it.is_empty()).collect();
        for content in &others {
            let by_name = is_loaded_by_name(formats, *format);
            let call = if by_name {
                format!("\"OUT\", \"{word}-{content}\"")
            } else {
                format!("\"OUT/{word}\", \"{content}\"")
            };
            let _ = write!(text, "; its {content}: `load_dataset({call})`");
        }
        text.push('\n');
    }
    text
}

/// Returns for each split a name that the library accepts: ASCII letters and digits, and `_`. No
/// two are equal, and none is `all`, which the library reserves. `files` are the file names of the
/// splits.
fn split_names(files: &[String]) -> Vec<String> {
    let mut taken = HashSet::from(["all".to_owned()]);
    let mut free = |name: String| taken.insert(name.to_ascii_lowercase()).then_some(name);
    let name = |file: &String| {
        let plain = file.replace(['-', '.'], "_");
        let numbered = (2_u32..).map(|number| format!("{plain}_{number}"));
        std::iter::once(plain.clone()).chain(numbered).find_map(&mut free).unwrap_or(plain)
    };
    files.iter().map(name).collect()
}

/// Returns a pattern that matches only a file of this name.
fn literal(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '*' | '?' | '[' => pattern.extend(['[', character, ']']),
            _ => pattern.push(character),
        }
    }
    pattern
}

fn yaml(configurations: &[Configuration]) -> String {
    if configurations.is_empty() {
        return String::new();
    }
    let mut text = String::from("configs:\n");
    for (at, Configuration { name, files }) in configurations.iter().enumerate() {
        let _ = writeln!(text, "- config_name: {name}");
        if at == 0 {
            text.push_str("  default: true\n");
        }
        text.push_str("  data_files:\n");
        for (split, pattern) in files {
            // Quoted: in YAML, a split named `no` or `1` would not be text.
            let _ = writeln!(text, "  - split: {}\n    path: {}", quoted(split), quoted(pattern));
        }
    }
    text
}

/// Returns a text in YAML's double quotes, all in printable ASCII: YAML readers refuse some other
/// characters.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_each_split_a_name_of_its_own() {
        let names = split_names(&["train", "a_b", "a-b", "A.B", "all", "ALL", "my_split"].map(str::to_owned));
        assert_eq!(names, ["train", "a_b", "a_b_2", "A_B_3", "all_2", "ALL_3", "my_split"]);
    }

    #[test]
    fn writes_patterns_that_mean_one_file() {
        assert_eq!(literal("a[1]*?.jsonl"), "a[[]1][*][?].jsonl");
        assert_eq!(quoted("é\"\\\u{7f}.jsonl"), r#""\U000000E9\"\\\U0000007F.jsonl""#);
    }

    #[test]
    fn loads_by_name_what_the_first_loader_reads() {
        let formats = [Format::Beir, Format::Tevatron, Format::Parquet];
        let by_name = formats.map(|format| is_loaded_by_name(&formats, format));
        assert_eq!(by_name, [true, true, false]);
        let text = how_to_load(&formats);
        assert!(text.contains(r#"its corpus: `load_dataset("OUT", "beir-corpus")`"#), "{text}");
        assert!(text.ends_with("- Parquet with images: `load_dataset(\"OUT/parquet\")`\n"), "{text}");
    }
}

//! The command line that writes the same export as the dialog. Runs nothing.

use std::path::Path;

use tilejury_audit::export::ExportOptions;
use tilejury_audit::merge::{ADJUDICATOR, AnnotatorScope};
use tilejury_data::{Dataset, file_name};

/// Returns the command line of an export, for a POSIX shell. Options with their defaults are left
/// out. `sidecar` names a file with judgements that is not the usual one.
pub fn command_line(
    dataset: &Dataset,
    out: &Path,
    sidecar: Option<&Path>,
    options: &ExportOptions,
    scope: &AnnotatorScope,
) -> String {
    // One file was opened: without its name, the command would export its siblings, too.
    let source = match (&dataset.splits[..], dataset.tiles.storage()) {
        ([only], Some(storage)) => format!("{}/{}", storage.address(), file_name(&only.file)),
        (_, Some(storage)) => storage.address().to_owned(),
        ([only], None) => only.file.to_string_lossy().into_owned(),
        (_, None) => dataset.root.to_string_lossy().into_owned(),
    };
    let mut words = vec!["tilejury".to_owned(), "export".to_owned(), quoted(&source)];
    words.push(quoted(&out.to_string_lossy()));
    let mut add = |flag: &str, value: &str| words.extend([format!("--{flag}"), quoted(value)]);
    if let Some(sidecar) = sidecar {
        add("sidecar", &sidecar.to_string_lossy());
    }
    let usual = ExportOptions::default();
    if options.negatives != usual.negatives {
        add("negatives", &options.negatives.to_string());
    }
    let choices = [
        ("false-negatives", options.false_negatives.word(), usual.false_negatives.word()),
        ("copies", options.copies.word(), usual.copies.word()),
        ("unjudged", options.unjudged.word(), usual.unjudged.word()),
        ("unsure", options.unsure.word(), usual.unsure.word()),
        ("order", options.order.word(), usual.order.word()),
        ("conflicts", options.conflicts.word(), usual.conflicts.word()),
        ("leaks", options.leaks.word(), usual.leaks.word()),
        ("held-out-leaks", options.held_out_leaks.word(), usual.held_out_leaks.word()),
        ("tiles", options.tiles.word(), usual.tiles.word()),
        ("images", options.images.word(), usual.images.word()),
    ];
    for (flag, word, _) in choices.iter().filter(|(_, word, usual)| word != usual) {
        add(flag, word);
    }
    if options.formats != usual.formats {
        let formats: Vec<&str> = options.formats.iter().map(|format| format.word()).collect();
        add("format", &formats.join(","));
    }
    match scope {
        AnnotatorScope::Everybody => {}
        AnnotatorScope::Annotator(name) => add("annotator", name),
        AnnotatorScope::Adjudicated(name) if name == ADJUDICATOR => words.push("--adjudicated".to_owned()),
        AnnotatorScope::Adjudicated(name) => add("adjudicated", name),
    }
    if options.refill != usual.refill {
        words.push("--refill".to_owned());
    }
    words.join(" ")
}

/// A word for a POSIX shell.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./,=:+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

//! The language of comments, texts and pages: words that readers had to translate stay out.
//!
//! [`PHRASES`] is the one list, with the reason for each entry. Code is not judged, only what
//! people read: comments, string literals and the Markdown pages.

#![allow(clippy::unwrap_used, reason = "what cannot be read is a failed test")]

use std::path::{Path, PathBuf};

use regex::Regex;

/// Phrases that stay out, as regular expressions over lower-case text, and what to write instead.
const PHRASES: &[(&str, &str)] = &[
    (r"anew", "archaic: again"),
    (r"on show", "means an exhibition: visible, shown, current"),
    (r"stands?", "means an upright posture: is, holds, counts"),
    (r"sp(eak|oke)s? against", "a private idiom: signal, reason for suspicion"),
    (r"(is|are|was|were|be|been) told", "passive: receives, knows, reports"),
    (r"in the making", "a private idiom: unfinished, being built"),
    (r"at one go", "a private idiom: at once"),
    (r"as was wished", "inverted: as requested"),
    (r"(goes?|went) by", "a private idiom: uses, follows"),
    (r"(gone|went) through", "a private idiom: read, processed"),
    (r"puts? away", "a private idiom: closed, dismissed"),
    (r"tak(en|es?) back", "a private idiom: undone"),
    (r"br(ought|ings?) back", "a private idiom: restored"),
    (r"taken in", "means a deception: added, received"),
    (r"in hand", "a private idiom: current, being processed"),
    (r"looked at", "vague: examined, compared, inspected"),
    (r"sa(id|ys) of", "data does not speak: holds, records, states"),
    (r"(it|which|that|this|who|they) (is|are|was|were) no ([a-km-z]|l[a-np-z])", "inverted: is not a"),
    (r"(the|this) very (tile|picture|pixels|row|query|word)", "archaic: the same, exactly this"),
    (r"as good as (none|nothing)", "a private idiom: counts as none"),
    (r"for want of", "archaic: without, since there is no"),
    (r"at the most", "inverted: at most"),
    (r"business of", "a metaphor: another module decides"),
    (r"obey(s|ed)?", "a metaphor: follows, uses"),
    (r"of a kind", "a riddle: of one kind, of the same kind"),
    (r"to be had", "a private idiom: available"),
    (r"see(s|n)? to it", "a private idiom: ensures"),
    (r"whoever", "inverted: anyone who"),
    (r"(be)?c(o|a)mes? of", "a riddle: outcome, result"),
    (r"kin", "a private metaphor: propagation target"),
    (r"diary", "a private metaphor: log"),
    (r"by (itself|themselves)", "ambiguous: automatically, alone"),
];

/// The pages outside `docs`.
const PAGES: [&str; 6] =
    ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md"];
/// Columns that a comment may fill.
const COMMENT_COLUMNS: usize = 100;
/// Characters that a test's name may have.
const TEST_NAME_CHARS: usize = 60;
/// Words that begin a clause or a question, where a summary needs a noun phrase or a verb.
const CLAUSES: &[&str] = &[
    "What", "Who", "Whose", "How", "Why", "When", "Is", "Are", "Was", "Were", "Does", "Do", "Did", "Has", "Have",
    "Would", "Can", "Could", "Should", "Must",
];

/// A line of something that people read: its number, from 1, and its text.
type Line = (usize, String);

/// Comments and string literals of Rust source, line by line, each where it begins.
fn readable(source: &str) -> Vec<Line> {
    let (mut lines, mut number) = (Vec::new(), 1);
    let mut rest = source;
    while let Some(sign) = rest.chars().next() {
        let (taken, text) = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            (end, Some(&rest[..end]))
        } else if let Some(hashes) = raw_string_hashes(rest) {
            let close = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            let end = rest[start..].find(&close).map_or(rest.len(), |at| start + at + close.len());
            (end, Some(&rest[start..end]))
        } else if sign == '"' {
            let end = end_of_string(rest);
            (end, Some(&rest[..end]))
        } else if let Some(end) = end_of_char(rest) {
            (end, None)
        } else {
            (sign.len_utf8(), None)
        };
        if let Some(text) = text {
            lines.extend(text.lines().enumerate().map(|(at, line)| (number + at, line.to_owned())));
        }
        number += rest[..taken].matches('\n').count();
        rest = &rest[taken..];
    }
    lines
}

/// The number of `#` of a raw string that begins here.
fn raw_string_hashes(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// The end of the string literal that begins here, its closing quote included.
fn end_of_string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, sign) in rest.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The end of the character literal that begins here; none for a lifetime.
fn end_of_char(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    if inside.starts_with('\\') {
        return inside[2..].find('\'').map(|at| at + 4);
    }
    let sign = inside.chars().next()?;
    inside[sign.len_utf8()..].starts_with('\'').then(|| sign.len_utf8() + 2)
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

/// Every source file except this one, which has to name the phrases.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["crates", "tests"] {
        files(&xtask::root().join(folder), "rs", &mut found);
    }
    found.retain(|path| !path.ends_with(file!().rsplit('/').next().unwrap()));
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn pages() -> Vec<(PathBuf, String)> {
    let root = xtask::root();
    let mut found = PAGES.map(|name| root.join(name)).to_vec();
    files(&root.join("docs"), "md", &mut found);
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} lines:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn phrases_that_readers_must_translate_stay_out() {
    let phrases: Vec<(Regex, &str)> = PHRASES
        .iter()
        .map(|(phrase, reason)| (Regex::new(&format!(r"(?i)\b(?:{phrase})\b")).unwrap(), *reason))
        .collect();
    let code = sources().into_iter().map(|(path, text)| (path, readable(&text)));
    let prose = pages().into_iter().map(|(path, text)| {
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.to_owned())).collect();
        (path, lines)
    });
    let mut faults = Vec::new();
    for (path, lines) in code.chain(prose) {
        for (number, line) in lines {
            for (phrase, reason) in &phrases {
                if let Some(found) = phrase.find(&line) {
                    faults.push(format!("{}:{number}: “{}” ({reason})", path.display(), found.as_str()));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn doc_summaries_are_noun_phrases_or_verbs() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        // The docs of a flag are its line of help, where a question reads well.
        if path.starts_with(xtask::root().join("crates/cli")) {
            continue;
        }
        let mut inside = false;
        for (at, line) in text.lines().map(str::trim_start).enumerate() {
            let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
            let first = doc.and_then(|doc| doc.split_whitespace().next());
            if !inside && first.is_some_and(|word| CLAUSES.contains(&word)) {
                faults.push(format!("{}:{}: {line}", path.display(), at + 1));
            }
            inside = doc.is_some();
        }
    }
    assert_none(&faults);
}

#[test]
fn comments_fit_in_their_columns() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        for (at, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") && line.chars().count() > COMMENT_COLUMNS && !line.contains("://") {
                faults.push(format!("{}:{}: {} columns", path.display(), at + 1, line.chars().count()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn test_names_are_short() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| **line == "#[test]") {
            let name = lines[at + 1..].iter().find_map(|line| line.strip_prefix("fn ")).unwrap_or(line);
            let name = name.split('(').next().unwrap();
            if name.len() > TEST_NAME_CHARS {
                faults.push(format!("{}: {name} has {} characters", path.display(), name.len()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn distinguishes_comments_and_strings_from_code() {
    let source =
        "let stands = 'x'; // a \"comment\"\nlet text = \"a \\\" string\nof two lines\"; let 'a: loop {}\nr#\"raw\"#";
    let found = readable(source);
    let expected = [(1, "// a \"comment\""), (2, "\"a \\\" string"), (3, "of two lines\""), (4, "raw\"#")]
        .map(|(at, text)| (at, text.to_owned()));
    assert_eq!(found, expected);
}

//! Splits on disk: line ends, parts, limits (smaller than the program's), and files that change
//! after they were opened.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;
use crate::LineNumber;

fn load(content: &[u8]) -> LoadedRows {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("train.jsonl");
    std::fs::write(&file, content).unwrap();
    Split::load("train".into(), &file, Vec::new()).unwrap()
}

#[test]
fn keeps_lines_with_bom_crlf_blank_lines_and_missing_end() {
    let a = r#"{"query": "a", "chunk_path": "1"}"#;
    let b = r#"{"query": "b", "chunk_path": "2"}"#;
    let loaded = load(format!("\u{feff}{a}\r\n\n  \n{b}").as_bytes());
    assert!(loaded.warnings.is_empty());
    let split = loaded.split;
    assert_eq!(split.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(split.line_bytes(0), a.as_bytes());
    assert_eq!(split.line_end(0), b"\r\n");
    assert_eq!(split.line_bytes(1), b.as_bytes());
    assert_eq!(split.line_end(1), b"");
}

#[test]
fn reports_bad_lines_and_loads_the_rest() {
    let loaded = load(
        b"{\"query\": \"a\", \"chunk_path\": \"1\"}\nnot json\n\xff\xfe\n{\"query\": \"b\", \"chunk_path\": \"2\"}\n",
    );
    assert_eq!(loaded.split.rows.len(), 2);
    let lines: Vec<_> = loaded.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [2, 3].map(|line| Some(LineNumber::new(line))));
    assert!(loaded.warnings[1].message.contains("UTF-8"));
}

#[test]
fn reads_a_large_file_in_parts() {
    let lines: Vec<String> =
        (0..60_000).map(|n| format!("{{\"query\": \"question {n}\", \"chunk_path\": \"images/{n}.png\"}}\n")).collect();
    let content = lines.concat();
    assert!(content.len() > 2 * (1 << 20), "more than one part");
    let loaded = load(content.as_bytes());
    assert_eq!(loaded.split.rows.len(), lines.len());
    for (n, row) in loaded.split.rows.iter().enumerate() {
        assert_eq!(row.line as usize, n + 1);
    }
    assert_eq!(loaded.split.line_bytes(59_999), lines[59_999].trim_end().as_bytes());
}

const SMALL: ScanLimits = ScanLimits { hold_up_to: 0, line_up_to: 100, listed: 3, negatives: 4 };
const HELD: ScanLimits = ScanLimits { hold_up_to: 1 << 20, ..SMALL };

fn load_within(content: &[u8], limits: ScanLimits) -> (LoadedRows, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("train.jsonl");
    std::fs::write(&file, content).unwrap();
    (Split::load_within("train".into(), &file, Vec::new(), limits).unwrap(), dir)
}

fn row(n: usize) -> String {
    format!("{{\"query\": \"question {n}\", \"chunk_path\": \"{n}.png\"}}")
}

fn warning_texts(loaded: &LoadedRows) -> Vec<(u64, &str)> {
    loaded.warnings.iter().map(|warning| (warning.line.unwrap().get(), warning.message.as_str())).collect()
}

#[test]
fn finds_the_same_rows_in_mapped_and_held_files() {
    let long = "x".repeat(1000);
    let padded = |len: usize| format!("{}{}", row(1), " ".repeat(len - row(1).len()));
    let contents = [
        String::new(),
        "\n\n\n".into(),
        (0..500).map(|n| row(n) + "\n").collect(),
        format!("\u{feff}{}\r\n\r\n{}\n{long}\n{long}{long}\r\nnot json\n{}", row(1), row(2), row(3)),
        format!("{long}\n{}\n{long}", row(1)),
        format!("{}\n{}\n{}\n", padded(99), padded(100), padded(101)),
        format!("{}\r\n{}\n{long}\n\n", padded(98), padded(99)),
    ];
    for content in contents {
        let ((mapped, _dir), (held, _other)) =
            (load_within(content.as_bytes(), SMALL), load_within(content.as_bytes(), HELD));
        assert_eq!(mapped.split.rows, held.split.rows, "{content:?}");
        assert_eq!(mapped.keys, held.keys);
        assert_eq!(warning_texts(&mapped), warning_texts(&held), "{content:?}");
        assert_eq!(mapped.split.bytes(), content.as_bytes());
        for at in 0..held.split.rows.len() {
            assert_eq!(mapped.split.line(at), held.split.line(at));
            assert_eq!(mapped.split.line_end(at), held.split.line_end(at));
        }
    }
}

#[test]
fn reports_a_too_long_line_with_its_size() {
    let fits = format!("{}{}", row(1), " ".repeat(100 - row(1).len()));
    let content = format!("{}\n{fits}\n{fits} \n{}\n{}\n", row(0), "x".repeat(5000), row(2));
    for limits in [SMALL, HELD] {
        let (loaded, _dir) = load_within(content.as_bytes(), limits);
        let lines: Vec<u32> = loaded.split.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [1, 2, 5]);
        let texts = warning_texts(&loaded);
        assert_eq!(texts.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4]);
        assert!(texts[0].1.starts_with("a line of 101 bytes, too long for a row"), "{texts:?}");
        assert!(texts[1].1.starts_with("a line of 5000 bytes"), "{texts:?}");
    }
}

#[test]
fn lists_the_first_bad_lines_and_counts_the_rest() {
    let content = format!("{}\n{}{}\n", row(0), "rubbish\n".repeat(400_000), row(1));
    assert!(content.len() > 3 << 20, "more than one part");
    for limits in [SMALL, ScanLimits { hold_up_to: 1 << 30, ..SMALL }] {
        let (loaded, _dir) = load_within(content.as_bytes(), limits);
        assert_eq!((loaded.split.rows.len(), loaded.split.bad_lines), (2, 400_000));
        let texts = warning_texts(&loaded);
        assert_eq!(texts.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert!(
            texts[3].1.starts_with("399997 more lines from this one on are not rows; only the first 3"),
            "{texts:?}"
        );
    }
}

#[test]
fn warns_about_many_negatives_and_keeps_the_row() {
    let row = |count: usize| {
        let list = vec!["\"n\""; count].join(",");
        format!("{{\"query\":\"q\",\"chunk_path\":\"a\",\"neg_chunk_paths\":[{list}]}}\n")
    };
    let (loaded, _dir) = load_within((row(4) + &row(5)).as_bytes(), SMALL);
    assert_eq!(loaded.split.rows.len(), 2);
    assert_eq!(loaded.split.bad_lines, 0);
    assert_eq!(loaded.warnings[0].kind, WarningKind::ManyNegatives);
    assert_eq!(loaded.warnings[0].line, Some(LineNumber::new(2)));
    assert!(loaded.warnings[0].message.starts_with("has 5 negatives, more than 4"));
    let (loaded, _dir) = load_within(row(5).repeat(10).as_bytes(), SMALL);
    assert_eq!((loaded.split.rows.len(), loaded.warnings.len()), (10, 4));
}

/// Other systems do not allow changes to a mapped file.
#[cfg(unix)]
mod changed_file {
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A mapped split whose file is then changed by `change`.
    fn changed(change: impl FnOnce(&Path)) -> (Split, tempfile::TempDir) {
        let content: String = (0..2000).map(|n| row(n) + "\n").collect();
        let (loaded, dir) = load_within(content.as_bytes(), SMALL);
        assert_eq!(loaded.split.row(1999).unwrap().query, "question 1999");
        change(&loaded.split.file);
        // The last check of the age may count for this long.
        std::thread::sleep(Duration::from_millis(5));
        (loaded.split, dir)
    }

    #[track_caller]
    fn check_gone(split: &Split, message: &str) {
        let error = split.row(1999).unwrap_err().to_string();
        assert!(error.contains(message) && error.contains("open the dataset again"), "{error}");
        assert!(split.line(0).is_err() && split.line_bytes(0).is_empty() && split.bytes().is_empty());
        assert!(split.line_end(0).is_empty());
        let read = split.read_at(0, &mut [0; 10]).unwrap_err().to_string();
        assert!(read.contains(message), "{read}");
    }

    #[test]
    fn reports_a_mapped_file_that_was_cut_short() {
        let cut = |len| move |file: &Path| File::options().write(true).open(file).unwrap().set_len(len).unwrap();
        for len in [0, 10, 5000] {
            let (split, _dir) = changed(cut(len));
            check_gone(&split, "was cut short");
        }
        // A file cut short while it is opened does not end the program either.
        let (split, _dir) = changed(cut(10));
        assert!(scan(&split.bytes, SMALL).is_err());
    }

    #[test]
    fn reports_a_mapped_file_that_was_rewritten() {
        let (split, _dir) = changed(|file| {
            let content = std::fs::read_to_string(file).unwrap().replace("question", "demanded");
            std::fs::write(file, content).unwrap();
            // Within one tick of the system's clock the file would look unchanged.
            let later = SystemTime::now() + Duration::from_secs(10);
            File::options().write(true).open(file).unwrap().set_modified(later).unwrap();
        });
        check_gone(&split, "changed since");
    }

    #[test]
    fn keeps_a_mapped_file_that_was_renamed_or_deleted() {
        let (split, _dir) = changed(|file| std::fs::rename(file, file.with_extension("old")).unwrap());
        assert_eq!(split.row(7).unwrap().query, "question 7");
        let (split, _dir) = changed(|file| std::fs::remove_file(file).unwrap());
        assert_eq!(split.row(7).unwrap().query, "question 7");
    }
}

#[test]
fn keeps_a_held_file_whatever_happens_to_it() {
    let (loaded, _dir) = load_within((row(0) + "\n" + &row(1)).as_bytes(), HELD);
    std::fs::write(&loaded.split.file, "").unwrap();
    assert_eq!(loaded.split.row(1).unwrap().query, "question 1");
    assert!(!loaded.split.is_same_as(&loaded.split.file).unwrap());
}

#[test]
fn compares_files_by_bytes_mapped_or_held() {
    let content: String = (0..5000).map(|n| row(n) + "\n").collect();
    for limits in [SMALL, HELD] {
        let (loaded, dir) = load_within(content.as_bytes(), limits);
        let twin = dir.path().join("twin.jsonl");
        let is_twin = |content: &[u8]| {
            std::fs::write(&twin, content).unwrap();
            loaded.split.is_same_as(&twin).unwrap()
        };
        assert!(is_twin(content.as_bytes()));
        let mut other = content.clone().into_bytes();
        *other.last_mut().unwrap() = b' ';
        assert!(!is_twin(&other) && !is_twin(b""));
    }
}

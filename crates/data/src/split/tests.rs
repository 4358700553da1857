//! Splits as they are on disk: line ends, parts, limits (small ones in place of those of the program), and files that change
//! after they were opened.

#![allow(clippy::unwrap_used, reason = "what cannot be had is a failed test")]

use super::*;

fn load(content: &[u8]) -> LoadedRows {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("train.jsonl");
    std::fs::write(&file, content).unwrap();
    Split::load("train".into(), &file, Vec::new()).unwrap()
}

#[test]
fn line_numbers_and_bytes_survive_bom_crlf_blank_lines_and_a_missing_end() {
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
fn bad_lines_are_named_and_the_rest_loads() {
    let loaded = load(
        b"{\"query\": \"a\", \"chunk_path\": \"1\"}\nnot json\n\xff\xfe\n{\"query\": \"b\", \"chunk_path\": \"2\"}\n",
    );
    assert_eq!(loaded.split.rows.len(), 2);
    let lines: Vec<_> = loaded.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [Some(2), Some(3)]);
    assert!(loaded.warnings[1].message.contains("UTF-8"));
}

#[test]
fn a_large_file_read_in_parts_has_the_same_rows_as_one_read_at_once() {
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

const SMALL: ScanLimits = ScanLimits { hold_up_to: 0, line_up_to: 100, told: 3, negatives: 4 };
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
    loaded.warnings.iter().map(|warning| (warning.line.unwrap(), warning.message.as_str())).collect()
}

#[test]
fn a_file_that_is_read_piece_by_piece_has_the_rows_of_one_that_is_held() {
    let long = "x".repeat(1000);
    let just = |len: usize| format!("{}{}", row(1), " ".repeat(len - row(1).len()));
    let contents = [
        String::new(),
        "\n\n\n".into(),
        (0..500).map(|n| row(n) + "\n").collect(),
        format!("\u{feff}{}\r\n\r\n{}\n{long}\n{long}{long}\r\nnot json\n{}", row(1), row(2), row(3)),
        format!("{long}\n{}\n{long}", row(1)),
        format!("{}\n{}\n{}\n", just(99), just(100), just(101)),
        format!("{}\r\n{}\n{long}\n\n", just(98), just(99)),
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
fn a_line_that_is_too_long_is_told_with_its_size_and_not_parsed() {
    let fits = format!("{}{}", row(1), " ".repeat(100 - row(1).len()));
    let content = format!("{}\n{fits}\n{fits} \n{}\n{}\n", row(0), "x".repeat(5000), row(2));
    for limits in [SMALL, HELD] {
        let (loaded, _dir) = load_within(content.as_bytes(), limits);
        let lines: Vec<u32> = loaded.split.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [1, 2, 5]);
        let said = warning_texts(&loaded);
        assert_eq!(said.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4]);
        assert!(said[0].1.starts_with("a line of 101 bytes, too long for a row"), "{said:?}");
        assert!(said[1].1.starts_with("a line of 5000 bytes"), "{said:?}");
    }
}

#[test]
fn of_too_many_bad_lines_the_first_are_told_and_the_rest_counted() {
    let content = format!("{}\n{}{}\n", row(0), "rubbish\n".repeat(400_000), row(1));
    assert!(content.len() > 3 << 20, "more than one part");
    for limits in [SMALL, ScanLimits { hold_up_to: 1 << 30, ..SMALL }] {
        let (loaded, _dir) = load_within(content.as_bytes(), limits);
        assert_eq!((loaded.split.rows.len(), loaded.split.bad_lines), (2, 400_000));
        let said = warning_texts(&loaded);
        assert_eq!(said.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert!(said[3].1.starts_with("399997 more lines from this one on are no rows; only the first 3"), "{said:?}");
    }
}

#[test]
fn many_negatives_are_told_and_the_row_counts() {
    let row = |count: usize| {
        let list = vec!["\"n\""; count].join(",");
        format!("{{\"query\":\"q\",\"chunk_path\":\"a\",\"neg_chunk_paths\":[{list}]}}\n")
    };
    let (loaded, _dir) = load_within((row(4) + &row(5)).as_bytes(), SMALL);
    assert_eq!(loaded.split.rows.len(), 2);
    assert_eq!(loaded.split.bad_lines, 0);
    assert_eq!(loaded.warnings[0].kind, WarningKind::ManyNegatives);
    assert_eq!(loaded.warnings[0].line, Some(2));
    assert!(loaded.warnings[0].message.starts_with("has 5 negatives, more than 4"));
    let (loaded, _dir) = load_within(row(5).repeat(10).as_bytes(), SMALL);
    assert_eq!((loaded.split.rows.len(), loaded.warnings.len()), (10, 4));
}

/// Elsewhere the system lets nobody change a file that is mapped.
#[cfg(unix)]
mod changed_meanwhile {
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A split that is mapped, whose file then becomes what `change` makes of it.
    fn changed(change: impl FnOnce(&Path)) -> (Split, tempfile::TempDir) {
        let content: String = (0..2000).map(|n| row(n) + "\n").collect();
        let (loaded, dir) = load_within(content.as_bytes(), SMALL);
        assert_eq!(loaded.split.row(1999).unwrap().query, "question 1999");
        change(&loaded.split.file);
        // For so long the age that was asked for last may count.
        std::thread::sleep(Duration::from_millis(5));
        (loaded.split, dir)
    }

    #[track_caller]
    fn check_gone(split: &Split, words: &str) {
        let error = split.row(1999).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("open the dataset again"), "{error}");
        assert!(split.line(0).is_err() && split.line_bytes(0).is_empty() && split.bytes().is_empty());
        assert!(split.line_end(0).is_empty());
        let read = split.read_at(0, &mut [0; 10]).unwrap_err().to_string();
        assert!(read.contains(words), "{read}");
    }

    #[test]
    fn a_mapped_file_that_is_cut_short_is_told_and_ends_nothing() {
        let cut = |len| move |file: &Path| File::options().write(true).open(file).unwrap().set_len(len).unwrap();
        for len in [0, 10, 5000] {
            let (split, _dir) = changed(cut(len));
            check_gone(&split, "was cut short");
        }
        // Opened meanwhile: what is gone is no end of the program either.
        let (split, _dir) = changed(cut(10));
        assert!(scan(&split.bytes, SMALL).is_err());
    }

    #[test]
    fn a_mapped_file_that_is_written_anew_gives_no_other_rows() {
        let (split, _dir) = changed(|file| {
            let content = std::fs::read_to_string(file).unwrap().replace("question", "demanded");
            std::fs::write(file, content).unwrap();
            // Within one tick of the system's clock it would look unchanged.
            let later = SystemTime::now() + Duration::from_secs(10);
            File::options().write(true).open(file).unwrap().set_modified(later).unwrap();
        });
        check_gone(&split, "changed since");
    }

    #[test]
    fn a_mapped_file_that_got_another_name_or_was_deleted_is_still_there() {
        let (split, _dir) = changed(|file| std::fs::rename(file, file.with_extension("old")).unwrap());
        assert_eq!(split.row(7).unwrap().query, "question 7");
        let (split, _dir) = changed(|file| std::fs::remove_file(file).unwrap());
        assert_eq!(split.row(7).unwrap().query, "question 7");
    }
}

#[test]
fn a_held_file_is_ones_own_whatever_becomes_of_it() {
    let (loaded, _dir) = load_within((row(0) + "\n" + &row(1)).as_bytes(), HELD);
    std::fs::write(&loaded.split.file, "").unwrap();
    assert_eq!(loaded.split.row(1).unwrap().query, "question 1");
    assert!(!loaded.split.is_same_as(&loaded.split.file).unwrap());
}

#[test]
fn twins_are_told_by_their_bytes_held_or_not() {
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

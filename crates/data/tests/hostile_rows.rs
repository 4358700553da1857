//! Split files that lie: lines as broken tools, other systems or a bad intent leave them. Each is a warning with its line, its
//! neighbours load, and nothing takes longer than its bytes are worth.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be had is a failed test")]

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use tilejury_data::{Dataset, Row, WarningKind};
use tilejury_testkit::set::put;

const GOOD: &str = r#"{"query": "q", "chunk_path": "images/a.png"}"#;

fn open(content: &[u8]) -> Dataset {
    let dir = tempfile::tempdir().unwrap();
    put(&dir.path().join("train.jsonl"), content);
    Dataset::open(dir.path()).unwrap()
}

fn lines(dataset: &Dataset) -> Vec<u32> {
    (0..dataset.samples.len()).map(|index| dataset.line_of(index)).collect()
}

/// Opens a split with an odd line between two good ones. With words, that line must be the one warning, and say them in few;
/// without, it must be a row like the others.
#[track_caller]
fn check(odd: &[u8], words: Option<&str>) {
    let began = Instant::now();
    let dataset = open(&[GOOD.as_bytes(), b"\n", odd, b"\n", GOOD.as_bytes(), b"\n"].concat());
    let head = String::from_utf8_lossy(&odd[..odd.len().min(100)]);
    match words {
        Some(words) => {
            assert_eq!(lines(&dataset), [1, 3], "{head}");
            let [warning] = &dataset.warnings[..] else { panic!("{head}: {:?}", dataset.warnings) };
            assert_eq!((warning.kind, warning.line), (WarningKind::BadRow, Some(2)));
            assert!(warning.message.contains(words), "{head}: {} should speak of {words}", warning.message);
            assert!(warning.message.chars().count() < 400, "{head}: {}", warning.message.len());
        }
        None => {
            assert_eq!((lines(&dataset), dataset.warnings.len()), (vec![1, 2, 3], 0), "{:?}", dataset.warnings);
            let index = dataset.find_line("train", 2).unwrap();
            assert!(dataset.row(index).is_ok() && dataset.sample(index).is_ok());
        }
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{head}: {:?}", began.elapsed());
}

/// A row with some text in front of its last brace.
fn with(fields: &str) -> Vec<u8> {
    format!(r#"{{"query": "q", "chunk_path": "a", {fields}}}"#).into_bytes()
}

#[test]
fn deep_nesting_ends_no_stack() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    check(&with(&format!(r#""other": {deep}"#)), None);
    check(&with(&format!(r#""answer": {deep}"#)), None);
    check(&with(&format!(r#""other": {}"#, "[".repeat(100_000))), Some("expected value"));
    check(&with(&format!(r#""neg_chunk_paths": {deep}"#)), Some("invalid type: sequence, expected a string"));
    check(&with(&format!(r#""neg_chunk_paths": {}"#, r#"{"a":"#.repeat(100_000))), Some("invalid type: map"));
    check("[".repeat(200_000).as_bytes(), Some("not a JSON object"));
}

#[test]
fn a_field_that_stands_twice_is_told_where_it_matters() {
    check(&with(r#""query": "r""#), Some("duplicate field `query`"));
    check(&with(r#""neg_chunk_paths": [], "neg_chunk_paths": []"#), Some("duplicate field `neg_chunk_paths`"));
    check(&with(r#""other": 1, "other": 2"#), None);
}

#[test]
fn half_a_sign_is_told_where_it_matters() {
    let lone = r"\ud800";
    check(format!(r#"{{"query": "q{lone}", "chunk_path": "a"}}"#).as_bytes(), Some("unexpected end of hex escape"));
    check(&with(&format!(r#""neg_chunk_paths": ["\udc00{lone}"]"#)), Some("lone leading surrogate"));
    check(&with(&format!(r#""other": "{lone}""#)), None);
    check(&with(&format!(r#""answer": "{lone}""#)), None);
    check(br#"{"query": "\ud83d\ude00", "chunk_path": "a"}"#, None);
}

#[test]
fn zero_bytes_are_text_when_they_are_spelled_and_none_when_they_are_not() {
    check(br#"{"query": "a\u0000b", "chunk_path": "a\u0000b"}"#, None);
    check(b"{\"query\": \"a\0b\", \"chunk_path\": \"a\"}", Some("control character"));
    check(b"\0\0\0\0", Some("not a JSON object"));
    check(&with("\"other\": \"\0\""), Some("control character"));
}

#[test]
fn numbers_of_any_size_are_only_looked_at() {
    for number in ["1e999999", "-1e-999999", &"9".repeat(10_000), &format!("0.{}", "1".repeat(10_000))] {
        check(&with(&format!(r#""other": {number}"#)), None);
        check(&with(&format!(r#""answer": {number}"#)), None);
        check(&with(&format!(r#""neg_chunk_paths": [{number}]"#)), Some("column"));
    }
}

#[test]
fn what_is_quoted_of_a_line_is_short() {
    let long = "é".repeat(500_000);
    check(&with(&format!(r#""neg_chunk_paths": "{long}""#)), Some("expected a sequence"));
    check(&with(&format!(r#""neg_chunk_paths": [1, "{long}"]"#)), Some("`neg_chunk_paths`: invalid type: integer `1`"));
    // Longer than what is taken apart to find the field.
    check(&with(&format!(r#""other": "{long}{long}", "neg_chunk_paths": "{long}""#)), Some("expected a sequence"));
}

#[test]
fn a_line_of_more_than_a_row_can_hold_is_told_by_its_size() {
    let text = "x".repeat((16 << 20) + 1);
    check(&with(&format!(r#""other": "{text}""#)), Some("too long for a row"));
    check(&with(&format!(r#""other": "{}""#, &text[..15 << 20])), None);
}

#[test]
fn files_of_other_systems_are_named_as_such() {
    check("\u{feff}{}".as_bytes(), Some("begins with a byte-order mark, as where files were joined"));
    let dataset = open(format!("{GOOD}\r{GOOD}\r{GOOD}\r").as_bytes());
    assert_eq!(dataset.samples.len(), 0);
    assert_eq!(dataset.warnings[0].line, Some(1));
    assert!(dataset.warnings[0].message.contains("a carriage return (CR) stands between two rows"));
    check(format!("{{\r{}", &GOOD[1..]).as_bytes(), None);

    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        for mark in ["\u{feff}", ""] {
            let text = format!("{mark}{GOOD}\n{GOOD}\n");
            let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
            let dir = tempfile::tempdir().unwrap();
            put(&dir.path().join("other.jsonl"), &bytes);
            let alone = Dataset::open(dir.path()).unwrap_err().to_string();
            assert!(
                alone.contains("other.jsonl: cannot be read: its text is UTF-16; save the file as UTF-8"),
                "{alone}"
            );
            put(&dir.path().join("train.jsonl"), GOOD.as_bytes());
            let dataset = Dataset::open(dir.path()).unwrap();
            assert_eq!((dataset.samples.len(), dataset.warnings[0].kind), (1, WarningKind::BadSplit));
        }
    }
}

#[test]
fn a_hundred_thousand_negatives_are_a_row_and_a_warning() {
    let many = vec![r#""images/n.png""#; 100_000].join(", ");
    let line = with(&format!(r#""neg_chunk_paths": [{many}]"#));
    let began = Instant::now();
    let dataset = open(&[GOOD.as_bytes(), b"\n", &line, b"\n"].concat());
    assert_eq!(lines(&dataset), [1, 2]);
    assert_eq!(dataset.row(1).unwrap().negatives.len(), 100_000);
    assert_eq!(dataset.sample(1).unwrap().negatives.len(), 100_000);
    assert_eq!((dataset.warnings[0].kind, dataset.warnings[0].line), (WarningKind::ManyNegatives, Some(2)));
    assert!(dataset.warnings[0].message.contains("has 100000 negatives, more than 1000"));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(Row::parse(&line).is_ok());
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_folders_named_like_splits_are_never_opened() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    put(&at("train.jsonl"), GOOD.as_bytes());
    fs::create_dir(at("eval.jsonl")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", at("test.jsonl")).unwrap();
    std::os::unix::fs::symlink("circle.jsonl", at("circle.jsonl")).unwrap();
    let made = Command::new("mkfifo").arg(at("pipe.jsonl")).status().is_ok_and(|status| status.success());
    if !made {
        println!("left out: a pipe, since there is no mkfifo");
    }
    let dataset = Dataset::open(dir.path()).unwrap();
    assert_eq!((dataset.splits.len(), dataset.samples.len()), (1, 1));
    assert_eq!(dataset.warnings.len(), 3 + usize::from(made), "{:?}", dataset.warnings);
    assert!(
        dataset.warnings.iter().all(|warning| warning.message.starts_with("is no file, or a link that leads to none"))
    );
    let error = |name: &str| Dataset::open(&at(name)).unwrap_err().to_string();
    assert!(error("test.jsonl").contains("is neither a file nor a folder"), "{}", error("test.jsonl"));
    if made {
        assert!(error("pipe.jsonl").contains("is neither a file nor a folder"));
    }
}

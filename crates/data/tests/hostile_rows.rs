//! Split files with broken lines, from faulty tools, other systems or malice. Each such line gets a
//! warning with its number, its neighbours load, and no line takes more time than its size
//! justifies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use tilejury_data::{Dataset, LineNumber, Row, SampleIndex, WarningKind};
use tilejury_testkit::set::put;

const GOOD: &str = r#"{"query": "q", "chunk_path": "images/a.png"}"#;

fn open(content: &[u8]) -> Dataset {
    let dir = tempfile::tempdir().unwrap();
    put(&dir.path().join("train.jsonl"), content);
    Dataset::open(dir.path()).unwrap()
}

fn lines(dataset: &Dataset) -> Vec<u64> {
    (0..dataset.samples.len()).map(|index| dataset.line_of(SampleIndex::new(index)).get()).collect()
}

/// Opens a split with an odd line between two good ones. With a text, that line must have the only
/// warning, which is short and contains the text; without, it must be a row like the others.
#[track_caller]
fn check(odd: &[u8], expected: Option<&str>) {
    let began = Instant::now();
    let dataset = open(&[GOOD.as_bytes(), b"\n", odd, b"\n", GOOD.as_bytes(), b"\n"].concat());
    let head = String::from_utf8_lossy(&odd[..odd.len().min(100)]);
    match expected {
        Some(text) => {
            assert_eq!(lines(&dataset), [1, 3], "{head}");
            let [warning] = &dataset.warnings[..] else { panic!("{head}: {:?}", dataset.warnings) };
            assert_eq!((warning.kind, warning.line), (WarningKind::BadRow, Some(LineNumber::new(2))));
            assert!(warning.message.contains(text), "{head}: {:?} should contain {text:?}", warning.message);
            assert!(warning.message.chars().count() < 400, "{head}: {}", warning.message.len());
        }
        None => {
            assert_eq!((lines(&dataset), dataset.warnings.len()), (vec![1, 2, 3], 0), "{:?}", dataset.warnings);
            let index = dataset.find_line("train", LineNumber::new(2)).unwrap();
            assert!(dataset.row(index).is_ok() && dataset.sample(index).is_ok());
        }
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{head}: {:?}", began.elapsed());
}

/// A row with more fields before its last brace.
fn with(fields: &str) -> Vec<u8> {
    format!(r#"{{"query": "q", "chunk_path": "a", {fields}}}"#).into_bytes()
}

#[test]
fn survives_deep_nesting() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    check(&with(&format!(r#""other": {deep}"#)), None);
    check(&with(&format!(r#""answer": {deep}"#)), None);
    check(&with(&format!(r#""other": {}"#, "[".repeat(100_000))), Some("expected value"));
    check(&with(&format!(r#""neg_chunk_paths": {deep}"#)), Some("invalid type: sequence, expected a string"));
    check(&with(&format!(r#""neg_chunk_paths": {}"#, r#"{"a":"#.repeat(100_000))), Some("invalid type: map"));
    check("[".repeat(200_000).as_bytes(), Some("not a JSON object"));
}

#[test]
fn reports_a_repeated_field_only_if_it_is_used() {
    check(&with(r#""query": "r""#), Some("duplicate field `query`"));
    check(&with(r#""neg_chunk_paths": [], "neg_chunk_paths": []"#), Some("duplicate field `neg_chunk_paths`"));
    check(&with(r#""other": 1, "other": 2"#), None);
}

#[test]
fn reports_a_lone_surrogate_only_if_it_is_used() {
    let lone = r"\ud800";
    check(format!(r#"{{"query": "q{lone}", "chunk_path": "a"}}"#).as_bytes(), Some("unexpected end of hex escape"));
    check(&with(&format!(r#""neg_chunk_paths": ["\udc00{lone}"]"#)), Some("lone leading surrogate"));
    check(&with(&format!(r#""other": "{lone}""#)), None);
    check(&with(&format!(r#""answer": "{lone}""#)), None);
    check(br#"{"query": "\ud83d\ude00", "chunk_path": "a"}"#, None);
}

#[test]
fn accepts_escaped_zero_bytes_and_rejects_raw_ones() {
    check(br#"{"query": "a\u0000b", "chunk_path": "a\u0000b"}"#, None);
    check(b"{\"query\": \"a\0b\", \"chunk_path\": \"a\"}", Some("control character"));
    check(b"\0\0\0\0", Some("not a JSON object"));
    check(&with("\"other\": \"\0\""), Some("control character"));
}

#[test]
fn accepts_numbers_of_any_size_in_unused_fields() {
    for number in ["1e999999", "-1e-999999", &"9".repeat(10_000), &format!("0.{}", "1".repeat(10_000))] {
        check(&with(&format!(r#""other": {number}"#)), None);
        check(&with(&format!(r#""answer": {number}"#)), None);
        check(&with(&format!(r#""neg_chunk_paths": [{number}]"#)), Some("column"));
    }
}

#[test]
fn quotes_little_of_a_long_line() {
    let long = "é".repeat(500_000);
    check(&with(&format!(r#""neg_chunk_paths": "{long}""#)), Some("expected a sequence"));
    check(&with(&format!(r#""neg_chunk_paths": [1, "{long}"]"#)), Some("`neg_chunk_paths`: invalid type: integer `1`"));
    // Longer than the lines that are parsed again to name the field.
    check(&with(&format!(r#""other": "{long}{long}", "neg_chunk_paths": "{long}""#)), Some("expected a sequence"));
}

#[test]
fn rejects_a_line_longer_than_a_row_may_be() {
    let text = "x".repeat((16 << 20) + 1);
    check(&with(&format!(r#""other": "{text}""#)), Some("too long for a row"));
    check(&with(&format!(r#""other": "{}""#, &text[..15 << 20])), None);
}

#[test]
fn explains_files_from_other_systems() {
    check("\u{feff}{}".as_bytes(), Some("begins with a byte-order mark, perhaps because files were joined"));
    let dataset = open(format!("{GOOD}\r{GOOD}\r{GOOD}\r").as_bytes());
    assert_eq!(dataset.samples.len(), 0);
    assert_eq!(dataset.warnings[0].line, Some(LineNumber::FIRST));
    assert!(dataset.warnings[0].message.contains("a carriage return (CR) separates two rows"));
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
fn warns_about_a_hundred_thousand_negatives() {
    let many = vec![r#""images/n.png""#; 100_000].join(", ");
    let line = with(&format!(r#""neg_chunk_paths": [{many}]"#));
    let began = Instant::now();
    let dataset = open(&[GOOD.as_bytes(), b"\n", &line, b"\n"].concat());
    assert_eq!(lines(&dataset), [1, 2]);
    assert_eq!(dataset.row(SampleIndex::new(1)).unwrap().negatives.len(), 100_000);
    assert_eq!(dataset.sample(SampleIndex::new(1)).unwrap().negatives.len(), 100_000);
    assert_eq!(
        (dataset.warnings[0].kind, dataset.warnings[0].line),
        (WarningKind::ManyNegatives, Some(LineNumber::new(2)))
    );
    assert!(dataset.warnings[0].message.contains("has 100000 negatives, more than 1000"));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(Row::parse(&line).is_ok());
}

#[cfg(unix)]
#[test]
fn never_opens_pipes_devices_or_folders_named_like_splits() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    put(&at("train.jsonl"), GOOD.as_bytes());
    fs::create_dir(at("eval.jsonl")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", at("test.jsonl")).unwrap();
    std::os::unix::fs::symlink("circle.jsonl", at("circle.jsonl")).unwrap();
    let made = Command::new("mkfifo").arg(at("pipe.jsonl")).status().is_ok_and(|status| status.success());
    if !made {
        println!("skipped: a pipe, because there is no mkfifo");
    }
    let dataset = Dataset::open(dir.path()).unwrap();
    assert_eq!((dataset.splits.len(), dataset.samples.len()), (1, 1));
    assert_eq!(dataset.warnings.len(), 3 + usize::from(made), "{:?}", dataset.warnings);
    assert!(
        dataset
            .warnings
            .iter()
            .all(|warning| warning.message.starts_with("is not a file, or is a link that leads nowhere"))
    );
    let error = |name: &str| Dataset::open(&at(name)).unwrap_err().to_string();
    assert!(error("test.jsonl").contains("is neither a file nor a folder"), "{}", error("test.jsonl"));
    if made {
        assert!(error("pipe.jsonl").contains("is neither a file nor a folder"));
    }
}

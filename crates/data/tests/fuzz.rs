//! Fuzz targets for shards, rows and pictures: random damage to the corpora in `tests/fuzz/corpus`.
//!
//! In ordinary runs each takes some seconds and uses the same inputs every time. A longer run with
//! other inputs each time:
//!
//! `PROPTEST_CASES=1000000 cargo test --release -p tilejury-data --test fuzz -- --nocapture`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;
use tilejury_data::{Dataset, LineNumber, Row, ShardIndex, TilePath, decode};
use tilejury_testkit::fuzz::{corpus, holds, in_time};
use tilejury_testkit::{fuzz, mutate};

#[test]
fn fuzz_tar() {
    let dir = tempfile::tempdir().unwrap();
    let test = |bytes: &[u8]| shard(&dir.path().join("shard_000.tar"), bytes);
    fuzz::each_file(&corpus("tar"), test);
    fuzz::run("fuzz_tar", 5000, &mutate::mutated_tar(mutate::corpus(&corpus("tar"))), |bytes| test(bytes));
}

fn shard(file: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(file, bytes).unwrap();
    let began = Instant::now();
    let index = ShardIndex::scan(file).map_err(|error| error.to_string())?;
    in_time(began, 2)?;
    let len = bytes.len() as u64;
    for problem in &index.problems {
        let (member, message) = (problem.member.as_deref().unwrap_or_default(), &problem.message);
        holds(member.chars().count() <= 300 && message.chars().count() <= 1000, || format!("long: {message}"))?;
        holds(!format!("{member}{message}").contains(char::is_control), || format!("unprintable: {problem:?}"))?;
    }
    holds(index.problems.len() <= 1005, || format!("{} problems", index.problems.len()))?;
    let mut content = Vec::new();
    for path in index.paths() {
        let member = index.get(path).unwrap();
        let within =
            member.start <= member.offset && member.offset.checked_add(member.size).is_some_and(|end| end <= len);
        holds(within, || format!("{path}: {member:?} in {len} bytes"))?;
        let inside = !path.as_str().is_empty() && path.as_str().split('/').all(|part| !matches!(part, "" | "." | ".."));
        holds(inside, || format!("{path:?} leads out"))?;
        index.read(file, member, &mut content).map_err(|error| format!("{path}: {error}"))?;
        let range = member.offset as usize..(member.offset + member.size) as usize;
        holds(content == bytes[range], || format!("{path}: other bytes"))?;
        if let Some(record) = member.record() {
            holds(record.end <= len, || format!("{path}: a record past the end"))?;
        }
    }
    if index.problems.is_empty() { agrees_with_the_tar_crate(&index, bytes) } else { Ok(()) }
}

/// Checks that an archive without problems has the files that the `tar` crate finds, if that finds
/// no error either.
fn agrees_with_the_tar_crate(index: &ShardIndex, bytes: &[u8]) -> Result<(), String> {
    // Left out: the crate accepts extension headers only with a usual magic, returns those of
    // global headers as entries, and orders several kinds differently. In all this, our walk
    // follows GNU tar.
    let usual = |block: &[u8]| matches!(&block[257..265], b"ustar  \0" | b"ustar\x0000");
    let has = |kinds: &[u8], test: &dyn Fn(&[u8]) -> bool| {
        bytes.chunks_exact(512).any(|block| kinds.contains(&block[156]) && test(block))
    };
    let any: &dyn Fn(&[u8]) -> bool = &|_| true;
    if has(b"LKx", &|block| !usual(block)) || has(b"gX", any) || has(b"LK", any) && has(b"x", any) {
        return Ok(());
    }
    let mut archive = tar::Archive::new(bytes);
    let Ok(entries) = archive.entries() else { return Ok(()) };
    let Ok(entries) = entries.collect::<Result<Vec<_>, _>>() else { return Ok(()) };
    for entry in entries.iter().filter(|entry| entry.header().entry_type().is_file()) {
        // The crate keeps zero bytes at the end of a long name; GNU tar does not.
        let bytes = entry.path_bytes();
        let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(bytes).into_owned();
        let found = index.get(&TilePath::new(&name)).map(|member| (member.offset, member.size));
        let expected = (entry.raw_file_position(), entry.size());
        holds(found == Some(expected) || name.ends_with('/'), || format!("{name}: {found:?}, but {expected:?}"))?;
    }
    Ok(())
}

#[test]
fn fuzz_row() {
    let dir = tempfile::tempdir().unwrap();
    let test = |bytes: &[u8]| {
        let line: Vec<u8> = bytes.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect();
        row(&line)?;
        opened(dir.path(), &line)
    };
    fuzz::each_file(&corpus("row"), test);
    fuzz::run("fuzz_row", 3000, &mutate::mutated_text(mutate::corpus(&corpus("row"))), |bytes| test(bytes));
}

/// Checks that a row has the values that another JSON reader finds in its line.
fn row(line: &[u8]) -> Result<(), String> {
    let began = Instant::now();
    let row = Row::parse(line);
    in_time(began, 1)?;
    let value = serde_json::from_slice::<Value>(line).ok().filter(Value::is_object);
    match (row, value) {
        (Ok(row), Some(value)) => {
            let text = |field: &str| value[field].as_str().unwrap_or_default();
            holds(row.query == text("query") && row.positive == text("chunk_path"), || format!("{row:?}"))?;
            let list = value["neg_chunk_paths"].as_array().map(Vec::as_slice).unwrap_or_default();
            holds(row.negatives.iter().map(AsRef::as_ref).eq(list.iter().filter_map(Value::as_str)), || {
                format!("{row:?}")
            })?;
            match &value["answer"] {
                Value::Null => holds(row.answer.is_none(), || format!("{row:?}")),
                Value::String(answer) => holds(row.answer.as_deref() == Some(answer), || format!("{row:?}")),
                other => {
                    let answer = row.answer.as_deref().and_then(|answer| serde_json::from_str::<Value>(answer).ok());
                    holds(answer.as_ref() == Some(other), || format!("{row:?}"))
                }
            }
        }
        (Err(error), Some(value)) => {
            let is_text = |field: &str| value[field].as_str().is_some_and(|text| !text.trim().is_empty());
            let list = &value["neg_chunk_paths"];
            let is_list = list.is_null() || list.as_array().is_some_and(|list| list.iter().all(Value::is_string));
            let error = error.to_string();
            // Of a repeated field, the value is the last one and the error may be that of the
            // first.
            let repeated = ["query", "chunk_path", "neg_chunk_paths"].iter().any(|name| {
                let name = format!("\"{name}\"");
                String::from_utf8_lossy(line).matches(&name).count() > 1
            });
            let explained = repeated
                || error.contains("duplicate field")
                || !is_text("query")
                || !is_text("chunk_path")
                || !is_list;
            holds(explained && error.chars().count() < 400, || error)
        }
        // A line that is too deep or too large for a value may still be a row.
        (Ok(_), None) => Ok(()),
        (Err(error), None) => holds(error.to_string().chars().count() < 400, || error.to_string()),
    }
}

/// Checks that opening a dataset finds the same row, or reports the same error.
fn opened(root: &Path, line: &[u8]) -> Result<(), String> {
    let good = br#"{"query": "good", "chunk_path": "good.png"}"#;
    fs::write(root.join("train.jsonl"), [good, &b"\n"[..], line, b"\n", good].concat()).unwrap();
    let dataset = Dataset::open(root).map_err(|error| error.to_string())?;
    let found = dataset.find_line("train", LineNumber::new(2));
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let messages: Vec<String> = dataset.warnings.iter().map(|warning| warning.message.clone()).collect();
    if line.trim_ascii().is_empty() {
        return holds(found.is_none() && messages.is_empty(), || format!("{found:?} {messages:?}"));
    }
    match Row::parse(line) {
        Ok(row) => {
            holds(messages.is_empty() && dataset.row(found.ok_or("no row")?) == Ok(row), || format!("{messages:?}"))?;
            holds(dataset.samples.len() == 3, || "lost neighbours".into())
        }
        Err(error) => {
            holds(messages == [error.to_string()] && dataset.warnings[0].line == Some(LineNumber::new(2)), || {
                format!("{messages:?}, not {error}")
            })?;
            holds(dataset.samples.len() == 2, || "lost neighbours".into())
        }
    }
}

thread_local! {
    static DECODES: Cell<bool> = const { Cell::new(false) };
}

#[test]
fn fuzz_image() {
    // A panic of a decoder becomes an error of `decode`, so its place need not be printed.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !DECODES.get() {
            usual(panic);
        }
    }));
    fuzz::each_file(&corpus("image"), picture);
    fuzz::run("fuzz_image", 10000, &mutate::mutated(mutate::corpus(&corpus("image"))), |bytes| picture(bytes));
}

fn picture(bytes: &[u8]) -> Result<(), String> {
    let began = Instant::now();
    DECODES.set(true);
    let result = decode(bytes);
    DECODES.set(false);
    in_time(began, 10)?;
    match result {
        Ok(pixels) => {
            let size = u64::from(pixels.width) * u64::from(pixels.height) * 4;
            holds(pixels.rgba.len() as u64 == size && size > 0, || format!("{pixels:?}: {} bytes", pixels.rgba.len()))
        }
        Err(error) => holds(error.to_string().chars().count() < 400, || error.to_string()),
    }
}

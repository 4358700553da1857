//! Fuzz targets: search lines, judgement files and files of other programs, randomly damaged from
//! the corpora in `tests/fuzz/corpus`.
//!
//! By default each target takes a few seconds and uses the same inputs every time. For a longer run
//! with new inputs each time:
//!
//! `PROPTEST_CASES=1000000 cargo test --release -p tilejury-audit --test all fuzz::`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use tilejury_audit::external::{ExternalStore, ImportError, ImportKind, import};
use tilejury_audit::interchange::{self, BadLine, ImportDefaults};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::search::{DatasetNames, Search, SearchIndex, TextMatches, complete, quote};
use tilejury_audit::session::SampleStatus;
use tilejury_audit::{Event, FieldChange, Judgement, Judgements, now};
use tilejury_data::{Dataset, LineNumber, SampleIndex};
use tilejury_testkit::fuzz::{corpus, holds, in_time};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, fuzz, mutate};

/// Checks that a message can be printed as one line without terminal control characters.
fn can_be_shown(message: &str) -> Result<(), String> {
    let is_control = |sign: char| sign.is_control() || ('\u{202a}'..='\u{202e}').contains(&sign);
    let fits = !message.is_empty() && message.chars().count() <= 8000 && !message.contains(is_control);
    holds(fits, || format!("cannot be printed: {message:?}"))
}

/// Four ordinary rows, and one that occurs twice.
fn set(dir: &Path) -> Dataset {
    let twice = Row::new("The same twice?", &tile(0, 1000, 1)).negatives(&[&tile(1, 1001, 1)]);
    Set::plain(4, 2).row("eval", &twice).row("eval", &twice).write(dir);
    Dataset::open(dir).unwrap()
}

#[test]
fn fuzz_filter() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = set(dir.path());
    let index = SearchIndex::build(&dataset);
    let dataset_names = DatasetNames::new(&dataset, &["same-page", "near-picture"]);
    let test = |bytes: &[u8]| filter(&String::from_utf8_lossy(bytes), &dataset, &index, &dataset_names);
    fuzz::each_file(&corpus("filter"), test);
    let lines = mutate::mutated_string(mutate::corpus(&corpus("filter")));
    fuzz::run("fuzz_filter", 2000, &lines, |line| test(line.as_bytes()));
}

fn filter(line: &str, dataset: &Dataset, index: &SearchIndex, dataset_names: &DatasetNames) -> Result<(), String> {
    let began = Instant::now();
    let is_valid = |range: &Range<usize>| range.start <= range.end && line.get(range.clone()).is_some();
    match Search::parse(line, dataset_names) {
        Err(error) => {
            let somewhere = is_valid(&error.range) && !error.range.is_empty();
            holds(somewhere && !error.message.is_empty(), || format!("{:?}: {error}", error.range))?;
        }
        Ok(search) => {
            let found = index.find(&search, &TextMatches::default(), dataset, &NoProgress).unwrap();
            let rows = SampleIndex::new(dataset.samples.len());
            holds(found.is_some() == search.needs_rows(), || "rows were searched needlessly".to_owned())?;
            holds(found.iter().flatten().all(|row| *row < rows), || "a row out of range".to_owned())?;
            search.admits(SampleStatus::default(), || None, || 0);
            // Blanks around a line change nothing unless a quote is open.
            let closed = !line.contains('"');
            let wider = Search::parse(&format!("  {line}\t"), dataset_names);
            holds(!closed || wider.as_ref() == Ok(&search), || "blanks around it change it".to_owned())?;
        }
    }
    // At every position in a short line, and at some in a long one.
    for cursor in (0..=line.len() + 1).step_by(1 + line.len() / 64) {
        for offer in complete(line, cursor, dataset_names, &["two words", "é,\"", "none"]) {
            let around = is_valid(&offer.replace) && (offer.replace.start..=offer.replace.end).contains(&cursor);
            holds(around, || format!("at {cursor}: {offer:?}"))?;
        }
    }
    // Quoted text is taken literally.
    if !line.is_empty() {
        let search =
            Search::parse(&format!("tag:{}", quote(line)), dataset_names).map_err(|error| error.to_string())?;
        let tagged = |tag: String| Judgement { tags: BTreeSet::from([tag]), ..Judgement::default() };
        let (same, other) = (tagged(line.to_owned()), tagged(format!("{line}x")));
        let admits = |judgement| {
            search.admits(SampleStatus { has_tags: true, ..SampleStatus::default() }, || Some(judgement), || 0)
        };
        holds(admits(&same) && !admits(&other), || "quoted, it means something else".to_owned())?;
    }
    in_time(began, 2)
}

#[test]
fn fuzz_import() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = set(&dir.path().join("set"));
    let test = |bytes: &[u8]| {
        judgements(bytes, &dataset)?;
        [ImportKind::Reviews, ImportKind::Scores, ImportKind::Texts]
            .into_iter()
            .try_for_each(|what| external(bytes, what, &dataset, dir.path()))
    };
    fuzz::each_file(&corpus("import"), test);
    fuzz::run("fuzz_import", 300, &mutate::mutated_text(mutate::corpus(&corpus("import"))), |bytes| test(bytes));
}

/// Checks that bad lines are lines of the file, in order, with a reason.
fn are_lines_of(bad: &[BadLine], bytes: &[u8]) -> Result<(), String> {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    let mut before = LineNumber::default();
    for BadLine { line, message } in bad {
        holds(*line >= before && (1..=lines as u64).contains(&line.get()), || {
            format!("line {line} of {lines}: {message}")
        })?;
        can_be_shown(message)?;
        before = *line;
    }
    Ok(())
}

fn judgements(bytes: &[u8], dataset: &Dataset) -> Result<(), String> {
    let began = Instant::now();
    let defaults = ImportDefaults { annotator: None, login: "login", at: now() };
    let read = match interchange::read(dataset, bytes, &defaults, BTreeMap::new(), &[]) {
        Ok(read) => read,
        Err(bad) => {
            return holds(!bad.is_empty(), || "refused without a reason".to_owned())
                .and_then(|()| are_lines_of(&bad, bytes));
        }
    };
    in_time(began, 5)?;
    read.remarks.iter().try_for_each(|remark| can_be_shown(remark))?;
    for (at, event) in read.events.iter().enumerate() {
        let whole =
            event.seq == at as u64 + 1 && dataset.find(event.sample).is_some() && !event.annotator.trim().is_empty();
        holds(whole, || format!("{event:?}"))?;
        let (tile, value) = (event.change.tile().map(ToString::to_string), event.change.value());
        let stored = FieldChange::parse(event.change.field(), tile.as_deref(), value.as_deref());
        holds(stored.as_ref() == Ok(&event.change), || format!("{:?} comes back as {stored:?}", event.change))?;
    }
    // Its printed lines mean the same when they are read.
    let printed = interchange::current(dataset, &read.events, &read.samples);
    let printed: String = printed.iter().map(|line| format!("{line}\n")).collect();
    let again = interchange::read(dataset, printed.as_bytes(), &defaults, BTreeMap::new(), &[]);
    let again = again.map_err(|bad| format!("its own printed lines are refused: {bad:?} in {printed}"))?;
    holds(combined(&again.events) == combined(&read.events), || format!("another meaning: {printed}"))
}

fn combined(events: &[Event]) -> BTreeMap<String, Judgements> {
    let mut all: BTreeMap<String, Judgements> = BTreeMap::new();
    for event in events {
        let judgements = all.entry(event.annotator.to_string()).or_default();
        judgements.entry(event.sample).or_default().apply(event.change.clone());
    }
    for judgements in all.values_mut() {
        judgements.retain(|_, judgement| !judgement.is_empty());
    }
    all.retain(|_, judgements| !judgements.is_empty());
    all
}

fn external(bytes: &[u8], what: ImportKind, dataset: &Dataset, dir: &Path) -> Result<(), String> {
    let (file, kept) = (dir.join("input.csv"), dir.join("kept.sqlite"));
    fs::write(&file, bytes).unwrap();
    for skip_bad in [false, true] {
        let began = Instant::now();
        let found = match import(dataset, what, &file, &kept, skip_bad) {
            Ok(found) => {
                holds(skip_bad || found.bad_lines == 0, || format!("{what:?}: imported with bad lines: {found:?}"))?;
                found
            }
            Err(ImportError::BadLines(found)) if !skip_bad => {
                holds(!kept.exists(), || "refused, but something is stored".to_owned())?;
                holds(found.bad_lines > 0, || "refused without a reason".to_owned())?;
                found
            }
            Err(error) => return Err(format!("{what:?}, {skip_bad}: {error}")),
        };
        in_time(began, 5)?;
        are_lines_of(&found.bad, bytes)?;
        let counted = found.matched + found.unmatched() + found.bad_lines;
        holds(found.lines == counted && found.silent <= found.matched, || format!("{what:?}: {found:?}"))?;
        if kept.exists() {
            let external = ExternalStore::open_for_reading(&kept).unwrap().unwrap();
            let stored = match what {
                ImportKind::Reviews => external.reviews().unwrap().len(),
                ImportKind::Scores => external.scores().unwrap().iter().filter(|score| score.score.is_finite()).count(),
                ImportKind::Texts => external.text_count().unwrap(),
            };
            holds(stored > 0, || format!("{what:?}: {found:?}, but nothing is stored"))?;
            drop(external);
            fs::remove_file(&kept).unwrap();
        } else {
            let nothing = found.matched == found.silent || found.bad_lines > 0 && !skip_bad;
            holds(nothing, || format!("{what:?}, {skip_bad}: {found:?}, but nothing is stored"))?;
        }
    }
    Ok(())
}

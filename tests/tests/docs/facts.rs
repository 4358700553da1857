//! Checks of facts in README and `docs` against the built program: flags, keys, JSON forms, the
//! default weights of signals, and the names of measures.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::{Value, json};
use tilejury_tests::Fixture;

use super::{pages, quoted};

fn page(name: &str) -> String {
    std::fs::read_to_string(xtask::root().join("docs").join(name)).unwrap()
}

/// The subcommands that a help lists.
fn subcommands(help: &str) -> Vec<String> {
    let list = help.split("Commands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

fn flags(text: &str) -> BTreeSet<String> {
    let flag = Regex::new(r"(?m)(?:^|[ `\[(|/])(--[a-z][a-z-]+)").unwrap();
    flag.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// The flags of each command, by its words; those of the window by an empty text.
fn flags_by_command() -> BTreeMap<String, BTreeSet<String>> {
    let fixture = Fixture::default();
    let mut waiting = vec![String::new()];
    let mut found = BTreeMap::new();
    while let Some(command) = waiting.pop() {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = fixture.run(&words).expect(0).out;
        waiting.extend(subcommands(&help).into_iter().map(|name| format!("{command} {name}").trim().to_owned()));
        found.insert(command, flags(help.split("Options:\n").nth(1).unwrap_or_default()));
    }
    found
}

#[test]
fn the_commands_page_has_every_command_and_flag() {
    let text = page("cli.md");
    let by_command = flags_by_command();
    assert!(by_command.len() > 18, "{:?}", by_command.keys());
    // True of every command, so that the page states it once.
    let common = ["--help", "--version", "--log", "--sidecar", "--json", "--cache-dir"];
    for (command, known) in &by_command {
        let row = text.lines().find(|line| line.starts_with(format!("| `tilejury {command}").trim_end()));
        let row = row.unwrap_or_else(|| panic!("docs/cli.md has no row for `tilejury {command}`"));
        let named = flags(row);
        assert!(named.is_subset(known), "`tilejury {command}` has no {:?}", named.difference(known));
        let anywhere = flags(&text);
        let missing: Vec<&String> = known.difference(if command == "export" { &anywhere } else { &named }).collect();
        let missing: Vec<&&String> = missing.iter().filter(|flag| !common.contains(&flag.as_str())).collect();
        assert!(missing.is_empty(), "docs/cli.md: the row of `tilejury {command}` lacks {missing:?}");
    }
}

#[test]
fn flags_in_pages_exist() {
    let known: BTreeSet<String> = flags_by_command().into_values().flatten().collect();
    // Of cargo, tar, sha256sum, the installer, tasks, schedulers and servers of models.
    let foreign = ["--release", "--workspace", "--all-targets", "--locked", "--test", "--ignored", "--sparse"];
    let foreign = foreign.into_iter().chain(["--nocapture", "--test-threads", "--path", "--target"]);
    let foreign =
        foreign.chain(["--prefix", "--uninstall", "--check", "--ignore-missing", "--out", "--only", "--program"]);
    let foreign = foreign.chain(["--array", "--cpus-per-task", "--sshlogin"]);
    let foreign =
        foreign.chain(["--max-model-len", "--limit-mm-per-prompt", "--model-path", "--port", "--host", "--rerank"]);
    let known: BTreeSet<String> = known.into_iter().chain(foreign.map(str::to_owned)).collect();
    for (page, text) in pages() {
        let unknown: Vec<String> = quoted(&text).flat_map(flags).filter(|flag| !known.contains(flag)).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", page.display());
    }
}

#[test]
fn keys_in_pages_are_those_of_commands() {
    let rows = page("keys.md");
    let columns = rows.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let known: BTreeSet<&str> = columns.flat_map(|keys| keys.split(", ")).collect();
    assert!(known.len() > 90 && known.contains("Ctrl+E"), "{known:?}");
    let key = Regex::new(r"^((Ctrl|Shift|Alt)\+.+|F\d+)$").unwrap();
    let mut checked = 0;
    for (page, text) in pages().into_iter().filter(|(page, _)| !page.ends_with("docs/keys.md")) {
        for word in quoted(&text).filter(|word| key.is_match(word)) {
            // Of the terminal.
            let is_known = known.contains(word) || word == "Ctrl+C";
            assert!(is_known, "{}: no command has the key {word}", page.display());
            checked += 1;
        }
    }
    assert!(checked > 15, "{checked} keys");
}

/// The names of a JSON object's fields, at every depth, as `outer.inner`; lists as `outer.`.
fn fields(value: &Value, before: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let name = format!("{before}{name}");
                fields(inner, &format!("{name}."), found);
                found.insert(name);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| fields(inner, before, found)),
        _ => {}
    }
}

/// The example of a command in `docs/json.md`: the last JSON line below its heading.
fn example(heading: &str) -> Value {
    let text = page("json.md");
    let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no heading {heading}"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let block = section.split("```json\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let whole =
        block.last().unwrap_or_else(|| panic!("no example of {heading}")).replace("{…}", "{}").replace("[…]", "[]");
    serde_json::from_str(&whole).unwrap_or_else(|error| panic!("{heading}: {error}"))
}

/// Checks that the example of a command has the fields of a printed line, except in objects that
/// it leaves out. `any` are fields whose names are data.
fn check_form(heading: &str, printed: &Value, any: &[&str]) {
    let (mut shown, mut real) = (BTreeSet::new(), BTreeSet::new());
    let example = example(heading);
    fields(&example, "", &mut shown);
    fields(printed, "", &mut real);
    let left_out = |name: &&String| {
        let inside = |outer: &str| name.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        let empty = |outer: &&String| match &example[outer.as_str()] {
            Value::Object(object) => object.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        any.iter().any(|outer| inside(outer)) || shown.iter().filter(empty).any(|outer| inside(outer))
    };
    let of = |names: &BTreeSet<String>| names.iter().filter(|name| !left_out(name)).cloned().collect::<Vec<String>>();
    assert_eq!(of(&shown), of(&real), "docs/json.md: the form of {heading}");
}

#[test]
fn json_examples_have_the_fields_that_commands_print() {
    let fixture = Fixture::default();
    fixture.run(&["demo", "set"]).expect(0);
    let one = |arguments: &[&str], code| fixture.run(arguments).expect(code).json().swap_remove(0);
    check_form("check", &one(&["check", "set", "--json"], 1), &[]);
    check_form("index", &one(&["index", "set", "--out", "index", "--json"], 0), &["failed"]);
    check_form("scoreboard", &one(&["scoreboard", "set", "--json", "--no-pixels"], 0), &[]);
    check_form("rank", &one(&["rank", "set", "--json", "--no-pixels"], 0), &[]);
    let line = r#"{"split":"train","line":2,"verdict":"reject","reasons":["bad_query"],"note":"no question"}"#;
    fixture.write("judgements.jsonl", line);
    check_form("judge", &one(&["judge", "set", "--from", "judgements.jsonl", "--annotator", "ann", "--json"], 0), &[]);
    check_form("judgements", &one(&["judgements", "set", "--json"], 0), &[]);
    let assign = ["assign", "set", "--to", "ada", "--all", "--by", "lead", "--json"];
    check_form("assign", &one(&assign, 0), &["to"]);
    check_form("report", &one(&["report", "set", "report", "--json"], 0), &["audits", "reported"]);
    check_form("stats", &one(&["stats", "set", "--json"], 0), &[]);
    check_form("read", &one(&["read", "set", "--top", "1", "--json"], 0), &[]);
    check_form("text", &one(&["text", "set", "--json"], 0), &[]);
    let export = one(&["export", "set", "out", "--json"], 0);
    check_form("export", &export, &["reasons"]);
    fixture.write("out/train.jsonl", "");
    check_form("verify-export", &one(&["verify-export", "out", "--json"], 1), &[]);
    fixture.write("texts.jsonl", r#"{"path":"images/shard_000/a.png","text":"1889"}"#);
    check_form("Imports", &one(&["import-text", "set", "texts.jsonl", "--json"], 0), &[]);
    let texts = format!(
        "{}\n",
        json!({"path": "images/shard_000/shard_00003/184302.png.tiles/chunk_0000_00.png", "text": "Lighthouse"})
    );
    fixture.write("texts.jsonl", &texts);
    fixture.run(&["import-text", "set", "texts.jsonl"]).expect(0);
    check_form("search-text", &one(&["search-text", "set", "lighthouse", "--json"], 0), &[]);
    check_form("doctor", &one(&["doctor", "--json"], 1), &[]);
    check_form("recover", &one(&["recover", "set/tilejury.sqlite", "new.sqlite", "--json"], 0), &[]);
}

#[test]
fn every_json_form_has_a_heading() {
    let text = page("json.md");
    for (command, flags) in flags_by_command().iter().filter(|(_, flags)| flags.contains("--json")) {
        let heading = match command.split(' ').next().unwrap_or_default() {
            "import-reviews" | "import-scores" | "import-text" => "Imports",
            first => first,
        };
        assert!(text.contains(&format!("\n## {heading}\n")), "docs/json.md lacks {command}: {flags:?}");
    }
}

#[test]
fn the_signals_page_has_every_signal_with_its_weight() {
    let fixture = Fixture::default();
    fixture.run(&["demo", "set"]).expect(0);
    let board = fixture.run(&["scoreboard", "set", "--no-pixels", "--json"]).expect(0).json();
    let round = |weight: &Value| json!((weight.as_f64().unwrap() * 100.0).round() / 100.0);
    let weights: BTreeMap<String, Value> = board
        .iter()
        .map(|score| (score["signal"].as_str().unwrap().to_owned(), round(&score["weight_default"])))
        .collect();
    let row = Regex::new(r"(?m)^\| `([a-z-]+)` \| .* \| ([\d.]+) \|$").unwrap();
    let signals = page("signals.md");
    // A later table has the values of the model, which also have weights.
    let table = signals.split("\n## The score\n").next().unwrap();
    let listed: BTreeMap<String, Value> =
        row.captures_iter(table).map(|found| (found[1].to_owned(), json!(found[2].parse::<f64>().unwrap()))).collect();
    assert_eq!(listed, weights, "the table of docs/signals.md");
    assert_number_in_readme(weights.len(), "[signals]");
}

/// Checks that README has a number before some words.
fn assert_number_in_readme(number: usize, words: &str) {
    let names = ["eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"];
    let text = format!("{} {words}", names[number - 8]);
    let readme = std::fs::read_to_string(xtask::root().join("README.md")).unwrap().to_lowercase();
    assert!(readme.contains(&text), "README.md does not have “{text}”");
}

#[test]
fn the_formats_page_has_every_format() {
    let help = Fixture::default().run(&["export", "--help"]).expect(0).out;
    let option = help.split("--format <FORMAT>").nth(1).unwrap().split("[default").next().unwrap();
    let formats: Vec<&str> =
        option.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split(':').next()).collect();
    let text = page("formats.md");
    for format in &formats {
        assert!(text.contains(&format!("\n| `{format}` |")), "docs/formats.md has no row for {format}");
    }
    assert_number_in_readme(formats.len(), "formats](docs/formats.md)");
}

/// A text of the program as the pages quote it: its parts between what differs from case to case.
fn quoted_parts(quote: &str) -> Vec<String> {
    let differing = Regex::new(r"…|\b[NM]\b|\bF?\d+\b|shard_\S+|`[^`]*`").unwrap();
    let parts =
        differing.split(quote).map(|part| part.trim_matches([' ', ':', ';', ',', '.', '(', ')']).to_lowercase());
    parts.filter(|part| part.len() > 3).collect()
}

#[test]
fn texts_on_the_reliability_page_are_those_of_the_program() {
    let mut source = String::new();
    let mut waiting = vec![xtask::root().join("crates")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            source.push_str(&std::fs::read_to_string(path).unwrap().to_lowercase());
        }
    }
    let source = Regex::new(r"\\\n\s*").unwrap().replace_all(&source, "");
    let text = page("reliability.md").replace('\n', " ");
    let quotes: Vec<&str> = text.split('“').skip(1).filter_map(|rest| rest.split('”').next()).collect();
    assert!(quotes.len() > 45, "{} texts", quotes.len());
    for quote in quotes {
        for part in quoted_parts(quote) {
            assert!(source.contains(&part), "docs/reliability.md quotes “{quote}”, but no text has “{part}”");
        }
    }
}

#[test]
fn measures_on_the_performance_page_exist() {
    let folders = ["crates/bench/src", "crates/bench/src/remote"].map(|folder| xtask::root().join(folder));
    let files = folders.iter().flat_map(|folder| folder.read_dir().unwrap().map(|entry| entry.unwrap().path()));
    let source: String =
        files.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let name = Regex::new(r"(?m)^\| `([a-z_]+)`").unwrap();
    let text = page("performance.md");
    let names: Vec<&str> = name.captures_iter(&text).filter_map(|found| Some(found.get(1)?.as_str())).collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names {
        assert!(source.contains(&format!("\"{name}\"")), "docs/performance.md: there is no measure {name}");
    }
}

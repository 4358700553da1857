//! The page of filters, `docs/search.md`, against the table of filters, and the problems in
//! `docs/export.md` against theirs.

#![allow(clippy::unwrap_used, reason = "a page that cannot be read is a failed test")]

use std::collections::BTreeSet;
use std::path::Path;

use tilejury_audit::problem_kind::ProblemKind;
use tilejury_audit::search::FIELDS;

#[test]
fn the_search_page_has_every_filter() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/search.md");
    let page = std::fs::read_to_string(page).unwrap();
    // The fields of the rows have names of the dataset.
    let of_filters = page.split("\n### ").filter(|section| !section.starts_with("Fields of the rows"));
    let lines = of_filters.flat_map(str::lines);
    let listed: BTreeSet<&str> = lines.filter_map(|line| line.strip_prefix("| `")?.split("` |").next()).collect();
    assert_eq!(listed, FIELDS.iter().map(|field| field.example).collect());
}

#[test]
fn the_export_page_has_every_problem() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/export.md");
    let page = std::fs::read_to_string(page).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("Problems\n")).unwrap();
    let lines = section.lines().filter_map(|line| line.strip_prefix("| "));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(" |").map(str::trim).collect()).skip(1).collect();
    let listed: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row[0], row[1])).collect();
    assert_eq!(listed, ProblemKind::ALL.iter().map(|kind| (kind.label(), kind.in_export())).collect());
    for kind in ProblemKind::ALL {
        let row = rows.iter().find(|row| row[0] == kind.label()).unwrap();
        let (drops, changes) = kind.reasons();
        let names = drops.iter().map(|why| why.label()).chain(changes.iter().map(|why| why.label()));
        for name in names {
            assert!(row[2].contains(&format!("“{name}”")), "{kind}: {name} in {row:?}");
        }
        assert_eq!(row[2].is_empty(), drops.len() + changes.len() == 0, "{kind}");
    }
}

//! The page of filters, `docs/search.md`, against the table of filters.

#![allow(clippy::unwrap_used, reason = "a page that cannot be read is a failed test")]

use std::collections::BTreeSet;
use std::path::Path;

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

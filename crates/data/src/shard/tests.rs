//! The walk's limits (smaller than the program's), and files that change during the walk.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::*;

const SMALL: WalkLimits = WalkLimits { members: 10, name_bytes: 1000, problems: 5, searched: 8192 };

/// A tar of members without content.
fn tar(names: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for name in names {
        let mut header = tar::Header::new_ustar();
        header.set_size(0);
        tar.append_data(&mut header, name, &[][..]).unwrap();
    }
    tar.into_inner().unwrap()
}

fn named(count: usize) -> Vec<u8> {
    tar((0..count).map(|n| format!("shard_000/{n}.png")))
}

/// Walks a file with these limits, given a length that may differ from its own.
fn walk_with_length(bytes: &[u8], len: u64, limits: WalkLimits) -> ShardIndex {
    let mut file = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut file, bytes).unwrap();
    ShardIndex::walk(&file, FileStamp { len, modified: 0, changed: 0 }, limits)
}

fn walk(bytes: &[u8]) -> ShardIndex {
    walk_with_length(bytes, bytes.len() as u64, SMALL)
}

fn problem_texts(index: &ShardIndex) -> Vec<&str> {
    index.problems.iter().map(|problem| problem.message.as_str()).collect()
}

#[test]
fn indexes_the_first_members_and_reports_where_it_stopped() {
    let index = walk(&named(10));
    assert_eq!((index.len(), index.problems.len()), (10, 0), "as many as are allowed");
    let index = walk(&named(100_000));
    assert_eq!(index.len(), 10);
    assert_eq!(problem_texts(&index).len(), 1);
    let expected = "10 members are indexed, and nothing from byte 5120 on was read";
    assert!(problem_texts(&index)[0].contains(expected), "{:?}", problem_texts(&index));
}

#[test]
fn names_and_links_take_bounded_memory() {
    let index = walk(&tar((0..100).map(|n| format!("shard_000/{n:0190}.png"))));
    assert_eq!((index.len(), problem_texts(&index).len()), (5, 1), "five names of 204 bytes exceed a thousand");
    let mut links = tar::Builder::new(Vec::new());
    for n in 0..100 {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Link);
        header.set_size(0);
        links.append_link(&mut header, format!("shard_000/{n}.png"), "nowhere").unwrap();
    }
    let index = walk(&links.into_inner().unwrap());
    assert_eq!(index.len(), 0);
    assert!(
        problem_texts(&index).iter().any(|message| message.contains("10 members are indexed")),
        "{:?}",
        problem_texts(&index)
    );
}

#[test]
fn lists_the_first_problems_and_counts_the_rest() {
    let index = walk(&tar((0..20).map(|_| "shard_000/a.png".into())));
    let problems = problem_texts(&index);
    assert_eq!((index.len(), problems.len()), (1, 6));
    assert!(problems[5].contains("has 14 more problems like those before; only the first 5"), "{problems:?}");
}

#[test]
fn stops_a_long_search_for_headers() {
    let lost = [&named(1)[..512], &vec![b'x'; 100_000], &named(2)].concat();
    let index = walk(&lost);
    assert_eq!(index.len(), 1);
    assert!(
        problem_texts(&index).iter().any(|message| message.contains("the search for more stopped at byte")),
        "{:?}",
        problem_texts(&index)
    );
    let near = [&named(1)[..512], &vec![b'x'; 1024], &named(2)].concat();
    assert_eq!(walk(&near).len(), 2);
}

#[test]
fn keeps_members_of_a_shard_that_becomes_shorter() {
    let bytes = named(8);
    let index = walk_with_length(&bytes[..5 * 512], bytes.len() as u64, SMALL);
    assert_eq!((index.len(), index.whole), (5, false));
    assert!(
        problem_texts(&index)[0].contains("became shorter than 5120 bytes while it was read"),
        "{:?}",
        problem_texts(&index)
    );
    assert!(walk(&bytes).whole);
}

#[test]
fn a_repeated_search_does_not_read_again() {
    let mut file = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut file, &[b'x'; 200_000]).unwrap();
    let mut window = window::ReadWindow::new(&file, 200_000);
    let read = window.stretch(0).unwrap().len();
    assert_eq!(window.stretch(BLOCK).unwrap().len(), read - BLOCK as usize, "the rest of the held bytes");
    assert_eq!(window.get(2 * BLOCK, 1536).unwrap(), [b'x'; 1536]);
    assert_eq!(window.stretch(3 * BLOCK).unwrap().len(), read - 3 * BLOCK as usize);
}

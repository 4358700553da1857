//! Small files of several people in a dataset repository of a Hub: written by commits, each on top
//! of the one before it.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod served;

use std::thread;

use served::Served;
use tilejury_remote::{Access, Address, HubFolder};

const TOKEN: &str = "hf_mayWrite";

fn folder_at(access: &Access, address: &str) -> HubFolder {
    HubFolder::open(&address.parse::<Address>().unwrap(), "judgements", access).unwrap()
}

fn files(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    names.iter().map(|name| ((*name).to_owned(), format!("content of {name}\n").into_bytes())).collect()
}

fn names(folder: &HubFolder) -> Vec<String> {
    let mut names = folder.list().unwrap();
    names.sort();
    names
}

/// A Hub with a token that may write, and access with it.
fn writable() -> Option<(Served, Access)> {
    let served = Served::start()?;
    served.hub.set(&format!("token={TOKEN}&reading_token=hf_mayRead"));
    let access = Access { hub_token: Some(TOKEN.to_owned()), ..served.access.clone() };
    Some((served, access))
}

#[test]
fn a_change_is_one_commit_and_is_read_by_others() {
    let Some((served, access)) = writable() else { return };
    let folder = folder_at(&access, "hf://datasets/o/n");
    assert!(names(&folder).is_empty(), "the folder is not there yet");
    folder.change(&files(&["a.jsonl", "b.jsonl"]), &[]).unwrap();
    folder.change(&files(&["b.jsonl", "c.jsonl"]), &["a.jsonl".to_owned(), "never.jsonl".to_owned()]).unwrap();
    folder.change(&files(&["b.jsonl"]), &["a.jsonl".to_owned()]).unwrap();
    let commits: Vec<String> = served.hub.seen().into_iter().filter(|line| line.starts_with("commit ")).collect();
    assert_eq!(commits, ["commit 2", "commit 2"], "what is done already is no commit");
    let other = folder_at(&Access { hub_token: Some("hf_mayRead".to_owned()), ..access.clone() }, "o/n@main");
    assert_eq!(names(&other), ["b.jsonl", "c.jsonl"]);
    assert_eq!(other.read("c.jsonl", 1000).unwrap(), b"content of c.jsonl\n");
    assert!(other.read("c.jsonl", 19).unwrap_err().to_string().contains("too long"));
    let below = folder_at(&access, "hf://datasets/o/n/team/one");
    below.change(&files(&["d.jsonl"]), &[]).unwrap();
    assert_eq!(below.read("d.jsonl", 1000).unwrap(), b"content of d.jsonl\n");
    assert!(served.files.join("team/one/judgements/d.jsonl").exists());
    assert_eq!(names(&folder), ["b.jsonl", "c.jsonl"]);
    assert!(served.hub.errors().is_empty(), "{}", served.hub.errors());
}

#[test]
fn the_token_goes_to_the_hub_and_no_other_host() {
    let Some((served, access)) = writable() else { return };
    let folder = folder_at(&access, "hf://datasets/o/n");
    folder.change(&files(&["a.jsonl"]), &[]).unwrap();
    folder.list().unwrap();
    folder.read("a.jsonl", 1000).unwrap();
    let seen = served.hub.seen();
    let elsewhere: Vec<&String> = seen.iter().filter(|line| line.starts_with("cdn ")).collect();
    assert!(!elsewhere.is_empty() && elsewhere.iter().all(|line| line.ends_with("auth=")), "{elsewhere:#?}");
    assert!(seen.iter().filter(|line| line.starts_with("hub POST")).all(|line| line.contains(TOKEN)), "{seen:#?}");
    assert!(!format!("{folder:?}").contains(TOKEN));
}

#[test]
fn commits_of_several_people_come_one_after_another() {
    let Some((served, access)) = writable() else { return };
    served.hub.set("others_first=2");
    folder_at(&access, "o/n").change(&files(&["first.jsonl"]), &[]).unwrap();
    let posts = served.hub.seen().iter().filter(|line| line.contains("/commit/")).count();
    assert_eq!(posts, 3, "two were refused");
    thread::scope(|scope| {
        for who in 0..4 {
            let access = &access;
            scope.spawn(move || {
                let folder = folder_at(access, "o/n");
                for round in 0..2 {
                    folder.change(&files(&[&format!("{who}-{round}.jsonl")]), &[]).unwrap();
                }
            });
        }
    });
    assert_eq!(names(&folder_at(&access, "o/n")).len(), 9);
    served.hub.set("others_first=100");
    let refused = folder_at(&access, "o/n").change(&files(&["late.jsonl"]), &[]).unwrap_err().to_string();
    assert!(refused.contains("other commits came first again and again"), "{refused}");
}

#[test]
fn a_commit_whose_answer_was_lost_is_not_made_twice() {
    let Some((served, access)) = writable() else { return };
    served.hub.set("answer_lost=1");
    folder_at(&access, "o/n").change(&files(&["a.jsonl"]), &[]).unwrap();
    let commits = served.hub.seen().iter().filter(|line| line.starts_with("commit ")).count();
    assert_eq!(commits, 1);
}

#[test]
fn without_permission_to_write_the_words_say_what_is_missing() {
    let Some((served, access)) = writable() else { return };
    let refusal = |token: Option<&str>| {
        let access = Access { hub_token: token.map(str::to_owned), ..access.clone() };
        let refused = folder_at(&access, "o/n").change(&files(&["a.jsonl"]), &[]).unwrap_err().to_string();
        assert!(!refused.contains("hf_"), "{refused}");
        refused
    };
    let no_token = refusal(None);
    assert!(no_token.contains("set HF_TOKEN to a token of the Hub that may write"), "{no_token}");
    assert!(served.hub.seen().is_empty(), "nothing is asked without a token");
    let reading = refusal(Some("hf_mayRead"));
    assert!(reading.contains("the token may not write to this dataset"), "{reading}");
    let unknown = refusal(Some("hf_nobody"));
    assert!(unknown.contains("HF_TOKEN"), "{unknown}");
    served.hub.set("in_lfs=1");
    assert!(refusal(Some(TOKEN)).contains(".gitattributes"));
    let fixed = HubFolder::open(&format!("o/n@{}", "0".repeat(40)).parse().unwrap(), "judgements", &access);
    assert!(fixed.unwrap_err().to_string().contains("name a branch"));
}

#[test]
fn a_limit_of_the_hub_is_waited_for() {
    let Some((served, access)) = writable() else { return };
    served.hub.set("limited_api=1&limited_once=1&retry_after=1");
    folder_at(&access, "o/n").change(&files(&["a.jsonl"]), &[]).unwrap();
    served.hub.clear();
    served.hub.set("limited_api=600&retry_after=1");
    let refused = folder_at(&access, "o/n").change(&files(&["b.jsonl"]), &[]).unwrap_err().to_string();
    assert!(refused.contains("too many requests (429)"), "{refused}");
}

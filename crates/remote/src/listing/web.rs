//! The files of a folder of a web server: the publisher's list of shards,
//! `image_shards_summary.json`, the server's own pages of its folders, or names that are usual.
//! Shards are only listed; what they are is asked when the first of their bytes is needed, because
//! there can be thousands.

use std::collections::{BTreeMap, HashSet};
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{Either, select};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use http::HeaderMap;
use object_store::{ObjectStore, ObjectStoreExt as _};
use serde::Deserialize;
use tilejury_data::StoredFile;
use url::Url;

use super::names::is_usable;
use super::{AT_ONCE, FILE_UP_TO_BYTES, served, sorted, stored};
use crate::error::Failure;
use crate::stores::store_path;
use crate::transport::Transport;

/// The publisher's list of shards.
const SHARDS_SUMMARY: &str = "image_shards_summary.json";
/// The usual folder of shards, as a part of an address.
const SHARDS: &str = "image_shards/";
/// The splits that are looked for where files cannot be listed.
pub(crate) const KNOWN_SPLITS: [&str; 6] =
    ["train_hn.jsonl", "train.jsonl", "eval_hn.jsonl", "eval.jsonl", "test_hn.jsonl", "test.jsonl"];

/// The files of a folder of a web server.
pub(crate) struct WebList {
    pub(crate) files: Vec<StoredFile>,
    /// Whether the server is one of `tilejury serve`, whose list has the versions of all files.
    pub(crate) is_served: bool,
}

/// Lists a folder of a web server.
pub(crate) async fn of_web(store: &Arc<dyn ObjectStore>, url: &Url, transport: &Transport) -> Result<WebList, Failure> {
    let known = KNOWN_SPLITS.map(str::to_owned);
    let summary = join(url, SHARDS_SUMMARY)?;
    let page = pin!(page_of(transport, url, ""));
    let others = pin!(async { futures_util::join!(transport.get(&summary), heads(store, known.into())) });
    // A server of `tilejury serve` answers with the list in the place of the page: then nothing
    // else is waited for.
    let (page, others) = match select(page, others).await {
        Either::Left((page, others)) => match page.as_ref().is_ok_and(Page::is_served) {
            true => (page, None),
            false => (page, Some(others.await)),
        },
        Either::Right((others, page)) => (page.await, Some(others)),
    };
    let served = page.as_ref().ok().filter(|page| page.is_served());
    let (summary, splits) = match (served, others) {
        (Some(page), _) => return Ok(WebList { files: served::files(&page.body)?, is_served: true }),
        (None, Some(others)) => others,
        (None, None) => return Err(Failure::NotFound),
    };
    let linked = page.map(|page| page.names(""));
    let mut files = splits?;
    let has_page = !matches!(linked, Err(Failure::NotFound));
    let linked = linked.unwrap_or_default();
    let is_split = |name: &str| name.ends_with(".jsonl") || name.ends_with(".parquet");
    let is_new = |name: &str| is_split(name) && !KNOWN_SPLITS.contains(&name) && is_usable(name);
    let other_splits = linked.iter().filter(|linked| is_new(&linked.name)).map(|linked| linked.name.clone());
    match heads(store, other_splits.collect()).await {
        Ok(others) => files.extend(others),
        // The usual splits are not pages, so the network did not send these.
        Err(Failure::WebPage) => {}
        Err(failure) => return Err(failure),
    }
    let shards = match summary {
        Ok((_, body)) => of_summary(&body)?,
        // A page for every missing file is no list either.
        Err(Failure::NotFound | Failure::WebPage) => {
            let in_folder = page_of(transport, url, SHARDS).await.map(|page| page.names(SHARDS)).unwrap_or_default();
            let linked = linked.into_iter().chain(in_folder);
            linked.filter(|linked| linked.name.ends_with(".tar")).collect()
        }
        Err(failure) => return Err(failure),
    };
    let unconfirmed = |Linked { name, len }| StoredFile { path: name, len, version: String::new(), sha256: None };
    files.extend(shards.into_iter().map(unconfirmed));
    if files.is_empty() && !has_page {
        return Err(Failure::NoFolder);
    }
    Ok(WebList { files: sorted(files), is_served: false })
}

/// A file as a list of the publisher or a page of the server names it.
#[derive(Debug, PartialEq, Eq)]
struct Linked {
    name: String,
    /// About its length in bytes; 0 if nothing tells it.
    len: u64,
}

/// The size and version of a file of a web server; `None` if there is none.
pub(crate) async fn head(store: &Arc<dyn ObjectStore>, path: &str) -> Result<Option<StoredFile>, Failure> {
    let location = store_path(path)?;
    match store.head(&location).await.map_err(|error| Failure::of(&error)) {
        Ok(object) => Ok(Some(stored(path.to_owned(), &object))),
        Err(Failure::NotFound) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A file of a web server, whole; `None` if there is none, or only a page in its place. One
/// request, where asking for its size first would be two.
pub(crate) async fn whole(store: &Arc<dyn ObjectStore>, path: &str, up_to: u64) -> Result<Option<Vec<u8>>, Failure> {
    let answer = match store.get(&store_path(path)?).await.map_err(|error| Failure::of(&error)) {
        Ok(answer) => answer,
        Err(Failure::NotFound | Failure::WebPage) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let (mut bytes, mut parts) = (Vec::new(), answer.into_stream());
    while let Some(part) = parts.try_next().await.map_err(|error| Failure::of(&error))? {
        bytes.extend_from_slice(&part);
        if bytes.len() as u64 > up_to {
            return Err(Failure::TooLong);
        }
    }
    Ok(Some(bytes))
}

/// The files that exist. Some servers answer with a page where there is no file; if there is
/// nothing but pages, the network may have sent them.
async fn heads(store: &Arc<dyn ObjectStore>, paths: Vec<String>) -> Result<Vec<StoredFile>, Failure> {
    let heads = stream::iter(paths.iter()).map(|path| head(store, path)).buffered(AT_ONCE).collect::<Vec<_>>();
    let (mut files, mut are_pages) = (Vec::new(), !paths.is_empty());
    for head in heads.await {
        are_pages &= head == Err(Failure::WebPage);
        match head {
            Ok(file) => files.extend(file),
            Err(Failure::WebPage) => {}
            Err(failure) => return Err(failure),
        }
    }
    if are_pages { Err(Failure::WebPage) } else { Ok(files) }
}

/// The server's own page of a folder.
struct Page {
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Page {
    fn is_served(&self) -> bool {
        served::is_served(&self.headers)
    }

    /// The names that it links to, in the folder.
    fn names(&self, folder: &str) -> Vec<Linked> {
        let linked = names_in(&String::from_utf8_lossy(&self.body), &self.url).into_iter();
        linked.map(|Linked { name, len }| Linked { name: format!("{folder}{name}"), len }).collect()
    }
}

/// Requests the server's own page of a folder; an error if it has none.
async fn page_of(transport: &Transport, url: &Url, folder: &str) -> Result<Page, Failure> {
    let url = join(url, folder.trim_end_matches('/'))?;
    let url = join(&url, "")?;
    let (headers, body) = transport.get(&url).await?;
    Ok(Page { url, headers, body })
}

/// The files directly below a page that it links to.
fn names_in(page: &str, url: &Url) -> Vec<Linked> {
    let links = page.split("href=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split_once(quote)
    });
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    for (link, after) in links {
        let Some(target) = url.join(&link.replace("&amp;", "&")).ok().filter(|target| target.query().is_none()) else {
            continue;
        };
        let name = target.as_str().strip_prefix(url.as_str()).unwrap_or_default();
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
        if !name.is_empty() && !name.contains('/') && seen.insert(name.clone()) {
            names.push(Linked { name, len: len_after(after) });
        }
    }
    names
}

/// The length that the page tells behind a link, as nginx and Apache write it: the last number of
/// the line, in bytes or rounded with a unit.
fn len_after(link: &str) -> u64 {
    let line = link.split_once("</a>").map_or("", |(_, rest)| rest.lines().next().unwrap_or_default());
    let word = line.split(['<', '>', ' ', '\t', '\r']).rfind(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let word = word.unwrap_or_default();
    let unit = match word.chars().last().map(|c| c.to_ascii_uppercase()) {
        Some('K') => 1e3,
        Some('M') => 1e6,
        Some('G') => 1e9,
        _ => 1.0,
    };
    let number = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    number.parse::<f64>().map_or(0, |number| (number * unit) as u64)
}

#[derive(Deserialize)]
struct ShardsSummary {
    shards: BTreeMap<String, SummaryShard>,
}

#[derive(Deserialize)]
struct SummaryShard {
    #[serde(default)]
    tar_path: String,
    #[serde(default)]
    size_bytes: u64,
}

/// The shards in the publisher's list.
fn of_summary(body: &[u8]) -> Result<Vec<Linked>, Failure> {
    let summary: ShardsSummary =
        serde_json::from_slice(body).map_err(|error| Failure::BadList(format!("{SHARDS_SUMMARY}: {error}")))?;
    let path = |(name, shard): (&String, &SummaryShard)| {
        // The last folder and the name: the rest is from the publisher's machine.
        let mut parts = shard.tar_path.rsplit('/').filter(|part| !part.is_empty());
        let file = parts.next().map_or_else(|| format!("{name}.tar"), str::to_owned);
        let folder = parts.next().unwrap_or("image_shards");
        // An impossible length is no reason to leave the shard out.
        let len = Some(shard.size_bytes).filter(|len| *len <= FILE_UP_TO_BYTES).unwrap_or(0);
        Linked { name: format!("{folder}/{file}"), len }
    };
    Ok(summary.shards.iter().map(path).collect())
}

fn join(url: &Url, name: &str) -> Result<Url, Failure> {
    let text = format!("{}/{name}", url.as_str().trim_end_matches('/'));
    Url::parse(&text).map_err(|error| Failure::Other(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn linked((name, len): (&str, u64)) -> Linked {
        Linked { name: name.to_owned(), len }
    }

    #[test]
    fn the_summary_names_shards_below_their_last_folder() {
        let body = br#"{"shards":{"shard_000":{"size_bytes":7,"tar_path":"/export/image_shards/shard_000.tar"},
            "shard_001":{"size_bytes":8}}}"#;
        let expected = [("image_shards/shard_000.tar", 7), ("image_shards/shard_001.tar", 8)];
        assert_eq!(of_summary(body).unwrap(), expected.map(linked));
    }

    #[test]
    fn a_page_of_a_folder_names_its_files_only() {
        let url = Url::parse("https://host/set/").unwrap();
        let page = r#"<a href="../">up</a> <a href='train.jsonl'>x</a> <a href="a%20b.tar">x</a>
            <a href="?C=M">sort</a> <a href="https://elsewhere/x.tar">x</a> <a href="/set/c.tar">x</a> <a href="sub/">x</a>"#;
        assert_eq!(names_in(page, &url), [("train.jsonl", 0), ("a b.tar", 0), ("c.tar", 0)].map(linked));
    }

    #[test]
    fn the_lengths_on_a_page_are_read() {
        let url = Url::parse("https://host/set/").unwrap();
        let page = "<a href=\"a.tar\">a.tar</a>      28-Nov-2026 10:00     97925120\n\
            <tr><td><a href='b.tar'>b.tar</a></td><td align=\"right\">2026-11-28 10:00  </td><td> 93M</td></tr>\n\
            <a href=\"c.tar\">c.tar</a> - \n<a href=\"d.tar\">d</a>";
        let expected = [("a.tar", 97_925_120), ("b.tar", 93_000_000), ("c.tar", 0), ("d.tar", 0)];
        assert_eq!(names_in(page, &url), expected.map(linked));
    }
}

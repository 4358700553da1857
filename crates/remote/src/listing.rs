//! The files of a dataset at an address. A repository and a bucket list them; a web server has a
//! list of shards that the publisher wrote, `image_shards_summary.json`, or its own pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::path::Path as StorePath;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use serde::Deserialize;
use tilejury_data::StoredFile;
use url::Url;

use crate::error::Failure;
use crate::hub::Hub;
use crate::transport::Transport;

/// The folder of extracted tiles, which can be hundreds of thousands of files.
const IMAGES: &str = "images";
/// The publisher's list of shards.
const SHARDS_SUMMARY: &str = "image_shards_summary.json";
/// The splits that are looked for where files cannot be listed.
const KNOWN_SPLITS: [&str; 6] =
    ["train_hn.jsonl", "train.jsonl", "eval_hn.jsonl", "eval.jsonl", "test_hn.jsonl", "test.jsonl"];
/// Requests at the same time.
const AT_ONCE: usize = 32;

/// Lists a folder of a repository: its files and those of its folders. Extracted tiles are listed
/// only if there are no shards.
pub(crate) async fn of_hub(hub: &Hub, folder: &str) -> Result<Vec<StoredFile>, Failure> {
    let (mut files, folders) = hub.list(folder).await?;
    let below = |path: &str| path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/').to_owned();
    let lists = stream::iter(folders.iter().filter(|path| below(path) != IMAGES))
        .map(|path| hub.list(path))
        .buffered(AT_ONCE)
        .try_collect::<Vec<_>>();
    files.extend(lists.await?.into_iter().flat_map(|(files, _)| files));
    for file in &mut files {
        file.path = below(&file.path);
    }
    Ok(sorted(files))
}

/// Lists a folder of a bucket as [`of_hub`] lists one of a repository.
pub(crate) async fn of_bucket(store: &Arc<dyn ObjectStore>, folder: &StorePath) -> Result<Vec<StoredFile>, Failure> {
    let failed = |error: object_store::Error| Failure::of(&error);
    let prefix = (!folder.as_ref().is_empty()).then_some(folder);
    let top = store.list_with_delimiter(prefix).await.map_err(failed)?;
    let is_images = |path: &&StorePath| path.filename() == Some(IMAGES);
    let lists = stream::iter(top.common_prefixes.iter().filter(|path| !is_images(path)))
        .map(|path| store.list_with_delimiter(Some(path)))
        .buffered(AT_ONCE)
        .try_collect::<Vec<_>>();
    let mut objects = top.objects;
    objects.extend(lists.await.map_err(failed)?.into_iter().flat_map(|list| list.objects));
    let has_shards = objects.iter().any(|object| object.location.as_ref().ends_with(".tar"));
    if !has_shards && let Some(images) = top.common_prefixes.iter().find(is_images) {
        objects.extend(store.list(Some(images)).try_collect::<Vec<_>>().await.map_err(failed)?);
    }
    let below = |object: &ObjectMeta| {
        let parts = object.location.prefix_match(folder)?;
        Some(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
    };
    let stored = objects.iter().filter_map(|object| Some(stored(below(object)?, object)));
    // An empty object can stand for the folder itself.
    Ok(sorted(stored.filter(|file| !file.path.is_empty()).collect()))
}

/// Lists a folder of a web server.
pub(crate) async fn of_web(
    store: &Arc<dyn ObjectStore>,
    url: &Url,
    transport: &Transport,
) -> Result<Vec<StoredFile>, Failure> {
    let known = KNOWN_SPLITS.map(str::to_owned);
    let summary = join(url, SHARDS_SUMMARY)?;
    let (summary, linked, splits) =
        futures_util::join!(transport.get(&summary), linked_names(transport, url, ""), heads(store, known.into()));
    let mut files = splits?;
    match summary {
        Ok((_, body)) => files.extend(of_summary(&body)?),
        Err(Failure::NotFound) => {
            let mut names = linked.clone();
            names.extend(linked_names(transport, url, "image_shards/").await);
            names.retain(|name| name.ends_with(".tar"));
            files.extend(heads(store, names).await?);
        }
        Err(failure) => return Err(failure),
    }
    let is_new = |name: &String| name.ends_with(".jsonl") && !KNOWN_SPLITS.contains(&name.as_str());
    files.extend(heads(store, linked.into_iter().filter(is_new).collect()).await?);
    Ok(sorted(files))
}

/// The size and version of a file of a web server; `None` if there is none.
pub(crate) async fn head(store: &Arc<dyn ObjectStore>, path: &str) -> Result<Option<StoredFile>, Failure> {
    let location = StorePath::parse(path).map_err(|error| Failure::Other(error.to_string()))?;
    match store.head(&location).await.map_err(|error| Failure::of(&error)) {
        Ok(object) => Ok(Some(stored(path.to_owned(), &object))),
        Err(Failure::NotFound) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn heads(store: &Arc<dyn ObjectStore>, paths: Vec<String>) -> Result<Vec<StoredFile>, Failure> {
    let heads = stream::iter(paths.iter()).map(|path| head(store, path)).buffered(AT_ONCE);
    Ok(heads.try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
}

/// The names that the server's own page of a folder links to; none if it has no such page.
async fn linked_names(transport: &Transport, url: &Url, folder: &str) -> Vec<String> {
    let Ok(page) = join(url, folder) else { return Vec::new() };
    let page_url = page.as_str().trim_end_matches('/').to_owned() + "/";
    let Ok(page_url) = Url::parse(&page_url) else { return Vec::new() };
    let Ok((_, body)) = transport.get(&page_url).await else { return Vec::new() };
    names_in(&String::from_utf8_lossy(&body), &page_url).into_iter().map(|name| format!("{folder}{name}")).collect()
}

/// The names of files directly below a page that it links to.
fn names_in(page: &str, url: &Url) -> Vec<String> {
    let mut links = page.split("href=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split(quote).next()
    });
    let mut names = Vec::new();
    for link in &mut links {
        let Some(target) = url.join(&link.replace("&amp;", "&")).ok().filter(|target| target.query().is_none()) else {
            continue;
        };
        let name = target.as_str().strip_prefix(url.as_str()).unwrap_or_default();
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
        if !name.is_empty() && !name.contains('/') && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[derive(Deserialize)]
struct ShardsSummary {
    shards: BTreeMap<String, SummaryShard>,
}

#[derive(Deserialize)]
struct SummaryShard {
    size_bytes: u64,
    #[serde(default)]
    tar_path: String,
}

/// The shards in the publisher's list. It tells no versions: each shard has that of the list.
fn of_summary(body: &[u8]) -> Result<Vec<StoredFile>, Failure> {
    let summary: ShardsSummary = serde_json::from_slice(body)
        .map_err(|error| Failure::Other(format!("{SHARDS_SUMMARY} is not a list of shards: {error}")))?;
    let version = format!("listed:{:032x}", tilejury_data::hash::hash(body, 0));
    let file = |(name, shard): (&String, &SummaryShard)| {
        // The last folder and the name: the rest is from the publisher's machine.
        let mut parts = shard.tar_path.rsplit('/').filter(|part| !part.is_empty());
        let file = parts.next().map_or_else(|| format!("{name}.tar"), str::to_owned);
        let folder = parts.next().unwrap_or("image_shards");
        StoredFile { path: format!("{folder}/{file}"), len: shard.size_bytes, version: version.clone(), sha256: None }
    };
    Ok(summary.shards.iter().map(file).collect())
}

fn stored(path: String, object: &ObjectMeta) -> StoredFile {
    let version = object.e_tag.as_deref().map_or_else(|| object.last_modified.to_string(), quoted);
    StoredFile { path, len: object.size, version, sha256: None }
}

/// An ETag as it is in the header of an answer: Azure leaves out the quotes in lists.
fn quoted(e_tag: &str) -> String {
    if e_tag.contains('"') { e_tag.to_owned() } else { format!("\"{e_tag}\"") }
}

fn sorted(mut files: Vec<StoredFile>) -> Vec<StoredFile> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    files
}

fn join(url: &Url, name: &str) -> Result<Url, Failure> {
    let text = format!("{}/{name}", url.as_str().trim_end_matches('/'));
    Url::parse(&text).map_err(|error| Failure::Other(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_summary_names_shards_below_their_last_folder() {
        let body = br#"{"shards":{"shard_000":{"size_bytes":7,"tar_path":"/export/image_shards/shard_000.tar"},
            "shard_001":{"size_bytes":8}}}"#;
        let files = of_summary(body).unwrap();
        let listed: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.len)).collect();
        assert_eq!(listed, [("image_shards/shard_000.tar", 7), ("image_shards/shard_001.tar", 8)]);
    }

    #[test]
    fn a_page_of_a_folder_names_its_files_only() {
        let url = Url::parse("https://host/set/").unwrap();
        let page = r#"<a href="../">up</a> <a href='train.jsonl'>x</a> <a href="a%20b.tar">x</a>
            <a href="?C=M">sort</a> <a href="https://elsewhere/x.tar">x</a> <a href="/set/c.tar">x</a> <a href="sub/">x</a>"#;
        assert_eq!(names_in(page, &url), ["train.jsonl", "a b.tar", "c.tar"]);
    }
}

//! The files of a folder of a bucket. A service lists a thousand at a time, each page after the one
//! before; so folders that are likely there, and stretches of them, are listed at the same time as
//! the top. Whatever was expected wrongly costs a request, and the list is the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path as StorePath;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use tilejury_data::StoredFile;

use super::web::KNOWN_SPLITS;
use super::{AT_ONCE, IMAGES, SHARDS, sorted, stored};
use crate::error::Failure;
use crate::stores::Bucket;

/// The files of a stretch, by an earlier list: less than a page, so that some may have been added.
const STRETCH: usize = 900;
/// The beginnings of the later stretches of a folder that was not listed before. A thousand shards
/// with as many indexes are two pages; in halves each would be a whole page, of which a service
/// does not tell whether more follows before the other half.
const THIRDS: [&str; 2] = ["shard_35", "shard_7"];
/// The most pages of a stretch.
const PAGES: usize = 1000;

/// Lists a folder of a bucket as [`super::of_hub`] lists one of a repository. `earlier`: its files
/// by an earlier list, if there is one.
pub(crate) async fn of_bucket(
    bucket: &Bucket,
    folder: &StorePath,
    earlier: &[StoredFile],
) -> Result<Vec<StoredFile>, Failure> {
    let failed = |error: object_store::Error| Failure::of(&error);
    let store = &bucket.store;
    connect(store, folder).await;
    let expected = expected(earlier);
    let in_advance = join_all(expected.iter().map(|(name, starts)| in_stretches(bucket, folder, name, starts)));
    let prefix = (!folder.as_ref().is_empty()).then_some(folder);
    let (top, in_advance) = futures_util::join!(store.list_with_delimiter(prefix), in_advance);
    let top = top.map_err(failed)?;
    let came = expected.into_keys().zip(in_advance).filter_map(|(name, objects)| Some((name, objects?)));
    let mut came: HashMap<String, Vec<ObjectMeta>> = came.collect();
    let is_images = |path: &&StorePath| path.filename() == Some(IMAGES);
    let folders = top.common_prefixes.iter().filter(|path| !is_images(path));
    let lists: Vec<_> = folders.map(|path| (path, path.filename().and_then(|name| came.remove(name)))).collect();
    let lists = stream::iter(lists)
        .map(async |(path, came)| match came {
            Some(objects) => Ok(objects),
            None => store.list_with_delimiter(Some(path)).await.map(|list| list.objects),
        })
        .buffered(AT_ONCE)
        .try_collect::<Vec<_>>();
    let mut objects = top.objects;
    objects.extend(lists.await.map_err(failed)?.into_iter().flatten());
    let has_shards = objects.iter().any(|object| object.location.as_ref().ends_with(".tar"));
    if !has_shards && let Some(images) = top.common_prefixes.iter().find(is_images) {
        objects.extend(store.list(Some(images)).try_collect::<Vec<_>>().await.map_err(failed)?);
    }
    let below = |object: &ObjectMeta| {
        let parts = object.location.prefix_match(folder)?;
        Some(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
    };
    let stored = objects.iter().filter_map(|object| Some(stored(below(object)?, object)));
    // An empty object can be the folder itself.
    Ok(sorted(stored.filter(|file| !file.path.is_empty()).collect()))
}

/// Opens the connections that the first tiles need, by requests whose answers do not matter: most
/// services answer one request at a time on each.
async fn connect(store: &Arc<dyn ObjectStore>, folder: &StorePath) {
    for name in KNOWN_SPLITS {
        let (store, file) = (store.clone(), folder.clone().join(name));
        let mut asked = Box::pin(async move { store.head(&file).await.map(drop) });
        // It is on its way when this returns.
        if futures_util::poll!(&mut asked).is_pending() {
            tokio::spawn(asked);
        }
    }
}

/// The folders that are likely there, with the places at which their stretches begin: those of the
/// earlier list, or the usual one.
fn expected(earlier: &[StoredFile]) -> BTreeMap<String, Vec<String>> {
    let mut folders: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for file in earlier {
        if let Some((folder, name)) = file.path.split_once('/').filter(|(folder, _)| *folder != IMAGES)
            && !name.contains('/')
            && (folders.len() < AT_ONCE || folders.contains_key(folder))
        {
            folders.entry(folder.to_owned()).or_default().push(name);
        }
    }
    if folders.is_empty() {
        return BTreeMap::from([(SHARDS.to_owned(), THIRDS.map(str::to_owned).to_vec())]);
    }
    let starts = |names: Vec<&str>| names.chunks(STRETCH).skip(1).map(|stretch| stretch[0].to_owned()).collect();
    folders.into_iter().map(|(folder, names)| (folder, starts(names))).collect()
}

/// Lists the files directly in a folder below another one, all stretches at once. `None` if that is
/// not possible at this service, or fails.
async fn in_stretches(bucket: &Bucket, above: &StorePath, name: &str, starts: &[String]) -> Option<Vec<ObjectMeta>> {
    // As it is listed: a path that is put together would have its special characters encoded.
    let prefix = if above.as_ref().is_empty() { format!("{name}/") } else { format!("{above}/{name}/") };
    let starts: Vec<String> = starts.iter().map(|start| format!("{prefix}{start}")).collect();
    let after = std::iter::once(None).chain(starts.iter().map(|start| Some(start.as_str())));
    let up_to = starts.iter().map(|start| Some(start.as_str())).chain([None]);
    let stretches = after.zip(up_to).map(|between| stretch(&*bucket.lists, &prefix, between));
    let stretches = join_all(stretches).await.into_iter().collect::<Option<Vec<_>>>()?;
    Some(stretches.into_iter().flatten().collect())
}

/// Lists the files of a folder after a key, up to another one. `None` if the list is not in order,
/// which not every service promises, or does not begin there.
async fn stretch(
    lists: &dyn PaginatedListStore,
    prefix: &str,
    (after, up_to): (Option<&str>, Option<&str>),
) -> Option<Vec<ObjectMeta>> {
    let (mut found, mut last, mut page_token) = (Vec::new(), after.unwrap_or_default().to_owned(), None);
    for _ in 0..PAGES {
        let (offset, delimiter) = (after.map(str::to_owned), Some("/".into()));
        let options = PaginatedListOptions { offset, delimiter, page_token, ..PaginatedListOptions::default() };
        let page = lists.list_paginated(Some(prefix), options).await.ok()?;
        for object in page.result.objects {
            let key = object.location.as_ref();
            if key <= last.as_str() {
                return None;
            }
            if up_to.is_some_and(|up_to| key > up_to) {
                return Some(found);
            }
            key.clone_into(&mut last);
            found.push(object);
        }
        page_token = page.page_token;
        if page_token.is_none() {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use async_trait::async_trait;
    use object_store::ListResult;
    use object_store::list::PaginatedListResult;

    use super::*;

    /// A service that lists these keys, two at a time.
    struct Lists {
        keys: Vec<&'static str>,
        ignores_start: bool,
    }

    #[async_trait]
    impl PaginatedListStore for Lists {
        async fn list_paginated(
            &self,
            prefix: Option<&str>,
            options: PaginatedListOptions,
        ) -> object_store::Result<PaginatedListResult> {
            let after = options.page_token.clone().or(options.offset.filter(|_| !self.ignores_start));
            let is_next = |key: &&&str| key.starts_with(prefix.unwrap()) && **key > after.as_deref().unwrap_or("");
            let mut keys: Vec<&str> = self.keys.iter().filter(is_next).copied().collect();
            let is_cut = keys.len() > 2;
            keys.truncate(2);
            let object = |key: &&str| ObjectMeta {
                location: StorePath::parse(key).unwrap(),
                last_modified: Default::default(),
                size: 1,
                e_tag: None,
                version: None,
            };
            let objects = keys.iter().map(object).collect();
            let result = ListResult { objects, common_prefixes: Vec::new(), extensions: Default::default() };
            Ok(PaginatedListResult { result, page_token: keys.last().filter(|_| is_cut).map(ToString::to_string) })
        }
    }

    fn listed(keys: &[&'static str], ignores_start: bool, starts: &[&str]) -> Option<Vec<String>> {
        let lists = Arc::new(Lists { keys: keys.to_vec(), ignores_start });
        let bucket = Bucket { store: Arc::new(object_store::memory::InMemory::new()), lists };
        let starts: Vec<String> = starts.iter().map(ToString::to_string).collect();
        let above = StorePath::from("set");
        let listed = in_stretches(&bucket, &above, "s#", &starts);
        let listed = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(listed)?;
        Some(listed.into_iter().map(|object| object.location.to_string()).collect())
    }

    #[test]
    fn stretches_have_every_file_once_wherever_they_begin() {
        let keys = ["set/s#/a", "set/s#/b", "set/s#/c", "set/s#/d", "set/s#/e", "set/t/a"];
        for starts in [&[][..], &["b"], &["bb"], &["a", "c"], &["zz"], &["0", "1", "c", "d"]] {
            assert_eq!(listed(&keys, false, starts).unwrap(), keys[..5], "{starts:?}");
        }
    }

    #[test]
    fn a_service_without_order_is_not_listed_in_stretches() {
        let keys = ["set/s#/a", "set/s#/b", "set/s#/c"];
        assert_eq!(listed(&keys, true, &["b"]), None, "it does not begin there");
        assert_eq!(listed(&["set/s#/b", "set/s#/a", "set/s#/c"], false, &[]), None);
    }

    #[test]
    fn stretches_follow_from_an_earlier_list() {
        let file = |path: String| StoredFile { path, len: 1, version: "1".into(), sha256: None };
        let shards = (0..2000).map(|at| file(format!("shards/{at:04}.tar")));
        let others = ["train.jsonl", "images/a.png", "other/b.tar", "other/deep/c.tar"].map(|path| file(path.into()));
        let earlier: Vec<StoredFile> = others.into_iter().chain(shards).collect();
        let starts = ["0900.tar", "1800.tar"].map(str::to_owned).to_vec();
        let folders = [("other".to_owned(), Vec::new()), ("shards".to_owned(), starts)];
        assert_eq!(expected(&earlier), folders.into());
        assert_eq!(expected(&earlier[..2]), expected(&[]), "the usual folder");
    }
}

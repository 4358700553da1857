//! The same files as a service with the interface of S3 has them: a bucket that is named like the
//! dataset. Its objects are the files of the web server; here are the lists, of a thousand keys a
//! page. No signature is asked for.

use std::fmt::Write as _;

use super::Shared;
use super::request::Request;

/// The entries of one page, as of the services.
const PAGE: usize = 1000;

impl Shared {
    /// Answers a request for a page of a list; `None` if it is for something else.
    pub(super) fn list_of_bucket(&self, request: &Request) -> Option<String> {
        if request.path.trim_end_matches('/') != self.set || request.value("list-type")? != "2" {
            return None;
        }
        let prefix = request.value("prefix").unwrap_or_default();
        let after = request.value("continuation-token").or_else(|| request.value("start-after")).unwrap_or_default();
        let mut keys: Vec<(String, Option<u64>)> = self.entries(prefix.trim_end_matches('/'));
        // A folder is listed by its name with a slash.
        keys.iter_mut().filter(|(_, len)| len.is_none()).for_each(|(key, _)| key.push('/'));
        keys.sort();
        keys.retain(|(key, _)| key.starts_with(&prefix) && *key > after);
        let is_cut = keys.len() > PAGE;
        keys.truncate(PAGE);
        let mut page = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>{}</Name><Prefix>{prefix}</Prefix>\
             <KeyCount>{}</KeyCount><IsTruncated>{is_cut}</IsTruncated>",
            self.set,
            keys.len()
        );
        if let Some((last, _)) = keys.last().filter(|_| is_cut) {
            let _ = write!(page, "<NextContinuationToken>{last}</NextContinuationToken>");
        }
        for (key, len) in keys {
            let _ = match len.zip(self.content(&format!("{}/{key}", self.set))) {
                None => write!(page, "<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>"),
                Some((len, (_, e_tag, _))) => write!(
                    page,
                    "<Contents><Key>{key}</Key><LastModified>2026-01-27T08:00:00.000Z</LastModified>\
                     <ETag>{}</ETag><Size>{len}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                    e_tag.replace('"', "&quot;")
                ),
            };
        }
        page.push_str("</ListBucketResult>");
        Some(page)
    }
}

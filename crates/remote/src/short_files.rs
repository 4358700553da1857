//! The addresses of short files on a Hub. It keeps them in a cache of its own, and leads to that by
//! addresses which have nothing in them but the commit, the path and the hash of the file. So from
//! one of them the others can be composed, which saves asking for each. A composed address that
//! does not work costs one request: then the file is asked for as usual. Requests nothing.

use tilejury_data::StoredFile;
use url::Url;

/// A short file that the Hub puts into every repository.
pub(crate) const SHORT_FILE: &str = ".gitattributes";

/// The form of these addresses, taken from that of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShortFiles {
    /// The address before the path of the file.
    before: String,
    /// Whether the query has the path at which the file was asked for.
    has_asked: bool,
    /// Whether the hash is in quotes.
    has_quotes: bool,
}

impl ShortFiles {
    /// Takes the form from the address `to`, to which `asked` led for the file at `path` with this
    /// hash; `None` if anything else is in it, such as a signature.
    pub(crate) fn of(asked: &Url, to: &Url, path: &str, hash: &str) -> Option<Self> {
        let is_own = asked.origin() == to.origin() && to.fragment().is_none() && !hash.is_empty();
        let (before, name) = to.path().rsplit_once('/').filter(|_| is_own)?;
        if name != encoded(path) {
            return None;
        }
        let (mut has_asked, mut quotes) = (false, None);
        for (name, value) in to.query_pairs() {
            let is_asked = value.is_empty() && name == decoded(asked.path());
            match &*value {
                "" if is_asked => has_asked = true,
                value if name == "etag" && value.trim_matches('"') == hash => quotes = Some(value.len() > hash.len()),
                _ => return None,
            }
        }
        let before = format!("{}{before}/", to.origin().ascii_serialization());
        Some(Self { before, has_asked, has_quotes: quotes? })
    }

    /// The address of the file that is asked for at `asked`; `None` if it is a long one, or has no
    /// hash.
    pub(crate) fn address(&self, asked: &Url, path: &str, file: &StoredFile) -> Option<Url> {
        if file.sha256.is_some() || !is_hash(&file.version) || file.len == 0 {
            return None;
        }
        let mut url = Url::parse(&format!("{}{}", self.before, encoded(path))).ok()?;
        let hash = if self.has_quotes { format!("\"{}\"", file.version) } else { file.version.clone() };
        let mut query = url.query_pairs_mut();
        if self.has_asked {
            query.append_pair(&decoded(asked.path()), "");
        }
        query.append_pair("etag", &hash);
        drop(query);
        Some(url)
    }
}

/// Whether a version is the hash by which Git knows a content.
fn is_hash(version: &str) -> bool {
    version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A path as one part of another one.
fn encoded(path: &str) -> String {
    crate::hub::encoded(path)
}

fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const HASH: &str = "d6ceb92ce9e3c83ab146dc8e92a93517ac1cc66f";
    const OTHER: &str = "0123456789abcdef0123456789abcdef01234567";

    fn form(to: &str) -> Option<ShortFiles> {
        let asked = Url::parse("https://hub/datasets/o/n/resolve/main/.gitattributes").unwrap();
        ShortFiles::of(&asked, &asked.join(to).unwrap(), ".gitattributes", HASH)
    }

    fn file(len: u64, version: &str, sha256: Option<&str>) -> StoredFile {
        StoredFile { path: "a/b c.json".into(), len, version: version.into(), sha256: sha256.map(str::to_owned) }
    }

    #[test]
    fn addresses_of_short_files_follow_from_one() {
        // As the Hub has answered: with the path and the hash in quotes.
        let seen = format!(
            "/api/resolve-cache/datasets/o/n/c0/.gitattributes?%2Fdatasets%2Fo%2Fn%2Fresolve%2Fmain%2F.gitattributes=\
             &etag=%22{HASH}%22"
        );
        let asked = Url::parse("https://hub/datasets/o/n/resolve/c0/a/b%20c.json").unwrap();
        let composed = form(&seen).unwrap().address(&asked, "a/b c.json", &file(9, OTHER, None)).unwrap();
        assert_eq!(composed.path(), "/api/resolve-cache/datasets/o/n/c0/a%2Fb%20c.json");
        let query: Vec<(String, String)> = composed.query_pairs().into_owned().collect();
        let path = "/datasets/o/n/resolve/c0/a/b c.json".to_owned();
        assert_eq!(query, [(path, String::new()), ("etag".to_owned(), format!("\"{OTHER}\""))]);
        let plain = form(&format!("/cache/.gitattributes?etag={HASH}")).unwrap();
        let composed = plain.address(&asked, "a/b c.json", &file(9, OTHER, None)).unwrap();
        assert_eq!(composed.as_str(), format!("https://hub/cache/a%2Fb%20c.json?etag={OTHER}"));
    }

    #[test]
    fn no_address_is_composed_from_another_form() {
        for to in [
            format!("https://cdn/cache/.gitattributes?etag={HASH}"),
            format!("/cache/.gitattributes?etag={OTHER}"),
            format!("/cache/.gitattributes?etag={HASH}&Signature=abc"),
            format!("/cache/other?etag={HASH}"),
            format!("/cache/.gitattributes?etag={HASH}#x"),
            "/cache/.gitattributes".to_owned(),
        ] {
            assert_eq!(form(&to), None, "{to}");
        }
    }

    #[test]
    fn only_short_files_with_a_hash_have_one() {
        let form = form(&format!("/cache/.gitattributes?etag={HASH}")).unwrap();
        let asked = Url::parse("https://hub/datasets/o/n/resolve/c0/a").unwrap();
        for file in [file(9, OTHER, Some("ab")), file(9, "c0", None), file(0, OTHER, None)] {
            assert_eq!(form.address(&asked, "a", &file), None, "{file:?}");
        }
    }
}

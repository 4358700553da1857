//! The address of a dataset: parsing what a person types or drops, and printing it. Requests
//! nothing.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;
use tilejury_data::shown;
use url::Url;

/// The hosts of the Hub, whose pages' links are addresses too.
const HUB_HOSTS: [&str; 2] = ["huggingface.co", "hf.co"];
/// The reason why an address with a query is refused: without it, its requests might fail or bring
/// something else, and with it, the secret of a signed address would be stored in many places.
const HAS_QUERY: &str = "has a query, which would be shown and stored; a SAS token belongs in AZURE_STORAGE_SAS_TOKEN";
/// The reason why an address with credentials before its host or bucket is refused.
const HAS_NAME: &str = "has a name or a password in it, which would be shown and stored";

/// The address of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A dataset repository of the Hub: `hf://datasets/OWNER/NAME@REVISION/folder`.
    Hub {
        /// `OWNER/NAME`.
        repo: String,
        /// A branch, tag or commit; the default branch without it.
        revision: Option<String>,
        /// The folder of the dataset, or a split in it; empty for the top.
        path: String,
    },
    /// A bucket and a path in it: `s3://bucket/path`.
    Bucket {
        /// The service.
        service: Service,
        /// The bucket; for Azure, the container.
        bucket: String,
        /// The folder of the dataset, or a split in it; empty for the top.
        path: String,
    },
    /// A folder of a web server, or a split in it: `https://host/path`.
    Web {
        /// The address, without a query, a fragment or a slash at the end.
        url: Url,
    },
}

/// A service with buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Amazon S3, or another service with its interface.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
}

impl Service {
    fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
        }
    }
}

/// A reason why a text is not an address of a dataset.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text}: {reason}; an address is hf://datasets/OWNER/NAME, s3://BUCKET/FOLDER, gs://…, az://… or https://…")]
pub struct AddressError {
    text: String,
    reason: String,
}

impl AddressError {
    /// The reason, in words that follow the text.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl Address {
    /// Whether a text is meant as an address rather than as a path: it has a scheme, or it is
    /// `OWNER/NAME` and no such file or folder exists.
    pub fn is_meant(text: &str) -> bool {
        text.contains("://") || (is_short(text) && !Path::new(text).exists())
    }

    /// The address without its revision: equal for all revisions of a dataset.
    pub fn without_revision(&self) -> Self {
        match self {
            Self::Hub { repo, path, .. } => Self::Hub { repo: repo.clone(), revision: None, path: path.clone() },
            other => other.clone(),
        }
    }

    /// Splits off the file name of a single split: the address of its folder and the name.
    pub fn split_file(&self) -> (Self, Option<String>) {
        let mut folder = self.clone();
        let name = match &mut folder {
            Self::Hub { path, .. } | Self::Bucket { path, .. } => split_off_file(path),
            Self::Web { url } => {
                let mut path = url.path().to_owned();
                let name = split_off_file(&mut path);
                url.set_path(&path);
                name
            }
        };
        (folder, name)
    }

    /// The name of the dataset for people and for folders: that of the repository or the last
    /// folder.
    pub fn short_name(&self) -> String {
        let last = |path: &str| path.rsplit('/').find(|part| !part.is_empty()).map(str::to_owned);
        let name = match self {
            Self::Hub { repo, path, .. } => last(path).or_else(|| last(repo)),
            Self::Bucket { bucket, path, .. } => last(path).or_else(|| Some(bucket.clone())),
            Self::Web { url } => last(url.path()).or_else(|| url.host_str().map(str::to_owned)),
        };
        name.unwrap_or_default()
    }
}

/// Splits the name of a `.jsonl` file off a path.
fn split_off_file(path: &mut String) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if !name.ends_with(".jsonl") {
        return None;
    }
    let (folder, name) = (folder.to_owned(), name.to_owned());
    *path = folder;
    Some(name)
}

/// Whether a text is `OWNER/NAME` as the Hub allows it.
fn is_repo(text: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && part.len() <= 96
            && !part.starts_with(['.', '-'])
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    text.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name))
}

/// Whether a text is `OWNER/NAME` or `OWNER/NAME@REVISION`.
fn is_short(text: &str) -> bool {
    let (repo, revision) = text.split_once('@').unwrap_or((text, ""));
    is_repo(repo) && !revision.contains('/')
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let error = |reason: &str| AddressError { text: shown::without_secrets(text), reason: reason.to_owned() };
        let Some((scheme, rest)) = text.split_once("://") else {
            return if is_short(text) {
                hub(text).map_err(|reason| error(&reason))
            } else {
                Err(error("is not an address"))
            };
        };
        let bucket = |service| {
            let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() {
                return Err(error("names no bucket"));
            }
            if has_credentials(service, bucket) {
                return Err(error(HAS_NAME));
            }
            Ok(Self::Bucket { service, bucket: bucket.to_owned(), path: path.trim_matches('/').to_owned() })
        };
        let scheme = scheme.to_ascii_lowercase();
        // A name may have a question mark in it, but what is signed has a signature.
        if !scheme.starts_with("http") && rest.split_once('?').is_some_and(|(_, query)| is_signed(query)) {
            return Err(error(HAS_QUERY));
        }
        match scheme.as_str() {
            "hf" => {
                let repo = rest.strip_prefix("datasets/").ok_or_else(|| error("is not a dataset repository"))?;
                hub(repo).map_err(|reason| error(&reason))
            }
            "s3" | "s3a" => bucket(Service::S3),
            "gs" | "gcs" => bucket(Service::Google),
            "az" | "abfs" | "abfss" | "azure" => bucket(Service::Azure),
            "http" | "https" => web(text).map_err(|reason| error(&reason)),
            other => Err(error(&format!("`{other}://` is not supported"))),
        }
    }
}

/// Whether a query is that of a signed address, of any store.
fn is_signed(query: &str) -> bool {
    let query = query.to_ascii_lowercase();
    ["sig=", "signature=", "credential=", "token="].iter().any(|secret| query.contains(secret))
}

/// Whether there are credentials in the place of a bucket. Of these characters, a bucket's name has
/// none, and that of a container has one, before the account.
fn has_credentials(service: Service, bucket: &str) -> bool {
    let at = bucket.matches('@').count();
    bucket.contains(':') || at > usize::from(service == Service::Azure)
}

/// Parses `OWNER/NAME@REVISION/folder`.
fn hub(text: &str) -> Result<Address, String> {
    let mut parts = text.trim_matches('/').splitn(3, '/');
    let (owner, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut path = parts.next().unwrap_or_default().to_owned();
    let (name, revision) = match name.split_once('@') {
        Some((_, "")) => return Err("has no revision after `@`".to_owned()),
        // The names that the Hub itself gives are known as such.
        Some((name, "refs")) => match reference(&path) {
            Some((reference, below)) => {
                path = below;
                (name, Some(format!("refs/{reference}")))
            }
            None => (name, Some("refs".to_owned())),
        },
        // A branch such as `refs/pr/1` is written with `%2F`.
        Some((name, revision)) => (name, Some(revision.replace("%2F", "/").replace("%2f", "/"))),
        None => (name, None),
    };
    let repo = format!("{owner}/{name}");
    if !is_repo(&repo) {
        return Err("names no repository OWNER/NAME".to_owned());
    }
    Ok(Address::Hub { repo, revision, path })
}

/// Splits `pr/1` or `convert/NAME` off a path.
fn reference(path: &str) -> Option<(String, String)> {
    let mut parts = path.splitn(3, '/');
    let (kind, name) = (parts.next()?, parts.next().filter(|name| !name.is_empty())?);
    matches!(kind, "pr" | "convert").then(|| (format!("{kind}/{name}"), parts.next().unwrap_or_default().to_owned()))
}

fn is_hub(url: &Url) -> bool {
    url.host_str().is_some_and(|host| HUB_HOSTS.contains(&host))
}

/// Parses the address of a web server, or the link of a page of the Hub.
fn web(text: &str) -> Result<Address, String> {
    let mut url = Url::parse(text).map_err(|error| error.to_string())?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("names no host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(HAS_NAME.to_owned());
    }
    if let Some(repo) = url.path().strip_prefix("/datasets/").filter(|_| is_hub(&url)) {
        let mut parts = repo.trim_matches('/').splitn(5, '/');
        let mut next = || parts.next().unwrap_or_default();
        let (owner, name, kind, revision, path) = (next(), next(), next(), next(), next());
        let revision = if matches!(kind, "tree" | "blob" | "resolve") { format!("@{revision}") } else { String::new() };
        let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        return hub(&format!("{owner}/{name}{revision}/{path}"));
    }
    if url.query().is_some_and(|query| !query.is_empty()) {
        return Err(HAS_QUERY.to_owned());
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(Address::Web { url })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder =
            |f: &mut fmt::Formatter<'_>, path: &str| if path.is_empty() { Ok(()) } else { write!(f, "/{path}") };
        match self {
            Self::Hub { repo, revision, path } => {
                write!(f, "hf://datasets/{repo}")?;
                if let Some(revision) = revision {
                    write!(f, "@{}", revision.replace('/', "%2F"))?;
                }
                folder(f, path)
            }
            Self::Bucket { service, bucket, path } => {
                write!(f, "{}://{bucket}", service.scheme())?;
                folder(f, path)
            }
            Self::Web { url } => f.write_str(url.as_str().trim_end_matches('/')),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn addresses_are_read_and_printed() {
        for (typed, printed) in [
            ("hf://datasets/Owner/set", "hf://datasets/Owner/set"),
            ("Owner/set-1.0", "hf://datasets/Owner/set-1.0"),
            ("Owner/set@v1.0", "hf://datasets/Owner/set@v1.0"),
            ("hf://datasets/Owner/set@refs%2Fpr%2F1/a/b/", "hf://datasets/Owner/set@refs%2Fpr%2F1/a/b"),
            ("https://huggingface.co/datasets/Owner/set", "hf://datasets/Owner/set"),
            ("https://huggingface.co/datasets/Owner/set/tree/main/data", "hf://datasets/Owner/set@main/data"),
            ("https://huggingface.co/datasets/Owner/set/viewer", "hf://datasets/Owner/set"),
            ("https://hf.co/datasets/Owner/set/tree/refs%2Fpr%2F1/a%20b", "hf://datasets/Owner/set@refs%2Fpr%2F1/a b"),
            ("hf://datasets/Owner/set@refs/pr/1/a/b", "hf://datasets/Owner/set@refs%2Fpr%2F1/a/b"),
            ("hf://datasets/Owner/set@refs/convert/x", "hf://datasets/Owner/set@refs%2Fconvert%2Fx"),
            ("hf://datasets/Owner/set@main/pr/1", "hf://datasets/Owner/set@main/pr/1"),
            ("s3://bucket", "s3://bucket"),
            ("s3://bucket/a b/c#d/", "s3://bucket/a b/c#d"),
            ("s3://bucket/what?", "s3://bucket/what?"),
            ("gs://bucket/folder", "gs://bucket/folder"),
            ("az://container/folder", "az://container/folder"),
            ("abfss://container@account.dfs.core.windows.net/a", "az://container@account.dfs.core.windows.net/a"),
            ("HF://datasets/Owner/set", "hf://datasets/Owner/set"),
            ("https://host:8443/sets/one/?#top", "https://host:8443/sets/one"),
            ("https://huggingface.co/datasets/Owner/set/viewer?row=7", "hf://datasets/Owner/set"),
            (" http://host ", "http://host"),
        ] {
            let address: Address = typed.parse().unwrap();
            assert_eq!(address.to_string(), printed, "{typed}");
            assert_eq!(printed.parse::<Address>().unwrap(), address, "{printed}");
        }
    }

    #[test]
    fn other_texts_are_refused_without_their_secrets() {
        for (typed, expected) in [
            ("hf://models/Owner/set", "is not a dataset repository"),
            ("hf://datasets/Owner", "names no repository"),
            ("hf://datasets/Owner/set@/x", "has no revision"),
            ("s3:///folder", "names no bucket"),
            ("ftp://host/folder", "`ftp://` is not supported"),
            ("https://name:secret@host/set?signature=secret", "has a name or a password"),
            ("https://host/set/?sv=2024-11-04&sig=secret", "https://host/set/?…: has a query"),
            ("https://host/set?to=a@b&sig=secret", "https://host/set?…: has a query"),
            ("az://container@account/set?sig=secret", "belongs in AZURE_STORAGE_SAS_TOKEN"),
            ("s3://bucket/set?X-Amz-Signature=secret", "s3://bucket/set?…: has a query"),
            ("s3://key:sec/secret@bucket/set", "s3://…: has a name or a password"),
            ("gs://secret@bucket/set", "gs://…@bucket/set: has a name or a password"),
            ("az://container@account:secret/set", "has a name or a password"),
            ("az://name@secret@account/set", "has a name or a password"),
            ("hf://name:secret@datasets/o/n", "hf://…: is not a dataset repository"),
            ("some words", "is not an address"),
        ] {
            let error = typed.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_single_split_is_split_off() {
        for (typed, folder, name) in [
            ("s3://bucket/a/train.jsonl", "s3://bucket/a", Some("train.jsonl")),
            ("hf://datasets/Owner/set@main/train.jsonl", "hf://datasets/Owner/set@main", Some("train.jsonl")),
            ("https://host/a/train.jsonl", "https://host/a", Some("train.jsonl")),
            ("https://host/a", "https://host/a", None),
        ] {
            let (address, file) = typed.parse::<Address>().unwrap().split_file();
            assert_eq!((address.to_string().as_str(), file.as_deref()), (folder, name));
        }
    }

    #[test]
    fn a_folder_that_exists_is_not_an_address() {
        assert!(Address::is_meant("Owner/set") && Address::is_meant("Owner/set@v1.0"));
        assert!(!Address::is_meant("src/listing"), "tests run in the folder of the crate");
        assert!(!Address::is_meant("set") && !Address::is_meant("./a/b") && !Address::is_meant("a/b/c"));
    }
}

//! Failures between here and a store, and the words for them. A message says what happened
//! and what a person can do; it never has an address with a signature or a token in it.

use std::error::Error;
use std::time::Duration;

use http::StatusCode;
use thiserror::Error;
use tilejury_data::shown::bytes_in_words;
use tilejury_data::{ObstacleKind, StorageError};
use tilejury_network::without_addresses;

use crate::address::AddressError;

/// A reason why a dataset at an address cannot be opened.
#[derive(Debug, Error)]
pub enum RemoteError {
    /// The text is not an address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The store refuses, or cannot be reached.
    #[error("{address}: {failure}")]
    Store {
        /// The address of the dataset or file.
        address: String,
        /// The reason.
        failure: Failure,
    },
    /// The cache folder cannot be written.
    #[error("{path}: {source}; choose another folder for the cache", path = path.display())]
    Cache {
        /// The folder or file.
        path: std::path::PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The rows that were fetched cannot be opened.
    #[error("{address}: {source}")]
    Open {
        /// The address of the dataset.
        address: String,
        /// The error.
        source: tilejury_data::OpenError,
    },
    /// The splits are Parquet files that are too long to be fetched.
    #[error(
        "{address}: its splits are Parquet files of {}, more than the {} that are fetched from an address; download \
         the dataset and open its folder",
        bytes_in_words(*bytes), bytes_in_words(*up_to)
    )]
    LongParquet {
        /// The address of the dataset.
        address: String,
        /// The length of the files.
        bytes: u64,
        /// The most that is fetched.
        up_to: u64,
    },
    /// A single Parquet file.
    #[error("{address}: one file; give the address of the dataset, whose Parquet files are found by their names")]
    OneParquet {
        /// The address of the file.
        address: String,
    },
    /// The address is that of a split that is not there.
    #[error("{address}: there is no such file; the splits there are {there}")]
    NoSplit {
        /// The address of the split.
        address: String,
        /// The names of the splits beside it.
        there: String,
    },
    /// The address holds no split.
    #[error(
        "{address}: no split found; expected train.jsonl, eval.jsonl, test.jsonl, the same as .parquet, or any .jsonl \
         whose rows have `query` and `chunk_path`"
    )]
    NoSplits {
        /// The address of the dataset.
        address: String,
    },
}

impl RemoteError {
    /// Whether it is a server of `tilejury serve` that wants another token, or one at all.
    pub fn wants_token(&self) -> bool {
        matches!(self, Self::Store { failure: Failure::Unauthenticated(words), .. } if *words == SERVE_TOKEN)
    }
}

/// The remedy for a missing token of `tilejury serve`.
const SERVE_TOKEN: &str =
    "open the address that `tilejury serve` printed, which has the token behind #, or set TILEJURY_TOKEN";

/// A failed request.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it was lost.
    #[error("no connection ({0}); check the network, then try again")]
    Connection(String),
    /// The certificate of the server is not trusted, with the reason.
    #[error(
        "the server's certificate is not trusted ({0}): the network may want a login first; if it has an authority of \
         its own, name the file of its certificate in SSL_CERT_FILE"
    )]
    Certificate(String),
    /// The server answers without TLS at an address that begins with `https://`.
    #[error("the server answers without encryption; if that is intended, begin the address with http://")]
    NoTls,
    /// The server did not answer in time.
    #[error("no answer in time; try again")]
    Timeout,
    /// 401.
    #[error("the server wants credentials (401), or does not accept those it got; {0}")]
    Unauthenticated(&'static str),
    /// 403.
    #[error("access is refused (403): {0}")]
    Refused(String),
    /// Credentials that are wrong or have expired, by the code of the server.
    #[error("the credentials are not accepted ({0}): they are wrong, or have expired; correct them, or log in again")]
    Credentials(String),
    /// A bucket in another region, with the name of that region.
    #[error("the bucket is in the region {0}; set AWS_REGION={0}")]
    Region(String),
    /// A dataset of the Hub with conditions that its reader has not accepted.
    #[error(
        "the dataset is gated: accept its conditions at {page} while logged in, and set HF_TOKEN to a token of that account"
    )]
    Gated {
        /// The page of the dataset.
        page: String,
    },
    /// 404.
    #[error("not found (404); check the address, and whether the dataset is private")]
    NotFound,
    /// 404 for a folder of a web server, and for each file that could be in it.
    #[error(
        "the address does not exist (404): the server has no page of this folder and none of the usual splits in it; \
         check the address"
    )]
    NoFolder,
    /// 412, or an answer of another version.
    #[error("the file changed since the dataset was opened; open the dataset again")]
    Changed,
    /// 416.
    #[error("the file has become shorter than it was (416); open the dataset again")]
    Shorter,
    /// 429.
    #[error("too many requests (429); {}", when(*.0))]
    Limited(Option<Duration>),
    /// The difference between the clocks is too large for signed requests.
    #[error("the clock of this machine differs too much from the server's; set it")]
    Clock,
    /// 200 in answer to a request for a range of a long file.
    #[error(
        "the server does not send parts of files, and this one is longer than 256 MB; download the dataset and open the folder"
    )]
    NoRanges,
    /// An answer with another range than the one that was asked for.
    #[error("the server sent another part of the file than the one asked for; try again")]
    OtherPart,
    /// An answer with more bytes than there can be.
    #[error("the server sends more bytes than there can be; the answer is not used")]
    TooLong,
    /// A list of files that is none, or has no end.
    #[error("the list of files cannot be used: {0}")]
    BadList(String),
    /// The Hub knows no such dataset, or does not show it.
    #[error("the dataset is private or does not exist: check the name, and set HF_TOKEN to a token that may read it")]
    NoDataset,
    /// The Hub knows no such branch, tag or commit.
    #[error("the dataset has no such revision; check what is after `@`, where a `/` is written %2F")]
    NoRevision,
    /// A page instead of a file.
    #[error("a web page came instead of the file: the network may want a login first")]
    WebPage,
    /// A refusal of `tilejury serve`.
    #[error("the server answered {status}: {words}")]
    Served {
        /// The status.
        status: u16,
        /// The reason.
        words: String,
    },
    /// Another status.
    #[error("the server answered {0}; try again later")]
    Status(u16),
    /// The answer ended early or is not what was asked for.
    #[error("the answer is not whole; try again")]
    Incomplete,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// The codes with which S3, Google and Azure refuse credentials, whatever the status.
const NOT_ACCEPTED: [&str; 8] = [
    "AuthenticationFailed",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidAuthenticationInfo",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

impl Failure {
    /// Whether another try may succeed without any change.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Timeout | Self::Limited(_) | Self::Incomplete | Self::OtherPart => true,
            // Someone has to log in.
            Self::WebPage | Self::Certificate(_) => true,
            Self::Status(status) => *status >= 500,
            // A full disk stays full.
            Self::Served { status, .. } => *status >= 500 && *status != 507,
            _ => false,
        }
    }

    pub(crate) fn at(self, address: &impl ToString) -> RemoteError {
        RemoteError::Store { address: address.to_string(), failure: self }
    }

    /// The failure for a status that is not a success.
    pub(crate) fn from_status(status: StatusCode, wait: Option<Duration>, code: &str) -> Self {
        match status.as_u16() {
            _ if code.contains("RequestTimeTooSkewed") => Self::Clock,
            401 | 403 | 404 if code == "RepoNotFound" => Self::NoDataset,
            404 if code == "RevisionNotFound" => Self::NoRevision,
            _ if NOT_ACCEPTED.contains(&code) => Self::Credentials(code.to_owned()),
            401 => Self::Unauthenticated("set the variables that the store's own tools use, or HF_TOKEN for the Hub"),
            403 if code.is_empty() => Self::Refused("these credentials may not read it".to_owned()),
            403 => Self::Refused(code.to_owned()),
            404 | 410 => Self::NotFound,
            412 => Self::Changed,
            416 => Self::Shorter,
            429 => Self::Limited(wait),
            // Network Authentication Required.
            511 => Self::WebPage,
            other => Self::Status(other),
        }
    }

    /// The failure for a refusal of `tilejury serve`, with its words.
    pub(crate) fn of_served(status: StatusCode, wait: Option<Duration>, words: &str) -> Self {
        match (status.as_u16(), wait) {
            (401, _) => Self::Unauthenticated(SERVE_TOKEN),
            (404, _) => Self::NotFound,
            (412, _) => Self::Changed,
            (416, _) => Self::Shorter,
            (429 | 503, Some(wait)) => Self::Limited(Some(wait)),
            (status, _) => Self::Served { status, words: words.to_owned() },
        }
    }

    /// The failure in an error of a store, which the transport put there.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(failure) = error.downcast_ref::<Self>() {
                return failure.clone();
            }
            cause = error.source();
        }
        match error.downcast_ref::<object_store::Error>() {
            Some(object_store::Error::NotFound { .. }) => Self::NotFound,
            Some(object_store::Error::Precondition { .. }) => Self::Changed,
            _ => match error.to_string() {
                text if text.contains("Content-Length") => {
                    Self::Other("the server does not tell the lengths of files; download the dataset".to_owned())
                }
                text => Self::Other(without_addresses(&text)),
            },
        }
    }
}

impl From<Failure> for StorageError {
    fn from(failure: Failure) -> Self {
        let kind = match failure {
            Failure::Limited(_) => ObstacleKind::Limited,
            _ if failure.is_passing() => ObstacleKind::Passing,
            _ => ObstacleKind::Lasting,
        };
        Self { kind, message: failure.to_string() }
    }
}

/// The time of the next request, in words.
fn when(wait: Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("the server allows the next one in {} s", wait.as_secs_f64().ceil()),
        None => "try again in a minute".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_found_below_other_errors() {
        #[derive(Debug, Error)]
        #[error("outer")]
        struct Outer(#[source] Failure);
        let inner = Failure::Limited(Some(Duration::from_secs(7)));
        assert_eq!(Failure::of(&Outer(inner.clone())), inner);
        assert!(inner.to_string().contains("7 s"), "{inner}");
    }

    #[test]
    fn signed_addresses_are_left_out() {
        let error = std::io::Error::other("failed: https://cdn/x?X-Amz-Signature=abc after 3 tries");
        assert_eq!(Failure::of(&error), Failure::Other("failed: … after 3 tries".into()));
    }
}

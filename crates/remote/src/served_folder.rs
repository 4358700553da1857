//! The folder of judgements of a server of `tilejury serve`: small files, each whole, and waiting
//! for changes of it. Knows no dataset.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use http_body_util::BodyExt as _;
use object_store::client::{HttpRequest, HttpRequestBody, HttpService as _};
use serde::Deserialize;
use tilejury_network::wait;
use url::Url;

use crate::access::Access;
use crate::address::Address;
use crate::error::{Failure, RemoteError};
use crate::serve::OWN;
use crate::served::{place, transport};
use crate::traffic::Traffic;
use crate::transport::Transport;
use crate::tries::{PROMPT, with_tries};

/// The longest that one request waits for a change.
const WAITS_UP_TO: Duration = Duration::from_secs(25);

/// A folder of judgements on a server. Every function blocks.
#[derive(Clone, Debug)]
pub struct ServedFolder {
    url: Url,
    transport: Transport,
}

#[derive(Deserialize)]
struct Names {
    names: Vec<String>,
    mark: String,
}

#[derive(Deserialize)]
struct Mark {
    mark: String,
}

impl ServedFolder {
    /// The folder of the server at an address. Sends at most a request that asks who the server is.
    ///
    /// # Errors
    /// When the address is not that of a web server.
    pub fn open(address: &Address, access: &Access) -> Result<Self, RemoteError> {
        let at = |failure: Failure| failure.at(&address);
        let Address::Web { url } = address.split_file().0 else {
            return Err(at(Failure::Other("is not the address of `tilejury serve`".to_owned())));
        };
        let transport = wait(transport(&url, access, Arc::<Traffic>::default()));
        let transport = transport.map_err(|error| at(Failure::Other(error.to_string())))?.map_err(at)?;
        Ok(Self { url, transport })
    }

    /// The address, without the token.
    pub fn address(&self) -> String {
        place(&self.url)
    }

    /// The names of the files.
    ///
    /// # Errors
    /// When the server refuses, or cannot be reached.
    pub fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.names()?.names)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When there is none, or it cannot be reached.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.get(&format!("judgements/{name}"))
    }

    /// Writes a file, whole or not at all, unless there is one of this name.
    ///
    /// # Errors
    /// When the server refuses, or cannot be reached.
    pub fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        self.change(&Method::PUT, name, content)
    }

    /// Removes a file that another one replaces.
    ///
    /// # Errors
    /// When the server refuses, or cannot be reached.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match self.change(&Method::DELETE, name, &[]) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// A watch for changes from now on.
    ///
    /// # Errors
    /// When the server refuses, or cannot be reached.
    pub fn watch(&self) -> io::Result<ServedWatch> {
        Ok(ServedWatch { mark: self.names()?.mark, folder: self.clone() })
    }

    fn names(&self) -> io::Result<Names> {
        parsed(&self.get("judgements")?)
    }

    fn get(&self, below: &str) -> io::Result<Vec<u8>> {
        let url = self.at(below)?;
        let got = wait(self.transport.get(&url))?;
        got.map(|(_, body)| body).map_err(in_words)
    }

    fn change(&self, method: &Method, name: &str, content: &[u8]) -> io::Result<()> {
        let url = self.at(&format!("judgements/{name}"))?;
        let send = async || {
            let request = http::Request::builder().method(method).uri(url.as_str());
            let request: HttpRequest = request
                .body(HttpRequestBody::from(content.to_vec()))
                .map_err(|error| Failure::Other(error.to_string()))?;
            let answer = self.transport.call(request).await.map_err(|error| Failure::of(&error))?;
            answer.into_body().collect().await.map(drop).map_err(|error| Failure::of(&error))
        };
        wait(with_tries(PROMPT, send))?.map_err(in_words)
    }

    fn at(&self, below: &str) -> io::Result<Url> {
        let text = format!("{}/{OWN}/{below}", place(&self.url));
        Url::parse(&text).map_err(io::Error::other)
    }
}

/// Waits for changes of the folder.
#[derive(Debug)]
pub struct ServedWatch {
    folder: ServedFolder,
    /// The mark of the names that are known.
    mark: String,
}

impl ServedWatch {
    /// Waits until files came or went, or the time is over. Returns whether any did.
    ///
    /// # Errors
    /// When the server refuses, or cannot be reached.
    pub fn wait(&mut self, at_most: Duration) -> io::Result<bool> {
        let until = Instant::now() + at_most;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let seconds = left.min(WAITS_UP_TO).as_secs_f64().ceil();
            let found = self.folder.get(&format!("changes?after={}&seconds={seconds}", self.mark))?;
            let Mark { mark } = parsed(&found)?;
            if mark != self.mark {
                self.mark = mark;
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }
}

fn parsed<T: for<'l> Deserialize<'l>>(body: &[u8]) -> io::Result<T> {
    let reason = "the answer is not that of `tilejury serve`";
    serde_json::from_slice(body).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, reason))
}

fn in_words(failure: Failure) -> io::Error {
    let kind = if failure == Failure::NotFound { io::ErrorKind::NotFound } else { io::ErrorKind::Other };
    io::Error::new(kind, failure)
}

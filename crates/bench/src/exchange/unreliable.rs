//! A place of an exchange as a bad network shows it: requests fail before or after they were
//! carried out, hang for a while, and files come cut short. Exchanges nothing.

use std::cell::RefCell;
use std::io;
use std::thread;
use std::time::Duration;

use tilejury_audit::exchange::{ArrivedEvents, ChangeWatch, EventPlace, ExchangeFolder, Place, PlaceView, SentEvents};

use crate::mixed::Draws;

/// The shares of requests that fail before they are carried out, or after; that hang; and of files
/// that come cut short.
const FAILS_BEFORE: f64 = 0.01;
const FAILS_AFTER: f64 = 0.01;
const HANGS: f64 = 0.01;
const CUT_SHORT: f64 = 0.01;
/// The longest time that a request hangs, in milliseconds.
const HANGS_UP_TO_MS: usize = 150;

/// A place with faults.
pub(super) fn unreliable(place: Place, seed: u64) -> Place {
    let network = Network(RefCell::new(Draws::new(seed)));
    match place {
        Place::Folder(inner) => Place::Folder(Box::new(UnreliableFolder { inner, network })),
        Place::Events(inner) => Place::Events(Box::new(UnreliableEvents { inner, network })),
    }
}

/// A network with faults.
struct Network(RefCell<Draws>);

impl Network {
    fn has(&self, share: f64) -> bool {
        self.0.borrow_mut().fraction() < share
    }

    fn request<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        if self.has(HANGS) {
            let millis = self.0.borrow_mut().below(HANGS_UP_TO_MS);
            thread::sleep(Duration::from_millis(millis as u64));
        }
        if self.has(FAILS_BEFORE) {
            return Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut before the request (simulated)"));
        }
        let done = work()?;
        if self.has(FAILS_AFTER) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "no answer came back (simulated)"));
        }
        Ok(done)
    }
}

struct UnreliableFolder {
    inner: Box<dyn ExchangeFolder>,
    network: Network,
}

impl ExchangeFolder for UnreliableFolder {
    fn address(&self) -> String {
        self.inner.address()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.network.request(|| self.inner.list())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut content = self.network.request(|| self.inner.read(name))?;
        if self.network.has(CUT_SHORT) {
            let length = self.network.0.borrow_mut().below(content.len());
            content.truncate(length);
        }
        Ok(content)
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        self.network.request(|| self.inner.write(name, content))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.network.request(|| self.inner.remove(name))
    }
}

struct UnreliableEvents {
    inner: Box<dyn EventPlace>,
    network: Network,
}

impl EventPlace for UnreliableEvents {
    fn address(&self) -> String {
        self.inner.address()
    }

    fn view(&mut self) -> io::Result<PlaceView> {
        self.network.request(|| self.inner.view())
    }

    fn has(&mut self, dataset: &str, arrival: i64, line: &str) -> io::Result<bool> {
        self.network.request(|| self.inner.has(dataset, arrival, line))
    }

    fn read(&mut self, dataset: &str, after: i64, again: &[i64]) -> io::Result<ArrivedEvents> {
        self.network.request(|| self.inner.read(dataset, after, again))
    }

    fn write(&mut self, sent: &SentEvents<'_>) -> io::Result<()> {
        self.network.request(|| self.inner.write(sent))
    }

    fn watch(&mut self) -> io::Result<Option<Box<dyn ChangeWatch>>> {
        self.inner.watch()
    }
}

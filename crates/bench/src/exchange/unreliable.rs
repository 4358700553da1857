//! A place of an exchange as a bad network shows it: requests fail before or after they were
//! carried out, hang for a while, and files come cut short. Exchanges nothing.

use std::cell::RefCell;
use std::io;
use std::thread;
use std::time::Duration;

use tilejury_audit::exchange::ExchangeFolder;

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
pub(super) struct Unreliable<'a> {
    inner: &'a dyn ExchangeFolder,
    draws: RefCell<Draws>,
}

impl<'a> Unreliable<'a> {
    pub(super) fn new(inner: &'a dyn ExchangeFolder, seed: u64) -> Self {
        Self { inner, draws: RefCell::new(Draws::new(seed)) }
    }

    fn has(&self, share: f64) -> bool {
        self.draws.borrow_mut().fraction() < share
    }

    fn request<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        if self.has(HANGS) {
            let millis = self.draws.borrow_mut().below(HANGS_UP_TO_MS);
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

impl ExchangeFolder for Unreliable<'_> {
    fn address(&self) -> String {
        self.inner.address()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.request(|| self.inner.list())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut content = self.request(|| self.inner.read(name))?;
        if self.has(CUT_SHORT) {
            let length = self.draws.borrow_mut().below(content.len());
            content.truncate(length);
        }
        Ok(content)
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        self.request(|| self.inner.write(name, content))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.request(|| self.inner.remove(name))
    }
}

//! A bucket with a set in it, written as its owner would, and opened as a person would.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use object_store::path::Path as StorePath;
use object_store::{ObjectStore, ObjectStoreExt as _};
use tilejury_data::progress::NoProgress;
use tilejury_remote::{Access, OpenedSet, RemoteError};

use crate::server::Server;

pub struct Store {
    pub server: Arc<Server>,
    /// The address of the bucket.
    pub address: String,
    /// The variables of a person who may read it.
    pub variables: BTreeMap<String, String>,
    pub writer: Arc<dyn ObjectStore>,
}

impl Store {
    pub fn put(&self, path: &str, bytes: &[u8]) {
        let path = StorePath::parse(path).unwrap();
        done(async { self.writer.put(&path, bytes.to_vec().into()).await }).unwrap();
    }

    /// Writes every file below a folder to a folder of the bucket.
    pub fn put_folder(&self, from: &Path, to: &str) {
        for entry in from.read_dir().unwrap().map(|entry| entry.unwrap()) {
            let to = format!("{to}/{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                self.put_folder(&entry.path(), &to);
            } else {
                self.put(&to, &std::fs::read(entry.path()).unwrap());
            }
        }
    }

    /// Opens a folder of the bucket with a new cache below `dir`.
    pub fn open(&self, folder: &str, dir: &Path) -> Result<OpenedSet, RemoteError> {
        open(&format!("{}/{folder}", self.address), &self.variables, dir)
    }
}

/// Opens an address with these variables, and a new cache below `dir`.
pub fn open(address: &str, variables: &BTreeMap<String, String>, dir: &Path) -> Result<OpenedSet, RemoteError> {
    let mut access = Access::anonymous(dir.join("cache"));
    access.variables = variables.clone();
    // No test asks the cloud in which it runs.
    access.variables.insert("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned());
    tilejury_remote::open(&address.parse().unwrap(), &access, &NoProgress)
}

/// Chooses the cryptography of this process, which clients of stores need when they are made.
pub fn choose_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

pub fn done<F: Future>(future: F) -> F::Output {
    choose_cryptography();
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(future)
}

//! A folder of a bucket that several people write small files to, each whole. Knows no dataset.

use std::fmt;
use std::io;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use object_store::path::Path as StorePath;
use object_store::{ObjectStore, ObjectStoreExt as _};
use tilejury_network::wait;

use crate::access::Access;
use crate::address::Address;
use crate::bucket;
use crate::error::{Failure, RemoteError};
use crate::stores::store_path;
use crate::traffic::Traffic;
use crate::transport::Transport;

/// A folder of a bucket. Every function blocks.
pub struct BucketFolder {
    address: String,
    store: Arc<dyn ObjectStore>,
    folder: StorePath,
}

impl fmt::Debug for BucketFolder {
    /// Leaves out the store, which prints its credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketFolder").field("address", &self.address).finish_non_exhaustive()
    }
}

impl BucketFolder {
    /// A folder below that of an address. Sends no request.
    ///
    /// # Errors
    /// When the address is not that of a bucket, or its credentials cannot be read.
    pub fn open(address: &Address, below: &str, access: &Access) -> Result<Self, RemoteError> {
        let at = |failure: Failure| failure.at(&address);
        let Address::Bucket { service, bucket, path } = address else {
            let reason =
                "files can be written to a dataset of the Hub (hf://) and to a bucket (s3://, gs:// or az://) only";
            return Err(at(Failure::Other(reason.to_owned())));
        };
        // On the runtime: its start is what makes encryption available to clients.
        let transport = wait(async { Transport::new(Arc::new(Traffic::default()), None, &access.cache) });
        let transport = transport.map_err(|error| at(Failure::Other(error.to_string())))?.map_err(at)?;
        let store = bucket::unlisted(*service, bucket, access, &transport).map_err(at)?;
        let folder = store_path(&format!("{path}/{below}")).map_err(at)?;
        Ok(Self { address: address.to_string(), store, folder })
    }

    /// The address, without the folder below it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The names of the files directly in the folder.
    ///
    /// # Errors
    /// When the store refuses, or cannot be reached.
    pub fn list(&self) -> io::Result<Vec<String>> {
        let names = async {
            let found = self.store.list(Some(&self.folder));
            let direct = |path: &StorePath| path.prefix_match(&self.folder).is_some_and(|parts| parts.count() == 1);
            let paths: Vec<StorePath> = found.map_ok(|object| object.location).try_collect().await?;
            let names = paths.iter().filter(|path| direct(path)).filter_map(StorePath::filename);
            Ok(names.map(str::to_owned).collect())
        };
        wait(names)?.map_err(|error| in_words(&error))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When there is none, it has `up_to_bytes` or more, or it cannot be reached.
    pub fn read(&self, name: &str, up_to_bytes: u64) -> io::Result<Vec<u8>> {
        let path = self.file(name)?;
        let content = async {
            let found = self.store.get(&path).await?;
            if found.meta.size >= up_to_bytes {
                return Ok(None);
            }
            Ok(Some(found.bytes().await?.to_vec()))
        };
        let too_long = || io::Error::new(io::ErrorKind::FileTooLarge, "the file is too long");
        wait(content)?.map_err(|error| in_words(&error))?.ok_or_else(too_long)
    }

    /// Writes a file, whole or not at all, in place of one of the same name.
    ///
    /// # Errors
    /// When the store refuses, or cannot be reached.
    pub fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.file(name)?;
        wait(self.store.put(&path, content.to_vec().into()))?.map(drop).map_err(|error| in_words(&error))
    }

    /// Removes a file, if there is one.
    ///
    /// # Errors
    /// When the store refuses, or cannot be reached.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.file(name)?;
        match wait(self.store.delete(&path))?.map_err(|error| in_words(&error)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn file(&self, name: &str) -> io::Result<StorePath> {
        store_path(&format!("{}/{name}", self.folder)).map_err(io::Error::other)
    }
}

fn in_words(error: &object_store::Error) -> io::Error {
    let failure = Failure::of(error);
    let kind = if failure == Failure::NotFound { io::ErrorKind::NotFound } else { io::ErrorKind::Other };
    io::Error::new(kind, failure)
}

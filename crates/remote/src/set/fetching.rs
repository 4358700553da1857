//! Requests for the files of a dataset, whole or in parts: tried again while that may help, and
//! compared with the version that was listed. Keeps nothing.

use std::ops::Range;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::{GetOptions, GetRange, GetResult, ObjectStore as _};
use sha2::{Digest as _, Sha256};
use tilejury_data::{Purpose, StoredFile};

use super::RemoteSet;
use crate::cache::digits;
use crate::error::Failure;
use crate::splits::below;
use crate::tries::{DOWNLOAD, PATIENT, PROMPT, with_tries};
use crate::versions::Kind;

/// A longer split of a Hub is fetched in parts of so many bytes at the same time: a server often
/// limits each connection, and those that were opened are used again for tiles.
const PART_BYTES: u64 = 4 << 20;
const PARTS_AT_ONCE: usize = 6;

impl RemoteSet {
    /// Fetches a file whole. `received` gets the number of new bytes; it returns `false` to
    /// stop. Tried again while that may help, each time from the beginning: `received` is then told
    /// a negative number first.
    pub(crate) async fn fetch_whole(
        &self,
        file: &StoredFile,
        received: impl Fn(i64) -> bool,
    ) -> Result<Vec<u8>, Failure> {
        with_tries(DOWNLOAD, async || {
            let mut bytes = Vec::with_capacity(usize::try_from(file.len.min(1 << 30)).unwrap_or_default());
            match self.fetch_once(file, &mut bytes, &received).await {
                Ok(()) => Ok(bytes),
                Err(failure) => {
                    received(-(bytes.len() as i64));
                    Err(failure)
                }
            }
        })
        .await
    }

    async fn fetch_once(
        &self,
        file: &StoredFile,
        bytes: &mut Vec<u8>,
        received: &impl Fn(i64) -> bool,
    ) -> Result<(), Failure> {
        if self.versions.kind == Kind::Commit && file.len > PART_BYTES {
            let starts = (0..file.len).step_by(PART_BYTES as usize);
            let parts = starts.map(|start| self.fetch_part(file, start..file.len.min(start + PART_BYTES), received));
            let mut parts = stream::iter(parts).buffered(PARTS_AT_ONCE);
            while let Some(part) = parts.try_next().await? {
                bytes.extend_from_slice(&part);
            }
        } else {
            self.add_part(file, None, bytes, received).await?;
        }
        let has_hash = file.sha256.as_ref().is_none_or(|sha256| digits(&Sha256::digest(&*bytes), 32) == *sha256);
        if bytes.len() as u64 == file.len && has_hash { Ok(()) } else { Err(Failure::Incomplete) }
    }

    /// Fetches a part of a file; again from its beginning while that may help.
    async fn fetch_part(
        &self,
        file: &StoredFile,
        part: Range<u64>,
        received: &impl Fn(i64) -> bool,
    ) -> Result<Vec<u8>, Failure> {
        with_tries(DOWNLOAD, async || {
            let mut bytes = Vec::with_capacity((part.end - part.start) as usize);
            match self.add_part(file, Some(part.clone()), &mut bytes, received).await {
                Ok(()) if bytes.len() as u64 == part.end - part.start => return Ok(bytes),
                Ok(()) => _ = received(-(bytes.len() as i64)),
                Err(failure) => {
                    received(-(bytes.len() as i64));
                    return Err(failure);
                }
            }
            Err(Failure::Incomplete)
        })
        .await
    }

    /// Adds the bytes of a file, or of a part of it, as they come.
    async fn add_part(
        &self,
        file: &StoredFile,
        part: Option<Range<u64>>,
        bytes: &mut Vec<u8>,
        received: &impl Fn(i64) -> bool,
    ) -> Result<(), Failure> {
        let is_part = part.is_some();
        let answer = self.request(file, part.map(GetRange::Bounded)).await?;
        if is_part && answer.meta.size != file.len {
            return Err(Failure::Changed);
        }
        let mut stream = answer.into_stream();
        while let Some(part) = stream.try_next().await.map_err(|error| Failure::of(&error))? {
            bytes.extend_from_slice(&part);
            if bytes.len() as u64 > file.len {
                return Err(Failure::Changed);
            }
            if !received(part.len() as i64) {
                return Err(Failure::Other("cancelled".to_owned()));
            }
        }
        Ok(())
    }

    pub(super) async fn read_with_tries(
        &self,
        file: &StoredFile,
        range: &Range<u64>,
        purpose: Purpose,
    ) -> Result<Vec<u8>, Failure> {
        let tries = if purpose.is_patient() { PATIENT } else { PROMPT };
        with_tries(tries, async || self.read_once(file, range).await).await
    }

    async fn read_once(&self, file: &StoredFile, range: &Range<u64>) -> Result<Vec<u8>, Failure> {
        let answer = self.request(file, Some(GetRange::Bounded(range.clone()))).await?;
        bytes_of(answer, file, range).await
    }

    /// Reads a range of a file; `None` if the answer does not show that the file has this version.
    pub(super) async fn read_if_still(
        &self,
        file: &StoredFile,
        range: &Range<u64>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let read = async || match self.request(file, Some(GetRange::Bounded(range.clone()))).await {
            Ok(answer) if answer.meta.e_tag.is_none() => Ok(None),
            Ok(answer) => bytes_of(answer, file, range).await.map(Some),
            Err(failure) => Err(failure),
        };
        match with_tries(PROMPT, read).await {
            Err(Failure::Changed | Failure::Shorter) => Ok(None),
            read => read,
        }
    }

    /// Requests a file or a part of it, and refuses an answer of another version.
    async fn request(&self, file: &StoredFile, range: Option<GetRange>) -> Result<GetResult, Failure> {
        let location = below(&self.top, &file.path)?;
        if let Some(ahead) = &self.ahead {
            ahead.compose(location.as_ref(), file).await;
        }
        let if_match = (self.versions.kind == Kind::Bucket).then(|| file.version.clone());
        let options = GetOptions { range, if_match, ..GetOptions::default() };
        let answer = self.store.get_opts(&location, options).await.map_err(|error| Failure::of(&error))?;
        if let Some(ahead) = &self.ahead {
            ahead.note_host(&self.cache);
        }
        if self.versions.is_same(file, answer.meta.e_tag.as_deref()) { Ok(answer) } else { Err(Failure::Changed) }
    }
}

/// The bytes of an answer to a request for a range.
async fn bytes_of(answer: GetResult, file: &StoredFile, range: &Range<u64>) -> Result<Vec<u8>, Failure> {
    if answer.meta.size != file.len {
        return Err(Failure::Changed);
    }
    let bytes = answer.bytes().await.map_err(|error| Failure::of(&error))?;
    if bytes.len() as u64 != range.end - range.start {
        return Err(Failure::Incomplete);
    }
    Ok(bytes.into())
}

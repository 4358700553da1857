//! Tars of samples, as the WebDataset library reads them: the members of a row share its identifier
//! up to the first dot and are adjacent. The same rows give the same bytes: members have no time
//! and no owner.
//!
//! The Hub's `datasets` library makes a column of each member's ending and needs the same columns
//! in every row. Therefore a row has as many negatives as every row has, the first ones; members
//! are named after their tiles, whatever they contain; and if any row has a `query_group`, every
//! row gets one. The type of a picture is detected from its bytes when it is decoded.

use serde::Serialize;
use tar::{EntryType, Header};
use tilejury_data::TilePath;

use super::{group_of, is_grouped, names};
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::images::read;
use crate::export::out_file::OutFile;
use crate::export::rows::{RowToWrite, image_path};
use crate::progress::Stage;

/// A tar ends with the row that reaches one of these limits.
const SAMPLES_A_TAR: usize = 10_000;
const BYTES_A_TAR: u64 = 1_000_000_000;
const BLOCK: u64 = 512;

/// The metadata of a row, in `KEY.json`.
#[derive(Serialize)]
struct RowMetadata<'r> {
    id: &'r str,
    query: &'r str,
    positive: String,
    negatives: usize,
    negative_paths: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_group: Option<String>,
}

pub(super) fn write(context: &ExportContext<'_>) -> Result<(), ExportError> {
    let (mut done, mut bytes) = (0, Vec::new());
    let grouped = is_grouped(context);
    for (split, (_, planned)) in names::split_file_names(context.dataset).iter().zip(context.splits()) {
        let mut tars = 0;
        let mut open: Option<Tar> = None;
        for row in context.rows(planned, done) {
            let row = row?;
            let tar = match &mut open {
                Some(tar) => tar,
                none => {
                    let file = context.folder.file(&format!("webdataset/{split}-{tars:06}.tar"))?;
                    tars += 1;
                    none.insert(Tar { file, bytes: 0, samples: 0 })
                }
            };
            tar.sample(context, &row, grouped, &mut bytes)?;
            if tar.samples >= SAMPLES_A_TAR || tar.bytes >= BYTES_A_TAR {
                open.take().map_or(Ok(()), Tar::finish)?;
            }
            done += 1;
            context.report_progress(Stage::Writing.step(done, context.plan.rows.len()))?;
        }
        open.map_or(Ok(()), Tar::finish)?;
    }
    Ok(())
}

struct Tar {
    file: OutFile,
    bytes: u64,
    samples: usize,
}

impl Tar {
    fn sample(
        &mut self,
        context: &ExportContext<'_>,
        row: &RowToWrite,
        grouped: bool,
        bytes: &mut Vec<u8>,
    ) -> Result<(), ExportError> {
        let id = row.id(context.dataset);
        let negatives = &row.negatives[..context.options.negatives.min(row.negatives.len())];
        let metadata = RowMetadata {
            id: &id,
            query: &row.query,
            positive: image_path(&row.positive),
            negatives: negatives.len(),
            negative_paths: negatives.iter().map(image_path).collect(),
            query_group: grouped.then(|| group_of(row)),
        };
        let name = format!("{id}.json");
        let metadata = serde_json::to_vec(&metadata)
            .map_err(|error| ExportError::Io { path: name.as_str().into(), source: error.into() })?;
        self.member(&name, &metadata)?;
        read(context, row.sample, &row.positive, bytes)?;
        self.member(&format!("{id}.pos.{}", extension(&row.positive)), bytes)?;
        for (at, negative) in negatives.iter().enumerate() {
            read(context, row.sample, negative, bytes)?;
            self.member(&format!("{id}.neg{at}.{}", extension(negative)), bytes)?;
        }
        self.samples += 1;
        Ok(())
    }

    fn member(&mut self, name: &str, content: &[u8]) -> Result<(), ExportError> {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(content.len() as u64);
        // A row's identifier, a word and an extension: it fits.
        header.set_path(name).map_err(|source| ExportError::Io { path: name.into(), source })?;
        header.set_cksum();
        self.file.write(header.as_bytes())?;
        self.file.write(content)?;
        let padding = content.len().next_multiple_of(BLOCK as usize) - content.len();
        self.file.write(&[0; BLOCK as usize][..padding])?;
        self.bytes += BLOCK + (content.len() + padding) as u64;
        Ok(())
    }

    fn finish(mut self) -> Result<(), ExportError> {
        self.file.write(&[0; 2 * BLOCK as usize])?;
        self.file.finish()
    }
}

/// Returns the extension of the tile's own name.
fn extension(tile: &TilePath) -> String {
    let own = tile.as_str().rsplit_once('.').map(|(_, own)| own.to_ascii_lowercase());
    let plain = |own: &String| (1..=8).contains(&own.len()) && own.bytes().all(|byte| byte.is_ascii_alphanumeric());
    own.filter(plain).unwrap_or_else(|| "png".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_get_the_extensions_of_their_tiles() {
        let extension = |path: &str| extension(&TilePath::new(path));
        let extensions = (extension("a.PNG"), extension("b/c.jpeg"), extension("folder.d/name"));
        assert_eq!(extensions, ("png".into(), "jpeg".into(), "png".into()));
    }
}

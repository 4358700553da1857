//! The consent to a large download: commands that read all pictures or shards of a dataset at an
//! address stop without it, and state the size.

use clap::Args;
use tilejury_audit::text::count;
use tilejury_data::Dataset;
use tilejury_data::shown::bytes_in_words;
use tilejury_data::tile_source::ToFetch;

#[derive(Args, Clone, Copy)]
pub(super) struct DownloadArg {
    /// Of a dataset at an address, download what is needed; without this, the command states its
    /// size and stops
    #[arg(long)]
    download: bool,
}

impl DownloadArg {
    /// Returns an error that states the size if something would be downloaded and nobody agreed.
    /// `work` needs the pictures; `instead` is what a person can do otherwise.
    pub(super) fn allow(self, dataset: &Dataset, work: &str, instead: &str, fetch: ToFetch) -> anyhow::Result<()> {
        let work = format!("{work} reads pictures");
        self.allow_size(dataset, &work, instead, (fetch.tiles > 0).then(|| size(fetch)))
    }

    /// Returns such an error if `shards` would be downloaded whole.
    pub(super) fn allow_shards(
        self,
        dataset: &Dataset,
        work: &str,
        (shards, bytes): (usize, u64),
    ) -> anyhow::Result<()> {
        let work = format!("{work} reads shards whole");
        let size = format!("{}, {}", count(shards, "shard"), bytes_in_words(bytes));
        self.allow_size(dataset, &work, "", (shards > 0).then_some(size))
    }

    fn allow_size(self, dataset: &Dataset, work: &str, instead: &str, size: Option<String>) -> anyhow::Result<()> {
        match (dataset.tiles.storage(), size) {
            (Some(storage), Some(size)) if !self.download => anyhow::bail!(
                "{work} that are not on this machine: {size} to download from {}; add --download to download them{instead}",
                storage.name()
            ),
            _ => Ok(()),
        }
    }
}

fn size(fetch: ToFetch) -> String {
    let about = if fetch.is_exact { "" } else { "about " };
    format!("{}, {about}{}", count(fetch.tiles, "tile"), bytes_in_words(fetch.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_stated_with_their_certainty() {
        let words = |tiles, bytes, is_exact| size(ToFetch { tiles, bytes, is_exact });
        assert_eq!(words(1, 999, true), "1 tile, 999 bytes");
        assert_eq!(words(200_000, 93_500_000_000, false), "200,000 tiles, about 93.5 GB");
        assert_eq!(words(12, 5_640_000, true), "12 tiles, 5.6 MB");
    }
}

//! The consent to a large download: commands that read all pictures of a dataset at an address stop
//! without it, and state the size.

use clap::Args;
use tilejury_audit::text::grouped;
use tilejury_data::Dataset;
use tilejury_data::shown::bytes_in_words;
use tilejury_data::tile_source::ToFetch;

#[derive(Args, Clone, Copy)]
pub(super) struct DownloadArg {
    /// Of a dataset at an address, download the pictures that are needed; without this, the command
    /// states their size and stops
    #[arg(long)]
    download: bool,
}

impl DownloadArg {
    /// Returns an error that states the size if something would be downloaded and nobody agreed.
    /// `work` needs the pictures; `instead` is what a person can do otherwise.
    pub(super) fn allow(self, dataset: &Dataset, work: &str, instead: &str, fetch: ToFetch) -> anyhow::Result<()> {
        match dataset.tiles.storage() {
            Some(storage) if fetch.tiles > 0 && !self.download => anyhow::bail!(
                "{work} reads pictures that are not on this machine: {} to download from {}; add --download to download them{instead}",
                size(fetch),
                storage.name()
            ),
            _ => Ok(()),
        }
    }
}

fn size(fetch: ToFetch) -> String {
    let about = if fetch.is_exact { "" } else { "about " };
    let tiles = if fetch.tiles == 1 { "1 tile".to_owned() } else { format!("{} tiles", grouped(fetch.tiles)) };
    format!("{tiles}, {about}{}", bytes_in_words(fetch.bytes))
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

//! Where this person's files lie on this system. The only place that asks the environment for folders and names.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use tilejury_data::DatasetFingerprint;

/// Folders of the person's own. They need not exist yet.
#[derive(Clone, Debug)]
pub struct Folders {
    /// Settings and the state of the window.
    pub config: PathBuf,
    /// Sidecars of read-only datasets, and the demo.
    pub data: PathBuf,
    /// What can be rebuilt, and may be thrown away at any time.
    pub cache: PathBuf,
    /// What happened: the log, and reports of crashes.
    pub state: PathBuf,
}

impl Folders {
    /// By the platform's rules; below the temporary folder where the person has no home.
    pub fn for_current_user() -> Self {
        match ProjectDirs::from("", "", "tilejury") {
            Some(folders) => Self {
                config: folders.config_dir().to_owned(),
                data: folders.data_dir().to_owned(),
                cache: folders.cache_dir().to_owned(),
                // Only Linux has a folder of its own for that.
                state: folders.state_dir().unwrap_or(folders.data_local_dir()).to_owned(),
            },
            None => Self::below(&std::env::temp_dir().join("tilejury")),
        }
    }

    /// All of them below one folder.
    pub fn below(root: &Path) -> Self {
        let [config, data, cache, state] = ["config", "data", "cache", "state"].map(|name| root.join(name));
        Self { config, data, cache, state }
    }

    /// Where backups of sidecars go.
    pub fn backups(&self) -> PathBuf {
        self.data.join("backups")
    }

    /// Where sidecars of read-only datasets go.
    pub fn sidecars(&self) -> PathBuf {
        self.data.join("sidecars")
    }

    /// The fingerprints of a dataset's tiles.
    pub fn fingerprints_file(&self, dataset: DatasetFingerprint) -> PathBuf {
        self.cache.join(format!("{dataset}.prints.sqlite"))
    }

    /// The indexes of a dataset's shards.
    pub fn shards_file(&self, dataset: DatasetFingerprint) -> PathBuf {
        self.cache.join(format!("{dataset}.shards"))
    }

    /// Where the demo goes when no folder is named.
    pub fn demo(&self) -> PathBuf {
        self.data.join("demo")
    }

    /// What the person chose.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// What the window remembers by itself.
    pub fn window_file(&self) -> PathBuf {
        self.config.join("window.json")
    }
}

/// The login name: who judges where nobody said otherwise.
pub fn login_name() -> String {
    let name = whoami::username().unwrap_or_default();
    if name.trim().is_empty() { "annotator".to_owned() } else { name }
}

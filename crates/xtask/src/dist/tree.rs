//! The installed files below a prefix, in memory and in the order of their paths. Other files pack
//! them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Result;

/// The content of one installed file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct File {
    pub bytes: Vec<u8>,
    pub is_executable: bool,
}

impl File {
    /// The permissions: everybody reads, only the owner writes.
    pub(super) fn mode(&self) -> u32 {
        if self.is_executable { 0o755 } else { 0o644 }
    }
}

/// Files by their paths, which are relative and use `/`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tree(BTreeMap<String, File>);

impl Tree {
    pub(super) fn add(&mut self, path: &str, bytes: Vec<u8>, is_executable: bool) {
        self.0.insert(path.to_owned(), File { bytes, is_executable });
    }

    /// Moves a file that other systems look for elsewhere.
    ///
    /// # Errors
    /// If there is no such file.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<()> {
        let file = self.take(from)?;
        self.0.insert(to.to_owned(), file);
        Ok(())
    }

    /// Removes a file and returns it.
    ///
    /// # Errors
    /// If there is no such file.
    pub(super) fn take(&mut self, path: &str) -> Result<File> {
        self.0.remove(path).ok_or_else(|| format!("{path} is not among the installed files"))
    }

    /// All files in the order of their paths.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Writes all files below a folder, which is emptied first.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(super) fn write_to(&self, folder: &Path) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        for (path, file) in self.files() {
            let path = folder.join(path);
            let above = path.parent().unwrap_or(folder);
            fs::create_dir_all(above).map_err(|error| format!("{}: {error}", above.display()))?;
            super::write(&path, &file.bytes)?;
            #[cfg(unix)]
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(file.mode()))
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

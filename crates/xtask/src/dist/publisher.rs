//! The facts about the publisher in the packages: their one place is `Cargo.toml` of the workspace.

use std::fs;

use crate::{Result, root};

/// The first of `authors`, with an address: the maintainer.
pub(super) const MAINTAINER: &str = env!("CARGO_PKG_AUTHORS");
/// The address of the repository.
pub(super) const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
/// The end of names that are reserved, so that they belong to nobody.
const RESERVED: &str = ".invalid";

/// The names of the authors, without an address.
pub(super) fn name() -> &'static str {
    MAINTAINER.split_once(" <").map_or(MAINTAINER, |(name, _)| name)
}

/// The id of the desktop's description.
///
/// # Errors
/// If the workspace names none.
pub fn desktop_id() -> Result<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).map_err(|error| format!("Cargo.toml: {error}"))?;
    let section = manifest.split_once("[workspace.metadata.desktop]\n").map(|(_, rest)| rest);
    let id = section.and_then(|rest| rest.lines().next()?.strip_prefix("id = \"")?.strip_suffix('"'));
    id.map(str::to_owned).ok_or_else(|| "Cargo.toml names no id in [workspace.metadata.desktop]".to_owned())
}

/// The keys in `Cargo.toml` that still have a placeholder.
pub(super) fn placeholders() -> Vec<&'static str> {
    let values = [("authors", MAINTAINER), ("repository", REPOSITORY)];
    values.iter().filter(|(_, value)| value.contains(RESERVED)).map(|(key, _)| *key).collect()
}

/// Fills the publisher into the desktop's description.
///
/// # Errors
/// If the workspace names no id.
pub fn filled_in(description: &str) -> Result<String> {
    let id = desktop_id()?;
    let values = [("@ID@", id.as_str()), ("@AUTHORS@", name()), ("@REPOSITORY@", REPOSITORY)];
    Ok(values.iter().fold(description.to_owned(), |text, (word, value)| text.replace(word, value)))
}

//! The variables and the home folder of a process, as the diagnosis needs them. Decides which names
//! are listed; gives values only to the lines that use them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The names that are listed, and their beginnings; in any case of letters.
const LISTED: [&str; 15] = [
    "ALL_PROXY",
    "AWS_",
    "AZURE_",
    "CLOUDSDK_",
    "GOOGLE_",
    "HF_",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LIBGL_",
    "MESA_",
    "NO_PROXY",
    "SSL_CERT_",
    "STORAGE_EMULATOR_HOST",
    "TILEJURY_",
    "WINIT_",
];

/// The variables and the home folder.
pub(super) struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
}

impl Environment {
    pub(super) fn of_this_process() -> Self {
        let readable =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let home = directories::BaseDirs::new().map(|folders| folders.home_dir().to_owned());
        Self { variables: readable.collect(), home }
    }

    #[cfg(test)]
    pub(super) fn with(home: &Path, variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { variables: variables.collect(), home: Some(home.to_owned()) }
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether a variable is set and not empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The names of the set variables that the program or its libraries use.
    pub(super) fn listed(&self) -> Vec<&str> {
        let is_listed = |name: &str| {
            let name = name.to_uppercase();
            LISTED.iter().any(|listed| if listed.ends_with('_') { name.starts_with(listed) } else { name == *listed })
        };
        self.variables.keys().map(String::as_str).filter(|name| is_listed(name) && self.has(name)).collect()
    }

    /// The folders of a list such as `PATH`.
    pub(super) fn folders(&self, name: &str) -> Vec<PathBuf> {
        self.value(name).map(|list| std::env::split_paths(list).collect()).unwrap_or_default()
    }

    /// A text with `~` for the home folder, and for a folder elsewhere that has its name, which is
    /// often that of a person.
    pub(super) fn without_home(&self, text: &str) -> String {
        let home = self.home.as_deref().and_then(Path::to_str).map(|home| home.trim_end_matches('/'));
        let Some(home) = home.filter(|home| !home.is_empty()) else { return text.to_owned() };
        let text = text.replace(home, "~");
        match Path::new(home).file_name().and_then(|name| name.to_str()) {
            Some(name) => text.replace(&format!("/{name}/"), "/~/"),
            None => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_the_home_folder_is_in_no_path() {
        let environment = Environment::with(Path::new("/home/ada/"), &[]);
        let text = "/home/ada/.cache and /media/ada/disk, not /srv/adam";
        assert_eq!(environment.without_home(text), "~/.cache and /media/~/disk, not /srv/adam");
    }
}

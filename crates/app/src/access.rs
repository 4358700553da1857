//! Collects what stores need: the variables of their own tools, the places of the files in which
//! those tools keep their settings, and the token of the Hub; and the limit of the cache from the
//! settings. Values are neither logged nor stored.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;

use tilejury_remote::Access;

use crate::folders::Folders;
use crate::settings::{Settings, load};

/// The beginnings of the variables that stores know.
const PREFIXES: [&str; 4] = ["AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST"];
/// Variables that name files in the home folder, and their usual places.
const IN_HOME: [(&str, &str); 3] = [
    ("AWS_CONFIG_FILE", ".aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
    ("AZURE_CONFIG_DIR", ".azure"),
];
/// The variable and the file of Google's application default credentials.
const GOOGLE_DEFAULT: (&str, &str) = ("GOOGLE_APPLICATION_CREDENTIALS", "application_default_credentials.json");

/// Access as the person's environment and settings have it.
pub(crate) fn access(folders: &Folders) -> Access {
    let known = |name: &String| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let variables =
        env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut variables: BTreeMap<String, String> = variables.filter(|(name, _)| known(name)).collect();
    add_usual_files(&mut variables);
    let endpoint = set_variable("HF_ENDPOINT").unwrap_or_else(|| Access::HUB.to_owned());
    Access {
        cache_up_to_bytes: cache_up_to_bytes(folders),
        variables,
        hub_token: hub_token(),
        hub_endpoint: endpoint,
        ..Access::anonymous(folders.fetched())
    }
}

/// The most bytes that fetched tiles may take, by the settings.
pub(crate) fn cache_up_to_bytes(folders: &Folders) -> u64 {
    let (settings, _) = load::<Settings>(&folders.settings_file());
    settings.in_range().cache_up_to_bytes()
}

/// Adds the usual places of the files that no variable names.
fn add_usual_files(variables: &mut BTreeMap<String, String>) {
    let Some(folders) = directories::BaseDirs::new() else { return };
    let mut add = |name: &str, path: PathBuf| {
        if let Some(path) = path.to_str().filter(|_| variables.get(name).is_none_or(String::is_empty)) {
            variables.insert(name.to_owned(), path.to_owned());
        }
    };
    for (name, place) in IN_HOME {
        add(name, folders.home_dir().join(place));
    }
    let google = set_variable("CLOUDSDK_CONFIG").map_or_else(
        // The tools keep to `.config` on macOS too.
        || {
            if cfg!(windows) { folders.config_dir().to_owned() } else { folders.home_dir().join(".config") }
                .join("gcloud")
        },
        PathBuf::from,
    );
    let (name, file) = (GOOGLE_DEFAULT.0, google.join(GOOGLE_DEFAULT.1));
    if file.is_file() {
        add(name, file);
    }
}

/// The token as the Hub's own library finds it: `HF_TOKEN`, or the file `token` that logging in
/// writes to `HF_HOME` (`~/.cache/huggingface` by default) or to the path in `HF_TOKEN_PATH`.
fn hub_token() -> Option<String> {
    set_variable("HF_TOKEN").or_else(|| {
        let file = set_variable("HF_TOKEN_PATH").map(PathBuf::from).or_else(|| Some(hub_home()?.join("token")))?;
        let token = fs::read_to_string(file).ok()?;
        Some(token.trim().to_owned()).filter(|token| !token.is_empty())
    })
}

fn hub_home() -> Option<PathBuf> {
    let home = || {
        let cache = set_variable("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(directories::BaseDirs::new()?.home_dir().join(".cache")))?;
        Some(cache.join("huggingface"))
    };
    set_variable("HF_HOME").map(PathBuf::from).or_else(home)
}

/// A variable that is set and not empty.
fn set_variable(name: &str) -> Option<String> {
    env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

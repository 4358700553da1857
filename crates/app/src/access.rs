//! Collects what stores need: the variables of their own tools, the places of the files in which
//! those tools keep their settings, the token of the Hub, and the tokens of servers of
//! `tilejury serve`; and the limit of the cache from the settings. Values are neither logged nor
//! stored.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::PathBuf;

use parking_lot::Mutex;
use tilejury_remote::Access;

use crate::folders::Folders;
use crate::key_store::{KeyStore as _, SystemKeyring};
use crate::model_server::key_host;
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

/// The variable with the token of a server of `tilejury serve`.
pub(crate) const TOKEN_VARIABLE: &str = "TILEJURY_TOKEN";
/// The tokens in the addresses that were typed, or that are kept in the keyring, by the origins of
/// their servers.
static TYPED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Notes the token in an address, if it has one. The address is then used without it.
pub(crate) fn note_token(address: &str) {
    if let Some((origin, token)) = tilejury_remote::token_in(address) {
        TYPED.lock().insert(origin, token);
    }
}

/// Looks for the token of a server in the system's keyring, where `tilejury key` keeps it, and
/// notes it. Returns whether there is one that was not known; asks for each server once. It may
/// block.
pub(crate) fn note_kept_token(address: &str) -> bool {
    static ASKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(origin) = tilejury_remote::origin_of(address) else { return false };
    if TYPED.lock().contains_key(&origin) || !ASKED.lock().insert(origin.clone()) {
        return false;
    }
    let kept = key_host(&origin).ok().and_then(|host| SystemKeyring.key(&host).ok().flatten());
    let token = kept.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
    token.map(|token| TYPED.lock().insert(origin, token)).is_some()
}

/// Looks for the token of a server in the keyring, unless the environment has one. It may block.
pub(crate) fn note_token_unless_known(address: &str) {
    if set_variable(TOKEN_VARIABLE).is_none() {
        note_kept_token(address);
    }
}

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
        serve_tokens: TYPED.lock().clone(),
        serve_token: set_variable(TOKEN_VARIABLE),
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

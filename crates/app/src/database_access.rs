//! Collects what a connection to a database needs: the variables of the server's own tools, and the
//! files in which those tools keep passwords and trusted certificates. Values are neither logged
//! nor stored.

use std::env;
use std::path::PathBuf;

use tilejury_database::DatabaseAccess;

/// The beginning of the variables that the server's tools know.
const PREFIX: &str = "PG";

/// Access as the person's environment has it.
pub(crate) fn database_access() -> DatabaseAccess {
    let known = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let variables = known.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    let usual = password_file_and_certificates();
    let named = env::var_os("PGPASSFILE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let (password_file, certificates) = usual.unzip();
    DatabaseAccess {
        variables,
        password_file: named.or(password_file),
        root_certificates: certificates.filter(|path| path.is_file()),
        user: whoami::username().ok(),
    }
}

/// The usual places of both files.
fn password_file_and_certificates() -> Option<(PathBuf, PathBuf)> {
    let folders = directories::BaseDirs::new()?;
    if cfg!(windows) {
        let folder = folders.config_dir().join("postgresql");
        return Some((folder.join("pgpass.conf"), folder.join("root.crt")));
    }
    let home = folders.home_dir();
    Some((home.join(".pgpass"), home.join(".postgresql").join("root.crt")))
}

//! The things of a person that a connection needs: the variables and files by which the server's
//! own tools find a password and trusted certificates. Reads none of them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The variables and files of a person.
#[derive(Clone, Default)]
pub struct DatabaseAccess {
    /// The variables whose names begin with `PG`.
    pub variables: BTreeMap<String, String>,
    /// The file with passwords, whether it exists or not.
    pub password_file: Option<PathBuf>,
    /// The file with the certificates of authorities that is used if an address names none; `None`
    /// if there is no such file.
    pub root_certificates: Option<PathBuf>,
    /// The name of the person on this machine: the login if nothing names one.
    pub user: Option<String>,
}

impl fmt::Debug for DatabaseAccess {
    /// Leaves out the values, among which is a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseAccess").field("variables", &self.variables.keys()).finish_non_exhaustive()
    }
}

impl DatabaseAccess {
    /// A variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

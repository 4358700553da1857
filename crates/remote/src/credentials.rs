//! Credentials for buckets, found as each service's own tools find them: `aws` for S3, `google` for
//! Google Cloud Storage, `azure` for Azure. Reads the variables of an [`Access`] and the files that
//! they name. Values are neither stored nor logged, and no error has one in it.

pub(crate) mod aws;
mod aws_cli;
mod aws_profile;
pub(crate) mod azure;
pub(crate) mod google;
pub(crate) mod instance;

use crate::access::Access;

/// The identity that asks for a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Whom the variables and files name.
    Configured,
    /// Nobody: requests are not signed, and only public buckets answer.
    Anonymous,
    /// The account that is logged in with the service's command line.
    CommandLine,
    /// This machine, if it is one of the service's own.
    Instance,
}

impl Access {
    /// A variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The first of several variables that is set and not empty.
    pub(crate) fn first_variable(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.variable(name))
    }
}

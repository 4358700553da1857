//! Credentials for Google Cloud Storage: a service account or the application default credentials,
//! whose file the caller puts into `GOOGLE_APPLICATION_CREDENTIALS` if it is at its usual place.

use crate::access::Access;

/// The variables that name credentials, as the store's client knows them.
const CREDENTIALS: [&str; 5] = [
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_BEARER_TOKEN",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
];

/// Whether there are credentials.
pub(crate) fn is_configured(access: &Access) -> bool {
    access.first_variable(&CREDENTIALS).is_some()
}

/// The address of an emulator, in the form of the service's own libraries, or of another service
/// with the same interface.
pub(crate) fn base_url(access: &Access) -> Option<String> {
    if let Some(url) = access.variable("GOOGLE_BASE_URL") {
        return Some(url.to_owned());
    }
    let host = access.variable("STORAGE_EMULATOR_HOST")?;
    Some(if host.contains("://") { host.to_owned() } else { format!("http://{host}") })
}

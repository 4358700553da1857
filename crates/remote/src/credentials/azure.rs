//! Credentials for Azure Blob Storage: the variables of the Azure CLI and of the service's
//! libraries, and connection strings.

use std::path::Path;

use crate::access::Access;
use crate::error::Failure;

/// The settings for Azure that were found.
#[derive(Default)]
pub(crate) struct AzureSettings {
    pub(crate) account: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) sas: Option<String>,
    /// The address of the account.
    pub(crate) endpoint: Option<String>,
    pub(crate) emulator: bool,
}

/// Finds what the variables tell. `container` may name the account: `CONTAINER@ACCOUNT`, also with
/// the rest of its host name.
///
/// # Errors
/// If no account is named.
pub(crate) fn find(access: &Access, container: &str) -> Result<AzureSettings, Failure> {
    let text = access.variable("AZURE_STORAGE_CONNECTION_STRING");
    let mut found = text.map(from_connection_string).unwrap_or_default();
    let own = |names: &[&str]| access.first_variable(names).map(str::to_owned);
    let in_address = container.split_once('@').map(|(_, host)| host.split('.').next().unwrap_or(host).to_owned());
    let in_variables = own(&["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"]);
    // Credentials of one account are not sent to another one.
    let is_other = |account: &Option<String>| {
        in_address.as_ref().zip(account.as_ref()).is_some_and(|(wanted, account)| wanted != account)
    };
    let variables_are_for_other = is_other(&in_variables);
    let account = in_address.clone().or(in_variables);
    if is_other(&found.account) || (account.is_some() && found.account != account) {
        found = AzureSettings::default();
    }
    found.account = account.or(found.account);
    if !variables_are_for_other {
        let key = own(&["AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCESS_KEY"]);
        found.key = key.or(found.key);
        found.sas = own(&["AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY"]).or(found.sas);
        found.endpoint = own(&["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"]).or(found.endpoint);
    }
    found.emulator |= own(&["AZURE_STORAGE_USE_EMULATOR"]).is_some_and(|value| is_true(&value));
    if found.account.is_none() && !found.emulator {
        return Err(Failure::Other(
            "no storage account is named; set AZURE_STORAGE_ACCOUNT_NAME, or write az://CONTAINER@ACCOUNT/FOLDER"
                .to_owned(),
        ));
    }
    Ok(found)
}

/// The name of a container without that of its account.
pub(crate) fn container(text: &str) -> &str {
    text.split_once('@').map_or(text, |(container, _)| container)
}

impl AzureSettings {
    /// Whether there are credentials, in these settings or for the store's client.
    pub(crate) fn is_configured(&self, access: &Access) -> bool {
        self.emulator
            || self.key.is_some()
            || self.sas.is_some()
            || access.first_variable(&["AZURE_CLIENT_SECRET", "AZURE_STORAGE_CLIENT_SECRET"]).is_some()
            || access.first_variable(&["AZURE_FEDERATED_TOKEN_FILE", "AZURE_STORAGE_TOKEN"]).is_some()
            || access.first_variable(&["AZURE_MSI_ENDPOINT", "AZURE_IDENTITY_ENDPOINT"]).is_some()
    }
}

/// Whether a person is logged in with the Azure CLI.
pub(crate) fn has_login(access: &Access) -> bool {
    access.variable("AZURE_CONFIG_DIR").is_some_and(|folder| Path::new(folder).join("azureProfile.json").is_file())
}

fn is_true(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
}

/// Reads `Name=Value;…`. Values may have a `=` in them, as keys do.
fn from_connection_string(text: &str) -> AzureSettings {
    let mut found = AzureSettings::default();
    let (mut protocol, mut suffix) = ("https".to_owned(), None);
    for (name, value) in text.split(';').filter_map(|part| part.trim().split_once('=')) {
        let value = value.trim().to_owned();
        match name.trim().to_ascii_lowercase().as_str() {
            "accountname" => found.account = Some(value),
            "accountkey" => found.key = Some(value),
            "sharedaccesssignature" => found.sas = Some(value),
            "blobendpoint" => found.endpoint = Some(value.trim_end_matches('/').to_owned()),
            "defaultendpointsprotocol" => protocol = value,
            "endpointsuffix" => suffix = Some(value),
            "usedevelopmentstorage" => found.emulator = is_true(&value),
            _ => {}
        }
    }
    if let (None, Some(account), Some(suffix)) = (&found.endpoint, &found.account, suffix) {
        found.endpoint = Some(format!("{protocol}://{account}.blob.{suffix}"));
    }
    // A string with a signature names only the host, which begins with the account.
    if let (None, Some(endpoint)) = (&found.account, &found.endpoint) {
        let host = endpoint.split_once("://").map_or(endpoint.as_str(), |(_, rest)| rest);
        found.account = host.split('.').next().map(str::to_owned);
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn found(variables: &[(&str, &str)], container: &str) -> Result<AzureSettings, Failure> {
        let mut access = Access::anonymous("cache".into());
        access.variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        find(&access, container)
    }

    #[test]
    fn connection_strings_are_read() {
        let text = "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a+b==;EndpointSuffix=core.windows.net";
        let settings = found(&[("AZURE_STORAGE_CONNECTION_STRING", text)], "c").unwrap();
        assert_eq!((settings.account.as_deref(), settings.key.as_deref()), (Some("acc"), Some("a+b==")));
        assert_eq!(settings.endpoint.as_deref(), Some("https://acc.blob.core.windows.net"));
        let text = "BlobEndpoint=https://acc.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x%3D";
        let settings = found(&[("AZURE_STORAGE_CONNECTION_STRING", text)], "c").unwrap();
        assert_eq!((settings.account.as_deref(), settings.sas.as_deref()), (Some("acc"), Some("sv=1&sig=x%3D")));
        assert!(found(&[("AZURE_STORAGE_CONNECTION_STRING", "UseDevelopmentStorage=true")], "c").unwrap().emulator);
    }

    #[test]
    fn the_account_in_the_address_is_not_given_the_key_of_another() {
        let text = "AccountName=other;AccountKey=k";
        let settings = found(&[("AZURE_STORAGE_CONNECTION_STRING", text)], "c@acc.dfs.core.windows.net").unwrap();
        assert_eq!((settings.account.as_deref(), settings.key), (Some("acc"), None));
        let variables = [("AZURE_STORAGE_ACCOUNT_NAME", "other"), ("AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=x")];
        assert_eq!(found(&variables, "c@acc").unwrap().sas, None);
        assert!(found(&variables, "c@other").unwrap().sas.is_some());
        assert_eq!(container("c@acc"), "c");
        assert!(found(&[], "c").err().is_some_and(|error| error.to_string().contains("AZURE_STORAGE_ACCOUNT_NAME")));
    }
}

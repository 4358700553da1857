//! Credentials, region and endpoint for S3. The order is that of the service's own tools: keys in
//! variables, the profile, a web identity, the credentials of a container. A machine's own role is
//! not among them: it takes seconds to find that there is none, so it is asked for only after an
//! unsigned request was refused.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use object_store::StaticCredentialProvider;
use object_store::aws::{AwsCredential, AwsCredentialProvider};

use super::aws_cli::CliCredentials;
use super::aws_profile::Profile;
use crate::access::Access;
use crate::error::Failure;

/// The settings for S3 that were found.
#[derive(Clone, Debug)]
pub(crate) struct AwsSettings {
    pub(crate) source: AwsSource,
    /// The region that a person chose.
    pub(crate) region: Option<String>,
    /// The address of another service with the same interface.
    pub(crate) endpoint: Option<String>,
}

/// Where credentials come from.
#[derive(Clone)]
pub(crate) enum AwsSource {
    /// Keys, or a program that gives keys.
    Keys(AwsCredentialProvider),
    /// A role that the store's client asks for, by other variables.
    Role,
    /// Nowhere.
    None,
}

impl fmt::Debug for AwsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keys(_) => "Keys",
            Self::Role => "Role",
            Self::None => "None",
        })
    }
}

/// Finds what the variables and the files of profiles tell.
///
/// # Errors
/// If a profile is named and there is none, or a key has no secret.
pub(crate) fn find(access: &Access) -> Result<AwsSettings, Failure> {
    let named = access.first_variable(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]);
    let name = named.unwrap_or("default");
    let read = |variable| access.variable(variable).and_then(|path| fs::read_to_string(Path::new(path)).ok());
    let (config, credentials) = (read("AWS_CONFIG_FILE"), read("AWS_SHARED_CREDENTIALS_FILE"));
    let profile = Profile::find(name, config.as_deref(), credentials.as_deref());
    let in_profile = |key: &str| profile.as_ref().and_then(|profile| profile.get(key)).map(str::to_owned);
    let region = access.first_variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]).map(str::to_owned);
    let endpoint = access.first_variable(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]);
    let ignores_endpoint =
        access.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    Ok(AwsSettings {
        source: source(access, named, name, profile.as_ref())?,
        region: region.or_else(|| in_profile("region")),
        endpoint: endpoint.map(str::to_owned).or_else(|| in_profile("endpoint_url")).filter(|_| !ignores_endpoint),
    })
}

fn source(access: &Access, named: Option<&str>, name: &str, profile: Option<&Profile>) -> Result<AwsSource, Failure> {
    match (access.variable("AWS_ACCESS_KEY_ID"), access.variable("AWS_SECRET_ACCESS_KEY")) {
        (Some(key), Some(secret)) => return Ok(keys(key, secret, access.variable("AWS_SESSION_TOKEN"))),
        (None, None) => {}
        _ => {
            return Err(Failure::Other(
                "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set; set both or none".to_owned(),
            ));
        }
    }
    match profile {
        // A role needs the keys of its source first, which the command line knows how to follow.
        Some(profile) if profile.needs_command_line() => {
            return Ok(AwsSource::Keys(Arc::new(CliCredentials::new(Path::new("aws"), name))));
        }
        Some(profile) => {
            if let (Some(key), Some(secret)) = (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key"))
            {
                return Ok(keys(key, secret, profile.get("aws_session_token")));
            }
        }
        None if named.is_some() => {
            return Err(Failure::Other(format!(
                "there is no profile “{name}” in the files of the AWS CLI; correct AWS_PROFILE, or run `aws configure`"
            )));
        }
        None => {}
    }
    let has = |names: &[&str]| names.iter().all(|name| access.variable(name).is_some());
    let is_role = has(&["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"])
        || has(&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"])
        || has(&["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]);
    Ok(if is_role { AwsSource::Role } else { AwsSource::None })
}

fn keys(key: &str, secret: &str, token: Option<&str>) -> AwsSource {
    let credential =
        AwsCredential { key_id: key.to_owned(), secret_key: secret.to_owned(), token: token.map(str::to_owned) };
    AwsSource::Keys(Arc::new(StaticCredentialProvider::new(credential)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use tilejury_network::wait;

    fn access(variables: &[(&str, &str)]) -> Access {
        let mut access = Access::anonymous("cache".into());
        access.variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        access
    }

    fn key(settings: &AwsSettings) -> String {
        match &settings.source {
            AwsSource::Keys(keys) => wait(keys.get_credential()).unwrap().unwrap().key_id.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn keys_are_found_in_the_order_of_the_services_own_tools() {
        let dir = tempfile::tempdir().unwrap();
        let [config, credentials] = ["config", "credentials"].map(|name| dir.path().join(name));
        fs::write(&config, "[profile p]\nregion = eu-west-1\nendpoint_url = http://store:9000\n").unwrap();
        fs::write(&credentials, "[default]\naws_access_key_id = D\naws_secret_access_key = d\n[p]\naws_access_key_id=P\naws_secret_access_key=p\n").unwrap();
        let files = [
            ("AWS_CONFIG_FILE", config.to_str().unwrap()),
            ("AWS_SHARED_CREDENTIALS_FILE", credentials.to_str().unwrap()),
        ];
        let found = |more: &[(&str, &str)]| find(&access(&[&files, more].concat()));
        assert_eq!(key(&found(&[]).unwrap()), "D");
        let profile = found(&[("AWS_PROFILE", "p")]).unwrap();
        assert_eq!(key(&profile), "P");
        assert_eq!(profile.region.as_deref(), Some("eu-west-1"));
        assert_eq!(profile.endpoint.as_deref(), Some("http://store:9000"));
        let variables = [("AWS_ACCESS_KEY_ID", "V"), ("AWS_SECRET_ACCESS_KEY", "v"), ("AWS_PROFILE", "p")];
        assert_eq!(key(&found(&variables).unwrap()), "V");
        assert_eq!(key(&find(&access(&[])).unwrap()), "None");
        let role = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn")];
        assert_eq!(key(&find(&access(&role)).unwrap()), "Role");
    }

    #[test]
    fn a_profile_that_does_not_exist_and_half_a_key_are_told() {
        let told = |variables: &[(&str, &str)]| find(&access(variables)).unwrap_err().to_string();
        assert!(told(&[("AWS_PROFILE", "nobody")]).contains("no profile “nobody”"));
        let half = told(&[("AWS_SECRET_ACCESS_KEY", "hidden")]);
        assert!(half.contains("set both or none") && !half.contains("hidden"), "{half}");
    }
}

//! The object store behind an address, made of settings and credentials that were found. Requests
//! nothing.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::list::PaginatedListStore;
use object_store::path::Path as StorePath;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig, StaticCredentialProvider};
use url::Url;

use crate::access::Access;
use crate::credentials::aws::{AwsSettings, AwsSource};
use crate::credentials::azure::{self, AzureSettings};
use crate::credentials::{Identity, google};
use crate::error::Failure;
use crate::transport::Transport;

/// Tries of one request by the store; the reader of the set also tries again.
const TRIES: usize = 2;

/// A bucket.
#[derive(Clone)]
pub(crate) struct Bucket {
    /// Its objects.
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The pages of its lists.
    pub(crate) lists: Arc<dyn PaginatedListStore>,
}

fn retry() -> RetryConfig {
    let backoff =
        BackoffConfig { init_backoff: Duration::from_millis(200), max_backoff: Duration::from_secs(2), base: 2.0 };
    RetryConfig { backoff, max_retries: TRIES, retry_timeout: Duration::from_secs(10) }
}

/// A path as the clients of stores know it. Special characters stay as they are.
pub(crate) fn store_path(path: &str) -> Result<StorePath, Failure> {
    StorePath::parse(path).map_err(|error| Failure::Other(error.to_string()))
}

/// A folder of a web server.
pub(crate) fn web(url: &Url, transport: &Transport) -> Result<Arc<dyn ObjectStore>, Failure> {
    let store = HttpBuilder::new()
        .with_url(url.as_str())
        .with_http_connector(transport.clone())
        .with_client_options(ClientOptions::new().with_allow_http(true))
        .with_retry(retry())
        .build();
    Ok(Arc::new(store.map_err(|error| Failure::of(&error))?))
}

/// A bucket of S3 or of another service with its interface. `region` is that of the bucket, if the
/// service told it.
pub(crate) fn s3(
    bucket: &str,
    access: &Access,
    settings: &AwsSettings,
    (identity, region): (Identity, Option<&str>),
    transport: &Transport,
) -> Result<Bucket, Failure> {
    let mut builder = AmazonS3Builder::new();
    for (key, value) in keys(access).filter(|(key, _)| !is_of_settings(*key)) {
        builder = builder.with_config(key, value);
    }
    if let Some(url) = access.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
        builder = builder.with_metadata_endpoint(url);
    }
    if let Some(region) = region.or(settings.region.as_deref()) {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    match &settings.source {
        AwsSource::Keys(keys) => builder = builder.with_credentials(keys.clone()),
        AwsSource::Role | AwsSource::None => {}
    }
    let builder = builder.with_skip_signature(identity == Identity::Anonymous).with_bucket_name(bucket);
    built(builder.with_http_connector(transport.clone()).with_retry(retry()).build())
}

/// Whether a variable is one that [`AwsSettings`] has read already.
fn is_of_settings(key: AmazonS3ConfigKey) -> bool {
    use AmazonS3ConfigKey as Key;
    matches!(
        key,
        Key::AccessKeyId
            | Key::SecretAccessKey
            | Key::Token
            | Key::Region
            | Key::DefaultRegion
            | Key::Endpoint
            | Key::S3Endpoint
            | Key::SkipSignature
    )
}

/// A bucket of Google Cloud Storage.
pub(crate) fn google(
    bucket: &str,
    access: &Access,
    identity: Identity,
    transport: &Transport,
) -> Result<Bucket, Failure> {
    let mut builder = GoogleCloudStorageBuilder::new();
    for (key, value) in keys::<GoogleConfigKey>(access) {
        builder = builder.with_config(key, value);
    }
    if let Some(url) = google::base_url(access) {
        builder = builder.with_base_url(&url);
    }
    if identity == Identity::Anonymous {
        // With credentials given, the client looks for none.
        let nobody = StaticCredentialProvider::new(GcpCredential { bearer: String::new() });
        builder = builder.with_skip_signature(true).with_credentials(Arc::new(nobody));
    }
    built(builder.with_bucket_name(bucket).with_http_connector(transport.clone()).with_retry(retry()).build())
}

/// A container of Azure Blob Storage.
pub(crate) fn azure(
    container: &str,
    access: &Access,
    settings: &AzureSettings,
    identity: Identity,
    transport: &Transport,
) -> Result<Bucket, Failure> {
    let mut builder = MicrosoftAzureBuilder::new();
    for (key, value) in keys(access).filter(|(key, _)| !is_of_azure_settings(*key)) {
        builder = builder.with_config(key, value);
    }
    builder = builder.with_use_emulator(settings.emulator);
    for (key, value) in [
        (AzureConfigKey::AccountName, &settings.account),
        (AzureConfigKey::AccessKey, &settings.key),
        (AzureConfigKey::SasKey, &settings.sas),
        (AzureConfigKey::Endpoint, &settings.endpoint),
    ] {
        if let Some(value) = value {
            builder = builder.with_config(key, value);
        }
    }
    let builder = builder
        .with_use_azure_cli(identity == Identity::CommandLine)
        .with_skip_signature(identity == Identity::Anonymous)
        .with_container_name(azure::container(container));
    built(builder.with_http_connector(transport.clone()).with_retry(retry()).build())
}

/// Whether a variable is one that [`AzureSettings`] has read already.
fn is_of_azure_settings(key: AzureConfigKey) -> bool {
    use AzureConfigKey as Key;
    matches!(key, Key::AccountName | Key::AccessKey | Key::SasKey | Key::Endpoint | Key::UseEmulator | Key::UseAzureCli)
}

/// The variables that are not empty, by the keys of a store's client. It knows their names in small
/// letters.
fn keys<K: FromStr>(access: &Access) -> impl Iterator<Item = (K, &str)> {
    let names = access.variables.keys();
    names.filter_map(|name| Some((name.to_ascii_lowercase().parse().ok()?, access.variable(name)?)))
}

fn built(store: object_store::Result<impl ObjectStore + PaginatedListStore>) -> Result<Bucket, Failure> {
    let store = Arc::new(store.map_err(|error| Failure::of(&error))?);
    Ok(Bucket { lists: store.clone(), store })
}

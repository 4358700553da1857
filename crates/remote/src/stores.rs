//! The object store behind an address, with the credentials of the access.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use crate::access::Access;
use crate::address::Service;
use crate::error::Failure;
use crate::transport::Transport;

/// Tries of one request by the store; the reader of the set tries again by itself.
const TRIES: usize = 2;

fn retry() -> RetryConfig {
    let backoff =
        BackoffConfig { init_backoff: Duration::from_millis(200), max_backoff: Duration::from_secs(2), base: 2.0 };
    RetryConfig { backoff, max_retries: TRIES, retry_timeout: Duration::from_secs(10) }
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

/// A bucket of a service. Credentials are found as the service's own tools find them.
pub(crate) fn bucket(
    service: Service,
    bucket: &str,
    access: &Access,
    transport: &Transport,
) -> Result<Arc<dyn ObjectStore>, Failure> {
    let variables = access.variables.iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
    let store: Result<Arc<dyn ObjectStore>, object_store::Error> = match service {
        Service::S3 => {
            let mut builder = AmazonS3Builder::new();
            for (name, value) in variables {
                if let Ok(key) = name.parse::<AmazonS3ConfigKey>() {
                    builder = builder.with_config(key, value);
                }
            }
            if !access.variables.contains_key("AWS_ACCESS_KEY_ID") && !has_role(access) {
                // A public bucket is read without a signature.
                builder = builder.with_skip_signature(true);
            }
            let built = builder.with_bucket_name(bucket).with_http_connector(transport.clone()).with_retry(retry());
            built.build().map(|store| Arc::new(store) as _)
        }
        Service::Google => {
            let mut builder = GoogleCloudStorageBuilder::new();
            for (name, value) in variables {
                if let Ok(key) = name.parse::<GoogleConfigKey>() {
                    builder = builder.with_config(key, value);
                }
            }
            let built = builder.with_bucket_name(bucket).with_http_connector(transport.clone()).with_retry(retry());
            built.build().map(|store| Arc::new(store) as _)
        }
        Service::Azure => {
            let mut builder = MicrosoftAzureBuilder::new();
            for (name, value) in variables {
                if let Ok(key) = name.parse::<AzureConfigKey>() {
                    builder = builder.with_config(key, value);
                }
            }
            let built = builder.with_container_name(bucket).with_http_connector(transport.clone()).with_retry(retry());
            built.build().map(|store| Arc::new(store) as _)
        }
    };
    store.map_err(|error| Failure::of(&error))
}

/// Whether the environment names a role or a container's credentials, which S3's client asks for.
fn has_role(access: &Access) -> bool {
    [
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
    .iter()
    .any(|name| access.variables.contains_key(*name))
}

//! Opens a bucket: tries, one after another, those who may be allowed to read it, and S3's own
//! region for it; and says in words what a person can do if nobody may.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as StorePath;
use tilejury_data::StoredFile;

use crate::access::Access;
use crate::address::Service;
use crate::credentials::aws::{self, AwsSettings, AwsSource};
use crate::credentials::azure::{self, AzureSettings};
use crate::credentials::{Identity, google, instance};
use crate::error::Failure;
use crate::listing;
use crate::stores::{self, Bucket};
use crate::transport::Transport;

/// The settings of a service before the first request.
enum Settings {
    S3(AwsSettings),
    Google,
    Azure(AzureSettings),
}

/// The knowledge of a bucket from an earlier day. All of it may be wrong by now.
#[derive(Default)]
pub(crate) struct Earlier {
    /// The files of the folder.
    pub(crate) files: Vec<StoredFile>,
    /// The region, if S3 was asked for it.
    pub(crate) region: Option<String>,
}

/// A bucket that can be read.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The files of a folder in it.
    pub(crate) files: Vec<StoredFile>,
    /// The region, if S3 was asked for it.
    pub(crate) region: Option<String>,
}

/// Opens a bucket and lists a folder in it.
pub(crate) async fn open(
    service: Service,
    bucket: &str,
    folder: &StorePath,
    access: &Access,
    transport: &Transport,
    earlier: &Earlier,
) -> Result<Opened, Failure> {
    let settings = Settings::find(service, bucket, access)?;
    let mut refusal = None;
    for identity in settings.identities(access) {
        if identity == Identity::Instance && !instance::is_cloud(access).await {
            break;
        }
        let tried = settings.open_as(identity, bucket, (folder, earlier), access, transport).await;
        match tried {
            Err(failure) if identity == Identity::Anonymous && is_refusal(&failure) => refusal = Some(failure),
            // The machine's own account is a last attempt, of which nobody needs to hear.
            Err(_) if identity == Identity::Instance => {}
            other => return other,
        }
    }
    Err(refusal.map_or(Failure::NotFound, |failure| explained(&failure, service)))
}

/// A bucket that cannot be reached now, for reading once it can.
pub(crate) fn unlisted(
    service: Service,
    bucket: &str,
    access: &Access,
    transport: &Transport,
) -> Result<Arc<dyn ObjectStore>, Failure> {
    let settings = Settings::find(service, bucket, access)?;
    let identity = settings.identities(access).into_iter().next().unwrap_or(Identity::Anonymous);
    let bucket = match &settings {
        Settings::S3(settings) => stores::s3(bucket, access, settings, (identity, None), transport),
        Settings::Google => stores::google(bucket, access, identity, transport),
        Settings::Azure(settings) => stores::azure(bucket, access, settings, identity, transport),
    };
    Ok(bucket?.store)
}

impl Settings {
    fn find(service: Service, bucket: &str, access: &Access) -> Result<Self, Failure> {
        Ok(match service {
            Service::S3 => Self::S3(aws::find(access)?),
            Service::Google => Self::Google,
            Service::Azure => Self::Azure(azure::find(access, bucket)?),
        })
    }

    /// The identities to try, in order.
    fn identities(&self, access: &Access) -> Vec<Identity> {
        let is_configured = match self {
            Self::S3(settings) => !matches!(settings.source, AwsSource::None),
            Self::Google => google::is_configured(access),
            Self::Azure(settings) => settings.is_configured(access),
        };
        if is_configured {
            return vec![Identity::Configured];
        }
        let login = matches!(self, Self::Azure(_)) && azure::has_login(access);
        let login = login.then_some(Identity::CommandLine);
        [Some(Identity::Anonymous), login, Some(Identity::Instance)].into_iter().flatten().collect()
    }

    async fn open_as(
        &self,
        identity: Identity,
        bucket: &str,
        (folder, earlier): (&StorePath, &Earlier),
        access: &Access,
        transport: &Transport,
    ) -> Result<Opened, Failure> {
        let list = async |bucket: Bucket, region: Option<String>| {
            let files = listing::of_bucket(&bucket, folder, &earlier.files).await?;
            Ok(Opened { store: bucket.store, files, region })
        };
        match self {
            Self::S3(settings) => {
                let store = |region: Option<&str>| stores::s3(bucket, access, settings, (identity, region), transport);
                let known = earlier.region.clone().filter(|_| settings.region.is_none());
                match list(store(known.as_deref())?, known).await {
                    Err(Failure::Region(region)) if settings.region.is_none() => {
                        list(store(Some(&region))?, Some(region)).await
                    }
                    other => other,
                }
            }
            Self::Google => list(stores::google(bucket, access, identity, transport)?, None).await,
            Self::Azure(settings) => list(stores::azure(bucket, access, settings, identity, transport)?, None).await,
        }
    }
}

/// Whether a service may answer so because it does not know who asks. Azure does not tell strangers
/// that a container exists, and has a conflict with them.
fn is_refusal(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Unauthenticated(_)
            | Failure::Refused(_)
            | Failure::Credentials(_)
            | Failure::NotFound
            | Failure::Status(400 | 409)
    )
}

/// The refusal of a request without a signature, with what a person can do.
fn explained(failure: &Failure, service: Service) -> Failure {
    let how = match service {
        Service::S3 => "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        Service::Google => "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS",
        Service::Azure => "run `az login`, or set AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
    };
    match failure {
        Failure::NotFound if service != Service::Azure => Failure::NotFound,
        Failure::NotFound => {
            Failure::Other(format!("not found, or not public: check the address; if it is right, {how}"))
        }
        _ => Failure::Other(format!("the bucket is not public, and no credentials were found; {how}")),
    }
}

//! Azurite's server of blobs.

use std::process::Command;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::azure::MicrosoftAzureBuilder;
use xtask::servers;

use crate::server::{Server, Shared, free_port};
use crate::store::Store;

/// The account and the key of every Azurite, as its documentation has them.
const ACCOUNT: &str = "devstoreaccount1";
pub const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Makes a container with a signed request, which the store's client cannot.
const MAKE_CONTAINER: &str = r"
const [account, key, port, name, more] = process.argv.slice(1);
const headers = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2021-10-04', ...JSON.parse(more) };
const signed = Object.keys(headers).sort().map(name => `${name}:${headers[name]}\n`).join('');
const text = 'PUT' + '\n'.repeat(12) + `${signed}/${account}/${account}/${name}\nrestype:container`;
const signature = require('crypto').createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
headers.authorization = `SharedKey ${account}:${signature}`;
const path = `/${account}/${name}?restype=container`;
require('http').request({ host: '127.0.0.1', port, path, method: 'PUT', headers }, answer => {
    process.exit(answer.statusCode === 201 ? 0 : 1);
}).end();
";

static SERVER: Shared = Shared::new();

fn start() -> Server {
    let port = free_port();
    let mut command = Command::new(servers::azurite().unwrap());
    command.args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()]);
    command.args(["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]);
    Server::start(command, port)
}

/// A new container on the shared server; `None` if the server is not installed. `is_public` lets
/// everybody list and read it.
pub fn container(name: &str, is_public: bool) -> Option<Store> {
    servers::or_skip("azurite-blob", servers::azurite())?;
    let server = SERVER.get(start);
    let more = if is_public { r#"{"x-ms-blob-public-access":"container"}"# } else { "{}" };
    let mut make = Command::new("node");
    make.args(["-e", MAKE_CONTAINER, ACCOUNT, KEY, &server.port.to_string(), name, more]);
    assert!(make.status().unwrap().success());
    let endpoint = format!("{}/{ACCOUNT}", server.url());
    let writer = MicrosoftAzureBuilder::new()
        .with_account(ACCOUNT)
        .with_access_key(KEY)
        .with_endpoint(endpoint.clone())
        .with_allow_http(true)
        .with_container_name(name)
        .build()
        .unwrap();
    let connection =
        format!("DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint};");
    let variables = [("AZURE_STORAGE_CONNECTION_STRING".to_owned(), connection)].into();
    Some(Store { server, address: format!("az://{name}"), variables, writer: Arc::new(writer) as Arc<dyn ObjectStore> })
}

impl Store {
    /// The same container without credentials.
    pub fn without_azure_key(mut self) -> Self {
        self.variables = [
            ("AZURE_STORAGE_ACCOUNT_NAME".to_owned(), ACCOUNT.to_owned()),
            ("AZURE_STORAGE_ENDPOINT".to_owned(), format!("{}/{ACCOUNT}", self.server.url())),
        ]
        .into();
        self
    }
}

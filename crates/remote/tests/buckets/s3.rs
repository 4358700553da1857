//! moto's server of S3.

use std::process::Command;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use xtask::servers;

use crate::server::{Server, Shared, free_port};
use crate::store::{Store, choose_cryptography};

static SERVER: Shared = Shared::new();

/// A server of its own; `None` if it is not installed.
pub fn start() -> Option<Server> {
    let program = servers::or_skip("moto_server", servers::moto())?;
    let port = free_port();
    let mut command = Command::new(program);
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    Some(Server::start(command, port))
}

/// A new bucket on the shared server; `None` if the server is not installed.
pub fn bucket(name: &str) -> Option<Store> {
    servers::or_skip("moto_server", servers::moto())?;
    let server = SERVER.get(|| start().unwrap());
    assert_eq!(server.send("PUT", &format!("/{name}"), "", ""), 200);
    Some(store(server, name))
}

/// A bucket on a server.
pub fn store(server: Arc<Server>, name: &str) -> Store {
    choose_cryptography();
    let variables = [
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "hidden-secret"),
        ("AWS_ENDPOINT_URL_S3", &server.url()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let writer = AmazonS3Builder::new()
        .with_endpoint(server.url())
        .with_allow_http(true)
        .with_access_key_id("key")
        .with_secret_access_key("hidden-secret")
        .with_bucket_name(name)
        .build()
        .unwrap();
    Store { server, address: format!("s3://{name}"), variables, writer: Arc::new(writer) as Arc<dyn ObjectStore> }
}

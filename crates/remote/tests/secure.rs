//! Encrypted connections and proxies, which the environment of a process sets up: each address is
//! opened by a process of its own.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tilejury_data::progress::NoProgress;
use tilejury_data::{Purpose, Storage as _};
use tilejury_remote::{Access, Address, open};
use tilejury_testkit::Set;
use tilejury_testkit::servers::certificates::make_certificates;
use tilejury_testkit::servers::nginx::Nginx;
use tilejury_testkit::servers::proxy::Proxy;
use tilejury_testkit::servers::{free_ports, skip};

const ADDRESS: &str = "TILEJURY_TEST_ADDRESS";
const FOLDER: &str = "TILEJURY_TEST_FOLDER";
/// A name that no name server knows.
const NAME: &str = "sets.invalid";

/// The work of the child processes: opens an address, reads a shard, and writes the outcome.
#[test]
fn child() {
    let (Some(address), Some(folder)) = (env::var_os(ADDRESS), env::var_os(FOLDER)) else { return };
    let (address, folder) = (address.into_string().unwrap(), PathBuf::from(folder));
    let opened = open(&address.parse::<Address>().unwrap(), &Access::anonymous(folder.join("cache")), &NoProgress);
    let outcome = opened.map_err(|error| error.to_string()).and_then(|opened| {
        let shard = opened.set.file("image_shards/shard_000.tar").unwrap().clone();
        let mut bytes = Vec::new();
        let read = opened.set.read(&shard, 0..600, Purpose::Index, &mut bytes);
        read.map(|()| format!("{} rows, {} bytes", opened.dataset.indices().count(), bytes.len()))
            .map_err(|error| error.to_string())
    });
    fs::write(folder.join("outcome"), outcome.unwrap_or_else(|error| error)).unwrap();
}

/// A dataset on a web server, plain and encrypted, with a certificate of an own authority.
struct Served {
    dir: TempDir,
    ports: [u16; 2],
    _nginx: Nginx,
}

impl Served {
    fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let set = Set::plain(3, 2).write(&dir.path().join("files/set"));
        let ports = free_ports();
        let [plain, encrypted] = ports;
        if !make_certificates(dir.path(), &[&format!("DNS:{NAME}")]) {
            skip("there is no openssl");
            return None;
        }
        let (files, keys) = (set.parent().unwrap().display(), dir.path().display());
        let http = format!(
            "server {{ listen 127.0.0.1:{plain}; listen 127.0.0.1:{encrypted} ssl; root {files}; autoindex on;
ssl_certificate {keys}/server.pem; ssl_certificate_key {keys}/server.key; }}"
        );
        let nginx = Nginx::start(&dir.path().join("nginx"), plain, &http)?;
        Some(Self { dir, ports, _nginx: nginx })
    }

    /// The outcome at an address for a process with these variables.
    fn outcome(&self, address: &str, variables: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir_in(self.dir.path()).unwrap();
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "child"]).env(ADDRESS, address).env(FOLDER, folder.path());
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.envs(variables.iter().copied()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(command.status().unwrap().success());
        fs::read_to_string(folder.path().join("outcome")).unwrap()
    }

    fn authority(&self) -> String {
        self.dir.path().join("authority.pem").to_str().unwrap().to_owned()
    }
}

#[test]
fn an_own_authority_is_trusted_if_it_is_named() {
    let Some(served) = Served::start() else { return };
    let address = format!("https://127.0.0.1:{}/set", served.ports[1]);
    let named = served.authority();
    assert_eq!(served.outcome(&address, &[("SSL_CERT_FILE", &named)]), "3 rows, 600 bytes");
    let message = served.outcome(&address, &[]);
    assert!(
        message.contains("the server's certificate is not trusted") && message.contains("SSL_CERT_FILE"),
        "{message}"
    );
}

#[test]
fn a_proxy_is_used_for_plain_and_encrypted_addresses() {
    let Some(served) = Served::start() else { return };
    let proxy = Proxy::start(served.ports[0], served.ports[1]);
    let (url, named) = (proxy.url(), served.authority());
    let variables = [("HTTP_PROXY", &*url), ("HTTPS_PROXY", &*url), ("SSL_CERT_FILE", &*named)];
    assert_eq!(served.outcome(&format!("http://{NAME}/set"), &variables), "3 rows, 600 bytes");
    assert_eq!(served.outcome(&format!("https://{NAME}/set"), &variables), "3 rows, 600 bytes");
    let asked = proxy.asked();
    // Only requests that began a connection are listed: whether a GET is among them is chance.
    assert!(asked.iter().any(|line| line.contains(&format!(" http://{NAME}/set/"))), "{asked:#?}");
    assert!(asked.contains(&format!("CONNECT {NAME}:443 HTTP/1.1")), "{asked:#?}");
    // Hosts that are excluded are asked directly, and nobody knows this one.
    let mut variables = variables.to_vec();
    variables.push(("NO_PROXY", NAME));
    let message = served.outcome(&format!("http://{NAME}/set"), &variables);
    assert!(message.contains("no connection"), "{message}");
}

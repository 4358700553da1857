//! Keys and signed addresses: no message, no log line and no redirect has them, whatever fails.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod served;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use served::Served;
use tilejury_data::progress::NoProgress;
use tilejury_remote::{Access, Address, open};

const SECRET: &str = "hidden-secret";
const TOKEN: &str = "hidden-token";

/// Everything that was logged by this process, by the `log` crate or for it.
static LOGGED: Mutex<String> = Mutex::new(String::new());

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
        logged.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// Access to S3 and to Azure at a server, by keys and by a signature in the address.
fn accesses(access: &Access, server: &str) -> [(&'static str, Access); 2] {
    let with = |variables: &[(&str, &str)]| {
        let mut access = access.clone();
        access.variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        access
    };
    let s3 = [
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", TOKEN),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT", server),
        ("AWS_ALLOW_HTTP", "true"),
    ];
    let sas = format!("sv=2024-11-04&sp=rl&sig={SECRET}");
    let azure = [
        ("AZURE_STORAGE_ACCOUNT_NAME", "account"),
        ("AZURE_STORAGE_SAS_TOKEN", &*sas),
        ("AZURE_STORAGE_ENDPOINT", server),
        ("AZURE_ALLOW_HTTP", "true"),
    ];
    [("s3://bucket/set", with(&s3)), ("az://container/set", with(&azure))]
}

fn failure(address: &str, access: &Access) -> String {
    let error = open(&address.parse::<Address>().unwrap(), access, &NoProgress).unwrap_err();
    format!("{error}\n{error:?}\n")
}

#[test]
fn signed_addresses_are_in_no_message_and_no_log_line() {
    log::set_logger(&Log).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let Some(mut served) = Served::start() else { return };
    let mut texts = String::new();
    for (address, access) in accesses(&served.access, &served.hub.web()) {
        for fault in [
            "status=503&status_times=99&body=busy",
            "status=403&status_times=99&body=<Code>AccessDenied</Code>",
            "status=400&status_times=99",
            "page_for_all=<html>login</html>&page_times=99",
        ] {
            served.hub.set(fault);
            texts += &failure(address, &access);
            let seen = served.hub.seen().concat();
            assert!(seen.contains("sig=") || seen.contains("AWS4-HMAC"), "the requests are signed: {seen}");
            served.hub.clear();
        }
    }
    served.hub.stop();
    for (address, access) in accesses(&served.access, &served.hub.web()) {
        texts += &failure(address, &access);
        texts += &format!("{access:?}");
    }
    let logged = LOGGED.lock().unwrap();
    for secret in [SECRET, TOKEN, "sig=", "X-Amz-Signature"] {
        assert!(!texts.contains(secret), "{secret}: {texts}");
        assert!(!logged.contains(secret), "{secret}: {logged}");
    }
    assert!(texts.lines().count() > 15, "{texts}");
}

/// A server that gives each request the same answer, and the heads of the requests.
fn answering(answer: String) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, heads) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let _ = sender.send(head.join("\n").to_lowercase());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, heads)
}

#[test]
fn a_redirect_to_another_host_gets_no_credentials() {
    let dir = tempfile::tempdir().unwrap();
    let access = Access::anonymous(dir.path().join("cache"));
    let end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    let (other, at_other) = answering(format!("HTTP/1.1 404 Not Found\r\n{end}"));
    let (url, at_first) = answering(format!("HTTP/1.1 307 Moved\r\nLocation: {other}/elsewhere\r\n{end}"));
    for (address, access) in accesses(&access, &url) {
        failure(address, &access);
        let (first, other): (Vec<String>, Vec<String>) = (at_first.try_iter().collect(), at_other.try_iter().collect());
        let has_secret = |head: &String| {
            [SECRET, TOKEN, "authorization", "x-amz-", "x-ms-", "sig="].iter().any(|name| head.contains(name))
        };
        assert!(!first.is_empty() && first.iter().all(has_secret), "{address}: {first:#?}");
        assert!(!other.is_empty() && !other.iter().any(has_secret), "{address}: {other:#?}");
    }
}

//! `tilejury serve` as people use it: one machine has the set, others judge it through the address
//! that the server prints, and their judgements meet there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tilejury_testkit::Set;
use tilejury_testkit::servers::certificates::make_certificates;
use tilejury_testkit::servers::keyring::Keyring;
use tilejury_tests::{Fixture, Run};

/// A running server.
struct Server {
    child: Child,
    /// The address that it printed, with the token.
    address: String,
    /// Everything that it printed.
    printed: String,
}

impl Server {
    /// Starts `tilejury serve set` with further arguments, on a free port.
    fn start(fixture: &Fixture, arguments: &[&str]) -> Self {
        let mut command = fixture.command(&["serve", "set"]);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut printed = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let address = loop {
            let mut line = String::new();
            if lines.read_line(&mut line).unwrap() == 0 {
                let _ = child.stderr.take().unwrap().read_to_string(&mut printed);
                panic!("the server did not start: {printed}");
            }
            printed.push_str(&line);
            if let Some(address) = line.trim().strip_prefix("open: tilejury '") {
                break address.trim_end_matches('\'').to_owned();
            }
        };
        Self { child, address, printed }
    }

    /// The address without the token.
    fn plain(&self) -> &str {
        self.address.split_once('#').unwrap().0
    }

    fn host(&self) -> &str {
        self.address.strip_prefix("http://").unwrap().split('/').next().unwrap()
    }

    fn token(&self) -> &str {
        self.address.split_once("#token=").unwrap().1
    }

    /// Ends the server as `Ctrl+C` does. Returns its exit code and its messages.
    fn end(mut self) -> (Option<i32>, String) {
        let ended = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(ended.success());
        let status = self.child.wait().unwrap();
        let mut messages = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
        (status.code(), messages)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn fixture() -> Fixture {
    Fixture::with(&Set::plain(6, 3))
}

/// Runs a command as another person, who has a home of their own.
fn as_person(fixture: &Fixture, person: &str, arguments: &[&str]) -> Run {
    let mut command = fixture.command(arguments);
    for (name, folder) in [("CONFIG", "config"), ("DATA", "data"), ("CACHE", "cache"), ("STATE", "state")] {
        command.env(format!("XDG_{name}_HOME"), fixture.path(&format!("{person}/{folder}")));
    }
    for name in ["TILEJURY_CACHE", "TILEJURY_TOKEN"] {
        command.env_remove(name);
    }
    Run::from(command.output().unwrap())
}

fn judge(fixture: &Fixture, person: &str, address: &str, lines: &[usize]) {
    let line = |line: &usize| format!("{{\"split\":\"train\",\"line\":{line},\"verdict\":\"reject\"}}\n");
    fixture.write(&format!("{person}.jsonl"), &lines.iter().map(line).collect::<String>());
    let from = format!("{person}.jsonl");
    as_person(fixture, person, &["judge", address, "--from", &from, "--annotator", person]).expect(0);
}

fn judged(fixture: &Fixture, person: &str, address: &str) -> usize {
    as_person(fixture, person, &["judgements", address]).expect(0).json().len()
}

#[test]
fn a_served_set_gives_the_same_answers() {
    let fixture = fixture();
    let server = Server::start(&fixture, &[]);
    assert!(server.printed.contains("read only") && server.printed.contains("ssh -N -L"), "{}", server.printed);
    for arguments in
        [vec!["check", "--json"], vec!["rank", "--json", "--no-pixels"], vec!["rank", "--json", "--download"]]
    {
        let of = |set: &str| {
            let mut all = vec![arguments[0], set];
            all.extend(arguments[1..].iter().filter(|word| set != "set" || **word != "--download"));
            let run = as_person(&fixture, "ada", &all);
            (run.code, run.out.replace(server.plain(), "SET"))
        };
        let (here, there) = (of("set"), of(&server.address));
        assert_eq!(here.1, there.1, "{arguments:?}");
        assert_eq!(here.0, there.0);
    }
    // The token is in nothing that was kept, the log included.
    assert!(!holds(&fixture.path("ada"), server.token()));
    assert!(!holds(&fixture.path("home"), server.token()));
    let (code, messages) = server.end();
    assert_eq!(code, Some(0), "{messages}");
}

/// Whether any file below a folder has a text in it.
fn holds(folder: &Path, text: &str) -> bool {
    let (mut folders, mut files) = (vec![folder.to_owned()], 0);
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            files += 1;
            if std::fs::read(entry.path()).unwrap().windows(text.len()).any(|part| part == text.as_bytes()) {
                return true;
            }
        }
    }
    assert!(files > 0);
    false
}

#[test]
fn judgements_of_several_people_meet_at_the_server() {
    let fixture = fixture();
    let server = Server::start(&fixture, &["--judgements", "kept"]);
    judge(&fixture, "ada", &server.address, &[1, 2]);
    judge(&fixture, "bo", &server.address, &[3]);
    // Without --with, the server of the set is meant.
    let sync = |person: &str| as_person(&fixture, person, &["sync", &server.address]).expect(0).out;
    let first = sync("ada");
    assert!(first.contains("sent 2 changes") && first.contains(server.plain()), "{first}");
    assert!(!first.contains(server.token()), "{first}");
    let second = sync("bo");
    assert!(second.contains("sent 1 change, received 2"), "{second}");
    assert!(sync("ada").contains("sent 0 changes, received 1"));
    assert_eq!([judged(&fixture, "ada", &server.address), judged(&fixture, "bo", &server.address)], [3, 3]);
    // People at the server's own disk use the same folder.
    let local = as_person(&fixture, "cy", &["sync", "set", "--sidecar", "cy.sqlite", "--with", "kept"]).expect(0);
    assert!(local.out.contains("received 3"), "{}", local.out);
}

#[test]
fn a_place_that_is_none_is_refused_with_its_reason() {
    let fixture = fixture();
    let server = Server::start(&fixture, &[]);
    fixture.write("file/x", "");
    let with = |place: &str, code: i32| fixture.run(&["sync", "set", "--with", place]).expect(code).err;
    assert!(
        with("missing", 1)
            .contains("missing: there is no such folder; connect the disk that it is on, or make it first")
    );
    assert!(with("file/x", 1).contains("file/x: is a file; name a folder"));
    assert!(with("file/x/y", 1).contains("file/x/y: Not a directory"), "not that it is missing");
    for nothing in ["", " "] {
        assert!(with(nothing, 1).contains("tilejury: no folder is named"));
    }
    let without_tls = with(&server.address.replace("http://", "https://"), 2);
    assert!(without_tls.contains("answers without encryption; if that is intended, begin the address with http://"));
    let other = with(&format!("http://{}/other#token={}", server.host(), server.token()), 2);
    assert!(other.contains("not found (404)") && !other.contains(server.token()), "{other}");
}

#[test]
fn a_killed_server_loses_nothing() {
    let fixture = fixture();
    let options = ["--judgements", "kept", "--token-file", "token"];
    let mut server = Server::start(&fixture, &options);
    let (address, host) = (server.address.clone(), server.host().to_owned());
    judge(&fixture, "ada", &address, &[1, 2]);
    as_person(&fixture, "ada", &["sync", &address]).expect(0);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    // Judging goes on with what is here; the exchange says why it does not.
    judge(&fixture, "ada", &address, &[3]);
    let failed = as_person(&fixture, "ada", &["sync", &address]).expect(2);
    assert!(failed.err.contains("no connection") && failed.err.contains("nothing is lost"), "{}", failed.err);
    // The token is that of the file, so the address stays the same.
    let mut again = vec!["--listen", &host];
    again.extend(options);
    let server = Server::start(&fixture, &again);
    assert_eq!(server.address, address);
    as_person(&fixture, "ada", &["sync", &address]).expect(0);
    as_person(&fixture, "bo", &["sync", &address]).expect(0);
    assert_eq!(judged(&fixture, "bo", &address), 3);
}

#[test]
fn a_token_in_the_environment_is_enough() {
    let fixture = fixture();
    let server = Server::start(&fixture, &[]);
    let stats = |token: Option<&str>| {
        let mut command = fixture.command(&["stats", server.plain(), "--json"]);
        command.env_remove("TILEJURY_TOKEN").env("XDG_CACHE_HOME", fixture.path(token.unwrap_or("none")));
        command.envs(token.map(|token| ("TILEJURY_TOKEN", token)));
        Run::from(command.output().unwrap())
    };
    let refused = stats(None).expect(2);
    assert!(
        refused.err.contains("wants credentials (401)") && refused.err.contains("TILEJURY_TOKEN"),
        "{}",
        refused.err
    );
    stats(Some("0123456789abcdef01234567")).expect(2);
    assert_eq!(stats(Some(server.token())).expect(0).json()[0]["splits"]["train"]["rows"], 6);
}

#[test]
fn a_token_in_the_keyring_is_for_one_server() {
    let fixture = fixture();
    let Some(keyring) = Keyring::start(fixture.dir.path()) else { return };
    let server = Server::start(&fixture, &["--judgements", "kept"]);
    let run = |arguments: &[&str], typed: &str| {
        let mut command = fixture.command(arguments);
        command.envs([keyring.variable()]).env_remove("TILEJURY_TOKEN").env_remove("TILEJURY_API_KEY");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        Run::from(child.wait_with_output().unwrap())
    };
    let stats = ["stats", server.plain(), "--json"];
    let sync = ["sync", "set", "--sidecar", "own.sqlite", "--with", server.plain()];
    assert!(run(&stats, "").expect(2).err.contains("wants credentials (401)"));
    assert!(run(&sync, "").expect(2).err.contains("401"));
    let key = format!("http://{}", server.host());
    let kept = run(&["key", &key, "--save"], &format!("{}\n", server.token())).expect(0);
    assert!(kept.err.contains(server.host()) && !kept.err.contains(server.token()), "{}", kept.err);
    assert_eq!(run(&stats, "").expect(0).json()[0]["splits"]["train"]["rows"], 6);
    // Also somebody with an own copy finds it, who never opened the set at the server.
    run(&sync, "").expect(0);
    assert!(!holds(&fixture.path("home"), server.token()));
    // Another server on the same machine is not shown the token.
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let listening = std::thread::spawn(move || {
        let mut all = String::new();
        for stream in other.incoming() {
            let mut stream = stream.unwrap();
            let (mut asked, mut lines) = (String::new(), BufReader::new(stream.try_clone().unwrap()));
            while !asked.ends_with("\r\n\r\n") && lines.read_line(&mut asked).unwrap_or(0) > 0 {}
            if asked.is_empty() {
                break;
            }
            all.push_str(&asked);
            let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        all
    });
    run(&["stats", &format!("http://127.0.0.1:{port}/set"), "--json"], "").expect(2);
    // A connection without a request ends it.
    drop(TcpStream::connect(("127.0.0.1", port)).unwrap());
    let asked = listening.join().unwrap();
    assert!(asked.starts_with("GET ") && !asked.contains(server.token()), "{asked}");
    run(&["key", &key, "--forget"], "").expect(0);
    run(&stats, "").expect(2);
}

#[test]
fn what_must_not_be_served_is_refused_with_words() {
    let fixture = fixture();
    let refused = |arguments: &[&str], words: &str| {
        let run = fixture.run(&[&["serve"], arguments].concat());
        assert_eq!(run.code, 2, "{}{}", run.out, run.err);
        assert!(run.err.contains(words), "{}", run.err);
    };
    refused(&["set", "--listen", "0.0.0.0:0"], "without TLS everybody on the way can read the token");
    refused(&["set", "--listen", "nowhere"], "is not an address such as 127.0.0.1:7878");
    refused(&["missing", "--listen", "127.0.0.1:0"], "missing");
    refused(&["set", "--tls-cert", "a.pem"], "--tls-key");
    refused(&["set", "--tls-cert", "a.pem", "--tls-key", "b.pem", "--listen", "127.0.0.1:0"], "a.pem");
    refused(&["set", "--rate", "0"], "is not from 1 to 1000000");
    fixture.write("short", "secret");
    refused(&["set", "--token-file", "short", "--listen", "127.0.0.1:0"], "a token has 24 to 256 characters");
    fixture.write("a-file", "");
    let listen = ["--listen", "127.0.0.1:0"];
    let kept_in = |folder| [&["set", "--judgements", folder], &listen[..]].concat();
    refused(&kept_in("a-file"), "a-file: judgements cannot be kept there: is a file; name a folder");
    // What could not be written once people have judged is noticed at the start.
    fixture.write("taken/judgements", "");
    refused(&kept_in("taken"), "taken: judgements cannot be kept there: ");
    refused(&["http://host/set#token=secret"], "http://host/set#…: only a dataset on this machine can be served");
    let server = Server::start(&fixture, &[]);
    refused(&["set", "--listen", server.host()], "is in use");
}

#[cfg(unix)]
#[test]
fn a_new_token_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = fixture();
    let server = Server::start(&fixture, &["--token-file", "token"]);
    assert_eq!(fixture.read("token").trim(), server.token());
    let mode = std::fs::metadata(fixture.path("token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(server);
    std::fs::set_permissions(fixture.path("token"), PermissionsExt::from_mode(0o644)).unwrap();
    let (_, messages) = Server::start(&fixture, &["--token-file", "token"]).end();
    assert!(messages.contains("can be read by other users"), "{messages}");
}

#[test]
fn a_folder_that_fails_leaves_the_judgements_here() {
    let fixture = fixture();
    let server = Server::start(&fixture, &["--judgements", "kept"]);
    judge(&fixture, "ada", &server.address, &[1]);
    // The place of the folder is taken: it cannot be made.
    fixture.write("kept/judgements", "");
    let failed = as_person(&fixture, "ada", &["sync", &server.address]).expect(2);
    assert!(failed.err.contains("the server's folder of judgements failed"), "{}", failed.err);
    std::fs::remove_file(fixture.path("kept/judgements")).unwrap();
    let sent = as_person(&fixture, "ada", &["sync", &server.address]).expect(0);
    assert!(sent.out.contains("sent 1 change"), "{}", sent.out);
    let names: Vec<String> = fixture
        .path("kept/judgements")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

/// Sends a request with the token, and returns its answer.
fn ask(server: &Server, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.host()).unwrap();
    let length = body.len();
    let token = server.token();
    let head = format!(
        "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn only_judgements_are_taken_and_none_is_removed() {
    let fixture = fixture();
    let server = Server::start(&fixture, &["--judgements", "kept"]);
    judge(&fixture, "ada", &server.address, &[1]);
    as_person(&fixture, "ada", &["sync", &server.address]).expect(0);
    let folder = fixture.path("kept/judgements");
    let names = || -> Vec<String> {
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let [name] = &names()[..] else { panic!("{:?}", names()) };
    let content = std::fs::read(folder.join(name)).unwrap();
    let put = |name: &str, content: &[u8]| ask(&server, &format!("PUT /.tilejury/judgements/{name}"), content);
    assert!(put(name, &content).contains(" 204 "), "the same file again");
    let changed = String::from_utf8(content.clone()).unwrap().replace("reject", "accept");
    let refused = put(name, changed.as_bytes());
    assert!(refused.contains(" 409 ") && refused.contains("its content is not that of its name"), "{refused}");
    for wrong in ["x.jsonl", "x", "..%2fx.jsonl", "%2e%2e%2f%2e%2e%2fset%2ftrain.jsonl", "train.jsonl"] {
        let refused = put(wrong, &content);
        assert!(refused.contains(" 409 ") && refused.contains("its name is not one of judgements"), "{refused}");
    }
    let kept = ask(&server, &format!("DELETE /.tilejury/judgements/{name}"), b"");
    assert!(kept.contains(" 409 ") && kept.contains("no other file holds all changes"), "{kept}");
    assert_eq!(names(), std::slice::from_ref(name));
    assert_eq!(std::fs::read(folder.join(name)).unwrap(), content);
}

#[test]
fn an_encrypted_server_is_trusted_by_its_authority() {
    let fixture = fixture();
    if !make_certificates(fixture.dir.path(), &[]) {
        tilejury_testkit::servers::skip("there is no openssl");
        return;
    }
    let server = Server::start(&fixture, &["--tls-cert", "server.pem", "--tls-key", "server.key"]);
    assert!(server.address.starts_with("https://127.0.0.1:"), "{}", server.address);
    let stats = |authority: Option<&str>| {
        let mut command = fixture.command(&["stats", &server.address, "--json"]);
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        command.envs(authority.map(|file| ("SSL_CERT_FILE", fixture.path(file))));
        Run::from(command.output().unwrap())
    };
    let refused = stats(None).expect(2);
    assert!(refused.err.contains("the server's certificate is not trusted"), "{}", refused.err);
    assert_eq!(stats(Some("authority.pem")).expect(0).json()[0]["splits"]["train"]["rows"], 6);
    // One that speaks no TLS gets nothing.
    let mut stream = TcpStream::connect(server.address.split('/').nth(2).unwrap()).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
}

//! Commands on a dataset at an address: they do what they do on this machine, and large downloads
//! ask first.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::path::Path;
use std::process::{Command, Output};

use tilejury_bench::remote::FileServer;
use tilejury_testkit::Set;

/// A served dataset, and a home for the program.
struct Served {
    dir: tempfile::TempDir,
    server: FileServer,
}

impl Served {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Set::plain(6, 3).write(&dir.path().join("there/set"));
        let server = FileServer::start(&dir.path().join("there"), "set").unwrap();
        Self { dir, server }
    }

    fn address(&self) -> String {
        format!("http://{}/set", self.server.address())
    }

    fn command(&self, args: &[&str]) -> Command {
        let home = self.dir.path().join("home");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tilejury"));
        command.env_remove("TILEJURY_CACHE").env("HOME", &home).args(args);
        for folder in ["CONFIG", "DATA", "CACHE", "STATE"] {
            command.env(format!("XDG_{folder}_HOME"), home.join(folder));
        }
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that must succeed; returns its standard output.
    fn succeed(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The bytes of tiles that were sent since the last call.
    fn bytes_of_shards(&self) -> u64 {
        let served = self.server.take_served();
        let of_shards = served.iter().filter(|served| Path::new(&served.path).extension().is_some_and(|e| e == "tar"));
        of_shards.map(|served| served.range.end - served.range.start).sum()
    }
}

#[test]
fn large_downloads_ask_first() {
    let served = Served::new();
    let (address, out) = (served.address(), served.dir.path().join("out"));
    let out = out.to_str().unwrap();
    let commands: [&[&str]; 6] = [
        &["check", &address, "--decode"],
        &["rank", &address],
        &["scoreboard", &address],
        &["export", &address, out],
        &["export", &address, out, "--copies", "trust", "--images", "extract"],
        &["export", &address, out, "--copies", "trust", "--format", "parquet"],
    ];
    for command in commands {
        let output = served.run(command);
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {words}");
        assert!(words.contains(" tiles, about ") && words.contains("add --download to download them"), "{words}");
        assert!(!Path::new(out).exists());
    }
    assert_eq!(served.bytes_of_shards(), 0, "nothing was downloaded");
    served.succeed(&["check", &address, "--decode", "--download"]);
    assert!(served.bytes_of_shards() > 0);
    // Everything is in the cache now, so there is nothing to ask.
    served.succeed(&["rank", &address]);
    served.succeed(&["export", &address, out, "--images", "extract"]);
    assert!(Path::new(out).join("images").is_dir());
}

#[test]
fn commands_without_pictures_need_no_consent() {
    let served = Served::new();
    let (address, out) = (served.address(), served.dir.path().join("out"));
    let out = out.to_str().unwrap();
    let local = served.dir.path().join("there/set");
    let local = local.to_str().unwrap();
    for args in [["rank", "--no-pixels"], ["scoreboard", "--no-pixels"], ["stats", "--json"], ["judgements", "--json"]]
    {
        assert_eq!(
            served.succeed(&[args[0], &address, args[1]]),
            served.succeed(&[args[0], local, args[1]]),
            "{args:?}"
        );
    }
    served.succeed(&["export", &address, out, "--copies", "trust", "--tiles", "trust"]);
    assert_eq!(served.bytes_of_shards(), 0);
    served.succeed(&["verify-export", out]);
    // Whatever the options of the export were, this looks for copies.
    assert_eq!(served.run(&["verify-export", out, "--dataset", &address]).status.code(), Some(2));
    assert_eq!(served.bytes_of_shards(), 0);
    served.succeed(&["verify-export", out, "--dataset", &address, "--download"]);
    served.succeed(&["verify-export", out, "--dataset", local]);
}

#[test]
fn a_path_that_looks_like_a_repository_is_told_both_ways() {
    let served = Served::new();
    // Nothing listens there.
    let run = |dataset: &str| {
        let mut command = served.command(&["stats", dataset]);
        let output = command.env("HF_ENDPOINT", "http://127.0.0.1:9").current_dir(served.dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let words = run("there/sett");
    for part in [
        "no connection",
        "There is no folder there/sett here, so it was taken for a dataset of the Hub",
        "write ./there/sett for a folder",
        "hf://datasets/there/sett for a dataset",
    ] {
        assert!(words.contains(part), "{words}");
    }
    let words = run("hf://datasets/there/sett");
    assert!(words.contains("no connection") && !words.contains("no folder"), "{words}");
    let words = run("./there/sett");
    assert!(!words.contains("no connection") && words.contains("there/sett"), "{words}");
}

#[test]
fn links_and_benchmarks_of_this_machine_are_refused() {
    let served = Served::new();
    let (address, out) = (served.address(), served.dir.path().join("out"));
    let args = ["export", &address, out.to_str().unwrap(), "--copies", "trust", "--images", "link"];
    let output = served.run(&args);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && words.contains("a file cannot link to another machine"), "{words}");
    let output = served.run(&["bench", &address]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && words.contains("tilejury bench remote"), "{words}");
}

#[test]
fn the_signature_in_an_address_is_in_no_message_and_no_log() {
    let served = Served::new();
    let log = served.dir.path().join("home/STATE/tilejury/tilejury.log");
    for address in [
        format!("{}?sv=2024-11-04&sig=hidden-secret", served.address()),
        "https://name:hidden-secret@host/set".to_owned(),
        "az://container@account/set?sig=hidden-secret".to_owned(),
        "s3://key:hidden-secret@bucket/set".to_owned(),
        "s3://bucket/set?X-Amz-Signature=hidden-secret".to_owned(),
        "az://container@account:hidden-secret/set".to_owned(),
    ] {
        for command in ["stats", "bench"] {
            let output = served.run(&[command, &address]);
            let (words, logged) = (String::from_utf8(output.stderr).unwrap(), std::fs::read_to_string(&log).unwrap());
            assert_eq!(output.status.code(), Some(2), "{words}");
            assert!(words.contains("has a ") || words.contains("bench remote"), "{words}");
            assert!(logged.contains(&format!("{command:?} \"")), "the command is in the log: {logged}");
            assert!(!words.contains("hidden-secret") && !logged.contains("hidden-secret"), "{words}{logged}");
        }
    }
}

//! The installer of the tarball: it installs, replaces an older version, and removes exactly what
//! it installed.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed set-up is a failed test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tilejury_tests::Run;

/// An unpacked tarball with a small script as the program, and a folder to install into.
struct Unpacked {
    folder: tempfile::TempDir,
}

impl Unpacked {
    fn new() -> Self {
        let unpacked = Self { folder: tempfile::tempdir().unwrap() };
        unpacked.put("bin/tilejury", "#!/bin/sh\necho one\n");
        unpacked.put("share/doc/tilejury/old.txt", "old");
        for (name, from) in [
            ("install.sh", "assets/install/install.sh"),
            ("share/applications/tilejury.desktop", "assets/desktop/tilejury.desktop"),
        ] {
            unpacked.put(name, &fs::read_to_string(xtask::root().join(from)).unwrap());
        }
        for name in ["bin/tilejury", "install.sh"] {
            fs::set_permissions(unpacked.path(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        unpacked
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("unpacked").join(name)
    }

    fn put(&self, name: &str, text: &str) {
        tilejury_testkit::set::put(&self.path(name), text.as_bytes());
    }

    /// A prefix with a space, as folders of people have.
    fn prefix(&self) -> PathBuf {
        self.folder.path().join("my programs")
    }

    fn install(&self, prefix: &Path, arguments: &[&str]) -> Run {
        let mut install = Command::new(self.path("install.sh"));
        Run::from(install.arg("--prefix").arg(prefix).args(arguments).output().unwrap())
    }
}

#[test]
fn the_installer_replaces_an_older_version_and_removes_it() {
    let unpacked = Unpacked::new();
    let prefix = unpacked.prefix();
    unpacked.install(&prefix, &[]).expect(0);
    let entry = fs::read_to_string(prefix.join("share/applications/tilejury.desktop")).unwrap();
    let program = prefix.join("bin/tilejury");
    assert!(entry.contains(&format!("\nExec=\"{}\" %f\n", program.display())), "{entry}");
    assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);

    fs::rename(unpacked.path("share/doc/tilejury/old.txt"), unpacked.path("share/doc/tilejury/new.txt")).unwrap();
    unpacked.put("bin/tilejury", "#!/bin/sh\necho two\n");
    unpacked.install(&prefix, &[]).expect(0);
    assert_eq!(Command::new(&program).output().unwrap().stdout, b"two\n");
    assert!(!prefix.join("share/doc/tilejury/old.txt").exists() && prefix.join("share/doc/tilejury/new.txt").exists());

    fs::write(prefix.join("share/doc/mine.txt"), "not the installer's").unwrap();
    unpacked.install(&prefix, &["--uninstall"]).expect(0);
    assert!(prefix.join("share/doc/mine.txt").exists());
    assert!(!prefix.join("bin").exists() && !prefix.join("share/tilejury").exists(), "folders are left");
    assert!(!prefix.join("share/doc/tilejury").exists(), "a folder is left");
    assert!(unpacked.install(&prefix, &["--uninstall"]).expect(1).err.contains("nothing is installed"));
}

#[test]
fn the_installer_refuses_bad_prefixes_and_damaged_lists() {
    let unpacked = Unpacked::new();
    for name in ["a$b", "a\"b", "a\\b", "a`b", "a|b", "a&b", "a%b"] {
        let prefix = unpacked.folder.path().join(name);
        assert!(unpacked.install(&prefix, &[]).expect(1).err.contains("cannot hold"), "{name}");
        assert!(!prefix.exists());
    }
    let prefix = unpacked.prefix();
    unpacked.install(&prefix, &[]).expect(0);
    let outside = unpacked.folder.path().join("outside.txt");
    fs::write(&outside, "kept").unwrap();
    fs::write(prefix.join("share/tilejury/installed.txt"), "file ../outside.txt\n").unwrap();
    for arguments in [[].as_slice(), &["--uninstall"]] {
        assert!(unpacked.install(&prefix, arguments).expect(1).err.contains("damaged"));
        assert!(outside.exists());
    }
}

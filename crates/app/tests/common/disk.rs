//! Disks that are small, full or read-only, and people who may not do everything: real ones, since what a system says of
//! them cannot be made up.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Says to a copy of this test that it has what it needs.
const PREPARED: &str = "TILEJURY_TEST_PREPARED";
/// `nobody`.
const ORDINARY: u32 = 65_534;

/// A disk of its own, mounted on a folder. Dropping it unmounts it.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of so many kilobytes.
    pub(crate) fn mount(folder: &Path, kilobytes: u32) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        assert!(mount(&["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "tmpfs"], folder), "a disk of its own");
        Self(folder.to_owned())
    }

    /// From now on nothing can be written on it.
    pub(crate) fn make_read_only(&self) {
        assert!(mount(&["-o", "remount,ro"], &self.0), "the disk becomes read-only");
    }

    /// Writes a file until there is no room left.
    pub(crate) fn fill(&self) -> PathBuf {
        use std::io::Write as _;
        let file = self.0.join("ballast");
        let mut ballast = std::fs::File::create(&file).unwrap();
        while ballast.write_all(&[7; 1024]).is_ok() {}
        while ballast.write_all(&[7]).is_ok() {}
        file
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn mount(arguments: &[&str], folder: &Path) -> bool {
    Command::new("mount").args(arguments).arg(folder).status().is_ok_and(|status| status.success())
}

/// May this test mount disks? Where it may not as it is, it is run again in a room with mounts of its own, and here there is
/// nothing left to do. Where the system forbids that, too, it says so.
pub(crate) fn can_mount(test: &str) -> bool {
    let probe = tempfile::tempdir().unwrap();
    if mount(&["-t", "tmpfs", "-o", "size=16k", "tmpfs"], probe.path()) {
        let _ = Command::new("umount").arg(probe.path()).status();
        return true;
    }
    let has_room = Command::new("unshare").args(["-Urm", "true"]).status().is_ok_and(|status| status.success());
    if !has_room || std::env::var_os(PREPARED).is_some() {
        println!("skipped: {test}: this system lets nobody but its administrator mount a disk");
        return false;
    }
    let mut again = Command::new("unshare");
    again.args(["-Urm"]).arg(std::env::current_exe().unwrap()).args(["--exact", test]).env(PREPARED, "1");
    assert!(again.status().unwrap().success(), "{test}, run again with mounts of its own");
    false
}

/// Is this test run by somebody to whom permissions mean something? The administrator runs it again as an ordinary person,
/// and here there is nothing left to do.
pub(crate) fn is_ordinary(test: &str) -> bool {
    let probe = tempfile::tempdir().unwrap();
    let locked = probe.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    chmod(&locked, 0o000);
    let obeys = locked.read_dir().is_err();
    chmod(&locked, 0o700);
    if obeys {
        return true;
    }
    assert!(std::env::var_os(PREPARED).is_none(), "{test} is run by nobody, who can do everything");
    // The test's own program may lie where only its owner can go.
    let room = tempfile::tempdir().unwrap();
    let program = room.path().join("test");
    let own = std::env::current_exe().unwrap();
    std::fs::hard_link(&own, &program).or_else(|_| std::fs::copy(&own, &program).map(drop)).unwrap();
    let folder = room.path().join("tmp");
    std::fs::create_dir(&folder).unwrap();
    for (path, mode) in [(room.path(), 0o755), (&program, 0o755), (&folder, 0o777)] {
        chmod(path, mode);
    }
    let mut again = Command::new(&program);
    again.args(["--exact", test]).env(PREPARED, "1").env("TMPDIR", &folder).current_dir(&folder);
    let status = again.uid(ORDINARY).gid(ORDINARY).status().unwrap();
    assert!(status.success(), "{test}, run again by nobody");
    false
}

/// Sets a file's permissions.
pub(crate) fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

//! Small, full and read-only disks, and users with few permissions: real ones, because a system's
//! errors cannot be invented.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::assert_passes;

/// Set for a copy of this test that runs with the permissions it needs.
const PREPARED: &str = "TILEJURY_TEST_PREPARED";
/// The user `nobody`.
const ORDINARY: u32 = 65_534;

/// A separate disk, mounted on a folder. Dropping it unmounts it.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts a disk of this many kilobytes.
    pub(crate) fn mount(folder: &Path, kilobytes: u32) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        assert!(mount(&["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "tmpfs"], folder), "a disk of its own");
        Self(folder.to_owned())
    }

    /// Makes the disk read-only.
    pub(crate) fn make_read_only(&self) {
        assert!(mount(&["-o", "remount,ro"], &self.0), "the disk becomes read-only");
    }

    /// Writes a file until the disk is full.
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

/// Whether this test may mount disks. If not, it is run again in its own mount namespace, and the
/// caller has nothing left to do. If the system forbids that too, a line reports that it was
/// skipped.
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
    again.args(["-Urm"]).arg(std::env::current_exe().unwrap()).env(PREPARED, "1");
    assert_passes(&mut again, test);
    false
}

/// Whether permissions apply to the user of this test. If not, as for the administrator, it is run
/// again as an ordinary user, and the caller has nothing left to do.
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
    // The test's program may be in a folder that only its owner can open.
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
    again.env(PREPARED, "1").env("TMPDIR", &folder).current_dir(&folder).uid(ORDINARY).gid(ORDINARY);
    assert_passes(&mut again, test);
    false
}

/// Sets a file's permissions.
pub(crate) fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

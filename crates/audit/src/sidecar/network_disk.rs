//! Tells disks that several machines can write from those of this machine, and machines from each
//! other. Opens no sidecar.
//!
//! On Linux the system has a number for each kind of file system; for those that are programs
//! (FUSE), the list of mounted ones has the kind. On Windows no disk is recognised.

use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::session::new_session_id;

/// A machine: the id that it gave itself, and the name that it has in its network. Machines that
/// share a home folder have one id, but different names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Random, kept in the user's folders.
    pub id: String,
    /// Its host name.
    pub name: String,
}

impl Machine {
    /// A new id.
    pub fn new_id() -> String {
        new_session_id()
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => f.write_str("another machine"),
            name => write!(f, "another machine, “{name}”"),
        }
    }
}

/// Says which machine this is.
type Identify = Box<dyn Fn() -> Machine + Send + Sync>;

static THIS_MACHINE: OnceLock<Identify> = OnceLock::new();

/// Sets how this process learns which machine it runs on; the first call counts. It is asked only
/// if a sidecar is on a network disk, or is exchanged.
pub fn identify_machine_by(identify: impl Fn() -> Machine + Send + Sync + 'static) {
    let _ = THIS_MACHINE.set(Box::new(identify));
}

/// The id of the machine that this process runs on, without its name, which can change; `None` if
/// it is not known.
pub(super) fn machine_id() -> Option<String> {
    THIS_MACHINE.get().map(|identify| identify().id).filter(|id| !id.is_empty())
}

/// A disk that several machines can write, and the machine that this process runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkDisk {
    /// The kind of file system, such as `NFS`.
    pub kind: String,
    /// This machine.
    pub machine: Machine,
}

impl NetworkDisk {
    /// The disk that a file is on, or would be; `None` if it is of this machine only, as far as the
    /// system says.
    pub fn of(file: &Path) -> Option<Self> {
        let absolute = std::path::absolute(file).ok()?;
        let there = absolute.ancestors().find(|path| path.exists())?;
        let machine = || THIS_MACHINE.get().map(|identify| identify()).unwrap_or_default();
        kind_of(there).map(|kind| Self { kind, machine: machine() })
    }
}

/// File systems that several machines share, by the number that Linux has for them
/// (`linux/magic.h`, `statfs(2)`, and those of their makers).
#[cfg(any(target_os = "linux", target_os = "android"))]
const BY_NUMBER: [(u32, &str); 18] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "SMB (CIFS)"),
    (0xFE53_4D42, "SMB 2"),
    (0x0102_1997, "9P"),
    (0x00C3_6400, "Ceph"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564C, "NCP"),
    (0x0BD0_0BD0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x1983_0326, "BeeGFS"),
    (0xAAD7_AAEA, "PanFS"),
    (0x7461_636F, "OCFS2"),
    (0x0116_1970, "GFS2"),
    (0x2003_0528, "OrangeFS"),
    (0x786F_4256, "a shared folder of VirtualBox"),
];

/// The number of all file systems that are programs.
#[cfg(any(target_os = "linux", target_os = "android"))]
const FUSE: u32 = 0x6573_5546;

#[cfg(any(target_os = "linux", target_os = "android"))]
fn kind_of(path: &Path) -> Option<String> {
    // The type of the number differs among processors; its low 32 bits are what is compared.
    let number = rustix::fs::statfs(path).ok()?.f_type as u32;
    if number != FUSE {
        return BY_NUMBER.iter().find(|(known, _)| *known == number).map(|(_, name)| (*name).to_owned());
    }
    let device = rustix::fs::stat(path).ok()?.st_dev;
    let mounted = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let device = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
    kind_of_fuse(type_of_mount(&mounted, &device))
}

/// The type of the file system of a device in a list of mounts (`proc_pid_mountinfo(5)`).
#[cfg(any(target_os = "linux", target_os = "android", test))]
fn type_of_mount<'a>(mounts: &'a str, device: &str) -> Option<&'a str> {
    let line = mounts.lines().find(|line| line.split(' ').nth(2) == Some(device))?;
    line.split_once(" - ")?.1.split(' ').next()
}

/// The kind of a file system that is a program; `None` for those that use a disk of this machine.
#[cfg(any(target_os = "linux", target_os = "android", test))]
fn kind_of_fuse(type_name: Option<&str>) -> Option<String> {
    const LOCAL: [&str; 14] = [
        "fuseblk",
        "gocryptfs",
        "encfs",
        "cryfs",
        "securefs",
        "fuse-overlayfs",
        "ntfs-3g",
        "exfat",
        "lxcfs",
        "portal",
        "zfs-fuse",
        "unionfs",
        "mergerfs",
        "bindfs",
    ];
    let name = type_name.map(|name| name.strip_prefix("fuse.").unwrap_or(name));
    match name {
        Some(name) if LOCAL.contains(&name) => None,
        Some("fuse") | None => Some("FUSE".to_owned()),
        Some(name) => Some(name.to_owned()),
    }
}

#[cfg(target_os = "macos")]
fn kind_of(path: &Path) -> Option<String> {
    const SHARED: [&str; 7] = ["nfs", "smbfs", "afpfs", "webdav", "macfuse", "osxfuse", "acfs"];
    let name = rustix::fs::statfs(path).ok()?.f_fstypename;
    let name: String = name.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte as u8)).collect();
    SHARED.contains(&name.as_str()).then_some(name)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
fn kind_of(_: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_the_system_is_on_no_network_disk() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(NetworkDisk::of(&dir.path().join("not/there/tilejury.sqlite")), None);
    }

    #[test]
    fn programs_as_file_systems_are_told_apart_by_their_mount() {
        let mounts = "22 27 0:21 / /proc rw shared:12 - proc proc rw\n\
            40 27 0:50 / /mnt/far rw,nosuid shared:30 master:1 - fuse.sshfs ada@far:/data rw\n\
            41 27 8:17 / /media/a\\040disk rw - fuseblk /dev/sdb1 rw\n\
            42 27 0:60 / /mnt/host rw - virtiofs host rw\n";
        let kind = |device: &str| kind_of_fuse(type_of_mount(mounts, device));
        assert_eq!(kind("0:50").as_deref(), Some("sshfs"));
        assert_eq!(kind("8:17"), None, "a disk of this machine with a foreign format");
        assert_eq!(kind("0:60").as_deref(), Some("virtiofs"));
        assert_eq!(kind("0:99").as_deref(), Some("FUSE"), "one that the list lacks");
        assert_eq!(kind_of_fuse(Some("fuse.gocryptfs")), None);
    }
}

//! A keyring as desktops of Linux have it: GNOME's, empty and unlocked, on a bus of its own. The
//! keyring of the person who runs the tests is left alone.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::{START, skip};

/// A bus that starts nothing on its own.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=FOLDER</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
"#;

/// A running keyring. It ends with its owner.
pub struct Keyring {
    bus: Child,
    keyring: Option<Child>,
    address: String,
}

impl Keyring {
    /// Starts a keyring whose files are in a folder. `None` if this machine has no such program.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(folder: &Path) -> Option<Self> {
        for program in ["dbus-daemon", "dbus-send", "gnome-keyring-daemon"] {
            let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            if found.is_err() {
                skip(&format!("there is no {program} (Debian: dbus, gnome-keyring)"));
                return None;
            }
        }
        let home = folder.join("keyring");
        fs::create_dir_all(&home).expect("making a folder");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).expect("a folder of its own");
        }
        let config = home.join("bus.conf");
        fs::write(&config, BUS.replace("FOLDER", &home.display().to_string())).expect("writing a file");
        let mut bus = Command::new("dbus-daemon");
        bus.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address"]);
        let mut bus = bus.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starting a bus");
        let mut address = String::new();
        let printed = bus.stdout.take().expect("its output");
        BufReader::new(printed).read_line(&mut address).expect("the address of the bus");
        let mut keyring = Self { bus, keyring: None, address: address.trim().to_owned() };
        keyring.unlock(&home);
        Some(keyring)
    }

    fn unlock(&mut self, home: &Path) {
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args(["--unlock", "--foreground", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command.envs(["HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"].map(|name| (name, home)));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starting a keyring");
        child.stdin.take().expect("its input").write_all(b"word").expect("its password");
        self.keyring = Some(child);
        let begun = Instant::now();
        while !self.has_keyring() {
            assert!(begun.elapsed() < START, "the keyring does not start");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    fn has_keyring(&self) -> bool {
        let mut ask = Command::new("dbus-send");
        ask.arg(format!("--bus={}", self.address)).args(["--print-reply", "--dest=org.freedesktop.DBus", "/"]);
        ask.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
        ask.output().is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("boolean true"))
    }

    /// The variable by which programs find it.
    pub fn variable(&self) -> (&'static str, &str) {
        ("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        for child in self.keyring.iter_mut().chain([&mut self.bus]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

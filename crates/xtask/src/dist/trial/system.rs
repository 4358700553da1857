//! A clean Debian system in a folder, made by `mmdebstrap` from the packages that this machine's
//! `apt` is set up for, and commands in it. Needs root.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::output;
use crate::{Result, run};

/// The folders of the program's own files inside.
const HOME: [(&str, &str); 6] = [
    ("HOME", "/root"),
    ("XDG_CONFIG_HOME", "/root/home/config"),
    ("XDG_DATA_HOME", "/root/home/data"),
    ("XDG_CACHE_HOME", "/root/home/cache"),
    ("XDG_STATE_HOME", "/root/home/state"),
    ("XDG_RUNTIME_DIR", "/root/home/run"),
];

/// The system; its folder is removed with the build folder.
pub(super) struct System(PathBuf);

impl System {
    /// Makes a system as a tar.
    ///
    /// # Errors
    /// If `mmdebstrap` fails, for example because this is not root.
    pub(super) fn base(folder: &Path) -> Result<PathBuf> {
        let (name, sources) = sources()?;
        let path = folder.join("base.tar");
        let mut make = Command::new("mmdebstrap");
        make.args(["--quiet", "--variant=minbase", "--include=ca-certificates", &name]).arg(&path).arg("-");
        let mut child = make.stdin(Stdio::piped()).spawn().map_err(|error| format!("mmdebstrap: {error}"))?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(sources.as_bytes()).map_err(|error| format!("mmdebstrap: {error}"))?;
        }
        match child.wait() {
            Ok(status) if status.success() => Ok(path),
            other => Err(format!("mmdebstrap: {other:?}")),
        }
    }

    /// Unpacks a system, and fetches its lists of packages.
    ///
    /// # Errors
    /// If either fails.
    pub(super) fn from(base: &Path, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        run(Command::new("tar").arg("-xpf").arg(base).arg("-C").arg(folder))?;
        let system = Self(folder.to_owned());
        system.run(&["apt-get", "update", "-qq"])?;
        Ok(system)
    }

    /// The path outside of a path inside.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.0.join(inside.trim_start_matches('/'))
    }

    /// Copies a file into `/tmp` and returns its path inside.
    ///
    /// # Errors
    /// If it cannot be copied.
    pub(super) fn copy_in(&self, file: &Path) -> Result<String> {
        let inside = format!("/tmp/{}", file.file_name().unwrap_or_default().to_string_lossy());
        fs::copy(file, self.path(&inside)).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(inside)
    }

    /// Installs packages of Debian by name, or one that lies inside, with what they depend on.
    ///
    /// # Errors
    /// If one is not available.
    pub(super) fn install(&self, packages: &[&str]) -> Result<()> {
        self.run(&[&["apt-get", "install", "-y", "-qq", "--no-install-recommends"], packages].concat())
    }

    /// Runs a command inside; its output is shown only if it fails.
    ///
    /// # Errors
    /// If it fails.
    pub(super) fn run(&self, words: &[&str]) -> Result<()> {
        self.output(words).map(|_| ())
    }

    /// The output of a command inside.
    ///
    /// # Errors
    /// If it fails.
    pub(super) fn output(&self, words: &[&str]) -> Result<String> {
        output(&mut self.inside(Command::new("chroot"), words))
    }

    /// The output of a command inside that needs `/proc`, which only this command then has.
    ///
    /// # Errors
    /// If it fails.
    pub(super) fn output_with_proc(&self, words: &[&str]) -> Result<String> {
        let mut chroot = Command::new("unshare");
        chroot.args(["--mount", "sh", "-c", r#"mount --bind /proc "$0/proc" && exec chroot "$0" "$@""#]);
        output(&mut self.inside(chroot, words))
    }

    /// A command inside that opens a window, made of a `chroot` with the display.
    pub(super) fn in_window(&self, chroot: Command, words: &[&str]) -> Command {
        self.inside(chroot, words)
    }

    fn inside(&self, mut chroot: Command, words: &[&str]) -> Command {
        chroot.arg(&self.0).args(words).envs(HOME).env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8");
        chroot.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        chroot
    }

    /// Checks that a file exists inside.
    ///
    /// # Errors
    /// If it does not.
    pub(super) fn expect(&self, inside: &str) -> Result<()> {
        if self.path(inside).is_file() { Ok(()) } else { Err(format!("{inside} was not installed")) }
    }
}

/// The name of this machine's release of Debian, and lines for a list of sources: the ones of
/// Debian that `apt` uses here.
fn sources() -> Result<(String, String)> {
    let release = fs::read_to_string("/etc/os-release").map_err(|error| format!("/etc/os-release: {error}"))?;
    let name = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    let name = name.ok_or("/etc/os-release names no release of Debian")?.trim_matches('"');
    let form = "$(ORIGIN)|deb $(REPO_URI) $(CODENAME) $(COMPONENT)";
    let all = output(Command::new("apt-get").args(["indextargets", "--format", form, "Created-By: Packages"]))?;
    let lines = debian_lines(&all);
    if lines.is_empty() {
        return Err("apt has no source of Debian here; run apt-get update".to_owned());
    }
    Ok((name.to_owned(), lines))
}

/// The lines whose origin is Debian, each once.
fn debian_lines(all: &str) -> String {
    let lines: BTreeSet<&str> = all.lines().filter_map(|line| line.strip_prefix("Debian|")).collect();
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_system_uses_the_sources_of_debian_alone() {
        let all = "Debian|deb file:/a/ stable main\nOthers|deb file:/b/ stable main\nDebian|deb file:/a/ stable main\n";
        assert_eq!(debian_lines(all), "deb file:/a/ stable main\n");
    }
}

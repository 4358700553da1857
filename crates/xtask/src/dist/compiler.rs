//! The C compiler and linker of a release: zig, which links with the functions of an older glibc
//! than this machine has, so that the program starts on older systems, too. Other systems than
//! Linux use their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::from_pip::Tools;
use super::write;
use crate::{Result, root};

/// The glibc of the oldest systems that a release is for, as the number after `2.`: Debian 10,
/// Ubuntu 20.04, and Red Hat 8, which many clusters have.
pub(super) const GLIBC_MINOR: u32 = 28;
/// The text before that number where a program names a function's version.
const GLIBC: &[u8] = b"GLIBC_2.";

/// A compiler for one target.
pub(super) struct Compiler {
    /// The target, as Rust names it.
    pub target: String,
    /// The script that starts it with its options, and the script of its archiver.
    scripts: Option<(PathBuf, PathBuf)>,
}

impl Compiler {
    /// The compiler for this machine's processor and system.
    ///
    /// # Errors
    /// If it cannot be installed.
    pub(super) fn new() -> Result<Self> {
        let verbose = crate::output(Command::new("rustc").arg("-vV"))?;
        let target = verbose.lines().find_map(|line| line.strip_prefix("host: "));
        let target = target.ok_or("rustc names no host")?.to_owned();
        if !target.ends_with("-linux-gnu") {
            return Ok(Self { target, scripts: None });
        }
        let tools = Tools::install()?;
        let folder = root().join("target").join("tools").join("zig");
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let (compile, archive) = (folder.join("cc"), folder.join("ar"));
        let options = format!("-g -fno-sanitize=all -target {}-linux-gnu.2.{GLIBC_MINOR}", std::env::consts::ARCH);
        for (path, word, options) in [(&compile, "cc", options.as_str()), (&archive, "ar", "")] {
            write_script(path, &script(&tools.program("maturin"), &tools.zig()?, &folder, word, options))?;
        }
        Ok(Self { target, scripts: Some((compile, archive)) })
    }

    /// Makes a build use it. Programs that run during the build keep the machine's own compiler.
    pub(super) fn use_in(&self, build: &mut Command) {
        build.args(["--target", &self.target]);
        if let Some((compile, archive)) = &self.scripts {
            let lower = self.target.replace('-', "_");
            build.env(format!("CC_{lower}"), compile).env(format!("AR_{lower}"), archive);
            build.env(format!("CARGO_TARGET_{}_LINKER", lower.to_uppercase()), compile);
        }
    }

    /// The options of rustc with it: zig brings its own linker.
    pub(super) fn rust_options(&self) -> &'static [&'static str] {
        if self.scripts.is_some() { &["-Clinker-features=-lld"] } else { &[] }
    }
}

/// A script that starts zig. Maturin's own filter between rustc and zig is part of it: zig lacks
/// some options that rustc gives a linker.
fn script(maturin: &Path, zig: &Path, cache: &Path, word: &str, options: &str) -> String {
    let cache = cache.join("cache");
    format!(
        "#!/bin/sh\nexport CARGO_ZIGBUILD_ZIG_PATH='{}' ZIG_GLOBAL_CACHE_DIR='{cache}' ZIG_LOCAL_CACHE_DIR='{cache}'\n\
         exec '{}' zig {word} -- {options} \"$@\"\n",
        zig.display(),
        maturin.display(),
        cache = cache.display()
    )
}

fn write_script(path: &Path, text: &str) -> Result<()> {
    // A script that changes would be a new compiler for every crate with C code.
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    write(path, text.as_bytes())?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(())
}

/// The second number of the highest version of glibc that a program names; none if it names none.
pub(super) fn glibc_of(program: &[u8]) -> Option<u32> {
    let number = |at: usize| {
        let digits = program[at..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(None, |number: Option<u32>, digit| Some(number.unwrap_or(0) * 10 + u32::from(digit - b'0')))
    };
    let places = program.windows(GLIBC.len()).enumerate().filter(|(_, window)| *window == GLIBC);
    places.filter_map(|(at, _)| number(at + GLIBC.len())).filter(|minor| *minor < 1000).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glibc_of_a_program_is_the_highest_that_it_names() {
        assert_eq!(glibc_of(b"..GLIBC_2.4\0GLIBC_2.35\0GLIBC_2.17\0GLIBC_PRIVATE"), Some(35));
        assert_eq!(glibc_of(b"GLIBC_2."), None);
        assert_eq!(glibc_of(b"a static program"), None);
    }

    #[test]
    fn a_release_names_its_linker_for_its_own_target_alone() {
        let scripts = Some((PathBuf::from("/zig/cc"), PathBuf::from("/zig/ar")));
        let compiler = Compiler { target: "x86_64-unknown-linux-gnu".to_owned(), scripts };
        let mut build = Command::new("cargo");
        compiler.use_in(&mut build);
        let set: Vec<String> = build.get_envs().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        let names = [
            "AR_x86_64_unknown_linux_gnu",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER",
            "CC_x86_64_unknown_linux_gnu",
        ];
        assert_eq!(set, names);
        assert_eq!(compiler.rust_options(), ["-Clinker-features=-lld"]);
    }
}

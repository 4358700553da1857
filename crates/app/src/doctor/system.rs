//! Lines about the machine: the system, the display, the libraries of the window, OpenGL, language,
//! threads and memory. Opens no window and loads no library: a library that fails could end the
//! program.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use tilejury_data::shown::bytes_in_words;

use super::Check;
use super::environment::Environment;
use super::programs::first_lines_of;
use crate::settings::Settings;

/// The libraries of the window on Linux: file and Debian package.
const LIBRARIES: [(&str, &str); 9] = [
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libGL.so.1", "libgl1"),
    ("libEGL.so.1", "libegl1"),
    ("libfontconfig.so.1", "libfontconfig1"),
    ("libdbus-1.so.3", "libdbus-1-3"),
];
/// The folders in which the system looks for libraries, besides those of the architecture.
const LIBRARY_FOLDERS: [&str; 5] = ["/usr/local/lib", "/lib", "/usr/lib", "/lib64", "/usr/lib64"];

pub(super) fn lines(environment: &Environment, settings: &Settings, opengl: Option<String>) -> Vec<Check> {
    let mut lines = vec![
        Check::ok("version", format!("{}, {}", env!("CARGO_PKG_VERSION"), build())),
        Check::ok("system", system()),
        display(environment),
    ];
    if cfg!(target_os = "linux") {
        lines.push(libraries(environment));
    }
    lines.push(renderer(environment, opengl));
    lines.extend([locale(environment), threads(settings), memory(settings)]);
    lines
}

fn build() -> String {
    let profile = if cfg!(debug_assertions) { "debug build" } else { "release build" };
    let remote = if cfg!(feature = "remote") { "with" } else { "without" };
    format!("{} {}, {profile}, {remote} addresses", std::env::consts::OS, std::env::consts::ARCH)
}

/// The name and version of the system.
fn system() -> String {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let release = text("/etc/os-release");
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let name = name.map_or(std::env::consts::OS, |name| name.trim_matches('"'));
    match text("/proc/sys/kernel/osrelease").trim() {
        "" => name.to_owned(),
        kernel => format!("{name}, kernel {kernel}"),
    }
}

fn display(environment: &Environment) -> Check {
    let name = "display";
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return Check::ok(name, "that of the system");
    }
    let desktop = environment.value("XDG_CURRENT_DESKTOP").map(|desktop| format!(", {desktop}")).unwrap_or_default();
    let gone = "start a display server, or correct the variable; commands without a window work (tilejury --help)";
    if let Some(wayland) = environment.value("WAYLAND_DISPLAY") {
        let socket = PathBuf::from(environment.value("XDG_RUNTIME_DIR").unwrap_or_default()).join(wayland);
        let value = format!("Wayland, WAYLAND_DISPLAY={wayland}{desktop}");
        return match socket.exists() {
            true => Check::ok(name, value),
            false => Check::warning(name, format!("{value}: no server there"), gone),
        };
    }
    let Some(x11) = environment.value("DISPLAY") else {
        let advice = "set DISPLAY or WAYLAND_DISPLAY; commands without a window work (tilejury --help)";
        return Check::warning(name, "none: no window can be opened", advice);
    };
    let value = format!("X11, DISPLAY={x11}{desktop}");
    // Only a display of this machine has a socket here.
    let local = x11.strip_prefix(':').and_then(|rest| rest.split('.').next());
    match local.is_none_or(|number| Path::new("/tmp/.X11-unix").join(format!("X{number}")).exists()) {
        true => Check::ok(name, value),
        false => Check::warning(name, format!("{value}: no server there"), gone),
    }
}

fn libraries(environment: &Environment) -> Check {
    let mut folders = environment.folders("LD_LIBRARY_PATH");
    let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
    for folder in LIBRARY_FOLDERS.map(PathBuf::from) {
        folders.extend([folder.join(&triplet), folder]);
    }
    let is_missing = |file: &str| !folders.iter().any(|folder| folder.join(file).exists());
    let missing: Vec<_> = LIBRARIES.into_iter().filter(|(file, _)| is_missing(file)).collect();
    let name = "window libraries";
    if missing.is_empty() {
        return Check::ok(name, format!("all {} found", LIBRARIES.len()));
    }
    let (files, packages): (Vec<&str>, Vec<&str>) = missing.into_iter().unzip();
    let advice = format!("on Debian or Ubuntu: apt-get install {}", packages.join(" "));
    Check::warning(name, format!("not found: {}", files.join(", ")), advice)
}

/// The OpenGL that the window has; without a window, that of the program `glxinfo`, which runs on
/// its own; without that, the graphics devices.
fn renderer(environment: &Environment, opengl: Option<String>) -> Check {
    let name = "OpenGL";
    if let Some(opengl) = opengl {
        return Check::ok(name, format!("{opengl}, in this window"));
    }
    if environment.has("DISPLAY") {
        let found = first_lines_of(environment, "glxinfo", &["-B"]);
        let value = |key: &str| found.iter().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
        if let (Some(renderer), Some(version)) =
            (value("OpenGL renderer string:"), value("OpenGL core profile version string:"))
        {
            return Check::ok(name, format!("{renderer}, {version}"));
        }
    }
    if !cfg!(target_os = "linux") {
        return Check::ok(name, "not examined without a window");
    }
    let entries = fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut devices: Vec<String> = names.filter(|name| name.starts_with("render")).collect();
    devices.sort();
    match devices.is_empty() {
        true => Check::ok(name, "no graphics device: the processor draws (slower, but it works)"),
        false => Check::ok(name, format!("graphics device {}; not examined further", devices.join(", "))),
    }
}

fn locale(environment: &Environment) -> Check {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(|name| Some((name, environment.value(name)?)));
    let set: Vec<String> = set.map(|(name, value)| format!("{name}={value}")).collect();
    Check::ok("locale", if set.is_empty() { "none set".to_owned() } else { set.join(", ") })
}

fn threads(settings: &Settings) -> Check {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let decode = match settings.workers {
        0 => "one decoding thread per core".to_owned(),
        workers => format!("{workers} decoding threads by the settings"),
    };
    Check::ok("cores", format!("{cores}, {decode}"))
}

fn memory(settings: &Settings) -> Check {
    let name = "memory";
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let of = |key: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
    };
    let wanted = u64::from(settings.memory_mb) << 20;
    match (of("MemTotal:"), of("MemAvailable:")) {
        (Some(total), Some(free)) => {
            let value = format!("{}, {} available", bytes_in_words(total), bytes_in_words(free));
            if free >= wanted {
                return Check::ok(name, value);
            }
            let wanted = bytes_in_words(wanted);
            Check::warning(name, value, format!("decoded tiles may take {wanted}: choose less in the settings"))
        }
        _ => Check::ok(name, "not known on this system"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::CheckState;

    #[test]
    fn libraries_are_those_of_the_installation() {
        let packages: Vec<&str> = LIBRARIES.iter().map(|(_, package)| *package).collect();
        assert_eq!(packages.join(" "), include_str!("../../../../assets/window-libraries.txt").trim());
    }

    #[test]
    fn missing_display_is_a_warning_on_linux() {
        let home = Path::new("/nowhere");
        let none = display(&Environment::with(home, &[]));
        let gone = display(&Environment::with(home, &[("DISPLAY", ":4711")]));
        let elsewhere = display(&Environment::with(home, &[("DISPLAY", "desk:0")]));
        if cfg!(target_os = "linux") {
            assert_eq!(
                [none.state, gone.state, elsewhere.state],
                [CheckState::Warning, CheckState::Warning, CheckState::Ok]
            );
            assert!(gone.value.contains(":4711: no server there"), "{gone:?}");
        }
    }
}

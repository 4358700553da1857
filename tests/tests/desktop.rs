//! The files for the desktop: the entry, the AppStream description, the file type, the icons, and
//! the Debian package agree with each other and with the program. The programs of freedesktop
//! check them where they are installed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a file that cannot be read is a failed test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;

/// The environment variable; `required` means that tests with other programs must not be skipped.
const VARIABLE: &str = "TILEJURY_DESKTOP";

fn read(path: &str) -> String {
    fs::read_to_string(xtask::root().join(path)).unwrap()
}

/// The value of a key in the desktop entry.
fn entry(key: &str) -> String {
    let text = read("assets/desktop/tilejury.desktop");
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("the desktop entry has no {key}")).to_owned()
}

/// The first group of an expression in a text.
fn captured(text: &str, expression: &str) -> String {
    let found = Regex::new(expression).unwrap().captures(text);
    found.unwrap_or_else(|| panic!("{expression} is not in\n{text}"))[1].to_owned()
}

/// Whether programs are installed; if one is not, prints that the test is skipped.
fn has(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| Command::new(program).arg("--version").output().is_err());
    if let Some(program) = missing {
        let reason = format!("{program} is not installed; `cargo xtask test` installs it on Debian");
        let required = std::env::var_os(VARIABLE).is_some_and(|value| value == "required");
        assert!(!required, "the tests of the desktop's files are required ({VARIABLE}=required), but {reason}");
        eprintln!("Skipped: {reason}.");
    }
    missing.is_none()
}

#[test]
fn the_entry_belongs_to_the_window_and_to_the_file_type() {
    assert_eq!((entry("Exec"), entry("Icon")), ("tilejury %f".to_owned(), "tilejury".to_owned()));
    let class = captured(&read("crates/app/src/window.rs"), r#"with_app_id\("([^"]+)"\)"#);
    assert_eq!(entry("StartupWMClass"), class);
    let types = read("assets/desktop/tilejury.mime.xml");
    let kind = captured(&types, r#"<mime-type type="(application/x-[^"]+)">"#);
    assert_eq!(entry("MimeType"), format!("{kind};"));
    let about = read("assets/desktop/metainfo.xml");
    assert_eq!(captured(&about, "<mediatype>(.+)</mediatype>"), kind);
    assert_eq!(captured(&about, r#"<launchable type="desktop-id">(.+)</launchable>"#), format!("{class}.desktop"));
}

#[test]
fn every_place_names_the_same_version() {
    let version = env!("CARGO_PKG_VERSION");
    let about = read("assets/desktop/metainfo.xml");
    assert_eq!(captured(&about, r#"<release version="([^"]+)""#), version);
    let citation = read("CITATION.cff");
    assert_eq!(captured(&citation, "(?m)^version: (.+)$"), version);
    let page = read("docs/install.md");
    let names = [
        format!("tilejury_{version}-1_amd64.deb"),
        format!("tilejury-{version}-x86_64-linux.tar.gz"),
        format!("tilejury-{version}-cp311-abi3-manylinux_2_28_x86_64.whl"),
    ];
    for name in names {
        assert!(page.contains(&name), "docs/install.md does not name {name}");
    }
    let date = captured(&citation, r#"(?m)^date-released: "(.+)"$"#);
    assert_eq!(captured(&about, r#"<release version="[^"]+" date="([^"]+)""#), date);
}

#[test]
fn the_publisher_is_named_in_one_place_alone() {
    let manifest = read("Cargo.toml");
    let name = captured(&manifest, r#"(?m)^authors = \["(.+) <.+>"\]$"#);
    let repository = captured(&manifest, r#"(?m)^repository = "(.+)"$"#);
    let id = xtask::dist::publisher::desktop_id().unwrap();
    let about = xtask::dist::publisher::filled_in(&read("assets/desktop/metainfo.xml")).unwrap();
    assert_eq!(captured(&about, "<id>(.+)</id>"), id);
    assert_eq!(captured(&about, "<developer_name>(.+)</developer_name>"), name);
    assert_eq!(captured(&about, r#"<url type="homepage">(.+)</url>"#), repository);
    // The citation is read as it is, so it repeats the names.
    let citation = read("CITATION.cff");
    assert_eq!(captured(&citation, "(?m)^  - name: (.+)$"), name);
    assert_eq!(captured(&citation, r#"(?m)^repository-code: "(.+)"$"#), repository);
    for path in ["crates/cli/Cargo.toml", "crates/python/Cargo.toml", "pyproject.toml"] {
        assert!(!read(path).contains(".invalid") && !read(path).contains("maintainer = "), "{path}");
    }
}

#[test]
fn the_package_depends_on_the_libraries_of_the_window() {
    let depends = captured(&read("crates/cli/Cargo.toml"), r#"(?m)^depends = "\$auto, (.+)"$"#);
    assert_eq!(depends.replace(',', ""), xtask::packages::WINDOW_LIBRARIES.trim());
}

#[test]
fn icons_have_the_sizes_of_their_names() {
    for size in xtask::dist::ICON_SIZES {
        let png = fs::read(xtask::root().join(format!("assets/desktop/icons/{size}.png"))).unwrap();
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!((&png[1..4], number(16), number(20)), (b"PNG".as_slice(), size, size));
    }
}

#[test]
fn freedesktop_accepts_the_entry_and_the_description() {
    if has(&["desktop-file-validate", "appstreamcli"]) {
        xtask::dist::check_desktop_files().unwrap();
    }
}

/// The type that the desktop gives a file, when only our types are installed in `data`.
fn type_of(file: &Path, data: &Path) -> String {
    let mut gio = Command::new("gio");
    gio.args(["info", "--attributes", "standard::content-type"]).arg(file).env("XDG_DATA_HOME", data);
    let text = String::from_utf8(gio.output().unwrap().stdout).unwrap();
    captured(&text, "standard::content-type: (.+)")
}

#[test]
fn splits_have_a_type_and_other_lists_keep_theirs() {
    if !has(&["update-mime-database", "gio"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let packages = folder.path().join("data/mime/packages");
    fs::create_dir_all(&packages).unwrap();
    fs::write(packages.join("tilejury.xml"), read("assets/desktop/tilejury.mime.xml")).unwrap();
    let data = folder.path().join("data");
    let updated = Command::new("update-mime-database").arg(data.join("mime")).env("XDG_DATA_HOME", &data).output();
    assert!(updated.unwrap().status.success());
    let kind = entry("MimeType").trim_end_matches(';').to_owned();
    let split = xtask::root().join("assets/demo/dataset/train_hn.jsonl");
    assert_eq!(type_of(&split, &data), kind);
    let other = folder.path().join("other.jsonl");
    fs::write(&other, "{\"text\": \"a row of another program\"}\n").unwrap();
    assert_ne!(type_of(&other, &data), kind);
}

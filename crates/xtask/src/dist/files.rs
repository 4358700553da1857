//! The files of an installation: the program, its entry, icons and file type on the desktop, man
//! pages, completions, and licences. Each is where freedesktop systems and shells look for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::pack::gz;
use super::publisher;
use super::tree::Tree;
use crate::output;
use crate::{Result, root, run};

/// The sizes of the icon in pixels, besides the scalable one.
pub const ICON_SIZES: [u32; 9] = [16, 22, 24, 32, 48, 64, 128, 256, 512];

/// Shells, and where each looks for completions below a prefix.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "share/bash-completion/completions/tilejury"),
    ("zsh", super::ZSH_COMPLETIONS),
    ("fish", "share/fish/vendor_completions.d/tilejury.fish"),
];

/// Files of the repository, and where they are installed below a prefix.
const COPIES: [(&str, &str); 8] = [
    ("assets/desktop/tilejury.desktop", "share/applications/tilejury.desktop"),
    ("assets/desktop/tilejury.mime.xml", "share/mime/packages/tilejury.xml"),
    ("assets/desktop/tilejury.svg", "share/icons/hicolor/scalable/apps/tilejury.svg"),
    ("LICENSE", super::LICENCE),
    ("assets/fonts/LICENSE-DejaVu.txt", "share/doc/tilejury/fonts/DejaVu.txt"),
    ("assets/fonts/LICENSE-NotoEmoji.txt", "share/doc/tilejury/fonts/NotoEmoji.txt"),
    ("assets/fonts/LICENSE-Phosphor.txt", "share/doc/tilejury/fonts/Phosphor.txt"),
    ("assets/fonts/LICENSE-WenQuanYi.txt", "share/doc/tilejury/fonts/WenQuanYi.txt"),
];

/// All installed files. The program writes its own man pages and completions.
///
/// # Errors
/// If a file is missing or the program does not start.
pub(super) fn tree(program: &Path) -> Result<Tree> {
    let mut tree = Tree::default();
    tree.add("bin/tilejury", read(program)?, true);
    let (name, description) = description()?;
    tree.add(&format!("share/metainfo/{name}"), description.into_bytes(), false);
    for (from, to) in COPIES {
        tree.add(to, read(&root().join(from))?, false);
    }
    tree.add("share/doc/tilejury/changelog.gz", gz(&read(&root().join("CHANGELOG.md"))?)?, false);
    for size in ICON_SIZES {
        let from = root().join(format!("assets/desktop/icons/{size}.png"));
        tree.add(&format!("share/icons/hicolor/{size}x{size}/apps/tilejury.png"), read(&from)?, false);
    }
    for (shell, path) in COMPLETIONS {
        let script = output(Command::new(program).args(["completions", shell]))?;
        tree.add(path, script.into_bytes(), false);
    }
    for page in man_pages(program)? {
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        tree.add(&format!("share/man/man1/{name}.gz"), gz(&read(&page)?)?, false);
    }
    Ok(tree)
}

fn man_pages(program: &Path) -> Result<Vec<PathBuf>> {
    let folder = super::folder().join("man");
    // Pages of commands that no longer exist must not stay.
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    output(Command::new(program).arg("man").arg(&folder))?;
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

/// Checks the files for the desktop with the programs of freedesktop.
///
/// # Errors
/// If one of them finds a fault or is missing.
pub fn check() -> Result<()> {
    let desktop = root().join("assets").join("desktop");
    run(Command::new("desktop-file-validate").arg(desktop.join("tilejury.desktop")))?;
    let (name, description) = description()?;
    // The program compares the name of the file with the id in it.
    let folder = super::folder().join("metainfo");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let metainfo = folder.join(name);
    super::write(&metainfo, description.as_bytes())?;
    output(Command::new("appstreamcli").args(["validate", "--no-net"]).arg(metainfo)).map(|_| ())
}

/// The name and the content of the desktop's description.
fn description() -> Result<(String, String)> {
    let text = read(&root().join("assets/desktop/metainfo.xml"))?;
    let text = String::from_utf8(text).map_err(|error| format!("metainfo.xml: {error}"))?;
    Ok((format!("{}.metainfo.xml", publisher::desktop_id()?), publisher::filled_in(&text)?))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

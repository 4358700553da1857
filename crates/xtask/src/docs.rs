//! `cargo xtask docs`: builds a book from the pages of `docs`, README and the pages for
//! contributors, with mdBook, which is installed below `target`.
//!
//! mdBook reads only one folder, so everything is copied into one and the links are adapted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::installed;
use crate::{Result, root, run};

/// The version of mdBook: another one may read pages differently.
const VERSION: &str = "0.5.4";
/// Pages outside `docs`: the path, the name in the book, and the title.
const OTHERS: [(&str, &str, &str); 8] = [
    ("README.md", "README.md", "Tilejury"),
    ("CONTRIBUTING.md", "CONTRIBUTING.md", "Contributing"),
    ("ARCHITECTURE.md", "ARCHITECTURE.md", "Architecture"),
    ("CHANGELOG.md", "CHANGELOG.md", "Changelog"),
    ("SECURITY.md", "SECURITY.md", "Security"),
    ("CODE_OF_CONDUCT.md", "CODE_OF_CONDUCT.md", "Code of conduct"),
    ("assets/fonts/README.md", "FONTS.md", "Fonts"),
    ("LICENSE", "LICENSE.md", "Licence"),
];
/// Other files that pages link to.
const FILES: [&str; 1] = ["assets/demo/make_demo.py"];
/// The folder of `docs` with programs that pages link to.
const RECIPES: &str = "docs/recipes";

/// Builds the book from scratch and returns its first page.
///
/// # Errors
/// If mdBook cannot be installed, a page cannot be copied, or mdBook fails.
pub fn build() -> Result<PathBuf> {
    let program = installed("mdbook", VERSION, &["--no-default-features", "--features", "search"])?;
    let book = root().join("target").join("book");
    if book.exists() {
        fs::remove_dir_all(&book).map_err(|error| format!("{}: {error}", book.display()))?;
    }
    let pages = book.join("src");
    for picture in files(&root().join("screenshots"))? {
        let name = picture.file_name().unwrap_or_default();
        copy(&picture, &pages.join("screenshots").join(name))?;
    }
    for file in FILES {
        copy(&root().join(file), &pages.join(file))?;
    }
    for recipe in files(&root().join(RECIPES))? {
        let name = recipe.file_name().unwrap_or_default();
        copy(&recipe, &pages.join("recipes").join(name))?;
    }
    for page in files(&root().join("docs"))? {
        let text = read(&page)?;
        let name = page.file_name().unwrap_or_default();
        match name.to_str() {
            Some("book.toml") => write(&book.join(name), &text)?,
            Some("SUMMARY.md") => write(&pages.join(name), &summary(&text))?,
            _ => write(&pages.join(name), &text.replace("](../", "]("))?,
        }
    }
    for (page, name, _) in OTHERS {
        let mut text = read(&root().join(page))?.replace("](docs/", "](");
        for (page, name, _) in OTHERS {
            text = text.replace(&format!("]({page})"), &format!("]({name})"));
        }
        // In the book, README is the first page.
        write(&pages.join(name), &text.replace("](README.md)", "](index.html)"))?;
    }
    run(Command::new(program).arg("build").arg(&book))?;
    Ok(book.join("book").join("index.html"))
}

/// The list of pages: README first, pages for contributors last.
fn summary(docs: &str) -> String {
    let mut others = OTHERS.iter().map(|(_, name, title)| format!("[{title}]({name})\n"));
    let (first, list) = (others.next().unwrap_or_default(), docs.replace("# Summary\n", ""));
    format!("# Summary\n\n{first}{list}\n{}", others.collect::<String>())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    make_folder_of(to)?;
    fs::copy(from, to).map(|_| ()).map_err(|error| format!("{}: {error}", from.display()))
}

fn make_folder_of(file: &Path) -> Result<()> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    make_folder_of(path)?;
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

//! An export writes to its target and nowhere else, whatever the names of rows, members and splits,
//! whatever the target, and whatever appears in its way while it runs. Everything around the target
//! is compared before and after.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Once;

use tilejury_audit::Judgements;
use tilejury_audit::export::{
    ExportError, ExportOptions, ExportReport, Format, Images, JudgementSource, export, verify,
};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::{Cancelled, NoProgress, Progress, ProgressStep};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::set::put;
use tilejury_testkit::{Row, Set, Tarball, picture};

/// A folder with a set in it, and with a file that must not change.
struct World {
    dir: tempfile::TempDir,
}

/// The content of a folder by name: the content of files, the targets of links, and nothing for
/// folders.
type Content = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// Returns the content of a folder, without one path in it.
fn content_of(folder: &Path, except: &Path) -> Content {
    let mut found = Content::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap().file_type();
        let content = match () {
            () if kind.is_symlink() => Some(path.read_link().unwrap().into_os_string().as_bytes().to_vec()),
            () if kind.is_file() => Some(fs::read(&path).unwrap()),
            () => None,
        };
        if path != except {
            if kind.is_dir() {
                found.extend(content_of(&path, except));
            }
            found.insert(path, content);
        }
    }
    found
}

impl World {
    /// Creates a set whose shard has members with any names; each row names three of them as they
    /// are.
    fn of_members(names: &[&str]) -> Self {
        let world = Self { dir: tempfile::tempdir().unwrap() };
        put(&world.path("outside/canary.png"), b"canary");
        fs::create_dir(world.path("outside/empty")).unwrap();
        let mut set = Set::new();
        let mut shard = Tarball::new();
        for (at, name) in names.iter().enumerate() {
            let other = |more: usize| names[(at + more) % names.len()];
            let row = Row::new(&format!("query {at}"), name).negatives(&[other(1), other(2)]);
            set = set.row("train", &row);
            // Both ways in which tars store names that do not fit.
            let content = picture::png(20, 20 + at as u32, at as u8);
            shard = match at % 2 {
                0 => shard.pax_path(name, &content),
                _ => shard.gnu_long_name(name, &content),
            };
        }
        set.write(&world.set());
        put(&world.set().join("image_shards/shard_000.tar"), &shard.finish());
        world
    }

    fn plain() -> Self {
        Self::of_members(&["shard_000/a.png", "shard_000/b.png", "shard_000/c.png"])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn set(&self) -> PathBuf {
        self.path("set")
    }

    fn content(&self, except: &Path) -> Content {
        content_of(self.dir.path(), except)
    }

    fn export(
        &self,
        images: Images,
        formats: &[Format],
        out: &Path,
        progress: &dyn Progress,
    ) -> Result<ExportReport, ExportError> {
        let options = ExportOptions { images, formats: formats.to_vec(), negatives: 1, ..ExportOptions::default() };
        let dataset = Dataset::open(&self.set()).unwrap();
        export(
            &dataset,
            &JudgementSource::new(&Judgements::new(), &[], &AnnotatorScope::Everybody),
            &options,
            out,
            progress,
        )
    }

    /// Exports, and asserts that only the target has changed, and after a failure not even the
    /// target.
    fn export_alone(&self, images: Images, formats: &[Format], out: &Path) -> Result<ExportReport, ExportError> {
        let (before, target) = (self.content(out), out.symlink_metadata().is_ok().then(|| self.content(Path::new(""))));
        let result = self.export(images, formats, out, &NoProgress);
        assert!(self.content(out) == before, "{images:?}: {:?} {:?}", self.content(out).keys(), result.err());
        if result.is_err() {
            let now = out.symlink_metadata().is_ok().then(|| self.content(Path::new("")));
            assert!(now == target, "{images:?}: something is left over");
        }
        result
    }
}

/// Asserts that an export has only files and folders, and links to the set if links were chosen.
fn is_whole(out: &Path, images: Images, set: &Path) {
    for path in content_of(out, Path::new("")).keys() {
        let kind = path.symlink_metadata().unwrap().file_type();
        match images {
            Images::Link if kind.is_symlink() => assert!(path.read_link().unwrap().starts_with(set), "{path:?}"),
            _ => assert!(kind.is_file() || kind.is_dir(), "{path:?}"),
        }
    }
    let faults = verify(out, &NoProgress).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
}

/// Asserts that each tile of the set is found in the export, with the same bytes.
fn holds_the_same(out: &Path, set: &Path) {
    let (set, out) = (Dataset::open(set).unwrap(), Dataset::open(out).unwrap());
    let read = |dataset: &Dataset, tile: &TilePath| {
        let mut bytes = Vec::new();
        dataset.tiles.read(&dataset.tiles.locate(tile).unwrap(), &mut bytes).unwrap();
        bytes
    };
    for index in 0..out.samples.len() {
        for tile in out.sample(SampleIndex::new(index)).unwrap().tiles() {
            assert!(read(&set, &tile.path) == read(&out, &tile.path), "{:?} has other bytes", tile.path);
        }
    }
}

const IMAGES: [Images; 4] = [Images::None, Images::Link, Images::Repack, Images::Extract];

#[test]
fn keeps_all_names_inside_the_export_in_every_format() {
    let absolute = std::env::temp_dir().join("outside/absolute.png");
    let long = format!("shard_{}/{}.png", "s".repeat(249), "l".repeat(251));
    let names = [
        "../../outside/canary.png",
        absolute.to_str().unwrap(),
        "C:\\outside\\drive.png",
        "..\\..\\outside\\back.png",
        "images/../../outside/middle.png",
        "shard_000/../../up.png",
        "shard_001\\..\\..\\..\\out\\train.jsonl",
        "two\nlines/a\tb.png",
        "Same.png",
        "same.png",
        "dots../at the end..",
        " .png",
        "-rf",
        "~/.profile",
        "a:b.png",
        "shard_\u{202e}/gnp.png",
        "CON.png",
        "notes/export_manifest.json",
        "image_shards/shard_001.tar",
        "shard_$(id)/`id`.png",
        &long,
    ];
    let world = World::of_members(&names);
    for images in IMAGES {
        let out = world.path(images.word());
        let report = world.export_alone(images, Format::ALL, &out).unwrap();
        assert_eq!((report.kept, report.dropped), (names.len(), 0), "{images:?}");
        is_whole(&out, images, &world.set());
        if images != Images::None {
            holds_the_same(&out, &world.set());
        }
    }
}

#[test]
fn never_exports_members_that_are_not_files() {
    let world = World::plain();
    let links = Tarball::new()
        .symlink("shard_001/soft.png", "../../outside/canary.png")
        .hard_link("shard_001/hard.png", "../outside/canary.png")
        .folder("shard_001/folder.png")
        .pax_path("shard_001/zero\0.png", &picture::png(9, 9, 9));
    put(&world.set().join("image_shards/shard_001.tar"), &links.finish());
    let rows: String = ["soft", "hard", "folder", "zero\0"]
        .map(|name| Row::new(name, &format!("shard_001/{name}.png")).negatives(&["shard_000/a.png"]).line() + "\n")
        .concat();
    put(&world.set().join("links.jsonl"), rows.as_bytes());
    for images in IMAGES {
        let out = world.path(images.word());
        let report = world.export_alone(images, Format::ALL, &out).unwrap();
        assert_eq!((report.kept, report.dropped), (3, 4), "{images:?}");
        is_whole(&out, images, &world.set());
    }
}

#[test]
fn writes_splits_with_any_name_as_files() {
    let world = World::plain();
    let line = Row::new("q", "shard_000/a.png").negatives(&["shard_000/b.png"]).line();
    let long = "é".repeat(124) + ".jsonl";
    let longest = "x".repeat(249) + ".jsonl";
    let names: [&[u8]; 10] = [
        b"x..jsonl",
        b"a\\..\\..\\outside.jsonl",
        b"two\nlines: [\"*\"].jsonl",
        b" .jsonl",
        b"-rf.jsonl",
        b"Train.jsonl",
        b"corpus.jsonl",
        b"caf\xe9.jsonl",
        long.as_bytes(),
        longest.as_bytes(),
    ];
    for (at, name) in names.iter().enumerate() {
        let row = line.replace("\"q\"", &format!("\"q {at}\""));
        put(&world.set().join(OsStr::from_bytes(name)), row.as_bytes());
    }
    let splits = Dataset::open(&world.set()).unwrap().splits.len();
    assert_eq!(splits, names.len() + 1);
    for images in IMAGES {
        let out = world.path(images.word());
        let report = world.export_alone(images, Format::ALL, &out).unwrap();
        assert_eq!(report.kept, names.len() + 3, "{images:?}");
        is_whole(&out, images, &world.set());
        // One file each, and the card.
        assert_eq!(out.join("parquet").read_dir().unwrap().count(), splits + 1, "{images:?}");
    }
}

#[test]
fn reports_tiles_that_cannot_all_be_files() {
    let long = format!("shard_000/{}.png", "l".repeat(252));
    for (names, bad) in [
        (["shard_000/a", "shard_000/a/b.png", "shard_000/c.png"], "shard_000/a/b.png"),
        (["shard_000/c.png", &long, "shard_000/d.png"], &long),
    ] {
        let world = World::of_members(&names);
        for (images, formats) in [(Images::Extract, &[Format::Jsonl]), (Images::None, &[Format::ImageFolder])] {
            let result = world.export_alone(images, formats, &world.path("out"));
            let Err(ExportError::Tile { place, tile, message }) = result else { panic!("{bad:?}: {result:?}") };
            assert!(place.starts_with("train line ") && tile.as_str() == bad, "{place} {tile:?}");
            assert!(message.contains("cannot be a file of its own"), "{message}");
        }
        for images in [Images::None, Images::Link, Images::Repack] {
            let out = world.path(images.word());
            let formats = [Format::Jsonl, Format::Parquet, Format::WebDataset, Format::Beir];
            assert_eq!(world.export_alone(images, &formats, &out).unwrap().kept, 3, "{bad:?}");
            is_whole(&out, images, &world.set());
        }
    }
}

#[test]
fn refuses_a_target_that_is_not_new_or_empty() {
    let world = World::plain();
    let made = |name: &str| {
        fs::create_dir(world.path(name)).unwrap();
        world.path(name)
    };
    put(&world.path("file"), b"mine");
    put(&made("full").join("file"), b"mine");
    symlink("nowhere", made("with a dangling link").join("link")).unwrap();
    symlink(world.path("outside/new"), world.path("dangling")).unwrap();
    symlink(world.path("full"), world.path("to full")).unwrap();
    symlink(world.path("file"), world.path("to file")).unwrap();
    symlink("round", world.path("round")).unwrap();
    for (target, expected) in [
        ("file", "not a folder"),
        ("full", "not empty"),
        ("full/", "not empty"),
        ("with a dangling link", "not empty"),
        ("dangling", "No such file"),
        ("to full", "not empty"),
        ("to file", "not a folder"),
        ("round", "symbolic links"),
        ("no/parent", "does not exist"),
        ("file/below", "not a folder"),
        ("set", "inside the dataset"),
        ("set/..", "not empty"),
        ("set/image_shards", "inside the dataset"),
        ("", "not empty"),
        ("/", "not empty"),
    ] {
        for images in IMAGES {
            let error = world.export_alone(images, Format::ALL, &world.path(target)).unwrap_err();
            assert!(error.to_string().contains(expected), "{target}: {error}");
        }
    }
}

#[test]
fn replaces_an_empty_folder_and_keeps_its_permissions() {
    let world = World::plain();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let out = world.path("private");
    fs::create_dir(&out).unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o700)).unwrap();
    world.export(Images::None, &[Format::Jsonl], &out, &|_: ProgressStep| Err(Cancelled)).unwrap_err();
    assert_eq!((mode(&out), out.read_dir().unwrap().count()), (0o700, 0), "after a failure as well");
    world.export_alone(Images::Extract, Format::ALL, &out).unwrap();
    assert_eq!(mode(&out), 0o700);
    is_whole(&out, Images::Extract, &world.set());
}

#[test]
fn writes_through_a_link_to_an_empty_folder() {
    let world = World::plain();
    let (out, link) = (world.path("outside/empty"), world.path("link"));
    symlink(&out, &link).unwrap();
    for images in IMAGES {
        fs::remove_dir_all(&out).unwrap();
        fs::create_dir(&out).unwrap();
        let before = world.content(&out);
        world.export(images, Format::ALL, &link, &NoProgress).unwrap();
        assert!(world.content(&out) == before, "the link is still one");
        is_whole(&out, images, &world.set());
    }
}

#[test]
fn accepts_a_target_with_the_longest_name() {
    let world = World::plain();
    for name in ["x".repeat(255), "é".repeat(127)] {
        let out = world.path(&name);
        world.export_alone(Images::Extract, &[Format::Jsonl], &out).unwrap();
        is_whole(&out, Images::Extract, &world.set());
    }
}

#[test]
fn refuses_a_target_inside_the_dataset() {
    let world = World::plain();
    fs::create_dir(world.path("set/new")).unwrap();
    symlink(world.path("set/new"), world.path("link")).unwrap();
    symlink(world.path("set"), world.path("way")).unwrap();
    // Shards of this set are elsewhere.
    fs::rename(world.path("set/image_shards"), world.path("elsewhere")).unwrap();
    symlink(world.path("elsewhere"), world.path("set/image_shards")).unwrap();
    for target in
        ["set/out", "set/new", "set/new/out", "link", "link/out", "way/out", "outside/../set/out", "elsewhere/out"]
    {
        for images in IMAGES {
            let error = world.export_alone(images, Format::ALL, &world.path(target)).unwrap_err();
            assert!(matches!(error, ExportError::InsideDataset { .. }), "{target}: {error}");
            assert!(error.to_string().contains("is inside the dataset"), "{target}: {error}");
        }
    }
    // The root of a single file is its folder.
    let (file, judgements) = (Dataset::open(&world.path("set/train.jsonl")).unwrap(), Judgements::new());
    let source = JudgementSource::new(&judgements, &[], &AnnotatorScope::Everybody);
    let error = export(&file, &source, &ExportOptions::default(), &world.path("set/out"), &NoProgress).unwrap_err();
    assert!(matches!(error, ExportError::InsideDataset { .. }), "{error}");
    // A name with the same beginning is another folder.
    world.export_alone(Images::Extract, Format::ALL, &world.path("set-clean")).unwrap();
}

/// Returns the folder in which an export is written before it gets its name.
fn unfinished_folder(parent: &Path) -> PathBuf {
    let is_unfinished =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains("tilejury-"));
    parent.read_dir().unwrap().map(|entry| entry.unwrap().path()).find(is_unfinished).unwrap()
}

#[test]
fn follows_no_link_planted_during_the_export() {
    let names = [
        ("images", "empty"),
        ("images/shard_000", "empty"),
        ("images/shard_000/a.png", "canary.png"),
        ("image_shards", "empty"),
        ("image_shards/shard_000.tar", "canary.png"),
        ("imagefolder", "empty"),
        ("imagefolder/train/images", "empty"),
        ("imagefolder/train/metadata.jsonl", "new"),
        ("parquet", "empty"),
        ("webdataset/train-000000.tar", "new"),
        ("qrels/train.qrels", "canary.png"),
        ("beir/qrels", "empty"),
        ("train.jsonl", "canary.png"),
        ("train_hn.jsonl", "new"),
        ("README.md", "canary.png"),
        ("export_manifest.json", "new"),
        ("other", "canary.png"),
        ("other", "empty"),
    ];
    for images in [Images::Link, Images::Repack, Images::Extract] {
        for (name, to) in names {
            if name.starts_with("image_shards") && images == Images::Extract
                || name.starts_with("images") && images != Images::Extract
            {
                continue;
            }
            let world = World::plain();
            let out = world.path("out");
            let before = world.content(&out);
            let once = Once::new();
            let plant = |_: ProgressStep| {
                once.call_once(|| {
                    let link = unfinished_folder(world.dir.path()).join(name);
                    fs::create_dir_all(link.parent().unwrap()).unwrap();
                    symlink(world.path("outside").join(to), link).unwrap();
                });
                Ok(())
            };
            let result = world.export(images, Format::ALL, &out, &plant);
            assert!(result.is_err(), "{images:?}: {name} to {to} was not refused");
            assert!(world.content(&out) == before, "{images:?}: {name} to {to} was followed: {result:?}");
            assert!(!out.exists());
        }
    }
}

#[test]
fn keeps_files_put_at_the_target_during_the_export() {
    type Put = fn(&World, &Path);
    let puts: [(&str, Put); 5] = [
        ("a folder that holds something", |_, out| put(&out.join("mine"), b"mine")),
        ("a file", |_, out| put(out, b"mine")),
        ("a link to a folder", |world, out| symlink(world.path("outside/empty"), out).unwrap()),
        ("a link to a file", |world, out| symlink(world.path("outside/canary.png"), out).unwrap()),
        ("a link to nowhere", |world, out| symlink(world.path("outside/new"), out).unwrap()),
    ];
    for (what, put) in puts {
        let world = World::plain();
        let out = world.path("out");
        let once = Once::new();
        let plant = |_: ProgressStep| {
            once.call_once(|| put(&world, &out));
            Ok(())
        };
        let before = world.content(Path::new(""));
        let result = world.export(Images::Extract, Format::ALL, &out, &plant);
        assert!(result.is_err(), "{what}");
        let mut after = world.content(Path::new(""));
        let planted: Vec<_> = after.keys().filter(|path| path.starts_with(&out)).cloned().collect();
        assert!(!planted.is_empty(), "{what} is gone");
        planted.iter().for_each(|path| drop(after.remove(path)));
        assert!(after == before, "{what}: {:?}", after.keys());
    }
}

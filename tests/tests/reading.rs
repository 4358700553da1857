//! `read` and `text` with the real Tesseract, on tiles that are hard to read: each is drawn here,
//! so that every word on it is known. `cargo xtask test` installs Tesseract and the languages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is a failed test")]

use std::collections::HashMap;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tilejury_testkit::{Page, Row, Set};
use tilejury_tests::Fixture;

const ENGLISH: &str = "The Panama Canal joins the Atlantic and the Pacific Ocean. A French company began to dig in \
    1881 and gave up eight years later. The United States finished the canal in 1914, with twelve locks that lift \
    ships to a lake 26 m above the sea. Some 14,000 ships pass each year, and a passage takes about ten hours.";
const RIVERS: &str = "The Danube rises in the Black Forest and flows through ten countries before it reaches the \
    Black Sea. Vienna, Budapest and Belgrade lie on its banks.";
const MOUNTAINS: &str = "The Matterhorn was first climbed in July 1865 by seven men from Zermatt. Four of them died \
    on the way down when a rope broke.";
const GERMAN: &str = "Die Brücke über die Elbe wurde im Jahr 1893 nach drei Jahren Bauzeit für den Verkehr geöffnet. \
    Sie verbindet die Stadtteile Blasewitz und Loschwitz, und ihre Stützen stehen außerhalb des Flusses.";
const RUSSIAN: &str = "Транссибирская магистраль соединяет Москву и Владивосток. Длина главного хода составляет 9288 \
    километров, и поезд проходит этот путь почти за семь суток.";
const JAPANESE: &str = "明石海峡大橋は、兵庫県神戸市と淡路島を結ぶ世界最大級のつり橋である。全長は三千九百十一メートルで、\
    一九九八年四月に開通した。";
const RUSSIAN_SHORT: &str = "Длина 9288 километров";
const TABLE: [[&str; 3]; 5] = [
    ["Metal", "Symbol", "Melting point"],
    ["Aluminium", "Al", "660"],
    ["Copper", "Cu", "1085"],
    ["Iron", "Fe", "1538"],
    ["Tungsten", "W", "3422"],
];

fn path(name: &str) -> String {
    format!("images/shard_000/shard_00001/{name}.png.tiles/chunk_0000_00.png")
}

fn text_page(text: &str, size: f32) -> Page {
    let mut page = Page::new(700, 500);
    page.paragraph(text, (40, 40), 620, size);
    page
}

/// A smooth picture with some grain: no letters, and not blank.
fn photo() -> Page {
    let grain = |x: u32, y: u32| {
        let mixed = (x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b)).wrapping_mul(0xc2b2_ae35);
        f64::from(mixed >> 27)
    };
    let image = image::RgbImage::from_fn(600, 400, |x, y| {
        let hill = 200.0 + 60.0 * (f64::from(x) / 90.0).sin() + 30.0 * (f64::from(x) / 37.0).cos();
        let light = if f64::from(y) < hill { 150.0 + f64::from(y) / 4.0 } else { 60.0 + f64::from(x) / 12.0 };
        image::Rgb([(light + grain(x, y)) as u8, (light * 0.9 + grain(y, x)) as u8, (light * 0.7) as u8])
    });
    Page::painted(image, [0; 3])
}

fn two_columns() -> Page {
    let mut page = Page::new(800, 400);
    page.paragraph(RIVERS, (40, 40), 330, 18.0);
    page.paragraph(MOUNTAINS, (430, 40), 330, 18.0);
    page
}

fn table() -> Page {
    let mut page = Page::new(640, 260);
    for (row, cells) in TABLE.iter().enumerate() {
        let y = 20 + 44 * row as u32;
        page.rule((20, y), (600, 1));
        for (column, cell) in cells.iter().enumerate() {
            page.line(cell, (36 + 200 * column as u32, y + 10), 18.0);
        }
    }
    for x in [20, 220, 420, 620] {
        page.rule((x, 20), (1, 220));
    }
    page.rule((20, 240), (601, 1));
    page
}

fn on_colours(text: &str, size: f32, ground: [u8; 3], ink: [u8; 3]) -> Page {
    let mut page = Page::coloured(700, 320, ground, ink);
    page.paragraph(text, (40, 40), 620, size);
    page
}

/// A white page with a dark box, and text on both.
fn dark_box() -> Page {
    let mut page = Page::new(700, 500);
    let end = page.paragraph(RIVERS, (40, 40), 620, 18.0);
    page.rule((20, end + 20), (660, 200));
    let mut page = page.with_ink([255; 3]);
    page.paragraph(MOUNTAINS, (40, end + 50), 620, 18.0);
    page
}

fn pages() -> Vec<(&'static str, Page)> {
    vec![
        ("plain", text_page(ENGLISH, 18.0)),
        ("blank", Page::new(500, 300)),
        ("photo", photo()),
        ("columns", two_columns()),
        ("table", table()),
        ("white-on-black", on_colours(ENGLISH, 18.0, [0; 3], [255; 3])),
        ("light-on-blue", on_colours(ENGLISH, 18.0, [24, 42, 84], [225, 230, 240])),
        ("grey-on-grey", on_colours(ENGLISH, 18.0, [200; 3], [110; 3])),
        ("dark-box", dark_box()),
        ("small", text_page(ENGLISH, 9.0)),
        ("small-turned", on_colours(ENGLISH, 10.0, [20; 3], [230; 3]).turned().turned().turned()),
        ("turned", text_page(ENGLISH, 18.0).turned()),
        ("upside-down", text_page(ENGLISH, 18.0).turned().turned()),
        ("german", text_page(GERMAN, 18.0)),
        ("russian", text_page(RUSSIAN, 20.0)),
        ("russian-small", text_page(RUSSIAN, 9.0)),
        ("russian-short", text_page(RUSSIAN_SHORT, 20.0)),
        ("japanese", text_page(JAPANESE, 24.0)),
    ]
}

/// A set with one row for each page.
fn set(pages: &[(&str, Page)]) -> Fixture {
    let mut set = Set::new();
    for (name, page) in pages {
        let path = path(name);
        set = set.tile(&path, &page.png()).row("train", &Row::new(&format!("What does {name} say?"), &path));
    }
    Fixture::with(&set)
}

/// Asks Tesseract for its languages, and returns the folder of their files and their codes.
fn tesseract() -> (String, Vec<String>) {
    let asked = Command::new("tesseract").arg("--list-langs").output();
    let asked = asked.unwrap_or_else(|error| {
        panic!(
            "Tesseract is not installed ({error}). `cargo xtask test` installs it; or: apt-get install tesseract-ocr"
        )
    });
    let printed = String::from_utf8(asked.stdout).unwrap();
    let folder = printed.split('"').nth(1).unwrap_or_else(|| panic!("no folder of languages in: {printed}")).to_owned();
    (folder, printed.lines().skip(1).map(str::to_owned).collect())
}

/// The lines of `text --json` by the name of the page, and the line of `read --json`.
struct Read {
    counts: Value,
    tiles: HashMap<String, Value>,
}

fn read(fixture: &Fixture, options: &[&str]) -> Read {
    let counts = fixture.run(&[&["read", "set", "--all", "--json"], options].concat()).expect(0).json().swap_remove(0);
    let name = |line: &Value| line["path"].as_str().unwrap().split(['/', '.']).nth(3).unwrap().to_owned();
    let lines = fixture.run(&["text", "set", "--json"]).expect(0).json();
    Read { counts, tiles: lines.into_iter().map(|line| (name(&line), line)).collect() }
}

/// All pages, read once for all tests.
fn all() -> &'static Read {
    static READ: OnceLock<Read> = OnceLock::new();
    READ.get_or_init(|| {
        let (_, languages) = tesseract();
        for language in ["eng", "osd", "deu", "jpn", "rus"] {
            let package = format!("tesseract-ocr-{language}");
            assert!(
                languages.iter().any(|code| code == language),
                "Tesseract lacks `{language}`: apt-get install {package}"
            );
        }
        read(&set(&pages()), &[])
    })
}

fn text(name: &str) -> &'static str {
    all().tiles[name]["text"].as_str().unwrap()
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The share of the words of `expected` that are in `found`, each as often as it occurs.
fn recall(expected: &[String], found: &[String]) -> f64 {
    let mut left: HashMap<&str, usize> = HashMap::new();
    found.iter().for_each(|word| *left.entry(word).or_default() += 1);
    let hits = expected.iter().filter(|word| match left.get_mut(word.as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    });
    hits.count() as f64 / expected.len() as f64
}

#[track_caller]
fn assert_reads(name: &str, expected: &str) {
    let found = text(name);
    let recall = recall(&words(expected), &words(found));
    assert!(recall >= 0.9, "{name}: word recall {recall:.2}: {found}");
    assert_eq!(all().tiles[name]["legible"], json!(true), "{name}");
}

#[test]
fn reads_plain_text_with_boxes_on_the_words() {
    assert_reads("plain", ENGLISH);
    let tile = &all().tiles["plain"];
    assert!(tile["engine"].as_str().unwrap().starts_with("tesseract "), "{}", tile["engine"]);
    let first = &tile["words"][0];
    assert_eq!(first["text"], "The");
    // “The” of 18 pixels, set at (40, 40).
    let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| first[side].as_u64().unwrap());
    assert!(
        (38..43).contains(&x) && (41..48).contains(&y) && (25..40).contains(&w) && (10..18).contains(&h),
        "{first}"
    );
    assert!(first["conf"].as_f64().unwrap() > 0.7, "{first}");
}

#[test]
fn reads_light_text_on_dark_ground() {
    assert_reads("white-on-black", ENGLISH);
    assert_reads("light-on-blue", ENGLISH);
    assert_reads("grey-on-grey", ENGLISH);
    assert_reads("dark-box", &format!("{RIVERS} {MOUNTAINS}"));
}

#[test]
fn reads_small_text() {
    assert_reads("small", ENGLISH);
    assert_reads("small-turned", ENGLISH);
}

#[test]
fn reads_turned_text_and_boxes_it_on_the_tile() {
    assert_reads("turned", ENGLISH);
    assert_reads("upside-down", ENGLISH);
    // Turned clockwise, the upper left corner of the page is the upper right one of the tile.
    let first = &all().tiles["turned"]["words"][0];
    let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| first[side].as_u64().unwrap());
    assert!((440..460).contains(&x) && (38..43).contains(&y) && h > w, "{first}");
}

#[test]
fn reads_columns_one_after_the_other() {
    assert_reads("columns", &format!("{RIVERS} {MOUNTAINS}"));
    let text = text("columns");
    let (left, right) = (text.find("Belgrade").unwrap(), text.find("Matterhorn").unwrap());
    assert!(left < right, "the left column ends before the right one begins: {text}");
}

#[test]
fn reads_all_cells_of_a_table() {
    assert_reads("table", &TABLE.concat().join(" "));
}

#[test]
fn reads_other_languages_without_being_asked() {
    assert_reads("german", GERMAN);
    assert_reads("russian", RUSSIAN);
    assert_reads("russian-small", RUSSIAN);
    assert_reads("russian-short", RUSSIAN_SHORT);
    // Japanese has no spaces: signs are compared.
    let signs =
        |text: &str| -> Vec<String> { text.chars().filter(|sign| sign.is_alphanumeric()).map(String::from).collect() };
    let found = text("japanese");
    let recall = recall(&signs(JAPANESE), &signs(found));
    assert!(recall >= 0.9, "japanese: {recall:.2}: {found}");
    let first = |name: &str| all().tiles[name]["languages"].as_str().unwrap().split('+').next().unwrap().to_owned();
    assert_eq!(["plain", "german", "russian", "japanese"].map(first), ["eng", "deu", "rus", "jpn"]);
}

#[test]
fn counts_a_picture_without_text_as_not_read() {
    let read = all();
    let legible = |name: &str| read.tiles[name]["legible"].clone();
    assert_eq!((legible("blank"), legible("photo")), (json!(true), json!(false)), "{}", text("photo"));
    assert_eq!(text("blank"), "");
    let counts = ["tiles", "read", "skipped", "failed", "not_legible"].map(|name| read.counts[name].as_u64().unwrap());
    let tiles = pages().len() as u64;
    assert_eq!(counts, [tiles, tiles, 0, 0, 1]);
}

#[cfg(unix)]
#[test]
fn names_the_command_for_a_missing_language() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (folder, _) = tesseract();
    let fixture = set(&[("plain", text_page(ENGLISH, 18.0)), ("russian", text_page(RUSSIAN, 20.0))]);
    let few = fixture.path("few languages");
    std::fs::create_dir(&few).unwrap();
    for name in ["eng.traineddata", "osd.traineddata", "configs", "tessconfigs"] {
        symlink(std::path::Path::new(&folder).join(name), few.join(name)).unwrap();
    }
    fixture.write("few", &format!("#!/bin/sh\nTESSDATA_PREFIX='{}' exec tesseract \"$@\"\n", few.display()));
    std::fs::set_permissions(fixture.path("few"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = fixture.path("few").display().to_string();
    let refused = fixture.run(&["read", "set", "--all", "--lang", "jpn", "--tesseract", &program]).expect(2);
    assert!(refused.err.contains("apt-get install tesseract-ocr-jpn"), "{}", refused.err);
    let run = fixture.run(&["read", "set", "--all", "--json", "--tesseract", &program]).expect(0);
    let named = run.err.lines().filter(|line| line.contains("apt-get"));
    assert!(
        named.eq(run.err.lines().filter(|line| line.ends_with("apt-get install tesseract-ocr-rus"))),
        "{}",
        run.err
    );
    assert_eq!(
        [&run.json()[0]["read"], &run.json()[0]["not_legible"]],
        [2, 1],
        "letters of a wrong script are not the text"
    );
}

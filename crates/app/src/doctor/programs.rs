//! Lines about what the program uses of others: Tesseract, and the fonts of the system for scripts
//! that the built-in fonts lack. Other programs are run for a few seconds at most.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use egui::FontFamily;
use egui::epaint::text::{FallbackRequest, FontProvider as _};
use egui_system_font_provider::SystemFontProvider;
use tilejury_text::{ReadingEngine as _, Tesseract, TesseractError};

use super::Check;
use super::environment::Environment;
use crate::fonts;
use crate::settings::Settings;

/// The longest time for another program.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// The most output of another program that is read, in bytes.
const OUTPUT_UP_TO: u64 = 1 << 20;

/// Scripts that the built-in fonts lack, each with a letter.
const SCRIPTS: [(&str, &str); 8] = [
    ("Devanagari", "क"),
    ("Bengali", "ক"),
    ("Tamil", "க"),
    ("Telugu", "క"),
    ("Thai", "ก"),
    ("Khmer", "ក"),
    ("Amharic", "አ"),
    ("Burmese", "က"),
];

pub(super) fn lines(environment: &Environment, settings: &Settings) -> Vec<Check> {
    vec![tesseract(environment, settings), Check::ok("built-in fonts", fonts::names().join(", ")), system_fonts()]
}

fn tesseract(environment: &Environment, settings: &Settings) -> Check {
    let (name, program) = ("tesseract", Path::new(&settings.tesseract));
    match Tesseract::find(program) {
        Ok(found) => {
            let codes: Vec<&str> = found.languages().iter().map(tilejury_text::Language::code).collect();
            let place = place(environment, program).display().to_string();
            let value = format!("{} at {place}, languages: {}", found.version(), codes.join(" "));
            let wanted = settings.reading_languages.split('+').filter(|code| !codes.contains(code));
            let missing: Vec<String> = wanted.map(|code| format!("tesseract-ocr-{}", code.replace('_', "-"))).collect();
            match missing.is_empty() {
                true => Check::ok(name, value),
                false => {
                    let advice = format!("on Debian or Ubuntu: apt-get install {}", missing.join(" "));
                    Check::warning(name, format!("{value}; the settings want {}", settings.reading_languages), advice)
                }
            }
        }
        Err(TesseractError::Missing { program }) => Check::warning(
            name,
            format!("{}: not installed, so the text of tiles cannot be read", program.display()),
            "on Debian or Ubuntu: apt-get install tesseract-ocr; or name the program in the settings",
        ),
        Err(error) => {
            Check::warning(name, error.to_string(), "see docs/reading.md, or name another program in the settings")
        }
    }
}

/// The place of a program that is looked up as a shell does.
fn place(environment: &Environment, program: &Path) -> PathBuf {
    let found = environment.folders("PATH").into_iter().map(|folder| folder.join(program)).find(|path| path.is_file());
    found.unwrap_or_else(|| program.to_owned())
}

/// The fonts that the window would use, by the same search.
fn system_fonts() -> Check {
    let provider = SystemFontProvider::new();
    let font = |letter: &str| {
        let request = FallbackRequest { cluster: letter, family: &FontFamily::Proportional };
        // The provider's names are like `system:Noto Sans Thai:1:0`.
        let name = provider.font_for(&request)?.name;
        Some(name.split(':').nth(1).unwrap_or(&name).to_owned())
    };
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (script, letter) in SCRIPTS {
        match font(letter) {
            Some(name) => found.push(format!("{script}: {name}")),
            None => missing.push(script),
        }
    }
    let name = "system fonts";
    let mut value = found.join(", ");
    if missing.is_empty() {
        return Check::ok(name, value);
    }
    if !value.is_empty() {
        value.push_str("; ");
    }
    let advice = "only needed for such queries; on Debian or Ubuntu: apt-get install fonts-noto-core";
    Check::warning(name, format!("{value}none for {}", missing.join(", ")), advice)
}

/// The lines that a program prints; none if it is not installed, fails or takes too long.
pub(super) fn first_lines_of(environment: &Environment, program: &str, arguments: &[&str]) -> Vec<String> {
    let program = place(environment, Path::new(program));
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return Vec::new() };
    let (sender, printed) = sync_channel(1);
    if let Some(pipe) = child.stdout.take() {
        thread::spawn(move || {
            let mut text = Vec::new();
            let _ = pipe.take(OUTPUT_UP_TO).read_to_end(&mut text);
            let _ = sender.send(text);
        });
    }
    let text = printed.recv_timeout(ANSWER_WITHIN).unwrap_or_default();
    end(child);
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}

fn end(mut child: Child) {
    // Both fail for a program that has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

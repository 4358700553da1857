//! Reads tiles with the `tesseract` program of the machine, as a subprocess: a crash or a hang
//! stays outside of this program.
//!
//! The picture is passed as pixels, never as a file of a stranger: Tesseract takes input that is no
//! picture for a list of files to read. One thread each, since callers read several tiles at once.

mod process;
mod tsv;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use thiserror::Error;
use tilejury_data::decode::Pixels;

use crate::engine::{ReadError, ReadingEngine, TextLayout};
use crate::language::{Language, Script};
use crate::reading::TileReading;
use process::Finished;

/// The longest time for one tile. The slowest of the shared sets took 5 s.
const READ_WITHIN: Duration = Duration::from_secs(60);
/// The longest time for a question to the program.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The resolution that Tesseract assumes, in dots per inch. Its own estimate follows the picture,
/// but is wrong for tiles with little text.
const DOTS_PER_INCH: &str = "150";

/// A script with less of Tesseract's own confidence is not known. Wrong ones had up to 0.4 on pages
/// of seven scripts, right ones mostly more than 0.6.
const SCRIPT_FROM: f32 = 0.5;

/// The Tesseract program of the machine.
#[derive(Clone, Debug)]
pub struct Tesseract {
    program: PathBuf,
    version: String,
    languages: Vec<Language>,
    /// Whether it can find scripts and rotations.
    finds_layout: bool,
    read_within: Duration,
}

/// A reason why Tesseract cannot be used.
#[derive(Debug, Error)]
pub enum TesseractError {
    /// There is no such program.
    #[error("{} is not installed; on Debian or Ubuntu: apt-get install tesseract-ocr", program.display())]
    Missing {
        /// The program that was tried.
        program: PathBuf,
    },
    /// It has no language at all.
    #[error("{} has no languages; on Debian or Ubuntu: apt-get install tesseract-ocr-eng", program.display())]
    NoLanguages {
        /// The program.
        program: PathBuf,
    },
    /// It lacks a language.
    #[error("Tesseract has no language `{language}`, only {}; on Debian or Ubuntu: apt-get install {}",
        codes(known, ", "), language.package())]
    NoLanguage {
        /// The language.
        language: Language,
        /// The languages that it has.
        known: Vec<Language>,
    },
    /// It could not be asked.
    #[error(transparent)]
    Failed(#[from] ReadError),
}

impl Tesseract {
    /// Asks a program for its version and languages. `program` is a path, or a name that is looked
    /// up as a shell does.
    ///
    /// # Errors
    /// If there is no such program, or it is not a Tesseract that can read.
    pub fn find(program: &Path) -> Result<Self, TesseractError> {
        let version = match ask(program, "--version") {
            Err(ReadError::Run { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Err(TesseractError::Missing { program: program.to_owned() });
            }
            answer => answer?,
        };
        let first = version.lines().next().unwrap_or_default();
        let Some(version) = first.strip_prefix("tesseract ") else {
            let message = format!("expected its version, found “{}”", first.chars().take(80).collect::<String>());
            return Err(ReadError::Unreadable { program: name_of(program), line: 1, message }.into());
        };
        let listed = ask(program, "--list-langs")?;
        // A heading is no code; `osd` finds scripts and `equ` formulas, both read no text.
        let listed_codes = || listed.lines().map(str::trim);
        let texts = listed_codes().filter(|code| !matches!(*code, "osd" | "equ"));
        let languages: Vec<Language> = texts.filter_map(|code| code.parse().ok()).collect();
        let finds_layout = listed_codes().any(|code| code == "osd");
        if languages.is_empty() {
            return Err(TesseractError::NoLanguages { program: program.to_owned() });
        }
        let version = version.trim_start_matches('v').to_owned();
        Ok(Self { program: program.to_owned(), version, languages, finds_layout, read_within: READ_WITHIN })
    }

    /// Finds a program as [`Self::find`] does, for reading in some languages.
    ///
    /// # Errors
    /// As [`Self::find`], or if it lacks one of the languages.
    pub fn with_languages(program: &Path, languages: &[Language]) -> Result<Self, TesseractError> {
        let found = Self::find(program)?;
        match languages.iter().find(|language| !found.languages.contains(language)) {
            Some(language) => Err(TesseractError::NoLanguage { language: language.clone(), known: found.languages }),
            None => Ok(found),
        }
    }

    /// Sets the longest time for one tile.
    #[must_use]
    pub fn read_within(self, limit: Duration) -> Self {
        Self { read_within: limit, ..self }
    }
}

impl ReadingEngine for Tesseract {
    fn name(&self) -> &str {
        "tesseract"
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn languages(&self) -> &[Language] {
        &self.languages
    }

    fn read(&self, picture: &Pixels, languages: &[Language], stop: &AtomicBool) -> Result<TileReading, ReadError> {
        let mut command = Command::new(&self.program);
        command.args(["stdin", "stdout", "-l", &codes(languages, "+"), "--dpi", DOTS_PER_INCH, "tsv"]);
        let printed = run(&mut command, portable_pixmap(picture), self.read_within, stop)?;
        let unreadable = |(line, message)| ReadError::Unreadable { program: name_of(&self.program), line, message };
        tsv::parse(&printed, (picture.width, picture.height)).map_err(unreadable)
    }

    fn layout(&self, picture: &Pixels, stop: &AtomicBool) -> Result<Option<TextLayout>, ReadError> {
        if !self.finds_layout {
            return Ok(None);
        }
        let mut command = Command::new(&self.program);
        command.args(["stdin", "stdout", "--psm", "0", "--dpi", DOTS_PER_INCH]);
        match run(&mut command, portable_pixmap(picture), self.read_within, stop) {
            Ok(printed) => Ok(parse_layout(&printed)),
            // Its way to report too few characters.
            Err(ReadError::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Joins the codes of languages.
fn codes(languages: &[Language], between: &str) -> String {
    languages.iter().map(Language::code).collect::<Vec<_>>().join(between)
}

/// Parses the lines `Rotate: 90` and `Script: Cyrillic`.
fn parse_layout(printed: &str) -> Option<TextLayout> {
    let value = |name: &str| printed.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let degrees: u16 = value("Rotate:")?.parse().ok()?;
    let confidence: f32 = value("Script confidence:").and_then(|value| value.parse().ok()).unwrap_or(0.0);
    let script = value("Script:").filter(|_| confidence >= SCRIPT_FROM).and_then(Script::from_name);
    Some(TextLayout { script, turns: (degrees / 90 % 4) as u8 })
}

fn ask(program: &Path, question: &str) -> Result<String, ReadError> {
    run(Command::new(program).arg(question), Vec::new(), ANSWER_WITHIN, &AtomicBool::new(false))
}

/// Runs a command to its end. Returns its standard output.
fn run(command: &mut Command, input: Vec<u8>, limit: Duration, stop: &AtomicBool) -> Result<String, ReadError> {
    let program = name_of(Path::new(command.get_program()));
    command.env("OMP_THREAD_LIMIT", "1");
    match process::run(command, input, limit, stop) {
        Err(source) => Err(ReadError::Run { program, source }),
        Ok(Finished::Stopped) => Err(ReadError::Stopped),
        Ok(Finished::TimedOut) => Err(ReadError::TimedOut { program, limit }),
        Ok(Finished::Ended { status, output, .. }) if status.success() => {
            Ok(String::from_utf8_lossy(&output).into_owned())
        }
        Ok(Finished::Ended { status, errors, .. }) => {
            let errors = String::from_utf8_lossy(&errors);
            let last = errors.lines().map(str::trim).rfind(|line| !line.is_empty());
            let message = last.map_or_else(|| status.to_string(), |line| line.chars().take(200).collect());
            Err(ReadError::Failed { program, message })
        }
    }
}

fn name_of(program: &Path) -> String {
    program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
}

/// Encodes pixels as a binary portable pixmap (PPM, `P6`), on a white ground.
fn portable_pixmap(picture: &Pixels) -> Vec<u8> {
    let mut encoded = format!("P6 {} {} 255\n", picture.width, picture.height).into_bytes();
    encoded.reserve(picture.rgba.len() / 4 * 3);
    for pixel in picture.rgba.chunks_exact(4) {
        let alpha = u32::from(pixel[3]);
        let on_white = |value: u8| ((u32::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8;
        encoded.extend(pixel[..3].iter().map(|value| on_white(*value)));
    }
    encoded
}

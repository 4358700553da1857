//! The text of one picture as it is kept: read in the right languages, and judged for legibility.
//! Reads no file and stores nothing.

use std::sync::atomic::AtomicBool;

use tilejury_data::decode::Pixels;
use tilejury_text::{
    Language, PictureReading, ReadError, ReadingEngine, Script, TileReading, beginning_with, read_picture,
};

/// A tile with fewer letters was not read if it has more ink than [`BLANK_INK`].
const LEGIBLE_LETTERS: usize = 12;
/// The share of ink on a tile that is blank for a reader.
const BLANK_INK: f32 = 0.001;

/// The text of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PictureText {
    pub(crate) reading: TileReading,
    /// The languages that it was read with, as codes with `+` between them.
    pub(crate) languages: String,
    /// A language that the text seems to be in, and that the engine lacked.
    pub(crate) missing: Option<String>,
    pub(crate) legible: bool,
}

/// Reads the text of a picture. `ink` returns the share of its pixels that are ink.
pub(crate) fn read_text(
    engine: &dyn ReadingEngine,
    pixels: &Pixels,
    languages: &[Language],
    ink: impl FnOnce() -> f32,
    stop: &AtomicBool,
) -> Result<PictureText, ReadError> {
    let read = read_picture(engine, pixels, languages, stop)?;
    let has_text = read.reading.letters() >= LEGIBLE_LETTERS && read.is_credible();
    let legible = has_text || ink() <= BLANK_INK;
    let PictureReading { reading, languages, missing } = read;
    let codes: Vec<&str> = languages.iter().map(Language::code).collect();
    let missing = missing.map(|language| language.code().to_owned());
    Ok(PictureText { reading, languages: codes.join("+"), missing, legible })
}

/// Returns the languages to read a tile in: that of its query's script first, if the engine has it.
pub(crate) fn languages_for(
    engine: &dyn ReadingEngine,
    script_of_query: Option<Script>,
    languages: &[Language],
) -> Vec<Language> {
    let language = script_of_query.map(Script::usual_language);
    match language.filter(|language| engine.languages().contains(language)) {
        Some(language) => beginning_with(&language, languages),
        None => languages.to_vec(),
    }
}

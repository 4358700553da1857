//! The interface of programs that read the text of pictures. Each engine has its own module.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use thiserror::Error;
use tilejury_data::decode::Pixels;

use crate::language::{Language, Script};
use crate::reading::TileReading;

/// A program that reads the text of a picture. One value serves all threads.
pub trait ReadingEngine: Send + Sync {
    /// Returns the engine's name, for example `tesseract`.
    fn name(&self) -> &str;

    /// Returns the engine's version, for example `5.3.0`.
    fn version(&self) -> &str;

    /// Returns the languages that it can read on this machine.
    fn languages(&self) -> &[Language];

    /// Reads a picture. `languages` are in order of importance, and not empty. Returns soon after
    /// `stop` becomes true.
    ///
    /// # Errors
    /// If the engine cannot be run, fails, hangs, or returns something that is not a reading.
    fn read(&self, picture: &Pixels, languages: &[Language], stop: &AtomicBool) -> Result<TileReading, ReadError>;

    /// Finds the script and the rotation of the text on a picture, without reading it; `None` if
    /// the engine cannot, or finds no text.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn layout(&self, picture: &Pixels, stop: &AtomicBool) -> Result<Option<TextLayout>, ReadError>;
}

/// The script and the rotation of the text on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLayout {
    /// The script of most of the text, if it is a known one.
    pub script: Option<Script>,
    /// The clockwise turns of 90° that make the text upright, 0 to 3.
    pub turns: u8,
}

/// A reason why a picture was not read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The caller stopped the work.
    #[error("reading was stopped")]
    Stopped,
    /// The program could not be run, or its input not written.
    #[error("{program} could not be run: {source}")]
    Run {
        /// The program.
        program: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The program took too long and was ended.
    #[error("{program} did not finish within {} s", limit.as_secs())]
    TimedOut {
        /// The program.
        program: String,
        /// The time that it had.
        limit: Duration,
    },
    /// The program ended with an error.
    #[error("{program} failed: {message}")]
    Failed {
        /// The program.
        program: String,
        /// Its own message, or the way in which it ended.
        message: String,
    },
    /// The program's output is not in the expected form.
    #[error("{program} printed something unexpected in line {line}: {message}")]
    Unreadable {
        /// The program.
        program: String,
        /// The line of its output, from 1.
        line: usize,
        /// The fault.
        message: String,
    },
}

//! The contents that a scan takes from each tile: its fingerprint, its text. Reads nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tilejury_data::TilePath;
use tilejury_text::{Language, ReadingEngine};

use crate::external::{ReadingQueue, languages_for};
use crate::suspicion::fingerprints::FINGERPRINT_VERSION;

/// The contents that a scan takes from each tile.
#[derive(Clone)]
pub struct ScanContents {
    /// Whether fingerprints are made.
    pub fingerprints: bool,
    /// The way in which texts are read, if they are.
    pub texts: Option<TextReading>,
}

/// The way in which the texts of tiles are read.
#[derive(Clone)]
pub struct TextReading {
    /// The engine.
    pub engine: Arc<dyn ReadingEngine>,
    /// The languages to begin with, in order of importance.
    pub languages: Vec<Language>,
    /// The queries of the tiles, whose scripts choose the first language; nothing without rows.
    pub queries: Arc<ReadingQueue>,
}

impl TextReading {
    pub(super) fn languages_of(&self, tile: &TilePath) -> Vec<Language> {
        languages_for(&*self.engine, self.queries.script_of_query(tile), &self.languages)
    }
}

/// A description of the contents, by which files of other contents are recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ContentsNote {
    /// The version of the fingerprints, if there are any.
    fingerprints: Option<i64>,
    /// The engine with its version, and the languages, if there are texts.
    texts: Option<String>,
}

impl ScanContents {
    pub(super) fn note(&self) -> ContentsNote {
        let texts = self.texts.as_ref().map(|texts| {
            let languages: Vec<&str> = texts.languages.iter().map(Language::code).collect();
            format!("{} {} {}", texts.engine.name(), texts.engine.version(), languages.join("+"))
        });
        ContentsNote { fingerprints: self.fingerprints.then_some(FINGERPRINT_VERSION), texts }
    }
}

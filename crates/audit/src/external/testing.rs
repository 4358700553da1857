//! A stored reading, a question and a stored answer for the unit tests of this folder. No test is
//! here.

use tilejury_data::{SampleKey, TilePath};
use tilejury_text::{TileReading, WordBox};

use super::{KeptReply, ModelAnswer, ModelQuestion, QuestionKind, StoredReading};
use crate::suspicion::fingerprints::TileStamp;

/// A legible reading of a tile with these words, one after the other on one line.
pub(super) fn stored_reading(tile: &str, text: &str) -> StoredReading {
    let words = text.split(' ').enumerate().map(|(at, text)| WordBox {
        text: text.to_owned(),
        x: 50 * at as u32,
        y: 0,
        width: 40,
        height: 12,
        confidence: 1.0,
        starts_line: at == 0,
    });
    StoredReading {
        tile: TilePath::new(tile),
        hash: 1,
        stamp: TileStamp { file: "elsewhere".into(), offset: 0, bytes: 1, file_bytes: 2, file_modified: 3 },
        engine: ("tesseract".into(), "5".into()),
        languages: "eng".into(),
        missing: None,
        legible: true,
        reading: TileReading { words: words.collect() },
    }
}

/// A reply under a key of equal bytes.
pub(super) fn kept_reply(key: u8) -> KeptReply {
    KeptReply { key: [key; 32], endpoint: "http://host".into(), model: "m".into(), ..KeptReply::default() }
}

/// An answer under a key of equal bytes.
pub(super) fn model_answer(key: u8, grade: u8, evidence: &str) -> ModelAnswer {
    ModelAnswer { reply: kept_reply(key), grade, soft: None, evidence: evidence.into() }
}

/// A question about a tile of the sample 1 to the model `m`.
pub(super) fn question(tile: &str, kind: QuestionKind) -> ModelQuestion {
    ModelQuestion { sample: SampleKey(1), tile: TilePath::new(tile), source: "m".into(), kind }
}

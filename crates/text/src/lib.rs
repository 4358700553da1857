//! The text of tiles: programs that read it, its words with their boxes, and comparisons of texts.
//!
//! Owns the reading engines ([`ReadingEngine`]), the passage of a text that covers a query best
//! ([`best_passage`]), tolerant matching ([`partial_match`]) and quantities ([`quantities`]). Knows
//! no judgement, signal or window, and stores nothing.

mod answer;
mod copied;
mod date;
mod engine;
mod evidence;
mod forms;
mod heading;
mod highlights;
mod language;
mod partial_match;
mod passage;
mod passage_box;
mod quantity;
mod read_picture;
mod reading;
mod section;
mod snippet;
mod stop_words;
mod tesseract;
mod tokens;

pub use answer::AnswerText;
pub use copied::copied_places;
pub use engine::{ReadError, ReadingEngine, TextLayout};
pub use evidence::{EvidenceFinder, TextEvidence, TextWords, WordFrequencies, is_common_word};
pub use heading::heading;
pub use highlights::{Highlights, Hit, HitKind, ReadFirst, Sought, answer_places};
pub use language::{Language, Script, language_of, script_of};
pub use partial_match::{PartialMatch, partial_match};
pub use passage::{Passage, PassageQuery, best_passage};
pub use passage_box::{PixelBox, PlacedText};
pub use quantity::{Dimension, Quantity, quantities};
pub use read_picture::{PictureReading, beginning_with, read_picture};
pub use reading::{TileReading, WordBox, without_inner_spaces};
pub use section::section_heading;
pub use snippet::{Snippet, quote};
pub use tesseract::{Tesseract, TesseractError};
pub use tokens::{Token, fold, text_tokens, tokens};

//! A simulated model with a known sensitivity and specificity: it knows which tiles answer which
//! queries, and errs by hash, so that each question has one answer, whenever it is asked.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::io;
use std::path::Path;
use std::sync::Arc;

use tilejury_audit::external::QuestionKind;
use tilejury_data::{Dataset, SampleKey, TilePath, TileSlot};
use tilejury_reviewer::{AskPlan, Picture};

use super::AskBenchOptions;
use super::simulated_model::{Asked, Exchange, SimulatedModel, SimulatedReply};
use crate::semantic::truth as labels;

/// The words of a tile that are copied as evidence.
const COPIED_WORDS: usize = 8;

/// The truth about a question: whether the tile answers the query, and words of the tile.
struct Known {
    relevant: bool,
    words: String,
}

/// The answers to all questions, by a hash of query and picture.
pub(super) struct Truth(Arc<HashMap<u64, Known>>);

impl Truth {
    /// Reads the labels, and the tiles that are asked about.
    pub(super) fn read(folder: &Path, dataset: &Dataset, plan: &AskPlan) -> anyhow::Result<Self> {
        let texts = labels::read_texts(&folder.join("tile_text.jsonl"))?;
        let mut relevant: HashSet<(SampleKey, TilePath)> = HashSet::new();
        for of in labels::read(&folder.join("truth.jsonl"), dataset)?.into_iter().filter(|of| of.relevant) {
            let sample = dataset.sample(of.sample)?;
            let tile = TileSlot::of_tiles(&sample).find(|(slot, _)| *slot == of.tile);
            relevant.extend(tile.map(|(_, tile)| (sample.key, tile.path.clone())));
        }
        let mut pictures: HashMap<TilePath, String> = HashMap::new();
        let mut known = HashMap::new();
        for planned in &plan.questions {
            let question = &planned.question;
            if !pictures.contains_key(&question.tile) {
                let mut bytes = Vec::new();
                dataset.tiles.read_patiently(&dataset.tiles.locate(&question.tile)?, &mut bytes)?;
                let picture = Picture::of_tile(bytes).map_err(anyhow::Error::msg)?;
                pictures.insert(question.tile.clone(), picture.data_url());
            }
            let picture = &pictures[&question.tile];
            let text = texts.get(&question.tile).map(String::as_str).unwrap_or_default();
            let words: Vec<&str> = text.split_whitespace().take(COPIED_WORDS).collect();
            let is_relevant =
                question.kind == QuestionKind::Positive || relevant.contains(&(question.sample, question.tile.clone()));
            // Equal queries may have their labels in different rows.
            let entry = known
                .entry(hash_of(&planned.query, picture))
                .or_insert(Known { relevant: false, words: words.join(" ") });
            entry.relevant |= is_relevant;
        }
        Ok(Self(Arc::new(known)))
    }

    /// Starts a server with this truth.
    ///
    /// # Errors
    /// If there is no port.
    pub(super) fn serve(&self, options: &AskBenchOptions<'_>) -> io::Result<SimulatedModel> {
        self.serve_with(options, false)
    }

    /// The same, answering requests with the same id once if `ids`.
    ///
    /// # Errors
    /// If there is no port.
    pub(super) fn serve_with(&self, options: &AskBenchOptions<'_>, ids: bool) -> io::Result<SimulatedModel> {
        let known = self.0.clone();
        let (sensitivity, specificity) = (options.sensitivity, options.specificity);
        let (faults, delay) = (options.faults, options.delay);
        let decide = move |asked: &Asked| {
            if asked.path != "/v1/chat/completions" {
                return SimulatedReply::error(404, "no such path");
            }
            let place = share(&(asked.number, "fault"));
            if place < faults {
                return fault(asked, place / faults).after(delay);
            }
            if let [first, second] = asked.pictures()[..] {
                let answers = [first, second].map(|picture| {
                    let hash = hash_of(asked.query(), picture);
                    let is_relevant = known.get(&hash).is_some_and(|of| of.relevant);
                    // Another draw than that of the first stage, and another in the other order.
                    let draw = share(&(hash, first, "second"));
                    if is_relevant { draw < sensitivity } else { draw >= specificity }
                });
                let ranking = match answers {
                    [false, false] => "none",
                    [true, false] => "1",
                    [false, true] => "2",
                    [true, true] if share(&(hash_of(asked.query(), first), "better")) < 0.5 => "1, 2",
                    [true, true] => "2, 1",
                };
                return SimulatedReply::ranked(asked, ranking).after(delay);
            }
            let hash = hash_of(asked.query(), asked.picture());
            let Some(of) = known.get(&hash) else { return SimulatedReply::error(400, "an unknown question") };
            let draw = share(&(hash, "draw"));
            let says_yes = if of.relevant { draw < sensitivity } else { draw >= specificity };
            // What answers is copied; a false alarm is copied or made up.
            let is_copied = of.relevant || share(&(hash, "copied")) < 0.5;
            let evidence = match (says_yes, is_copied) {
                (true, true) => of.words.as_str(),
                (true, false) => "words that nobody wrote on any tile of this set",
                (false, _) => "",
            };
            let sure = 0.6 + 0.39 * share(&(hash, "sure"));
            let rest = (1.0 - sure) / 2.0;
            let shares = if says_yes { [0.0, rest, rest, sure] } else { [rest, sure, rest, 0.0] };
            SimulatedReply::graded_softly(asked, shares, evidence).after(delay)
        };
        if ids { SimulatedModel::with_ids(decide) } else { SimulatedModel::start(decide) }
    }
}

/// A fault of a server, by a number from 0 to 1. One in ten means that it has too much to do.
fn fault(asked: &Asked, place: f64) -> SimulatedReply {
    match (10.0 * place) as u32 {
        0 => SimulatedReply::error(429, "slow down").with_header("Retry-After: 0"),
        1..=4 => SimulatedReply::error(500, "out of memory"),
        5..=7 => SimulatedReply::graded(asked, 3, "cut").cut(),
        _ => SimulatedReply::error(502, "bad gateway"),
    }
}

/// The number of questions that were answered more than once, and of all that were asked.
pub(super) fn repeated(exchanges: &[Exchange]) -> (usize, usize) {
    let mut times: HashMap<u64, usize> = HashMap::new();
    for exchange in exchanges {
        let paid = usize::from(exchange.tokens > 0);
        let asked = &exchange.asked;
        *times.entry(hash_of(asked.query(), &asked.pictures().concat())).or_default() += paid;
    }
    (times.values().map(|times| times.saturating_sub(1)).sum(), times.len())
}

fn hash_of(query: &str, picture: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (query, picture).hash(&mut hasher);
    hasher.finish()
}

/// A number from 0 to 1 that looks random, the same for the same value.
fn share(value: &impl Hash) -> f64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish() as f64 / u64::MAX as f64
}

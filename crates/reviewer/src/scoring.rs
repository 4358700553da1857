//! Scores of texts or pictures for a query by a server's reranker or embedder: `/v1/rerank`,
//! `/v1/score` or, for texts only, `/v1/embeddings`, and which of them a server has.
//!
//! Knows no dataset and stores nothing. A request that fails for good is an error with words.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;
use tilejury_network::{EndpointAnswer, EndpointFault};

use crate::budget::Spending;
use crate::chat::picture_part;
use crate::conduct::{Conclusion, Retries, of_fault, of_status};
use crate::picture::Picture;
use crate::score_reply::{tokens, values};
use crate::server::{ModelServer, refusal};
use crate::text_windows::windows;

/// The texts of one request.
const TEXTS_AT_A_TIME: usize = 16;
/// The pictures of one request: some servers take no more than five.
const PICTURES_AT_A_TIME: usize = 4;
/// The words and letters of a window for an embedder: the models that are in use read 512 tokens.
const EMBEDDED_WINDOW: (usize, usize) = (100, 700);
/// The same for a reranker, which reads more.
const RANKED_WINDOW: (usize, usize) = (400, 2800);
/// The interval at which a wait notices the end of a run.
const CHECK_EVERY: Duration = Duration::from_millis(20);
/// The longest wait before another try, whatever the server asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The tokens that a byte of texts is taken to be at least.
const TOKENS_OF_A_BYTE: f64 = 0.5;
/// The tokens that a server may put around each text.
const TOKENS_AROUND: f64 = 256.0;
/// The tokens that a picture is taken to be at least: those of a tile.
const TOKENS_OF_A_PICTURE: f64 = 2000.0;

/// A reason why there are no scores.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ScoreError {
    /// A ceiling is reached; the text names it.
    #[error("{0}")]
    Budget(String),
    /// The server does not give them, a tile cannot be read, or the run was ended.
    #[error("{0}")]
    Failed(String),
}

/// The kind of a server's scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreKind {
    /// `/v1/rerank`.
    Rerank,
    /// `/v1/score`.
    Score,
    /// `/v1/embeddings`: the cosine of query and text.
    Embeddings,
}

impl ScoreKind {
    /// All kinds, the better ones first.
    pub const ALL: [Self; 3] = [Self::Rerank, Self::Score, Self::Embeddings];

    /// The word for it, which is the end of its path.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rerank => "rerank",
            Self::Score => "score",
            Self::Embeddings => "embeddings",
        }
    }

    /// Whether scores are of this kind, by the name of their source: see [`Scorer::source`].
    pub fn has_source(self, source: &str) -> bool {
        let name = source.strip_suffix(')').and_then(|name| name.strip_suffix(self.word()));
        name.is_some_and(|name| name.ends_with(" (") || name.ends_with(" (picture "))
    }
}

/// The form in which a server gets tiles, with an example that finds out whether it understands it.
#[derive(Clone, Copy, Debug)]
pub enum Scored<'p> {
    /// Their texts.
    Texts,
    /// Their pictures, such as this one.
    Pictures(&'p Picture),
}

/// A server that scores texts or pictures.
pub struct Scorer<'s> {
    server: &'s dyn ModelServer,
    model: &'s str,
    kind: ScoreKind,
    sees_pictures: bool,
    stop: &'s AtomicBool,
    spending: &'s Spending,
    retries: Retries,
    /// The most tokens that a byte of texts, or a picture, was so far.
    rate: Cell<f64>,
    /// The embeddings of texts, which several queries share.
    embedded: RefCell<HashMap<String, Vec<f32>>>,
}

impl<'s> Scorer<'s> {
    /// Finds out how a server scores: in the way that is wanted, or in the first that it has.
    /// Returns `None` if it has none of them.
    ///
    /// # Errors
    /// If the server cannot be reached or refuses the key, does not say which it has because it is
    /// busy or at fault, or a ceiling is reached.
    pub fn find(
        server: &'s dyn ModelServer,
        model: &'s str,
        wanted: Option<ScoreKind>,
        scored: Scored<'_>,
        (spending, stop): (&'s Spending, &'s AtomicBool),
    ) -> Result<Option<Self>, ScoreError> {
        let sees_pictures = matches!(scored, Scored::Pictures(_));
        // Models differ in the words that they need beside a picture that they embed.
        let can = |kind: &ScoreKind| !sees_pictures || *kind != ScoreKind::Embeddings;
        let kinds = ScoreKind::ALL.into_iter().filter(can);
        let mut uncertain = None;
        for kind in kinds.filter(|kind| wanted.is_none_or(|wanted| wanted == *kind)) {
            let (retries, rate, embedded) = (Retries::default(), Cell::default(), RefCell::default());
            let scorer = Self { server, model, kind, sees_pictures, stop, spending, retries, rate, embedded };
            let mut answer = scorer.first_answer(scored)?;
            // Some servers refuse a path before they have read the request, and then take the rest
            // of it for the next request on the connection, which they refuse as well.
            if !matches!(answer.status, 200 | 401 | 403 | 404 | 405) {
                answer = scorer.first_answer(scored)?;
            }
            if matches!(answer.status, 401 | 403) {
                let refusal = format!("{} refuses the key (status {})", server.address(), answer.status);
                return Err(ScoreError::Failed(refusal));
            }
            if answer.status == 200 && values(&answer.body, 1).is_some() {
                return Ok(Some(scorer));
            }
            if matches!(of_status(answer.status), Conclusion::Later { .. }) {
                uncertain = Some(format!("{} /v1/{}: {}", server.address(), kind.word(), refusal(&answer)));
            }
        }
        uncertain.map_or(Ok(None), |fault| Err(ScoreError::Failed(fault)))
    }

    fn first_answer(&self, scored: Scored<'_>) -> Result<EndpointAnswer, ScoreError> {
        let body = match (self.kind, scored) {
            (ScoreKind::Embeddings, _) => self.embeddings_body(&[&self.of_query("salt")]),
            (_, Scored::Texts) => self.ranking_body("salt", &json!(["Salt melts at 801 °C."])),
            (_, Scored::Pictures(picture)) => self.ranking_body("salt", &documents(std::slice::from_ref(picture))),
        };
        self.send(&body, 1)?.map_err(|fault| ScoreError::Failed(format!("{}: {fault}", self.server.address())))
    }

    /// The kind of its scores.
    pub fn kind(&self) -> ScoreKind {
        self.kind
    }

    /// Whether it scores pictures, and not texts.
    pub fn sees_pictures(&self) -> bool {
        self.sees_pictures
    }

    /// The name of the source of its scores.
    pub fn source(&self) -> String {
        let seen = if self.sees_pictures { "picture " } else { "" };
        format!("{} ({seen}{})", self.model, self.kind.word())
    }

    /// Scores pictures for a query, if it sees them.
    ///
    /// # Errors
    /// If the server does not score them, a ceiling is reached, or the run was ended.
    pub fn picture_scores(&self, query: &str, pictures: &[Picture]) -> Result<Vec<f32>, ScoreError> {
        let mut scores = Vec::new();
        for part in pictures.chunks(PICTURES_AT_A_TIME) {
            scores.extend(self.ranked(query, &documents(part), part.len())?);
        }
        Ok(scores)
    }

    /// Scores texts for a query, each by its best window. A text without words has no score.
    ///
    /// # Errors
    /// If the server does not score them, a ceiling is reached, or the run was ended.
    pub fn scores(&self, query: &str, texts: &[&str]) -> Result<Vec<Option<f32>>, ScoreError> {
        let window = match self.kind {
            ScoreKind::Embeddings => EMBEDDED_WINDOW,
            ScoreKind::Rerank | ScoreKind::Score => RANKED_WINDOW,
        };
        let windows: Vec<(usize, String)> = texts
            .iter()
            .enumerate()
            .flat_map(|(at, text)| windows(text, window).into_iter().map(move |window| (at, window)))
            .collect();
        let all: Vec<&str> = windows.iter().map(|(_, window)| window.as_str()).collect();
        let scores = match self.kind {
            ScoreKind::Embeddings => self.cosines(query, &all)?,
            ScoreKind::Rerank | ScoreKind::Score => {
                let mut scores = Vec::new();
                for part in all.chunks(TEXTS_AT_A_TIME) {
                    scores.extend(self.ranked(query, &json!(part), part.len())?);
                }
                scores
            }
        };
        let mut best = vec![None::<f32>; texts.len()];
        for ((at, _), score) in windows.iter().zip(scores) {
            best[*at] = Some(best[*at].map_or(score, |known| known.max(score)));
        }
        Ok(best)
    }

    fn ranked(&self, query: &str, documents: &Value, number: usize) -> Result<Vec<f32>, ScoreError> {
        let values = self.ask(&self.ranking_body(query, documents), number)?;
        Ok(values.into_iter().map(|value| value.first().copied().unwrap_or_default()).collect())
    }

    fn cosines(&self, query: &str, texts: &[&str]) -> Result<Vec<f32>, ScoreError> {
        let query = self.of_query(query);
        let texts: Vec<String> = texts.iter().map(|text| self.of_text(text)).collect();
        let mut missing: Vec<&str> = {
            let embedded = self.embedded.borrow();
            std::iter::once(&query)
                .chain(&texts)
                .map(String::as_str)
                .filter(|text| !embedded.contains_key(*text))
                .collect()
        };
        missing.sort_unstable();
        missing.dedup();
        for part in missing.chunks(TEXTS_AT_A_TIME) {
            let vectors = self.ask(&self.embeddings_body(part), part.len())?;
            self.embedded.borrow_mut().extend(part.iter().map(|text| (*text).to_owned()).zip(vectors));
        }
        let embedded = self.embedded.borrow();
        let of = |text: &str| embedded.get(text).map(Vec::as_slice).unwrap_or_default();
        Ok(texts.iter().map(|text| cosine(of(&query), of(text))).collect())
    }

    /// The models of this family were trained with these words before a text.
    fn of_query(&self, query: &str) -> String {
        if self.has_prefixes() { format!("query: {query}") } else { query.to_owned() }
    }

    fn of_text(&self, text: &str) -> String {
        if self.has_prefixes() { format!("passage: {text}") } else { text.to_owned() }
    }

    fn has_prefixes(&self) -> bool {
        let name = self.model.to_lowercase();
        name.split(|sign: char| !sign.is_alphanumeric()).any(|part| part == "e5" || part.ends_with("e5"))
    }

    fn ranking_body(&self, query: &str, documents: &Value) -> Value {
        match self.kind {
            ScoreKind::Score => json!({"model": self.model, "queries": query, "documents": documents}),
            ScoreKind::Rerank | ScoreKind::Embeddings => {
                json!({"model": self.model, "query": query, "documents": documents})
            }
        }
    }

    fn embeddings_body(&self, texts: &[&str]) -> Value {
        json!({"model": self.model, "input": texts, "encoding_format": "float"})
    }

    /// Asks until there is an answer, and reads as many values as texts or pictures were sent.
    fn ask(&self, body: &Value, number: usize) -> Result<Vec<Vec<f32>>, ScoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (fault, conclusion, wait) = match self.send(body, number)? {
                Ok(answer) if answer.status == 200 => {
                    let wrong =
                        || format!("{} answers /v1/{} in another form", self.server.address(), self.kind.word());
                    return values(&answer.body, number).ok_or_else(|| ScoreError::Failed(wrong()));
                }
                Ok(answer) => (refusal(&answer), of_status(answer.status), answer.wait),
                Err(fault) => (fault.to_string(), of_fault(&fault), None),
            };
            let fault = format!("{} /v1/{}: {fault}", self.server.address(), self.kind.word());
            if conclusion == Conclusion::Never || tries >= self.retries.tries || self.stop.load(Ordering::Relaxed) {
                return Err(ScoreError::Failed(fault));
            }
            let mut left = self.retries.wait(tries, 0.5).max(wait.unwrap_or_default()).min(LONGEST_WAIT);
            while !left.is_zero() && !self.stop.load(Ordering::Relaxed) {
                std::thread::sleep(CHECK_EVERY.min(left));
                left = left.saturating_sub(CHECK_EVERY);
            }
        }
    }

    /// Sends a request within the ceilings, and counts what it took.
    fn send(&self, body: &Value, number: usize) -> Result<Result<EndpointAnswer, EndpointFault>, ScoreError> {
        let body = body.to_string().into_bytes();
        let (size, least_rate, around) = match self.sees_pictures {
            true => (number as f64, TOKENS_OF_A_PICTURE, 0.0),
            false => (body.len() as f64, TOKENS_OF_A_BYTE, TOKENS_AROUND * number as f64),
        };
        let guess = (size * self.rate.get().max(least_rate) + around).ceil() as u64;
        self.spending.begin_scores(guess).map_err(ScoreError::Budget)?;
        let sent = self.server.post(&format!("v1/{}", self.kind.word()), body, None, self.stop);
        let took = sent.as_ref().ok().filter(|answer| answer.status == 200).map(|answer| tokens(&answer.body));
        self.spending.end_scores(took, guess);
        let rate = (took.unwrap_or_default() as f64 - around) / size;
        self.rate.set(self.rate.get().max(rate));
        Ok(sent)
    }
}

/// Pictures as documents, each on its own: several in one document would be one for some servers.
fn documents(pictures: &[Picture]) -> Value {
    pictures.iter().map(|picture| json!({"content": [picture_part(picture)]})).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { (dot(a, b) / lengths) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use parking_lot::Mutex;

    use super::*;
    use crate::budget::Budget;

    fn unlimited() -> Spending {
        Spending::new(Budget::default())
    }

    /// A server with some of the paths, which keeps the requests.
    struct Paths {
        paths: &'static [&'static str],
        asked: Mutex<Vec<(String, Value)>>,
        /// A status, and the number of requests of which the first is answered with it: a server
        /// that refuses a path before it has read the request refuses the next one, too.
        refuses: Option<(u16, usize)>,
    }

    impl Paths {
        fn new(paths: &'static [&'static str]) -> Self {
            Self { paths, asked: Mutex::default(), refuses: None }
        }
    }

    impl ModelServer for Paths {
        fn address(&self) -> &str {
            "http://host"
        }

        fn get(&self, _: &str, _: &AtomicBool) -> Result<EndpointAnswer, EndpointFault> {
            Err(EndpointFault::Timeout)
        }

        fn post(
            &self,
            path: &str,
            body: Vec<u8>,
            _: Option<&str>,
            _: &AtomicBool,
        ) -> Result<EndpointAnswer, EndpointFault> {
            let body: Value = serde_json::from_slice(&body).unwrap();
            let number = self.asked.lock().len();
            self.asked.lock().push((path.to_owned(), body.clone()));
            if let Some((status, of)) = self.refuses
                && number.is_multiple_of(of)
            {
                return Ok(EndpointAnswer { status, ..EndpointAnswer::default() });
            }
            if !self.paths.contains(&path) {
                return Ok(EndpointAnswer { status: 404, ..EndpointAnswer::default() });
            }
            let texts = body["documents"].as_array().or(body["input"].as_array()).unwrap();
            // A picture has the length of its address as its value.
            let value = |text: &Value| match text.as_str() {
                Some(text) if text.to_lowercase().contains("salt") => 0.9,
                Some(_) => 0.1,
                None => text["content"][0]["image_url"]["url"].as_str().unwrap().len() as f32,
            };
            let items = texts.iter().enumerate().rev().map(|(index, text)| match path {
                "v1/rerank" => json!({"index": index, "relevance_score": value(text)}),
                "v1/score" => json!({"index": index, "object": "score", "score": value(text)}),
                _ => json!({"index": index, "embedding": [value(text), 1.0 - value(text)]}),
            });
            let items: Vec<Value> = items.collect();
            let body = if path == "v1/rerank" { json!({"results": items}) } else { json!({"data": items}) };
            Ok(EndpointAnswer { status: 200, body: body.to_string().into_bytes(), ..EndpointAnswer::default() })
        }
    }

    #[test]
    fn the_best_kind_that_a_server_has_is_used() {
        let stop = AtomicBool::new(false);
        for (paths, wanted, expected) in [
            (&["v1/rerank", "v1/embeddings"][..], None, Some(ScoreKind::Rerank)),
            (&["v1/score", "v1/embeddings"][..], None, Some(ScoreKind::Score)),
            (&["v1/rerank", "v1/embeddings"][..], Some(ScoreKind::Embeddings), Some(ScoreKind::Embeddings)),
            (&["v1/chat/completions"][..], None, None),
            (&["v1/rerank"][..], Some(ScoreKind::Score), None),
        ] {
            let server = Paths::new(paths);
            let spending = unlimited();
            let scorer = Scorer::find(&server, "m", wanted, Scored::Texts, (&spending, &stop)).unwrap();
            assert_eq!(scorer.as_ref().map(Scorer::kind), expected, "{paths:?}");
            let Some(scorer) = scorer else { continue };
            let scores = scorer.scores("salt", &["pepper", "", "much salt"]).unwrap();
            assert!(scores[2] > scores[0] && scores[1].is_none(), "{paths:?}: {scores:?}");
        }
    }

    #[test]
    fn one_odd_answer_hides_no_kind() {
        let stop = AtomicBool::new(false);
        for status in [400, 429, 503] {
            let server = Paths { refuses: Some((status, 2)), ..Paths::new(&["v1/embeddings"]) };
            let spending = unlimited();
            let scorer = Scorer::find(&server, "m", None, Scored::Texts, (&spending, &stop)).unwrap();
            assert_eq!(scorer.as_ref().map(Scorer::kind), Some(ScoreKind::Embeddings), "{status}");
        }
    }

    #[test]
    fn a_busy_server_is_not_told_to_lack_scores() {
        let (stop, spending) = (AtomicBool::new(false), unlimited());
        let server = Paths { refuses: Some((503, 1)), ..Paths::new(&["v1/embeddings"]) };
        let found = Scorer::find(&server, "m", None, Scored::Texts, (&spending, &stop));
        assert!(matches!(&found, Err(ScoreError::Failed(reason)) if reason.contains("503")));
    }

    #[test]
    fn embeddings_are_asked_once_and_with_their_prefixes() {
        let (stop, server) = (AtomicBool::new(false), Paths::new(&["v1/embeddings"]));
        let (model, spending) = ("multilingual-e5-small", unlimited());
        let scorer = Scorer::find(&server, model, None, Scored::Texts, (&spending, &stop)).unwrap().unwrap();
        assert_eq!(scorer.source(), "multilingual-e5-small (embeddings)");
        assert!(scorer.kind().has_source(&scorer.source()) && !ScoreKind::Rerank.has_source(&scorer.source()));
        assert!(!scorer.kind().has_source("embeddings"), "imported under that name");
        scorer.scores("salt", &["pepper"]).unwrap();
        let before = server.asked.lock().len();
        scorer.scores("salt", &["pepper", "pepper"]).unwrap();
        assert_eq!(server.asked.lock().len(), before, "both are known");
        assert_eq!(server.asked.lock().last().unwrap().1["input"], json!(["passage: pepper", "query: salt"]));
    }

    #[test]
    fn pictures_are_documents_of_their_own() {
        let picture = |side| Picture::of_tile(tilejury_testkit::picture::png(side, side, 0)).unwrap();
        let pictures = [2, 30, 3, 40, 4, 50].map(picture);
        let stop = AtomicBool::new(false);
        for path in ["v1/rerank", "v1/score"] {
            let paths = if path == "v1/rerank" { &["v1/rerank"][..] } else { &["v1/score"][..] };
            let server = Paths::new(paths);
            let (seen, spending) = (Scored::Pictures(&pictures[0]), unlimited());
            let scorer = Scorer::find(&server, "m", None, seen, (&spending, &stop)).unwrap().unwrap();
            let word = scorer.kind().word();
            assert_eq!(
                (scorer.source(), scorer.kind().has_source(&scorer.source())),
                (format!("m (picture {word})"), true)
            );
            let scores = scorer.picture_scores("salt", &pictures).unwrap();
            let expected: Vec<f32> = pictures.iter().map(|picture| picture.data_url().len() as f32).collect();
            assert_eq!(scores, expected, "each in its place");
            let sent = server.asked.lock();
            let of = |body: &Value| body["documents"].as_array().unwrap().len();
            let numbers: Vec<usize> = sent.iter().filter(|(to, _)| to == path).map(|(_, body)| of(body)).collect();
            assert_eq!(numbers, [1, 4, 2], "the example, and no request with many");
            let query = &sent.last().unwrap().1[if path == "v1/rerank" { "query" } else { "queries" }];
            assert_eq!(query, "salt");
        }
        let server = Paths::new(&["v1/embeddings"]);
        let (seen, spending) = (Scored::Pictures(&pictures[0]), unlimited());
        let none = Scorer::find(&server, "m", None, seen, (&spending, &stop)).unwrap();
        assert!(none.is_none(), "embeddings are of texts");
    }
}

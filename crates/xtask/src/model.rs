//! A model of a few lines for pictures of a reviewer: a server that answers about tiles of the demo
//! from a list. It knows a tile by its length. Listens on this machine only.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Result;
use crate::loopback::listen;

/// The time of an answer.
const ANSWERS_AFTER: Duration = Duration::from_millis(800);
/// The tokens that it counts for a tile.
const TILE_TOKENS: usize = 1100;
/// The rows of the demo whose negatives get other grades than 0: the beginning of the query, the
/// end of the tile's path, the grade, and the words that the model says it has copied.
const ANSWERS: &[(&str, &str, u8, &str)] = &[
    ("Who got the first line", "577412.png.tiles/chunk_0000_01.png", 3, KITE),
    ("Who got the first line", "577412.png.tiles/chunk_0000_00.png", 1, ""),
    // These words are on no tile.
    ("Who got the first line", "580096.png.tiles/chunk_0000_00.png", 2, "Homan Walsh won ten dollars for the line"),
];
/// Words of the first of these tiles.
const KITE: &str = "it went to a boy of about sixteen, Homan Walsh";

/// A running model.
pub(crate) struct Model {
    port: u16,
}

impl Model {
    /// Its name.
    pub(crate) const NAME: &'static str = "example-vision-8b";

    /// Starts the model with the tiles and rows of a set.
    ///
    /// # Errors
    /// If a file of the set cannot be read, or there is no port.
    pub(crate) fn start(set: &Path) -> Result<Self> {
        let known = Known { tiles: tiles(set)?, positives: positives(set)? };
        let port = listen(move |request, stream| {
            let asked = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
            sleep(ANSWERS_AFTER);
            let body = known.reply(&asked).to_string();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let mut stream = stream;
            stream.write_all(head.as_bytes())?;
            stream.write_all(body.as_bytes())
        })?;
        Ok(Self { port })
    }

    /// Its address.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The tiles and rows that the model knows.
struct Known {
    /// The paths of tiles, by the lengths of their data addresses.
    tiles: HashMap<usize, Vec<String>>,
    /// The positives of queries, as paths in shards, with the answers.
    positives: HashMap<String, (String, String)>,
}

impl Known {
    /// The reply to a question about one tile, or about two.
    fn reply(&self, asked: &Value) -> Value {
        let parts = asked["messages"][1]["content"].as_array().map_or(&[][..], Vec::as_slice);
        let query = parts.iter().rev().find_map(|part| part["text"].as_str()).unwrap_or_default();
        let query = query.strip_prefix("Query: ").unwrap_or(query);
        let addresses = parts.iter().filter_map(|part| part["image_url"]["url"].as_str());
        let grades: Vec<(u8, &str)> = addresses.map(|address| self.grade(query, address.len())).collect();
        let content = match grades.as_slice() {
            [(grade, evidence)] => json!({"evidence": evidence, "grade": grade}),
            pair => {
                let answering = pair.iter().zip(["1", "2"]).filter(|((grade, _), _)| *grade > 2);
                let ranking = answering.map(|(_, number)| number).collect::<Vec<_>>().join(", ");
                let ranking = if ranking.is_empty() { "none".to_owned() } else { ranking };
                json!({"evidence_1": "", "evidence_2": "", "ranking": ranking})
            }
        };
        let (prompt, completion) = (grades.len() * TILE_TOKENS, 40);
        json!({
            "object": "chat.completion",
            "model": Model::NAME,
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": content.to_string()},
                "finish_reason": "stop",
            }],
            "usage": {
                "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
            },
        })
    }

    /// The grade and the words for a tile, by the length of its data address.
    fn grade(&self, query: &str, len: usize) -> (u8, &str) {
        let paths = self.tiles.get(&len).map_or(&[][..], Vec::as_slice);
        if let Some((positive, answer)) = self.positives.get(query)
            && paths.contains(positive)
        {
            return (3, answer);
        }
        let answers = ANSWERS.iter().filter(|(start, ..)| query.starts_with(start));
        let mut of_tile = answers.filter(|(_, end, ..)| paths.iter().any(|path| path.ends_with(end)));
        of_tile.next().map_or((0, ""), |(.., grade, evidence)| (*grade, evidence))
    }
}

/// The tiles of a set, by the lengths of their addresses as data of a PNG.
fn tiles(set: &Path) -> Result<HashMap<usize, Vec<String>>> {
    let text = |error: std::io::Error| error.to_string();
    let mut tiles: HashMap<usize, Vec<String>> = HashMap::new();
    for shard in set.join("image_shards").read_dir().map_err(text)?.flatten() {
        let mut shard = tar::Archive::new(File::open(shard.path()).map_err(text)?);
        for member in shard.entries().map_err(text)? {
            let member = member.map_err(text)?;
            let bytes = usize::try_from(member.size()).unwrap_or(usize::MAX);
            let path = member.path().map_err(text)?.to_string_lossy().into_owned();
            tiles.entry("data:image/png;base64,".len() + bytes.div_ceil(3) * 4).or_default().push(path);
        }
    }
    Ok(tiles)
}

/// The positives of a set by their queries, as paths in shards, with the answers.
fn positives(set: &Path) -> Result<HashMap<String, (String, String)>> {
    let mut positives = HashMap::new();
    for split in ["train_hn.jsonl", "eval_hn.jsonl", "test_hn.jsonl"] {
        let file = set.join(split);
        let lines = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        for row in lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            if let (Some(query), Some(positive)) = (row["query"].as_str(), row["chunk_path"].as_str()) {
                let path = positive.strip_prefix("images/").unwrap_or(positive);
                let answer = row["answer"].as_str().unwrap_or_default();
                positives.insert(query.to_owned(), (path.to_owned(), answer.to_owned()));
            }
        }
    }
    Ok(positives)
}

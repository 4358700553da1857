//! A simulated server of a model, for measurements and tests: `/v1/chat/completions` as it
//! is documented, with the faults that real servers have. It answers what a caller decides, and
//! keeps a list of what it was asked. Serves this machine only, one request a connection.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::port::Port;

/// The most bytes of a request.
const REQUEST_UP_TO_BYTES: usize = 64 << 20;
/// The interval at which a connection that hangs notices the end of the server.
const CHECK_EVERY: Duration = Duration::from_millis(20);
/// The tokens that it counts for a picture.
const PICTURE_TOKENS: usize = 1000;

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its number, from 0.
    pub number: usize,
    /// The path.
    pub path: String,
    /// The headers, by lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The body; null if it is not JSON.
    pub body: Value,
}

impl Asked {
    /// The query of a request for a review.
    pub fn query(&self) -> &str {
        let text = self.parts().iter().rev().find_map(|part| part["text"].as_str()).unwrap_or_default();
        text.strip_prefix("Query: ").unwrap_or(text)
    }

    /// The address that holds the first tile of a request.
    pub fn picture(&self) -> &str {
        self.pictures().first().copied().unwrap_or_default()
    }

    /// The addresses that hold the tiles of a request: one of a review, two of a comparison.
    pub fn pictures(&self) -> Vec<&str> {
        self.parts().iter().filter_map(|part| part["image_url"]["url"].as_str()).collect()
    }

    fn parts(&self) -> &[Value] {
        self.body["messages"][1]["content"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The format that the answer is asked to have: `json_schema`, `json_object`, or nothing.
    pub fn format(&self) -> &str {
        self.body["response_format"]["type"].as_str().unwrap_or_default()
    }
}

/// A reply, or a fault in place of one.
#[derive(Clone, Debug)]
pub struct SimulatedReply {
    /// The status.
    pub status: u16,
    /// Lines of the head.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
    /// The time before the reply.
    pub after: Duration,
    /// Only half of the body is sent.
    pub is_cut: bool,
    /// Nothing is sent.
    pub hangs: bool,
}

impl SimulatedReply {
    /// A reply with a status.
    pub fn status(status: u16, body: &Value) -> Self {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Self { status, headers: Vec::new(), body, after: Duration::ZERO, is_cut: false, hangs: false }
    }

    /// A chat completion with this content and reason to finish.
    pub fn completion(asked: &Asked, content: &str, finish_reason: &str) -> Self {
        let pictures = asked.pictures().len().max(1);
        let (prompt, completion) = (pictures * PICTURE_TOKENS + asked.query().len(), content.len().div_ceil(4));
        let model = &asked.body["model"];
        Self::status(
            200,
            &json!({
                "id": format!("chatcmpl-{}", asked.number),
                "object": "chat.completion",
                "created": 1_780_000_000,
                "model": model,
                "choices": [{
                    "index": 0,
                    "message": {"role": "assistant", "content": content, "refusal": null},
                    "finish_reason": finish_reason,
                    "logprobs": null,
                }],
                "usage": {
                    "prompt_tokens": prompt,
                    "completion_tokens": completion,
                    "total_tokens": prompt + completion,
                },
            }),
        )
    }

    /// An answer with evidence and a grade.
    pub fn graded(asked: &Asked, grade: u8, evidence: &str) -> Self {
        Self::completion(asked, &json!({"evidence": evidence, "grade": grade}).to_string(), "stop")
    }

    /// An answer with the probabilities of grades 0 to 3 beside the likeliest.
    pub fn graded_softly(asked: &Asked, shares: [f64; 4], evidence: &str) -> Self {
        let likeliest = (0..4_u8).max_by(|a, b| shares[usize::from(*a)].total_cmp(&shares[usize::from(*b)]));
        let grade = likeliest.unwrap_or_default();
        let mut reply = Self::graded(asked, grade, evidence);
        let Ok(mut body) = serde_json::from_str::<Value>(&reply.body) else { return reply };
        let top: Vec<Value> = (0..4)
            .filter(|of| shares[*of] > 0.0)
            .map(|of| json!({"token": of.to_string(), "logprob": shares[of].ln(), "bytes": [48 + of]}))
            .collect();
        let token =
            |text: &str, top: Value| json!({"token": text, "logprob": -0.1, "bytes": null, "top_logprobs": top});
        let before = format!("{{\"evidence\":{},\"grade\":", json!(evidence));
        let tokens = [token(&before, json!([])), token(&grade.to_string(), json!(top)), token("}", json!([]))];
        body["choices"][0]["logprobs"] = json!({"content": tokens, "refusal": null});
        reply.body = body.to_string();
        reply
    }

    /// An answer to a comparison, in the words of its rubric.
    pub fn ranked(asked: &Asked, ranking: &str) -> Self {
        let content = json!({"evidence_1": "", "evidence_2": "", "ranking": ranking});
        Self::completion(asked, &content.to_string(), "stop")
    }

    /// A refusal by the model.
    pub fn refusal(asked: &Asked) -> Self {
        let mut reply = Self::completion(asked, "", "stop");
        if let Ok(mut body) = serde_json::from_str::<Value>(&reply.body) {
            body["choices"][0]["message"] =
                json!({"role": "assistant", "content": null, "refusal": "I cannot help with that."});
            reply.body = body.to_string();
        }
        reply
    }

    /// An error in the form of most servers.
    pub fn error(status: u16, message: &str) -> Self {
        Self::status(status, &json!({"error": {"message": message, "type": "error", "param": null, "code": status}}))
    }

    /// No reply at all.
    pub fn silence() -> Self {
        Self { hangs: true, ..Self::status(200, &Value::Null) }
    }

    /// The same with a line in its head.
    #[must_use]
    pub fn with_header(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }

    /// The same, cut in the middle of its body.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { is_cut: true, ..self }
    }

    /// The same after a time.
    #[must_use]
    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    /// The tokens that it counts; 0 unless it arrives whole.
    fn tokens(&self) -> u64 {
        let body = serde_json::from_str::<Value>(&self.body).unwrap_or_default();
        body["usage"]["total_tokens"].as_u64().filter(|_| !self.is_cut && !self.hangs).unwrap_or_default()
    }
}

/// A request for a review with its reply.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request.
    pub asked: Asked,
    /// The status of the reply.
    pub status: u16,
    /// The body of the reply.
    pub reply: String,
    /// The tokens that were counted.
    pub tokens: u64,
    /// Whether the whole reply was sent.
    pub is_sent: bool,
    /// Whether it is the answer to an earlier request with the same id, which costs nothing.
    pub is_repeated: bool,
}

/// A function that decides on a reply.
pub type Decide = dyn Fn(&Asked) -> SimulatedReply + Send + Sync;

/// The server; it ends when it is dropped.
pub struct SimulatedModel {
    port: Port,
    shared: Arc<Shared>,
}

struct Shared {
    decide: Box<Decide>,
    /// The answers by the ids of their requests, `None` while the first one is on its way; for a
    /// server that knows ids.
    by_id: Option<Mutex<HashMap<String, Option<SimulatedReply>>>>,
    exchanges: Mutex<Vec<Exchange>>,
    asked: Mutex<usize>,
    on_their_way: Mutex<(usize, usize)>,
    stopped: Arc<AtomicBool>,
}

impl SimulatedModel {
    /// Starts to serve on a free port.
    ///
    /// # Errors
    /// If there is no port.
    pub fn start(decide: impl Fn(&Asked) -> SimulatedReply + Send + Sync + 'static) -> io::Result<Self> {
        Self::start_with(decide, None)
    }

    /// Starts to serve on a free port, and answers requests with the same `Idempotency-Key` once.
    ///
    /// # Errors
    /// If there is no port.
    pub fn with_ids(decide: impl Fn(&Asked) -> SimulatedReply + Send + Sync + 'static) -> io::Result<Self> {
        Self::start_with(decide, Some(Mutex::default()))
    }

    fn start_with(
        decide: impl Fn(&Asked) -> SimulatedReply + Send + Sync + 'static,
        by_id: Option<Mutex<HashMap<String, Option<SimulatedReply>>>>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            decide: Box::new(decide),
            by_id,
            exchanges: Mutex::default(),
            asked: Mutex::default(),
            on_their_way: Mutex::default(),
            stopped: Arc::default(),
        });
        let own = shared.clone();
        let port = Port::open(shared.stopped.clone(), move |connection| own.talk(connection))?;
        Ok(Self { port, shared })
    }

    /// The address, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.port.address())
    }

    /// The requests for reviews so far, with their replies, in the order of the replies.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.shared.exchanges.lock().clone()
    }

    /// The most requests that were on their way at a time.
    pub fn most_at_a_time(&self) -> usize {
        self.shared.on_their_way.lock().1
    }
}

impl Shared {
    fn talk(&self, connection: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(connection);
        let Some(asked) = self.read(&mut reader)? else { return Ok(()) };
        let is_review = asked.path == "/v1/chat/completions";
        if is_review {
            let mut counts = self.on_their_way.lock();
            counts.0 += 1;
            counts.1 = counts.1.max(counts.0);
        }
        let (reply, is_repeated) = self.reply(&asked);
        if is_review {
            self.on_their_way.lock().0 -= 1;
        }
        while reply.hangs && !self.stopped.load(Ordering::Relaxed) {
            thread::sleep(CHECK_EVERY);
        }
        let sent = if reply.hangs { Ok(()) } else { send(connection, &reply) };
        if is_review {
            let is_sent = sent.is_ok() && !reply.is_cut && !reply.hangs;
            let tokens = if is_repeated { 0 } else { reply.tokens() };
            let (status, reply) = (reply.status, reply.body);
            self.exchanges.lock().push(Exchange { asked, status, reply, tokens, is_sent, is_repeated });
        }
        sent
    }

    /// The reply after its time, and whether it is that to an earlier request with the same id.
    fn reply(&self, asked: &Asked) -> (SimulatedReply, bool) {
        let own = || {
            let reply = (self.decide)(asked);
            thread::sleep(reply.after);
            reply
        };
        let (Some(by_id), Some(id)) = (&self.by_id, asked.headers.get("idempotency-key")) else {
            return (own(), false);
        };
        while !self.stopped.load(Ordering::Relaxed) {
            match by_id.lock().entry(id.clone()) {
                Entry::Vacant(vacant) => {
                    vacant.insert(None);
                    break;
                }
                Entry::Occupied(known) => {
                    if let Some(reply) = known.get() {
                        return (reply.clone(), true);
                    }
                }
            }
            thread::sleep(CHECK_EVERY);
        }
        let reply = own();
        let is_answer = reply.status == 200 && !reply.is_cut && !reply.hangs;
        let mut by_id = by_id.lock();
        if is_answer {
            by_id.insert(id.clone(), Some(reply.clone()));
        } else {
            by_id.remove(id);
        }
        (reply, false)
    }

    fn read(&self, reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Asked>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or_default();
        let mut body = vec![0; length.min(REQUEST_UP_TO_BYTES)];
        reader.read_exact(&mut body)?;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let mut number = self.asked.lock();
        let asked = Asked { number: *number, path, headers, body };
        // Lists of models are not counted.
        *number += usize::from(asked.path == "/v1/chat/completions");
        Ok(Some(asked))
    }
}

fn send(mut connection: &TcpStream, reply: &SimulatedReply) -> io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n",
        reply.status,
        reply.body.len()
    );
    reply.headers.iter().for_each(|line| {
        head.push_str(line);
        head.push_str("\r\n");
    });
    connection.write_all(format!("{head}\r\n").as_bytes())?;
    let sent = if reply.is_cut { reply.body.len() / 2 } else { reply.body.len() };
    connection.write_all(&reply.body.as_bytes()[..sent])?;
    connection.flush()
}

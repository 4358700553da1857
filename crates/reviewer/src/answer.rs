//! The reply of a server: read strictly, so that nothing becomes a grade that is none.
//!
//! A reply that was cut, refused, empty or in another form is a fault and no answer.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tilejury_audit::external::HIGHEST_GRADE;

/// The letters of a wrong answer that a message quotes.
const QUOTED_UP_TO: usize = 80;

/// A grade with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    /// The grade, 0 to 3.
    pub grade: u8,
    /// The mean grade by the probabilities of the grade's token, if the server gave them.
    pub soft: Option<f32>,
    /// The copied words; they may be empty.
    pub evidence: String,
}

/// The tokens that a server counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenUse {
    /// Those of the question.
    pub prompt: u64,
    /// Those of the answer.
    pub completion: u64,
}

impl TokenUse {
    /// All of them.
    pub fn all(self) -> u64 {
        self.prompt.saturating_add(self.completion)
    }
}

/// A reason why a reply is no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AnswerFault {
    /// It is longer than it may be, so its end is missing.
    #[error("the answer was cut at its largest length")]
    Cut,
    /// The same, and not even its beginning is there.
    #[error("the model thinks before it answers, and was cut at the largest length")]
    CutInThoughts,
    /// The model or a filter refused.
    #[error("the model refused: {0}")]
    Refused(String),
    /// It has no content.
    #[error("the answer is empty")]
    Empty,
    /// The content is not JSON.
    #[error("the answer is not JSON: {0}")]
    NotJson(String),
    /// The content is JSON of another form.
    #[error("the answer has another form: {0}")]
    OtherForm(String),
    /// The reply itself is not what the documentation describes.
    #[error("the reply is not a chat completion: {0}")]
    NoReply(String),
    /// The reply is an error, in spite of its status.
    #[error("the server reports an error: {0}")]
    Server(String),
}

impl AnswerFault {
    /// Whether another form of the request may help.
    pub(crate) fn is_of_form(&self) -> bool {
        matches!(self, Self::NotJson(_) | Self::OtherForm(_))
    }

    /// Whether the same request may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::NoReply(_) | Self::Server(_))
    }
}

/// A reply that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelReply<T = Graded> {
    /// The model as the server reports it; empty if it does not.
    pub model: String,
    /// The tokens that it counted, which are to be paid even without an answer.
    pub tokens: TokenUse,
    /// The answer, or why it is none.
    pub answer: Result<T, AnswerFault>,
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

#[derive(Deserialize)]
pub(crate) struct Choice {
    message: Message,
    finish_reason: Option<String>,
    logprobs: Option<Logprobs>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Logprobs {
    content: Option<Vec<TokenLogprob>>,
}

#[derive(Deserialize)]
pub(crate) struct TokenLogprob {
    token: String,
    #[serde(default)]
    top_logprobs: Vec<TopLogprob>,
}

#[derive(Deserialize)]
struct TopLogprob {
    token: String,
    logprob: f64,
}

/// The object that a model is asked to answer with.
pub(crate) trait ReplyContent: DeserializeOwned {
    /// The reason why it is none that was asked for.
    fn fault(&self) -> Option<&'static str>;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    evidence: String,
    grade: u8,
}

impl ReplyContent for Content {
    fn fault(&self) -> Option<&'static str> {
        (self.grade > HIGHEST_GRADE).then_some("the grade is not one of 0 to 3")
    }
}

/// Reads the body of a reply to a question about one tile.
pub fn read_reply(body: &[u8]) -> ModelReply {
    read_reply_with(body, |choice| {
        let (content, tokens) = content::<Content>(choice)?;
        let soft = soft_grade(&tokens, content.grade);
        Ok(Graded { grade: content.grade, soft, evidence: content.evidence.trim().to_owned() })
    })
}

/// Reads the body of a reply, and its answer in a form that `read` knows.
pub(crate) fn read_reply_with<T>(body: &[u8], read: impl FnOnce(Choice) -> Result<T, AnswerFault>) -> ModelReply<T> {
    let failed = |fault| ModelReply { model: String::new(), tokens: TokenUse::default(), answer: Err(fault) };
    let reply: Reply = match serde_json::from_slice(body) {
        Ok(reply) => reply,
        Err(_) => return failed(AnswerFault::NoReply(quoted(&String::from_utf8_lossy(body)))),
    };
    let tokens = reply.usage.map_or_else(TokenUse::default, |usage| TokenUse {
        prompt: usage.prompt_tokens,
        completion: usage.completion_tokens,
    });
    let answer = match (reply.error, reply.choices.into_iter().next()) {
        (Some(error), _) if !error.is_null() => Err(AnswerFault::Server(error_message(&error))),
        (_, Some(choice)) => read(choice),
        (_, None) => Err(AnswerFault::NoReply("it has no choices".to_owned())),
    };
    ModelReply { model: reply.model.unwrap_or_default(), tokens, answer }
}

/// The message of an error in the form of most servers, or any other text of it.
pub(crate) fn error_message(error: &serde_json::Value) -> String {
    let message = error.get("message").or_else(|| error.get("detail")).unwrap_or(error);
    quoted(&message.as_str().map_or_else(|| message.to_string(), str::to_owned))
}

/// The object in an answer, and the answer's tokens.
pub(crate) fn content<C: ReplyContent>(choice: Choice) -> Result<(C, Vec<TokenLogprob>), AnswerFault> {
    if let Some(refusal) = choice.message.refusal.filter(|refusal| !refusal.is_empty()) {
        return Err(AnswerFault::Refused(quoted(&refusal)));
    }
    match choice.finish_reason.as_deref() {
        Some("length") if has_begun(choice.message.content.as_deref()) => return Err(AnswerFault::Cut),
        Some("length") => return Err(AnswerFault::CutInThoughts),
        Some("content_filter") => return Err(AnswerFault::Refused("a filter of the server".to_owned())),
        _ => {}
    }
    let content = choice.message.content.unwrap_or_default();
    if content.trim().is_empty() {
        return Err(AnswerFault::Empty);
    }
    let content: C = match parsed(content.trim()) {
        // A server that ignores the format may put words or a fence around the object.
        Err(AnswerFault::NotJson(_)) => parsed(object_in(&content).unwrap_or(&content)),
        other => other,
    }?;
    Ok((content, choice.logprobs.and_then(|logprobs| logprobs.content).unwrap_or_default()))
}

/// Whether the object of an answer has begun, maybe in a fence. Thoughts come before it, or are not
/// in the content at all.
fn has_begun(content: Option<&str>) -> bool {
    let content = content.unwrap_or_default().trim_start();
    content.starts_with('{') || content.starts_with("```")
}

fn parsed<C: ReplyContent>(text: &str) -> Result<C, AnswerFault> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|_| AnswerFault::NotJson(quoted(text)))?;
    let other_form = |reason: &str| AnswerFault::OtherForm(format!("{reason} ({})", quoted(text)));
    // serde would accept a list for a struct.
    if !value.is_object() {
        return Err(other_form("not an object"));
    }
    let content: C = serde_json::from_value(value).map_err(|error| other_form(&error.to_string()))?;
    match content.fault() {
        Some(fault) => Err(other_form(fault)),
        None => Ok(content),
    }
}

/// The last object in a text, which ends after a model's thoughts.
fn object_in(text: &str) -> Option<&str> {
    let end = text.rfind('}')? + 1;
    let starts = text[..end].rmatch_indices('{').map(|(at, _)| &text[at..end]);
    starts.take(16).find(|object| serde_json::from_str::<serde_json::Value>(object).is_ok())
}

/// The mean grade by the probabilities of the grade's token, over the grades only.
fn soft_grade(tokens: &[TokenLogprob], grade: u8) -> Option<f32> {
    // The grade is the first digit after its name, which is the last name of the object.
    let text: String = tokens.iter().map(|token| token.token.as_str()).collect();
    let name = text.rfind("\"grade\"")?;
    let at = name + text[name..].find(|sign: char| sign.is_ascii_digit())?;
    let mut end = 0;
    let token = tokens.iter().find(|token| {
        end += token.token.len();
        end > at
    })?;
    let grade_of = |token: &str| match token.trim_matches(|sign: char| !sign.is_ascii_digit()).as_bytes() {
        [digit] if (b'0'..=b'0' + HIGHEST_GRADE).contains(digit) => Some(digit - b'0'),
        _ => None,
    };
    if grade_of(&token.token) != Some(grade) {
        return None;
    }
    let (mut sum, mut all) = (0.0, 0.0);
    for likely in &token.top_logprobs {
        if let Some(grade) = grade_of(&likely.token) {
            let probability = likely.logprob.exp();
            sum += f64::from(grade) * probability;
            all += probability;
        }
    }
    (all > 0.0).then(|| (sum / all) as f32)
}

/// The beginning of a text on one line.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTED_UP_TO) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::{Value, json};

    use super::*;

    fn reply(choice: &Value) -> ModelReply {
        let body = json!({"model": "m-1", "choices": [choice],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020}});
        read_reply(body.to_string().as_bytes())
    }

    fn of_content(content: &str) -> Result<Graded, AnswerFault> {
        reply(&json!({"message": {"content": content}, "finish_reason": "stop"})).answer
    }

    #[test]
    fn good_answers_are_read() {
        let read = reply(&json!({"message": {"role": "assistant", "refusal": null, "extra": 1,
            "content": "{\"evidence\": \" in 1821 \", \"grade\": 3}"}, "finish_reason": "stop", "logprobs": null}));
        assert_eq!((read.model.as_str(), read.tokens.all()), ("m-1", 1020));
        assert_eq!(read.answer, Ok(Graded { grade: 3, soft: None, evidence: "in 1821".into() }));
        for around in ["```json\n{}\n```", "Sure! {}", "<think>{\"a\"} is 3</think>\n{}"] {
            let content = around.replace("{}", "{\"evidence\": \"{salt}\", \"grade\": 2}");
            assert_eq!(of_content(&content).map(|graded| graded.grade), Ok(2), "{content}");
        }
    }

    #[test]
    fn faults_are_no_answers() {
        let good = "{\"evidence\": \"\", \"grade\": 3}";
        let cut = reply(&json!({"message": {"content": good}, "finish_reason": "length"}));
        assert_eq!((cut.answer, cut.tokens.completion), (Err(AnswerFault::Cut), 20));
        for thought in [json!("<think>The tile says {\"a\""), json!(""), json!(null)] {
            let cut = reply(&json!({"message": {"content": thought}, "finish_reason": "length"}));
            assert_eq!(cut.answer, Err(AnswerFault::CutInThoughts), "{thought}");
        }
        let fenced = reply(&json!({"message": {"content": "```json\n{\"ev"}, "finish_reason": "length"}));
        assert_eq!(fenced.answer, Err(AnswerFault::Cut));
        let refused = reply(&json!({"message": {"content": good, "refusal": "I cannot"}, "finish_reason": "stop"}));
        assert_eq!(refused.answer, Err(AnswerFault::Refused("I cannot".into())));
        let filtered = reply(&json!({"message": {"content": good}, "finish_reason": "content_filter"}));
        assert!(matches!(filtered.answer, Err(AnswerFault::Refused(_))));
        for empty in [json!(null), json!(""), json!(" \n")] {
            let read = reply(&json!({"message": {"content": empty}, "finish_reason": "stop"}));
            assert_eq!(read.answer, Err(AnswerFault::Empty));
        }
        assert!(matches!(of_content("I think it is a 3."), Err(AnswerFault::NotJson(_))));
        for other in [
            "{\"evidence\": \"a\"}",
            "{\"evidence\": \"a\", \"grade\": 4}",
            "{\"evidence\": \"a\", \"grade\": -1}",
            "{\"evidence\": \"a\", \"grade\": 2.5}",
            "{\"evidence\": \"a\", \"grade\": \"3\"}",
            "{\"evidence\": null, \"grade\": 3}",
            "{\"evidence\": \"a\", \"grade\": 3, \"more\": 1}",
            "[\"a\", 3]",
        ] {
            assert!(matches!(of_content(other), Err(AnswerFault::OtherForm(_))), "{other}");
        }
        for none in ["", "<html>", "{}", "{\"choices\": []}", "[]"] {
            assert!(matches!(read_reply(none.as_bytes()).answer, Err(AnswerFault::NoReply(_))), "{none}");
        }
        let error = read_reply(br#"{"error": {"message": "out of memory", "code": 500}}"#);
        assert_eq!(error.answer, Err(AnswerFault::Server("out of memory".into())));
    }

    #[test]
    fn grades_are_weighed_by_their_probabilities() {
        let with = |tokens: &[&str], top: Value, grade: u8| {
            let last = tokens.len() - 2;
            let content: Vec<Value> = tokens
                .iter()
                .enumerate()
                .map(|(at, token)| {
                    let top = if at == last { top.clone() } else { json!([]) };
                    json!({"token": token, "logprob": -0.1, "top_logprobs": top})
                })
                .collect();
            let text = format!("{{\"evidence\": \"grade 7\", \"grade\": {grade}}}");
            reply(&json!({"message": {"content": text}, "finish_reason": "stop",
                "logprobs": {"content": content}}))
            .answer
            .unwrap()
            .soft
        };
        let top = json!([
            {"token": "3", "logprob": 0.5_f64.ln()},
            {"token": "1", "logprob": 0.25_f64.ln()},
            {"token": "the", "logprob": 0.25_f64.ln()},
        ]);
        let tokens = ["{\"evidence\": \"grade 7", "\", \"gr", "ade\":", " 3", "}"];
        let soft = with(&tokens, top.clone(), 3).unwrap();
        assert!((soft - (3.0 * 0.5 + 0.25) / 0.75).abs() < 1e-5, "{soft}");
        assert_eq!(with(&tokens, top, 2), None, "not the token of the grade");
        assert_eq!(with(&tokens, json!([]), 3), None);
    }
}

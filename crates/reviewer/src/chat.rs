//! Requests for reviews in the form of `/v1/chat/completions`, and the forms that servers
//! understand. Sends nothing.

use serde_json::{Value, json};

use crate::picture::Picture;
use crate::prompt::{RUBRIC, SCHEMA_NAME, question, schema};

/// The most tokens of an answer: the evidence is at most 30 words.
pub(crate) const ANSWER_UP_TO_TOKENS: u32 = 400;
/// The tokens more for a model that thinks before it answers.
pub(crate) const ROOM_FOR_THOUGHTS_TOKENS: u32 = 4000;
/// The seed of the sampling. With temperature 0 most servers need none.
pub(crate) const SEED: u32 = 7;
/// The number of likeliest tokens to report: four grades in several spellings.
const TOP_LOGPROBS: u32 = 8;

/// The way in which a server is made to answer in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyFormat {
    /// By the schema.
    Schema,
    /// By JSON without a schema.
    JsonObject,
    /// By the words of the rubric alone.
    Words,
}

/// The thoughts of a model before its answer, which count as a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thoughts {
    /// As the server has it, within the limit of the answer.
    Usual,
    /// None, if the server knows how to do without.
    Off,
    /// With room beyond the limit of the answer.
    Room,
}

/// The parts of a request that not every server understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestForm {
    /// The format of the answer.
    pub format: ReplyFormat,
    /// Whether to ask for the probabilities of tokens.
    pub logprobs: bool,
    /// Whether to set the temperature and the seed.
    pub sampling: bool,
    /// Whether the limit of the answer has its newer name. Servers that know only that one refuse
    /// the older, and some that know only the older take no notice of the newer.
    pub newer_limit: bool,
    /// The thoughts before the answer.
    pub thoughts: Thoughts,
}

impl Default for RequestForm {
    fn default() -> Self {
        Self {
            format: ReplyFormat::Schema,
            logprobs: true,
            sampling: true,
            newer_limit: false,
            thoughts: Thoughts::Usual,
        }
    }
}

impl RequestForm {
    /// Returns the form as words, to be stored.
    pub fn words(self) -> String {
        let format = match self.format {
            ReplyFormat::Schema => "json_schema",
            ReplyFormat::JsonObject => "json_object",
            ReplyFormat::Words => "words",
        };
        let parts = [
            (true, format),
            (self.logprobs, "logprobs"),
            (self.sampling, "sampling"),
            (self.newer_limit, "max_completion_tokens"),
            (self.thoughts == Thoughts::Off, "no_thoughts"),
            (self.thoughts == Thoughts::Room, "thoughts"),
        ];
        parts.into_iter().filter_map(|(with, word)| with.then_some(word)).collect::<Vec<_>>().join(" ")
    }

    /// Reads the words of [`Self::words`]; unknown ones are ignored.
    pub fn of_words(text: &str) -> Self {
        let has = |word: &str| text.split(' ').any(|known| known == word);
        let format = if has("json_object") {
            ReplyFormat::JsonObject
        } else if has("words") {
            ReplyFormat::Words
        } else {
            ReplyFormat::Schema
        };
        let thoughts = match (has("no_thoughts"), has("thoughts")) {
            (true, _) => Thoughts::Off,
            (false, true) => Thoughts::Room,
            (false, false) => Thoughts::Usual,
        };
        Self {
            format,
            logprobs: has("logprobs"),
            sampling: has("sampling"),
            newer_limit: has("max_completion_tokens"),
            thoughts,
        }
    }

    /// Returns the form without the part that a server's refusal names; `None` if it names none
    /// that this form has.
    pub(crate) fn without_refused(self, message: &str) -> Option<Self> {
        let message = message.to_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if self.logprobs && names(&["logprobs"]) {
            return Some(Self { logprobs: false, ..self });
        }
        if self.thoughts == Thoughts::Off && names(&["reasoning_effort"]) {
            return Some(Self { thoughts: Thoughts::Room, ..self });
        }
        // The limit and not its name is refused.
        if names(&["too large", "context length"]) {
            return (self.thoughts == Thoughts::Room).then_some(Self { thoughts: Thoughts::Off, ..self });
        }
        let limit = if self.newer_limit { "max_completion_tokens" } else { "max_tokens" };
        if names(&[limit]) {
            return Some(Self { newer_limit: !self.newer_limit, ..self });
        }
        if self.sampling && names(&["temperature", "seed"]) {
            return Some(Self { sampling: false, ..self });
        }
        names(&["response_format", "json_schema", "json_object", "guided", "grammar", "structured"])
            .then(|| self.with_looser_format())
            .flatten()
    }

    /// Returns the form with fewer thoughts or more room for them.
    pub(crate) fn with_other_thoughts(self) -> Option<Self> {
        match self.thoughts {
            Thoughts::Usual => Some(Self { thoughts: Thoughts::Off, ..self }),
            Thoughts::Off => Some(Self { thoughts: Thoughts::Room, ..self }),
            Thoughts::Room => None,
        }
    }

    /// The tokens that an answer may take beyond those of an answer without thoughts.
    pub(crate) fn tokens_for_thoughts(self) -> u32 {
        if self.thoughts == Thoughts::Room { ROOM_FOR_THOUGHTS_TOKENS } else { 0 }
    }

    /// Returns the form with a format that more servers understand.
    pub(crate) fn with_looser_format(self) -> Option<Self> {
        match self.format {
            ReplyFormat::Schema => Some(Self { format: ReplyFormat::JsonObject, ..self }),
            ReplyFormat::JsonObject => Some(Self { format: ReplyFormat::Words, ..self }),
            ReplyFormat::Words => None,
        }
    }
}

/// Returns the body of a request about one tile. The rubric comes first and the query last, so that
/// a server can keep what is the same.
pub fn request_body(model: &str, form: RequestForm, query: &str, tile: &Picture) -> Value {
    let parts = vec![picture_part(tile), text_part(&question(query))];
    chat_body(model, form, &Chat { rubric: RUBRIC, parts, schema: (SCHEMA_NAME, schema()), up_to: ANSWER_UP_TO_TOKENS })
}

/// The parts of a chat that differ between questions.
pub(crate) struct Chat {
    pub(crate) rubric: &'static str,
    /// The pictures and texts of the question.
    pub(crate) parts: Vec<Value>,
    /// The schema of the answer, with its name.
    pub(crate) schema: (&'static str, Value),
    /// The most tokens of the answer without thoughts.
    pub(crate) up_to: u32,
}

pub(crate) fn picture_part(tile: &Picture) -> Value {
    json!({"type": "image_url", "image_url": {"url": tile.data_url()}})
}

pub(crate) fn text_part(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// The body of a request in a form.
pub(crate) fn chat_body(model: &str, form: RequestForm, chat: &Chat) -> Value {
    let mut body = json!({
        "model": model,
        "messages": [
            {"role": "system", "content": chat.rubric},
            {"role": "user", "content": chat.parts},
        ],
    });
    let limit = if form.newer_limit { "max_completion_tokens" } else { "max_tokens" };
    body[limit] = json!(chat.up_to + form.tokens_for_thoughts());
    if form.thoughts == Thoughts::Off {
        body["reasoning_effort"] = json!("none");
    }
    if form.sampling {
        body["temperature"] = json!(0);
        body["seed"] = json!(SEED);
    }
    if form.logprobs {
        body["logprobs"] = json!(true);
        body["top_logprobs"] = json!(TOP_LOGPROBS);
    }
    match form.format {
        ReplyFormat::Schema => {
            let (name, schema) = &chat.schema;
            body["response_format"] = json!({
                "type": "json_schema",
                "json_schema": {"name": name, "strict": true, "schema": schema},
            });
        }
        ReplyFormat::JsonObject => body["response_format"] = json!({"type": "json_object"}),
        ReplyFormat::Words => {}
    }
    body
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn body(form: RequestForm) -> Value {
        let tile = Picture::of_tile(tilejury_testkit::picture::png(2, 2, 0)).unwrap();
        request_body("m", form, "When was it opened?", &tile)
    }

    #[test]
    fn requests_have_the_documented_form() {
        let full = body(RequestForm::default());
        let content = &full["messages"][1]["content"];
        assert!(content[0]["image_url"]["url"].as_str().unwrap().starts_with("data:image/png;base64,"));
        assert_eq!(content[1]["text"], "Query: When was it opened?");
        let format = &full["response_format"]["json_schema"];
        assert_eq!((&format["name"], &format["strict"]), (&json!("review"), &json!(true)));
        assert_eq!(format["schema"]["properties"]["grade"]["enum"], json!([0, 1, 2, 3]));
        assert_eq!((&full["temperature"], &full["top_logprobs"]), (&json!(0), &json!(8)));
        assert_eq!(full["max_tokens"], json!(ANSWER_UP_TO_TOKENS));
        let words = RequestForm {
            format: ReplyFormat::Words,
            logprobs: false,
            sampling: false,
            newer_limit: true,
            thoughts: Thoughts::Room,
        };
        let least = body(words);
        let names: Vec<&str> = least.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert_eq!(least["max_completion_tokens"], json!(ANSWER_UP_TO_TOKENS + ROOM_FOR_THOUGHTS_TOKENS));
    }

    #[test]
    fn a_refusal_takes_away_what_it_names() {
        let form = RequestForm::default();
        let without = |message: &str| form.without_refused(message).unwrap();
        assert!(!without("Unsupported parameter: 'logprobs'").logprobs);
        let newer = without("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.");
        assert!(newer.newer_limit);
        let older = newer.without_refused("Extra inputs: max_completion_tokens");
        assert_eq!(older, Some(form), "a server may know the older name only");
        let too_large = "max_tokens is too large: 4400. The maximum context length is 4096 tokens";
        assert_eq!(form.without_refused(too_large), None, "another name does not help");
        let off = RequestForm { thoughts: Thoughts::Off, ..form };
        let room = RequestForm { thoughts: Thoughts::Room, ..form };
        assert_eq!((form.with_other_thoughts(), off.with_other_thoughts()), (Some(off), Some(room)));
        assert_eq!((room.with_other_thoughts(), room.without_refused(too_large)), (None, Some(off)));
        assert_eq!(off.without_refused("unknown field: reasoning_effort"), Some(room));
        assert_eq!(
            (body(off)["reasoning_effort"].as_str(), &body(room)["reasoning_effort"]),
            (Some("none"), &json!(null))
        );
        assert!(!without("'temperature' does not support 0").sampling);
        assert_eq!(without("invalid response_format").format, ReplyFormat::JsonObject);
        assert_eq!(form.without_refused("the picture is too large"), None);
        assert_eq!(RequestForm { logprobs: false, ..form }.without_refused("logprobs"), None);
    }

    #[test]
    fn forms_come_back_as_they_were_stored() {
        let mut form = Some(RequestForm::default());
        while let Some(known) = form {
            for thoughts in [Thoughts::Usual, Thoughts::Off, Thoughts::Room] {
                for known in [known, RequestForm { logprobs: false, newer_limit: true, ..known }] {
                    let known = RequestForm { thoughts, ..known };
                    assert_eq!(RequestForm::of_words(&known.words()), known);
                }
            }
            form = known.with_looser_format();
        }
    }
}

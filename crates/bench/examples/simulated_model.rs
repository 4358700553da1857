//! Prints requests for reviews in every form, and the replies of the simulated model, an exchange a
//! line: `{"request", "reply"}`. The test in `tests/reviewer` checks them by the types of another
//! program.

#![allow(clippy::print_stdout, reason = "the output of this program")]

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tilejury_bench::ask::{SimulatedModel, SimulatedReply};
use tilejury_reviewer::{EndpointClient, Picture, ReplyFormat, RequestForm, Thoughts, comparison_body, request_body};

fn main() -> anyhow::Result<()> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 1, 1);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header()?.write_image_data(&[255; 4])?;
    let picture = Picture::of_tile(png).map_err(anyhow::Error::msg)?;
    let server = SimulatedModel::start(|asked| match asked.number % 4 {
        _ if asked.pictures().len() == 2 => SimulatedReply::ranked(asked, "2, 1"),
        0 => SimulatedReply::graded(asked, 3, "salt"),
        1 => SimulatedReply::graded_softly(asked, [0.1, 0.2, 0.3, 0.4], "salt"),
        2 => SimulatedReply::refusal(asked),
        _ => SimulatedReply::completion(asked, "{\"evidence\": \"sal", "length"),
    })?;
    let client = EndpointClient::new(&server.url(), None, Duration::from_secs(10))?;
    for format in [ReplyFormat::Schema, ReplyFormat::JsonObject, ReplyFormat::Words] {
        for with in [true, false] {
            let thoughts = if with { Thoughts::Off } else { Thoughts::Usual };
            let form = RequestForm { format, logprobs: with, sampling: with, newer_limit: with, thoughts };
            for query in ["When was it opened?", "塩の融点は？"] {
                let body = request_body("a-model", form, query, &picture);
                client.post("v1/chat/completions", body.to_string().into_bytes(), None, &AtomicBool::new(false))?;
                let body = comparison_body("a-model", form, query, [&picture, &picture]);
                client.post("v1/chat/completions", body.to_string().into_bytes(), None, &AtomicBool::new(false))?;
            }
        }
    }
    for exchange in server.exchanges() {
        let reply: Value = serde_json::from_str(&exchange.reply).context("a reply that is not JSON")?;
        println!("{}", json!({"request": exchange.asked.body, "reply": reply}));
    }
    Ok(())
}

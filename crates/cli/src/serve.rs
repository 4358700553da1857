//! `tilejury serve`: offers a dataset of this machine over HTTP, until it is ended.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;
use tilejury_app::folders::Folders;
use tilejury_app::serving::{ServeRequest, Server};

use super::output::{Output, print_message, spinner};
use super::{Outcome, stop_switch};

/// The interval at which the wish to end is looked for.
const LOOKS_EVERY: Duration = Duration::from_millis(50);

#[derive(Args)]
#[command(
    after_help = "The printed address has the token of this server in it: everybody who has it can read the dataset and add \
    judgements. The dataset is never written. Ctrl+C ends the server; nothing is lost, whenever it ends."
)]
pub(super) struct ServeArgs {
    /// A dataset folder on this machine, or one of its .jsonl or .parquet files
    dataset: PathBuf,
    /// The address to listen at; the port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878")]
    listen: String,
    /// The file with the token; made if it is not there [default: a new token for each start]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The folder for judgements; made if it is not there [default: one in your data folder]
    #[arg(long, value_name = "FOLDER")]
    judgements: Option<PathBuf>,
    /// The certificate for https, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Listen at an address that other machines reach although everything can be read on the way
    #[arg(long)]
    without_tls: bool,
    /// Requests of one client in a second; four times as many of all clients [default: 500]
    #[arg(long, value_name = "NUMBER", value_parser = rate)]
    rate: Option<f64>,
    /// Also serve files that are links to places outside of the dataset
    #[arg(long)]
    follow_links: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "is not a number".to_owned())?;
    if (1.0..=1e6).contains(&number) { Ok(number) } else { Err("is not from 1 to 1000000".to_owned()) }
}

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<Outcome> {
    let request = ServeRequest {
        dataset: args.dataset.clone(),
        listen: args.listen.clone(),
        token_file: args.token_file.clone(),
        judgements: args.judgements.clone(),
        tls: args.tls_cert.clone().zip(args.tls_key.clone()),
        without_tls: args.without_tls,
        rate: args.rate,
        follow_links: args.follow_links,
    };
    let stop = stop_switch();
    let working = spinner("reading the rows");
    let started = Server::start(&request, &Folders::for_current_user());
    working.finish_and_clear();
    let server = started?;
    for note in &server.notes {
        print_message(&format!("note: {note}"));
    }
    let mut out = Output::new();
    out.line(&format!("serving {}: {}", args.dataset.display(), server.set_in_words()))?;
    out.line(&format!("judgements are in {}", server.judgements().join("judgements").display()))?;
    if let Some(tunnel) = server.tunnel() {
        out.line(&format!("from another machine, first: {tunnel}"))?;
    }
    out.line(&format!("open: tilejury '{}'", server.address()))?;
    out.finish()?;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOKS_EVERY);
    }
    server.end();
    Ok(Outcome::Success)
}

//! `tilejury key`: keeps the key of a model's server in the system's keyring. The key comes from
//! standard input, never from an argument, which other programs could read.

use std::io::{IsTerminal as _, stdin};
use std::time::Duration;

use clap::Args;
use tilejury_app::key_store::{KeyStore as _, SystemKeyring};
use tilejury_app::model_server::{key_host, model_client};

use super::Outcome;
use super::output::{Output, print_message};

/// The time for the one line that says where a key is from: nothing is sent.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Args)]
#[command(
    after_help = "Without an option it says where `tilejury ask` takes the key for this server from; the key itself is never \
    printed. The keyring is the Secret Service on Linux (GNOME Keyring, KWallet, KeePassXC), the keychain on macOS and the \
    credential manager on Windows. Where there is none, set TILEJURY_API_KEY."
)]
pub(super) struct KeyArgs {
    /// The address of the server; a key is for its host
    #[arg(value_name = "URL")]
    endpoint: String,
    /// Keep the key that is typed, or given on standard input
    #[arg(long, conflicts_with = "forget")]
    save: bool,
    /// Remove the key that is kept
    #[arg(long)]
    forget: bool,
}

pub(super) fn run(args: &KeyArgs) -> anyhow::Result<Outcome> {
    let host = key_host(&args.endpoint)?;
    if args.save {
        SystemKeyring.keep(&host, &read_key(&host)?)?;
        print_message(&format!("the key for {host} is in the system's keyring"));
    } else if args.forget {
        anyhow::ensure!(SystemKeyring.forget(&host)?, "the system's keyring has no key for {host}");
        print_message(&format!("the key for {host} was removed from the system's keyring"));
    } else {
        let key = model_client(&args.endpoint, TIMEOUT, &SystemKeyring)?.key;
        let mut out = Output::new();
        out.line(&format!("questions to {host} are sent {key}"))?;
        out.finish()?;
    }
    Ok(Outcome::Success)
}

/// Reads a key, which is not shown while it is typed.
fn read_key(host: &str) -> anyhow::Result<String> {
    let typed = if stdin().is_terminal() {
        print_message(&format!("the key for {host} (it is not shown):"));
        console::Term::stderr().read_secure_line()?
    } else {
        let mut line = String::new();
        stdin().read_line(&mut line)?;
        line
    };
    let key = typed.trim();
    anyhow::ensure!(!key.is_empty(), "no key was given");
    Ok(key.to_owned())
}

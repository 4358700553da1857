//! Lines about the network: the names of the variables that decide about it, whether there is a
//! token, and, only if asked, whether the Hub answers. Never a value.

use super::Check;
use super::environment::Environment;
use crate::folders::Folders;

pub(super) fn lines(folders: &Folders, environment: &Environment, network: bool) -> Vec<Check> {
    let listed = environment.listed();
    let variables = if listed.is_empty() { "none set".to_owned() } else { format!("set: {}", listed.join(", ")) };
    let token = if environment.has("HF_TOKEN") { "set: yes" } else { "set: no" };
    let endpoint = if environment.has("HF_ENDPOINT") { "by HF_ENDPOINT" } else { "https://huggingface.co" };
    vec![
        Check::ok("variables", variables),
        Check::ok("HF_TOKEN", token),
        Check::ok("endpoint", endpoint),
        match network {
            true => reached(folders),
            false => Check::ok("network", "not tried; `tilejury doctor --network` tries it"),
        },
    ]
}

#[cfg(feature = "remote")]
fn reached(folders: &Folders) -> Check {
    match tilejury_remote::reach_hub(&crate::access::access(folders)) {
        Ok(time) => Check::ok("network", format!("the Hub answered in {} ms", time.as_millis())),
        Err(error) => Check::warning(
            "network",
            error.to_string(),
            "datasets on this machine work without it; for addresses check the connection, the proxy and HF_ENDPOINT",
        ),
    }
}

#[cfg(not(feature = "remote"))]
fn reached(_folders: &Folders) -> Check {
    Check::ok("network", "not used: this program was built without access to addresses")
}

//! The server of `tilejury serve`, by what a person chose: which addresses it may listen at, where
//! its token and the judgements are. What it answers is in the crate for addresses.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use tilejury_audit::exchange::{ExchangeFolder as _, LocalFolder, check_file, is_file_name, is_replaced};
use tilejury_data::progress::NoProgress;
use tilejury_data::shown::{bytes_in_words, without_secrets};
use tilejury_remote::serve::{
    Certificate, JudgementFiles, Rates, Refusal, ServeOptions, ServeToken, ServedSet, Serving, listen,
};

use crate::dataset_source::{is_kept_address, open_here};
use crate::folders::{Folders, host_name};

/// The choices for a server.
pub struct ServeRequest {
    /// The dataset: a folder or a file on this machine.
    pub dataset: PathBuf,
    /// The address to listen at.
    pub listen: String,
    /// The file with the token; made if it is not there.
    pub token_file: Option<PathBuf>,
    /// The folder of judgements.
    pub judgements: Option<PathBuf>,
    /// The files of a certificate and of its key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whether others may read what is sent on the way.
    pub without_tls: bool,
    /// Requests of one client in a second.
    pub rate: Option<f64>,
    /// Whether files are served that are links to places outside of the dataset.
    pub follow_links: bool,
}

/// A running server.
pub struct Server {
    serving: Serving,
    token: ServeToken,
    /// The name of a single split that is served.
    split: Option<String>,
    judgements: PathBuf,
    /// Points for the person to know.
    pub notes: Vec<String>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    /// If the address cannot or must not be listened at, or a file cannot be used; in words.
    pub fn start(request: &ServeRequest, folders: &Folders) -> anyhow::Result<Self> {
        if is_kept_address(&request.dataset) {
            let address = without_secrets(&request.dataset.to_string_lossy());
            anyhow::bail!("{address}: only a dataset on this machine can be served");
        }
        // First what is quick: the rows can take a while, and nothing is written yet.
        let listener = listen(&request.listen, request.tls.is_some() || request.without_tls)?;
        let dataset = open_here(&request.dataset, folders, &NoProgress)?;
        let mut notes = Vec::new();
        let token = match &request.token_file {
            Some(file) => token_in_file(file, &mut notes).with_context(|| file.display().to_string())?,
            None => ServeToken::new_random(),
        };
        let judgements = request.judgements.clone().unwrap_or_else(|| folders.served(dataset.fingerprint));
        let folder = judgements_in(&judgements)
            .with_context(|| format!("{}: judgements cannot be kept there", judgements.display()))?;
        let split = request.dataset.is_file().then(|| tilejury_data::file_name(&request.dataset));
        // Those of a Parquet split are fetched together.
        let split = split.filter(|name| !name.ends_with(".parquet"));
        let certificate = request.tls.clone().map(|(certificates, key)| Certificate { certificates, key });
        let options = ServeOptions {
            name: tilejury_data::file_name(&dataset.root),
            dataset,
            token: token.clone(),
            judgements: Arc::new(Folder(folder)),
            certificate,
            rates: Rates::of_client(request.rate.unwrap_or(Rates::PER_CLIENT)),
            follows_links: request.follow_links,
        };
        let serving = Serving::start(listener, options)?;
        notes.extend(left_out(serving.served()));
        Ok(Self { serving, token, split, judgements, notes })
    }

    /// The address for people, with the token.
    pub fn address(&self) -> String {
        let (url, at) = (self.serving.url(), self.serving.address());
        // Nobody can open the address that means all of this machine's.
        let url = if at.ip().is_unspecified() {
            url.replace(&at.to_string(), &format!("{}:{}", host_name(), at.port()))
        } else {
            url
        };
        let split = self.split.as_ref().map(|split| format!("/{split}")).unwrap_or_default();
        format!("{url}{split}#token={}", self.token.text())
    }

    /// The command that leads a port of another machine here; `None` if others reach the server
    /// without it.
    pub fn tunnel(&self) -> Option<String> {
        let at = self.serving.address();
        let port = at.port();
        at.ip().is_loopback().then(|| format!("ssh -N -L {port}:{at} {}", host_name()))
    }

    /// The set in words.
    pub fn set_in_words(&self) -> String {
        let ServedSet { files, bytes, .. } = self.serving.served();
        let files = tilejury_audit::text::count(*files, "file");
        format!("{files}, {}, read only", bytes_in_words(*bytes))
    }

    /// The folder of judgements.
    pub fn judgements(&self) -> &Path {
        &self.judgements
    }

    /// Ends the server. Blocks for a few seconds at most.
    pub fn end(&self) {
        self.serving.end();
    }
}

/// The folder for judgements, made if it is not there. What cannot be written is noticed before
/// anybody sends their judgements.
fn judgements_in(folder: &Path) -> io::Result<LocalFolder> {
    if !folder.exists() {
        fs::create_dir_all(folder)?;
    }
    let folder = LocalFolder::open(folder)?;
    folder.try_writing()?;
    Ok(folder)
}

/// Reads the token in a file, or writes a new one to it, which only its owner can read.
fn token_in_file(file: &Path, notes: &mut Vec<String>) -> anyhow::Result<ServeToken> {
    match fs::read_to_string(file) {
        Ok(text) => {
            if others_can_read(file) {
                notes.push(format!("{} can be read by other users of this machine", file.display()));
            }
            Ok(text.parse()?)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let token = ServeToken::new_random();
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(file)?.write_all(format!("{}\n", token.text()).as_bytes())?;
            Ok(token)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(unix)]
fn others_can_read(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}

/// The files that are not served, as a sentence.
fn left_out(served: &ServedSet) -> Option<String> {
    let first = served.left_out.first()?;
    let files = tilejury_audit::text::count(served.left_out.len(), "file");
    Some(format!(
        "{files} not served: {} leads to a place outside of the dataset; --follow-links serves such links",
        first.display()
    ))
}

/// A folder of judgements, as the server needs it.
struct Folder(LocalFolder);

impl JudgementFiles for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = self.0.list()?;
        names.retain(|name| is_file_name(name));
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        if !is_file_name(name) {
            return Err(Refusal::NotFound);
        }
        self.0.read(name).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Refusal::NotFound,
            _ => Refusal::Failed(error),
        })
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), Refusal> {
        check_file(name, content).map_err(|reason| Refusal::NotAllowed(format!("the file is not taken: {reason}")))?;
        match self.0.read(name) {
            Ok(there) if there == content => Ok(()),
            Ok(_) => Err(Refusal::NotAllowed("there is another file of this name, which stays as it is".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.0.write(name, content).map_err(Refusal::Failed)
            }
            Err(error) => Err(Refusal::Failed(error)),
        }
    }

    fn remove(&self, name: &str) -> Result<(), Refusal> {
        if !is_file_name(name) {
            return Err(Refusal::NotFound);
        }
        match is_replaced(&self.0, name) {
            Ok(true) => self.0.remove(name).map_err(Refusal::Failed),
            Ok(false) => {
                Err(Refusal::NotAllowed("no other file holds all changes of this one, so it stays".to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Refusal::NotFound),
            Err(error) => Err(Refusal::Failed(error)),
        }
    }
}

//! The window's part in datasets at addresses: the dialog to open one, a pasted address, the way
//! back while one is opened, and the question before work that fetches much of it.

use egui::Event;

use super::dialogs::Dialog;
use super::leaving::Destination;
use super::scanning::DuePixelScan;
use super::{App, Stage};
use crate::dataset_source::typed_address;
use crate::download_size::{DownloadFor, DownloadSize};
use crate::jobs::WholeSetWork;
use crate::opening::OpenTarget;
use crate::ui::check_dialog::CheckDialog;
use crate::ui::connection_chip::ConnectionView;
use crate::ui::download::DownloadDialog;
use crate::ui::export_download::PreviewConsent;
use crate::ui::offline_dialog::OfflineDialog;
use crate::ui::open_address::OpenAddressDialog;

use super::review_screen::ReviewScreen;

impl ReviewScreen {
    /// The state of the connection; `None` if the dataset is on this machine.
    pub(super) fn connection_view(&self) -> Option<ConnectionView<'_>> {
        let (link, storage) = (self.link.as_ref()?, self.review.dataset().tiles.storage()?);
        Some(ConnectionView {
            address: storage.address(),
            now: link.now(),
            is_lost: link.is_lost(),
            unreachable: self.store.unreachable().0,
            pending: self.pending(),
            cache_problem: link.cache_problem(),
        })
    }
}

impl App {
    /// Opens the dialog for an address, with a text in its field.
    pub(super) fn open_address_dialog(&mut self, text: String) {
        self.dialog = Some(Dialog::OpenAddress(OpenAddressDialog::with(text)));
    }

    /// Tells what a person should know about the list of files of a dataset at an address.
    pub(super) fn notify_list_of_files(&mut self) {
        let storage = self.reviewing_now().and_then(|reviewing| reviewing.review.dataset().tiles.storage());
        if let Some(note) = storage.and_then(|storage| storage.note()) {
            self.notify(note, true);
        }
    }

    /// Tells once that the cache cannot be written. The status bar shows it for as long as that is
    /// so. Called once a frame.
    pub(super) fn notify_cache_problem(&mut self) {
        let problem = self.reviewing().and_then(|reviewing| reviewing.link.as_mut()?.new_cache_problem());
        if let Some(problem) = problem {
            self.notify(format!("The cache cannot be written: {problem}. Reading goes on without it."), true);
        }
    }

    /// Opens an address that was pasted where no field has the keyboard and no dataset is open. A
    /// text that is none is shown in the dialog, which says why.
    pub(super) fn read_paste(&mut self) {
        if !matches!(self.stage, Stage::Welcome { .. }) {
            return;
        }
        let pasted = self.ctx.input(|input| {
            input.events.iter().find_map(|event| match event {
                Event::Paste(text) => Some(text.lines().next().unwrap_or_default().trim().to_owned()),
                _ => None,
            })
        });
        let Some(text) = pasted.filter(|text| !text.is_empty()) else { return };
        match typed_address(&text) {
            Ok(address) => self.leave_for(Destination::Open(OpenTarget::Path(address))),
            Err(_) => self.open_address_dialog(text),
        }
    }

    /// Stops opening a dataset. Nobody waits for its thread.
    pub(super) fn cancel_opening(&mut self) {
        if matches!(self.stage, Stage::Opening { .. }) {
            self.stage = Stage::Welcome { failure: None };
        }
    }

    /// Carries out the command: requests everything again that failed.
    pub(super) fn retry_tiles(&mut self) {
        if let Some(reviewing) = self.reviewing() {
            reviewing.try_again();
        }
    }

    /// Asks before the tiles of the list are kept for a time without a connection.
    pub(super) fn keep_list_offline(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        if reviewing.link.is_none() {
            self.notify("The dataset is on this machine already.", false);
            return;
        }
        let (dataset, listed) = (reviewing.review.dataset().clone(), reviewing.review.navigator.listed().to_vec());
        match OfflineDialog::new(dataset, listed, &self.ctx) {
            Ok(dialog) => self.dialog = Some(Dialog::Offline(dialog)),
            Err(error) => self.notify(format!("The tiles cannot be counted: {error}"), true),
        }
    }

    /// Begins work on the whole set, after a question if the set has to be fetched for it.
    pub(super) fn ask_or_begin(&mut self, work: WholeSetWork) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let dataset = reviewing.review.dataset();
        let Some(storage) = dataset.tiles.storage() else { return self.begin(work) };
        let Some(of) = DownloadFor::work(&work) else { return self.begin(work) };
        let fingerprints = self.folders.fingerprints_file(dataset.fingerprint);
        match DownloadDialog::new(work, of, (dataset, &**storage), fingerprints, &self.ctx) {
            Ok(mut dialog) => {
                dialog.behind = match self.dialog.take() {
                    Some(Dialog::Export(behind)) => Some(behind),
                    _ => None,
                };
                self.dialog = Some(Dialog::Download(dialog));
            }
            Err(error) => self.notify(format!("What is to be fetched cannot be counted: {error}"), true),
        }
    }

    /// Opens the dialog before a check.
    pub(super) fn check_dialog(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let dataset = reviewing.review.dataset();
        let mut dialog = CheckDialog::default();
        if reviewing.link.is_some() {
            let fingerprints = self.folders.fingerprints_file(dataset.fingerprint);
            match DownloadSize::start(DownloadFor::Decoding, dataset, fingerprints, &self.ctx) {
                Ok(size) => dialog.decoding = Some(size),
                Err(error) => return self.notify(format!("What is to be fetched cannot be counted: {error}"), true),
            }
        }
        self.dialog = Some(Dialog::Check(dialog));
    }

    /// Whether the preview of an export may begin: of a dataset at an address, a person agrees
    /// first to what it fetches.
    pub(super) fn may_preview(&mut self) -> bool {
        let (Some(Dialog::Export(dialog)), Stage::Reviewing(reviewing)) = (&mut self.dialog, &self.stage) else {
            return false;
        };
        if reviewing.link.is_none() {
            return true;
        }
        if dialog.consent.as_ref().is_none_or(|consent| !consent.is_for(&dialog.options)) {
            let dataset = reviewing.review.dataset();
            let fingerprints = self.folders.fingerprints_file(dataset.fingerprint);
            match PreviewConsent::ask(&dialog.options, dataset, fingerprints, &self.ctx) {
                Ok(consent) => dialog.consent = Some(consent),
                Err(error) => {
                    self.notify(format!("What is to be fetched cannot be counted: {error}"), true);
                    return false;
                }
            }
        }
        dialog.consent.as_mut().is_some_and(PreviewConsent::receive)
    }

    /// Closes the dialog on top; the one that it was opened from returns.
    pub(super) fn close_dialog(&mut self) {
        self.dialog = match self.dialog.take() {
            Some(Dialog::Download(DownloadDialog { behind: Some(behind), .. })) => Some(Dialog::Export(behind)),
            _ => None,
        };
    }

    /// Begins work on the whole set.
    pub(super) fn begin(&mut self, work: WholeSetWork) {
        if matches!(self.dialog, Some(Dialog::Download(_))) {
            self.close_dialog();
        }
        match work {
            WholeSetWork::ScanTiles => {
                if let Some(reviewing) = self.reviewing() {
                    reviewing.pixels_due = Some(DuePixelScan::asked(reviewing.review.dataset()));
                }
            }
            WholeSetWork::Job(kind) => self.start(kind),
        }
    }
}

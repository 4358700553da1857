//! The exchange of judgements in the window: its start with the dataset, its commands, and the
//! notices of it. The exchange itself is on a thread (`crate::exchange_task`).

use std::collections::BTreeMap;
use std::sync::Arc;

use tilejury_audit::exchange::note_of_name;

use super::dialogs::Dialog;
use super::{App, Stage};
use crate::exchange_folder::shown_folder;
use crate::exchange_task::{Exchange, ExchangedSidecar};
use crate::ui::exchange_dialog::ExchangeDialog;

/// The exchange of the open dataset, if there is one, and the notices that were given of it.
#[derive(Default)]
pub(super) struct Exchanging {
    pub(super) running: Option<Exchange>,
    /// The names in several sidecars that the person knows of.
    known_names: BTreeMap<String, usize>,
    /// The changes in several versions that the person knows of.
    known_versions: usize,
    /// The session and the number of the last judgement that was on disk in the last frame.
    saved: Option<(Arc<str>, u64)>,
}

impl App {
    /// Opens the dialog.
    pub(super) fn exchange_dialog(&mut self) {
        self.save_note();
        let Some(reviewing) = self.reviewing_now() else { return };
        let offered = reviewing.review.dataset().tiles.storage().and_then(|storage| storage.exchange_place());
        let folder = reviewing.exchanging.running.as_ref().map(|running| running.folder.as_str()).or(offered);
        self.dialog = Some(Dialog::Exchange(ExchangeDialog::new(folder)));
    }

    /// Carries out the command: exchanges now.
    pub(super) fn exchange_now(&self) {
        if let Some(running) = self.reviewing_now().and_then(|reviewing| reviewing.exchanging.running.as_ref()) {
            running.now();
        }
    }

    /// Exchanges through a folder from now on: its path or address.
    pub(super) fn exchange_through(&mut self, folder: &str) {
        let automatic = self.settings.exchange_automatically;
        let folder = shown_folder(folder);
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let sidecar = ExchangedSidecar {
            path: reviewing.review.saving.location().path.clone(),
            dataset: reviewing.review.dataset().clone(),
            session: reviewing.review.session.id().clone(),
        };
        let started = Exchange::start(folder, sidecar, &self.folders, automatic, &self.ctx);
        let before = match started {
            Ok(new) => {
                // A password that was typed is not shown again.
                if let Some(Dialog::Exchange(dialog)) = &mut self.dialog {
                    dialog.folder.clone_from(&new.folder);
                }
                reviewing.exchanging.running.replace(new)
            }
            Err(error) => return self.notify(format!("Judgements are not exchanged: {error}"), true),
        };
        self.end_exchange(before);
    }

    /// Exchanges no longer, also not when the dataset is opened again.
    pub(super) fn stop_exchange(&mut self) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let running = reviewing.exchanging.running.take();
        if let Some(running) = &running {
            running.forget();
        }
        self.end_exchange(running);
        self.dialog = None;
        self.notify("Judgements are no longer exchanged; all of them stay.", false);
    }

    /// Whether what waits is exchanged for the last time before the window closes.
    pub(super) fn is_sending_last(&self) -> bool {
        let running = self.reviewing_now().and_then(|reviewing| reviewing.exchanging.running.as_ref());
        running.is_some_and(Exchange::is_sending_last)
    }

    /// Waits no longer for the last exchange.
    pub(super) fn abandon_exchange(&mut self) {
        if let Stage::Reviewing(reviewing) = &mut self.stage
            && let Some(running) = &mut reviewing.exchanging.running
        {
            running.abandon();
        }
    }

    /// Exchanges again after the person stayed.
    fn resume_exchange(&mut self) {
        let running = self.reviewing_now().and_then(|reviewing| reviewing.exchanging.running.as_ref());
        let stays = self.leaving.is_none() && !self.may_close;
        let ended = running.and_then(Exchange::ended_folder).filter(|_| stays).map(str::to_owned);
        if let Some(folder) = ended {
            self.exchange_through(&folder);
        }
    }

    /// Ends an exchange on a thread: its folder may hang.
    fn end_exchange(&mut self, exchange: Option<Exchange>) {
        let ended = exchange
            .map(|exchange| std::thread::Builder::new().name("end-exchange".into()).spawn(move || drop(exchange)));
        self.closing.extend(ended.into_iter().flatten());
    }

    /// Tells what a person should know of exchanges. Called once a frame.
    pub(super) fn poll_exchange(&mut self) {
        self.resume_exchange();
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let exchanging = &mut reviewing.exchanging;
        let Some(running) = &mut exchanging.running else { return };
        let (session, number) = (reviewing.review.session.id(), reviewing.review.saving.saved_up_to());
        if exchanging.saved.as_ref().is_none_or(|saved| (&saved.0, saved.1) != (session, number)) {
            exchanging.saved = Some((session.clone(), number));
            running.saved(session);
        }
        let mut news: Vec<String> =
            running.poll().map(|reason| format!("Judgements are no longer exchanged: {reason}.")).into_iter().collect();
        let report = running.report_if(|report| {
            report.names_in_several != exchanging.known_names || report.versions.len() != exchanging.known_versions
        });
        if let Some(report) = report {
            for (name, sidecars) in &report.names_in_several {
                if exchanging.known_names.get(name) != Some(sidecars) {
                    news.push(format!("{}.", note_of_name(name, *sidecars)));
                }
            }
            if report.versions.len() > exchanging.known_versions {
                news.push("A change came in another version than the one known here; the dialog Exchange judgements names it.".to_owned());
            }
            exchanging.known_names = report.names_in_several;
            exchanging.known_versions = report.versions.len();
        }
        for words in news {
            self.notify(words, true);
        }
    }
}

//! Long work in the background, one at a time: it tells how far it is, and can be stopped.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};

use tilejury_audit::Sidecar;
use tilejury_audit::export::{ExportOptions, ExportReport, export};
use tilejury_audit::merge::{self, Whose};
use tilejury_data::Dataset;

/// An export under way.
pub(crate) struct ExportJob {
    pub(crate) out: PathBuf,
    done: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    result: Receiver<Result<ExportReport, String>>,
    thread: Option<JoinHandle<()>>,
}

impl ExportJob {
    /// Starts writing. The judgements are those on disk at this moment, of all annotators.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        sidecar: PathBuf,
        out: PathBuf,
        options: ExportOptions,
        wake: egui::Context,
    ) -> std::io::Result<Self> {
        let (done, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (sender, result) = sync_channel(1);
        let (target, told, stopped) = (out.clone(), done.clone(), stop.clone());
        let thread = thread::Builder::new().name("export".into()).spawn(move || {
            let mut go_on = |rows: usize, _| {
                told.store(rows, Ordering::Relaxed);
                wake.request_repaint();
                !stopped.load(Ordering::Relaxed)
            };
            let mut run = || -> Result<ExportReport, String> {
                let events = match Sidecar::open_for_reading(&sidecar).map_err(|error| error.to_string())? {
                    Some(mut sidecar) => sidecar.events().map_err(|error| error.to_string())?,
                    None => Vec::new(),
                };
                let judgements = merge::judgements(&events, &Whose::Everybody);
                export(&dataset, &judgements, options, &target, &mut go_on).map_err(|error| error.to_string())
            };
            let _ = sender.send(run());
            wake.request_repaint();
        })?;
        Ok(Self { out, done, stop, result, thread: Some(thread) })
    }

    /// Rows written so far.
    pub(crate) fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Asks it to stop; what was written goes away.
    pub(crate) fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// How it ended, once it has.
    pub(crate) fn ended(&self) -> Option<Result<ExportReport, String>> {
        match self.result.try_recv() {
            Ok(result) => Some(result),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err("the export stopped unexpectedly".into())),
        }
    }
}

impl Drop for ExportJob {
    fn drop(&mut self) {
        self.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

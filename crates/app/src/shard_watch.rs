//! Watches for added and removed shards on a separate thread, so that new tiles appear without
//! reopening and a lost shard is reported. Checks the age of some folders every few seconds; lists
//! them and reads the rows only after a change or on request. Draws nothing, and reads no shard.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use tilejury_audit::catch_panic::catch_panic;
use tilejury_data::{Dataset, MissingShards};

/// The delay between the first sample and the first check.
const FIRST_LOOK: Duration = Duration::from_millis(400);
/// The interval between checks. A change is detected at most this much later; a person can also
/// request a check at once.
const LOOKS_APART: Duration = Duration::from_secs(3);

/// The result of a check.
pub(crate) struct ShardNews {
    /// The missing shards that rows name.
    pub(crate) missing: Arc<MissingShards>,
    /// Whether shards were added, removed or replaced by other files.
    pub(crate) changed: bool,
    /// Whether a person requested the check.
    pub(crate) asked: bool,
}

/// The handle of the thread. Dropping it ends the thread.
pub(crate) struct ShardWatch {
    ask: Sender<()>,
    news: Receiver<ShardNews>,
}

impl ShardWatch {
    /// Starts the thread. `wake` makes the window draw again.
    pub(crate) fn start(dataset: Arc<Dataset>, wake: egui::Context) -> std::io::Result<Self> {
        let ((ask, asked), (sender, news)) = (channel(), channel());
        thread::Builder::new().name("shard-watch".into()).spawn(move || {
            let watching = ShardWatcher { dataset, sender, wake };
            if let Err(reason) = catch_panic(|| watching.run(&asked)) {
                log::error!("The watch for shards has ended: {reason}");
            }
        })?;
        Ok(Self { ask, news })
    }

    /// Requests a check at once. Returns false if the thread has ended.
    pub(crate) fn check_now(&self) -> bool {
        self.ask.send(()).is_ok()
    }

    /// Returns the result of the latest checks, if there is anything to report.
    pub(crate) fn news(&self) -> Option<ShardNews> {
        self.news.try_recv().ok()
    }
}

struct ShardWatcher {
    dataset: Arc<Dataset>,
    sender: Sender<ShardNews>,
    wake: egui::Context,
}

impl ShardWatcher {
    fn run(&self, asked: &Receiver<()>) {
        let tiles = &self.dataset.tiles;
        let (mut seen, mut reported) = (tiles.folders_changed(), None::<Arc<MissingShards>>);
        // The set of missing shards can also change when tars with other names are indexed.
        let mut all_indexed = false;
        loop {
            let wait = if reported.is_none() { FIRST_LOOK } else { LOOKS_APART };
            let by_person = match asked.recv_timeout(wait) {
                Ok(()) => true,
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let (now_seen, now_indexed) = (tiles.folders_changed(), tiles.indexed_count() == tiles.shard_count());
            let due = now_seen != seen || by_person;
            if !due && reported.is_some() && now_indexed == all_indexed {
                continue;
            }
            (seen, all_indexed) = (now_seen, now_indexed);
            let changed = due && tiles.refresh_folders();
            let missing = Arc::new(MissingShards::find(&self.dataset, tiles));
            let is_new = reported.as_ref().is_none_or(|reported| *reported != missing);
            if !(changed || by_person || is_new) {
                continue;
            }
            reported = Some(missing.clone());
            if self.sender.send(ShardNews { missing, changed, asked: by_person }).is_err() {
                return;
            }
            self.wake.request_repaint();
        }
    }
}

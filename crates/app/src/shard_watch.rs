//! A look now and then at whether shards came or went, on a thread of its own: so tiles come without reopening, and a shard that
//! is lost is told of. Asks for the age of some folders every few seconds; lists them, and goes through the rows, only where
//! that changed or somebody asks. Draws nothing, and reads no shard.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use tilejury_audit::catch_panic::catch_panic;
use tilejury_data::{Dataset, MissingShards};

/// How long the first sample comes before the first look.
const FIRST_LOOK: Duration = Duration::from_millis(400);
/// How far looks are apart. An unattended change is seen this much later at the most; a person can ask for a look at once.
const LOOKS_APART: Duration = Duration::from_secs(3);

/// What a look brought.
pub(crate) struct ShardNews {
    /// The shards that rows name and that are not here.
    pub(crate) missing: Arc<MissingShards>,
    /// Shards came, went or are other files than before.
    pub(crate) changed: bool,
    /// A person asked for it.
    pub(crate) asked: bool,
}

/// The thread that looks. Dropping it ends it.
pub(crate) struct ShardWatch {
    ask: Sender<()>,
    news: Receiver<ShardNews>,
}

impl ShardWatch {
    /// Starts it. `wake` makes the window draw again.
    pub(crate) fn start(dataset: Arc<Dataset>, wake: egui::Context) -> std::io::Result<Self> {
        let ((ask, asked), (tell, news)) = (channel(), channel());
        thread::Builder::new().name("shard-watch".into()).spawn(move || {
            let watching = ShardWatcher { dataset, tell, wake };
            if let Err(reason) = catch_panic(|| watching.run(&asked)) {
                log::error!("Shards are no longer looked for: {reason}");
            }
        })?;
        Ok(Self { ask, news })
    }

    /// Asks for a look at once. False where nobody looks any more.
    pub(crate) fn check_now(&self) -> bool {
        self.ask.send(()).is_ok()
    }

    /// What a look brought since, if anything is to be told.
    pub(crate) fn news(&self) -> Option<ShardNews> {
        self.news.try_recv().ok()
    }
}

struct ShardWatcher {
    dataset: Arc<Dataset>,
    tell: Sender<ShardNews>,
    wake: egui::Context,
}

impl ShardWatcher {
    fn run(&self, asked: &Receiver<()>) {
        let tiles = &self.dataset.tiles;
        let (mut seen, mut reported) = (tiles.folders_changed(), None::<Arc<MissingShards>>);
        // Which shards are missing can also become clear once tars of other names are indexed.
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
            if self.tell.send(ShardNews { missing, changed, asked: by_person }).is_err() {
                return;
            }
            self.wake.request_repaint();
        }
    }
}

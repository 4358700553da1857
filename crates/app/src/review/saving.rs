//! Events on their way to the disk: the writer with its reports, the number of the last saved
//! event, and news for the person. Never touches the file itself.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};

use tilejury_audit::sidecar::{LastPosition, SampleRecord, Sidecar, SidecarLocation, Writer, WriterReport};
use tilejury_audit::{Event, SidecarError, Timestamp, now};

/// Something about saving that the person has to know.
pub(crate) enum SaveEvent {
    /// Judgements wait, for this reason.
    Failed(String),
    /// The sidecar was gone and was written again.
    FileReplaced,
    /// All judgements are in another file as well, or only those that waited.
    SavedAs { path: PathBuf, whole: bool },
    /// That file could not be written.
    NotSavedAs(String),
    /// The clock is earlier than this moment, at which something was judged.
    ClockIsBack(Timestamp),
}

/// Events that another window or program stored, and the last event of this session that was stored
/// before them.
pub(super) struct ForeignEvents {
    pub(super) events: Vec<Event>,
    pub(super) after: u64,
}

/// The clocks of two machines on one disk may differ by this much.
const CLOCK_MAY_DIFFER_SECS: i64 = 60;

/// The state of saving. Dropping it stores what waits.
pub(crate) struct Saving {
    location: SidecarLocation,
    has_log: bool,
    writer: Writer,
    reports: Receiver<WriterReport>,
    /// Events up to this number are on disk.
    saved_up_to: u64,
    /// Events up to this number are in another file.
    rescued_up_to: u64,
    /// The reason why events wait in memory.
    failure: Option<String>,
    /// The latest moment of any judgement.
    latest_judgement_at: Option<Timestamp>,
    /// Whether the person knows that the clock is earlier than that.
    reported_clock: bool,
}

impl Saving {
    /// Starts the writer of a session. `wake` makes the window draw again.
    pub(super) fn start(
        sidecar: Sidecar,
        location: SidecarLocation,
        session: &str,
        latest_judgement_at: Option<Timestamp>,
        wake: egui::Context,
    ) -> Result<Self, SidecarError> {
        let (sender, reports) = channel();
        let has_log = sidecar.has_log();
        let writer = Writer::start(sidecar, session, move |report| {
            let _ = sender.send(report);
            wake.request_repaint();
        })?;
        Ok(Self {
            location,
            has_log,
            writer,
            reports,
            saved_up_to: 0,
            rescued_up_to: 0,
            failure: None,
            latest_judgement_at,
            reported_clock: false,
        })
    }

    /// The location of the sidecar, with its reason.
    pub(crate) fn location(&self) -> &SidecarLocation {
        &self.location
    }

    /// Whether judgements go through a write-ahead log.
    pub(crate) fn has_log(&self) -> bool {
        self.has_log
    }

    /// The reason why events wait in memory, if saving failed.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// The number of the last event on disk.
    pub(crate) fn saved_up_to(&self) -> u64 {
        self.saved_up_to
    }

    /// The number of the last event on disk or in another file.
    pub(super) fn safe_up_to(&self) -> u64 {
        self.saved_up_to.max(self.rescued_up_to)
    }

    /// Hands events to the writer, with the samples that they are about.
    pub(super) fn record(&mut self, events: Vec<Event>, samples: Vec<SampleRecord>) {
        self.latest_judgement_at = self.latest_judgement_at.max(events.first().map(|event| event.at));
        self.writer.record(events, samples);
    }

    /// Remembers the current sample.
    pub(super) fn set_position(&self, position: LastPosition) {
        self.writer.set_position(position);
    }

    /// Writes everything to another file, unsaved events included.
    pub(crate) fn save_as(&self, path: PathBuf) {
        self.writer.save_as(path);
    }

    /// Tries now to store unsaved events.
    pub(crate) fn retry(&self) {
        self.writer.retry_now();
    }

    /// Receives the writer's reports. Returns what the person has to know, and what others stored.
    pub(super) fn receive(&mut self) -> (Vec<SaveEvent>, Vec<ForeignEvents>) {
        let (mut news, mut foreign) = (Vec::new(), Vec::new());
        while let Ok(report) = self.reports.try_recv() {
            match report {
                WriterReport::Saved { up_to } => {
                    self.saved_up_to = up_to;
                    self.failure = None;
                }
                WriterReport::Failed { message, .. } => {
                    if self.failure.is_none() {
                        news.push(SaveEvent::Failed(message.clone()));
                    }
                    self.failure = Some(message);
                }
                WriterReport::WrittenAnew => news.push(SaveEvent::FileReplaced),
                WriterReport::SavedAs { path, up_to, whole } => {
                    self.rescued_up_to = up_to;
                    news.push(SaveEvent::SavedAs { path, whole });
                }
                WriterReport::NotSavedAs { message } => news.push(SaveEvent::NotSavedAs(message)),
                WriterReport::Others { events, after } => foreign.push(ForeignEvents { events, after }),
            }
        }
        news.extend(self.check_clock());
        (news, foreign)
    }

    /// Reports once that the clock is earlier than the latest judgement.
    fn check_clock(&mut self) -> Option<SaveEvent> {
        let (now, latest) = (now(), self.latest_judgement_at?);
        if latest.seconds_since(now) < CLOCK_MAY_DIFFER_SECS || self.reported_clock {
            return None;
        }
        self.reported_clock = true;
        Some(SaveEvent::ClockIsBack(latest))
    }
}

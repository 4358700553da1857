//! The window's reaction to shards that were added or removed. `crate::shard_watch` looks for them.

use tilejury_data::MissingShards;

use super::scanning::DuePixelScan;
use super::{App, Stage};
use crate::command::{DatasetCommand, keymap};
use crate::review::ScanCoverage;
use crate::ui::status::extent;

/// The number of shards that a notice names.
const NAMED: usize = 3;

impl App {
    /// Receives the results of the shard watch, and requests tiles that could not be loaded again.
    /// Called once a frame.
    pub(super) fn poll_shard_watch(&mut self) {
        let (look_at_pixels, reading) = (self.settings.look_at_pixels, self.settings.reading);
        let mut notices = Vec::new();
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            while let Some(news) = reviewing.shards.news() {
                let before = reviewing.review.missing.clone();
                if news.changed || news.asked || *before != *news.missing {
                    reviewing.try_again();
                }
                // Tiles that were missing may have findings now. A running scan does not know them:
                // another one follows, which finds the tiles read before in the cache.
                if news.changed
                    && (reviewing.pixels.is_some() || reviewing.review.signals.coverage() == ScanCoverage::All)
                {
                    reviewing.pixels_due =
                        reviewing.pixels_due.or(DuePixelScan::by_setting(look_at_pixels, reviewing.review.dataset()));
                }
                if news.changed {
                    reviewing.reading.start_again(reading);
                }
                notices.extend(notice_text(&before, &news.missing, news.asked));
                reviewing.review.receive_missing(news.missing);
            }
        }
        let is_here = self.reviewing().is_some_and(|reviewing| reviewing.link.is_none());
        for mut text in notices {
            if !text.ends_with('.') {
                let key = keymap::from_context(&self.ctx).first(DatasetCommand::LookForShards);
                let next = if is_here {
                    format!("; {key} looks again")
                } else {
                    ", and not among the files at the address".to_owned()
                };
                text = format!("{text}{next}.");
            }
            self.notify(text, false);
        }
    }

    /// Checks now for added and removed shards; the result comes from the thread of the watch.
    pub(super) fn check_shards_now(&mut self) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        if reviewing.link.is_some() {
            reviewing.try_again();
            self.notify(
                "Tiles that failed are requested again. Shards added at the address appear when you open it again.",
                false,
            );
            return;
        }
        if !reviewing.shards.check_now() {
            self.notify("The search for shards has stopped; open the dataset again.", true);
        }
    }
}

/// Returns the notice of a change; without a full stop if there are shards to look for again.
fn notice_text(before: &MissingShards, now: &MissingShards, asked: bool) -> Option<String> {
    let names = |of: &MissingShards, other: &MissingShards| {
        let other: Vec<&str> = other.shards().iter().map(|shard| shard.file.as_str()).collect();
        let all = of.shards().iter().map(|shard| shard.file.as_str());
        all.filter(|file| !other.contains(file)).map(str::to_owned).collect::<Vec<_>>()
    };
    let (went, came) = (names(now, before), names(before, now));
    match (went.is_empty(), came.is_empty()) {
        (false, _) => Some(format!("{} missing: {}", listed(&went), extent(now))),
        (true, false) => Some(format!("{} here now.", listed(&came))),
        (true, true) if asked && now.is_empty() => Some("No shard is missing.".to_owned()),
        (true, true) if asked => Some(format!("Still missing: {}.", extent(now))),
        (true, true) => None,
    }
}

/// Lists some names and the number of others, with a verb.
fn listed(names: &[String]) -> String {
    let some = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        1 => format!("{some} is"),
        all if all > NAMED => format!("{some} and {} more are", all - NAMED),
        _ => format!("{some} are"),
    }
}

//! What the window makes of shards that come and go. Looking for them is the work of `crate::shard_watch`.

use tilejury_audit::text::count;
use tilejury_data::MissingShards;

use super::scanning::DuePixelScan;
use super::{App, Stage};
use crate::command::{DatasetCommand, keymap};
use crate::review::ScanCoverage;

/// A notice names so many shards.
const NAMED: usize = 3;

impl App {
    /// Called once a frame: takes in what a look brought. Tiles that could not be had are wanted again.
    pub(super) fn poll_shard_watch(&mut self) {
        let look_at_pixels = self.settings.look_at_pixels;
        let mut news_texts = Vec::new();
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            while let Some(news) = reviewing.shards.news() {
                let before = reviewing.review.missing.clone();
                if news.changed || news.asked || *before != *news.missing {
                    reviewing.try_again();
                }
                // What was missing may have something to tell now. A look under way does not know of it: another one follows, which
                // takes what was read before from the cache.
                if news.changed
                    && (reviewing.pixels.is_some() || reviewing.review.signals.coverage() == ScanCoverage::All)
                {
                    let rows = reviewing.review.dataset().samples.len();
                    reviewing.pixels_due = reviewing.pixels_due.or(DuePixelScan::by_setting(look_at_pixels, rows));
                }
                news_texts.extend(words(&before, &news.missing, news.asked));
                reviewing.review.receive_missing(news.missing);
            }
        }
        for mut text in news_texts {
            if !text.ends_with('.') {
                let key = keymap::from_context(&self.ctx).first(DatasetCommand::LookForShards);
                text = format!("{text}; {key} looks again.");
            }
            self.notify(text, false);
        }
    }

    /// Looks now whether shards came or went; the thread that looks tells.
    pub(super) fn check_shards_now(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        if !reviewing.shards.check_now() {
            self.notify("Shards are no longer looked for; open the dataset again.", true);
        }
    }
}

/// What is to be told of a change; without a full stop where there is something to look for again.
fn words(before: &MissingShards, now: &MissingShards, asked: bool) -> Option<String> {
    let names = |of: &MissingShards, other: &MissingShards| {
        let other: Vec<&str> = other.shards().iter().map(|shard| shard.file.as_str()).collect();
        let all = of.shards().iter().map(|shard| shard.file.as_str());
        all.filter(|file| !other.contains(file)).map(str::to_owned).collect::<Vec<_>>()
    };
    let (went, came) = (names(now, before), names(before, now));
    match (went.is_empty(), came.is_empty()) {
        (false, _) => Some(format!("{} not here: {}", listed(&went), extent(now))),
        (true, false) => Some(format!("{} here now.", listed(&came))),
        (true, true) if asked && now.is_empty() => Some("No shard is missing.".to_owned()),
        (true, true) if asked => Some(format!("Still missing: {}.", extent(now))),
        (true, true) => None,
    }
}

/// How much of the set missing shards take away.
pub(crate) fn extent(missing: &MissingShards) -> String {
    format!("{} in {}", count(missing.tiles(), "tile"), count(missing.rows(), "row"))
}

/// Some names, and how many more there are, with a verb.
fn listed(names: &[String]) -> String {
    let some = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        1 => format!("{some} is"),
        all if all > NAMED => format!("{some} and {} more are", all - NAMED),
        _ => format!("{some} are"),
    }
}

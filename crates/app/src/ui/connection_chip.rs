//! The connection to a dataset at an address in the status bar, as one chip. Requests nothing: a
//! click tries again what failed.

use std::time::Duration;

use egui::{RichText, TextStyle, Ui};
use tilejury_audit::text::{count, grouped};

use super::{UiAction, text_width};
use crate::command::{DatasetCommand, keymap};
use crate::connection::{ConnectionNow, bytes_in_words};
use crate::icons;
use crate::theme::palette;

/// The width of a button around its text, with the separator after it, in points.
const BUTTON: f32 = 30.0;

/// The state of the connection.
pub(crate) struct ConnectionView<'a> {
    /// The address with the revision that was opened.
    pub(crate) address: &'a str,
    pub(crate) now: ConnectionNow,
    /// Whether tiles cannot be fetched for a reason that may pass.
    pub(crate) is_lost: bool,
    /// The number of tiles that cannot be fetched.
    pub(crate) unreachable: usize,
    /// The number of pictures that are still to be loaded.
    pub(crate) pending: usize,
    /// The reason why the cache cannot be written, if that is so.
    pub(crate) cache_problem: Option<String>,
}

/// Draws the chip, as much of it as there is room for beside `room` points.
pub(crate) fn show(ui: &mut Ui, view: &ConnectionView<'_>, room: f32, actions: &mut Vec<UiAction>) {
    let fits = |text: &String| text_width(ui, text, &TextStyle::Small) + BUTTON + room < ui.available_width();
    let Some(text) = texts(view).into_iter().find(fits) else { return };
    let is_bad = view.is_lost || view.now.limited_for.is_some() || view.cache_problem.is_some();
    let mut shown = RichText::new(text).small();
    shown = if is_bad { shown.color(palette(ui.visuals()).unsure) } else { shown.weak() };
    let chip = ui.add(egui::Button::new(shown).frame_when_inactive(is_bad));
    let help = format!("{}\n\n{}", details(view), keymap::from_context(ui.ctx()).hint(DatasetCommand::RetryTiles));
    if chip.on_hover_text(help).clicked() {
        actions.push(DatasetCommand::RetryTiles.into());
    }
    ui.separator();
}

/// The texts of the chip, the longest first.
fn texts(view: &ConnectionView<'_>) -> Vec<String> {
    let now = &view.now;
    if let Some(wait) = now.limited_for {
        let seconds = seconds(wait);
        let server = if view.address.starts_with("hf://") { "The Hub" } else { "The server" };
        return vec![
            format!("{} {server} allows the next request in {seconds}", icons::TIMER),
            format!("{} {seconds}", icons::TIMER),
        ];
    }
    if view.is_lost {
        let tiles = count(view.unreachable, "tile");
        return vec![
            format!("{} No connection: {tiles} not fetched", icons::WARNING),
            format!("{} Offline", icons::WARNING),
        ];
    }
    let fetched = format!("{} {}", icons::LINK, bytes_in_words(now.bytes));
    if view.cache_problem.is_some() {
        let sign = icons::WARNING;
        return vec![format!("{fetched} · {sign} the cache cannot be written"), format!("{sign} No cache")];
    }
    if now.waiting == 0 {
        return vec![format!("{fetched} fetched"), fetched];
    }
    let rate = format!("{}/s", bytes_in_words(now.pace.bytes_per_second as u64));
    vec![format!("{fetched} · {rate} · {} to come", grouped(view.pending)), format!("{fetched} · {rate}"), fetched]
}

fn details(view: &ConnectionView<'_>) -> String {
    let now = &view.now;
    let latency = now.pace.latency.as_millis();
    let rate = bytes_in_words(now.pace.bytes_per_second as u64);
    let problem = view.cache_problem.as_ref();
    let problem = problem.map(|problem| format!("\nThe cache cannot be written: {problem}")).unwrap_or_default();
    format!(
        "{}\n{} fetched in {} since it was opened; {} under way\nAn answer begins after {latency} ms; {rate} a second{problem}",
        view.address,
        bytes_in_words(now.bytes),
        count(now.requests as usize, "request"),
        count(now.waiting, "request"),
    )
}

/// A wait in whole seconds, rounded up: at its end the request is allowed.
pub(super) fn seconds(wait: Duration) -> String {
    format!("{} s", wait.as_secs_f64().ceil())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tilejury_data::Pace;

    #[test]
    fn the_chip_says_what_matters_most() {
        let pace = Pace { latency: Duration::from_millis(50), bytes_per_second: 4.1e6, bytes_per_second_each: 4.1e6 };
        let now = ConnectionNow { bytes: 12_300_000, requests: 40, waiting: 0, pace, limited_for: None };
        let address = "hf://datasets/o/n";
        let quiet = || ConnectionView { address, now, is_lost: false, unreachable: 0, pending: 0, cache_problem: None };
        let first = |view: &ConnectionView<'_>| texts(view)[0].split_once(' ').map(|(_, text)| text.to_owned());
        assert_eq!(first(&quiet()).as_deref(), Some("12.3 MB fetched"));
        let busy = ConnectionView { now: ConnectionNow { waiting: 3, ..now }, pending: 9, ..quiet() };
        assert_eq!(first(&busy).as_deref(), Some("12.3 MB · 4.1 MB/s · 9 to come"));
        let full = || ConnectionView { cache_problem: Some("no space".to_owned()), ..quiet() };
        assert!(texts(&full())[0].contains("12.3 MB · ") && texts(&full())[0].ends_with("the cache cannot be written"));
        assert!(details(&full()).ends_with("The cache cannot be written: no space"));
        let lost = ConnectionView { is_lost: true, unreachable: 4, ..busy };
        assert_eq!(first(&lost).as_deref(), Some("No connection: 4 tiles not fetched"));
        let limited_for = Some(Duration::from_millis(42_100));
        let limited = ConnectionView { now: ConnectionNow { limited_for, ..now }, ..lost };
        assert_eq!(first(&limited).as_deref(), Some("The Hub allows the next request in 43 s"));
    }
}

//! The card of the overview that shows each audit as a dot with its interval. A click opens the
//! audit. Counts nothing.

use egui::{Frame, RichText, Ui};

use super::audits_dialog::state_of;
use super::rate_plot::{self, RateColumns, RateLine};
use super::{AppAction, UiAction};
use crate::review::AuditEntry;

/// The number of audits that are drawn, the latest ones.
const DRAWN: usize = 8;

/// Draws the card.
pub(crate) fn show(ui: &mut Ui, audits: &[AuditEntry<'_>], actions: &mut Vec<UiAction>) {
    Frame::group(ui.style()).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.label(RichText::new("Audits").strong());
        let lines: Vec<(usize, RateLine)> = audits.iter().enumerate().rev().take(DRAWN).map(line).collect();
        let runs = lines.iter().any(|(_, line)| line.estimate.is_some() && !line.is_planned);
        let thin = if runs { "; a thin bar: the audit still runs" } else { "" };
        let about = RichText::new(format!("Rows with a false negative{thin}")).weak().small();
        super::unjustified(ui, |ui| _ = ui.label(about));
        let end = rate_plot::end_of(lines.iter().map(|(_, line)| line));
        let columns = RateColumns { label: ui.available_width() * 0.26, number: 104.0 };
        for (number, line) in &lines {
            let state = state_of(&audits[*number]);
            let name = format!("Audit {}: {}, {state}", line.label, line.number);
            let response = rate_plot::show(ui, line, end, columns, true, &name);
            let clicked = response.clicked();
            response.on_hover_text(format!("{}, {state}\nClick: its plan and all of its rates.", line.label));
            if clicked {
                actions.push(AppAction::ShowAudits(Some(*number)).into());
            }
        }
        if lines.iter().any(|(_, line)| line.estimate.is_some()) {
            rate_plot::ends(ui, end, columns);
        }
    });
    ui.add_space(6.0);
}

fn line((number, audit): (usize, &AuditEntry<'_>)) -> (usize, RateLine) {
    let name = &audit.plan.name;
    let status = audit.status.filter(|status| audit.shows_rates() && status.judged > 0 && !status.is_of_tiles());
    let line = match status {
        Some(status) => RateLine::of_rows(name, &status.rows, status.finished),
        None => RateLine::without_rate(name, state_of(audit)),
    };
    (number, line)
}

//! The tables that help to choose how many rows an audit draws: the interval to expect of each
//! number, or the number that shows a rate below a limit; with the time at one's own pace. A click
//! takes a line. Computes nothing.

use std::time::Duration;

use egui::{Align, Grid, Layout, RichText, Ui};
use tilejury_audit::audits::EXPECTED_RATES;
use tilejury_audit::pace::{PaceReport, spell};
use tilejury_audit::text::{count, grouped};

use super::audit_fields::AuditFields;
use super::audit_more_fields::DrawKind;
use crate::audit_planning::{AuditOutlook, AuditPlanning};

pub(crate) fn show(ui: &mut Ui, fields: &mut AuditFields, planning: &AuditPlanning, pace: PaceReport) {
    let (inputs, pace) = (fields.outlook_inputs(), planning.pace(pace));
    let is_current = planning.outlook(&inputs).is_some();
    ui.horizontal(|ui| {
        let Some(outlook) = planning.latest() else {
            super::busy::busy(ui);
            ui.label("Counting rows…");
            return;
        };
        let unit = if inputs.tiles.is_some() { "tile" } else { "different row" };
        let text = format!("{} to draw from", count(outlook.population as usize, unit));
        ui.label(RichText::new(text).strong());
        if !is_current {
            super::busy::busy(ui);
        }
    });
    let Some(outlook) = planning.latest() else { return };
    ui.add_space(4.0);
    if fields.asks_below {
        let title = format!("Rows to draw, to show that the share is below {} %", fields.limit.trim());
        by_allowed(ui, [&title, "Found at most", "Rows"], &mut fields.allowed, &outlook.below, pace);
    } else if fields.more.accepts {
        let (title, units) = match fields.more.draws_tiles() {
            false => ("Rows to draw, to show that at least 95 % of the set are right", "Rows"),
            true => ("Tiles to draw, to show that at least 95 % of the set are right", "Tiles"),
        };
        by_allowed(ui, [title, "Wrong at most", units], &mut fields.more.allowed_wrong, &outlook.accept, pace);
    } else {
        widths(ui, fields, outlook, pace);
        if fields.more.draw_kind() != DrawKind::Plain {
            let text = "The table is of a draw in which all rows have the same chance. The plan in the list of audits \
                        says how this one is divided.";
            ui.label(RichText::new(text).weak());
        }
    }
    ui.add_space(6.0);
    let words = match pace.median_secs {
        Some(secs) => format!("Time at your pace of {secs:.0} s a row in your last verdicts, without pauses."),
        None => "Your pace is known after ten verdicts; then the table shows the time.".to_owned(),
    };
    ui.label(RichText::new(words).weak());
}

/// The half-widths of the intervals to expect, by the number of rows.
fn widths(ui: &mut Ui, fields: &mut AuditFields, outlook: &AuditOutlook, pace: PaceReport) {
    ui.label("The interval to expect, in percentage points, where the share of affected rows is");
    Grid::new("audit sizes").num_columns(EXPECTED_RATES.len() + 2).spacing([14.0, 5.0]).striped(true).show(ui, |ui| {
        ui.label(RichText::new("Rows").strong());
        for rate in EXPECTED_RATES {
            right(ui, RichText::new(format!("{} %", percent(rate))).strong());
        }
        // A last column on the right would end at the edge of the dialog.
        ui.label(RichText::new("Time").strong());
        ui.end_row();
        for size in &outlook.sizes {
            let is_chosen = fields.rows.trim() == size.rows.to_string();
            let name = format!("Draw {} rows", size.rows);
            if ui.selectable_label(is_chosen, grouped(size.rows as usize)).accessible_name(name).clicked() {
                fields.rows = size.rows.to_string();
            }
            for half in &size.half_widths {
                let is_whole = size.rows >= outlook.population;
                right(ui, RichText::new(if is_whole { "exact".to_owned() } else { format!("±{}", points(*half)) }));
            }
            ui.label(time(pace, size.rows));
            ui.end_row();
        }
    });
    if outlook.sizes.iter().any(|size| size.rows >= outlook.population) {
        ui.label(RichText::new("Exact: all rows are judged, so there is no sampling error.").weak());
    }
}

/// The numbers of rows that show what is asked, by the number of rows that may be found. `titles`:
/// of the table, and of its first two columns.
fn by_allowed(ui: &mut Ui, titles: [&str; 3], field: &mut String, numbers: &[(u64, Option<u64>)], pace: PaceReport) {
    ui.label(titles[0]);
    Grid::new("rows below").num_columns(3).spacing([24.0, 5.0]).striped(true).show(ui, |ui| {
        for title in [titles[1], titles[2], "Time"] {
            ui.label(RichText::new(title).strong());
        }
        ui.end_row();
        for (allowed, rows) in numbers {
            let is_chosen = field.trim() == allowed.to_string();
            let name = format!("Allow {allowed}");
            if ui.selectable_label(is_chosen, allowed.to_string()).accessible_name(name).clicked() {
                *field = allowed.to_string();
            }
            match rows {
                Some(rows) => {
                    right(ui, RichText::new(grouped(*rows as usize)));
                    ui.label(time(pace, *rows));
                }
                None => _ = ui.label(RichText::new("cannot be shown").weak()),
            }
            ui.end_row();
        }
    });
    ui.add_space(4.0);
    let text = "Decide now how many may be found: choosing it after the first one is found would not be a test.";
    ui.label(RichText::new(text).weak());
}

fn right(ui: &mut Ui, text: RichText) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
}

fn time(pace: PaceReport, rows: u64) -> String {
    let time: Option<Duration> = pace.time_left(rows as usize);
    time.map_or_else(|| "–".to_owned(), spell)
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0).trim_end_matches(".0").to_owned()
}

/// A half-width in percentage points, with two digits that say something.
fn points(share: f64) -> String {
    let points = share * 100.0;
    if points < 0.995 { format!("{points:.2}") } else { format!("{points:.1}") }
}

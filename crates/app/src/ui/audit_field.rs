//! The fields of the dialog that plans an audit, by name: each error is drawn beside its own, where
//! room is kept for it, or below it. Checks nothing.

use egui::text::LayoutJob;
use egui::{Align, Label, Layout, RichText, TextFormat, TextStyle, Ui, vec2};

use crate::theme::palette;

/// A field of the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditField {
    Name,
    Limit,
    Allowed,
    Scope,
    Rows,
    Seed,
    Level,
    Annotators,
    Overlap,
    First,
    Rule,
    Repeats,
    Gold,
    /// The kind of set to accept: rows or tiles.
    Set,
    TileRule,
    Machine,
    AllowedWrong,
}

impl AuditField {
    /// Whether it is in the section “More”.
    pub(super) fn is_in_more(self) -> bool {
        !matches!(
            self,
            Self::Name
                | Self::Limit
                | Self::Allowed
                | Self::Scope
                | Self::Rows
                | Self::Seed
                | Self::Level
                | Self::Annotators
                | Self::Overlap
        )
    }
}

/// The error of a field, in the line below it.
pub(super) fn problem(ui: &mut Ui, problems: &[(AuditField, String)], of: AuditField) {
    for (_, words) in problems.iter().filter(|(field, _)| *field == of) {
        ui.label("");
        ui.label(RichText::new(tilejury_audit::text::capital(words)).color(palette(ui.visuals()).reject));
        ui.end_row();
    }
}

/// The height of a line with a field, in points: two lines of small text fit beside the field.
const LINE: f32 = 30.0;

/// A field with its errors beside it, in room that is kept for them: `width` is that of both, in
/// points. So nothing moves when an error comes or goes.
pub(super) fn with_problem<R>(
    ui: &mut Ui,
    problems: &[(AuditField, String)],
    of: AuditField,
    width: f32,
    field: impl FnOnce(&mut Ui) -> R,
) -> R {
    ui.allocate_ui_with_layout(vec2(width, LINE), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(vec2(width, LINE));
        let answer = field(ui);
        let words: Vec<String> = problems
            .iter()
            .filter(|(field, _)| *field == of)
            .map(|(_, words)| tilejury_audit::text::capital(words))
            .collect();
        if !words.is_empty() {
            let words = words.join(". ");
            let font = TextStyle::Small.resolve(ui.style());
            let format = TextFormat::simple(font, palette(ui.visuals()).reject);
            let mut job = LayoutJob::single_section(words.clone(), format);
            job.wrap.max_rows = 2;
            ui.add(Label::new(job).wrap()).on_hover_text(words);
        }
        answer
    })
    .inner
}

/// A percentage as a share.
pub(super) fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.trim().trim_end_matches('%').trim_end().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number / 100.0)
}

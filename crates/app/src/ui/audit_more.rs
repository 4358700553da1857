//! The section “More” of the dialog that plans an audit, folded until a person opens it: how rows
//! are drawn, rows that come back, gold rows, adjudication, and the set that may be accepted. The
//! fields' meaning is in `audit_more_fields.rs`.

use egui::{CollapsingHeader, ComboBox, Grid, RichText, TextEdit, Ui};

use super::audit_field::{AuditField, problem};
use super::audit_fields::AuditFields;
use super::audit_more_fields::DrawKind;
use super::{field_keys, ticks};
use crate::theme::palette;

/// The width of a field for a number, in points.
const NUMBER: f32 = 60.0;
/// The width of a field for a name or a rule, in points.
const NAME: f32 = 190.0;

/// Draws the section. Returns whether Enter was pressed in a field, and whether it is unfolded.
pub(super) fn show(ui: &mut Ui, fields: &mut AuditFields, problems: &[(AuditField, String)]) -> (bool, bool) {
    let mut entered = false;
    let header = CollapsingHeader::new("More").id_salt("more of the audit").show(ui, |ui| {
        Grid::new("more").num_columns(2).spacing([10.0, 6.0]).show(ui, |ui| entered = lines(ui, fields, problems));
    });
    let hidden = fields.more.in_words();
    if header.fully_closed() && !hidden.is_empty() {
        ui.label(RichText::new(hidden).weak());
        // Its errors would be out of sight.
        for (_, words) in problems.iter().filter(|(field, _)| field.is_in_more()) {
            let text = format!("Under “More”: {words}");
            ui.label(RichText::new(text).color(palette(ui.visuals()).reject));
        }
    }
    (entered, !header.fully_closed())
}

fn lines(ui: &mut Ui, fields: &mut AuditFields, problems: &[(AuditField, String)]) -> bool {
    let mut entered = false;
    let mut line = |ui: &mut Ui, name: &str, text: &mut String, width: f32, help: &str| {
        let label = ui.label(name);
        let field = ui.add(TextEdit::singleline(text).desired_width(width)).labelled_by(label.id);
        entered |= field_keys::entered(ui, &field);
        field.on_hover_text(help);
    };
    let asks_below = fields.asks_below;
    let more = &mut fields.more;
    let label = ui.label("How rows are drawn");
    ui.add_enabled_ui(!asks_below && !more.accepts, |ui| {
        let combo = ComboBox::from_id_salt("draw").width(230.0).selected_text(more.draw_kind().label());
        let response = combo.show_ui(ui, |ui| {
            for kind in DrawKind::ALL {
                ui.selectable_value(&mut more.draw, kind, kind.label());
            }
        });
        super::list_on_top(ui, &response.response);
        response.response.labelled_by(label.id).on_disabled_hover_text(
            "Whether a share is below a limit, and whether a set may be accepted, is shown by a plain draw.",
        );
    });
    ui.end_row();
    match more.draw_kind() {
        DrawKind::Plain | DrawKind::Bands => {}
        DrawKind::First => {
            let help = "All of them are judged; the other rows to judge are drawn from the rest.";
            line(ui, "Most suspicious rows", &mut more.first, NUMBER, help);
            ui.end_row();
            problem(ui, problems, AuditField::First);
        }
        DrawKind::Machine => {
            let help = "“reviews” for imported reviews, grades of models that were asked, such as grade>=2 verified \
                        model:NAME, or a source of scores with a score, such as bge>=0.7. Annotators do not see what \
                        the machine said.";
            line(ui, "Rule of the machine", &mut more.rule, NAME, help);
            ui.end_row();
            problem(ui, problems, AuditField::Rule);
        }
    }
    let help = "Rows that are shown again, at least 50 rows later, to measure how often an annotator repeats an answer. \
                The second answer is in no rate.";
    line(ui, "Come back, in %", &mut more.repeats, NUMBER, help);
    ui.end_row();
    problem(ui, problems, AuditField::Repeats);
    let help = "Rows with an adjudicated answer that are mixed in, to compare annotators with it. They are in no rate. \
                Where tiles are drawn, one tile with a known answer is asked for in each.";
    line(ui, "Gold rows", &mut more.gold, NUMBER, help);
    ui.end_row();
    problem(ui, problems, AuditField::Gold);
    ui.label("Adjudicate");
    ticks::checkbox(ui, &mut more.adjudicate_relevant, "every row with a finding")
        .on_hover_text("Not only the rows on which annotators differ.");
    ui.end_row();
    ui.label("Set");
    let accept = ticks::checkbox_if(ui, !asks_below, &mut more.accepts, "may be accepted if few are wrong");
    accept
        .on_hover_text("Asks whether at least 95 % of a whole set are right. Then one key accepts all of it.")
        .on_disabled_hover_text("Not together with the question whether the share is below a limit.");
    ui.end_row();
    if more.accepts {
        ui.label("");
        ui.vertical(|ui| {
            ticks::radio_value(
                ui,
                &mut more.accepts_tiles,
                false,
                "Rows as they are: positive right, no relevant negative",
            )
            .on_hover_text("All rows that are drawn from get the verdict “accept”. Their tiles get no mark.");
            ticks::radio_value(ui, &mut more.accepts_tiles, true, "Tiles: negatives that a rule finds get a mark")
                .on_hover_text("The negatives that a machine called relevant, or not relevant, get that mark.");
        });
        ui.end_row();
        problem(ui, problems, AuditField::Set);
        if more.accepts_tiles {
            let help = "Grades of models: grade>=2 or grade<=1, then “verified” or “unverified”, then model:NAME. Imported \
                        reviews: reviews, reviews:WRONG. Scores of a source: bge>=0.7, bge<=0.1.";
            line(ui, "Rule of the tiles", &mut more.tile_rule, NAME, help);
            ui.end_row();
            problem(ui, problems, AuditField::TileRule);
            if let Some(rule) = more.tiles() {
                ui.label("");
                ui.label(RichText::new(format!("They are marked as {}.", rule.word().label())).weak());
                ui.end_row();
            }
        }
        line(
            ui,
            "Accepted as machine",
            &mut more.machine,
            NAME,
            "The annotator of the verdicts or marks is machine: with this name.",
        );
        ui.end_row();
        problem(ui, problems, AuditField::Machine);
        line(ui, "Wrong at most", &mut more.allowed_wrong, NUMBER, "Among the drawn ones, also undecided ones.");
        ui.end_row();
        problem(ui, problems, AuditField::AllowedWrong);
    }
    entered
}

//! The dialog that plans an audit: its question, the rows to draw from, how many of them, and who
//! judges them. What the fields mean is in `audit_fields.rs`, the tables in `audit_size_table.rs`.

use std::sync::Arc;

use egui::{ComboBox, Context, Grid, Id, Label, Modal, RichText, ScrollArea, TextEdit, Ui};
use tilejury_audit::audits::AuditPlan;
use tilejury_audit::pace::PaceReport;
use tilejury_audit::text::{count, grouped};
use tilejury_data::{Dataset, SampleIndex};

use super::audit_field::{AuditField, with_problem};
use super::audit_fields::AuditFields;
use super::{AppAction, UiAction, audit_more, audit_size_table, field_keys, ticks};
use crate::audit_drawing::AuditScope;
use crate::audit_planning::AuditPlanning;
use crate::icons;
use crate::theme::palette;

/// The width from which the fields and the table are side by side, in points.
const TWO_COLUMNS: f32 = 900.0;
/// The width of the fields beside the table, in points.
const FIELDS: f32 = 510.0;
/// The width of the names of the fields, in points.
const NAMES: f32 = 145.0;
/// The width of a field for words, in points.
const WORDS: f32 = 190.0;
/// The largest height of the fields and the table, in points.
const BODY: f32 = 430.0;
/// The same with the section “More” unfolded.
const LONG_BODY: f32 = 720.0;
/// The height of the line with the button, in points: an error of two lines fits beside it.
const FOOTER: f32 = 40.0;
/// The space between the fields and the table, in points: a line between them would be as high as
/// the window.
const GAP: f32 = 14.0;
/// The width of a field for a number, in points.
const NUMBER: f32 = 60.0;
/// The number of rows that is offered.
const ROWS: usize = 400;
/// The longest search that is shown.
const SEARCH_SHOWN: usize = 40;

/// The state of the dialog.
pub(crate) struct NewAuditDialog {
    pub(crate) fields: AuditFields,
    pub(crate) planning: AuditPlanning,
    /// The search of the list when the dialog was opened, with its rows in ascending order.
    found: Option<(String, Arc<Vec<SampleIndex>>)>,
    /// The error of the draw.
    pub(crate) failure: Option<String>,
    /// Whether the section “More” is unfolded.
    is_unfolded: bool,
    focused: bool,
}

impl NewAuditDialog {
    /// `name`: a name that no audit has. `rows`: the rows of the set. `found`: the search of the
    /// list with its rows.
    pub(crate) fn new(name: String, rows: usize, found: Option<(String, Vec<SampleIndex>)>) -> Self {
        let found = found.map(|(search, mut rows)| {
            rows.sort_unstable();
            (search, Arc::new(rows))
        });
        Self {
            fields: AuditFields::new(name, rows.min(ROWS)),
            planning: AuditPlanning::default(),
            found,
            failure: None,
            is_unfolded: false,
            focused: false,
        }
    }

    /// The plan, if nothing is wrong with it.
    pub(crate) fn plan(&self, is_taken: bool) -> Option<AuditPlan> {
        self.fields.plan(is_taken, self.planning.outlook(&self.fields.outlook_inputs()))
    }
}

/// The data of the dialog.
pub(crate) struct NewAuditView<'a> {
    pub(crate) dataset: &'a Dataset,
    /// Whether an audit has the name in the field already.
    pub(crate) is_taken: bool,
    /// The annotator who begins it.
    pub(crate) annotator: &'a str,
    /// The number of rows with a tile that is not here, so that nobody can judge them.
    pub(crate) unseen: usize,
    /// The pace of the session.
    pub(crate) pace: PaceReport,
}

pub(crate) fn show(ctx: &Context, dialog: &mut NewAuditDialog, view: &NewAuditView<'_>, actions: &mut Vec<UiAction>) {
    let modal = Modal::new(Id::unique("new audit")).show(ctx, |ui| {
        let screen = ctx.content_rect().size();
        ui.set_width(1040.0_f32.min(screen.x * 0.94));
        super::title(ui, "New audit", actions);
        let text = "Draws rows at random and stores the plan before the first of them is judged. Your answers count for the \
                    rates of the audit, and for your pace and findings in the overview. They do not count in exports, and \
                    their rows stay unjudged in the set.";
        ui.label(RichText::new(text).weak());
        if view.unseen > 0 {
            let text = format!(
                "{} Tiles of {} are not here: a row can be drawn, but not judged without its tiles.",
                icons::WARNING,
                count(view.unseen, "row")
            );
            ui.label(RichText::new(text).color(palette(ui.visuals()).unsure));
        }
        ui.separator();
        let outlook = dialog.planning.outlook(&dialog.fields.outlook_inputs());
        let problems = dialog.fields.problems(view.is_taken, outlook);
        let mut entered = false;
        let height = (screen.y * 0.9 - 190.0).clamp(120.0, if dialog.is_unfolded { LONG_BODY } else { BODY });
        let is_idle = !dialog.planning.is_drawing();
        let before = dialog.fields.clone();
        if ui.available_width() < TWO_COLUMNS {
            let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
            area.auto_shrink([false, false]).show(ui, |ui| {
                ui.add_enabled_ui(is_idle, |ui| entered = fields(ui, dialog, view, &problems));
                ui.separator();
                audit_size_table::show(ui, &mut dialog.fields, &dialog.planning, view.pace);
            });
        } else {
            ui.horizontal_top(|ui| {
                ui.vertical(|ui| {
                    ui.set_width(FIELDS);
                    let area = ScrollArea::vertical().id_salt("fields of the audit").max_height(height);
                    area.min_scrolled_height(height).auto_shrink([false, false]).show(ui, |ui| {
                        ui.add_enabled_ui(is_idle, |ui| entered = fields(ui, dialog, view, &problems));
                    });
                });
                ui.add_space(GAP);
                ui.vertical(|ui| audit_size_table::show(ui, &mut dialog.fields, &dialog.planning, view.pace));
            });
        }
        if dialog.fields != before {
            // It was about other fields.
            dialog.failure = None;
        }
        ui.separator();
        footer(ui, dialog, view, entered, actions);
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// The fields. Returns whether Enter was pressed in one.
fn fields(
    ui: &mut Ui,
    dialog: &mut NewAuditDialog,
    view: &NewAuditView<'_>,
    problems: &[(AuditField, String)],
) -> bool {
    let (mut entered, mut entered_overlap) = (false, false);
    let mut line = |ui: &mut Ui, name: &str, text: &mut String, width: f32, of: AuditField| {
        let label = ui.label(name);
        let field = with_problem(ui, problems, of, FIELDS - NAMES, |ui| {
            let hint = if of == AuditField::Annotators { "anybody" } else { "" };
            ui.add(TextEdit::singleline(text).hint_text(hint).desired_width(width)).labelled_by(label.id)
        });
        entered |= field_keys::entered(ui, &field);
        ui.end_row();
        field
    };
    Grid::new("new audit").num_columns(2).spacing([10.0, 3.0]).min_col_width(NAMES - 10.0).show(ui, |ui| {
        let field = line(ui, "Name", &mut dialog.fields.name, WORDS, AuditField::Name);
        super::focus_first(&field, &mut dialog.focused);

        ui.label("Question");
        // The section “More” has a question of its own.
        let accepts = dialog.fields.more.accepts;
        ui.add_enabled_ui(!accepts, |ui| {
            let asks_below = &mut dialog.fields.asks_below;
            let help = "Every audit also counts wrong positives and relevant negatives; where two judge a row, it \
                        measures how often they agree.";
            let other = "The question is whether a set may be accepted: see “More”.";
            ui.vertical(|ui| {
                for (below, text) in [
                    (false, "How many rows have a false negative?"),
                    (true, "Is the share of such rows below a limit?"),
                ] {
                    ticks::radio_value(ui, asks_below, below, text).on_hover_text(help).on_disabled_hover_text(other);
                }
                if accepts {
                    ui.label(RichText::new(other).weak());
                }
            });
        });
        ui.end_row();
        if dialog.fields.asks_below {
            dialog.fields.more.without_what_a_limit_excludes();
            line(ui, "Below, in %", &mut dialog.fields.limit, NUMBER, AuditField::Limit);
            line(ui, "Found at most", &mut dialog.fields.allowed, NUMBER, AuditField::Allowed);
        }
        scope(ui, dialog, view, problems);
        if !dialog.fields.asks_below && !dialog.fields.more.accepts {
            line(ui, "Rows to draw", &mut dialog.fields.rows, NUMBER, AuditField::Rows);
        }
        let field = line(ui, "Seed", &mut dialog.fields.seed, 110.0, AuditField::Seed);
        field.on_hover_text("The same seed draws the same rows on every machine. It is stored with the plan.");
        let field = line(ui, "Confidence, in %", &mut dialog.fields.level, NUMBER, AuditField::Level);
        field.on_hover_text("How often intervals of this kind contain the true rate, over many audits.");
        let field = line(ui, "Annotators", &mut dialog.fields.annotators, WORDS, AuditField::Annotators);
        field.on_hover_text(
            "Names with commas between them. Each row goes to one of them by a hash. Empty: anybody judges.",
        );
        // Its room is kept: the fields below it do not move while names are typed.
        let is_shared = dialog.fields.names().len() > 1;
        let label = ui.add_enabled(is_shared, Label::new("Judged by two, in %"));
        let field = with_problem(ui, problems, AuditField::Overlap, FIELDS - NAMES, |ui| {
            let field = TextEdit::singleline(&mut dialog.fields.overlap).desired_width(NUMBER);
            let field = ui.add_enabled(is_shared, field).labelled_by(label.id);
            if !is_shared {
                ui.label(RichText::new("with two annotators or more").weak());
            }
            field
        });
        entered_overlap = field_keys::entered(ui, &field);
        let help = "The share of rows that two of them judge, to measure how often they agree.";
        field.on_hover_text(help).on_disabled_hover_text("Two annotators or more are needed.");
        ui.end_row();
        ui.label("");
        let help = "The plan says that annotators see nothing that others or machines said.";
        ui.horizontal(|ui| {
            let by_machine = dialog.fields.more.hides_word();
            dialog.fields.blind |= by_machine;
            ticks::checkbox_if(ui, !by_machine, &mut dialog.fields.blind, "Blind").on_hover_text(help);
            ui.label(RichText::new("hides signals, scores, rates and others' answers").weak());
        });
        ui.end_row();
    });
    entered |= entered_overlap;
    let (entered_more, is_unfolded) = audit_more::show(ui, &mut dialog.fields, problems);
    entered |= entered_more;
    dialog.is_unfolded = is_unfolded;
    let names = dialog.fields.names();
    if !names.is_empty() && !names.iter().any(|name| name == view.annotator) {
        let text =
            format!("You judge as {}, which is not among the annotators: you begin it for others.", view.annotator);
        ui.label(RichText::new(text).color(palette(ui.visuals()).unsure));
    }
    entered
}

fn scope(ui: &mut Ui, dialog: &mut NewAuditDialog, view: &NewAuditView<'_>, problems: &[(AuditField, String)]) {
    let words = |scope: &AuditScope| match scope {
        AuditScope::All => "All rows".to_owned(),
        AuditScope::Split(name) => format!("Split {name}"),
        AuditScope::Found(search, rows) => {
            let search = tilejury_audit::text::shortened(search, SEARCH_SHOWN);
            format!("The list: {search} ({})", grouped(rows.len()))
        }
    };
    let label = ui.label("Rows from");
    let splits = view.dataset.splits.iter().map(|split| AuditScope::Split(split.name.clone()));
    let found = dialog.found.iter().map(|(search, rows)| AuditScope::Found(search.clone(), rows.clone()));
    let choices: Vec<AuditScope> = std::iter::once(AuditScope::All).chain(splits).chain(found).collect();
    let present = &mut dialog.fields.scope;
    let combo = ComboBox::from_id_salt("rows from").width(WORDS).selected_text(words(present));
    with_problem(ui, problems, AuditField::Scope, FIELDS - NAMES, |ui| {
        let response = combo.show_ui(ui, |ui| {
            for choice in choices {
                let text = words(&choice);
                ui.selectable_value(present, choice, text);
            }
        });
        super::list_on_top(ui, &response.response);
        response.response.labelled_by(label.id);
    });
    ui.end_row();
}

fn footer(ui: &mut Ui, dialog: &NewAuditDialog, view: &NewAuditView<'_>, entered: bool, actions: &mut Vec<UiAction>) {
    ui.horizontal(|ui| {
        ui.set_min_height(FOOTER);
        let plan = dialog.plan(view.is_taken).filter(|_| !dialog.planning.is_drawing());
        let words = match &plan {
            Some(plan) => {
                let units = if dialog.fields.more.draws_tiles() { "tiles" } else { "rows" };
                format!("Draw {} {units} and begin", grouped(plan.rows as usize))
            }
            None => "Begin".to_owned(),
        };
        let button = super::button_with_key(words, "Enter");
        let begin = ui.add_enabled(plan.is_some(), button).accessible_name("Begin the audit");
        if plan.is_some() && (begin.clicked() || entered || field_keys::enter_is_free(ui)) {
            actions.push(AppAction::BeginAudit.into());
        }
        if dialog.planning.is_drawing() {
            super::busy::busy(ui);
            ui.label("Drawing rows…");
        }
        if let Some(failure) = &dialog.failure {
            ui.label(RichText::new(failure).color(palette(ui.visuals()).reject));
        }
    });
}

//! The dialog that plans an audit: its question, the rows to draw from, how many of them, and who
//! judges them. What the fields mean is in `audit_fields.rs`, the tables in `audit_size_table.rs`.

use std::sync::Arc;

use egui::{Button, Checkbox, ComboBox, Context, Grid, Id, Modal, RichText, ScrollArea, TextEdit, Ui};
use tilejury_audit::audits::AuditPlan;
use tilejury_audit::pace::PaceReport;
use tilejury_audit::text::grouped;
use tilejury_data::{Dataset, SampleIndex};

use super::audit_field::{AuditField, problem};
use super::audit_fields::AuditFields;
use super::{AppAction, UiAction, audit_more, audit_size_table, field_keys};
use crate::audit_drawing::AuditScope;
use crate::audit_planning::AuditPlanning;
use crate::theme::palette;

/// The width from which the fields and the table are side by side, in points.
const TWO_COLUMNS: f32 = 900.0;
/// The width of the fields beside the table, in points.
const FIELDS: f32 = 430.0;
/// The space between the fields and the table, in points: a line between them would be as high as
/// the window.
const GAP: f32 = 24.0;
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
    /// The pace of the session.
    pub(crate) pace: PaceReport,
}

pub(crate) fn show(ctx: &Context, dialog: &mut NewAuditDialog, view: &NewAuditView<'_>, actions: &mut Vec<UiAction>) {
    let modal = Modal::new(Id::unique("new audit")).show(ctx, |ui| {
        let screen = ctx.content_rect().size();
        ui.set_width(1040.0_f32.min(screen.x * 0.94));
        super::title(ui, "New audit", actions);
        let text = "Draws rows at random and stores the plan before the first of them is judged. What you answer in the \
                    audit counts for it and nowhere else.";
        ui.label(RichText::new(text).weak());
        ui.separator();
        let outlook = dialog.planning.outlook(&dialog.fields.outlook_inputs());
        let problems = dialog.fields.problems(view.is_taken, outlook);
        let mut entered = false;
        let height = (screen.y * 0.9 - 170.0).max(120.0);
        let is_idle = !dialog.planning.is_drawing();
        if ui.available_width() < TWO_COLUMNS {
            ScrollArea::vertical().max_height(height).show(ui, |ui| {
                ui.add_enabled_ui(is_idle, |ui| entered = fields(ui, dialog, view, &problems));
                ui.separator();
                audit_size_table::show(ui, &mut dialog.fields, &dialog.planning, view.pace);
            });
        } else {
            ui.horizontal_top(|ui| {
                ui.vertical(|ui| {
                    ui.set_width(FIELDS);
                    ScrollArea::vertical().id_salt("fields of the audit").max_height(height).show(ui, |ui| {
                        ui.add_enabled_ui(is_idle, |ui| entered = fields(ui, dialog, view, &problems));
                    });
                });
                ui.add_space(GAP);
                ui.vertical(|ui| audit_size_table::show(ui, &mut dialog.fields, &dialog.planning, view.pace));
            });
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
    let mut entered = false;
    let mut line = |ui: &mut Ui, name: &str, text: &mut String, width: f32| {
        let label = ui.label(name);
        let field = ui.add(TextEdit::singleline(text).desired_width(width)).labelled_by(label.id);
        entered |= field_keys::entered(ui, &field);
        field
    };
    let wide = FIELDS - 120.0;
    Grid::new("new audit").num_columns(2).spacing([10.0, 6.0]).show(ui, |ui| {
        let field = line(ui, "Name", &mut dialog.fields.name, wide);
        super::focus_first(&field, &mut dialog.focused);
        ui.end_row();
        problem(ui, problems, AuditField::Name);

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
                    ui.radio_value(asks_below, below, text).on_hover_text(help).on_disabled_hover_text(other);
                }
                if accepts {
                    ui.label(RichText::new(other).weak());
                }
            });
        });
        ui.end_row();
        if dialog.fields.asks_below {
            dialog.fields.more.without_what_a_limit_excludes();
            ui.label("");
            ui.horizontal(|ui| {
                line(ui, "Below, in %", &mut dialog.fields.limit, NUMBER);
                line(ui, "Found at most", &mut dialog.fields.allowed, NUMBER);
            });
            ui.end_row();
            problem(ui, problems, AuditField::Limit);
            problem(ui, problems, AuditField::Allowed);
        }
        scope(ui, dialog, view, wide);
        problem(ui, problems, AuditField::Scope);
        if !dialog.fields.asks_below && !dialog.fields.more.accepts {
            line(ui, "Rows to draw", &mut dialog.fields.rows, NUMBER);
            ui.end_row();
            problem(ui, problems, AuditField::Rows);
        }
        let field = line(ui, "Seed", &mut dialog.fields.seed, 110.0);
        field.on_hover_text("The same seed draws the same rows on every machine. It is stored with the plan.");
        ui.end_row();
        problem(ui, problems, AuditField::Seed);
        let field = line(ui, "Level, in %", &mut dialog.fields.level, NUMBER);
        field.on_hover_text("How often intervals of this kind contain the true rate, over many audits.");
        ui.end_row();
        problem(ui, problems, AuditField::Level);
        let field = line(ui, "Annotators", &mut dialog.fields.annotators, wide);
        field.on_hover_text(
            "Names with commas between them. Each row goes to one of them by a hash. Empty: anybody judges.",
        );
        ui.end_row();
        problem(ui, problems, AuditField::Annotators);
        if dialog.fields.names().len() > 1 {
            let field = line(ui, "Judged by two, in %", &mut dialog.fields.overlap, NUMBER);
            field.on_hover_text("The share of rows that two of them judge, to measure how often they agree.");
            ui.end_row();
            problem(ui, problems, AuditField::Overlap);
        }
        ui.label("");
        let help = "The plan says that annotators see nothing that others or machines said.";
        ui.horizontal(|ui| {
            let by_machine = dialog.fields.more.hides_word();
            dialog.fields.blind |= by_machine;
            ui.add_enabled(!by_machine, Checkbox::new(&mut dialog.fields.blind, "Blind")).on_hover_text(help);
            ui.label(RichText::new("hides signals, scores, others' answers, and rates until the end").weak());
        });
        ui.end_row();
    });
    entered |= audit_more::show(ui, &mut dialog.fields, problems);
    let names = dialog.fields.names();
    if !names.is_empty() && !names.iter().any(|name| name == view.annotator) {
        let text =
            format!("You judge as {}, which is not among the annotators: you begin it for others.", view.annotator);
        ui.label(RichText::new(text).color(palette(ui.visuals()).unsure));
    }
    entered
}

fn scope(ui: &mut Ui, dialog: &mut NewAuditDialog, view: &NewAuditView<'_>, wide: f32) {
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
    let combo = ComboBox::from_id_salt("rows from").width(wide.min(260.0)).selected_text(words(present));
    let response = combo.show_ui(ui, |ui| {
        for choice in choices {
            let text = words(&choice);
            ui.selectable_value(present, choice, text);
        }
    });
    super::list_on_top(ui, &response.response);
    response.response.labelled_by(label.id);
    ui.end_row();
}

fn footer(ui: &mut Ui, dialog: &NewAuditDialog, view: &NewAuditView<'_>, entered: bool, actions: &mut Vec<UiAction>) {
    ui.horizontal_wrapped(|ui| {
        let plan = dialog.plan(view.is_taken).filter(|_| !dialog.planning.is_drawing());
        let words = match &plan {
            Some(plan) => {
                let units = if dialog.fields.more.draws_tiles() { "tiles" } else { "rows" };
                format!("Draw {} {units} and begin", grouped(plan.rows as usize))
            }
            None => "Begin".to_owned(),
        };
        let button = Button::new(words).right_text(RichText::new("Enter").weak());
        let begin = ui.add_enabled(plan.is_some(), button).accessible_name("Begin the audit");
        if plan.is_some() && (begin.clicked() || entered || field_keys::enter_is_free(ui)) {
            actions.push(AppAction::BeginAudit.into());
        }
        if dialog.planning.is_drawing() {
            ui.spinner();
            ui.label("Drawing rows…");
        }
        if let Some(failure) = &dialog.failure {
            ui.label(RichText::new(failure).color(palette(ui.visuals()).reject));
        }
    });
}

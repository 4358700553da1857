//! The chart of signals: one line per signal with the interval of its precision and its weight. A
//! click on a name lists the samples that have the signal.

use egui::{Align, Context, Id, Layout, Modal, Rect, RichText, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo};
use egui::{pos2, vec2};
use tilejury_audit::suspicion::{Scoreboard, SignalScore};
use tilejury_audit::text::count;
use tilejury_audit::{Timestamp, now};
use tilejury_data::shown::shown;
use tilejury_reviewer::ModelControls;

use super::inspector::nothing_is_known;
use super::precision_axis::{self, AxisMarks};
use super::{AppAction, ReviewAction, UiAction};
use crate::asking_result::controls_in_words;
use crate::command::{DatasetCommand, ReviewCommand, keymap};
use crate::task::Task;

const LINE: f32 = 34.0;
const HEAD: f32 = 20.0;
/// The widths of the columns before the axis.
const NAME: f32 = 150.0;
const NUMBER: f32 = 86.0;
const NUMBERS: [&str; 4] = ["raised", "judged", "confirmed", "by suspicion"];
/// The tooltips of the column headings.
const MEANINGS: [&str; 4] = [
    "Findings of the signal",
    "Findings that somebody judged individually; a tile merely visible when its row was accepted does not count",
    "Judged findings that were right",
    "Judged findings that were shown because they were suspicious",
];
/// The height above and below the lines.
const AROUND: f32 = 250.0;

/// The state of the dialog.
pub(crate) struct ScoreboardDialog {
    /// The counts, and the version of the review that they belong to.
    board: Option<(u64, Scoreboard)>,
    /// The models' measures by their controls, that are being read or are known.
    controls: Option<Task<Vec<ModelControls>>>,
    known_controls: Vec<ModelControls>,
}

impl ScoreboardDialog {
    /// `controls`: the measures of models, which are being read.
    pub(crate) fn new(controls: Option<Task<Vec<ModelControls>>>) -> Self {
        Self { board: None, controls, known_controls: Vec::new() }
    }

    /// Counts again if the counts belong to another version of the review. `count` returns `None`
    /// until the signals are computed.
    pub(crate) fn update(&mut self, version: u64, count: impl FnOnce() -> Option<Scoreboard>) {
        if let Some(Ok(controls)) = self.controls.as_mut().and_then(Task::poll) {
            self.known_controls = controls;
        }
        if self.board.as_ref().is_none_or(|(counted, _)| *counted != version) {
            self.board = count().map(|board| (version, board));
        }
    }
}

/// `weights_reset`: the time from which judgements count for the weights, if not all do.
pub(crate) fn show(
    ctx: &Context,
    dialog: &ScoreboardDialog,
    weights_reset: Option<Timestamp>,
    actions: &mut Vec<UiAction>,
) {
    let size = ctx.content_rect().size() * 0.9;
    let modal = Modal::new(Id::unique("scoreboard")).show(ctx, |ui| {
        ui.set_width(size.x.min(1000.0));
        super::title(ui, "Scoreboard of signals", actions);
        let Some((_, board)) = &dialog.board else {
            ui.horizontal(|ui| {
                super::busy::busy(ui);
                ui.label("Computing signals…");
            });
            return;
        };
        ui.label(
            "How often each signal was right, according to individual judgements. Marks propagated from another row do \
not count.",
        );
        reset(ui, weights_reset, board, actions);
        ui.separator();
        let (raised, silent): (Vec<&SignalScore>, Vec<&SignalScore>) = board.scores.iter().partition(|score| score.raised > 0);
        let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
        ui.spacing_mut().item_spacing.y = 0.0;
        // What came after the dialog opened gets its room, too.
        let most = (size.y - AROUND).max(90.0);
        let lines = ScrollArea::vertical().min_scrolled_height(most).max_height(most).auto_shrink([false, true]);
        let shown = lines.show(ui, |ui| {
            for score in raised {
                line(ui, score, board, actions);
            }
            feature_weights(ui, board);
            models(ui, &dialog.known_controls);
        });
        // Over the columns of the lines, which a scroll bar makes narrower.
        let head = Rect::from_min_size(head.min, vec2(shown.inner_rect.width(), HEAD));
        heading(&mut ui.new_child(UiBuilder::new().max_rect(head)), head);
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.separator();
        ui.horizontal_wrapped(precision_axis::legend);
        let (judged, chosen) = board.scores.iter().fold((0, 0), |sum, of| (sum.0 + of.judged, sum.1 + of.chosen));
        if chosen > 0 {
            ui.label(format!(
                "{chosen} of {judged} judged findings were shown because they were suspicious, strongest first: the others \
may be right less often."
            ));
        }
        if !silent.is_empty() {
            let names: Vec<&str> = silent.iter().map(|score| score.signal.label()).collect();
            ui.label(RichText::new(format!("No findings: {}.", names.join(", "))).weak());
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// The weights of the model that adds up texts, scores and reviews.
fn feature_weights(ui: &mut Ui, board: &Scoreboard) {
    ui.add_space(10.0);
    if board.features.is_empty() {
        ui.label(RichText::new(nothing_is_known(ui.ctx(), None)).weak());
        return;
    }
    let fitted = match board.fitted.judged {
        0 => "defaults, since no negative with such values was judged".to_owned(),
        judged => format!(
            "fitted to {}, {} of them shown because they were suspicious",
            count(judged, "judged negative"),
            board.fitted.chosen
        ),
    };
    ui.label(RichText::new("What texts, scores and reviews say of a negative").strong());
    ui.label(
        RichText::new(format!("One unit of a value adds so much to the log-odds that it is relevant: {fitted}."))
            .weak(),
    );
    ui.add_space(4.0);
    egui::Grid::new("feature weights").num_columns(3).spacing([24.0, 2.0]).show(ui, |ui| {
        for title in ["Value", "Default log-odds", "Current log-odds"] {
            ui.label(RichText::new(title).weak());
        }
        ui.end_row();
        for feature in &board.features {
            ui.label(&feature.label).on_hover_text(&feature.name);
            ui.label(signed(feature.default));
            ui.label(signed(feature.weight));
            ui.end_row();
        }
    });
}

/// A number with its sign, for people.
fn signed(number: f32) -> String {
    format!("{number:+.2}").replace('-', "−")
}

/// The measures of models by their controls, beside which judgements measure their reviews.
fn models(ui: &mut Ui, controls: &[ModelControls]) {
    if controls.is_empty() {
        return;
    }
    ui.add_space(10.0);
    ui.label(RichText::new("Models as reviewers, by questions whose right answer is known").strong());
    for of in controls {
        let Some(words) = controls_in_words(of) else { continue };
        ui.add(egui::Label::new(format!("{}: {words}.", shown(&of.model))).wrap());
    }
}

/// The judgements that the weights use, and the buttons that change that.
fn reset(ui: &mut Ui, weights_reset: Option<Timestamp>, board: &Scoreboard, actions: &mut Vec<UiAction>) {
    ui.horizontal_wrapped(|ui| {
        super::command_button(ui, DatasetCommand::ResetWeights, actions);
        let text = match weights_reset {
            Some(at) => {
                if ui.button("Use all judgements again").clicked() {
                    actions.push(AppAction::UseAllJudgements.into());
                }
                let judged: usize = board.weighing.iter().map(|score| score.judged).sum();
                let since = at.for_people(now());
                format!("Weights were reset at {since}; they use {} judged since.", count(judged, "finding"))
            }
            None => "The weights use all of these judgements.".to_owned(),
        };
        let key = keymap::from_context(ui.ctx()).first(ReviewCommand::SuspiciousFirst);
        let response = ui.label(RichText::new(text).weak());
        response.on_hover_text(format!(
            "The current weight is (10 × default + confirmed) / (10 + judged). The list uses it when “Most suspicious first” \
({key}) is switched on; it is never reordered while you judge."
        ));
    });
}

/// The positions of the parts of a line.
struct LineParts {
    name: Rect,
    numbers: [Rect; 4],
    axis: Rect,
}

impl LineParts {
    fn new(line: Rect) -> Self {
        let column = |from: f32, to: f32| Rect::from_x_y_ranges(line.left() + from..=line.left() + to, line.y_range());
        let numbers = [0.0, 1.0, 2.0, 3.0].map(|at| column(NAME + at * NUMBER, NAME + (at + 1.0) * NUMBER));
        let axis = Rect::from_min_max(pos2(numbers[3].right() + 16.0, line.top()), line.right_bottom());
        Self { name: column(0.0, NAME), numbers, axis }
    }
}

fn heading(ui: &mut Ui, area: Rect) {
    let parts = LineParts::new(area);
    for ((name, meaning), place) in NUMBERS.into_iter().zip(MEANINGS).zip(parts.numbers) {
        let heading = |ui: &mut Ui| ui.label(RichText::new(name).weak()).on_hover_text(meaning);
        within(ui, place, Layout::right_to_left(Align::Center), heading);
    }
    precision_axis::numbers(ui, parts.axis);
}

fn line(ui: &mut Ui, score: &SignalScore, board: &Scoreboard, actions: &mut Vec<UiAction>) {
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    let parts = LineParts::new(area);
    within(ui, parts.name, Layout::left_to_right(Align::Center), |ui| {
        let name = ui
            .link(score.signal.label())
            .on_hover_text(format!("{}. Click to list the rows that have this signal.", score.signal.meaning()));
        if name.clicked() {
            actions.push(ReviewAction::UseFilter(format!("signal:{}", score.signal.word())).into());
            actions.push(AppAction::CloseDialog.into());
        }
    });
    let numbers = [score.raised, score.judged, score.confirmed, score.chosen];
    for (number, place) in numbers.into_iter().zip(parts.numbers) {
        within(ui, place, Layout::right_to_left(Align::Center), |ui| ui.label(number.to_string()));
    }
    let marks = AxisMarks {
        precision: score.precision(),
        interval: score.interval(),
        weight_default: score.signal.weight(),
        weight: board.weights.signals.weight(score.signal),
    };
    precision_axis::line(ui, parts.axis, &marks);
    let words = words(score, board);
    let response = ui.interact(parts.axis, ui.scope_id().with(score.signal.word()), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &words));
    response.on_hover_text(words);
    ui.painter().hline(area.x_range(), area.bottom(), ui.visuals().widgets.noninteractive.bg_stroke);
}

/// Draws into a part of a line.
fn within<R>(ui: &mut Ui, place: Rect, layout: Layout, draw: impl FnOnce(&mut Ui) -> R) {
    ui.scope_builder(UiBuilder::new().max_rect(place).layout(layout), draw);
}

/// A line in words.
fn words(score: &SignalScore, board: &Scoreboard) -> String {
    let SignalScore { raised, judged, confirmed, chosen, confirmed_by_accept, .. } = score;
    let mut words = format!("{}: {raised} raised, {judged} judged, {confirmed} confirmed.", score.signal.label());
    if let (Some(precision), Some((low, high))) = (score.precision(), score.interval()) {
        let [precision, low, high] = [precision, low, high].map(|share| (share * 100.0).round());
        words += &format!("\nRight in {precision} % of those judged; 95 % interval {low} to {high} %.");
    }
    if *chosen > 0 {
        words += &format!("\n{chosen} of those judged were shown because they were suspicious.");
    }
    if *confirmed_by_accept > 0 {
        words +=
            &format!("\nNot judged: {confirmed_by_accept} about tiles merely visible when their rows were accepted.");
    }
    words += &format!(
        "\nDefault weight {:.2}, current weight {:.2}",
        score.signal.weight(),
        board.weights.signals.weight(score.signal)
    );
    let weighing = board.weighing.get(score.signal.bit() as usize);
    match weighing.filter(|weighing| weighing.judged != score.judged) {
        Some(weighing) => {
            words + &format!(", from {} of {} judged since the reset.", weighing.confirmed, weighing.judged)
        }
        None => words + ".",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use tilejury_audit::decisions::Decisions;
    use tilejury_audit::suspicion::{FeatureWeight, Findings};

    use super::*;

    /// A board with so many signals that were raised, and weights of features.
    fn board(raised: usize, features: usize) -> Scoreboard {
        let mut board = Scoreboard::count(&Findings::default(), &Decisions::default(), None);
        board.scores.iter_mut().take(raised).for_each(|score| score.raised = 1);
        let feature =
            |at: usize| FeatureWeight { name: format!("f{at}"), label: format!("F{at}"), default: 0.0, weight: 0.0 };
        board.features = (0..features).map(feature).collect();
        board
    }

    #[test]
    fn shares_are_above_their_lines_beside_a_scroll_bar() {
        for height in [500.0, 1400.0] {
            let mut has_fonts = false;
            let mut harness = Harness::builder().with_size((1600.0, height)).build_ui(move |ui| {
                if !std::mem::replace(&mut has_fonts, true) {
                    return crate::fonts::install(ui.ctx());
                }
                let mut dialog = ScoreboardDialog::new(None);
                dialog.update(1, || Some(board(11, 6)));
                show(&ui.ctx().clone(), &dialog, None, &mut Vec::new());
            });
            harness.run_steps(4);
            let axis = harness.get_all_by_label_contains(": 1 raised, ").next().unwrap().rect();
            let painted = harness.output().shapes.iter().find_map(|clipped| match &clipped.shape {
                egui::Shape::Text(text) if text.galley.text() == "100 %" => Some(text.visual_bounding_rect()),
                _ => None,
            });
            let end = precision_axis::x_of(axis, 1.0);
            assert!((painted.unwrap().center().x - end).abs() < 1.0, "{height}: {painted:?} {end}");
            let legend = harness.get_by_label("95 % interval").rect();
            assert!(legend.top() > axis.bottom(), "below the lines: {legend:?} {axis:?}");
        }
    }

    #[test]
    fn what_comes_after_the_dialog_opened_gets_its_room() {
        let (known, mut has_fonts) = (Rc::new(Cell::new(0)), false);
        let counted = Rc::clone(&known);
        let mut harness = Harness::builder().with_size((1600.0, 1400.0)).build_ui(move |ui| {
            // Fonts count from the next frame on.
            if !std::mem::replace(&mut has_fonts, true) {
                return crate::fonts::install(ui.ctx());
            }
            let mut dialog = ScoreboardDialog::new(None);
            match counted.get() {
                0 => {}
                1 => dialog.update(1, || Some(board(3, 0))),
                _ => dialog.update(1, || Some(board(11, 6))),
            }
            show(&ui.ctx().clone(), &dialog, None, &mut Vec::new());
        });
        harness.run_steps(3);
        known.set(1);
        harness.run_steps(3);
        // At once: no frame is drawn only to let a dialog grow further.
        known.set(2);
        harness.run_steps(2);
        let last = harness.get_by_label("F5").rect();
        let below = harness.get_by_label_contains("No findings: ").rect();
        assert!(last.max.y < below.min.y, "it is cut off: {last:?} {below:?}");
    }
}

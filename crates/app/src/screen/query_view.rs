//! The view of the query above the tiles: the row, its answer and reasons, and the warnings before
//! it is accepted.

use egui::Context;
use tilejury_audit::text::capital;
use tilejury_audit::{Relevance, Verdict};
use tilejury_data::{Sample, TileSlot};

use super::panel_views;
use super::view_state::{HomeScene, Scene, ViewState};
use crate::command::{Command, ReviewCommand, ViewCommand, keymap};
use crate::review::{AcceptWarning, NamedTiles, Review};
use crate::ui::query::QueryView;
use crate::ui::row_chips::RowChipsView;

/// `in_view`: the number of negatives that are visible, if some are not. `fitted`: the scale of the
/// pane in focus.
pub(super) fn query_view<'a>(
    ctx: &Context,
    review: &'a Review,
    sample: &'a Sample,
    view_state: &ViewState,
    in_view: Option<usize>,
    fitted: Option<f32>,
) -> QueryView<'a> {
    let (cursor, dataset) = (review.cursor(), review.dataset());
    let home = match view_state.home {
        HomeScene::ReadingView => "Back",
        HomeScene::Grid => "All tiles",
    };
    QueryView {
        query: &sample.query,
        answer: sample.answer.as_deref(),
        added: review.added(),
        sample: cursor,
        split: &dataset.split_of(cursor).name,
        line: dataset.line_of(cursor),
        negatives: sample.negatives.len(),
        hides_roles: review.hides_roles(),
        left_out: review.left_out,
        in_view,
        moved_alone: view_state.zooming.alone.len(),
        reasons: review.shown_judgement().reasons.into_iter().collect(),
        verdict: review.shown_judgement().verdict,
        findings: RowChipsView { findings: review.row_findings(), dataset, check: review.check.as_ref() },
        strip: panel_views::reasons(review, view_state.asking),
        unfolded: view_state.query_unfolded,
        held: warning_text(ctx, review, view_state),
        zoom: view_state.zooming.scale,
        fitted,
        scene: match &view_state.scene {
            // The page and the search have a line of their own.
            Scene::Grid | Scene::ReadingView | Scene::Page(_) | Scene::Tiles(_) => None,
            Scene::Alone => Some((home, Command::View(ViewCommand::Alone))),
            Scene::Compare { .. } => Some((home, Command::View(ViewCommand::Compare))),
        },
    }
}

/// The warnings before the sample is accepted, each with its keys.
fn warning_text(ctx: &Context, review: &Review, view_state: &ViewState) -> Option<String> {
    let warnings = review.open_warnings();
    let keymap = keymap::from_context(ctx);
    let (accept, reject) =
        (keymap.first(ReviewCommand::Judge(Verdict::Accept)), keymap.first(ReviewCommand::Judge(Verdict::Reject)));
    let mark = |slot: TileSlot| match u8::try_from(slot.index()) {
        Ok(number @ 1..=9) => keymap.first(ReviewCommand::ToggleNegative(number)),
        _ => format!("{} on it", keymap.first(ReviewCommand::ToggleFocused)),
    };
    let (mut sentences, mut suspects, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for warning in warnings {
        match warning {
            AcceptWarning::Positive(Relevance::Broken) => {
                sentences.push(format!(
                    "The positive is marked broken. Press {reject} to reject the row, or {accept} again to accept it: an export leaves it out."
                ));
            }
            AcceptWarning::Positive(_) => {
                sentences.push(format!(
                    "The positive is marked wrong. Press {reject} to reject the row, or {accept} again to accept it: an export leaves it out."
                ));
            }
            AcceptWarning::NoPicture => {
                sentences
                    .push(format!("The positive's picture is missing. Press {accept} again to accept without it."));
            }
            AcceptWarning::PictureToCome => {
                sentences.push(format!(
                    "The positive's picture is not here yet. Press {accept} again to accept without it."
                ));
            }
            AcceptWarning::Suspect(slot) => suspects.push(*slot),
            AcceptWarning::Unseen(slot) => unseen.push(*slot),
        }
    }
    let is = |slot: &TileSlot| format!("negative {slot} {}", review.suspicion_of(*slot));
    match &suspects[..] {
        [] => {}
        [slot] => sentences.push(format!(
            "{}. Press {accept} again to confirm it as not relevant, or {} to mark it relevant.",
            capital(&is(slot)),
            mark(*slot)
        )),
        slots => {
            // The reasons come last, where a narrow window cuts the line.
            let list = |of: &dyn Fn(&TileSlot) -> String| slots.iter().map(of).collect::<Vec<_>>().join(", ");
            let (numbers, keys, reasons) = (list(&ToString::to_string), list(&|slot| mark(*slot)), list(&is));
            sentences.push(format!(
                "Press {accept} again to confirm negatives {numbers} as not relevant, or {keys} to mark them relevant. {}.",
                capital(&reasons)
            ));
        }
    }
    let unseen = NamedTiles::new(unseen);
    if !unseen.is_empty() {
        let look = match view_state.is_reading_view() {
            true => keymap.first(ViewCommand::PaneNext),
            false => keymap.first(ViewCommand::Compare),
        };
        let (subject, them) = (unseen.subject("was", "were"), if unseen.len() == 1 { "it" } else { "them" });
        sentences.push(format!(
            "{subject} never shown at a readable size. {accept} again answers for {them} unseen, {look} shows {them}."
        ));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

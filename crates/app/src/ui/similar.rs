//! The tiles and queries like the one in focus, and the groups of the whole set: the list beside
//! the pictures. Tiles are listed as those of a search are.

use egui::{CornerRadius, FontId, Rect, RichText, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use tilejury_audit::session::SampleStatus;
use tilejury_audit::text::count;
use tilejury_audit::{Relevance, RowsAction, Verdict};
use tilejury_data::{Dataset, SampleIndex, TilePath};

use super::found_tiles::{self, FoundList, one_line, thumbnail};
use super::offer::NEAR_QUERY;
use super::{ReviewAction, UiAction, ViewAction, row_mark};
use crate::bidi::for_display;
use crate::command::{ViewCommand, keymap};
use crate::icons;
use crate::theme::palette;
use crate::tile_request::TileRequest;
use crate::tile_store::TileState;

/// The height of a row with a query, and of a group of tiles, in points.
const ROW: f32 = 24.0;
const GROUP: f32 = 72.0;
/// The width of the picture of a group.
const THUMBNAIL: f32 = 56.0;
/// The least part of the list for tiles, if they need it; the queries have the rest.
const TILES_PART: f32 = 0.55;
/// The height of what is above the rows with near queries, and of a word in their place, in points.
const ROWS_HEAD: f32 = 64.0;
const NO_ROWS: f32 = 32.0;

/// The tile that others are like, with the rows and groups that are alike.
pub(crate) struct SimilarView<'a> {
    /// The name of the tile.
    pub(crate) name: &'a str,
    /// The number of tiles whose pictures were compared, and of all others; `None` before the
    /// answer.
    pub(crate) compared: Option<(usize, usize)>,
    /// The rows with near queries; `None` until they are known.
    pub(crate) rows: Option<Vec<RowLine<'a>>>,
    /// The number of negatives of the same query or a near one that are such tiles.
    pub(crate) markable: usize,
    pub(crate) shows_groups: bool,
    /// The groups of the whole set, if they are listed; `None` until they are known.
    pub(crate) groups: Option<GroupsView<'a>>,
}

/// A row with its query.
pub(crate) struct RowLine<'a> {
    pub(crate) sample: SampleIndex,
    pub(crate) query: &'a str,
    /// The nearness of the query, 0 to 1.
    pub(crate) nearness: f32,
    pub(crate) status: SampleStatus,
}

/// The groups of a set.
pub(crate) struct GroupsView<'a> {
    /// `None` until a pixel scan has results.
    pub(crate) tiles: Option<Vec<TileGroupLine<'a>>>,
    pub(crate) queries: Vec<Vec<RowLine<'a>>>,
}

/// A group of tiles by its first one.
pub(crate) struct TileGroupLine<'a> {
    pub(crate) tile: &'a TilePath,
    /// The number of tiles in it.
    pub(crate) tiles: usize,
    pub(crate) state: TileState,
}

/// Draws the list. Returns the pictures that were in view.
pub(super) fn show(
    ui: &mut Ui,
    list: &FoundList<'_>,
    similar: &SimilarView<'_>,
    failure: Option<&str>,
    is_searching: bool,
    actions: &mut Vec<UiAction>,
) -> Vec<TileRequest> {
    head(ui, list, similar, (failure, is_searching), actions);
    ui.separator();
    if similar.shows_groups {
        return groups(ui, similar.groups.as_ref(), list.dataset, actions);
    }
    // No more room than the tiles need, and what the rows do not need: they follow at once.
    let tiles = list.hits.len() as f32 * list.line_height() + 2.0;
    let room = vec2(ui.available_width(), room_of_tiles(tiles, similar.rows.as_deref(), ui.available_height()));
    let thumbnails = ui.allocate_ui(room, |ui| {
        ui.set_min_height(room.y);
        found_tiles::show(ui, list, actions)
    });
    ui.separator();
    queries(ui, similar.rows.as_deref(), list.dataset, actions);
    thumbnails.inner
}

/// The height for tiles that need a height, above the rows with near queries.
fn room_of_tiles(tiles: f32, rows: Option<&[RowLine<'_>]>, all: f32) -> f32 {
    let rows = match rows {
        None | Some([]) => NO_ROWS,
        Some(rows) => ROWS_HEAD + ROW * rows.len() as f32,
    };
    tiles.min((all - rows).max(all * TILES_PART))
}

/// The way back, the two lists to choose from, and how much was compared.
fn head(
    ui: &mut Ui,
    list: &FoundList<'_>,
    similar: &SimilarView<'_>,
    (failure, is_searching): (Option<&str>, bool),
    actions: &mut Vec<UiAction>,
) {
    let keymap = keymap::from_context(ui.ctx());
    ui.add_space(2.0);
    ui.horizontal_wrapped(|ui| {
        let back = format!("{} Back  {}", icons::CARET_LEFT, keymap.first(ViewCommand::Similar));
        if ui.button(back).on_hover_text("Back to the row (Esc)").accessible_name("Back").clicked() {
            actions.push(ViewCommand::Similar.into());
        }
        found_tiles::add_button(ui, list.hits.get(list.focus), actions);
    });
    ui.horizontal_wrapped(|ui| {
        let like = format!("Like {}", similar.name);
        if ui.selectable_label(!similar.shows_groups, like).clicked() {
            actions.push(ViewAction::ShowGroups(false).into());
        }
        let help = "All tiles and all queries of the set that are alike, in groups.";
        if ui.selectable_label(similar.shows_groups, "Groups of the set").on_hover_text(help).clicked() {
            actions.push(ViewAction::ShowGroups(true).into());
        }
    });
    if similar.shows_groups {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        if let Some(reason) = failure {
            let text = format!("{} {reason}", icons::WARNING);
            ui.label(RichText::new(text).color(palette(ui.visuals()).reject));
        } else if let Some((compared, all)) = similar.compared {
            // The first of the list is the tile itself.
            let alike = match list.hits.len().saturating_sub(1) {
                0 => "No other tile is like it.".to_owned(),
                tiles => format!("{} like it", count(tiles, "tile")),
            };
            ui.label(RichText::new(alike).strong());
            if compared < all {
                let text = format!(
                    "{compared} of {all} were compared; the others are missing, or the pixel scan has not read them."
                );
                ui.label(RichText::new(text).weak());
            }
        } else {
            ui.label(RichText::new("Comparing pictures…").weak());
        }
        if is_searching {
            super::busy::busy(ui);
        }
        rows_of_chosen(ui, list, actions);
    });
    if similar.markable > 1 {
        ui.horizontal_wrapped(|ui| mark_all(ui, similar.markable, actions));
    }
}

/// The buttons that mark the tile and those like it in all rows with this query or a near one.
fn mark_all(ui: &mut Ui, negatives: usize, actions: &mut Vec<UiAction>) {
    ui.label(format!("{} of such queries:", count(negatives, "negative")));
    for (name, relevance) in [("All relevant", Relevance::Relevant), ("All not relevant", Relevance::NotRelevant)] {
        let help = "Mark this tile and those like it as negatives of this query and of near ones. One undo \
 reverts it; it counts as done in bulk, not as looks.";
        if ui.small_button(name).on_hover_text(help).clicked() {
            actions.push(ReviewAction::MarkAlike(relevance).into());
        }
    }
}

/// The buttons that judge all listed rows at once.
fn judge_all(ui: &mut Ui, rows: &[RowLine<'_>], actions: &mut Vec<UiAction>) {
    let verdicts = [("Accept all", Some(Verdict::Accept)), ("Reject all", Some(Verdict::Reject)), ("Clear all", None)];
    for (name, verdict) in verdicts {
        let help = "The rows listed here, in one step that one undo reverts. It counts as done in bulk, not as looks.";
        if ui.small_button(name).on_hover_text(help).clicked() {
            let rows = rows.iter().map(|row| row.sample).collect();
            actions.push(ReviewAction::JudgeRows(rows, RowsAction::Verdict(verdict)).into());
        }
    }
}

/// Links to rows of the chosen tile.
fn rows_of_chosen(ui: &mut Ui, list: &FoundList<'_>, actions: &mut Vec<UiAction>) {
    let Some(hit) = list.hits.get(list.focus).filter(|hit| hit.slot.is_none()) else { return };
    for row in hit.rows.unwrap_or_default().iter().take(3) {
        let name = format!("Go to {}", list.dataset.describe_position(row.sample));
        if ui.link(name).clicked() {
            actions.push(ReviewAction::Show(row.sample).into());
        }
    }
}

/// The rows with near queries.
fn queries(ui: &mut Ui, rows: Option<&[RowLine<'_>]>, dataset: &Dataset, actions: &mut Vec<UiAction>) {
    match rows {
        None => _ = ui.label(RichText::new("Comparing queries…").weak()),
        Some([]) => _ = ui.label(RichText::new("No other row has this query or a near one.").weak()),
        Some(rows) => {
            ui.label(RichText::new(format!("{} with this query or a near one", count(rows.len(), "row"))).strong());
            ui.horizontal_wrapped(|ui| judge_all(ui, rows, actions));
            let list = ScrollArea::vertical().id_salt("near queries").auto_shrink(false);
            list.show_rows(ui, ROW, rows.len(), |ui, shown| {
                rows.iter().take(shown.end).skip(shown.start).for_each(|row| line(ui, row, dataset, actions));
            });
        }
    }
}

/// A row: its verdict, its nearness, its query. A click goes to it.
fn line(ui: &mut Ui, row: &RowLine<'_>, dataset: &Dataset, actions: &mut Vec<UiAction>) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let place = dataset.describe_position(row.sample);
    let verdict = row_mark::words(row.status, false);
    let label = format!("{place}, {verdict}: {}", row.query);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    if response.clicked() {
        actions.push(ReviewAction::Show(row.sample).into());
    }
    if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(4), ui.visuals().widgets.hovered.weak_bg_fill);
    }
    let middle = rect.center().y;
    let (weak, strong) = (ui.visuals().weak_text_color(), ui.visuals().text_color());
    let painter = ui.painter();
    let at = |x: f32| pos2(rect.left() + x, middle);
    row_mark::paint(painter, at(4.0 + row_mark::WIDTH / 2.0), palette(ui.visuals()), row.status, false);
    let near = if row.nearness >= 1.0 { "same".to_owned() } else { format!("{:.0} %", 100.0 * row.nearness) };
    painter.text(at(24.0), egui::Align2::LEFT_CENTER, near, FontId::proportional(12.0), weak);
    let query = for_display(row.query, |_| true);
    let galley = painter.layout_job(one_line(&query, 13.0, strong, rect.width() - 72.0));
    painter.galley(pos2(rect.left() + 66.0, middle - galley.size().y / 2.0), galley, strong);
    let near = match row.nearness {
        nearness if nearness >= 1.0 => "It has the same query.".to_owned(),
        nearness => format!("{:.0} % near. {NEAR_QUERY}", 100.0 * nearness),
    };
    response.on_hover_text(format!("{place}, {verdict}\n{}\n\n{near}", row.query));
}

/// The groups of the whole set. Returns the pictures that were in view.
fn groups(
    ui: &mut Ui,
    groups: Option<&GroupsView<'_>>,
    dataset: &Dataset,
    actions: &mut Vec<UiAction>,
) -> Vec<TileRequest> {
    let mut thumbnails = Vec::new();
    let Some(groups) = groups else {
        ui.label(RichText::new("Comparing all queries…").weak());
        super::busy::busy(ui);
        return thumbnails;
    };
    let list = ScrollArea::vertical().id_salt("groups").auto_shrink(false);
    list.show(ui, |ui| {
        match &groups.tiles {
            None => _ = ui.label(RichText::new("Groups of tiles are known after the pixel scan.").weak()),
            Some(tiles) if tiles.is_empty() => _ = ui.label(RichText::new("No two tiles are copies.").weak()),
            Some(tiles) => {
                ui.label(RichText::new(format!("{} of tiles that are alike", count(tiles.len(), "group"))).strong());
                for (at, group) in tiles.iter().enumerate() {
                    tile_group(ui, at, group, actions, &mut thumbnails);
                }
            }
        }
        ui.separator();
        let text = match groups.queries.len() {
            0 => "No two queries are alike.".to_owned(),
            number => format!("{} of queries that are alike", count(number, "group")),
        };
        ui.label(RichText::new(text).strong());
        for (at, rows) in groups.queries.iter().enumerate() {
            let Some(first) = rows.first() else { continue };
            let title = format!("{}: {}", count(rows.len(), "row"), for_display(first.query, |_| true));
            let title: String = title.chars().take(80).collect();
            egui::CollapsingHeader::new(title).id_salt(("queries", at)).show(ui, |ui| {
                ui.horizontal_wrapped(|ui| judge_all(ui, rows, actions));
                rows.iter().for_each(|row| line(ui, row, dataset, actions));
            });
        }
    });
    thumbnails
}

/// A group of tiles by the picture of its first one. A click lists its tiles.
fn tile_group(
    ui: &mut Ui,
    at: usize,
    group: &TileGroupLine<'_>,
    actions: &mut Vec<UiAction>,
    thumbnails: &mut Vec<TileRequest>,
) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), GROUP), Sense::click());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let label = format!("Group {}: {}, {}", at + 1, count(group.tiles, "tile"), group.tile.short_name());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    if response.clicked() {
        actions.push(ViewAction::OpenTileGroup(at).into());
    }
    if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(4), ui.visuals().widgets.hovered.weak_bg_fill);
    }
    let inner = rect.shrink2(vec2(4.0, 4.0));
    thumbnail(ui, Rect::from_min_size(inner.min, vec2(THUMBNAIL, inner.height())), &group.state);
    let width = (THUMBNAIL * ui.ctx().pixels_per_point()).round() as u32;
    thumbnails.push(TileRequest::listed(group.tile, width));
    let text = Rect::from_min_max(pos2(inner.left() + THUMBNAIL + 8.0, inner.top()), inner.max);
    let strong = ui.visuals().strong_text_color();
    let galley = ui.painter().layout_job(one_line(&label, 13.0, strong, text.width()));
    ui.painter().galley(text.left_top(), galley, strong);
    response.on_hover_text(group.tile.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_take_the_room_that_the_rows_do_not_need() {
        let row = || RowLine { sample: SampleIndex::new(0), query: "", nearness: 1.0, status: SampleStatus::default() };
        let many: Vec<RowLine<'_>> = (0..40).map(|_| row()).collect();
        assert_eq!(room_of_tiles(200.0, Some(&[]), 300.0), 200.0, "no more than they need");
        assert_eq!(room_of_tiles(900.0, Some(&[]), 300.0), 268.0);
        assert_eq!(room_of_tiles(900.0, None, 300.0), 268.0);
        assert_eq!(room_of_tiles(900.0, Some(&many[..2]), 300.0), 188.0);
        assert_eq!(room_of_tiles(900.0, Some(&many), 300.0), 165.0, "the rows scroll, too");
    }
}

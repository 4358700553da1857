//! The search in the texts of all tiles: a field, the tiles that fit best with the part of the text
//! that fits, and the chosen one beside the row's positive.

use egui::text::{CCursor, CCursorRange};
use egui::{Context, Event, Id, Panel, RichText, TextEdit, Ui};
use tilejury_audit::text::count;
use tilejury_data::{Dataset, SampleIndex};

use super::found_tiles::{self, FoundList, HitView};
use super::placement::{TileLayout, TileZooms};
use super::similar::{self, SimilarView};
use super::tile::TileView;
use super::tiles::{self, PlacedTile};
use super::{ReviewAction, UiAction, ViewAction, field_keys};
use crate::command::{DatasetCommand, KeyScope, Keymap, ViewCommand, keymap};
use crate::icons;
use crate::theme::palette;
use crate::tile_request::TileRequest;

/// The widths of the list.
const LIST: std::ops::RangeInclusive<f32> = 260.0..=520.0;

/// The content of the view.
pub(crate) struct TileSearchView<'a> {
    pub(crate) dataset: &'a Dataset,
    /// The current row.
    pub(crate) row: SampleIndex,
    /// The number of tiles with a text; the reason if they cannot be searched; `None` before the
    /// first answer.
    pub(crate) searched: Option<Result<usize, &'a str>>,
    /// The best first.
    pub(crate) hits: Vec<HitView<'a>>,
    /// The position of the chosen one.
    pub(crate) focus: usize,
    /// Whether it has to be brought into view.
    pub(crate) scroll: bool,
    pub(crate) is_searching: bool,
    /// The tile that the others are like, and what is alike besides tiles; `None` in a search of
    /// texts.
    pub(crate) similar: Option<SimilarView<'a>>,
    /// The row's positive and the chosen tile, or only that.
    pub(crate) tiles: Vec<TileView<'a>>,
    pub(crate) layout: TileLayout,
    pub(crate) zooms: &'a TileZooms,
}

/// The state of the view's field.
#[derive(Default)]
pub(crate) struct TileSearchPanel {
    pub(crate) text: String,
}

/// The tiles that were drawn large, and the pictures of the list.
#[derive(Default)]
pub(crate) struct DrawnSearch {
    pub(crate) placed: Vec<PlacedTile>,
    pub(crate) thumbnails: Vec<TileRequest>,
}

/// The field for the words; it gets the focus at the moment it is asked for.
pub(crate) fn tile_search_field() -> Id {
    Id::unique("tile search field")
}

/// Gives the field the keyboard with all its words selected: what is typed replaces them.
pub(crate) fn focus_all(ctx: &Context, panel: &TileSearchPanel) {
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(panel.text.chars().count()));
    let mut state = TextEdit::load_state(ctx, tile_search_field()).unwrap_or_default();
    state.cursor.set_char_range(Some(all));
    state.store(ctx, tile_search_field());
    ctx.memory_mut(|memory| memory.request_focus(tile_search_field()));
}

pub(crate) fn show(
    ui: &mut Ui,
    view: &TileSearchView<'_>,
    panel: &mut TileSearchPanel,
    actions: &mut Vec<UiAction>,
) -> DrawnSearch {
    let most = (ui.available_width() * 0.45).clamp(LIST.start() + 1.0, *LIST.end());
    let list =
        Panel::left("found tiles").default_size((most * 0.9).max(*LIST.start())).size_range(*LIST.start()..=most);
    let thumbnails = list.show(ui, |ui| {
        let list = FoundList {
            dataset: view.dataset,
            row: view.row,
            hits: &view.hits,
            focus: view.focus,
            scroll: view.scroll,
            is_similar: view.similar.is_some(),
        };
        if let Some(similar) = &view.similar {
            let failure = view.searched.and_then(Result::err);
            return similar::show(ui, &list, similar, failure, view.is_searching, actions);
        }
        head(ui, view, panel, actions);
        ui.separator();
        found_tiles::show(ui, &list, actions)
    });
    let chosen = view.hits.get(view.focus).map_or(usize::MAX, |_| view.focus);
    let placed = tiles::show(ui, chosen, &view.tiles, view.layout, view.zooms, actions);
    DrawnSearch { placed, thumbnails: thumbnails.inner }
}

/// The field with the way back, and the number of tiles.
fn head(ui: &mut Ui, view: &TileSearchView<'_>, panel: &mut TileSearchPanel, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        let back = format!("{} Back  {}", icons::CARET_LEFT, keymap.first(ViewCommand::TileSearch));
        if ui.button(back).on_hover_text("Back to the row (Esc)").accessible_name("Back").clicked() {
            actions.push(ViewCommand::TileSearch.into());
        }
        found_tiles::add_button(ui, view.hits.get(view.focus), actions);
    });
    ui.horizontal(|ui| field(ui, panel, actions));
    ui.horizontal_wrapped(|ui| {
        match &view.searched {
            None => _ = ui.label(RichText::new("Searching…").weak()),
            Some(Err(reason)) => {
                let text = format!("{} {reason}", icons::WARNING);
                ui.label(RichText::new(text).color(palette(ui.visuals()).reject));
            }
            Some(Ok(searched)) => {
                let tiles = count(*searched, "tile");
                let text = match view.hits.len() {
                    0 => format!("None of the {tiles} with a text has any of these words."),
                    found => format!("The best {found} of the {tiles} with a text"),
                };
                ui.label(RichText::new(text).weak());
            }
        }
        if view.is_searching {
            super::busy::busy(ui);
        }
    });
}

fn field(ui: &mut Ui, panel: &mut TileSearchPanel, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    // The arrows walk through the tiles, also while words are typed.
    if ui.memory(|memory| memory.has_focus(tile_search_field())) {
        let steps = ui.input_mut(field_keys::take_arrows);
        if steps != 0 {
            actions.push(ViewAction::WalkFound(steps).into());
        }
        // The key that opened the search closes it from its field, too, unless it is a letter.
        let closes = ui.input(|input| {
            let writes = input.events.iter().any(|event| matches!(event, Event::Text(_)));
            !writes && input.events.iter().any(|event| is_key_of_search(&keymap, event))
        });
        if closes {
            actions.push(ViewCommand::TileSearch.into());
        }
    }
    let label = ui.label(icons::SEARCH);
    let hint = format!("words on a tile  {}", keymap.first(DatasetCommand::Search));
    let edit = TextEdit::singleline(&mut panel.text)
        .id(tile_search_field())
        .hint_text(hint)
        .desired_width((ui.available_width() - 8.0).max(60.0));
    let response = ui.add(edit).labelled_by(label.id).accessible_name("Search the text of tiles");
    if field_keys::cancelled(ui, &response) {
        actions.push(ViewCommand::TileSearch.into());
    } else if response.changed() {
        actions.push(ReviewAction::SearchTiles(panel.text.clone()).into());
    }
}

/// Whether an event is a press of the key that opens and closes the search.
fn is_key_of_search(keymap: &Keymap, event: &Event) -> bool {
    let Event::Key { key, pressed: true, repeat: false, modifiers, .. } = event else { return false };
    let entry = keymap.command(KeyScope::TileSearch, *key, *modifiers);
    entry.is_some_and(|entry| entry.command == ViewCommand::TileSearch.into())
}

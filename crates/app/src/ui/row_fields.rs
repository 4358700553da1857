//! Every other field of the current row: values to read, copy and search for, links to open, and
//! the values that the row gives for its tiles. Decides nothing.

use egui::{Button, CollapsingHeader, Grid, Label, OpenUrl, RichText, ScrollArea, Ui};
use serde_json::Value;
use tilejury_audit::search::quote;
use tilejury_data::{RowField, SampleIndex, TileSlot};

use super::{ReviewAction, UiAction, ViewAction};
use crate::bidi::for_display;
use crate::icons;
use crate::tile_values::TileValues;

/// The characters of a value that are shown before it is unfolded.
const BRIEF: usize = 240;
/// The most characters of an unfolded value that are shown; copying includes the rest.
const LONGEST: usize = 20_000;

/// The fields of a row, parsed once.
#[derive(Debug)]
pub(crate) struct RowFieldsPanel {
    /// The sample of the fields.
    pub(crate) of: SampleIndex,
    /// The fields, or the reason why the line cannot be read.
    pub(crate) fields: Result<Vec<RowField>, String>,
    pub(crate) tiles: Vec<TileValues>,
}

/// The content of the panel.
pub(crate) struct RowFieldsView<'a> {
    pub(crate) panel: &'a RowFieldsPanel,
    /// The row in words: `train line 5`.
    pub(crate) place: String,
    /// The line as it is stored.
    pub(crate) line: &'a [u8],
    pub(crate) focus: TileSlot,
    /// The current search, to which values are added.
    pub(crate) search: &'a str,
}

pub(crate) fn show(ui: &mut Ui, view: &RowFieldsView<'_>, actions: &mut Vec<UiAction>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(&view.place).weak());
        let copy = ui.button(format!("{} JSON", icons::COPY)).on_hover_text("Copy the whole row as it is stored");
        if copy.accessible_name("Copy the row as JSON").clicked() {
            ui.ctx().copy_text(String::from_utf8_lossy(view.line).into_owned());
        }
    });
    let fields = match &view.panel.fields {
        Ok(fields) => fields,
        Err(why) => {
            ui.label(format!("The row cannot be read: {why}"));
            return;
        }
    };
    if fields.is_empty() {
        ui.label(RichText::new("The row has no field besides its query and tiles.").weak());
        return;
    }
    ScrollArea::vertical().id_salt("row fields").auto_shrink(false).show(ui, |ui| {
        if !view.panel.tiles.is_empty() {
            tiles(ui, view, actions);
            ui.separator();
        }
        for field in fields {
            value(ui, &field.name, &field.value, Some(view.search), 0, actions);
        }
    });
}

/// The values of the tiles, a line for each tile; the focused one is strong.
fn tiles(ui: &mut Ui, view: &RowFieldsView<'_>, actions: &mut Vec<UiAction>) {
    let values = &view.panel.tiles;
    let number = values.iter().map(|field| field.values.len()).max().unwrap_or(0);
    ScrollArea::horizontal().id_salt("tile values").show(ui, |ui| {
        Grid::new("values of tiles").striped(true).spacing([10.0, 3.0]).show(ui, |ui| {
            ui.label(RichText::new("Tile").weak());
            for field in values {
                ui.label(RichText::new(&field.name).weak());
            }
            ui.end_row();
            for slot in TileSlot::first(number) {
                let strong = |text: String| {
                    let text = RichText::new(text);
                    if slot == view.focus { text.strong() } else { text }
                };
                let name = if slot.is_positive() { "Positive".to_owned() } else { format!("Negative {slot}") };
                if ui.link(strong(name)).on_hover_text("Focus this tile").clicked() {
                    actions.push(ViewAction::Focus(slot.into()).into());
                }
                for field in values {
                    let value = field.values.get(slot.index()).cloned().flatten();
                    ui.label(strong(value.unwrap_or_else(|| "–".to_owned())));
                }
                ui.end_row();
            }
        });
    });
}

/// One value with its name. `search` is the current search if the value can be searched for.
fn value(ui: &mut Ui, name: &str, value: &Value, search: Option<&str>, depth: usize, actions: &mut Vec<UiAction>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let title = format!("{name} ({})", tilejury_audit::text::count(map.len(), "field"));
            CollapsingHeader::new(title).id_salt((name, depth)).default_open(map.len() <= 8).show(ui, |ui| {
                for (inner, value) in map {
                    self::value(ui, inner, value, None, depth + 1, actions);
                }
            });
        }
        Value::Array(items) if items.iter().any(|item| item.is_array() || item.is_object()) => {
            let title = format!("{name} ({})", tilejury_audit::text::count(items.len(), "value"));
            CollapsingHeader::new(title).id_salt((name, depth)).default_open(items.len() <= 4).show(ui, |ui| {
                for (at, value) in items.iter().enumerate() {
                    self::value(ui, &(at + 1).to_string(), value, None, depth + 1, actions);
                }
            });
        }
        _ => plain(ui, name, value, search, depth, actions),
    }
}

/// A value without values in it, or a short list.
fn plain(ui: &mut Ui, name: &str, value: &Value, search: Option<&str>, depth: usize, actions: &mut Vec<UiAction>) {
    let text = plain_text(value);
    let term = search.filter(|_| is_searchable(name, value)).map(|search| (search, term(name, &text)));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.add(Label::new(RichText::new(name).weak().small()).truncate());
        let copy = ui.add(Button::new(RichText::new(icons::COPY).small()).frame(false));
        if copy.on_hover_text("Copy this value").accessible_name(format!("Copy {name}")).clicked() {
            ui.ctx().copy_text(text.clone());
        }
        if let Some((search, term)) = &term {
            let filter = ui.add(Button::new(RichText::new(icons::FILTER).small()).frame(false));
            let filter = filter.on_hover_text(format!("Add {term} to the search"));
            if filter.accessible_name(format!("Filter by {name}")).clicked() {
                actions.push(ReviewAction::UseFilter(with_term(search, term)).into());
            }
        }
    });
    let id = ui.scope_id().with(("unfolded", name, depth));
    let is_long = text.chars().nth(BRIEF).is_some();
    let unfolded = is_long && ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    let brief = super::brief(&text, if unfolded { LONGEST } else { BRIEF });
    let shown = for_display(&brief, |_| true).into_owned();
    if let Some(url) = web_address(&text) {
        let link = ui.add(egui::Link::new(shown)).on_hover_text(format!("Open {url} in the browser"));
        if link.accessible_name(format!("Open {url}")).clicked() {
            ui.ctx().open_url(OpenUrl::new_tab(url));
        }
    } else if let Some((search, term)) = term {
        // A text that can be clicked would be weaker than its name.
        let text = RichText::new(shown).color(ui.visuals().text_color());
        let label = Label::new(text).wrap().sense(egui::Sense::click());
        let label = ui.add(label).on_hover_text(format!("Click to add {term} to the search"));
        if label.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
            actions.push(ReviewAction::UseFilter(with_term(search, &term)).into());
        }
    } else {
        ui.add(Label::new(shown).wrap().selectable(true));
    }
    if is_long {
        let word = if unfolded { "Less" } else { "More" };
        if ui.small_button(word).accessible_name(format!("{word} of {name}")).clicked() {
            ui.data_mut(|data| data.insert_temp(id, !unfolded));
        }
    }
    ui.add_space(4.0);
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain_text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Whether the search can find a value: a single one that is not empty, in a field whose name a
/// filter can have.
fn is_searchable(name: &str, value: &Value) -> bool {
    let named = !name.is_empty() && name.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.'));
    let single = match value {
        Value::String(text) => !text.trim().is_empty() && text.chars().nth(BRIEF).is_none(),
        Value::Bool(_) | Value::Number(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };
    named && single
}

fn term(name: &str, text: &str) -> String {
    format!("{name}:{}", quote(text))
}

/// Adds a filter to a search, unless it is there.
fn with_term(search: &str, term: &str) -> String {
    let search = search.trim();
    match search {
        "" => term.to_owned(),
        _ if search.split_whitespace().any(|known| known == term) => search.to_owned(),
        _ => format!("{search} {term}"),
    }
}

/// The address of a page on the web. No other scheme is ever opened: a row may come from anyone.
fn web_address(text: &str) -> Option<&str> {
    let text = text.trim();
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    let is_plain = !text.chars().any(|sign| sign.is_whitespace() || sign.is_control());
    let has_host = text.split_once("://").is_some_and(|(_, rest)| !rest.is_empty());
    ((begins("http://") || begins("https://")) && is_plain && has_host).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_web_are_links() {
        for address in ["https://example.org/a?b=c", "HTTP://x"] {
            assert_eq!(web_address(address), Some(address));
        }
        for other in
            ["file:///etc/passwd", "javascript:alert(1)", "https://", "https://a b", "example.org", "x-http://a"]
        {
            assert_eq!(web_address(other), None, "{other}");
        }
    }

    #[test]
    fn a_value_becomes_a_filter_of_its_field() {
        assert_eq!(term("title", "What is HNSW"), r#"title:"What is HNSW""#);
        assert_eq!(with_term(" verdict:reject ", "a:1"), "verdict:reject a:1");
        assert_eq!(with_term("a:1", "a:1"), "a:1");
        assert!(is_searchable("source", &Value::from("x")) && !is_searchable("so urce", &Value::from("x")));
        assert!(!is_searchable("list", &Value::from(vec![1, 2])));
    }
}

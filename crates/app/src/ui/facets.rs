//! The facets below the search: for each filter with few values, a line per value with its count in
//! the list. A click switches the value in the search text.

use egui::{CollapsingHeader, Id, RichText, ScrollArea, Ui};
use tilejury_audit::facets::{Facet, FacetValue};
use tilejury_audit::suspicion::Signal;
use tilejury_audit::text::grouped;

use super::count_bar::{self, CountBar};
use super::{ReviewAction, UiAction};
use crate::theme::palette;

/// The largest share of the panel's height that the facets take.
const MOST_HEIGHT: f32 = 0.55;
/// The number of values of a facet that are shown before the others are asked for.
const SHOWN: usize = 8;

/// The state that the facets show.
pub(crate) struct FacetsView<'a> {
    /// The facets; `None` until they are counted.
    pub(crate) facets: Option<&'a [Facet]>,
    /// The number of listed rows.
    pub(crate) listed: usize,
}

/// Draws the facets above the list; `search` is the text of the search field.
pub(crate) fn show(ui: &mut Ui, view: &FacetsView<'_>, search: &str, actions: &mut Vec<UiAction>) {
    let Some(facets) = view.facets else {
        ui.horizontal(|ui| {
            super::busy::busy(ui);
            ui.label("Counting the values of the rows…");
        });
        return;
    };
    let height = ui.available_height() * MOST_HEIGHT;
    ScrollArea::vertical().id_salt("facets").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for facet in facets {
            let title = RichText::new(&facet.title).strong();
            // A facet of many values would push the others out of view.
            CollapsingHeader::new(title)
                .id_salt(("facet", &facet.name))
                .default_open(facet.others == 0)
                .show_unindented(ui, |ui| {
                    values(ui, facet, view.listed, search, actions);
                });
        }
    });
    ui.separator();
}

fn values(ui: &mut Ui, facet: &Facet, listed: usize, search: &str, actions: &mut Vec<UiAction>) {
    let all = Id::unique("all values of a facet").with(&facet.name);
    let shows_all = ui.data(|data| data.get_temp::<bool>(all).unwrap_or(false));
    let is_shown = |(at, value): &(usize, &FacetValue)| shows_all || *at < SHOWN || value.term.is_in(search);
    for (_, value) in facet.values.iter().enumerate().filter(is_shown) {
        line(ui, facet, value, listed, search, actions);
    }
    let hidden = facet.values.len().saturating_sub(SHOWN);
    if hidden > 0 {
        let text = if shows_all { "Fewer".to_owned() } else { format!("{hidden} more") };
        if ui.small_button(text).clicked() {
            ui.data_mut(|data| data.insert_temp(all, !shows_all));
        }
    }
    if facet.others > 0 {
        let text = format!("{} more values: type {}:", grouped(facet.others), facet.name);
        ui.label(RichText::new(text).weak().small());
    }
}

fn line(ui: &mut Ui, facet: &Facet, value: &FacetValue, listed: usize, search: &str, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    let (label_width, number_width) = widths(ui.available_width());
    let rows = grouped(value.rows);
    let bar = CountBar {
        label: &value.label,
        parts: &[(value.judged, colours.accept), (value.rows - value.judged, colours.quiet)],
        full: listed,
        number: &rows,
        selected: value.term.is_in(search),
        clickable: true,
        height: count_bar::LINE,
        label_width,
        number_width,
    };
    let name =
        format!("{} {}: {}, {} judged", facet.title, value.label, count_bar::rows(value.rows), grouped(value.judged));
    let response = count_bar::show(ui, &bar, &name);
    if response.clicked() {
        let adds = ui.input(|input| input.modifiers.shift);
        actions.push(ReviewAction::UseFilter(value.term.toggled_in(search, adds)).into());
    }
    response.on_hover_ui(|ui| {
        ui.label(name);
        if let Some(signal) = Signal::ALL.iter().find(|signal| facet.name == "signal" && signal.label() == value.label)
        {
            ui.label(signal.meaning());
        }
        ui.label(RichText::new(value.term.search()).monospace());
        ui.label(RichText::new("Click: only these. Shift+click: these as well. Again: not these.").weak());
    });
}

/// The widths of the label and of the number in a panel of some width.
fn widths(room: f32) -> (f32, f32) {
    ((room * 0.46).min(180.0), 52.0)
}

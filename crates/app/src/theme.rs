//! One visual language: a few colours with a meaning and one scale of sizes, in dark, light and
//! high contrast.
//!
//! No meaning depends on colour alone: each of these colours is used together with a sign and a
//! word.

use egui::{Color32, Context, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Visuals};
use tilejury_audit::{Relevance, Verdict};
use tilejury_vision::DifferenceColours;

use crate::{fonts, icons};

/// The smallest gap, in points.
pub(crate) const GAP: f32 = 8.0;

/// The colours with a meaning. Text in each of them has a contrast of 4.5:1 or better on the panels
/// of its theme.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    pub(crate) positive: Color32,
    pub(crate) negative: Color32,
    pub(crate) false_negative: Color32,
    pub(crate) unsure: Color32,
    pub(crate) broken: Color32,
    pub(crate) accept: Color32,
    pub(crate) reject: Color32,
    pub(crate) focus: Color32,
    /// Frames and signs without a meaning of their own. Contrast: 3:1 or better on the panels.
    pub(crate) quiet: Color32,
    /// The background of pictures and of highlighted rows.
    pub(crate) well: Color32,
}

const DARK: Palette = Palette {
    positive: Color32::from_rgb(78, 201, 148),
    negative: Color32::from_rgb(143, 160, 184),
    false_negative: Color32::from_rgb(240, 128, 200),
    unsure: Color32::from_rgb(232, 184, 76),
    broken: Color32::from_rgb(240, 120, 96),
    accept: Color32::from_rgb(78, 201, 148),
    reject: Color32::from_rgb(250, 136, 136),
    focus: Color32::from_rgb(110, 176, 255),
    quiet: Color32::from_rgb(116, 124, 138),
    well: Color32::from_rgb(24, 26, 31),
};

const LIGHT: Palette = Palette {
    positive: Color32::from_rgb(0, 106, 66),
    negative: Color32::from_rgb(75, 90, 112),
    false_negative: Color32::from_rgb(163, 21, 115),
    unsure: Color32::from_rgb(128, 82, 0),
    broken: Color32::from_rgb(168, 50, 20),
    accept: Color32::from_rgb(0, 106, 66),
    reject: Color32::from_rgb(180, 30, 40),
    focus: Color32::from_rgb(20, 96, 200),
    quiet: Color32::from_rgb(122, 130, 142),
    well: Color32::from_rgb(222, 226, 232),
};

/// Text in each of these colours has a contrast of 7:1 or better.
const CONTRAST: Palette = Palette {
    positive: Color32::from_rgb(90, 255, 170),
    negative: Color32::from_rgb(205, 215, 232),
    false_negative: Color32::from_rgb(255, 165, 225),
    unsure: Color32::from_rgb(255, 214, 64),
    broken: Color32::from_rgb(255, 165, 135),
    accept: Color32::from_rgb(90, 255, 170),
    reject: Color32::from_rgb(255, 158, 158),
    focus: Color32::from_rgb(110, 215, 255),
    quiet: Color32::from_rgb(190, 196, 206),
    well: Color32::from_rgb(0, 0, 0),
};

/// The fill of the panels in high contrast, which no other theme has.
const BLACK: Color32 = Color32::BLACK;

/// The palette of the current theme.
pub(crate) fn palette(visuals: &Visuals) -> &'static Palette {
    match (visuals.dark_mode, visuals.panel_fill == BLACK) {
        (true, true) => &CONTRAST,
        (true, false) => &DARK,
        (false, _) => &LIGHT,
    }
}

/// The palette on a selected line: there, quiet signs have the colour of its text.
pub(crate) fn palette_on_selection(visuals: &Visuals) -> Palette {
    Palette { quiet: visuals.selection.stroke.color, ..*palette(visuals) }
}

/// Uses a theme. High contrast takes the place of the dark theme.
pub(crate) fn choose(ctx: &Context, theme: crate::settings::Theme) {
    use crate::settings::Theme as Chosen;
    let preference = match theme {
        Chosen::Dark | Chosen::HighContrast => egui::ThemePreference::Dark,
        Chosen::Light => egui::ThemePreference::Light,
        Chosen::System => egui::ThemePreference::System,
    };
    ctx.set_visuals_of(Theme::Dark, if theme == Chosen::HighContrast { high_contrast() } else { dark() });
    ctx.set_theme(preference);
}

/// The sign, word and colour of a tile's role and relevance, as shown on the tile.
pub(crate) fn tile_badge(
    palette: &Palette,
    positive: bool,
    relevance: Option<Relevance>,
) -> Option<(&'static str, &'static str, Color32)> {
    Some(match (positive, relevance?) {
        (true, Relevance::Relevant) => (icons::POSITIVE_FILL, "Relevant", palette.positive),
        (true, Relevance::NotRelevant) => (icons::WRONG_POSITIVE_FILL, "Wrong positive", palette.reject),
        (false, Relevance::Relevant) => (icons::FALSE_NEGATIVE_FILL, "False negative", palette.false_negative),
        (false, Relevance::NotRelevant) => (icons::NEGATIVE_FILL, "Not relevant", palette.negative),
        (_, Relevance::Unsure) => (icons::LEFT_UNSURE, "Unsure", palette.unsure),
        (_, Relevance::Broken) => (icons::BROKEN_FILL, "Broken", palette.broken),
    })
}

/// The sign, word and colour of a mark on a tile whose role is hidden.
pub(crate) fn badge_without_role(
    palette: &Palette,
    relevance: Option<Relevance>,
) -> Option<(&'static str, &'static str, Color32)> {
    tile_badge(palette, relevance == Some(Relevance::Relevant), relevance)
}

/// The sign and colour of a verdict.
pub(crate) fn verdict_badge(palette: &Palette, verdict: Verdict) -> (&'static str, Color32) {
    match verdict {
        Verdict::Accept => (icons::ACCEPT, palette.accept),
        Verdict::Reject => (icons::REJECT, palette.reject),
        Verdict::Unsure => (icons::UNSURE, palette.unsure),
    }
}

/// The mark of a sample in a list: filled if it has a verdict.
pub(crate) fn verdict_mark(palette: &Palette, verdict: Option<Verdict>) -> (&'static str, Color32) {
    match verdict {
        Some(Verdict::Accept) => (icons::ACCEPTED, palette.accept),
        Some(Verdict::Reject) => (icons::REJECTED, palette.reject),
        Some(Verdict::Unsure) => (icons::LEFT_UNSURE, palette.unsure),
        None => (icons::UNJUDGED, palette.quiet),
    }
}

/// The mark of a sample in a list where verdicts would tell roles: whether it has one.
pub(crate) fn answered_mark(palette: &Palette, is_answered: bool) -> (&'static str, Color32) {
    if is_answered { (icons::ACCEPTED, palette.focus) } else { verdict_mark(palette, None) }
}

/// The opacity of the ground below the name of a signal, which has the colour of the name.
pub(crate) const PILL_OPACITY: f32 = 0.14;

/// The colours of a difference picture. Tiles are white pages, whatever the theme.
pub(crate) const DIFFERENCE: DifferenceColours = DifferenceColours::LIGHT;
/// The meaning of [`DIFFERENCE`], in words.
pub(crate) const DIFFERENCE_COLOURS: &str = ". Blue: more ink on the positive; orange: on the negative.";

/// The colours of the places that are marked on a tile: from the palette of Okabe and Ito (“Color
/// Universal Design”, 2008), which people with any colour vision can tell apart. Each kind also has
/// its own shape. Like tiles, they do not change with the theme.
pub(crate) struct HighlightColours {
    /// Solid boxes.
    pub(crate) answer: Color32,
    /// Dashed boxes.
    pub(crate) model_answer: Color32,
    /// Underlines, and a bar beside the passage.
    pub(crate) query: Color32,
    /// The background of selected words.
    pub(crate) selection: Color32,
}

/// See [`HighlightColours`].
pub(crate) const HIGHLIGHTS: HighlightColours = HighlightColours {
    answer: Color32::from_rgb(0, 114, 178),
    model_answer: Color32::from_rgb(204, 80, 140),
    query: Color32::from_rgb(222, 143, 5),
    selection: Color32::from_rgb(86, 180, 233),
};

/// Sets the sizes and colours of both themes.
pub(crate) fn install(ctx: &Context) {
    fonts::install(ctx);
    ctx.set_visuals_of(Theme::Dark, dark());
    ctx.set_visuals_of(Theme::Light, light());
    ctx.all_styles_mut(|style| {
        for (name, size) in
            [(TextStyle::Small, 12.0), (TextStyle::Body, 14.0), (TextStyle::Button, 14.0), (TextStyle::Heading, 20.0)]
        {
            style.text_styles.insert(name, FontId::new(size, FontFamily::Proportional));
        }
        style.text_styles.insert(TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace));
        style.spacing.item_spacing = egui::vec2(GAP, 6.0);
        style.spacing.button_padding = egui::vec2(10.0, 4.0);
        style.spacing.interact_size.y = 26.0;
        style.spacing.menu_margin = Margin::same(6);
        // A bar that is always visible shows that there is more, and how much.
        style.spacing.scroll = egui::style::ScrollStyle {
            handle_min_length: 32.0,
            foreground_color: true,
            ..egui::style::ScrollStyle::solid()
        };
    });
}

/// Draws a ring around the focused widget, the same for every kind.
pub(crate) fn ring_of_focus(ctx: &Context) {
    let Some(focused) = ctx.memory(egui::Memory::focused) else { return };
    let Some(response) = ctx.read_response(focused) else { return };
    if response.interact_rect.is_positive() {
        let ring = Stroke::new(2.0, palette(&ctx.global_style().visuals).focus);
        let painter = ctx.layer_painter(response.layer_id);
        painter.rect_stroke(response.interact_rect.expand(1.0), CornerRadius::same(6), ring, egui::StrokeKind::Outside);
    }
}

fn dark() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.panel_fill = Color32::from_rgb(33, 36, 42);
    visuals.window_fill = Color32::from_rgb(38, 41, 48);
    visuals.extreme_bg_color = DARK.well;
    visuals.faint_bg_color = Color32::from_rgb(38, 41, 48);
    visuals.override_text_color = Some(Color32::from_rgb(226, 229, 235));
    visuals.weak_text_color = Some(Color32::from_rgb(172, 180, 192));
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, Color32::from_rgb(56, 60, 69));
    visuals.widgets.inactive.weak_bg_fill = Color32::from_rgb(49, 53, 61);
    visuals.widgets.hovered.weak_bg_fill = Color32::from_rgb(57, 62, 72);
    visuals.hyperlink_color = DARK.focus;
    visuals.selection.bg_fill = Color32::from_rgb(34, 66, 110);
    visuals.selection.stroke = Stroke::new(1.0, Color32::from_rgb(200, 222, 255));
    edged(&mut visuals, DARK.quiet, Color32::from_rgb(132, 140, 152));
    rounded(visuals)
}

/// White on black, with edges around everything that can be used.
fn high_contrast() -> Visuals {
    let mut visuals = Visuals::dark();
    let (white, edge) = (Color32::WHITE, Color32::from_rgb(190, 196, 206));
    visuals.panel_fill = BLACK;
    visuals.window_fill = Color32::from_rgb(10, 10, 12);
    visuals.extreme_bg_color = CONTRAST.well;
    visuals.faint_bg_color = Color32::from_rgb(26, 27, 31);
    visuals.text_edit_bg_color = Some(Color32::from_rgb(10, 10, 12));
    visuals.override_text_color = Some(white);
    visuals.weak_text_color = Some(Color32::from_rgb(212, 216, 224));
    visuals.window_stroke = Stroke::new(2.0, edge);
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, edge);
    for (state, fill) in [
        (&mut widgets.inactive, Color32::from_rgb(30, 32, 38)),
        (&mut widgets.hovered, Color32::from_rgb(62, 66, 76)),
        (&mut widgets.active, Color32::from_rgb(84, 88, 100)),
        (&mut widgets.open, Color32::from_rgb(30, 32, 38)),
    ] {
        state.weak_bg_fill = fill;
        state.bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, edge);
        state.fg_stroke = Stroke::new(1.5, white);
    }
    visuals.hyperlink_color = CONTRAST.focus;
    visuals.selection.bg_fill = Color32::from_rgb(0, 62, 120);
    visuals.selection.stroke = Stroke::new(2.0, white);
    visuals.disabled_alpha = 0.75;
    rounded(visuals)
}

fn light() -> Visuals {
    let mut visuals = Visuals::light();
    visuals.panel_fill = Color32::from_rgb(245, 246, 248);
    visuals.window_fill = Color32::from_rgb(252, 252, 253);
    visuals.extreme_bg_color = Color32::WHITE;
    // White on nearly white would hide the edges of a text field.
    visuals.text_edit_bg_color = Some(Color32::from_rgb(226, 230, 236));
    visuals.faint_bg_color = Color32::from_rgb(236, 238, 242);
    visuals.override_text_color = Some(Color32::from_rgb(28, 32, 38));
    visuals.weak_text_color = Some(Color32::from_rgb(80, 88, 100));
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, Color32::from_rgb(208, 213, 220));
    visuals.widgets.inactive.weak_bg_fill = Color32::from_rgb(226, 229, 235);
    visuals.hyperlink_color = LIGHT.focus;
    visuals.selection.bg_fill = Color32::from_rgb(186, 214, 250);
    visuals.selection.stroke = Stroke::new(1.0, Color32::from_rgb(12, 60, 130));
    edged(&mut visuals, LIGHT.quiet, Color32::from_rgb(110, 118, 130));
    rounded(visuals)
}

/// Gives check boxes and radio buttons the colours of a selection: for those that are ticked.
pub(crate) fn tick(visuals: &mut Visuals) {
    let selection = visuals.selection;
    let edge = palette(visuals).focus;
    let widgets = &mut visuals.widgets;
    for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active, &mut widgets.open] {
        state.bg_fill = selection.bg_fill;
        state.bg_stroke.color = edge;
        state.fg_stroke = Stroke::new(2.0, selection.stroke.color);
    }
}

/// Gives fields, boxes and buttons an edge that can be seen, and their signs and the bars that
/// scroll a colour.
fn edged(visuals: &mut Visuals, edge: Color32, sign: Color32) {
    let widgets = &mut visuals.widgets;
    for state in [&mut widgets.inactive, &mut widgets.open] {
        state.bg_stroke = Stroke::new(1.0, edge);
    }
    widgets.inactive.fg_stroke.color = sign;
}

fn rounded(mut visuals: Visuals) -> Visuals {
    let radius = CornerRadius::same(5);
    let widgets = &mut visuals.widgets;
    for state in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        state.corner_radius = radius;
    }
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(a: Color32, b: Color32) -> f32 {
        tilejury_testkit::contrast::ratio([a, b].map(|colour| [colour.r(), colour.g(), colour.b()]))
    }

    /// The colour that a half-transparent one has on a ground.
    fn over(colour: Color32, opacity: f32, ground: Color32) -> Color32 {
        ground.blend(colour.gamma_multiply(opacity))
    }

    #[track_caller]
    fn assert_contrast(what: &str, colour: Color32, ground: Color32, least: f32) {
        let ratio = contrast(colour, ground);
        assert!(ratio >= least, "{what}: {colour:?} on {ground:?}: {ratio:.2}");
    }

    /// The contrasts of every meaning and of plain and weak text on every background.
    fn check(visuals: &Visuals, least: f32) {
        let palette = *palette(visuals);
        let meanings = [
            palette.positive,
            palette.negative,
            palette.false_negative,
            palette.unsure,
            palette.broken,
            palette.accept,
            palette.reject,
            palette.focus,
            visuals.override_text_color.unwrap(),
            visuals.weak_text_color.unwrap(),
        ];
        for colour in meanings {
            for ground in [visuals.panel_fill, visuals.window_fill, visuals.faint_bg_color] {
                let ratio = contrast(colour, ground);
                assert!(ratio >= least, "{colour:?} on {ground:?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn every_meaning_is_readable_in_all_themes() {
        for visuals in [dark(), light()] {
            check(&visuals, 4.5);
        }
        let visuals = high_contrast();
        check(&visuals, 7.0);
        // There, buttons and selected lines are as readable, and edges can be seen.
        let white = visuals.override_text_color.unwrap();
        let widgets = &visuals.widgets;
        for ground in [&widgets.inactive, &widgets.hovered, &widgets.open].map(|state| state.weak_bg_fill) {
            assert!(contrast(white, ground) >= 7.0, "{ground:?}");
        }
        assert!(contrast(visuals.selection.stroke.color, visuals.selection.bg_fill) >= 7.0);
        assert!(contrast(widgets.inactive.bg_stroke.color, visuals.panel_fill) >= 3.0);
        assert!(contrast(CONTRAST.quiet, visuals.panel_fill) >= 3.0);
    }

    #[test]
    fn words_of_controls_and_selected_lines_are_readable() {
        for (visuals, least) in [(dark(), 4.5), (light(), 4.5), (high_contrast(), 7.0)] {
            let colours = *palette(&visuals);
            let (text, weak) = (visuals.override_text_color.unwrap(), visuals.weak_text_color());
            let widgets = &visuals.widgets;
            let buttons = [&widgets.inactive, &widgets.hovered].map(|state| state.weak_bg_fill);
            for ground in buttons.into_iter().chain([visuals.selection.bg_fill, visuals.text_edit_bg_color()]) {
                assert_contrast("text", text, ground, least);
                assert_contrast("weak text", weak, ground, least);
            }
            // The verdicts are written on buttons in their colours, which the pointer lights up.
            for verdict in [colours.accept, colours.reject, colours.unsure] {
                assert_contrast("a verdict", verdict, buttons[0], least);
                assert_contrast("a verdict under the pointer", verdict, buttons[1], 4.5);
            }
            let pill = over(colours.unsure, PILL_OPACITY, visuals.faint_bg_color);
            assert_contrast("the name of a signal", colours.unsure, pill, least);
            assert_contrast("a selected line", visuals.selection.stroke.color, visuals.selection.bg_fill, least);
        }
    }

    #[test]
    fn edges_of_controls_and_quiet_signs_can_be_seen() {
        for visuals in [dark(), light(), high_contrast()] {
            let colours = *palette(&visuals);
            let widgets = &visuals.widgets;
            for ground in [visuals.panel_fill, visuals.window_fill, visuals.faint_bg_color] {
                for state in [&widgets.inactive, &widgets.hovered, &widgets.active, &widgets.open] {
                    assert_contrast("an edge", state.bg_stroke.color, ground, 3.0);
                }
                assert_contrast("a quiet sign", colours.quiet, ground, 3.0);
            }
            let mut ticked = visuals.clone();
            tick(&mut ticked);
            for state in [&ticked.widgets.inactive, &ticked.widgets.hovered, &ticked.widgets.active] {
                assert_contrast("a tick", state.fg_stroke.color, state.bg_fill, 4.5);
                assert_contrast("the edge of a ticked box", state.bg_stroke.color, visuals.window_fill, 3.0);
            }
            assert_contrast("a scroll bar", widgets.inactive.fg_stroke.color, visuals.extreme_bg_color, 3.0);
            let selection = visuals.selection.bg_fill;
            let on_selection = palette_on_selection(&visuals);
            for sign in [on_selection.quiet, colours.accept, colours.reject, colours.unsure, colours.false_negative] {
                assert_contrast("a sign of a selected line", sign, selection, 3.0);
            }
        }
    }

    #[test]
    fn each_state_has_a_sign_of_its_own() {
        let verdicts = [None, Some(Verdict::Accept), Some(Verdict::Reject), Some(Verdict::Unsure)];
        let marks = verdicts.map(|verdict| verdict_mark(&DARK, verdict).0);
        let relevances = [Relevance::Relevant, Relevance::NotRelevant, Relevance::Unsure, Relevance::Broken];
        for positive in [true, false] {
            let badges = relevances.map(|relevance| tile_badge(&DARK, positive, Some(relevance)).unwrap().0);
            for signs in [&badges, &marks] {
                for (at, sign) in signs.iter().enumerate() {
                    assert!(!signs[at + 1..].contains(sign), "{signs:?}");
                }
            }
        }
    }
}

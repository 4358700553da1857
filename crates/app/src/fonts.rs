//! The built-in fonts: text in all common scripts, and the icons, even on a machine without any
//! fonts.
//!
//! Decides which font is used for a character, and in which order. Knows nothing of sizes and
//! colours (`theme`), nor of the order of words in right-to-left scripts (`bidi`).
//! `assets/fonts/README.md` lists the sources of the files.

use std::sync::Arc;

use egui::{Context, FontData, FontDefinitions, FontFamily, FontTweak};

/// The names of the fonts, in order of preference.
const ICONS: &str = "icons";
const SCRIPTS: &str = "DejaVu Sans";
const CJK: &str = "WenQuanYi Micro Hei";
const EMOJI: &str = "Noto Emoji, newer";

/// The first of the toolkit's emoji fonts.
const FIRST_EMOJI: &str = "egui-icons";

/// Icons are drawn for multiples of 16 pixels: with this scale, text of 14 points gets icons of 16
/// with sharp strokes, and the middle of an icon is at half the height of a capital.
const ICON_SCALE: f32 = 16.0 / 14.0;

/// Adds the built-in fonts to the default ones, for proportional text and for monospace.
///
/// Icons and scripts are fallbacks of both families, so that either can be used inside any label.
/// The fonts of the system are used through eframe's own provider, which stays in place: it comes
/// last, for characters missing here.
pub(crate) fn install(ctx: &Context) {
    ctx.set_fonts(definitions());
}

fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        let chain = fonts.families.entry(family).or_default();
        // The default emoji fonts contain full-width signs, a kanji, and bold circles and boxes
        // that would be conspicuous in a sentence, so they come after the scripts.
        let emoji = chain.iter().position(|name| name == FIRST_EMOJI).unwrap_or(chain.len());
        chain.splice(emoji..emoji, [ICONS, SCRIPTS, CJK].map(str::to_owned));
        // Only the emoji that the toolkit's fonts do not have.
        chain.push(EMOJI.to_owned());
    }
    let icons = FontData::from_static(include_bytes!("../../../assets/fonts/phosphor-icons.ttf"));
    let scripts = FontData::from_static(include_bytes!("../../../assets/fonts/DejaVuSans.ttf"));
    let cjk = FontData::from_static(include_bytes!("../../../assets/fonts/wqy-microhei-cjk.ttf"));
    let emoji = FontData::from_static(include_bytes!("../../../assets/fonts/noto-emoji.ttf"));
    let all = [(ICONS, icons.tweak(icon_tweak())), (SCRIPTS, scripts), (CJK, cjk), (EMOJI, emoji)];
    for (name, data) in all {
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
    }
    fonts
}

/// Returns the names of the built-in fonts, in order of preference.
pub(crate) fn names() -> Vec<String> {
    definitions().families.remove(&FontFamily::Proportional).unwrap_or_default()
}

/// Their strokes are already on the pixel grid: guessed hints and quarter-pixel positions would
/// only blur them.
fn icon_tweak() -> FontTweak {
    FontTweak { scale: ICON_SCALE, hinting: Some(false), subpixel_binning: Some(false), ..FontTweak::default() }
}

#[cfg(test)]
mod tests {
    use egui::FontId;

    use super::*;
    use crate::bidi;

    /// Emoji of all versions of Unicode up to 16, with skin tones, joined families and flags.
    const EMOJI_OF_TODAY: &str = "\
        😀😃😂🤣😊😍🥰😘🤔🤨😐🙄😏😴🤢🥵🥶🤯🥳😎🤓🧐😱😡🤬💀🤡👻👽🤖🙈🙏👍👎👏🙌🤝💪🦾🧠👀❤🧡💛💚💙💜🖤🤍🤎💔💯🔥✨⭐🌟\
        🎉🎊🎁🏆🥇⚽🏀🎯🎮🧩🚀✈🚗🚲🏠🏢🏥🏦🏫🏭🗺🧭⌚📱💻⌨🖥🖨💾📷🎥📺🔋🔌💡🔍🔒🔑🔨🛠⚙🧪🧬🔬🔭💊💉🩺🩹🧫🧲🪜🧰🪛\
        📚📖📝✏📌📎📅📈📉📊💰💳✅❌❗❓⚠🚫♻🌍🌙☀⛅🌧⛈🌩❄🌈🌊🌱🌲🌵🍎🍕🍔🍣🥑🥦🍷☕🐶🐱🦊🐻🐼🦁🐸🐝🦋🐙🦄🦖🐍\
        🫠🫡🫢🫣🫥🫶🫱🫲🪄🪙🪐🫀🫁🦴🩸🪨🪵🪶🫎🫏🩷🩵🩶🫩🫆🪾🪏👋🏽👩🏿‍💻👨‍👩‍👧‍👦🏳️‍🌈🇩🇪🇯🇵1️⃣#️⃣";

    const SENTENCES: [&str; 14] = [
        "Příliš žluťoučký kůň úpěl ďábelské ódy, Où est l’œuvre? Größe, Århus, İstanbul, Łódź, ŝipo, Việt Nam",
        "Съешь же ещё этих мягких французских булок, да выпей чаю. Її ґанок, Ђорђе",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, Ἑλλάς",
        "上海的天气怎么样？请把“发票”截图发给我，谢谢！《说明书》第３页：￥１２０",
        "請問臺灣的發票在哪裡？「說明書」第三頁、繁體字、龜鬱",
        "佢哋喺度嘅，唔該，冇咗啲嘢",
        "請求書はどこですか？「カタカナ」と々仝〆ヶ髙橋・ー〜〒①㈱㌔、ｶﾀｶﾅ",
        "세금 계산서는 어디에 있습니까? 똠방각하 펲시콜라 뷁, ㄱㄴㄷ ㅏㅑ",
        "ما هي عاصمة فرنسا؟ سأل الطالب: «كم الثمن؟» ١٢٣٫٤٥، پچژگ",
        "اَلْعَرَبِيَّةُ لغةٌ، ﻻ ﻼ",
        "מהי בירת צרפת? (פריז) – שנת 1889, ״ש״ ’ 5 ₪",
        "שָׁלוֹם עֲלֵיכֶם",
        "→ ← ↑ ↓ ↔ ↵ ⏎ ⇥ ⇧ ⌘ ⌥ ⌃ ⌫ ⬆ ⬇ ⬅ ➡ ▶ ◀ ▲ ▼ ● ○ ◌ ■ □ ☐ ☑ ☒ ★ ☆ ✔ ✖ ✓ ✗ ⚠ ⛔ ⏸ ⏵ ‖",
        "− ± × ÷ · • … ‥ – — ‑ “ ” ‘ ’ „ ‹ › « » ≤ ≥ ≠ ≈ ∞ √ ∑ ∆ ∩ ∪ ∈ ° § ¶ † ‡ ‰ № © ® ™ € £ ¥ ₩ ¹ ² ³ ⁸ ½ ¼ α κ λ δ",
    ];

    /// Runs `check` inside a pass with only the fonts of this module.
    fn with_fonts(check: impl FnOnce(&Context)) {
        let ctx = Context::default();
        install(&ctx);
        let mut check = Some(check);
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            if let Some(check) = check.take() {
                check(ui.ctx());
            }
        });
        output.drop_without_applying_deltas();
    }

    fn both() -> [FontId; 2] {
        [FontId::proportional(14.0), FontId::monospace(13.0)]
    }

    /// Every constant of `icons`, name and text, as in the source: a new one is tested without
    /// being listed.
    fn icons() -> Vec<(&'static str, String)> {
        let line = |line: &'static str| {
            let (name, code) = line.strip_prefix("pub(crate) const ")?.split_once(": &str = \"\\u{")?;
            let code = u32::from_str_radix(code.strip_suffix("}\";")?, 16).unwrap();
            Some((name, char::from_u32(code).unwrap().to_string()))
        };
        let all: Vec<_> = include_str!("icons.rs").lines().filter_map(line).collect();
        assert_eq!(
            all.len(),
            include_str!("icons.rs").matches("\npub(crate) const ").count(),
            "a constant in a new form"
        );
        all
    }

    #[test]
    fn every_script_and_sign_has_glyphs() {
        with_fonts(|ctx| {
            for text in SENTENCES {
                for text in [text, &bidi::for_display(text, |_| true)] {
                    for font in both() {
                        let missing: String =
                            ctx.fonts_mut(|fonts| text.chars().filter(|c| !fonts.has_glyph(&font, *c)).collect());
                        assert!(missing.is_empty(), "{:?} lacks {missing:?} of {text}", font.family);
                    }
                }
            }
        });
    }

    #[test]
    fn no_emoji_of_a_query_is_a_box() {
        with_fonts(|ctx| {
            for font in both() {
                // Joiners, selectors and the keycap's frame only change their neighbours.
                let draws = |c: &char| !matches!(c, '\u{200D}' | '\u{FE0F}' | '\u{20E3}');
                let missing: String = ctx.fonts_mut(|fonts| {
                    EMOJI_OF_TODAY.chars().filter(draws).filter(|c| !fonts.has_glyph(&font, *c)).collect()
                });
                assert!(missing.is_empty(), "{:?} lacks {missing}", font.family);
            }
        });
    }

    #[test]
    fn whole_national_character_sets_are_there() {
        let blocks =
            [('\u{4E00}', '\u{9FA5}'), ('가', '힣'), ('ぁ', 'ゔ'), ('ァ', 'ヶ'), ('！', '～'), ('א', 'ת'), ('ء', 'غ')];
        with_fonts(|ctx| {
            for (first, last) in blocks {
                let missing: String = ctx.fonts_mut(|fonts| {
                    (first..=last).filter(|c| !fonts.has_glyph(&FontId::proportional(14.0), *c)).collect()
                });
                assert!(missing.is_empty(), "{first}–{last}: {missing}");
            }
        });
    }

    #[test]
    fn every_icon_comes_from_the_icon_font() {
        with_fonts(|ctx| {
            for (name, icon) in icons() {
                for font in both() {
                    let c = icon.chars().next().unwrap();
                    let owner = ctx.fonts_mut(|fonts| fonts.characters(&font.family).get(&c).cloned());
                    let owner = owner.unwrap_or_default();
                    assert_eq!(
                        owner.first().map(String::as_str),
                        Some(ICONS),
                        "{name} in {:?}: {owner:?}",
                        font.family
                    );
                }
            }
        });
    }

    #[test]
    fn the_table_of_the_script_is_the_table_of_the_program() {
        let script = include_str!("../../../assets/fonts/subset.py");
        let row = |line: &str| {
            let cells: Vec<String> = line
                .trim()
                .strip_prefix("(\"")?
                .split(", ")
                .map(|cell| cell.replace(['"', '(', ')', ','], ""))
                .collect();
            let [name, _, code, variant] = cells.as_slice() else { return None };
            let start = if variant == "fill" { 0xF_1000 } else { 0xF_0000 };
            let code = u32::from_str_radix(code.strip_prefix("0x")?, 16).ok()? - 0xE000 + start;
            Some((name.clone(), char::from_u32(code)?.to_string()))
        };
        let script: Vec<_> = script.lines().filter_map(row).collect();
        for (name, icon) in icons() {
            assert!(script.iter().any(|(n, i)| *n == name && *i == icon), "{name} is not in subset.py, or differs");
        }
    }

    #[test]
    fn arabic_letters_join_and_jamo_form_syllables() {
        with_fonts(|ctx| {
            let width = |text: &str| {
                let layout = |fonts: &mut egui::epaint::text::FontsView<'_>| {
                    fonts.layout_no_wrap(text.to_owned(), FontId::proportional(40.0), egui::Color32::WHITE).size().x
                };
                ctx.fonts_mut(layout)
            };
            // Four isolated letters are much wider than the word they make.
            assert!(width("سلام") < 0.9 * "سلام".chars().map(|c| width(&c.to_string())).sum::<f32>());
            assert!((width("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}") - width("한글")).abs() < 0.5);
        });
    }
}

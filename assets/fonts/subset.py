#!/usr/bin/env python3
"""Builds the fonts of this folder from their sources.

Needs Python 3.9 or later and fonttools 4.40 or later (`pip install fonttools`). Give it

  1. wqy-microhei.ttc    Debian package fonts-wqy-microhei, usr/share/fonts/truetype/wqy
  2. DejaVuSans.ttf      Debian package fonts-dejavu-core, usr/share/fonts/truetype/dejavu
  3. Phosphor.ttf        crate egui-phosphor 0.14.0, folder res
  4. Phosphor-Fill.ttf   the same folder
  5. NotoEmoji_400Regular.ttf  npm package @expo-google-fonts/noto-emoji 0.4.7, folder 400Regular
  6. NotoEmoji-Regular.ttf     crate epaint_default_fonts 0.37.0, folder fonts: the emoji that egui brings

    python3 subset.py wqy-microhei.ttc DejaVuSans.ttf Phosphor.ttf Phosphor-Fill.ttf \\
        NotoEmoji_400Regular.ttf NotoEmoji-Regular.ttf

To add an icon: add a line to ICONS and to crates/app/src/icons.rs, and run this again. A test compares the two.
"""

import pathlib
import shutil
import sys
import unicodedata

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

HERE = pathlib.Path(__file__).resolve().parent

# Phosphor's code points begin here. Other built-in fonts use some of them, so the icons move to a separate range
# in plane 15: U+E182 becomes U+F0182 for the plain icon, and U+F1182 for the filled one.
PHOSPHOR_START = 0xE000
ICONS_START = {"regular": 0xF0000, "fill": 0xF1000}

# Icons are drawn on a grid of 16 squares, with strokes one square wide on its lines. Half a square to the
# right and down, they fill whole pixels at 16 pixels instead of the halves of two. 1024 units are one em.
ICON_SHIFT = (32, -32)

# Constant in icons.rs, name in Phosphor, Phosphor's code point, variant.
ICONS = [
    ("ACCEPT", "check", 0xE182, "regular"),
    ("REJECT", "x", 0xE4F6, "regular"),
    ("UNSURE", "question", 0xE3E8, "regular"),
    ("UNJUDGED", "circle", 0xE18A, "regular"),
    ("UNSEEN", "circle-dashed", 0xE602, "regular"),
    ("ACCEPTED", "check-circle", 0xE184, "fill"),
    ("REJECTED", "x-circle", 0xE4F8, "fill"),
    ("LEFT_UNSURE", "question", 0xE3E8, "fill"),
    ("POSITIVE", "seal-check", 0xE606, "regular"),
    ("POSITIVE_FILL", "seal-check", 0xE606, "fill"),
    ("LEAVE_OUT", "minus-circle", 0xE32C, "regular"),
    ("NEGATIVE_FILL", "minus-circle", 0xE32C, "fill"),
    ("FALSE_NEGATIVE", "warning-diamond", 0xE7FC, "regular"),
    ("FALSE_NEGATIVE_FILL", "warning-diamond", 0xE7FC, "fill"),
    ("WRONG_POSITIVE", "prohibit", 0xE3DE, "regular"),
    ("WRONG_POSITIVE_FILL", "prohibit", 0xE3DE, "fill"),
    ("BROKEN", "image-broken", 0xE7A8, "regular"),
    ("BROKEN_FILL", "image-broken", 0xE7A8, "fill"),
    ("STAR", "star", 0xE46A, "regular"),
    ("STAR_FILL", "star", 0xE46A, "fill"),
    ("LOOK_AGAIN", "flag", 0xE244, "regular"),
    ("LOOK_AGAIN_FILL", "flag", 0xE244, "fill"),
    ("WARNING", "warning", 0xE4E0, "regular"),
    ("INFO", "info", 0xE2CE, "regular"),
    ("TAG", "tag", 0xE478, "regular"),
    ("NOTE", "note-pencil", 0xE34C, "regular"),
    ("PIN", "push-pin", 0xE3E2, "regular"),
    ("SEARCH", "magnifying-glass", 0xE30C, "regular"),
    ("FILTER", "funnel", 0xE266, "regular"),
    ("SAVED_FILTER", "bookmark-simple", 0xE0EA, "regular"),
    ("SAVE", "floppy-disk", 0xE248, "regular"),
    ("QUEUE", "list-checks", 0xEADC, "regular"),
    ("SHOW", "eye", 0xE220, "regular"),
    ("HIDE", "eye-slash", 0xE224, "regular"),
    ("ENLARGE", "arrows-out", 0xE0A2, "regular"),
    ("SHRINK", "arrows-in", 0xE09A, "regular"),
    ("ZOOM_IN", "magnifying-glass-plus", 0xE310, "regular"),
    ("ZOOM_OUT", "magnifying-glass-minus", 0xE30E, "regular"),
    ("LOCATE", "crosshair", 0xE1D6, "regular"),
    ("GRID", "squares-four", 0xE464, "regular"),
    ("COLUMNS", "columns", 0xE546, "regular"),
    ("COMPARE", "square-split-horizontal", 0xE870, "regular"),
    ("DIFFERENCE", "plus-minus", 0xE3D8, "regular"),
    ("OVERLAP", "intersect", 0xE2D2, "regular"),
    ("PAGE_CONTEXT", "book-open-text", 0xE8F2, "regular"),
    ("PAGE_TEXT", "article", 0xE0A8, "regular"),
    ("UNDO", "arrow-counter-clockwise", 0xE038, "regular"),
    ("REDO", "arrow-clockwise", 0xE036, "regular"),
    ("HISTORY", "clock-counter-clockwise", 0xE1A0, "regular"),
    ("CARET_LEFT", "caret-left", 0xE138, "regular"),
    ("CARET_RIGHT", "caret-right", 0xE13A, "regular"),
    ("CARET_UP", "caret-up", 0xE13C, "regular"),
    ("CARET_DOWN", "caret-down", 0xE136, "regular"),
    ("MENU", "list", 0xE2F0, "regular"),
    ("OPEN", "folder-open", 0xE256, "regular"),
    ("FILE", "file-text", 0xE23A, "regular"),
    ("DEMO", "flask", 0xE79E, "regular"),
    ("GUIDE", "graduation-cap", 0xE62C, "regular"),
    ("EXPORT", "export", 0xEAF0, "regular"),
    ("SETTINGS", "gear", 0xE270, "regular"),
    ("KEYS", "keyboard", 0xE2D8, "regular"),
    ("COMMANDS", "command", 0xE1C4, "regular"),
    ("THEME_DARK", "moon", 0xE330, "regular"),
    ("THEME_LIGHT", "sun", 0xE472, "regular"),
    ("THEME_SYSTEM", "monitor", 0xE32E, "regular"),
    ("TIMER", "timer", 0xE492, "regular"),
    ("PLAY", "play", 0xE3D0, "regular"),
    ("PAUSE", "pause", 0xE39E, "regular"),
    ("PACE", "gauge", 0xE628, "regular"),
    ("CHART", "chart-bar", 0xE150, "regular"),
    ("BUSY", "spinner-gap", 0xE66C, "regular"),
    ("CLOSE", "x-square", 0xE4FA, "regular"),
    ("DELETE", "trash", 0xE4A6, "regular"),
    ("COPY", "copy", 0xE1CA, "regular"),
    ("LINK", "link", 0xE2E2, "regular"),
]

# Everything the source has in these blocks; Latin, Greek and Cyrillic come from the fonts before it.
CJK_BLOCKS = [
    (0x2E80, 0x2FDF),  # radicals
    (0x3000, 0x33FF),  # punctuation, Hiragana, Katakana, Bopomofo, compatibility Jamo, enclosed and squared signs
    (0x3400, 0x4DBF),  # unified ideographs, extension A (the source has a few)
    (0x4E00, 0x9FFF),  # unified ideographs
    (0xAC00, 0xD7A3),  # all Hangul syllables
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0xFE30, 0xFE4F),  # vertical forms
    (0xFF01, 0xFFEF),  # full-width and half-width forms
]

# Emoji of newer versions of Unicode than egui's own font has. Tags, which only make up flags of regions, and
# private characters are left out.
EMOJI_BLOCKS = [
    (0x2300, 0x2BFF),
    (0x1F000, 0x1FBFF),
]

# Each character set must be complete. Python's codecs know the national sets.
MUST_HAVE = {
    "GB 2312": ("gb2312", range(0xB0, 0xF8), range(0xA1, 0xFF)),
    "JIS X 0208, levels 1 and 2": ("euc_jp", range(0xB0, 0xF5), range(0xA1, 0xFF)),
    "Big5, both levels": ("big5", range(0xA4, 0xFA), [*range(0x40, 0x7F), *range(0xA1, 0xFF)]),
    "KS X 1001, Hangul and Hanja": ("euc_kr", range(0xB0, 0xFE), range(0xA1, 0xFF)),
}


def options(font_number=-1):
    """Subset options that keep only outlines and the character map: no hinting, layout features or glyph names."""
    chosen = subset.Options()
    chosen.hinting = False
    chosen.layout_features = []
    chosen.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "gasp", "vhea", "vmtx"]
    chosen.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    chosen.notdef_outline = True
    chosen.font_number = font_number
    return chosen


def reduced(path, chosen, code_points):
    font = subset.load_font(path, chosen)
    missing = set(code_points) - set(font.getBestCmap())
    work = subset.Subsetter(chosen)
    work.populate(unicodes=code_points)
    work.subset(font)
    return font, missing


def set_cmap(font, mapping):
    """Sets a table with 32-bit code points and, if there are any, one with 16-bit code points."""
    cmap = font["cmap"]
    cmap.tables = []
    short = {code: glyph for code, glyph in mapping.items() if code <= 0xFFFF}
    for encoding, number, codes in ((1, 4, short), (10, 12, mapping)):
        if codes:
            table = CmapSubtable.newSubtable(number)
            table.platformID, table.platEncID, table.language = 3, encoding, 0
            table.format, table.reserved, table.length, table.nGroups = number, 0, 0, 0
            table.cmap = codes
            cmap.tables.append(table)


def cjk(source):
    wanted = {code for first, last in CJK_BLOCKS for code in range(first, last + 1)}
    font, _ = reduced(source, options(font_number=0), wanted)
    mapping = dict(font.getBestCmap())

    # The source has no wave dash, which Japanese text uses; its full-width tilde looks the same.
    mapping.setdefault(0x301C, mapping[0xFF5E])
    # Decomposed Hangul: the shaper combines Jamo into a syllable, but only in a font with the Jamo.
    for letter in range(0x3131, 0x3164):
        name = unicodedata.name(chr(letter)).removeprefix("HANGUL LETTER ")
        for position in ("CHOSEONG", "JUNGSEONG", "JONGSEONG"):
            try:
                mapping.setdefault(ord(unicodedata.lookup(f"HANGUL {position} {name}")), mapping[letter])
            except KeyError:
                pass  # Not every letter occurs in every position.
    set_cmap(font, mapping)

    for name, (codec, leads, trails) in MUST_HAVE.items():
        text = "".join(bytes([lead, trail]).decode(codec, "ignore") for lead in leads for trail in trails)
        missing = {c for c in text if unicodedata.category(c) == "Lo" and ord(c) not in mapping}
        if missing:
            sys.exit(f"{name}: {len(missing)} characters missing: {''.join(sorted(missing)[:40])}")
    return font


def icons(regular, fill):
    fonts = {}
    for variant, source in (("regular", regular), ("fill", fill)):
        fonts[variant], missing = reduced(source, options(), {code for _, _, code, kind in ICONS if kind == variant})
        if missing:
            sys.exit(f"{source}: no icon at {', '.join(f'U+{code:04X}' for code in sorted(missing))}")

    font = fonts["regular"]
    mapping = {}
    for _, name, code, variant in ICONS:
        source = fonts[variant]
        glyph = source.getBestCmap()[code]
        target = glyph if variant == "regular" else f"{name}.{variant}"
        if variant != "regular":
            # The glyphs of icons are single outlines: one can be moved without others.
            font["glyf"][target] = source["glyf"][glyph]
            font["hmtx"][target] = source["hmtx"][glyph]
        mapping[ICONS_START[variant] + code - PHOSPHOR_START] = target
    font.setGlyphOrder(list(font["glyf"].glyphOrder))
    for target in set(mapping.values()):
        glyph = font["glyf"][target]
        glyph.coordinates.translate(ICON_SHIFT)
        glyph.recalcBounds(font["glyf"])
        # A glyph is drawn with its left edge at the bearing, wherever its outline stands: both must agree.
        font["hmtx"][target] = (font["hmtx"][target][0], glyph.xMin)
    set_cmap(font, mapping)
    return font


def emoji(source, *before):
    """The emoji of the source that no font before it in the program's order has."""
    known = {code for path in before for code in TTFont(path, fontNumber=0).getBestCmap()}
    has = TTFont(source).getBestCmap()
    wanted = {code for first, last in EMOJI_BLOCKS for code in range(first, last + 1) if code in has}
    font, _ = reduced(source, options(), wanted - known)
    for table in ("STAT", "GSUB", "vhea", "vmtx"):
        if table in font:
            del font[table]
    return font


def main(arguments):
    if len(arguments) != 6:
        sys.exit(__doc__)
    wqy, dejavu, phosphor, phosphor_fill, noto, toolkit_emoji = arguments
    cjk(wqy).save(HERE / "wqy-microhei-cjk.ttf")
    icons(phosphor, phosphor_fill).save(HERE / "phosphor-icons.ttf")
    shutil.copyfile(dejavu, HERE / "DejaVuSans.ttf")
    emoji(noto, toolkit_emoji, dejavu, wqy).save(HERE / "noto-emoji.ttf")
    for path in sorted(HERE.glob("*.ttf")):
        print(f"{path.stat().st_size:>9,} {path.name}")


if __name__ == "__main__":
    main(sys.argv[1:])

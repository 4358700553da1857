//! The columns of the overlay of keys: each as wide as its longest key and name, so that neither is
//! cut, and no more lines than there is room for. Knows no command and draws nothing.

use super::Group;

/// The height of a line, in points.
pub(super) const LINE: f32 = 21.0;
/// The height of a heading, and the space above one that is not the first of its column.
pub(super) const HEADING: f32 = 24.0;
pub(super) const ABOVE_HEADING: f32 = 10.0;
/// The space between keys and names, and between two columns.
pub(super) const AFTER_KEYS: f32 = 10.0;
pub(super) const BETWEEN: f32 = 28.0;
/// The most columns: more are no longer read at a glance.
const COLUMNS: usize = 3;

/// A line of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ColumnLine<'a> {
    Heading(&'static str),
    Key(&'a str, &'static str),
}

/// A column, and the width of its keys and of its names in points.
#[derive(Debug, PartialEq)]
pub(super) struct Column<'a> {
    pub(super) lines: Vec<ColumnLine<'a>>,
    pub(super) keys: f32,
    pub(super) names: f32,
}

impl<'a> Column<'a> {
    fn new(lines: Vec<ColumnLine<'a>>, width_of: &impl Fn(&str, &str) -> [f32; 2]) -> Self {
        let (mut keys, mut names) = (0.0_f32, 0.0_f32);
        for line in &lines {
            if let ColumnLine::Key(key, name) = line {
                let widths = width_of(key, name);
                (keys, names) = (keys.max(widths[0]), names.max(widths[1]));
            }
        }
        Self { lines, keys, names }
    }

    pub(super) fn width(&self) -> f32 {
        self.keys + AFTER_KEYS + self.names
    }
}

/// The columns, and the number of keys that have no room.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    pub(super) columns: Vec<Column<'a>>,
    pub(super) left_out: usize,
}

impl<'a> Columns<'a> {
    /// Lays out groups in a room of this width and height: all keys if they fit, else those that
    /// are used often, else the first of these. `width_of` measures a key and a name.
    pub(super) fn fitting(groups: &'a [Group], room: [f32; 2], width_of: impl Fn(&str, &str) -> [f32; 2]) -> Self {
        let all = Self::best(groups, true, room, &width_of);
        // Some of the rare keys would push out what is used often.
        if all.left_out == 0 { all } else { Self::best(groups, false, room, &width_of) }
    }

    /// The fewest columns that have the most keys.
    fn best(groups: &'a [Group], with_rare: bool, room: [f32; 2], width_of: &impl Fn(&str, &str) -> [f32; 2]) -> Self {
        let all: usize = groups.iter().map(|group| group.lines.len()).sum();
        let mut best = Self { columns: Vec::new(), left_out: all };
        for number in 1..=COLUMNS {
            let parts = spread(groups, with_rare, number, room[1]);
            let shown = parts.iter().flatten().filter(|line| matches!(line, ColumnLine::Key(..))).count();
            let columns: Vec<Column<'a>> = parts.into_iter().map(|lines| Column::new(lines, width_of)).collect();
            let width: f32 = columns.iter().map(|column| column.width() + BETWEEN).sum();
            if all - shown < best.left_out && (width - BETWEEN <= room[0] || number == 1) {
                best = Self { columns, left_out: all - shown };
            }
        }
        best
    }
}

/// Spreads the groups over columns of about the same height, in order, as far as there is room.
fn spread(groups: &[Group], with_rare: bool, columns: usize, most: f32) -> Vec<Vec<ColumnLine<'_>>> {
    let lines = |group: &Group| group.lines.iter().filter(|line| with_rare || !line.is_rare).count();
    let height_of = |group: &Group| match lines(group) {
        0 => 0.0,
        lines => ABOVE_HEADING + HEADING + LINE * lines as f32,
    };
    let whole: f32 = groups.iter().map(height_of).sum();
    // A few lines more, since a group begins no column with its last line.
    let most = most.min(whole / columns as f32 + 3.0 * LINE);
    let mut parts: Vec<Vec<ColumnLine<'_>>> = vec![Vec::new()];
    let mut used = 0.0;
    for group in groups {
        let mut has_heading = false;
        for (at, line) in group.lines.iter().filter(|line| with_rare || !line.is_rare).enumerate() {
            // A heading with a single line below it is not worth its place.
            let ahead = if at == 0 { lines(group).min(2) as f32 } else { 1.0 };
            let heading = if has_heading { 0.0 } else { HEADING + if used > 0.0 { ABOVE_HEADING } else { 0.0 } };
            if used + heading + ahead * LINE > most {
                if parts.len() == columns {
                    return parts;
                }
                parts.push(Vec::new());
                (used, has_heading) = (0.0, false);
            }
            let Some(part) = parts.last_mut() else { continue };
            if !has_heading {
                used += HEADING + if used > 0.0 { ABOVE_HEADING } else { 0.0 };
                part.push(ColumnLine::Heading(group.heading));
                has_heading = true;
            }
            part.push(ColumnLine::Key(&line.keys, line.name));
            used += LINE;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::KeyLine;
    use super::*;

    fn group(heading: &'static str, often: usize, rare: usize) -> Group {
        let line = |at: usize| KeyLine { keys: "Ctrl+Shift+Backspace".into(), name: "a name", is_rare: at >= often };
        Group { heading, lines: (0..often + rare).map(line).collect() }
    }

    fn fit(groups: &[Group], room: [f32; 2]) -> Columns<'_> {
        let found = Columns::fitting(groups, room, |keys, name| [8.0 * keys.len() as f32, 7.0 * name.len() as f32]);
        for column in &found.columns {
            let headings = column.lines.iter().filter(|line| matches!(line, ColumnLine::Heading(_))).count() as f32;
            let height = LINE * (column.lines.len() as f32 - headings) + headings * HEADING;
            assert!(height + (headings - 1.0) * ABOVE_HEADING <= room[1], "{column:?}");
            assert_eq!((column.keys, column.names), (160.0, 42.0), "as wide as the longest");
        }
        found
    }

    #[test]
    fn rare_keys_are_left_out_first_and_counted() {
        let groups = [group("Judge", 10, 4), group("View", 12, 20), group("File", 0, 9)];
        let large = fit(&groups, [2000.0, 900.0]);
        assert_eq!(large.left_out, 0);
        let small = fit(&groups, [760.0, 300.0]);
        assert_eq!(small.left_out, 33, "{small:?}");
        let headings: Vec<_> = small.columns.iter().map(|column| column.lines[0]).collect();
        assert_eq!(headings[0], ColumnLine::Heading("Judge"));
        assert!(headings.iter().all(|line| matches!(line, ColumnLine::Heading(_))), "{headings:?}");
        let tiny = fit(&groups, [300.0, 100.0]);
        assert_eq!((tiny.columns.len(), tiny.left_out), (1, 55 - 3));
    }
}

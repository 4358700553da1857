//! The TSV output of Tesseract: one line for each page, block, paragraph, line and word, with a
//! heading (tesseract.1, “tsv”).

use crate::reading::{TileReading, WordBox};

/// The columns that the output must have, in order.
const HEADING: &str = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext";
const COLUMNS: usize = 12;
/// The level of a word.
const WORD: &str = "5";

/// Parses the output for a picture of `size` pixels. The error has the line, from 1.
pub(super) fn parse(output: &str, size: (u32, u32)) -> Result<TileReading, (usize, String)> {
    let mut lines = output.lines().map(|line| line.trim_end_matches('\r')).zip(1..);
    match lines.next() {
        Some((HEADING, _)) => (),
        first => {
            return Err((
                1,
                format!("expected the heading of a table, found {}", quoted(first.map_or("", |line| line.0))),
            ));
        }
    }
    let mut reading = TileReading::default();
    let mut last_line = None;
    for (line, number) in lines {
        let columns: Vec<&str> = line.splitn(COLUMNS, '\t').collect();
        if columns.len() != COLUMNS {
            return Err((number, format!("expected {COLUMNS} columns, found {}", quoted(line))));
        }
        let text: String = columns[COLUMNS - 1].split_whitespace().collect();
        if columns[0] != WORD || text.is_empty() {
            continue;
        }
        let number_in = |column: usize| {
            let value = columns[column].parse::<u32>();
            value.map_err(|_| (number, format!("expected a number of pixels, found {}", quoted(columns[column]))))
        };
        let (x, y) = (number_in(6)?.min(size.0), number_in(7)?.min(size.1));
        let (width, height) = (number_in(8)?.min(size.0 - x), number_in(9)?.min(size.1 - y));
        let percent = columns[10].parse::<f32>().ok().filter(|percent| percent.is_finite());
        let percent =
            percent.ok_or_else(|| (number, format!("expected a confidence, found {}", quoted(columns[10]))))?;
        // A line is named by its page, block, paragraph and number.
        let this_line = columns[1..5].concat();
        let starts_line = last_line.as_ref() != Some(&this_line);
        last_line = Some(this_line);
        let confidence = (percent / 100.0).clamp(0.0, 1.0);
        reading.words.push(WordBox { text, x, y, width, height, confidence, starts_line });
    }
    Ok(reading)
}

fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(60).collect();
    format!("“{shown}”")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lines: &[&str]) -> String {
        let mut text = format!("{HEADING}\n");
        lines.iter().for_each(|line| text.push_str(&format!("{}\n", line.replace(' ', "\t"))));
        text
    }

    #[test]
    fn words_have_boxes_confidence_and_lines() {
        let output = table(&[
            "1 1 0 0 0 0 0 0 875 1024 -1 ",
            "5 1 1 1 1 1 93 34 118 22 94.9 Panama",
            "5 1 1 1 1 2 222 32 82 24 0 Canal",
            "5 1 1 1 2 1 5 63 691 3 95.0 \t",
            "5 1 1 1 2 2 5 70 9 9 50 1914",
        ]);
        let reading = parse(&output, (875, 1024)).unwrap();
        assert_eq!(reading.text(), "Panama Canal\n1914");
        let first = &reading.words[0];
        assert_eq!((first.x, first.y, first.width, first.height), (93, 34, 118, 22));
        assert!((first.confidence - 0.949).abs() < 1e-6);
    }

    #[test]
    fn boxes_are_cut_to_the_picture() {
        let reading = parse(&table(&["5 1 1 1 1 1 90 5 50 500 1 a"]), (100, 20)).unwrap();
        assert_eq!((reading.words[0].width, reading.words[0].height), (10, 15));
    }

    #[test]
    fn faults_are_reported_with_their_line() {
        let fault = |output: &str| parse(output, (10, 10)).unwrap_err();
        assert_eq!(fault("").0, 1);
        assert!(fault("<html>").1.contains("“<html>”"));
        assert_eq!(fault(&table(&["5 1 1"])).0, 2);
        assert!(fault(&table(&["5 1 1 1 1 1 x 5 5 5 1 a"])).1.contains("“x”"));
        assert!(fault(&table(&["5 1 1 1 1 1 1 5 5 5 nan a"])).1.contains("confidence"));
    }
}

//! A page as Markdown.

use std::fmt::Write as _;

use super::page::{Block, Table};

pub(super) fn markdown(page: &[Block]) -> String {
    let mut out = String::new();
    for block in page {
        // Writing to a string cannot fail.
        let _ = match block {
            Block::Title(text) => writeln!(out, "# {}\n", escaped(text)),
            Block::Heading(text) => writeln!(out, "## {}\n", escaped(text)),
            Block::Subheading(text) => writeln!(out, "### {}\n", escaped(text)),
            Block::Paragraph(text) | Block::InsteadOfPlot(text) => writeln!(out, "{}\n", escaped(text)),
            Block::List(items) => {
                items.iter().for_each(|item| {
                    let _ = writeln!(out, "- {}", escaped(item));
                });
                writeln!(out)
            }
            Block::Table(found) => write_table(&mut out, found),
            Block::Code(text) => writeln!(out, "{}\n", fenced("python", text)),
            Block::Verbatim(text) => writeln!(out, "{}\n", fenced("text", text)),
            Block::Plot { .. } => Ok(()),
        };
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn write_table(out: &mut String, table: &Table) -> std::fmt::Result {
    let cells = |row: &[String]| row.iter().map(|cell| escaped(cell)).collect::<Vec<_>>().join(" | ");
    writeln!(out, "| {} |", cells(&table.head))?;
    let rule = |at: usize| if table.numbers.contains(&at) { "---:" } else { "---" };
    writeln!(out, "|{}|", (0..table.head.len()).map(rule).collect::<Vec<_>>().join("|"))?;
    for row in &table.rows {
        writeln!(out, "| {} |", cells(row))?;
    }
    writeln!(out)
}

/// A program in a fence that it does not contain.
fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// A text on one line, with nothing that Markdown reads as more than text.
fn escaped(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut escaped = String::with_capacity(one_line.len());
    for sign in one_line.chars() {
        if matches!(sign, '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#' | '&' | '~' | '$') {
            escaped.push('\\');
        }
        escaped.push(if sign.is_control() { '\u{fffd}' } else { sign });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awkward_texts_stay_texts() {
        let page = [
            Block::Title("a\n# <b>".into()),
            Block::table(&["x"], 0..1, vec![vec!["1 | 2".into()]]),
            Block::Code("```\nprint()\n".into()),
        ];
        let text = markdown(&page);
        assert!(text.starts_with("# a \\# \\<b\\>\n"), "{text}");
        assert!(text.contains("| 1 \\| 2 |\n"), "{text}");
        assert!(text.ends_with("````python\n```\nprint()\n````\n"), "{text}");
    }
}

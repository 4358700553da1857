//! A page as one HTML file: well-formed as XML too, with its styles and plots inside, and nothing
//! that is loaded or run.

use std::fmt::Write as _;

use super::page::{Block, Table};

/// The styles: light and dark as the reader's system is, and black on white in print.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1a1d21;--page:#fff;--soft:#5a6370;--line:#c9ced6;--fill:#f3f5f8;--mark:#0b62c4;--band:#0b62c433;--warn:#b3411e}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--page:#14171b;--soft:#a3acb8;--line:#3d4550;--fill:#20252b;--mark:#6db3ff;--band:#6db3ff33;--warn:#ff9a76}body{background:var(--page)}}
@media print{:root{color-scheme:light;--ink:#000;--page:#fff;--soft:#333;--line:#999;--fill:#fff;--mark:#000;--band:#0002;--warn:#000}body{background:#fff;font-size:10pt}h2{break-after:avoid}table,figure,pre{break-inside:avoid}}
body{color:var(--ink);font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem;overflow-wrap:anywhere}h2{font-size:1.25rem;margin-top:2.2rem;border-bottom:1px solid var(--line)}h3{font-size:1.05rem;margin-top:1.6rem}
.wide,figure{overflow-x:auto;background:linear-gradient(to left,var(--page) 50%,transparent) right/2.4rem 100% no-repeat local,linear-gradient(to left,var(--line),transparent) right/.8rem 100% no-repeat scroll}table{border-collapse:collapse;font-size:.92rem}th,td{padding:.25rem .7rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:600}.n,.s{white-space:nowrap}.l{min-width:11rem}.n{text-align:right;font-variant-numeric:tabular-nums}td{overflow-wrap:break-word;max-width:24rem}
pre{background:var(--fill);border:1px solid var(--line);padding:.8rem;overflow-x:auto;font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}
figure{margin:1.2rem 0}figcaption{color:var(--soft);font-size:.9rem}svg{max-width:100%;height:auto}
@media screen and (max-width:44rem){svg{max-width:max(100%,32rem)}figcaption{position:sticky;left:0;padding-right:1rem}}
svg text{fill:var(--ink);font:13px system-ui,sans-serif}svg .soft{fill:var(--soft)}svg .axis{stroke:var(--line)}svg .thick{stroke:var(--mark);stroke-width:5}svg .thin{stroke:var(--mark);stroke-width:1.5}
svg .dot{fill:var(--ink)}svg .band{fill:var(--band)}svg .step{fill:none;stroke:var(--mark);stroke-width:2}svg .cell{fill:var(--fill);stroke:var(--line)}svg .big{font-size:22px;font-weight:600}
";

/// The letters up to which a cell stays on one line: dates and names are not broken.
const SHORT: usize = 20;

pub(super) fn html(title: &str, page: &[Block]) -> String {
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n");
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width\"/>\n\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        escaped(title)
    );
    for block in page {
        let _ = match block {
            Block::Title(text) => writeln!(out, "<h1>{}</h1>", escaped(text)),
            Block::Heading(text) => writeln!(out, "<h2>{}</h2>", escaped(text)),
            Block::Subheading(text) => writeln!(out, "<h3>{}</h3>", escaped(text)),
            Block::Paragraph(text) => writeln!(out, "<p>{}</p>", escaped(text)),
            Block::List(items) => {
                let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escaped(item))).collect();
                writeln!(out, "<ul>\n{items}</ul>")
            }
            Block::Table(found) => writeln!(out, "{}", table(found)),
            Block::Code(text) => writeln!(out, "<pre><code>{}</code></pre>", escaped(text.trim_end())),
            Block::Verbatim(text) => writeln!(out, "<pre>{}</pre>", escaped(text.trim_end())),
            Block::InsteadOfPlot(_) => Ok(()),
            Block::Plot { svg, caption } => {
                writeln!(out, "<figure>\n{svg}\n<figcaption>{}</figcaption>\n</figure>", escaped(caption))
            }
        };
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn table(table: &Table) -> String {
    let cells = |row: &[String], tag: &str| {
        let cell = |(at, text): (usize, &String)| {
            let class = match text.chars().count() {
                _ if table.numbers.contains(&at) => " class=\"n\"",
                ..=SHORT => " class=\"s\"",
                _ => " class=\"l\"",
            };
            format!("<{tag}{class}>{}</{tag}>", escaped(text))
        };
        row.iter().enumerate().map(cell).collect::<String>()
    };
    let rows: String = table.rows.iter().map(|row| format!("<tr>{}</tr>\n", cells(row, "td"))).collect();
    let head = cells(&table.head, "th");
    format!("<div class=\"wide\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>")
}

/// A text as HTML and SVG have it. Characters that XML cannot have are replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push('\n'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ if sign.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_markup_are_escaped() {
        assert_eq!(escaped("a<b>&\"'\u{1}"), "a&lt;b&gt;&amp;&quot;&#39;\u{fffd}");
        let page = html("<t>", &[Block::table(&["<h>", "n"], 1..2, vec![vec!["&".into(), "1".into()]])]);
        assert!(page.contains("<title>&lt;t&gt;</title>") && page.contains("<th class=\"s\">&lt;h&gt;</th>"), "{page}");
        let dash = html("t", &[Block::table(&["a"], 0..1, vec![vec![String::new()]])]);
        assert!(dash.contains("<td class=\"n\">–</td>"), "no cell is empty: {dash}");
        assert!(page.contains("<td class=\"s\">&amp;</td><td class=\"n\">1</td>"), "{page}");
    }
}

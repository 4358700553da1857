//! Scores of any reranker or embedder, as lines of JSON or as CSV with a header: `query` or `key`,
//! `path`, `score`, `source`. The first character of the file determines the format.

use std::io::BufRead;

use serde::Deserialize;
use tilejury_data::LineNumber;

use super::ExternalScore;
use super::counts::LineCounts;
use super::lines::{ReadStop, each_line, parse};
use super::parquet_lines::ImportColumns;
use super::rows::RowMatcher;

const EXPECTED: &str = r#"{"query" or "key", "path", "score", "source"}"#;
const HEADER: &str = "a header line with path, score, and query or key; source is optional";

/// The columns of a Parquet file.
pub(super) const COLUMNS: ImportColumns =
    ImportColumns { required: &["path", "score"], one_of: &["query", "key"], optional: &["source"] };

#[derive(Deserialize)]
struct Line {
    query: Option<String>,
    key: Option<String>,
    path: String,
    score: f64,
    source: Option<String>,
}

/// Reads all lines, and passes each score of each row to `take`. `source` is the source of a line
/// that names none.
pub(super) fn read(
    rows: &RowMatcher<'_>,
    input: &mut dyn BufRead,
    source: &str,
    counts: &mut LineCounts,
    take: &mut dyn FnMut(&ExternalScore) -> Result<(), ReadStop>,
) -> Result<(), ReadStop> {
    let mut one = |number: LineNumber, line: Result<Line, String>| -> Result<bool, ReadStop> {
        let score = line.and_then(|line| match (line.score as f32).is_finite() {
            true => Ok(line),
            false => Err(format!("`score` is {}; expected a finite number", line.score)),
        });
        let found = score.and_then(|line| {
            let found = match (&line.key, &line.query) {
                (Some(key), _) => rows.with_key(key, &line.path).map(|found| vec![found]),
                (None, Some(query)) => rows.with_query(query, &line.path),
                (None, None) => return Err(format!("does not name a row; expected {EXPECTED}")),
            };
            Ok((line, found))
        });
        let (line, found) = match found {
            Ok((line, Ok(found))) => (line, found),
            Ok((_, Err(reason))) => return Ok(counts.unmatched(reason)),
            Err(message) => return Ok(counts.bad(number, &message)),
        };
        counts.matched(found.iter().map(|(row, _)| *row));
        let named = line.source.as_deref().map(str::trim).filter(|name| !name.is_empty());
        for (row, tile) in found {
            let source = named.unwrap_or(source).to_owned();
            take(&ExternalScore { sample: rows.key(row), tile: tile.clone(), source, score: line.score as f32 })?;
        }
        Ok(true)
    };
    if is_json(input)? {
        return each_line(input, &mut |number, line| one(number, json_line(line)));
    }
    csv_lines(input, &mut one)
}

/// Whether the first character other than a space begins JSON; the bytes in the buffer are enough
/// to see it.
fn is_json(input: &mut dyn BufRead) -> Result<bool, ReadStop> {
    let start = input.fill_buf()?;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    Ok(matches!(start.trim_ascii_start().first(), Some(b'{' | b'[') | None))
}

fn json_line(line: &[u8]) -> Result<Line, String> {
    parse(line, EXPECTED).map_err(|error| {
        // Python's form of such a number is not JSON, and the parser's message about it does not
        // help.
        let text = String::from_utf8_lossy(line);
        let is_value =
            |word: &str| [":", ": ", ":-", ": -"].iter().any(|colon| text.contains(&format!("{colon}{word}")));
        let endless = ["NaN", "Infinity"].into_iter().find(|word| is_value(word));
        endless.map_or(error, |word| format!("`score` is {word}; expected a finite number"))
    })
}

fn csv_lines(
    input: &mut dyn BufRead,
    one: &mut dyn FnMut(LineNumber, Result<Line, String>) -> Result<bool, ReadStop>,
) -> Result<(), ReadStop> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(input);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return one(LineNumber::FIRST, Err(message(error)?)).map(|_| ()),
    };
    let has = |name: &str| header.iter().any(|column| column == name);
    if !has("path") || !has("score") || !(has("query") || has("key")) {
        let found = header.iter().collect::<Vec<_>>().join(", ");
        return one(LineNumber::FIRST, Err(format!("the columns are {found}; expected {HEADER}"))).map(|_| ());
    }
    let mut record = csv::StringRecord::new();
    loop {
        let from = LineNumber::new(reader.position().line());
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let number = record.position().map_or(from, |at| LineNumber::new(at.line()));
                let line = csv_line(&record, &header);
                if !one(number, line)? {
                    return Ok(());
                }
            }
            Err(error) => {
                let number = error.position().map_or(from, |at| LineNumber::new(at.line()));
                if !one(number, Err(message(error)?))? {
                    return Ok(());
                }
            }
        }
    }
}

fn csv_line(record: &csv::StringRecord, header: &csv::StringRecord) -> Result<Line, String> {
    let field = |name: &str| {
        let column = header.iter().position(|column| column == name)?;
        record.get(column).filter(|text| !text.is_empty())
    };
    let score = field("score").unwrap_or_default().trim();
    Ok(Line {
        query: field("query").map(str::to_owned),
        key: field("key").map(str::to_owned),
        path: field("path").ok_or("`path` is empty")?.to_owned(),
        score: score.parse().map_err(|_| format!("`score` is “{score}”; expected a finite number"))?,
        source: field("source").map(str::to_owned),
    })
}

/// Returns the message for a record that cannot be read. An error of the disk stays an error.
fn message(error: csv::Error) -> Result<String, ReadStop> {
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} fields; expected {expected_len}, as many as the header has")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8; save the file as UTF-8".into(),
        _ => error.to_string(),
    };
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Err(error.into()),
        _ => Ok(message),
    }
}

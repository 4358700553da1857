//! Events and samples as the values of a table's columns. PostgreSQL's text cannot hold the
//! character NUL, so it is escaped, and so is the character that escapes.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};
use tilejury_audit::exchange::{ArrivedEvent, EventColumns};
use tokio_postgres::Row;

/// The character DLE, after which `0` means NUL and DLE means DLE.
const ESCAPE: char = '\u{10}';

/// The text columns of an event after its session, in the order of the SQL.
pub(crate) const TEXTS: [&str; 14] = [
    "sample",
    "tile",
    "field",
    "value",
    "annotator",
    "at",
    "undoes",
    "chosen_by",
    "propagated_from",
    "confirmed_by",
    "looks",
    "pass",
    "settles",
    "visible",
];

/// A text as a column holds it.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0' => out.extend([ESCAPE, '0']),
            ESCAPE => out.extend([ESCAPE, ESCAPE]),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A text from what a column holds.
pub(crate) fn unescaped(text: String) -> String {
    if !text.contains(ESCAPE) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ESCAPE => out.extend(chars.next().map(|escaped| if escaped == '0' { '\0' } else { escaped })),
            c => out.push(c),
        }
    }
    out
}

/// The text columns of an event, as in [`TEXTS`].
pub(crate) fn texts(event: &EventColumns) -> [Option<String>; TEXTS.len()] {
    let EventColumns {
        session: _,
        seq: _,
        step: _,
        sample,
        tile,
        field,
        value,
        annotator,
        at,
        undoes,
        chosen_by,
        propagated_from,
        confirmed_by,
        bulk: _,
        looks,
        pass,
        settles,
        visible,
    } = event;
    let some = |text: &str| Some(escaped(text).into_owned());
    let optional = |text: &Option<String>| text.as_deref().map(|text| escaped(text).into_owned());
    [
        some(sample),
        optional(tile),
        some(field),
        optional(value),
        some(annotator),
        some(at),
        optional(undoes),
        optional(chosen_by),
        optional(propagated_from),
        optional(confirmed_by),
        optional(looks),
        optional(pass),
        optional(settles),
        optional(visible),
    ]
}

/// The beginning of the hash of an event's line: versions of one event differ in it.
pub(crate) fn digest(line: &str) -> Vec<u8> {
    Sha256::digest(line.as_bytes())[..16].to_vec()
}

/// Reads an event from a row with `arrival`, `sidecar`, `session`, `seq`, `step`, `bulk`,
/// `checksum` and [`TEXTS`].
///
/// # Errors
/// When a column has another type.
pub(crate) fn event(row: &Row) -> Result<ArrivedEvent, tokio_postgres::Error> {
    let text = |name: &str| -> Result<String, tokio_postgres::Error> { Ok(unescaped(row.try_get(name)?)) };
    let optional = |name: &str| -> Result<Option<String>, tokio_postgres::Error> {
        Ok(row.try_get::<_, Option<String>>(name)?.map(unescaped))
    };
    Ok(ArrivedEvent {
        arrival: row.try_get("arrival")?,
        sidecar: text("sidecar")?,
        checksum: row.try_get::<_, i64>("checksum")? as u32,
        columns: EventColumns {
            session: text("session")?,
            seq: row.try_get::<_, i64>("seq")? as u64,
            step: row.try_get::<_, i64>("step")? as u64,
            sample: text("sample")?,
            tile: optional("tile")?,
            field: text("field")?,
            value: optional("value")?,
            annotator: text("annotator")?,
            at: text("at")?,
            undoes: optional("undoes")?,
            chosen_by: optional("chosen_by")?,
            propagated_from: optional("propagated_from")?,
            confirmed_by: optional("confirmed_by")?,
            bulk: row.try_get("bulk")?,
            looks: optional("looks")?,
            pass: optional("pass")?,
            settles: optional("settles")?,
            visible: optional("visible")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_survives_its_column() {
        for text in ["", "plain", "\0", "a\0b\u{10}", "\u{10}0", "\u{10}\u{10}0\0", "0\0\u{10}"] {
            let column = escaped(text);
            assert!(!column.contains('\0'), "{text:?}");
            assert_eq!(unescaped(column.into_owned()), text, "{text:?}");
        }
        assert_eq!(escaped("a\0b"), "a\u{10}0b");
    }
}

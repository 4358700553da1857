//! The fields of a line as names and JSON texts, also those that the program does not know.
//!
//! Gives values as they are written; what they mean is for others.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Calls `visit` with the name and the JSON text of each top-level field of a line, in the line's
/// order. A line that is not a JSON object has none from its error on.
pub fn visit_fields<'a>(line: &'a [u8], mut visit: impl FnMut(Cow<'a, str>, &'a str)) {
    let Ok(text) = std::str::from_utf8(line) else { return };
    let _ = walk(text, |name, value: &'a RawValue| visit(name, value.get()));
}

/// Calls `visit` with the name and the value of each top-level field of a JSON object, in its
/// order: a map of `serde_json` would sort it. Does not look at what follows the object.
///
/// # Errors
/// If the text is not a JSON object, or a field is broken; the fields before it were visited.
pub(crate) fn walk<'a, V: Deserialize<'a>>(
    text: &'a str,
    visit: impl FnMut(Cow<'a, str>, V),
) -> serde_json::Result<()> {
    serde_json::Deserializer::from_str(text).deserialize_map(Fields { visit, value: PhantomData })
}

/// The JSON text of the first field with this name.
pub fn field<'a>(line: &'a [u8], name: &str) -> Option<&'a str> {
    let mut found = None;
    visit_fields(line, |field, json| {
        if found.is_none() && field == name {
            found = Some(json);
        }
    });
    found
}

/// The text of a JSON value: of a string without its quotes, of anything else as it is written.
pub fn value_text(json: &str) -> Cow<'_, str> {
    if !json.starts_with('"') {
        return Cow::Borrowed(json);
    }
    serde_json::from_str::<Text<'_>>(json).map_or(Cow::Borrowed(json), |text| text.0)
}

/// A borrowed string: serde borrows a `Cow` only with this attribute.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct Fields<V, F> {
    visit: F,
    value: PhantomData<V>,
}

impl<'de, V: Deserialize<'de>, F: FnMut(Cow<'de, str>, V)> Visitor<'de> for Fields<V, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((Text(name), value)) = map.next_entry()? {
            (self.visit)(name, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visit_fields_gives_names_and_values_in_order() {
        let fields = |line: &str| {
            let mut found = Vec::new();
            visit_fields(line.as_bytes(), |name, json| found.push(format!("{name}={json}")));
            found
        };
        assert_eq!(
            fields(r#"{"a": "x \"y\"", "\u0062": [1, {"c": 2}], "é": null}"#),
            [r#"a="x \"y\"""#, r#"b=[1, {"c": 2}]"#, "é=null"]
        );
        assert!(fields("[1, 2]").is_empty());
        assert!(fields("7").is_empty());
        assert_eq!(fields(r#"{"a": 1, "b": "#), ["a=1"]);
        let line = br#"{"a": 1, "a": 2, "b": "\u00e9\n"}"#;
        assert_eq!(field(line, "a"), Some("1"));
        assert_eq!(field(line, "c"), None);
        assert_eq!(value_text(field(line, "b").unwrap()), "é\n");
        assert_eq!(value_text("[1, 2]"), "[1, 2]");
    }
}

//! The fields of a line as names and JSON texts, also those that the program does not know.
//!
//! Gives values as they are written; what they mean is for others.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Calls `visit` with the name and the JSON text of each top-level field of a line, in the line's
/// order. A line that is not a JSON object has none from its error on.
pub fn visit_fields<'a>(line: &'a [u8], visit: impl FnMut(Cow<'a, str>, &'a str)) {
    let Ok(text) = std::str::from_utf8(line) else { return };
    let mut from = serde_json::Deserializer::from_str(text);
    let _ = from.deserialize_map(Fields(visit));
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

struct Fields<F>(F);

impl<'de, F: FnMut(Cow<'de, str>, &'de str)> Visitor<'de> for Fields<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Text<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            (self.0)(name.0, value.get());
        }
        Ok(())
    }

    // A list has no names.
    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
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

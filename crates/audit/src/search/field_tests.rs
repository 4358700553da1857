//! Tests of a field of the rows by its name, for fields that have no filter of their own:
//! `source:wikipedia`, `difficulty:>2`.
//!
//! A test is parsed without knowing the values, and prepared once per search, so that most rows
//! are answered by a number that the index has.

use tilejury_data::raw_fields::{field, value_text};
use tilejury_data::{Dataset, SampleIndex};

use super::line_of;
use super::needles::Needles;
use super::row_fields::{FewValues, FieldValues, RowFields};

/// The forms of a comparison, for error messages.
const FORMS: &str = ">0, >=2.5, <3, <=3, 1..3 or 1..<3";

/// A test of a field's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldTest {
    /// The name of the field.
    pub(super) name: String,
    pub(super) value: ValueTest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ValueTest {
    /// Whether there is a value.
    Present(bool),
    /// The value is this text, lower-cased; in a list, one of its items.
    Is(String),
    /// Like `Is` if a field with few values has this value; otherwise the value contains it.
    Text(String),
    Number(Decimals),
}

/// A range of numbers. Bounds are kept as bits, so that equal searches are known to be equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimals {
    from: u64,
    to: u64,
    /// Whether the bounds themselves match.
    with_from: bool,
    with_to: bool,
}

impl Decimals {
    fn new(from: f64, with_from: bool, to: f64, with_to: bool) -> Self {
        Self { from: from.to_bits(), to: to.to_bits(), with_from, with_to }
    }

    pub(super) fn contains(self, number: f64) -> bool {
        let (from, to) = (f64::from_bits(self.from), f64::from_bits(self.to));
        (number > from || (self.with_from && number == from)) && (number < to || (self.with_to && number == to))
    }
}

impl Decimals {
    /// Parses a number or a range; `None` if the number itself is not typed yet.
    ///
    /// # Errors
    /// If it is neither.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        match ValueTest::parse(text)? {
            None => Ok(None),
            Some(ValueTest::Number(range)) => Ok(Some(range)),
            Some(ValueTest::Text(text) | ValueTest::Is(text)) => match number(&text) {
                Some(number) => Ok(Some(Self::new(number, true, number, true))),
                None => Err(format!("`{text}` is not a number; write {FORMS}")),
            },
            Some(ValueTest::Present(_)) => Err(format!("`{text}` is not a number; write {FORMS}")),
        }
    }
}

impl ValueTest {
    /// Parses an unquoted value; `None` if it is unfinished.
    ///
    /// # Errors
    /// If a comparison has no number.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.eq_ignore_ascii_case("any") || text.eq_ignore_ascii_case("none") {
            return Ok(Some(Self::Present(text.eq_ignore_ascii_case("any"))));
        }
        if let Some(range) = range(text)? {
            return Ok(Some(Self::Number(range)));
        }
        let sign = text.len() - text.trim_start_matches(['<', '>', '=']).len();
        let (sign, rest) = text.split_at(sign);
        if !sign.is_empty() && rest.is_empty() {
            return Ok(None);
        }
        let number = || number(rest).ok_or_else(|| format!("`{rest}` is not a number; write {FORMS}"));
        let range = match sign {
            "" => return Ok(Some(Self::Text(text.to_lowercase()))),
            "=" => return Ok(Some(Self::Is(rest.to_lowercase()))),
            ">" => Decimals::new(number()?, false, f64::INFINITY, true),
            ">=" => Decimals::new(number()?, true, f64::INFINITY, true),
            "<" => Decimals::new(f64::NEG_INFINITY, true, number()?, false),
            "<=" => Decimals::new(f64::NEG_INFINITY, true, number()?, true),
            _ => return Err(format!("`{sign}` is not a comparison; write {FORMS}")),
        };
        Ok(Some(Self::Number(range)))
    }
}

/// Parses `1..3`, ranges open at one end, and ranges without an end: `1..<3`, `>1..3`.
fn range(text: &str) -> Result<Option<Decimals>, String> {
    let Some((from, to)) = text.split_once("..") else { return Ok(None) };
    let (from, with_from) = from.strip_prefix('>').map_or((from, true), |from| (from, false));
    let (to, with_to) = to.strip_prefix('<').map_or((to, true), |to| (to, false));
    let (low, high) = (number(from), number(to));
    let range = match (low, high) {
        (Some(low), Some(high)) if low > high => return Err(format!("`{text}` ends before it begins")),
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) if to.is_empty() => (low, f64::INFINITY),
        (None, Some(high)) if from.is_empty() => (f64::NEG_INFINITY, high),
        // Text with two dots in it.
        _ => return Ok(None),
    };
    Ok(Some(Decimals::new(range.0, with_from, range.1, with_to)))
}

fn number(text: &str) -> Option<f64> {
    let digits = text.starts_with(|sign: char| sign.is_ascii_digit() || matches!(sign, '-' | '.'));
    text.parse().ok().filter(|number: &f64| digits && number.is_finite())
}

/// A test prepared for the rows of a dataset.
pub(super) struct FieldProbe<'a> {
    test: &'a FieldTest,
    values: ProbedValues<'a>,
}

enum ProbedValues<'a> {
    /// Whether each combination of values matches.
    Few(&'a FewValues, Vec<bool>),
    Numbers(&'a [f64]),
    /// The rows have to be read; the needles are the bytes that the value has.
    InRows(&'a str, Needles),
    /// No row has the field.
    Nowhere,
}

impl<'a> FieldProbe<'a> {
    pub(super) fn new(test: &'a FieldTest, fields: &'a RowFields) -> Self {
        let values = match fields.named(&test.name).map(|field| (&field.values, field.name.as_str())) {
            None => ProbedValues::Nowhere,
            Some((FieldValues::Numbers(numbers), _)) => ProbedValues::Numbers(numbers),
            Some((FieldValues::Few(few), _)) => ProbedValues::Few(few, combinations(test, few)),
            Some((FieldValues::InRows, name)) => {
                let needles = match &test.value {
                    ValueTest::Text(text) | ValueTest::Is(text) => Needles::any_case(text),
                    ValueTest::Present(_) | ValueTest::Number(_) => Needles::exact(""),
                };
                ProbedValues::InRows(name, needles)
            }
        };
        Self { test, values }
    }

    /// Whether the test holds for a row. `escaped`: the row's bytes rule nothing out.
    pub(super) fn holds(&self, dataset: &Dataset, at: SampleIndex, escaped: impl Fn() -> bool) -> bool {
        match &self.values {
            ProbedValues::Nowhere => self.test.value == ValueTest::Present(false),
            ProbedValues::Few(few, matching) => {
                let combination = few.of_row.get(at.index()).copied().unwrap_or_default();
                matching.get(usize::from(combination)).copied().unwrap_or_default()
            }
            ProbedValues::Numbers(numbers) => {
                let value = numbers.get(at.index()).copied().filter(|number| !number.is_nan());
                match &self.test.value {
                    ValueTest::Present(present) => value.is_some() == *present,
                    ValueTest::Number(range) => value.is_some_and(|value| range.contains(value)),
                    ValueTest::Is(text) | ValueTest::Text(text) => {
                        value.is_some_and(|value| number(text) == Some(value))
                    }
                }
            }
            ProbedValues::InRows(name, needles) => {
                let line = line_of(dataset, at);
                if !needles.may_contain_text(line) && !escaped() {
                    return false;
                }
                let json = field(line, name).filter(|json| !matches!(*json, "null" | "\"\"" | "[]" | "{}"));
                let lower = || json.map(|json| written(json).to_lowercase());
                match &self.test.value {
                    ValueTest::Present(present) => json.is_some() == *present,
                    ValueTest::Number(range) => {
                        json.and_then(|json| number(&value_text(json))).is_some_and(|value| range.contains(value))
                    }
                    ValueTest::Is(text) => lower().is_some_and(|value| value == *text),
                    ValueTest::Text(text) => lower().is_some_and(|value| value.contains(text.as_str())),
                }
            }
        }
    }
}

/// The text of a value with nothing escaped, of lists and objects as well.
fn written(json: &str) -> String {
    let is_nested = json.starts_with(['[', '{']);
    let nested = if is_nested { serde_json::from_str::<serde_json::Value>(json).ok() } else { None };
    nested.map_or_else(|| value_text(json).into_owned(), |value| value.to_string())
}

/// Whether each combination of a field with few values matches.
fn combinations(test: &FieldTest, few: &FewValues) -> Vec<bool> {
    let is = |text: &str, value: &super::row_fields::Value| {
        value.lower == text || (value.number.is_some() && value.number == number(text))
    };
    let matching: Vec<bool> = match &test.value {
        ValueTest::Present(_) => Vec::new(),
        ValueTest::Number(range) => {
            few.values.iter().map(|value| value.number.is_some_and(|number| range.contains(number))).collect()
        }
        ValueTest::Is(text) => few.values.iter().map(|value| is(text, value)).collect(),
        ValueTest::Text(text) if few.values.iter().any(|value| is(text, value)) => {
            few.values.iter().map(|value| is(text, value)).collect()
        }
        ValueTest::Text(text) => few.values.iter().map(|value| value.lower.contains(text.as_str())).collect(),
    };
    let holds = |values: &Vec<u16>| match test.value {
        ValueTest::Present(present) => values.is_empty() != present,
        _ => values.iter().any(|value| matching.get(usize::from(*value)).copied().unwrap_or_default()),
    };
    few.combinations.iter().map(holds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_reads_comparisons_words_and_presence() {
        let parse = |text: &str| ValueTest::parse(text).unwrap();
        let matches = |text: &str, number: f64| match parse(text) {
            Some(ValueTest::Number(range)) => range.contains(number),
            other => panic!("{text}: {other:?}"),
        };
        assert!(matches(">2", 2.1) && !matches(">2", 2.0) && matches(">=2", 2.0));
        assert!(matches("<-1.5", -2.0) && !matches("<-1.5", -1.5) && matches("<=-1.5", -1.5));
        assert!(matches("1..<3", 2.9) && matches("1..<3", 1.0) && !matches("1..<3", 3.0));
        assert!(matches(">1..<3", 2.9) && !matches(">1..<3", 1.0));
        assert!(matches("1..3", 3.0) && matches("..3", -9.0) && matches("0.5..", 0.5) && !matches("1..3", 3.1));
        assert_eq!(parse("Any"), Some(ValueTest::Present(true)));
        assert_eq!(parse("none"), Some(ValueTest::Present(false)));
        assert_eq!(parse("=Wiki"), Some(ValueTest::Is("wiki".into())));
        assert_eq!(parse("a..b"), Some(ValueTest::Text("a..b".into())));
        assert_eq!(parse("2"), Some(ValueTest::Text("2".into())));
        // No numbers, whatever the parser of numbers takes for one.
        assert_eq!(parse("inf..nan"), Some(ValueTest::Text("inf..nan".into())));
        for text in [">inf", ">nan", ">+1", ">1e999"] {
            assert!(ValueTest::parse(text).is_err(), "{text}");
        }
        for unfinished in [">", "<=", "="] {
            assert_eq!(parse(unfinished), None, "{unfinished}");
        }
        let error = |text: &str| ValueTest::parse(text).unwrap_err();
        assert!(error(">x").starts_with("`x` is not a number; write >0"));
        assert!(error("=>3").starts_with("`=>` is not a comparison"));
        assert_eq!(error("3..1"), "`3..1` ends before it begins");
    }
}

//! The index of all fields of the rows, so that a search for a value, and counts of values, parse
//! no row again.
//!
//! A field with few different values keeps two bytes a row, a field of numbers eight. Of a field
//! with many different texts, only the name is kept: its rows are read when it is searched. Knows
//! no search.

use rustc_hash::FxHashMap;
use tilejury_data::raw_fields::{value_text, visit_fields};
use tilejury_data::{Dataset, SampleIndex};

use super::line_of;
use crate::progress::{Cancelled, Progress, Stage};

/// The largest number of different values of a field whose values are kept.
const MOST_VALUES: usize = 1000;

/// The longest value, in bytes of JSON, of a field whose values are kept.
const LONGEST_VALUE: usize = 200;

/// The largest number of fields whose values are kept.
const MOST_COLUMNS: usize = 64;

/// The largest number of fields whose names are kept. Names beyond it are taken for mistakes.
const MOST_NAMES: usize = 10_000;

/// The number of rows between two reports, which can cancel the work.
const ROWS_PER_REPORT: usize = 4096;

/// The fields of all rows, in the order in which they first appear.
#[derive(Debug)]
pub struct RowFields {
    fields: Vec<RowField>,
}

/// A field of the rows.
#[derive(Debug)]
pub struct RowField {
    /// Its name.
    pub name: String,
    /// The number of rows with a value: not null, and not an empty text, list or object.
    pub rows: usize,
    pub(super) values: FieldValues,
    /// The number of rows up to the last one with the field: a field that is repeated in a row
    /// counts once.
    seen: usize,
}

/// The values of a field.
#[derive(Debug)]
pub(super) enum FieldValues {
    Few(FewValues),
    /// A number per row; NaN where there is none.
    Numbers(Vec<f64>),
    /// Too many different values, or long ones: they stay in the rows.
    InRows,
}

/// Values that repeat from row to row.
#[derive(Debug, Default)]
pub(super) struct FewValues {
    /// The combination of each row; 0 where the field has no value.
    pub(super) of_row: Vec<u16>,
    /// The values of each combination, by their index. A list has several, all else one.
    pub(super) combinations: Vec<Vec<u16>>,
    pub(super) values: Vec<Value>,
    by_json: FxHashMap<Box<str>, u16>,
    by_lower: FxHashMap<String, u16>,
}

/// One of few values of a field. Spellings that differ only in case are one value.
#[derive(Debug)]
pub(super) struct Value {
    /// Its first spelling.
    pub(super) text: String,
    pub(super) lower: String,
    pub(super) number: Option<f64>,
    /// The number of rows with it.
    pub(super) rows: usize,
}

impl RowFields {
    /// Reads every row once.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn read(dataset: &Dataset, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let mut fields: Vec<RowField> = Vec::new();
        let mut by_name: FxHashMap<String, usize> = FxHashMap::default();
        let total = dataset.samples.len();
        for sample in dataset.indices() {
            let row = sample.index();
            if row % ROWS_PER_REPORT == 0 {
                progress.report(Stage::Rows.step(row, total))?;
            }
            let mut expected = 0;
            visit_fields(line_of(dataset, sample), |name, json| {
                // Most rows have the same fields in the same order.
                let at = match fields.get(expected) {
                    Some(field) if field.name == name => Some(expected),
                    _ => by_name.get(name.as_ref()).copied(),
                };
                let at = match at {
                    Some(at) => at,
                    None if fields.len() >= MOST_NAMES => return,
                    None => {
                        by_name.insert(name.clone().into_owned(), fields.len());
                        fields.push(RowField::new(name.into_owned(), fields.len()));
                        fields.len() - 1
                    }
                };
                expected = at + 1;
                fields[at].push(row, json, total);
            });
        }
        for field in &mut fields {
            field.finish(total);
        }
        Ok(Self { fields })
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = &RowField> {
        self.fields.iter()
    }

    /// The field with this name; with the same letters in another case if there is no other.
    pub fn named(&self, name: &str) -> Option<&RowField> {
        let exact = self.fields.iter().find(|field| field.name == name);
        exact.or_else(|| self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)))
    }
}

impl RowField {
    fn new(name: String, index: usize) -> Self {
        // The query and the paths differ from row to row, and have filters of their own.
        let known = matches!(name.as_str(), "query" | "chunk_path" | "neg_chunk_paths");
        let values = match known || index >= MOST_COLUMNS {
            true => FieldValues::InRows,
            false => FieldValues::Few(FewValues::new()),
        };
        Self { name, rows: 0, values, seen: 0 }
    }

    fn push(&mut self, row: usize, json: &str, total: usize) {
        if self.seen > row || matches!(json, "null" | "\"\"" | "[]" | "{}") {
            return;
        }
        self.seen = row + 1;
        self.rows += 1;
        let replaced = match &mut self.values {
            FieldValues::InRows => None,
            FieldValues::Numbers(numbers) => match json.parse::<f64>() {
                Ok(number) => {
                    numbers.resize(row, f64::NAN);
                    numbers.push(number);
                    None
                }
                Err(_) => Some(FieldValues::InRows),
            },
            FieldValues::Few(few) => match few.push(row, json) {
                true => None,
                false => Some(few.numbers(row, json, total).map_or(FieldValues::InRows, FieldValues::Numbers)),
            },
        };
        if let Some(values) = replaced {
            self.values = values;
        }
    }

    fn finish(&mut self, rows: usize) {
        match &mut self.values {
            FieldValues::Few(few) => {
                few.of_row.resize(rows, 0);
                few.of_row.shrink_to_fit();
                (few.by_json, few.by_lower) = Default::default();
            }
            FieldValues::Numbers(numbers) => {
                numbers.resize(rows, f64::NAN);
                numbers.shrink_to_fit();
            }
            FieldValues::InRows => {}
        }
    }

    /// The number of different values, if there are few.
    pub fn distinct(&self) -> Option<usize> {
        match &self.values {
            FieldValues::Few(few) => Some(few.values.len()),
            FieldValues::Numbers(_) | FieldValues::InRows => None,
        }
    }

    /// The values with the number of rows that have them, if there are few.
    pub fn values(&self) -> impl Iterator<Item = (&str, usize)> {
        let values = match &self.values {
            FieldValues::Few(few) => few.values.as_slice(),
            FieldValues::Numbers(_) | FieldValues::InRows => &[],
        };
        values.iter().map(|value| (value.text.as_str(), value.rows))
    }

    /// The indexes of a row's values among [`Self::values`].
    pub fn values_of(&self, row: SampleIndex) -> &[u16] {
        match &self.values {
            FieldValues::Few(few) => {
                let combination = few.of_row.get(row.index()).copied().unwrap_or_default();
                few.combinations.get(usize::from(combination)).map_or(&[], Vec::as_slice)
            }
            FieldValues::Numbers(_) | FieldValues::InRows => &[],
        }
    }

    /// The number of a row, if the field has numbers.
    pub fn number_of(&self, row: SampleIndex) -> Option<f64> {
        match &self.values {
            FieldValues::Numbers(numbers) => numbers.get(row.index()).copied().filter(|number| !number.is_nan()),
            FieldValues::Few(few) => match self.values_of(row) {
                [value] => few.values.get(usize::from(*value)).and_then(|value| value.number),
                _ => None,
            },
            FieldValues::InRows => None,
        }
    }
}

impl FewValues {
    fn new() -> Self {
        Self { combinations: vec![Vec::new()], ..Self::default() }
    }

    /// Takes the value of a row. Returns `false` if it cannot be kept.
    fn push(&mut self, row: usize, json: &str) -> bool {
        let combination = match self.by_json.get(json) {
            Some(known) => *known,
            None => {
                let next = self.combinations.len();
                if next > MOST_VALUES || json.len() > LONGEST_VALUE {
                    return false;
                }
                let mut values: Vec<u16> = texts(json).into_iter().map(|text| self.value(text)).collect();
                if self.values.len() > MOST_VALUES {
                    return false;
                }
                values.sort_unstable();
                values.dedup();
                self.combinations.push(values);
                self.by_json.insert(json.into(), next as u16);
                next as u16
            }
        };
        self.of_row.resize(row, 0);
        self.of_row.push(combination);
        for value in &self.combinations[usize::from(combination)] {
            self.values[usize::from(*value)].rows += 1;
        }
        true
    }

    fn value(&mut self, text: String) -> u16 {
        let lower = text.to_lowercase();
        if let Some(known) = self.by_lower.get(&lower) {
            return *known;
        }
        let at = u16::try_from(self.values.len()).unwrap_or(u16::MAX);
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        self.by_lower.insert(lower.clone(), at);
        self.values.push(Value { text, lower, number, rows: 0 });
        at
    }

    /// All values as numbers, with that of one more row; `None` if one of them is no number.
    fn numbers(&self, row: usize, json: &str, total: usize) -> Option<Vec<f64>> {
        let last = json.parse::<f64>().ok()?;
        let is_number = |json: &str| json.starts_with(|sign: char| sign == '-' || sign.is_ascii_digit());
        if !self.by_json.keys().all(|json| is_number(json)) {
            return None;
        }
        let number_of = |combination: &u16| match self.combinations[usize::from(*combination)].as_slice() {
            [value] => self.values[usize::from(*value)].number.unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        let mut numbers = Vec::with_capacity(total);
        numbers.extend(self.of_row.iter().map(number_of));
        numbers.resize(row, f64::NAN);
        numbers.push(last);
        Some(numbers)
    }
}

/// The texts of a value: one, or those of a list of texts, numbers and booleans.
fn texts(json: &str) -> Vec<String> {
    let items: Vec<serde_json::Value> = match json.starts_with('[') {
        true => serde_json::from_str(json).unwrap_or_default(),
        false => Vec::new(),
    };
    if items.is_empty() || items.iter().any(|item| item.is_array() || item.is_object()) {
        return vec![value_text(json).into_owned()];
    }
    items
        .into_iter()
        .map(|item| match item {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::NoProgress;
    use tilejury_testkit::Set;

    fn read(lines: &[String]) -> RowFields {
        let dir = tempfile::tempdir().unwrap();
        let mut set = Set::new();
        for line in lines {
            set = set.line("train", line);
        }
        set.write(dir.path());
        RowFields::read(&Dataset::open(dir.path()).unwrap(), &NoProgress).unwrap()
    }

    fn row(at: usize, more: &str) -> String {
        format!(r#"{{"query": "q{at}", "chunk_path": "images/{at}.png"{more}}}"#)
    }

    #[test]
    fn fields_keep_few_values_and_count_their_rows() {
        let fields = read(&[
            row(0, r#", "source": "wiki", "tags": ["a", "b"], "level": 1"#),
            row(1, r#", "level": 2.5, "source": "Wiki""#),
            row(2, r#", "source": null, "tags": ["b"], "late": true"#),
            row(3, r#", "source": "", "tags": []"#),
        ]);
        let values = |name: &str| {
            fields.named(name).unwrap().values().map(|(text, rows)| format!("{text} {rows}")).collect::<Vec<_>>()
        };
        assert_eq!(values("source"), ["wiki 2"]);
        assert_eq!(values("tags"), ["a 1", "b 2"]);
        assert_eq!(values("LEVEL"), ["1 1", "2.5 1"]);
        assert_eq!(fields.named("late").unwrap().rows, 1);
        assert!(fields.named("late").unwrap().values_of(SampleIndex::new(0)).is_empty());
        assert_eq!(fields.named("level").unwrap().number_of(SampleIndex::new(1)), Some(2.5));
        assert_eq!(fields.named("query").unwrap().distinct(), None);
        assert!(fields.named("nowhere").is_none());
    }

    #[test]
    fn many_numbers_stay_numbers_and_many_texts_stay_in_rows() {
        let lines: Vec<String> = (0..MOST_VALUES + 10)
            .map(|at| row(at, &if at == 5 { String::new() } else { format!(r#", "score": {at}.5, "title": "t{at}""#) }))
            .collect();
        let fields = read(&lines);
        let number = |at: usize| fields.named("score").unwrap().number_of(SampleIndex::new(at));
        assert_eq!((number(0), number(5), number(MOST_VALUES + 9)), (Some(0.5), None, Some(1009.5)));
        assert!(matches!(fields.named("title").unwrap().values, FieldValues::InRows));
        assert_eq!(fields.named("title").unwrap().rows, MOST_VALUES + 9);
    }

    #[test]
    fn a_field_of_its_own_in_each_row_takes_no_memory() {
        let lines: Vec<String> = (0..MOST_COLUMNS + 20).map(|at| row(at, &format!(r#", "f{at}": 1"#))).collect();
        let fields = read(&lines);
        assert!(matches!(fields.named("f80").unwrap().values, FieldValues::InRows));
        assert_eq!(fields.named("f80").unwrap().rows, 1);
    }
}

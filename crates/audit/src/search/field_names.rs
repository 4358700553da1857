//! The names of the rows' fields and their commonest values, to parse and complete a search.

use std::sync::Arc;

use super::row_fields::RowFields;

/// The largest number of values of a field that are offered.
const MOST_OFFERED: usize = 1000;

/// The fields of the rows, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFieldNames {
    /// The rows were not read for their fields yet: any name may be one.
    Unread,
    /// All fields.
    Read(Arc<[FieldSummary]>),
}

/// A field of the rows and, if it has only few, its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSummary {
    /// Its name.
    pub name: String,
    /// The number of rows with a value.
    pub rows: usize,
    /// Its values, those of most rows first; empty if it has many.
    pub values: Vec<FieldValueCount>,
}

/// A value of a field, and the number of rows with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldValueCount {
    /// The value as text.
    pub text: String,
    /// The number of rows.
    pub rows: usize,
}

/// No fields.
impl Default for RowFieldNames {
    fn default() -> Self {
        Self::Read(Arc::new([]))
    }
}

impl From<&RowFields> for RowFieldNames {
    fn from(fields: &RowFields) -> Self {
        let summary = |field: &super::RowField| {
            let is_short = field.distinct().is_some_and(|values| values <= MOST_OFFERED);
            let values = field.values().filter(|_| is_short);
            let mut values: Vec<FieldValueCount> =
                values.map(|(text, rows)| FieldValueCount { text: text.to_owned(), rows }).collect();
            values.sort_by_key(|value| std::cmp::Reverse(value.rows));
            FieldSummary { name: field.name.clone(), rows: field.rows, values }
        };
        Self::Read(fields.iter().map(summary).collect())
    }
}

impl RowFieldNames {
    /// The known fields.
    pub fn iter(&self) -> impl Iterator<Item = &FieldSummary> {
        let known: &[FieldSummary] = match self {
            Self::Unread => &[],
            Self::Read(fields) => fields,
        };
        known.iter()
    }

    /// The known field with this name, in any case.
    pub(super) fn named(&self, name: &str) -> Option<&FieldSummary> {
        let exact = self.iter().find(|field| field.name == name);
        exact.or_else(|| self.iter().find(|field| field.name.eq_ignore_ascii_case(name)))
    }

    /// Whether a row has a field with this name, or may have one.
    pub(super) fn may_have(&self, name: &str) -> bool {
        *self == Self::Unread || self.named(name).is_some()
    }

    /// Fields with these names.
    #[cfg(test)]
    pub(super) fn of(names: &[&str]) -> Self {
        let field = |name: &&str| FieldSummary { name: (*name).to_owned(), rows: 1, values: Vec::new() };
        Self::Read(names.iter().map(field).collect())
    }
}

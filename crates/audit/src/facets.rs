//! Facets: for each filter with few values, how many of the listed rows have each value, and how
//! many of these are judged. One pass over the list, over numbers that are in memory.

use std::collections::BTreeMap;

use tilejury_data::{Dataset, SampleIndex};

use crate::judgement::{Reason, Verdict};
use crate::search::{FIELDS, RowField, RowFields, SearchIndex, SearchTerm, is_filter_name, quote, quote_value};
use crate::session::{AuditSession, SampleStatus, can_have_reasons};
use crate::suspicion::{Findings, Signal};

/// The largest number of different values of a row's field that is a facet.
const MOST_VALUES: usize = 1000;

/// The largest number of values that are listed, those of most rows.
const MOST_LISTED: usize = 30;

/// The data that facets count.
pub struct FacetInputs<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// The rows to count.
    pub listed: &'a [SampleIndex],
    /// The judgements.
    pub session: &'a AuditSession,
    /// The findings, once there are any.
    pub findings: Option<&'a Findings>,
    /// The index of the rows.
    pub index: &'a SearchIndex,
    /// The fields of the rows, once they are read.
    pub fields: Option<&'a RowFields>,
}

/// A filter with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The name of the filter, or of the rows' field.
    pub name: String,
    /// A title for people.
    pub title: String,
    /// The values; those that no listed row has are left out.
    pub values: Vec<FacetValue>,
    /// The number of further values, which fewer rows have.
    pub others: usize,
}

/// A value of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// The value for people.
    pub label: String,
    /// The term of a search that finds its rows.
    pub term: SearchTerm,
    /// The number of listed rows with it.
    pub rows: usize,
    /// The number of those with a verdict.
    pub judged: usize,
}

impl Facet {
    fn new(name: &str, title: &str, values: Vec<FacetValue>) -> Self {
        Self { name: name.into(), title: title.into(), values, others: 0 }
    }

    /// A facet with the values of most rows first.
    fn most_first(name: &str, title: &str, mut values: Vec<FacetValue>) -> Self {
        values.sort_by_key(|value| std::cmp::Reverse(value.rows));
        Self::new(name, title, values)
    }
}

impl FacetValue {
    fn new(label: &str, term: SearchTerm, count: Count) -> Self {
        Self { label: label.to_owned(), term, rows: count.rows, judged: count.judged }
    }
}

/// A count of rows, and of the judged among them.
#[derive(Clone, Copy, Default)]
struct Count {
    rows: usize,
    judged: usize,
}

impl Count {
    fn add(&mut self, judged: bool) {
        self.rows += 1;
        self.judged += usize::from(judged);
    }
}

/// Counts all facets. A facet with a single value that all rows have tells nothing and is left out.
pub fn count(inputs: &FacetInputs<'_>) -> Vec<Facet> {
    let mut counts = Counts::new(inputs);
    inputs.listed.iter().for_each(|sample| counts.add(*sample));
    let mut facets: Vec<Facet> = counts.splits().into_iter().collect();
    facets.extend([counts.verdicts(), counts.reasons(), counts.signals(), counts.tags(), counts.negatives()]);
    facets.extend(counts.fields());
    for facet in &mut facets {
        facet.others = facet.values.len().saturating_sub(MOST_LISTED);
        facet.values.truncate(MOST_LISTED);
    }
    facets.retain(|facet| !facet.values.is_empty());
    facets
}

/// The counts of each value, by its place among the values of its filter.
struct Counts<'a> {
    inputs: &'a FacetInputs<'a>,
    splits: Vec<Count>,
    /// The last one is of the rows without a verdict.
    verdicts: [Count; Verdict::ALL.len() + 1],
    reasons: [Count; Reason::ALL.len()],
    signals: [Count; Signal::ALL.len()],
    tags: BTreeMap<&'a str, Count>,
    negatives: BTreeMap<u16, Count>,
    /// The fields of the rows that are facets.
    fields: Vec<(&'a RowField, Vec<Count>)>,
}

impl<'a> Counts<'a> {
    fn new(inputs: &'a FacetInputs<'a>) -> Self {
        let rows = inputs.dataset.samples.len();
        let fields = inputs.fields.into_iter().flat_map(RowFields::iter).filter(|field| is_facet(field, rows));
        Self {
            inputs,
            splits: vec![Count::default(); inputs.dataset.splits.len()],
            verdicts: Default::default(),
            reasons: Default::default(),
            signals: [Count::default(); Signal::ALL.len()],
            tags: BTreeMap::new(),
            negatives: BTreeMap::new(),
            fields: fields.map(|field| (field, vec![Count::default(); field.distinct().unwrap_or_default()])).collect(),
        }
    }

    /// Counts a row.
    fn add(&mut self, sample: SampleIndex) {
        let inputs = self.inputs;
        let status = inputs.session.statuses().get(sample.index()).copied().unwrap_or_default();
        let judged = status.verdict.is_some();
        if let Some(split) = self.splits.get_mut(usize::from(inputs.dataset.entry(sample).split)) {
            split.add(judged);
        }
        let verdict = status.verdict.and_then(|verdict| Verdict::ALL.iter().position(|known| *known == verdict));
        self.verdicts[verdict.unwrap_or(Verdict::ALL.len())].add(judged);
        self.negatives.entry(inputs.index.negatives(sample)).or_default().add(judged);
        self.add_signals(inputs.findings.map_or(0, |findings| findings.signals(sample)), judged);
        for (field, counts) in &mut self.fields {
            field.values_of(sample).iter().for_each(|value| counts[usize::from(*value)].add(judged));
        }
        if status.has_tags || judged {
            self.add_tags_and_reasons(sample, status);
        }
    }

    /// Counts the signals of a row, a bit each.
    fn add_signals(&mut self, mut bits: u32, judged: bool) {
        while bits != 0 {
            if let Some(signal) = self.signals.get_mut(bits.trailing_zeros() as usize) {
                signal.add(judged);
            }
            bits &= bits - 1;
        }
    }

    fn add_tags_and_reasons(&mut self, sample: SampleIndex, status: SampleStatus) {
        let Some(judgement) = self.inputs.session.judgement(sample) else { return };
        let judged = status.verdict.is_some();
        judgement.tags.iter().for_each(|tag| self.tags.entry(tag).or_default().add(judged));
        if !can_have_reasons(status.verdict) {
            return;
        }
        for (reason, count) in Reason::ALL.iter().zip(&mut self.reasons) {
            // For a rejected row, this reason and the positive's mark are one statement.
            let is_given = match (reason, status.verdict) {
                (Reason::WrongPositive, Some(Verdict::Reject)) => status.wrong_positive,
                _ => judgement.reasons.contains(reason),
            };
            if is_given {
                count.add(judged);
            }
        }
    }

    /// The splits, if there are several.
    fn splits(&self) -> Option<Facet> {
        let splits = &self.inputs.dataset.splits;
        let values = splits.iter().zip(&self.splits).map(|(split, count)| {
            FacetValue::new(&split.name, SearchTerm::new("split", quote(&split.name).into_owned()), *count)
        });
        (splits.len() > 1).then(|| Facet::new("split", "Split", values.collect()))
    }

    fn verdicts(&self) -> Facet {
        let words = Verdict::ALL.iter().map(|verdict| (verdict.label(), verdict.word()));
        let values = words
            .chain([("Not judged", "none")])
            .zip(&self.verdicts)
            .map(|((label, word), count)| FacetValue::new(label, SearchTerm::new("verdict", word.to_owned()), *count));
        Facet::new("verdict", "Verdict", values.collect())
    }

    fn reasons(&self) -> Facet {
        let counted = Reason::ALL.iter().zip(&self.reasons).filter(|(_, count)| count.rows > 0);
        let values = counted.map(|(reason, count)| {
            FacetValue::new(reason.label(), SearchTerm::new("reason", reason.word().to_owned()), *count)
        });
        Facet::new("reason", "Reason", values.collect())
    }

    fn signals(&self) -> Facet {
        let counted = Signal::ALL.iter().zip(&self.signals).filter(|(_, count)| count.rows > 0);
        let values = counted.map(|(signal, count)| {
            FacetValue::new(signal.label(), SearchTerm::new("signal", signal.word().to_owned()), *count)
        });
        Facet::most_first("signal", "Signal", values.collect())
    }

    fn tags(&self) -> Facet {
        let values = self
            .tags
            .iter()
            .map(|(tag, count)| FacetValue::new(tag, SearchTerm::new("tag", quote(tag).into_owned()), *count));
        Facet::most_first("tag", "Tag", values.collect())
    }

    fn negatives(&self) -> Facet {
        let values = self.negatives.iter().map(|(number, count)| {
            FacetValue::new(&number.to_string(), SearchTerm::new("neg", number.to_string()), *count)
        });
        Facet::new("neg", "Negatives per row", values.collect())
    }

    /// The fields of the rows, each a facet of its own.
    fn fields(&self) -> impl Iterator<Item = Facet> {
        self.fields.iter().map(|(field, counts)| {
            let counted = field.values().zip(counts).filter(|(_, count)| count.rows > 0);
            let values =
                counted.map(|((text, _), count)| FacetValue::new(text, term_of_field(&field.name, text), *count));
            Facet::most_first(&field.name, &field.name, values.collect())
        })
    }
}

/// Whether a field of the rows has few values that most rows have. `rows`: those of the set.
fn is_facet(field: &RowField, rows: usize) -> bool {
    let is_named_like_a_facet =
        matches!(field.name.as_str(), "split" | "verdict" | "signal" | "tag" | "reason" | "neg");
    !is_named_like_a_facet
        && field.distinct().is_some_and(|values| (2..=MOST_VALUES).contains(&values))
        && field.rows * 2 > rows
        // Values that hardly repeat, such as names of rows, would be a list of the rows.
        && field.distinct().is_some_and(|values| values * 3 <= field.rows * 2)
}

/// The term that finds a value of a field: `source:wiki`, or with the name in quotes.
fn term_of_field(name: &str, value: &str) -> SearchTerm {
    let is_free = is_filter_name(name) && !FIELDS.iter().any(|help| help.name.eq_ignore_ascii_case(name));
    match is_free {
        true => SearchTerm::new(name, quote_value(value)),
        false => SearchTerm::new("field", quote_text(&format!("{name}={value}"))),
    }
}

/// A value in quotes, so that nothing in it is more than text.
fn quote_text(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}

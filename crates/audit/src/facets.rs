//! Facets: for each filter with few values, how many of the listed rows have each value, and how
//! many of these are judged. One pass over the list, over numbers that are in memory.

use tilejury_data::{Dataset, SampleIndex};

use crate::judgement::{Reason, Verdict};
use crate::search::{FIELDS, RowField, RowFields, SearchIndex, SearchTerm, is_filter_name, quote, quote_value};
use crate::session::AuditSession;
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
    let fields: Vec<&RowField> = match inputs.fields {
        Some(fields) => fields.iter().filter(|field| is_facet(field, inputs.dataset.samples.len())).collect(),
        None => Vec::new(),
    };
    let statuses = inputs.session.statuses();
    let mut splits = vec![Count::default(); inputs.dataset.splits.len()];
    let mut verdicts = [Count::default(); Verdict::ALL.len() + 1];
    let mut reasons = [Count::default(); Reason::ALL.len()];
    let mut signals = [Count::default(); Signal::ALL.len()];
    let mut tags: std::collections::BTreeMap<&str, Count> = std::collections::BTreeMap::new();
    let mut negatives: std::collections::BTreeMap<u16, Count> = std::collections::BTreeMap::new();
    let mut values: Vec<Vec<Count>> =
        fields.iter().map(|field| vec![Count::default(); field.distinct().unwrap_or_default()]).collect();
    for sample in inputs.listed {
        let status = statuses.get(sample.index()).copied().unwrap_or_default();
        let judged = status.verdict.is_some();
        if let Some(split) = splits.get_mut(usize::from(inputs.dataset.entry(*sample).split)) {
            split.add(judged);
        }
        let verdict = status.verdict.and_then(|verdict| Verdict::ALL.iter().position(|known| *known == verdict));
        verdicts[verdict.unwrap_or(Verdict::ALL.len())].add(judged);
        negatives.entry(inputs.index.negatives(*sample)).or_default().add(judged);
        let mut bits = inputs.findings.map_or(0, |findings| findings.signals(*sample));
        while bits != 0 {
            if let Some(signal) = signals.get_mut(bits.trailing_zeros() as usize) {
                signal.add(judged);
            }
            bits &= bits - 1;
        }
        for (field, counts) in fields.iter().zip(&mut values) {
            field.values_of(*sample).iter().for_each(|value| counts[usize::from(*value)].add(judged));
        }
        if !(status.has_tags || judged) {
            continue;
        }
        let Some(judgement) = inputs.session.judgement(*sample) else { continue };
        judgement.tags.iter().for_each(|tag| tags.entry(tag).or_default().add(judged));
        if crate::session::can_have_reasons(status.verdict) {
            for (reason, count) in Reason::ALL.iter().zip(&mut reasons) {
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
    }
    let value = |label: &str, name: &str, typed: String, count: Count| FacetValue {
        label: label.to_owned(),
        term: SearchTerm::new(name, typed),
        rows: count.rows,
        judged: count.judged,
    };
    let facet = |name: &str, title: &str, values: Vec<FacetValue>| Facet {
        name: name.into(),
        title: title.into(),
        values,
        others: 0,
    };
    let mut facets = Vec::new();
    if inputs.dataset.splits.len() > 1 {
        let splits = inputs.dataset.splits.iter().zip(splits);
        let splits = splits.map(|(split, count)| value(&split.name, "split", quote(&split.name).into_owned(), count));
        facets.push(facet("split", "Split", splits.collect()));
    }
    let words = Verdict::ALL.iter().map(|verdict| (verdict.label(), verdict.word())).chain([("Not judged", "none")]);
    let verdicts = words.zip(verdicts).map(|((label, word), count)| value(label, "verdict", word.to_owned(), count));
    facets.push(facet("verdict", "Verdict", verdicts.collect()));
    let reasons = Reason::ALL.iter().zip(reasons).filter(|(_, count)| count.rows > 0);
    let reasons = reasons.map(|(reason, count)| value(reason.label(), "reason", reason.word().to_owned(), count));
    facets.push(facet("reason", "Reason", reasons.collect()));
    let signals = Signal::ALL.iter().zip(signals).filter(|(_, count)| count.rows > 0);
    let mut signals: Vec<FacetValue> =
        signals.map(|(signal, count)| value(signal.label(), "signal", signal.word().to_owned(), count)).collect();
    signals.sort_by_key(|value| std::cmp::Reverse(value.rows));
    facets.push(facet("signal", "Signal", signals));
    let mut tags: Vec<FacetValue> =
        tags.into_iter().map(|(tag, count)| value(tag, "tag", quote(tag).into_owned(), count)).collect();
    tags.sort_by_key(|value| std::cmp::Reverse(value.rows));
    facets.push(facet("tag", "Tag", tags));
    let negatives =
        negatives.into_iter().map(|(number, count)| value(&number.to_string(), "neg", number.to_string(), count));
    facets.push(facet("neg", "Negatives per row", negatives.collect()));
    facets.extend(fields.iter().zip(values).map(|(field, counts)| {
        let values = field.values().zip(counts).filter(|(_, count)| count.rows > 0);
        let mut values: Vec<FacetValue> = values
            .map(|((text, _), count)| FacetValue {
                label: text.to_owned(),
                term: term_of_field(&field.name, text),
                rows: count.rows,
                judged: count.judged,
            })
            .collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.rows));
        facet(&field.name, &field.name, values)
    }));
    for facet in &mut facets {
        facet.others = facet.values.len().saturating_sub(MOST_LISTED);
        facet.values.truncate(MOST_LISTED);
    }
    facets.retain(|facet| !facet.values.is_empty());
    facets
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

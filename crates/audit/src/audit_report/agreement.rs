//! The agreement of each pair of annotators of an audit, of each with their own second answers, and
//! with what is known, under the names that a report shows.
//! Counts nothing: the figures are those of `tilejury agreement`.

use tilejury_data::Dataset;

use super::ReportInputs;
use super::content::PairFigures;
use super::pseudonyms::{Pseudonyms, natural};
use crate::annotators::{
    Against, Agreement, AgreementFigures, AnsweredRows, Counted, adjudicated_rows, against_adjudicated, against_gold,
    against_oneself, agreements,
};
use crate::audits::Audit;
use crate::event::Event;

/// The figures of each pair with a row in common, in the order of the shown names.
pub(super) fn pairs(dataset: &Dataset, audit: &Audit, people: &Pseudonyms) -> Vec<PairFigures> {
    let answered = AnsweredRows::of_audit(audit, dataset, Counted::LooksOnly);
    let mut all: Vec<PairFigures> = agreements(&answered)
        .into_iter()
        .filter_map(|found| {
            let pair = found.pair?.map(|name| people.shown(&name));
            let figures =
                PairFigures { pair, rows: found.rows, negatives: found.negatives, positives: found.positives };
            Some(in_order(figures))
        })
        .collect();
    all.sort_by(|one, other| shown(one).cmp(&shown(other)));
    all
}

/// The first and second answers of each annotator, in the order of the shown names.
pub(super) fn repeats(dataset: &Dataset, audit: &Audit, people: &Pseudonyms) -> Vec<Agreement> {
    let shown =
        |found: Agreement| Agreement { pair: found.pair.map(|pair| pair.map(|name| people.shown(&name))), ..found };
    let mut all: Vec<Agreement> = against_oneself(audit, dataset).into_iter().map(shown).collect();
    let name = |found: &Agreement| found.pair.as_ref().map(|[name, _]| name.clone()).unwrap_or_default();
    all.sort_by(|one, other| natural(&name(one)).cmp(&natural(&name(other))));
    all
}

/// Each annotator against the adjudicated rows of an audit, and against its gold rows, which other
/// audits or standing judgements have the answers to.
pub(super) fn against(inputs: &ReportInputs<'_>, audit: &Audit, all: &[Audit], people: &Pseudonyms) -> Vec<Against> {
    let dataset = inputs.dataset;
    let mut found = against_adjudicated(&AnsweredRows::of_audit(audit, dataset, Counted::LooksOnly));
    if audit.gold_rows().next().is_some() {
        let others: Vec<&Audit> = all.iter().filter(|other| other.id != audit.id).collect();
        let standing: Vec<Event> = inputs.events.iter().filter(|event| event.round.is_none()).cloned().collect();
        found.extend(against_gold(audit, &adjudicated_rows(&others, &standing, dataset), dataset));
    }
    for one in &mut found {
        one.annotator = people.shown(&one.annotator);
    }
    found.sort_by(|one, other| (one.against, natural(&one.annotator)).cmp(&(other.against, natural(&other.annotator))));
    found
}

/// The keys that sort the names of a pair.
fn shown(found: &PairFigures) -> [(usize, &str); 2] {
    found.pair.each_ref().map(|name| natural(name))
}

/// A pair in the order of the shown names: that of the names behind numbers reveals who is who.
fn in_order(mut found: PairFigures) -> PairFigures {
    let [one, other] = shown(&found);
    if one <= other {
        return found;
    }
    found.pair.reverse();
    for figures in [&mut found.rows, &mut found.negatives, &mut found.positives] {
        let AgreementFigures { only_a, only_b, .. } = figures;
        std::mem::swap(only_a, only_b);
    }
    found
}

//! The findings of a run of `bench ask`: whether the controls' intervals hold what is known, how
//! many false negatives have a high grade, and whether the ranking with the reviews meets its bars.

use std::collections::HashMap;

use tilejury_audit::external::{ANSWERS_FROM, ExternalSignals, ExternalStore, ModelReview};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::suspicion::{SuspicionSettings, signals};
use tilejury_data::{Dataset, SampleKey, TilePath, TileSlot};
use tilejury_reviewer::ControlEstimate;
use tilejury_stats::Interval;

use super::{AskBenchOptions, AskMeasures};
use crate::semantic::ranking::{Ranked, auc, average_precision};
use crate::semantic::truth as labels;

/// The bars of the ranking: this AUC with reviews and texts, and no more below the best source
/// alone.
const AUC_FROM: f64 = 0.92;
const BELOW_BEST: f64 = 0.01;

/// Adds what the controls say beside what is known.
pub(super) fn add_controls(measured: &mut AskMeasures, options: &AskBenchOptions<'_>, estimate: &ControlEstimate) {
    let (positives, foreign) = (estimate.positives.0 as f64, estimate.foreign.0 as f64);
    measured.push("controls_positive", positives, "own positives");
    measured.push("controls_foreign", foreign, "foreign tiles");
    let mut add = |names: [&'static str; 3], interval: Option<Interval>, stated: f64| {
        let Some(interval) = interval else { return };
        measured.push(names[0], interval.low, "at least");
        measured.push(names[1], interval.high, "at most");
        let covers = interval.low <= stated && stated <= interval.high;
        measured.push(names[2], f64::from(u8::from(covers)), "1 if that covers the stated share");
        measured.faults.extend((!covers).then(|| format!("the controls' {} does not cover {stated}", names[2])));
    };
    add(["sensitivity_low", "sensitivity_high", "sensitivity_covered"], estimate.sensitivity(), options.sensitivity);
    add(["specificity_low", "specificity_high", "specificity_covered"], estimate.specificity(), options.specificity);
}

/// Adds how well the reviews find the false negatives, alone and in the ranking.
pub(super) fn add_found(
    measured: &mut AskMeasures,
    store: &ExternalStore,
    labelled: &[labels::LabelledNegative],
    dataset: &Dataset,
) -> anyhow::Result<()> {
    let reviews = store.model_reviews()?;
    let answering = |of: &labels::LabelledNegative, test: &dyn Fn(&ModelReview) -> bool| {
        let Ok(sample) = dataset.sample(of.sample) else { return false };
        let tile = TileSlot::of_tiles(&sample).find(|(slot, _)| *slot == of.tile);
        let Some((_, tile)) = tile else { return false };
        reviews.iter().any(|review| {
            review.sample == sample.key && review.tile == tile.path && review.grade >= ANSWERS_FROM && test(review)
        })
    };
    let share = |relevant: bool, test: &dyn Fn(&ModelReview) -> bool| {
        let of: Vec<_> = labelled.iter().filter(|of| of.relevant == relevant).collect();
        of.iter().filter(|of| answering(of, test)).count() as f64 / of.len().max(1) as f64
    };
    measured.push("found", share(true, &|_| true), "of the false negatives have grade 2 or 3");
    measured.push("false_alarms", share(false, &|_| true), "of the true negatives have it, too");
    let verified = |review: &ModelReview| review.verified == Some(true);
    measured.push("found_verified", share(true, &verified), "of the false negatives, verified");
    measured.push("false_alarms_verified", share(false, &verified), "of the true negatives, verified");
    let confirmed = |review: &ModelReview| verified(review) && review.second.is_none_or(|of| of.confirms(review.grade));
    measured.push("found_confirmed", share(true, &confirmed), "of the false negatives, by both stages");
    measured.push("false_alarms_confirmed", share(false, &confirmed), "of the true negatives, by both stages");
    add_ranking(measured, store, labelled, dataset)
}

/// Adds how the ranking with these reviews orders the false negatives, beside each source alone.
fn add_ranking(
    measured: &mut AskMeasures,
    store: &ExternalStore,
    labelled: &[labels::LabelledNegative],
    dataset: &Dataset,
) -> anyhow::Result<()> {
    let external = ExternalSignals::read(store, dataset, &NoProgress)?.map_err(|_| anyhow::anyhow!("stopped"))?;
    let ranked = |external: &ExternalSignals| -> anyhow::Result<Vec<Ranked>> {
        let found = signals(dataset, &SuspicionSettings::default(), Some(external), &NoProgress)
            .map_err(|_| anyhow::anyhow!("stopped"))?;
        let items = labelled
            .iter()
            .map(|of| Ranked { value: f64::from(found.tile_score(of.sample, of.tile)), relevant: of.relevant });
        Ok(items.collect())
    };
    let both = ranked(&external)?;
    let texts = ranked(&external.without_model_reviews())?;
    let own: HashMap<_, f64> = store
        .model_reviews()?
        .into_iter()
        .map(|review| (review_place(&review), f64::from(review.relevance())))
        .collect();
    let reviews: Vec<Ranked> =
        labelled.iter().map(|of| Ranked { value: own_value(dataset, of, &own), relevant: of.relevant }).collect();
    let (Some(both_auc), Some(texts_auc), Some(own_auc)) = (auc(&both), auc(&texts), auc(&reviews)) else {
        return Ok(());
    };
    measured.push("ranking_auc", both_auc, "AUC of the ranking with texts, answers and these reviews");
    measured.push("ranking_auc_texts", texts_auc, "AUC of the ranking without the reviews");
    measured.push("reviews_auc", own_auc, "AUC of the reviews alone");
    if let (Some(with), Some(without)) = (average_precision(&both), average_precision(&texts)) {
        measured.push("average_precision", with, "average precision of the ranking with the reviews");
        measured.push("average_precision_texts", without, "average precision without them");
    }
    measured.must(both_auc >= AUC_FROM, || format!("the AUC of the ranking is {both_auc:.3}, not {AUC_FROM}"));
    let best = texts_auc.max(own_auc);
    measured.must(both_auc >= best - BELOW_BEST, || {
        format!("the AUC of the ranking is {both_auc:.3}, and {best:.3} for its best source alone")
    });
    Ok(())
}

fn review_place(review: &ModelReview) -> (SampleKey, TilePath) {
    (review.sample, review.tile.clone())
}

/// The value of a negative by the reviews alone; below all of them without one.
fn own_value(dataset: &Dataset, of: &labels::LabelledNegative, own: &HashMap<(SampleKey, TilePath), f64>) -> f64 {
    let Ok(sample) = dataset.sample(of.sample) else { return -1.0 };
    let tile = TileSlot::of_tiles(&sample).find(|(slot, _)| *slot == of.tile).map(|(_, tile)| tile.path.clone());
    tile.and_then(|tile| own.get(&(sample.key, tile)).copied()).unwrap_or(-1.0)
}

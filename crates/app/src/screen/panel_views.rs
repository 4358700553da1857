//! The views that panels are given of a review, built here and nowhere else.

use std::borrow::Cow;

use crate::command::KeyScope;
use crate::exchange_task::ExchangeState;
use crate::jobs::Job;
use crate::reading_task::ReadingProgress;
use crate::review::Review;
use crate::settings::{QueueRows, SavedFilter, Settings, WindowState};
use crate::ui::annotators::AnnotatorsView;
use crate::ui::command_palette::PaletteView;
use crate::ui::connection_chip::ConnectionView;
use crate::ui::enabled::Enabled;
use crate::ui::export_dialog::ExportView;
use crate::ui::facets::FacetsView;
use crate::ui::go_to::GoToView;
use crate::ui::inspector::{self, InspectedPart, InspectorView};
use crate::ui::new_audit::NewAuditView;
use crate::ui::offer::{NAMED_ROWS, OfferView, OfferedRow};
use crate::ui::overview_view::OverviewView;
use crate::ui::queue_rail::RailView;
use crate::ui::queue_view::{HoveredRow, QueueView};
use crate::ui::reasons::ReasonsView;
use crate::ui::review_badges::ReviewedTile;
use crate::ui::search::SearchView;
use crate::ui::second_pass::SecondPassView;
use crate::ui::status::{CounterView, StatusView};
use crate::ui::team_dialog::TeamView;
use crate::ui::tour::TourView;
use tilejury_audit::Shown;
use tilejury_audit::session::can_have_reasons;
use tilejury_audit::sidecar::LocationReason;
use tilejury_audit::suspicion::Findings;
use tilejury_audit::text::count;
use tilejury_data::{SampleIndex, TilePath};

/// `with_facets`: whether the facets are open.
pub(super) fn queue<'a>(
    review: &'a Review,
    filters: &'a [SavedFilter],
    rows: QueueRows,
    with_facets: bool,
    was_seen: &'a dyn Fn(SampleIndex, &TilePath) -> bool,
    hovered: Option<HoveredRow<'a>>,
) -> QueueView<'a> {
    let navigator = &review.navigator;
    QueueView {
        search: SearchView {
            text: navigator.search_text(),
            error: navigator.search_error(),
            dataset_names: navigator.dataset_names(),
            tags: review.stats.tags(),
            splits: &review.dataset().splits,
            filters,
        },
        facets: (with_facets && !review.is_in_round() && review.shows(Shown::Rate))
            .then(|| FacetsView { facets: review.stats.insights.facets(), listed: navigator.listed().len() }),
        dataset: review.dataset(),
        session: &review.session,
        findings: review.signals.findings().filter(|_| review.shows(Shown::Signals)),
        hides_roles: review.hides_roles_in_list(),
        was_seen,
        listed: navigator.listed(),
        position: navigator.position(),
        statuses: review.session.statuses(),
        moves: navigator.moves(),
        is_searching: navigator.is_searching(),
        version: review.version,
        order: navigator.order(),
        awaited_order: navigator.awaited_order(),
        suspicion_ends: review.suspicion_ends(),
        selected: &review.selected,
        hovered: hovered.filter(|_| review.shows(Shown::Evidence)),
        rows,
        blind: review.is_in_round(),
        hides_order: !review.shows(Shown::Order),
    }
}

/// `reading`: the progress of reading tiles, if it is under way.
pub(super) fn overview(review: &Review, reading: Option<ReadingProgress>, keys_are_commands: bool) -> OverviewView<'_> {
    OverviewView {
        overview: review.stats.insights.overview().map(AsRef::as_ref),
        is_counting: review.stats.insights.counts_overview(),
        audits: review.audit_entries().collect(),
        waits_for_signals: !review.signals.have_imports(),
        reading: reading.filter(|_| review.shows(Shown::Signals)).map(|reading| (reading.done, reading.total)),
        search: review.navigator.search_text(),
        listed: review.navigator.listed().len(),
        keys_are_commands,
    }
}

/// `position`: that of the row that keys act on.
pub(super) fn rail(review: &Review, position: Result<usize, usize>) -> RailView<'_> {
    let navigator = &review.navigator;
    RailView {
        listed: navigator.listed(),
        position,
        statuses: review.session.statuses(),
        search: navigator.search_text(),
        hides_roles: review.hides_roles_in_list(),
    }
}

/// `goal`: the rows to judge a day, 0 for none; `None` if the session counter is not wanted.
pub(super) fn status<'a>(
    review: &'a Review,
    goal: Option<u32>,
    connection: Option<ConnectionView<'a>>,
    exchange: Option<ExchangeState>,
) -> StatusView<'a> {
    let tally = &review.session.tally;
    StatusView {
        position: review.navigator.position(),
        listed: review.navigator.listed().len(),
        judged: review.rows_judged(),
        // Those of all rows, as `stats` counts them; of judged rows until that is known.
        false_negatives: review
            .stats
            .counts()
            .filter(|_| !review.is_in_round())
            .map_or(tally.false_negatives, |counts| counts.false_negatives),
        shows_rate: review.shows(Shown::Rate),
        marked: (tally.false_negatives, tally.rows_with_false_negatives),
        saving: &review.saving,
        unsaved: review.unsaved(),
        annotators: annotators(review),
        missing: &review.missing,
        dataset: review.dataset(),
        path: &review.path,
        revision_note: review.revision_note.as_deref(),
        connection,
        exchange,
        counter: goal.map(|goal| CounterView {
            pace: review.stats.pace(),
            unjudged: review.unjudged(),
            today: review.stats.today(),
            goal: goal as usize,
        }),
    }
}

pub(super) fn team(review: &Review) -> TeamView<'_> {
    let insights = &review.stats.insights;
    TeamView {
        team: insights.team(),
        is_counting: insights.counts_team(),
        me: &review.session.annotator,
        assignments: review.assignments.all(),
        listed: review.navigator.listed().len(),
        search: review.navigator.search_text(),
        conflicts: review.session.statuses().iter().filter(|status| status.conflict).count(),
    }
}

pub(super) fn annotators(review: &Review) -> AnnotatorsView<'_> {
    AnnotatorsView {
        present: &review.session.annotator,
        judged: review.session.tally.judged,
        known: &review.annotators,
        has_judged_now: review.session.last_seq() > 0,
    }
}

/// `reading`: the progress of reading texts whose scores are not known yet, in a sentence.
pub(super) fn inspector(review: &Review, reading: Option<String>, reviews: Vec<ReviewedTile>) -> InspectorView<'_> {
    let (findings, sample) = (review.signals.findings(), review.cursor());
    InspectorView {
        parts: findings.map(|findings| inspected_parts(findings, sample)),
        reading,
        has_values: findings.is_some_and(|findings| !findings.features().is_empty()),
        coverage: review.signals.coverage(),
        dataset: review.dataset(),
        reviews,
    }
}

/// The row as a whole and its tiles, as far as anything is known of them.
fn inspected_parts(findings: &Findings, sample: SampleIndex) -> Vec<InspectedPart<'_>> {
    let whole = findings.of_whole(sample);
    let whole = (!whole.is_empty()).then(|| InspectedPart {
        tile: None,
        findings: whole,
        shares: Vec::new(),
        score: findings.whole_score(sample),
    });
    let tiles = findings.known_tiles(sample).into_iter().map(|tile| {
        let (shares, score) = (findings.shares(sample, tile), findings.tile_score(sample, tile));
        InspectedPart { tile: Some(tile), findings: findings.of_tile(sample, tile), shares, score }
    });
    let mut parts: Vec<InspectedPart<'_>> = tiles.collect();
    // The most suspect tile first; of equal ones, in the order of the row.
    parts.sort_by(|a, b| b.score.total_cmp(&a.score));
    whole.into_iter().chain(parts).collect()
}

/// The reason why the panel of signals is empty, if it is; also without the panel. `reading` is as
/// for [`inspector`].
pub(super) fn why_no_signals(
    ctx: &egui::Context,
    review: &Review,
    reading: impl FnOnce() -> Option<String>,
) -> Option<String> {
    let (findings, sample) = (review.signals.findings()?, review.cursor());
    let is_empty = findings.of_whole(sample).is_empty() && findings.known_tiles(sample).is_empty();
    is_empty.then(|| {
        let reading = reading();
        let note = || format!(" {}", inspector::nothing_is_known(ctx, reading.as_deref()));
        let note = findings.features().is_empty().then(note).unwrap_or_default();
        format!("{}{note}", inspector::no_signal(review.signals.coverage()))
    })
}

pub(super) fn offer(review: &Review) -> Option<OfferView<'_>> {
    let offer = review.offer()?;
    let dataset = review.dataset();
    let elsewhere = offer.sample != review.cursor();
    let row = |(sample, nearness): &(SampleIndex, f32)| OfferedRow {
        sample: *sample,
        place: dataset.describe_position(*sample),
        query: dataset.row(*sample).map(|row| row.query.into_owned()).unwrap_or_default(),
        nearness: *nearness,
    };
    let rows = offer.rows.iter().take(NAMED_ROWS).map(row).collect();
    Some(OfferView { offer, sample: elsewhere.then(|| dataset.describe_position(offer.sample)), rows })
}

pub(super) fn second_pass(review: &Review) -> SecondPassView<'_> {
    SecondPassView { outcome: review.passes.outcome(), dataset: review.dataset(), unfinished: review.unfinished_pass() }
}

/// The view of the dialog that plans an audit. `name`: the name in its field.
pub(super) fn new_audit<'a>(review: &'a Review, name: &str) -> NewAuditView<'a> {
    NewAuditView {
        dataset: review.dataset(),
        is_taken: review.audits.has_name(name.trim()),
        unseen: review.missing.rows(),
        annotator: &review.session.annotator,
        pace: review.stats.pace(),
    }
}

pub(super) fn go_to(review: &Review) -> GoToView<'_> {
    GoToView { dataset: review.dataset(), listed: review.navigator.listed() }
}

pub(super) fn palette<'a>(
    review: Option<&'a Review>,
    (enabled, scope): (&'a Enabled, KeyScope),
    settings: &'a Settings,
    remembered: &'a WindowState,
) -> PaletteView<'a> {
    let (recent, chosen) = (&remembered.recent, &remembered.chosen);
    PaletteView { enabled, scope, rows: review.map(go_to), settings, recent, chosen }
}

/// `job`: the running background job; `tour`: the step of the tour, if one is running.
pub(super) fn export<'a>(review: &'a Review, job: Option<&'a Job>, tour: Option<TourView>) -> ExportView<'a> {
    let unsaved = review.unsaved();
    let blocked = match (unsaved, review.saving.failure()) {
        (0, _) => None,
        (_, Some(_)) => Some("Some judgements are not saved: an export now would miss them."),
        (_, None) => Some("Saving the last judgements…"),
    };
    let location = review.saving.location();
    let is_usual = matches!(location.why, LocationReason::Root | LocationReason::NotHere);
    let sidecar = (!is_usual).then_some(location.path.as_path());
    ExportView { dataset: review.dataset(), sidecar, revision: review.stats.revision(), unsaved, job, blocked, tour }
}

/// `None` if the sample can have no reasons. `asking`: the sample that waits for a reason.
pub(super) fn reasons(review: &Review, asking: Option<SampleIndex>) -> Option<ReasonsView<'_>> {
    if review.hides_roles() {
        return None;
    }
    if !review.selected.is_empty() {
        let judgement = Cow::Owned(review.selected_reasons()?);
        let rows = count(review.selected.len(), "row");
        return Some(ReasonsView { judgement, sample: Some(rows), can_close: false, asks: false });
    }
    let sample = review.reasons_of();
    let judgement = review.session.judgement(sample)?;
    let elsewhere = sample != review.cursor();
    can_have_reasons(judgement.verdict).then(|| ReasonsView {
        judgement: Cow::Borrowed(judgement),
        sample: elsewhere.then(|| review.dataset().describe_position(sample)),
        can_close: review.just_judged.is_some(),
        asks: asking == Some(review.cursor()) && !elsewhere,
    })
}

//! The rows that a filter finds, in the search language of the window.
//!
//! The judgements of all annotators count, the latest of each value; signals are those from rows
//! and imports.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use tilejury_app::folders::Folders;
use tilejury_audit::AuditSession;
use tilejury_audit::external::{self, ExternalStore};
use tilejury_audit::merge::{self, AnnotatorScope, JudgedRows};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::queue::Queue;
use tilejury_audit::search::{DatasetNames, KnownFacts, RowFields, Search, SearchIndex, TextMatches};
use tilejury_audit::stats::AnswerCounter;
use tilejury_audit::suspicion::{Findings, Signal};
use tilejury_data::{Dataset, MissingShards, SampleIndex};

use super::own_sidecar;
use super::suspicion::{PixelSource, find_signals};
use super::{SidecarArg, StoredJudgements};

/// A filter that was understood.
pub(super) struct Filter {
    text: String,
    names: DatasetNames,
}

/// The data that a filter can ask about, besides the rows.
pub(super) struct FilterData<'a> {
    pub(super) stored: &'a StoredJudgements,
    pub(super) findings: &'a Findings,
    /// The file with the texts of tiles; it need not exist.
    pub(super) external: &'a Path,
}

impl Filter {
    /// Parses a filter for these judgements.
    ///
    /// # Errors
    /// When it is wrong, with the place, or sets no condition.
    pub(super) fn parse(text: &str, dataset: &Dataset, stored: &StoredJudgements) -> anyhow::Result<Self> {
        let signals: Vec<&str> = Signal::ALL.iter().map(|signal| signal.word()).collect();
        let mut names = DatasetNames::new(dataset, &signals);
        names.annotators = merge::annotators(&stored.events).into_iter().map(str::to_owned).collect();
        names.assigned = stored.assigned(dataset).annotators().map(str::to_owned).collect();
        let mut search = parse(text, &names)?;
        if search.needs_fields() {
            // The rows show which fields there are.
            names.fields = (&RowFields::read(dataset, &NoProgress).context("the rows cannot be read")?).into();
            search = parse(text, &names)?;
        }
        anyhow::ensure!(!search.is_empty(), "--filter “{text}” sets no condition; --all takes every row");
        anyhow::ensure!(
            !search.needs_check(),
            "--filter cannot ask for findings (`check:`): they are known only in the window; `tilejury check --json` \
lists them"
        );
        Ok(Self { text: text.to_owned(), names })
    }

    /// Whether it finds rows with a negative that a machine called relevant.
    ///
    /// # Errors
    /// As those of [`Self::parse`].
    pub(super) fn finds_called_relevant(&self) -> anyhow::Result<bool> {
        Ok(parse(&self.text, &self.names)?.finds_called_relevant())
    }

    /// Returns the rows that it finds.
    ///
    /// # Errors
    /// When it asks about texts and there are none, or `stop` was set.
    pub(super) fn find(
        mut self,
        dataset: &Arc<Dataset>,
        data: &FilterData<'_>,
        stop: &AtomicBool,
    ) -> anyhow::Result<HashSet<SampleIndex>> {
        // The sources of scores are known only now.
        self.names.retrievers = Some(data.findings.row_values().retrievers().map(str::to_owned).collect());
        let mut search = parse(&self.text, &self.names)?;
        let (events, assigned) = (&data.stored.events, data.stored.assigned(dataset));
        let team = search.needs_team().then(|| data.stored.team(dataset).rows);
        if let Some(team) = &team {
            self.names.set_team(team);
            search = parse(&self.text, &self.names)?;
        }
        let store = if search.needs_texts() { ExternalStore::open_for_search(data.external)? } else { None };
        let texts = TextMatches::find(&search, store.as_ref(), stop)?.context("stopped")?;
        let matches = match search.needs_rows() {
            true => SearchIndex::build(dataset).find(&search, &texts, dataset, stop).context("stopped")?,
            false => None,
        };
        let mut session = AuditSession::new(dataset.clone(), "", events);
        if search.depends_on_judgements() {
            let mut counter = AnswerCounter::read(dataset.clone(), stop).context("stopped")?;
            counter.add_events(events);
            session.set_conflicts(&counter.count(&AnnotatorScope::Everybody).conflicts);
            session.set_missing_shards(&MissingShards::find(dataset, &dataset.tiles));
        }
        let mut queue = Queue { filter: search, matches, ..Queue::default() };
        let judgement = |sample| session.judgement(sample);
        let decisions = session.decisions();
        let mut judged_rows = JudgedRows::default();
        judged_rows.add(dataset, events);
        let judged_rows = &judged_rows;
        let facts = |sample| KnownFacts {
            sample,
            findings: Some(data.findings),
            decisions,
            judged_rows,
            assigned: &assigned,
            team: team.as_ref(),
        };
        queue.rebuild(dataset, session.statuses(), judgement, facts);
        Ok(queue.listed.into_iter().collect())
    }
}

/// The rows that a filter finds, in the order of the dataset, without reading a picture.
///
/// # Errors
/// As those of [`Filter`], or if the judgements cannot be read.
pub(super) fn filtered_rows(
    text: &str,
    dataset: &Arc<Dataset>,
    sidecar: &SidecarArg,
    stop: &AtomicBool,
) -> anyhow::Result<Vec<SampleIndex>> {
    let stored = StoredJudgements::read(dataset, sidecar)?;
    let filter = Filter::parse(text, dataset, &stored)?;
    let named = sidecar.path.as_deref();
    let folder = Folders::for_current_user().sidecars();
    let external = external::for_reading(dataset, &own_sidecar::for_reading(dataset, named)?, &folder);
    let (findings, _) = find_signals(dataset, named, PixelSource::Nowhere, stop)?;
    let data = FilterData { stored: &stored, findings: &findings, external: &external };
    let mut found: Vec<SampleIndex> = filter.find(dataset, &data, stop)?.into_iter().collect();
    found.sort();
    Ok(found)
}

fn parse(text: &str, names: &DatasetNames) -> anyhow::Result<Search> {
    Search::parse(text, names).map_err(|error| {
        let (character, wrong) = (1 + text[..error.range.start].chars().count(), &text[error.range.clone()]);
        anyhow::anyhow!("--filter is wrong at character {character} (“{wrong}”): {}", error.message)
    })
}

//! The judgements that an export uses, and whose they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tilejury_data::{Dataset, TilePath};

use super::audits::SourceAudit;
use crate::answers::{AnnotatorVotes, Votes};
use crate::audits::Audit;
use crate::event::Event;
use crate::judgement::{FieldChange, Judgements};
use crate::merge::{self, AnnotatorScope};
use crate::origin::Confirmation;
use crate::role::is_machine;

/// The manifest's record of the judgements that counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ManifestJudgements {
    /// `everybody`, `adjudicated`, or `annotator`.
    #[serde(rename = "whose")]
    pub(super) scope: String,
    /// Numbers of samples with a verdict, by annotator.
    pub(super) annotators: BTreeMap<String, usize>,
    /// SHA-256 of the values that count, with who gave them and how; `None` in exports of earlier
    /// versions.
    #[serde(default)]
    pub(super) digest: Option<String>,
}

/// Judgements with their provenance.
pub struct JudgementSource<'a> {
    /// The judgements that count.
    pub judgements: &'a Judgements,
    votes: Votes,
    scope: AnnotatorScope,
    /// Numbers of samples with a verdict, by annotator.
    annotators: BTreeMap<String, usize>,
    /// The digest of all values that count, with who gave them.
    digest: String,
    audits: Vec<SourceAudit>,
}

impl<'a> JudgementSource<'a> {
    /// Collects the provenance of `judgements`, which must be what [`merge::judgements_of`] makes
    /// of the events. Without events, they count as one person's, and every relevance as a mark.
    pub fn new(judgements: &'a Judgements, events: &[Event], scope: &AnnotatorScope) -> Self {
        let with_verdict = |judgements: &Judgements| judgements.values().filter(|one| one.verdict.is_some()).count();
        let each = merge::by_annotator(events).into_iter().filter(|(name, _)| scope.counts(name));
        let annotators = each.map(|(name, judgements)| (name, with_verdict(&judgements))).collect();
        let one = match scope {
            AnnotatorScope::Everybody => "",
            AnnotatorScope::Annotator(name) | AnnotatorScope::Adjudicated(name) => name,
        };
        let votes =
            if events.is_empty() { Votes::from_judgements(one, judgements) } else { Votes::from_events(events) };
        // An undo restores a value with its origin, so the last event of a field has both.
        let mut last: BTreeMap<_, &Event> = BTreeMap::new();
        for event in events.iter().filter(|event| scope.counts(&event.annotator)) {
            if !matches!(event.change, FieldChange::Note(_) | FieldChange::Tags(_)) {
                let field = (&*event.annotator, event.sample, event.change.field(), event.change.tile());
                last.insert(field, event);
            }
        }
        let (mut hash, mut line) = (Sha256::new(), String::new());
        for event in last.into_values() {
            let Some(value) = event.change.value() else { continue };
            let by_accept = event.origin.confirmed_by.map(Confirmation::word).unwrap_or_default();
            let tile = event.change.tile().map(TilePath::as_str).unwrap_or_default();
            line.clear();
            let parts = [&*event.annotator, &event.sample.to_string(), event.change.field(), tile, &value, by_accept];
            parts.iter().for_each(|part| {
                let _ = writeln!(line, "{} {part}", part.len());
            });
            hash.update(line.as_bytes());
        }
        let digest = super::checksums::hex(hash);
        Self { judgements, votes, scope: scope.clone(), annotators, digest, audits: Vec::new() }
    }

    /// Adds the audits of the dataset, which an export records beside the judgements.
    #[must_use]
    pub fn with_audits(mut self, audits: &[Audit], dataset: &Dataset) -> Self {
        self.audits = audits.iter().map(|audit| SourceAudit::new(audit, dataset)).collect();
        self
    }

    /// Returns the kinds of annotators in the words of a dataset card.
    pub(super) fn creators(&self) -> Vec<&'static str> {
        let names = || self.annotators.keys();
        let people = names().any(|name| !is_machine(name)) || self.audits.iter().any(SourceAudit::is_finished);
        let found = [(people, "expert-generated"), (names().any(|name| is_machine(name)), "machine-generated")];
        let found: Vec<&str> = found.into_iter().filter(|(is_there, _)| *is_there).map(|(_, word)| word).collect();
        if found.is_empty() { vec!["no-annotation"] } else { found }
    }

    /// Returns the names of machines whose judgements count.
    pub(super) fn machines(&self) -> Vec<&str> {
        self.annotators.keys().filter(|name| is_machine(name)).map(String::as_str).collect()
    }

    /// Returns the number of people with a verdict that counts.
    pub(super) fn people_who_judged(&self) -> usize {
        self.annotators.iter().filter(|(name, rows)| !is_machine(name) && **rows > 0).count()
    }

    /// Returns the audits of the dataset.
    pub(super) fn audits(&self) -> &[SourceAudit] {
        &self.audits
    }

    /// Returns the people whose votes on tiles count.
    pub(super) fn people(&self) -> Vec<&AnnotatorVotes> {
        self.votes.people(&self.scope)
    }

    /// Creates a source without judgements.
    pub(super) fn empty() -> JudgementSource<'static> {
        static NOTHING: LazyLock<Judgements> = LazyLock::new(Judgements::new);
        JudgementSource::new(&NOTHING, &[], &AnnotatorScope::Everybody)
    }

    pub(super) fn judgements_note(&self) -> ManifestJudgements {
        let scope = match self.scope {
            AnnotatorScope::Everybody => "everybody",
            AnnotatorScope::Annotator(_) => "annotator",
            AnnotatorScope::Adjudicated(_) => "adjudicated",
        };
        let digest = Some(self.digest.clone());
        ManifestJudgements { scope: scope.to_owned(), annotators: self.annotators.clone(), digest }
    }
}

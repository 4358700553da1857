//! The overview and the facets of the review: when they are counted, and from which state. The
//! thread in `insights.rs` counts them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tilejury_audit::search::RowFieldNames;

use super::Review;
use crate::insights::{FacetSource, OverviewSource};

impl Review {
    /// Requests the overview again if anything changed.
    pub(crate) fn refresh_overview(&mut self) {
        let source = self.overview_source();
        self.stats.insights.want_overview(source);
    }

    /// Requests a report of the review in a file.
    pub(crate) fn write_report(&self, to: PathBuf) {
        self.stats.insights.write_report(self.overview_source(), to);
    }

    fn overview_source(&self) -> OverviewSource {
        OverviewSource {
            revision: self.stats.revision(),
            findings: self.signals.shared().cloned(),
            missing: self.missing.clone(),
            since: self.signals.weights_reset(),
        }
    }

    /// Requests the facets again if the list or anything in it changed.
    pub(crate) fn refresh_facets(&mut self) {
        let source = FacetSource {
            revision: self.stats.revision(),
            lists: self.navigator.lists(),
            findings: self.signals.shared().cloned(),
        };
        self.stats.insights.want_facets(source, self.navigator.listed());
    }

    /// Receives what was counted. Returns the reason if counting ended.
    pub(super) fn receive_insights(&mut self) -> Option<String> {
        let failure = self.stats.insights.receive();
        self.receive_acceptance();
        self.receive_team();
        if let Some(fields) = self.stats.insights.take_fields() {
            self.take_fields(fields);
        }
        failure
    }

    /// Takes the figures of the team, and has them counted if a search asks for their rows.
    fn receive_team(&mut self) {
        if self.stats.insights.take_team_news()
            && let Some(team) = self.stats.insights.team()
            && self.navigator.take_team(&team.rows)
        {
            self.refresh_derived();
        }
        if self.navigator.needs_team() && self.stats.insights.team().is_none() {
            self.refresh_team(BTreeMap::new());
        }
    }

    /// Takes the fields of the rows: the search that waits for them may turn out to be wrong.
    pub(super) fn take_fields(&mut self, fields: RowFieldNames) {
        if let Some(text) = self.navigator.take_fields(fields) {
            self.search(text);
        }
    }
}

//! The data of one tile that is drawn: its role, its picture, its mark, its signals, its text.
//! Draws nothing.

use std::time::{Duration, Instant};

use egui::Color32;
use tilejury_audit::Relevance;
use tilejury_audit::suspicion::{Finding, Findings};
use tilejury_data::{Dataset, SampleIndex, TileSlot};

use super::ScenePosition;
use super::connection_chip::seconds;
use super::grid_layout::TileShape;
use super::highlights::HighlightView;
use super::offer::NEAR_QUERY;
use super::review_badges::TileReviews;
use crate::suspicion_reasons::{percent, sources, with_reasons};
use crate::theme::{Palette, badge_without_role, tile_badge};
use crate::tile_request::Picture;
use crate::tile_store::TileState;

/// The role of a tile in the current sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TileRole {
    Positive,
    /// A negative, by its slot.
    Negative(TileSlot),
    /// A tile of the row whose role is hidden, by its number.
    Hidden(usize),
    /// Another tile of the same page, by its number in the page.
    Neighbour(usize),
    /// A tile that a search found, by its number in the list.
    Found(usize),
}

/// The data of one tile.
pub(crate) struct TileView<'a> {
    /// Its position in the scene.
    pub(crate) position: ScenePosition,
    pub(crate) role: TileRole,
    pub(crate) picture: Picture,
    /// The shape that its card has. Stays the same while a person looks at the row.
    pub(crate) shape: TileShape,
    /// The path as the row spells it.
    pub(crate) spelling: &'a str,
    pub(crate) relevance: Option<Relevance>,
    pub(crate) state: TileState,
    pub(crate) focused: bool,
    /// The findings about it.
    pub(crate) signals: TileFindingsView<'a>,
    /// A remark such as `same as the positive`.
    pub(crate) remark: Option<String>,
    /// The text on it, and what of that is marked.
    pub(crate) highlight: HighlightView,
    /// The reviews of it by models.
    pub(crate) reviews: TileReviews,
}

/// The findings about one tile. Their sentences are built only when they are shown: that can parse
/// rows.
#[derive(Clone, Copy, Default)]
pub(crate) struct TileFindingsView<'a> {
    pub(crate) findings: &'a [Finding],
    /// The score of a suspicious tile, from 0 to 1: its text, scores and reviews can raise
    /// suspicion without any finding.
    pub(crate) suspicion: Option<f32>,
    /// All findings, with the tile's place among them: for the reasons of the score.
    pub(crate) of: Option<(&'a Findings, SampleIndex, TileSlot)>,
    /// The rows that sentences may name.
    pub(crate) dataset: Option<&'a Dataset>,
}

impl TileFindingsView<'_> {
    /// The names of the signals, or the score of a suspicious tile without any, with its reasons;
    /// else `None`.
    pub(crate) fn names(&self) -> Option<String> {
        let names: Vec<String> = self.findings.iter().map(|finding| self.name_of(finding)).collect();
        let score = || Some(with_reasons(format!("suspicion {}", percent(self.suspicion?)), &self.sources()));
        if names.is_empty() { score() } else { Some(names.join(", ")) }
    }

    /// The sources besides signals that raise the score.
    pub(super) fn sources(&self) -> Vec<String> {
        self.of.map(|(findings, sample, tile)| sources(findings, sample, tile)).unwrap_or_default()
    }

    /// The name of a finding.
    pub(super) fn name_of(&self, finding: &Finding) -> String {
        self.dataset.map_or_else(|| finding.signal.label().to_owned(), |dataset| finding.name(dataset))
    }

    /// The findings in full, a line each; for a suspicious tile without findings, its score.
    pub(super) fn sentences(&self) -> String {
        if let (true, Some(score)) = (self.findings.is_empty(), self.suspicion) {
            let score = with_reasons(format!("Suspicion {}", percent(score)), &self.sources());
            return format!("{score}. The signals panel has the share of each.");
        }
        let sentences = self
            .dataset
            .into_iter()
            .flat_map(|dataset| self.findings.iter().map(move |finding| finding.sentence(dataset)));
        // The words of the sentences that need a sentence themselves.
        let near = self.findings.iter().any(Finding::is_of_near_query).then(|| NEAR_QUERY.to_owned());
        sentences.chain(near).collect::<Vec<_>>().join("\n")
    }
}

/// The reason why a tile is not fetched, as of `now`: the time until the server allows the next
/// request passes.
pub(super) fn not_fetched(message: &str, allowed_at: Option<Instant>, now: Instant) -> String {
    match allowed_at.map(|at| at.saturating_duration_since(now)) {
        None => without_detail(message),
        Some(Duration::ZERO) => "too many requests (429); the server allows the next one now".to_owned(),
        Some(wait) => format!("too many requests (429); the server allows the next one in {}", seconds(wait)),
    }
}

/// The words without the system's reason for a lost connection, which is for a tooltip.
fn without_detail(message: &str) -> String {
    let parts = message.split_once("no connection (").and_then(|(before, after)| {
        let (_, after) = after.rsplit_once(')')?;
        Some(format!("{before}no connection{after}"))
    });
    parts.unwrap_or_else(|| message.to_owned())
}

impl TileView<'_> {
    /// The name for screen readers, which tests also look for.
    pub(crate) fn name(&self) -> String {
        if matches!(self.picture, Picture::Difference(..)) {
            return "Difference".to_owned();
        }
        match self.role {
            TileRole::Positive => "Positive".to_owned(),
            TileRole::Negative(number) => format!("Negative {number}"),
            TileRole::Hidden(number) => format!("Tile {number}"),
            TileRole::Neighbour(number) => format!("Tile {number} of the page"),
            TileRole::Found(number) => format!("Found tile {number}"),
        }
    }

    pub(super) fn is_of_row(&self) -> bool {
        matches!(self.role, TileRole::Positive | TileRole::Negative(_) | TileRole::Hidden(_))
    }

    pub(super) fn badge(&self, palette: &Palette) -> Option<(&'static str, &'static str, Color32)> {
        match self.role {
            TileRole::Hidden(_) => badge_without_role(palette, self.relevance),
            role => tile_badge(palette, role == TileRole::Positive, self.relevance),
        }
    }

    pub(super) fn colour(&self, palette: &Palette) -> Color32 {
        let of_role = match self.role {
            TileRole::Positive => palette.positive,
            TileRole::Negative(_) => palette.negative,
            TileRole::Hidden(_) | TileRole::Neighbour(_) | TileRole::Found(_) => palette.quiet,
        };
        self.badge(palette).map_or(of_role, |badge| badge.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_until_the_next_request_counts_down() {
        let begun = Instant::now();
        let at = |seconds: u64| {
            let now = begun + Duration::from_secs(seconds);
            not_fetched("in 41 s", Some(begun + Duration::from_secs(41)), now)
        };
        assert!(at(0).ends_with("the next one in 41 s"), "{}", at(0));
        assert!(at(40).ends_with("the next one in 1 s"), "{}", at(40));
        assert!(at(50).ends_with("the next one now"), "{}", at(50));
        assert_eq!(not_fetched("no connection", None, begun), "no connection");
        let detail = "not in the cache, and no connection (reset (os error 104)); check the network";
        assert_eq!(not_fetched(detail, None, begun), "not in the cache, and no connection; check the network");
    }
}

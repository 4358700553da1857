//! The cheap stage of `tilejury ask`: a reranker or embedder scores texts or pictures of tiles, and
//! its scores choose what is asked. They are stored as scores of a source, for the signals, too.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, ValueEnum};
use tilejury_app::key_store::SystemKeyring;
use tilejury_app::model_server::{model_client, second_client};
use tilejury_audit::external::ExternalStore;
use tilejury_audit::text::count;
use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};
use tilejury_reviewer::{
    AskPlan, EndpointClient, Picture, ScoreError, ScoreKind, Scored, Scorer, Spending, choose, model_id, score_row,
    tile_picture,
};

use crate::output::{print_message, progress, step_on};

#[derive(Args)]
pub(super) struct FirstStageArgs {
    /// Ask only about negatives that a reranker or embedder finds near, and some others
    #[arg(long, value_name = "WAY", value_enum, default_value_t = Way::None)]
    first_stage: Way,
    /// The server of the first stage, if it is another one
    #[arg(long, value_name = "URL", requires = "first_stage")]
    first_endpoint: Option<String>,
    /// The model of the first stage, if it is another one [default: the only one of its server]
    #[arg(long, value_name = "NAME", requires = "first_stage")]
    first_model: Option<String>,
    /// Score the pictures of tiles, and not their texts, by /v1/rerank or /v1/score
    #[arg(long, requires = "first_stage")]
    first_pictures: bool,
    /// The share of the other negatives that is asked about all the same
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = super::share)]
    rest: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// The first of the three that the server has
    Auto,
    /// /v1/rerank
    Rerank,
    /// /v1/score
    Score,
    /// /v1/embeddings
    Embeddings,
    /// Ask about all
    None,
}

/// The outcome of the stage.
pub(super) enum Chosen {
    /// The questions that are left.
    Plan(AskPlan),
    /// A ceiling is reached; the text names it.
    Ceiling(String),
}

impl FirstStageArgs {
    pub(super) fn is_wanted(&self) -> bool {
        self.first_stage != Way::None
    }

    /// Whether it reads the tiles of all rows, and not their texts.
    pub(super) fn reads_tiles(&self) -> bool {
        self.is_wanted() && self.first_pictures
    }

    /// Whether the scores of a source may be those of this stage. They must not choose its rows: a
    /// run that goes on would ask about others.
    pub(super) fn has_source(&self, source: &str) -> bool {
        self.kinds().iter().any(|kind| kind.has_source(source))
    }

    /// The kinds of scores that it takes, the better ones first.
    fn kinds(&self) -> &'static [ScoreKind] {
        match self.first_stage {
            Way::Auto => &ScoreKind::ALL,
            Way::Rerank => &[ScoreKind::Rerank],
            Way::Score => &[ScoreKind::Score],
            Way::Embeddings => &[ScoreKind::Embeddings],
            Way::None => &[],
        }
    }

    /// The client of its server. The key of the endpoint in the environment goes to no other host.
    pub(super) fn client(&self, endpoint: &str, timeout: u64) -> anyhow::Result<EndpointClient> {
        let timeout = Duration::from_secs(timeout);
        let main = model_client(endpoint, timeout, &SystemKeyring)?.client;
        let Some(first) = &self.first_endpoint else { return Ok(main) };
        Ok(second_client(first, &main, timeout, &SystemKeyring)?.client)
    }

    /// Scores the texts of rows, stores the scores, and leaves those questions that they choose.
    /// At a ceiling the scores so far stay, and nothing is chosen.
    pub(super) fn choose(
        &self,
        dataset: &Dataset,
        rows: &[SampleIndex],
        plan: AskPlan,
        (client, main_model): (&EndpointClient, &str),
        store: &mut ExternalStore,
        (spending, stop): (&Spending, &AtomicBool),
    ) -> anyhow::Result<Chosen> {
        let asked = self.first_model.as_deref().unwrap_or(main_model);
        // The only model of a server answers, whatever name is asked for.
        let model = model_id(client, asked, stop).map_err(anyhow::Error::msg)?;
        let wanted = match self.kinds() {
            [only] => Some(*only),
            _ => None,
        };
        let example = self.first_pictures.then(|| example(dataset, &plan)).transpose()?;
        let scored = example.as_ref().map_or(Scored::Texts, Scored::Pictures);
        let scorer = match Scorer::find(client, &model, wanted, scored, (spending, stop)) {
            Ok(scorer) => scorer,
            Err(ScoreError::Budget(ceiling)) => return Ok(Chosen::Ceiling(ceiling)),
            Err(ScoreError::Failed(reason)) => anyhow::bail!(reason),
        };
        let Some(scorer) = scorer else {
            let (all, seen) = match self.first_pictures {
                true => ("none of /v1/rerank and /v1/score", " that takes pictures"),
                false => ("none of /v1/rerank, /v1/score and /v1/embeddings", ""),
            };
            let ways = wanted.map_or(all.to_owned(), |kind| format!("no /v1/{}", kind.word()));
            let ways = format!("{ways}{seen}");
            anyhow::ensure!(wanted.is_none(), "{} has {ways} for {model}", client.address());
            print_message(&format!("{} has {ways}: no first stage", client.address()));
            return Ok(Chosen::Plan(plan));
        };
        let has_any = self.first_pictures || store.tile_text_count()? > 0;
        anyhow::ensure!(has_any, "no text of a tile is known; `tilejury read` reads them first");
        let source = scorer.source();
        let known = store.scores()?.into_iter().filter(|score| score.source == source);
        let mut scores: HashMap<(SampleKey, TilePath), f32> =
            known.map(|score| ((score.sample, score.tile), score.score)).collect();
        let what = if self.first_pictures { "scoring tiles" } else { "scoring texts" };
        let bar = progress(rows.len(), what);
        for (at, sample) in rows.iter().enumerate() {
            anyhow::ensure!(!stop.load(Ordering::Relaxed), "stopped; the scores so far are stored");
            step_on(&bar, what, at, rows.len());
            let new = match score_row(dataset, *sample, store, &scorer, &scores) {
                Ok(new) => new,
                Err(ScoreError::Budget(ceiling)) => {
                    bar.finish_and_clear();
                    return Ok(Chosen::Ceiling(ceiling));
                }
                Err(ScoreError::Failed(reason)) => anyhow::bail!(reason),
            };
            let import = store.write()?;
            for score in &new {
                import.score(score)?;
            }
            import.commit()?;
            scores.extend(new.into_iter().map(|score| ((score.sample, score.tile), score.score)));
        }
        bar.finish_and_clear();
        let (plan, counts) = choose(dataset, plan, &scores, self.rest);
        print_message(&format!(
            "first stage by {source}: {} near their positive, {} without a score, {} of the others drawn; {} not asked about",
            count(counts.near, "negative"),
            count(counts.unscored, "negative"),
            counts.drawn,
            counts.left_out
        ));
        Ok(Chosen::Plan(plan))
    }
}

/// The first tile that can be read, to find out whether a server takes pictures.
fn example(dataset: &Dataset, plan: &AskPlan) -> anyhow::Result<Picture> {
    let tiles = plan.tiles();
    let mut readable = tiles.iter().filter_map(|tile| tile_picture(dataset, tile).ok());
    readable.next().ok_or_else(|| anyhow::anyhow!("none of {} can be read", count(tiles.len(), "tile")))
}

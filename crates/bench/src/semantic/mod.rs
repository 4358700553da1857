//! `tilejury bench semantic`: the ranking compared with complete labels of a set's negatives, for
//! each kind of evidence alone and together, and the reading of its tiles compared with their true
//! texts.

mod conditions;
pub(crate) mod ranking;
mod reading;
pub(crate) mod truth;

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use tilejury_audit::external::{ExternalScore, ExternalStore, ImportKind, import};
use tilejury_audit::progress::Progress;
use tilejury_audit::suspicion::{Findings, RankingWeights, SuspicionSettings, signals};
use tilejury_data::Dataset;
use tilejury_text::{Language, ReadingEngine};

use super::series::json_line;
use conditions::{CONDITIONS, Condition, Known};
use ranking::{Ranked, auc, precision_at, recall_at};
use truth::LabelledNegative;

/// The numbers of suspects that count, as multiples of the number of false negatives.
const TIMES: [usize; 3] = [1, 2, 5];
/// The ranks at which precision is measured.
const RANKS: [usize; 2] = [20, 50];
/// The judgements of a simulated annotator, and the number of simulated annotators.
const JUDGEMENTS: usize = 100;
const ANNOTATORS: usize = 40;

/// The inputs of the benchmark.
pub struct SemanticOptions<'o> {
    /// The dataset.
    pub dataset: &'o Dataset,
    /// The folder with `truth.jsonl` and `tile_text.jsonl`, and, if there are any,
    /// `candidate_reviews.jsonl`, `scores.jsonl` and `embeddings.jsonl`.
    pub truth: &'o Path,
    /// Scores of an embedder in the form of `import-scores`, if they are not in the folder.
    pub embeddings: Option<&'o Path>,
    /// The scores that were imported for the dataset: embeddings, too.
    pub stored: Vec<ExternalScore>,
    /// The engine that reads the tiles, and the languages that it begins with; `None` to read none.
    pub engine: Option<(&'o dyn ReadingEngine, &'o [Language])>,
    /// The number of tiles that are read at the same time.
    pub jobs: usize,
}

/// The measures of a ranking and of a reading.
pub struct SemanticMeasures(Vec<SemanticMeasure>);

/// One figure.
#[derive(Clone, Debug, Serialize)]
struct SemanticMeasure {
    /// The measure, such as `auc`.
    name: String,
    /// The evidence that the ranking used, or the language of the tiles that were read.
    of: String,
    /// The kind of negatives that it is limited to.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    value: f64,
}

/// Ranks the negatives of a dataset by each condition's evidence, and compares the rankings with
/// the labels. The truth is read after everything that a search may see. Reports the tiles that it
/// reads.
///
/// # Errors
/// Returns an error if a file of the truth cannot be read or has another form, or `progress`
/// cancelled the work.
pub fn run(options: &SemanticOptions<'_>, progress: &dyn Progress) -> anyhow::Result<SemanticMeasures> {
    let folder = tempfile::tempdir()?;
    let dataset = options.dataset;
    let imported = folder.path().join("imported.sqlite");
    let take = |kind, file: &Path| -> anyhow::Result<bool> {
        if !file.exists() {
            return Ok(false);
        }
        import(dataset, kind, file, &imported, true).with_context(|| format!("{}", file.display()))?;
        Ok(true)
    };
    let texts = options.truth.join("tile_text.jsonl");
    anyhow::ensure!(take(ImportKind::Texts, &texts)?, "{} is missing", texts.display());
    take(ImportKind::Reviews, &options.truth.join("candidate_reviews.jsonl"))?;
    take(ImportKind::Scores, &options.truth.join("scores.jsonl"))?;
    let scores = ExternalStore::open(&imported)?.scores()?;
    let in_folder = options.truth.join("embeddings.jsonl");
    let has_embeddings = take(ImportKind::Scores, options.embeddings.unwrap_or(&in_folder))?;
    if let (false, Some(file)) = (has_embeddings, options.embeddings) {
        anyhow::bail!("{} is missing", file.display());
    }
    let known = Known::read(&imported, dataset, &scores, progress)?.with_embeddings(&options.stored);
    let read = match options.engine {
        Some((engine, languages)) => {
            let file = folder.path().join("read.sqlite");
            let options = reading::ReadingTask { dataset, engine, languages, jobs: options.jobs, texts: &texts };
            let measures = options.run(&file, progress)?;
            Some((known.with_texts_of(&file, dataset, progress)?, measures))
        }
        None => None,
    };
    let labelled = truth::read(&options.truth.join("truth.jsonl"), dataset)?;
    let mut all = SemanticMeasures(Vec::new());
    for condition in CONDITIONS {
        all.measure(dataset, &known, condition, condition.name, &labelled, progress)?;
    }
    if let Some((read, measures)) = read {
        for condition in CONDITIONS.iter().filter(|condition| condition.text) {
            let name = condition.name.replace("text", "text as read");
            all.measure(dataset, &read, condition, &name, &labelled, progress)?;
        }
        all.0.extend(measures);
    }
    Ok(all)
}

impl SemanticMeasures {
    /// Ranks by one condition's evidence and adds the measures, if all of that evidence is known.
    fn measure(
        &mut self,
        dataset: &Dataset,
        known: &Known,
        condition: &Condition,
        name: &str,
        labelled: &[LabelledNegative],
        progress: &dyn Progress,
    ) -> anyhow::Result<()> {
        let Some(external) = known.of(condition) else { return Ok(()) };
        let found = signals(dataset, &SuspicionSettings::default(), Some(&external), progress)
            .map_err(|_| anyhow::anyhow!("stopped"))?;
        let all: Vec<&LabelledNegative> = labelled.iter().collect();
        self.add(name, None, &ranked(&found, &all));
        let with_answer: Vec<&LabelledNegative> = all.iter().copied().filter(|of| of.has_answer).collect();
        self.add(&format!("{name}, rows with answers"), None, &ranked(&found, &with_answer));
        let mut kinds: Vec<(&str, bool)> = all.iter().map(|of| (of.kind.as_str(), of.relevant)).collect();
        kinds.sort_by_key(|(kind, relevant)| (!relevant, *kind));
        kinds.dedup();
        for (kind, relevant) in kinds {
            // The negatives of this kind beside all of the other label.
            let beside =
                all.iter().copied().filter(|of| of.relevant != relevant || of.kind == kind).collect::<Vec<_>>();
            if let Some(auc) = auc(&ranked(&found, &beside)) {
                self.push("auc", name, Some(kind), auc);
            }
            self.add_kind(name, kind, &found, &all);
        }
        self.simulate_judgements(name, &found, &all);
        Ok(())
    }

    fn add(&mut self, name: &str, kind: Option<&str>, items: &[Ranked]) {
        let relevant = items.iter().filter(|item| item.relevant).count();
        if let Some(auc) = auc(items) {
            self.push("auc", name, kind, auc);
        }
        for times in TIMES {
            if let Some(recall) = recall_at(items, times * relevant) {
                self.push(&format!("recall_at_{times}x"), name, kind, recall);
            }
        }
        for rank in RANKS {
            if let Some(precision) = precision_at(items, rank) {
                self.push(&format!("precision_at_{rank}"), name, kind, precision);
            }
        }
    }

    /// Adds the share of one kind that is among the first suspects, and its share of them.
    fn add_kind(&mut self, name: &str, kind: &str, found: &Findings, all: &[&LabelledNegative]) {
        let relevant = all.iter().filter(|of| of.relevant).count();
        let of_kind = ranked(found, all).into_iter().zip(all);
        let items: Vec<Ranked> = of_kind.map(|(item, of)| Ranked { relevant: of.kind == kind, ..item }).collect();
        for times in TIMES {
            if let Some(recall) = recall_at(&items, times * relevant) {
                self.push(&format!("recall_at_{times}x"), name, Some(kind), recall);
            }
        }
        for rank in RANKS {
            if let Some(precision) = precision_at(&items, rank) {
                self.push(&format!("precision_at_{rank}"), name, Some(kind), precision);
            }
        }
    }

    /// Fits the weights to judgements of simulated annotators, who judge as the truth has it and in
    /// random order, and measures the rankings that follow.
    fn simulate_judgements(&mut self, name: &str, found: &Findings, all: &[&LabelledNegative]) {
        let mut order: Vec<usize> = (0..all.len()).collect();
        let mut random = Shuffle(1);
        let (mut sum, mut least) = (0.0, f64::INFINITY);
        for _ in 0..ANNOTATORS {
            random.shuffle(&mut order);
            let judged: Vec<_> =
                order.iter().take(JUDGEMENTS).map(|at| (all[*at].sample, all[*at].tile, all[*at].relevant)).collect();
            let weights = RankingWeights { features: found.fit(&judged), ..found.weights().clone() };
            let Some(auc) = auc(&ranked(&found.weighed(&weights), all)) else { return };
            sum += auc;
            least = least.min(auc);
        }
        self.push("auc_after_100_simulated_judgements", name, None, sum / ANNOTATORS as f64);
        self.push("least_auc_after_100_simulated_judgements", name, None, least);
    }

    fn push(&mut self, measure: &str, of: &str, kind: Option<&str>, value: f64) {
        let (name, of, kind) = (measure.to_owned(), of.to_owned(), kind.map(str::to_owned));
        self.0.push(SemanticMeasure { name, of, kind, value });
    }

    /// Writes all measures, one line each: JSON, or text for a person.
    ///
    /// # Errors
    /// Returns an error if writing fails.
    pub fn print(&self, out: &mut impl Write, json: bool) -> io::Result<()> {
        let mut last = "";
        self.0.iter().try_for_each(|measure| {
            if json {
                return json_line(out, measure);
            }
            if last != measure.of {
                writeln!(out, "{}", measure.of)?;
                last = &measure.of;
            }
            let name = match &measure.kind {
                Some(kind) => format!("{} {kind}", measure.name),
                None => measure.name.clone(),
            };
            writeln!(out, "  {name:<42} {:>7.3}", measure.value)
        })
    }
}

fn ranked(found: &Findings, labelled: &[&LabelledNegative]) -> Vec<Ranked> {
    let rank = |of: &&LabelledNegative| Ranked {
        value: f64::from(found.tile_score(of.sample, of.tile)),
        relevant: of.relevant,
    };
    labelled.iter().map(rank).collect()
}

/// A fixed random order: SplitMix64 (Steele, Lea & Flood, 2014) and the Fisher-Yates shuffle.
struct Shuffle(u64);

impl Shuffle {
    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            order.swap(last, (mixed % (last as u64 + 1)) as usize);
        }
    }
}

//! `tilejury export`: a cleaned copy of the splits; `--dry-run` only previews it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde_json::{Value, json};
use tilejury_app::folders::Folders;
use tilejury_audit::TextEnum;
use tilejury_audit::download;
use tilejury_audit::export::{
    Conflicts, Copies, ExportError, ExportOptions, ExportReport, FalseNegatives, Format, HeldOutLeaks, Images,
    JudgementSource, Leaks, NegativeOrder, RowOutcome, TileCheck, Unjudged, Unsure, export_with, preview_with,
};
use tilejury_audit::merge::{self, ADJUDICATOR, AnnotatorScope};
use tilejury_audit::progress::{Progress as _, ProgressStep};
use tilejury_data::Dataset;

use super::output::{Output, print_message, progress, step_on};
use super::{DatasetArgs, DownloadArg, Outcome, StoredJudgements, judgement_scope, open_with_memory, stop_switch};

/// A parser for an option whose values have words.
fn one_of<T: TextEnum>() -> impl TypedValueParser<Value = T> {
    let values = T::ALL.iter().map(|value| PossibleValue::new(value.word()).help(value.label()));
    PossibleValuesParser::new(values).try_map(|word| T::parse(&word))
}

#[derive(Args)]
#[command(
    after_help = "Unless an option says otherwise, a rejected row is dropped, and so is a row whose positive was judged not relevant or \
    broken. A negative judged relevant or broken is removed from its row. The negatives of a row never include a positive of its query, a \
    tile judged relevant to it, or a copy of either under another path. The pixels to compare are read once, and the results are kept in \
    your cache folder. All other rows are copied byte for byte, in their order.\n\n\
    Marks of a tile count together over all rows of a query: each annotator has one vote, the majority decides, and a tie is unsure. \
    docs/export.md has every rule. `tilejury verify-export OUT` checks the result."
)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// A new or empty folder outside the dataset's folder
    #[arg(required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Print the effect on every row without writing anything
    #[arg(long)]
    dry_run: bool,
    /// The minimum number of usable negatives: a row with fewer is dropped, because trainers would
    /// pad it with its own positive
    #[arg(long, value_name = "N", default_value_t = 2)]
    negatives: usize,
    /// How to treat negatives that are relevant
    #[arg(long, value_name = "WHAT", default_value = "drop-negative", value_parser = one_of::<FalseNegatives>())]
    false_negatives: FalseNegatives,
    /// How to treat negatives that are copies, under another path, of a positive of their query or
    /// of a tile relevant to it: the same bytes, the same pixels, or a near picture. A near picture
    /// that was marked as not relevant is kept
    #[arg(long, value_name = "WHAT", default_value = "drop", value_parser = one_of::<Copies>())]
    copies: Copies,
    /// How to treat rows without a verdict
    #[arg(long, value_name = "WHAT", default_value = "keep", value_parser = one_of::<Unjudged>())]
    unjudged: Unjudged,
    /// How to treat rows, positives and negatives judged unsure
    #[arg(long, value_name = "WHAT", default_value = "keep", value_parser = one_of::<Unsure>())]
    unsure: Unsure,
    /// Refill rows that are short of negatives from their own `retrieve_top20`
    #[arg(long)]
    refill: bool,
    /// The order of a row's negatives
    #[arg(long, value_name = "ORDER", default_value = "as-is", value_parser = one_of::<NegativeOrder>())]
    order: NegativeOrder,
    /// How to treat rows whose positive was marked as not relevant in another row of the query,
    /// where it is a negative, and was not judged where it is the positive. The tile is removed
    /// from the negatives in any case
    #[arg(long, value_name = "WHAT", default_value = "drop", value_parser = one_of::<Conflicts>())]
    conflicts: Conflicts,
    /// How to treat rows with the same query and positive in a training split and another one
    #[arg(long, value_name = "WHAT", default_value = "drop-train", value_parser = one_of::<Leaks>())]
    leaks: Leaks,
    /// How to treat rows with the same query and positive in eval and test
    #[arg(long, value_name = "WHAT", default_value = "drop-eval", value_parser = one_of::<HeldOutLeaks>())]
    held_out_leaks: HeldOutLeaks,
    /// How to check the tiles that rows name: with `find`, they must exist, and those that are read
    /// to find copies must not be damaged. If pictures are written, tiles must always exist
    #[arg(long, value_name = "HOW", default_value = "find", value_parser = one_of::<TileCheck>())]
    tiles: TileCheck,
    /// The formats of the rows, separated by commas
    #[arg(long, value_name = "FORMAT", default_value = "jsonl", value_delimiter = ',', value_parser = one_of::<Format>())]
    format: Vec<Format>,
    /// Which pictures to write
    #[arg(long, value_name = "WHAT", default_value = "none", value_parser = one_of::<Images>())]
    images: Images,
    /// Use only this annotator's judgements [default: all, by majority; a tie is unsure]
    #[arg(long, value_name = "NAME")]
    annotator: Option<String>,
    /// Use only adjudicated judgements: those of the annotator `adjudicator`, or of NAME
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = ADJUDICATOR, conflicts_with = "annotator")]
    adjudicated: Option<String>,
    #[command(flatten)]
    download: DownloadArg,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl ExportArgs {
    fn options(&self) -> ExportOptions {
        let mut formats = self.format.clone();
        formats.sort_unstable();
        formats.dedup();
        ExportOptions {
            negatives: self.negatives,
            false_negatives: self.false_negatives,
            copies: self.copies,
            unjudged: self.unjudged,
            unsure: self.unsure,
            refill: self.refill,
            order: self.order,
            conflicts: self.conflicts,
            leaks: self.leaks,
            held_out_leaks: self.held_out_leaks,
            tiles: self.tiles,
            images: self.images,
            formats,
        }
    }

    /// Returns an error if the export would download something and nobody agreed.
    fn ask(&self, dataset: &Dataset, options: &ExportOptions, fingerprints: &Path) -> anyhow::Result<()> {
        // A preview plans as an export does, but writes no pictures.
        let (fetch, work) = if self.dry_run || self.out.is_none() || !options.needs_pictures() {
            (download::of_export_rows(dataset, options, Some(fingerprints)), "planning the export")
        } else {
            (download::of_export(dataset, options, Some(fingerprints)), "this export")
        };
        let instead = match options.copies {
            _ if options.tiles_looked_for() == TileCheck::Decode || options.images.are_copied() => "",
            Copies::Trust => "",
            Copies::Drop | Copies::Keep => ", or --copies trust to export without a search for copies of positives",
        };
        self.download.allow(dataset, work, instead, fetch)
    }

    fn scope(&self, stored: &StoredJudgements) -> Result<AnnotatorScope, Outcome> {
        let name = self.annotator.as_deref().or(self.adjudicated.as_deref());
        Ok(match judgement_scope(stored, name)? {
            AnnotatorScope::Annotator(name) if self.adjudicated.is_some() => AnnotatorScope::Adjudicated(name),
            scope => scope,
        })
    }
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<Outcome> {
    let dataset = open_with_memory(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let scope = match args.scope(&stored) {
        Ok(scope) => scope,
        Err(refused) => return Ok(refused),
    };
    let judgements = merge::judgements_of(&dataset, &stored.events, &scope);
    let options = args.options();
    let fingerprints = Folders::for_current_user().fingerprints_file(dataset.fingerprint);
    args.ask(&dataset, &options, &fingerprints)?;
    let bar = progress(0, "");
    let stop = stop_switch();
    let report = |step: ProgressStep| {
        step_on(&bar, step.stage.label(), step.done, step.total);
        stop.report(step)
    };
    let source = JudgementSource::new(&judgements, &stored.events, &scope).with_audits(&stored.audits, &dataset);
    let mut outcomes = Vec::new();
    let result = match (&args.out, args.dry_run) {
        (Some(out), false) => export_with(&dataset, &source, &options, out, Some(&fingerprints), &report),
        _ => preview_with(&dataset, &source, &options, Some(&fingerprints), &report).map(|(plan, report)| {
            outcomes = plan.outcomes;
            report
        }),
    };
    bar.finish_and_clear();
    let report = match result {
        Ok(report) => report,
        Err(error) if is_refusal(&error) => {
            print_message(&format!("tilejury: {error}"));
            return Ok(Outcome::Findings);
        }
        Err(error) => return Err(error.into()),
    };
    for split in report.empty_splits() {
        print_message(&format!("tilejury: warning: {}", ExportReport::empty_split(split)));
    }
    let mut out = Output::new();
    if args.json {
        out.json(&figures(&report, args.dry_run))?;
    } else {
        print_summary(&mut out, args, &dataset, &report, &outcomes)?;
    }
    out.finish()?;
    Ok(Outcome::Success)
}

/// Whether an export was refused before it began, for a reason that the caller can remove.
fn is_refusal(error: &ExportError) -> bool {
    match error {
        ExportError::NotEmpty(_)
        | ExportError::NoFolder(_)
        | ExportError::NoParent(_)
        | ExportError::InsideDataset { .. }
        | ExportError::LinkElsewhere(_)
        | ExportError::Nothing
        | ExportError::NoRoom { .. } => true,
        ExportError::Tile { .. }
        | ExportError::Unreachable(_)
        | ExportError::Unsafe(_)
        | ExportError::Io { .. }
        | ExportError::Cancelled => false,
    }
}

/// Prints the result for a person: without a written export, the outcome of every row.
fn print_summary(
    out: &mut Output,
    args: &ExportArgs,
    dataset: &Dataset,
    report: &ExportReport,
    outcomes: &[RowOutcome],
) -> anyhow::Result<()> {
    for line in report.summary() {
        out.line(&line)?;
    }
    match &args.out {
        Some(path) if !args.dry_run => {
            out.line(&format!("Written to {}: {}", path.display(), listed(&report.files)))?;
        }
        _ => {
            for (index, outcome) in dataset.indices().zip(outcomes) {
                if let Some(words) = words(outcome) {
                    out.line(&format!("  {}: {words}", dataset.describe_position(index)))?;
                }
            }
            out.line("Nothing was written.")?;
        }
    }
    Ok(())
}

/// The names of files, and for folders the number of files in them: 200,000 pictures would be too
/// long a list.
fn listed(files: &[String]) -> String {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names = Vec::new();
    for file in files {
        match file.split_once('/') {
            Some((folder, _)) => *folders.entry(folder).or_default() += 1,
            None => names.push(file.clone()),
        }
    }
    names.extend(folders.iter().map(|(folder, files)| format!("{folder}/ ({files})")));
    names.join(", ")
}

fn figures(report: &ExportReport, dry_run: bool) -> Value {
    json!({
        "kept": report.kept,
        "changed": report.changed,
        "dropped": report.dropped,
        "promoted": report.promoted,
        "reasons": report.reasons,
        "files": report.files,
        "dry_run": dry_run,
        "bad_lines": report.bad_lines,
        "splits": report.splits,
        "simulation": report.simulation,
        "conflicts": report.conflicts,
        "added": report.added.len(),
        "unjudged": report.unjudged,
        "copies": report.copies,
        "tiles_not_here": report.tiles_not_here,
        "empty_splits": report.empty_splits().collect::<Vec<_>>(),
    })
}

/// Describes the change to a row that is not kept as it is.
fn words(outcome: &RowOutcome) -> Option<String> {
    match outcome {
        RowOutcome::Keep => None,
        RowOutcome::Change(changed) => {
            let words: Vec<String> = changed.iter().map(|why| why.label().to_lowercase()).collect();
            Some(format!("changed, {}", words.join(", ")))
        }
        RowOutcome::Drop(why) => Some(format!("left out, {}", why.label().to_lowercase())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "an error fails the test")]

    use std::path::Path;

    use clap::Parser;
    use tilejury_app::export_command::command_line;
    use tilejury_testkit::{Row, Set};

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ExportArgs,
    }

    /// The words of a command line, as a shell understands them.
    fn words(line: &str) -> Vec<String> {
        let shown = format!("set -- {line}; for word; do printf '%s\\n' \"$word\"; done");
        let out = std::process::Command::new("sh").args(["-c", &shown]).output().unwrap();
        assert!(out.status.success(), "{line}");
        String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    #[cfg(unix)]
    #[test]
    fn command_line_of_the_dialog_means_the_same_options() {
        let dir = tempfile::tempdir().unwrap();
        let root = Set::new().row("train", &Row::new("q", "p.png")).write(&dir.path().join("it's a set"));
        let dataset = Dataset::open(&root).unwrap();
        let parse = |options: &ExportOptions, scope: &AnnotatorScope| {
            let sidecar = Path::new("/tmp/my judgements.sqlite");
            let line = command_line(&dataset, Path::new("/tmp/a copy"), Some(sidecar), options, scope);
            let words = words(&line);
            assert_eq!(words[..2], ["tilejury", "export"]);
            let args = Line::try_parse_from(&words[1..]).unwrap_or_else(|error| panic!("{line}: {error}")).args;
            assert_eq!(args.out.as_deref(), Some(Path::new("/tmp/a copy")));
            assert_eq!(args.dataset.sidecar.path.as_deref(), Some(sidecar));
            assert!(args.dataset.dataset.starts_with(&root));
            assert_eq!(args.options(), *options, "{line}");
            args
        };
        let usual = ExportOptions::default();
        let args = parse(&usual, &AnnotatorScope::Annotator("O'Neil".into()));
        assert_eq!(args.annotator.as_deref(), Some("O'Neil"));
        // Each choice in turn.
        macro_rules! each {
            ($($field:ident: $kind:ty),*) => {$(
                for value in <$kind>::ALL {
                    parse(&ExportOptions { $field: *value, ..usual.clone() }, &AnnotatorScope::Everybody);
                }
            )*};
        }
        each!(false_negatives: FalseNegatives, copies: Copies, unjudged: Unjudged, unsure: Unsure, order: NegativeOrder);
        each!(conflicts: Conflicts, leaks: Leaks, held_out_leaks: HeldOutLeaks, tiles: TileCheck, images: Images);
        let all = ExportOptions { formats: Format::ALL.to_vec(), negatives: 7, refill: true, ..usual.clone() };
        let args = parse(&all, &AnnotatorScope::Adjudicated(ADJUDICATOR.to_owned()));
        assert_eq!(args.adjudicated.as_deref(), Some(ADJUDICATOR));
        let args = parse(&usual, &AnnotatorScope::Adjudicated("me".into()));
        assert_eq!(args.adjudicated.as_deref(), Some("me"));
    }
}

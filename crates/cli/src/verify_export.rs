//! `tilejury verify-export`: checks a finished export against its manifest, the rules of training
//! and, where it is named, the dataset that it was made from.

use std::path::PathBuf;

use clap::Args;
use tilejury_app::folders::Folders;
use tilejury_audit::export::{JudgementSource, Originals, VerifyReport, annotator_scope, verify_with};
use tilejury_audit::progress::{Progress as _, ProgressStep};
use tilejury_audit::text::uncapital;
use tilejury_audit::{download, merge};

use super::output::{Output, print_message, progress, step_on};
use super::suspicion::{PixelSource, find_signals};
use super::{DownloadArg, Outcome, SidecarArg, StoredJudgements, open_with_memory, stop_switch};

#[derive(Args)]
#[command(
    after_help = "Checks that every file exists and has its checksum, that the manifest matches the files, that no trainer would pad a \
    row with its own positive, that no positive of a query and no copy of one is among the negatives of the query, and that every tile \
    exists if pictures were exported. Copies are looked for in the exported pictures, or with --dataset in the original ones; without \
    either, a note says that they were not looked for. With --dataset, the rows are also planned again from the judgements in the sidecar, \
    and the whole result is compared; and the negatives that score 50 % or more are counted in the rows that nobody judged, with the \
    scores that follow from rows and imports, not from pixels.\n\n\
    Exit codes: 0 nothing found, 1 faults found, 2 the export cannot be read."
)]
pub(super) struct VerifyExportArgs {
    /// The folder of an export
    out: PathBuf,
    /// The source of the export: a dataset folder, a .jsonl or .parquet file of it, or an address
    #[arg(long, value_name = "DIR")]
    dataset: Option<PathBuf>,
    #[command(flatten)]
    sidecar: SidecarArg,
    #[command(flatten)]
    download: DownloadArg,
    /// Print one JSON object per fault
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VerifyExportArgs) -> anyhow::Result<Outcome> {
    if args.dataset.is_none() && args.sidecar.path.is_some() {
        print_message("tilejury: --sidecar needs --dataset: judgements are compared together with their rows");
        return Ok(Outcome::Findings);
    }
    let dataset = args.dataset.as_deref().map(open_with_memory).transpose()?;
    let stored =
        dataset.as_ref().map(|dataset| StoredJudgements::read(dataset, &args.sidecar)).transpose()?.unwrap_or_default();
    let scope = if dataset.is_some() { annotator_scope(&args.out)? } else { merge::AnnotatorScope::Everybody };
    let judgements = merge::judgements(&stored.events, &scope);
    let source = JudgementSource::new(&judgements, &stored.events, &scope);
    let source = match &dataset {
        Some(dataset) => source.with_audits(&stored.audits, dataset),
        None => source,
    };
    let fingerprints =
        dataset.as_ref().map(|dataset| Folders::for_current_user().fingerprints_file(dataset.fingerprint));
    let stop = stop_switch();
    // Without pixels: a whole set would have to be read for them.
    let found = dataset
        .as_ref()
        .map(|dataset| find_signals(dataset, args.sidecar.path.as_deref(), PixelSource::Nowhere, &stop))
        .transpose()?;
    let findings = found.as_ref().map(|(findings, _)| findings);
    let originals = dataset.as_ref().map(|dataset| Originals {
        dataset,
        source: &source,
        fingerprints: fingerprints.as_deref(),
        findings,
    });
    if let Some(originals) = &originals {
        let fetch = download::of_verification(originals.dataset, &args.out, originals.fingerprints)?;
        args.download.allow(originals.dataset, "comparing with the original", "", fetch)?;
    }
    let bar = progress(0, "");
    let report = |step: ProgressStep| {
        step_on(&bar, step.stage.label(), step.done, step.total);
        stop.report(step)
    };
    let verdict = verify_with(&args.out, originals.as_ref(), &report);
    bar.finish_and_clear();
    let verdict = VerifyReport { without_pixels: true, ..verdict? };
    let mut out = Output::new();
    for fault in &verdict.faults {
        if args.json {
            out.json(fault)?;
            continue;
        }
        let file = fault.file.as_deref().map(|file| format!("{file}: ")).unwrap_or_default();
        let line = fault.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        out.line(&format!("{}: {file}{line}{}", fault.kind, fault.message))?;
    }
    if verdict.faults.is_empty() && !args.json {
        out.line(&verdict.sentence())?;
    }
    // Scripts read faults from standard output, and nothing else.
    let in_sentence = verdict.unjudged_words().filter(|_| args.json && verdict.faults.is_empty());
    let notes = in_sentence.map(|words| uncapital(&words)).into_iter().chain(verdict.notes());
    for note in notes {
        if args.json {
            print_message(&format!("note: {note}"));
        } else {
            out.line(&format!("- {note}"))?;
        }
    }
    if !verdict.compared {
        print_message("tilejury: --dataset DIR compares the rows, too, as Verify in the window does");
    }
    out.finish()?;
    Ok(if verdict.faults.is_empty() { Outcome::Success } else { Outcome::Findings })
}

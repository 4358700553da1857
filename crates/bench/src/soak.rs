//! `tilejury bench soak`: judges sample after sample in a window without a screen, while pixels are
//! compared and exports are written. Checks that every change reaches the disk, that nothing gets
//! stuck, and that memory stays constant.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_app::screen::App;
use tilejury_audit::Sidecar;
use tilejury_audit::export::{ExportOptions, JudgementSource, export};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::suspicion::{SuspicionSettings, signals};
use tilejury_data::Dataset;

use super::memory;
use super::screen::{Screen, press};
use super::series::{Figure, Measurements, RepeatedTimes};

/// The time after which anything counts as stuck.
const PATIENCE: Duration = Duration::from_secs(60);
/// The number of samples of the memory.
const MEMORY_SAMPLES: usize = 40;
/// The allowed growth of memory without pictures over the second half, in MB.
const DRIFT_UP_TO: f64 = 100.0;
pub(super) const VERDICTS: [&str; 3] = ["reject", "accept", "unsure"];

/// The options of `bench soak`, and its dataset.
pub struct SoakOptions<'a> {
    /// A dataset folder, or one of its `.jsonl` files.
    pub dataset: &'a Path,
    /// The number of samples to step through and judge.
    pub samples: usize,
    /// The sidecar to judge into, which is kept; without one, a temporary sidecar is used.
    pub sidecar: Option<&'a Path>,
    /// The file for the timings of events in the window.
    pub timings: Option<&'a Path>,
    /// Whether to judge only, without rankings and exports meanwhile.
    pub alone: bool,
}

/// The outcome of a soak.
pub struct SoakOutcome {
    /// The measures.
    pub measured: Measurements,
    /// The faults, one sentence each.
    pub faults: Vec<String>,
}

/// Steps through samples and judges them while rankings and exports run. `stop` ends it early.
///
/// # Errors
/// Returns an error if the dataset cannot be opened or has no rows, something awaited does not
/// happen, or the work was stopped.
pub fn run(wanted: &SoakOptions<'_>, stop: &AtomicBool) -> anyhow::Result<SoakOutcome> {
    let home = tempfile::tempdir()?;
    let sidecar = wanted.sidecar.map_or_else(|| home.path().join("soak.sqlite"), Path::to_owned);
    let screen = Screen::open_with(wanted.dataset, &sidecar, home.path(), wanted.timings)?;
    let mut soak = Soak { screen, longest: Duration::ZERO, line: Vec::new(), pictures: 0.0, stop };
    anyhow::ensure!(soak.wait(|app| app.is_complete() || app.has_nothing())?, "the first row's tiles were not loaded");
    anyhow::ensure!(!soak.screen.app().has_nothing(), "the dataset has no rows to judge");
    let beside = BackgroundLoad::default();
    let judged = thread::scope(|scope| {
        if !wanted.alone {
            scope.spawn(|| beside.work(wanted.dataset, &sidecar, home.path()));
        }
        let judged = soak.judge(wanted.samples);
        beside.over.store(true, Ordering::Relaxed);
        judged
    });
    judged?;
    let (made, session) = (soak.screen.app().changes().0, soak.screen.app().session().unwrap_or_default());
    let measured = soak.measures(wanted.samples);
    drop(soak);
    let stored = stored_in(&sidecar, &session)?;
    let mut faults = beside.faults();
    if stored != made {
        faults.push(format!("{made} changes were made, {stored} are in the file"));
    }
    faults.extend(
        measured.iter().filter(|(_, fault)| *fault).map(|(plain, _)| format!("{} is over its limit", plain.name())),
    );
    let mut plain: Vec<Figure> = measured.into_iter().map(|(plain, _)| plain).collect();
    plain.push(Figure::new("soak_changes", made as f64, "made"));
    plain.push(Figure::new("soak_stored", stored as f64, "of them on disk"));
    plain.push(Figure::new("soak_exports", beside.exports.load(Ordering::Relaxed) as f64, "written meanwhile"));
    plain.push(Figure::new("soak_rankings", beside.rankings.load(Ordering::Relaxed) as f64, "made meanwhile"));
    Ok(SoakOutcome { measured: Measurements { series: RepeatedTimes::default(), plain }, faults })
}

/// Returns the number of changes of a session that are in a sidecar: from the first on, without a
/// gap.
pub(super) fn stored_in(sidecar: &Path, session: &str) -> anyhow::Result<u64> {
    let Some(mut sidecar) = Sidecar::open_for_reading(sidecar)? else { return Ok(0) };
    let mut own: Vec<u64> =
        sidecar.events()?.iter().filter(|event| &*event.step.session == session).map(|event| event.seq).collect();
    own.sort_unstable();
    Ok(own.iter().zip(1_u64..).take_while(|(seq, number)| **seq == *number).count() as u64)
}

struct Soak<'a> {
    screen: Screen,
    /// The longest wait for a sample's tiles or for the disk.
    longest: Duration,
    /// The memory of the process without pictures, in MB, over time.
    line: Vec<f64>,
    /// The most memory of pictures, in MB.
    pictures: f64,
    stop: &'a AtomicBool,
}

impl Soak<'_> {
    fn wait(&mut self, holds: impl Fn(&App) -> bool) -> anyhow::Result<bool> {
        let began = Instant::now();
        while !holds(self.screen.app()) {
            anyhow::ensure!(!self.stop.load(Ordering::Relaxed), "stopped");
            if began.elapsed() > PATIENCE {
                return Ok(false);
            }
            self.screen.frame(Vec::new());
            thread::sleep(Duration::from_millis(1));
        }
        self.longest = self.longest.max(began.elapsed());
        Ok(true)
    }

    /// Steps through the samples, round after round, and gives each a verdict that it did not have.
    fn judge(&mut self, samples: usize) -> anyhow::Result<()> {
        let mut round = 0;
        for at in 0..samples {
            let before = self.screen.app().sample_index();
            // A negative is marked now and then, and a step undone.
            if at % 5 == 4 {
                self.screen.frame(press("negative-1"));
            }
            // Another verdict in each round: the same one would change nothing.
            self.screen.frame(press(VERDICTS[(at + round) % VERDICTS.len()]));
            if at % 50 == 49 {
                self.screen.frame(press("undo"));
            }
            if self.screen.app().sample_index() == before {
                self.screen.frame(press("next"));
            }
            if self.screen.app().sample_index() == before {
                self.screen.frame(press("first"));
                round += 1;
            }
            let loaded = self.wait(App::is_complete)?;
            anyhow::ensure!(loaded, "row {at}: its tiles were not loaded within {} s", PATIENCE.as_secs());
            // A sample can only be accepted after it was visible.
            self.screen.frame(Vec::new());
            self.pictures = self.pictures.max(self.picture_megabytes());
            if (at + 1) * MEMORY_SAMPLES / samples != at * MEMORY_SAMPLES / samples {
                let pictures = self.picture_megabytes();
                self.line.extend(memory::now().map(|all| all - pictures));
            }
        }
        let saved = self.wait(|app| app.changes().0 == app.changes().1)?;
        anyhow::ensure!(saved, "not everything was saved within {} s", PATIENCE.as_secs());
        Ok(())
    }

    fn picture_megabytes(&self) -> f64 {
        (self.screen.texture_bytes() + self.screen.app().decoded_bytes()) as f64 / memory::MB
    }

    /// Returns the measures, and whether each is over its limit.
    fn measures(&self, samples: usize) -> Vec<(Figure, bool)> {
        let budget = self.screen.app().budget_bytes() as f64 / memory::MB;
        let mut measures = vec![
            (Figure::new("soak_samples", samples as f64, "visited and judged"), false),
            (Figure::new("soak_longest_wait", self.longest.as_secs_f64() * 1000.0, "ms"), false),
            // Visible pictures are never evicted, whatever their size.
            (
                Figure::new("soak_pictures", self.pictures, "MB at most").with_limit(budget),
                self.pictures > budget * 1.1,
            ),
        ];
        if let [.., end] = self.line[..] {
            let half = &self.line[self.line.len() / 2..];
            let drift = end - half.first().copied().unwrap_or(end);
            measures.push((
                Figure::new("soak_drift", drift, "MB without pictures, over the second half"),
                drift > DRIFT_UP_TO,
            ));
            measures.push((
                Figure::new("soak_memory", end, "MB without pictures, at the end").with_line(self.line.clone()),
                false,
            ));
        }
        measures
    }
}

/// The work beside the judging: rankings and exports in turn, until the judging ends.
#[derive(Default)]
struct BackgroundLoad {
    over: AtomicBool,
    exports: AtomicUsize,
    rankings: AtomicUsize,
    fault: parking_lot::Mutex<Option<String>>,
}

impl BackgroundLoad {
    fn work(&self, dataset: &Path, sidecar: &Path, home: &Path) {
        let worked = self.rank_and_export(dataset, sidecar, home);
        if let Err(error) = worked {
            *self.fault.lock() = Some(format!("work beside the judging: {error:#}"));
        }
    }

    fn rank_and_export(&self, dataset: &Path, sidecar: &Path, home: &Path) -> anyhow::Result<()> {
        let dataset = Arc::new(Dataset::open(dataset)?);
        let goes_on = || !self.over.load(Ordering::Relaxed);
        for number in 0.. {
            if signals(&dataset, &SuspicionSettings::default(), None, &self.over).is_err() {
                break;
            }
            self.rankings.fetch_add(1, Ordering::Relaxed);
            let events = match Sidecar::open_for_reading(sidecar)? {
                Some(mut sidecar) => sidecar.events()?,
                None => Vec::new(),
            };
            let judgements = merge::judgements_of(&dataset, &events, &AnnotatorScope::Everybody);
            let source = JudgementSource::new(&judgements, &events, &AnnotatorScope::Everybody);
            let out = home.join(format!("export-{number}"));
            let written = export(&dataset, &source, &ExportOptions::default(), &out, &self.over);
            if !goes_on() {
                break;
            }
            written?;
            std::fs::remove_dir_all(&out)?;
            self.exports.fetch_add(1, Ordering::Relaxed);
            // A pause like a person's: two cores also have to show pictures.
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    fn faults(&self) -> Vec<String> {
        self.fault.lock().take().into_iter().collect()
    }
}

//! Work in the window: from its start to the first tiles, stepping at a person's pace, judging,
//! scrolling, and whether memory stays constant.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use egui::{Event, Modifiers, MouseWheelUnit, Pos2, TouchPhase, Vec2};

use tilejury_app::screen::App;
use tilejury_audit::Sidecar;
use tilejury_data::DatasetFingerprint;

use super::memory;
use super::screen::{BlankWindow, Frame, SIDECAR, Screen, press};
use super::series::{Figure, Measurements};

/// Five samples per second.
const STEP: Duration = Duration::from_millis(200);
/// The number of steps at that pace.
const STEPS: usize = 50;
/// The number of negatives that are shown in the right pane of the reading view, at that pace.
const LOOKS: usize = 40;
/// The number of judgements, each given when the sample is loaded.
const VERDICTS: usize = 20;
/// The number of frames in which the list is scrolled.
const SCROLLED_FRAMES: usize = 180;
/// The time of a frame at sixty per second.
const IN_TIME: Duration = Duration::from_millis(16);
/// The time after which something counts as not happening.
const PATIENCE: Duration = Duration::from_secs(120);
/// The number of points of the memory line.
const POINTS: usize = 40;
/// The names under which frames are recorded: their work, and laying them out.
const FLIP: (&str, &str) = ("flip_frame", "flip_frame_triangles");
const PANES: (&str, &str) = ("panes_frame", "panes_frame_triangles");
const SCROLL: (&str, &str) = ("scroll_frame", "scroll_frame_triangles");
/// The position of the list of samples.
const LIST: Pos2 = Pos2::new(120.0, 500.0);

/// Runs the window on a dataset. `soak` is the number of samples to step through at the end.
/// `sidecar` has the judgements to start with, beside the dataset's fingerprint; a copy of it is
/// used.
pub(super) fn run(
    dataset: &Path,
    sidecar: Option<(&Path, DatasetFingerprint)>,
    soak: usize,
    stop: &AtomicBool,
) -> anyhow::Result<Measurements> {
    let home = tempfile::tempdir()?;
    if let Some((sidecar, fingerprint)) = sidecar {
        copy_judgements(sidecar, &home.path().join(SIDECAR), fingerprint)?;
    }
    let mut measured = Measurements::default();
    let mut blank = BlankWindow::default();
    measured.series.floor("window_first_frame", blank.frame());
    let (before, began) = (memory::now(), Instant::now());
    let screen = Screen::open(dataset, home.path())?;
    let mut window = Window { screen, measured, blank, before, stop };
    let (done, most) = memory::with_peak_memory(|| window.work(began));
    done?;
    if let Some((most, before)) = most.zip(before) {
        window.record("memory_window_most", most - before, "MB with pictures");
    }
    if soak > 0 && window.is_open() {
        window.soak(soak)?;
    }
    Ok(window.measured)
}

fn copy_judgements(from: &Path, to: &Path, fingerprint: DatasetFingerprint) -> anyhow::Result<()> {
    let Some(mut stored) = Sidecar::open_for_reading(from)? else {
        anyhow::bail!("{}: no such sidecar", from.display());
    };
    let (events, samples) = (stored.events()?, stored.samples()?);
    Sidecar::open(to, fingerprint)?.append(&events, &samples, None)?;
    Ok(())
}

struct Window<'a> {
    screen: Screen,
    measured: Measurements,
    blank: BlankWindow,
    /// The memory of the process before there was a window, in MB.
    before: Option<f64>,
    stop: &'a AtomicBool,
}

impl Window<'_> {
    fn check_stopped(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.stop.load(Ordering::Relaxed), "stopped");
        Ok(())
    }

    /// Runs frames until a condition holds. Returns false if it does not in time.
    fn wait(&mut self, holds: impl Fn(&App) -> bool) -> anyhow::Result<bool> {
        let stop = self.stop;
        let came = self.screen.frames_until(PATIENCE, |app| holds(app) || stop.load(Ordering::Relaxed));
        self.check_stopped()?;
        Ok(came)
    }

    /// Runs a frame when the screen asks for it, recorded under a name, beside a frame of an empty
    /// window.
    fn frame(&mut self, name: (&'static str, &'static str), events: Vec<Event>) -> Frame {
        self.measured.series.floor(name.0, self.blank.frame());
        let frame = self.screen.next_frame(events);
        self.measured.series.add(name.0, frame.work);
        self.measured.series.add(name.1, frame.triangles);
        frame
    }

    fn record(&mut self, name: &'static str, value: f64, unit: &'static str) {
        self.measured.plain.push(Figure::new(name, value, unit));
    }

    fn work(&mut self, began: Instant) -> anyhow::Result<()> {
        self.start(began)?;
        if self.is_open() {
            self.step_on()?;
            self.look()?;
            self.judge()?;
            self.scroll()?;
            self.memory()?;
        }
        Ok(())
    }

    /// Whether the dataset is open.
    fn is_open(&self) -> bool {
        self.screen.app().is_complete()
    }

    /// Measures from the start to the first frame, and to the first sample with all its tiles.
    fn start(&mut self, began: Instant) -> anyhow::Result<()> {
        self.screen.frame(Vec::new());
        self.measured.series.add("window_first_frame", began.elapsed());
        let loaded = self.wait(|app| app.is_complete() || app.has_nothing())?;
        anyhow::ensure!(loaded, "the first row's tiles were not loaded");
        self.measured.series.add("window_first_sample", began.elapsed());
        Ok(())
    }

    /// Steps from sample to sample at a person's pace, and measures whether the tiles of each were
    /// loaded before it was shown.
    fn step_on(&mut self) -> anyhow::Result<()> {
        let (mut ready, mut steps, mut late) = (0_usize, 0_usize, 0_usize);
        // A person who opens a dataset looks at its first sample too.
        let looked_at = Instant::now() + STEP;
        while Instant::now() < looked_at {
            late += usize::from(self.frame(FLIP, Vec::new()).work > IN_TIME);
        }
        for _ in 0..STEPS {
            self.check_stopped()?;
            let until = Instant::now() + STEP;
            let before = self.screen.app().sample_index();
            let mut frames = vec![self.frame(FLIP, press("next"))];
            frames.push(self.frame(FLIP, Vec::new()));
            if self.screen.app().sample_index() == before {
                break;
            }
            steps += 1;
            ready += usize::from(self.screen.app().is_complete());
            while Instant::now() < until {
                frames.push(self.frame(FLIP, Vec::new()));
            }
            late += frames.iter().filter(|frame| frame.work > IN_TIME).count();
        }
        if steps > 0 {
            self.record("flip_ready", 100.0 * ready as f64 / steps as f64, "% of steps");
        }
        self.record("flip_late_frames", late as f64, "frames over 16 ms");
        Ok(())
    }

    /// Goes from negative to negative in the reading view at a person's pace, and to another sample
    /// after every fourth, while tiles load.
    fn look(&mut self) -> anyhow::Result<()> {
        let mut late = 0_usize;
        for look in 1..=LOOKS {
            self.check_stopped()?;
            let until = Instant::now() + STEP;
            let word = if look % 4 == 0 { "next" } else { "pane-next" };
            late += usize::from(self.frame(PANES, press(word)).work > IN_TIME);
            while Instant::now() < until {
                late += usize::from(self.frame(PANES, Vec::new()).work > IN_TIME);
            }
        }
        self.record("panes_late_frames", late as f64, "frames over 16 ms");
        Ok(())
    }

    /// Measures from the key to the visible verdict, and from the key to the next sample with all
    /// its tiles.
    fn judge(&mut self) -> anyhow::Result<()> {
        for _ in 0..VERDICTS {
            self.wait(App::is_settled)?;
            let before = self.screen.app().sample_index();
            let pressed = self.screen.next_frame(press("accept"));
            let shown = self.screen.frame(Vec::new());
            let verdict = pressed.work + pressed.triangles + shown.work + shown.triangles;
            if self.screen.app().sample_index() == before {
                return Ok(());
            }
            self.measured.series.add("key_to_verdict", verdict);
            let came = Instant::now();
            self.wait(App::is_complete)?;
            self.measured.series.add("key_to_next_sample", verdict + came.elapsed());
        }
        Ok(())
    }

    /// Measures the list while the mouse wheel keeps turning.
    fn scroll(&mut self) -> anyhow::Result<()> {
        self.check_stopped()?;
        // Beside the reading view the list is folded.
        self.screen.next_frame(press("queue"));
        self.screen.next_frame(vec![Event::PointerMoved(LIST)]);
        let mut late = 0_usize;
        for frame in 0..SCROLLED_FRAMES {
            // Faster and faster, up to jumps from end to end of a long list.
            let delta = Vec2::new(0.0, -((frame * frame) as f32));
            let wheel = Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta,
                phase: TouchPhase::Move,
                modifiers: Modifiers::NONE,
                source: egui::MouseWheelSource::Wheel,
            };
            late += usize::from(self.frame(SCROLL, vec![wheel]).work > IN_TIME);
        }
        self.screen.next_frame(vec![Event::PointerGone]);
        self.screen.next_frame(press("queue"));
        self.record("scroll_late_frames", late as f64, "frames over 16 ms");
        Ok(())
    }

    /// Measures the memory of the process without pictures, once all signals from rows are known.
    fn memory(&mut self) -> anyhow::Result<()> {
        self.wait(App::knows_findings)?;
        let pictures = self.pictures();
        if let Some((held, before)) = memory::now().zip(self.before) {
            self.record("memory_window", held - before - pictures, "MB without pictures");
            self.record("memory_pictures", pictures, "MB");
        }
        Ok(())
    }

    /// The memory of textures and decoded tiles.
    fn pictures(&self) -> f64 {
        (self.screen.texture_bytes() + self.screen.app().decoded_bytes()) as f64 / memory::MB
    }

    /// Steps through many samples, as fast as possible.
    fn soak(&mut self, samples: usize) -> anyhow::Result<()> {
        let (mut line, mut most) = (Vec::new(), 0.0_f64);
        for at in 0..samples {
            self.check_stopped()?;
            let before = self.screen.app().sample_index();
            self.screen.frame(press("next"));
            if self.screen.app().sample_index() == before {
                self.screen.frame(press("first"));
            }
            let began = Instant::now();
            while !self.screen.app().is_complete() && began.elapsed() < PATIENCE {
                self.screen.frame(Vec::new());
                std::thread::sleep(Duration::from_millis(1));
            }
            most = most.max(self.pictures());
            if (at + 1) * POINTS / samples != at * POINTS / samples {
                line.extend(memory::now());
            }
        }
        let budget = self.screen.app().budget_bytes() as f64 / memory::MB;
        self.record("soak_samples", samples as f64, "");
        self.measured.plain.push(Figure::new("soak_pictures", most, "MB at most").with_limit(budget));
        if let [.., end] = line[..] {
            let half = &line[line.len() / 2..];
            let least = half.iter().copied().fold(f64::INFINITY, f64::min);
            let largest = half.iter().copied().fold(0.0, f64::max);
            self.record("soak_drift", largest - least, "MB over the second half");
            self.measured.plain.push(Figure::new("soak_memory", end, "MB at the end").with_line(line));
        }
        Ok(())
    }
}

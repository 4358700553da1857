//! The pictures of an audit by two annotators: each judges in a window of their own, on a copy of
//! the demo; their sidecars are merged in a window, a third person decides where they differ, and
//! the report is written. Fails if the audit is not finished then.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::Result;
use crate::screen::{Window, pause};
use crate::story::{Pictures, Story};
use crate::tour::PAINT_TIME;

/// The names of the pictures, in the order in which they are taken.
pub(crate) const NAMES: [&str; 6] =
    ["new-audit", "audit-queue", "merge-sidecars", "adjudication", "audit-result", "audit-overview"];

/// The number of rows of the audit.
const ROWS: usize = 12;
/// The guideline for the annotators.
const GUIDELINE: &str = "A tile is relevant if it answers the query without the rest of its page, also in part. A mere \
heading, or another page on the subject, is not.\n";
/// The keys of each answer: marks, then the verdict. The annotators differ in some.
const ANSWERS: [(&str, [&[&str]; ROWS]); 2] = [
    ("ben", [&["a"], &["a"], &["2", "a"], &["a"], &["r"], &["a"], &["a"], &["1", "a"], &["a"], &["a"], &["u"], &["a"]]),
    ("ada", [&["a"], &["2", "a"], &["a"], &["a"], &["a"], &["a"], &["a"], &["1", "a"], &["a"], &["r"], &["a"], &["a"]]),
];
/// The longest wait for an answer before its verdict is given again: some rows ask first.
const ANSWERED: Duration = Duration::from_secs(4);

/// Takes the pictures that are wanted.
///
/// # Errors
/// If any step fails, or the audit does not end as it must.
pub(crate) fn take(pictures: &Pictures<'_>) -> Result<()> {
    let Some(story) = pictures.story(&NAMES, &pictures.look.settings())? else { return Ok(()) };
    let story = Audit(story);
    for (name, answers) in &ANSWERS {
        story.judge(name, answers)?;
    }
    let merged = story.merge()?;
    story.adjudicate(&merged)?;
    story.check(&merged)
}

/// The story of an audit.
struct Audit<'a>(Story<'a>);

impl Audit<'_> {
    fn open(&self, annotator: &str, set: &Path, sidecar: &Path) -> Result<Window<'_>> {
        let (set, sidecar) = (set.to_string_lossy(), sidecar.to_string_lossy());
        self.0.open(&[&set, "--annotator", annotator, "--sidecar", &sidecar])
    }

    /// Begins the audit in the annotator's copy, and answers all of its rows in a window.
    fn judge(&self, annotator: &str, answers: &[&[&str]]) -> Result<()> {
        let set = self.0.give_set(annotator)?;
        let sidecar = self.sidecar(annotator);
        let (place, file, rows) = (set.to_string_lossy(), sidecar.to_string_lossy(), ROWS.to_string());
        let plan = ["--name", "paper", "--rows", &rows, "--seed", "paper", "--annotators", "ada,ben", "--overlap", "1"];
        let guideline = self.0.place("guideline.txt");
        std::fs::write(&guideline, GUIDELINE).map_err(|error| error.to_string())?;
        let guideline = guideline.to_string_lossy();
        let who = ["--blind", "--annotator", "lead", "--guideline", &guideline, "--sidecar", &file];
        let begin = [["audit", "new", &place].as_slice(), &plan, &who].concat();
        self.0.run(&begin)?;
        let window = self.open(annotator, &set, &sidecar)?;
        window.keys(&["ctrl+u"]);
        self.0.picture(&window, "new-audit")?;
        window.keys(&["Escape", "ctrl+shift+u"]);
        pause(PAINT_TIME);
        window.keys(&["Return"]);
        pause(PAINT_TIME);
        for (done, keys) in answers.iter().enumerate() {
            window.keys(keys);
            self.wait_for_answer(&window, annotator, done + 1, keys)?;
            if done == ROWS / 2 {
                self.0.picture(&window, "audit-queue")?;
            }
        }
        window.keys(&["ctrl+q"]);
        window.wait_for_end()
    }

    /// Waits for as many answers of an annotator on disk. The last verdict is given again where the
    /// row asks first.
    fn wait_for_answer(&self, window: &Window<'_>, annotator: &str, answers: usize, keys: &[&str]) -> Result<()> {
        let (set, sidecar) = (self.0.set_of(annotator), self.sidecar(annotator));
        let (set, sidecar) = (set.to_string_lossy(), sidecar.to_string_lossy());
        let print = ["judgements", &set, "--audit", "paper", "--annotator", annotator, "--sidecar", &sidecar];
        let mut pressed = Instant::now();
        crate::screen::wait_for("an answer", || {
            let stored = self.0.run(&print).map_or(0, |lines| lines.matches("\"verdict\":\"").count());
            if stored < answers && pressed.elapsed() > ANSWERED {
                window.keys(&keys[keys.len() - 1..]);
                pressed = Instant::now();
            }
            stored >= answers
        })
    }

    fn sidecar(&self, annotator: &str) -> PathBuf {
        self.0.place(annotator).join(format!("{annotator}.sqlite"))
    }

    /// Merges the sidecars in a window of the first annotator.
    fn merge(&self) -> Result<PathBuf> {
        let [(other, _), (own, _)] = ANSWERS;
        let window = self.open(own, &self.0.set_of(own), &self.sidecar(own))?;
        window.keys(&["ctrl+shift+m"]);
        pause(PAINT_TIME);
        window.type_text(&self.sidecar(other).to_string_lossy());
        window.keys(&["Return"]);
        // Two presses in one frame would be one.
        pause(PAINT_TIME / 2);
        window.keys(&["Return"]);
        let merged = || {
            let files = self.0.place(own).read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
            files
                .into_iter()
                .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("merged-")))
        };
        crate::screen::wait_for("the merged sidecar", || merged().is_some())?;
        self.0.picture(&window, "merge-sidecars")?;
        window.keys(&["Escape", "ctrl+q"]);
        window.wait_for_end()?;
        merged().ok_or_else(|| "the merged sidecar is gone".to_owned())
    }

    /// Decides where the annotators differ.
    fn adjudicate(&self, merged: &Path) -> Result<()> {
        let window = self.open("lead", &self.0.set_of("ada"), merged)?;
        window.keys(&["ctrl+shift+j"]);
        self.0.picture(&window, "adjudication")?;
        for _ in 0..ROWS {
            window.keys(&["ctrl+shift+v"]);
        }
        window.keys(&["Escape"]);
        pause(PAINT_TIME);
        window.keys(&["ctrl+shift+u"]);
        self.0.picture(&window, "audit-result")?;
        window.keys(&["Escape", "F6"]);
        self.0.picture(&window, "audit-overview")?;
        window.keys(&["ctrl+q"]);
        window.wait_for_end()
    }

    /// Checks that all rows count, that nothing is left to decide, and that there is a report.
    fn check(&self, merged: &Path) -> Result<()> {
        let set = self.0.set_of("ada");
        let (set, merged) = (set.to_string_lossy(), merged.to_string_lossy());
        let status = self.0.run(&["audit", "status", &set, "paper", "--json", "--sidecar", &merged])?;
        let open = self.0.run(&["adjudicate", &set, "--list", "--json", "--sidecar", &merged])?;
        let report = self.0.place("report");
        self.0.run(&["report", &set, &report.to_string_lossy(), "--sidecar", &merged])?;
        let has_report = report.join("report.html").exists();
        if status.contains("\"finished\":true") && open.trim().is_empty() && has_report {
            return Ok(());
        }
        Err(format!("the audit is not finished: {status} {open} report: {has_report}"))
    }
}

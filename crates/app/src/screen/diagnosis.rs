//! The diagnosis of the set-up in the window: examined on a thread, then copied. What it says is
//! decided in `doctor`.

use eframe::glow::{Context as OpenGl, HasContext as _};

use super::App;
use crate::doctor::Diagnosis;
use crate::task::Task;

/// The running examination, and the OpenGL of the window.
#[derive(Default)]
pub(super) struct DiagnosisTask {
    running: Option<Task<Diagnosis>>,
    opengl: Option<String>,
}

impl App {
    /// Remembers the OpenGL that draws the window; `None` where none does, as in tests.
    pub(super) fn know_opengl(&mut self, gl: Option<&std::sync::Arc<OpenGl>>) {
        if let Some(gl) = gl.filter(|_| self.diagnosis.opengl.is_none()) {
            let version = gl.version();
            let embedded = if version.is_embedded { " ES" } else { "" };
            let driver = version.vendor_info.trim();
            self.diagnosis.opengl = Some(format!("OpenGL{embedded} {}.{}, {driver}", version.major, version.minor));
        }
    }

    /// Examines the set-up, and copies the page once it is known.
    pub(super) fn copy_diagnosis(&mut self) {
        let (folders, opengl) = (self.folders.clone(), self.diagnosis.opengl.clone());
        match Task::spawn("diagnosis", &self.ctx, move |_| Diagnosis::in_window(&folders, opengl)) {
            Ok(task) => self.diagnosis.running = Some(task),
            Err(error) => self.notify(format!("The set-up cannot be examined: {error}"), true),
        }
    }

    pub(super) fn receive_diagnosis(&mut self) {
        let Some(result) = self.diagnosis.running.as_mut().and_then(Task::poll) else { return };
        self.diagnosis.running = None;
        match result {
            Ok(diagnosis) => {
                self.ctx.copy_text(diagnosis.text());
                let found = match diagnosis.warnings {
                    0 => "without a warning".to_owned(),
                    warnings => format!("with {}", tilejury_audit::text::count(warnings, "warning")),
                };
                self.notify(format!("The diagnosis is copied, {found}: paste it into a report."), false);
            }
            Err(reason) => self.notify(format!("The set-up cannot be examined: {reason}"), true),
        }
    }
}

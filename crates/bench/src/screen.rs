//! The window without a screen: its frames are computed and laid out as triangles, but not painted.
//! Its textures are kept as a graphics card would keep them, so that their memory can be measured.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::epaint::ImageDelta;
use egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, TextureId, Vec2};
use tilejury_app::command::{Shortcut, entries};
use tilejury_app::folders::Folders;
use tilejury_app::key_store::KeysInMemory;
use tilejury_app::screen::{App, StartOptions};

use super::series::timed;

/// The size of the window on a full-HD screen.
pub(super) const SIZE: Vec2 = Vec2::new(1600.0, 900.0);
const TEXTURE_SIDE_UP_TO: usize = 8192;
/// Sixty frames per second.
pub(super) const FRAME: Duration = Duration::from_nanos(16_666_667);

/// The time of one frame.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Our own work: receiving results, reading keys, drawing, carrying out acts.
    pub(super) work: Duration,
    /// Laying out triangles, which is the first part of painting.
    pub(super) triangles: Duration,
}

/// The window.
pub(super) struct Screen {
    ctx: Context,
    app: App,
    began: Instant,
    textures: HashMap<TextureId, Vec<ImageDelta>>,
    drawn: Option<Instant>,
}

/// The file below the home folder for judgements.
pub(super) const SIDECAR: &str = "bench.sqlite";

impl Screen {
    /// Starts to open a dataset, with default settings; all files are written below `home`.
    pub(super) fn open(dataset: &Path, home: &Path) -> anyhow::Result<Self> {
        Self::open_with(dataset, &home.join(SIDECAR), home, None)
    }

    /// Starts to open a dataset with a sidecar elsewhere, and with a file for timings.
    pub(super) fn open_with(
        dataset: &Path,
        sidecar: &Path,
        home: &Path,
        timings: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let (ctx, began) = (Context::default(), Instant::now());
        let folders = Folders::below(home);
        // Keys come as fast as frames here: rows need not be visible as long as for a person.
        // Tesseract would take time on machines that have it.
        std::fs::create_dir_all(&folders.config)?;
        std::fs::write(folders.settings_file(), r#"{"settle_ms": 0, "reading": "off", "overview_first": false}"#)?;
        let start = StartOptions {
            dataset: Some(dataset.to_owned()),
            sidecar: Some(sidecar.to_owned()),
            annotator: Some("bench".to_owned()),
            folders,
            timings: timings.map(Path::to_owned),
            started: began,
            system_dialogs: false,
            keys: Arc::new(KeysInMemory::default()),
        };
        let app = App::new(&ctx, start)?;
        Ok(Self { ctx, app, began, textures: HashMap::new(), drawn: None })
    }

    /// Returns the window's state.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// Runs one frame at once.
    pub(super) fn frame(&mut self, events: Vec<Event>) -> Frame {
        let input = input(self.began, events);
        self.drawn = Some(Instant::now());
        let (work, mut output) = timed(|| self.ctx.run_ui(input, |ui| self.app.frame(ui, None)));
        for (id, deltas) in output.textures_delta.set.drain() {
            let texture = self.textures.entry(id).or_default();
            for delta in deltas {
                if delta.is_whole() {
                    texture.clear();
                    texture.push(delta);
                }
            }
        }
        for id in output.textures_delta.free.drain() {
            self.textures.remove(&id);
        }
        let (triangles, _) = timed(|| self.ctx.tessellate(output.shapes, output.pixels_per_point));
        Frame { work, triangles }
    }

    /// Runs the next frame at the time when a screen would ask for it.
    pub(super) fn next_frame(&mut self, events: Vec<Event>) -> Frame {
        if let Some(drawn) = self.drawn {
            std::thread::sleep(FRAME.saturating_sub(drawn.elapsed()));
        }
        self.frame(events)
    }

    /// Runs frames until a condition holds. Returns false if it does not in time.
    pub(super) fn frames_until(&mut self, patience: Duration, holds: impl Fn(&App) -> bool) -> bool {
        let began = Instant::now();
        while !holds(&self.app) {
            if began.elapsed() > patience {
                return false;
            }
            self.next_frame(Vec::new());
        }
        true
    }

    /// Returns the memory of the textures in bytes: that of letters, and that of pictures.
    pub(super) fn texture_bytes(&self) -> usize {
        let bytes = |delta: &ImageDelta| delta.image.width() * delta.image.height() * delta.image.bytes_per_pixel();
        self.textures.values().flatten().map(bytes).sum()
    }
}

fn input(began: Instant, events: Vec<Event>) -> RawInput {
    RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
        max_texture_side: Some(TEXTURE_SIDE_UP_TO),
        time: Some(began.elapsed().as_secs_f64()),
        focused: true,
        events,
        ..RawInput::default()
    }
}

/// A window with only one word in it, which gives the minimum time of a frame.
pub(super) struct BlankWindow {
    ctx: Context,
    began: Instant,
}

impl Default for BlankWindow {
    fn default() -> Self {
        Self { ctx: Context::default(), began: Instant::now() }
    }
}

impl BlankWindow {
    /// Runs one frame at once.
    pub(super) fn frame(&mut self) -> Duration {
        let input = input(self.began, Vec::new());
        let show = |ui: &mut egui::Ui| drop(egui::CentralPanel::default().show(ui, |ui| ui.label("Tilejury")));
        let (took, output) = timed(|| self.ctx.run_ui(input, show));
        output.drop_without_applying_deltas();
        took
    }
}

/// Presses and releases the key of a command; `word` is its name in the settings file.
pub(super) fn press(word: &str) -> Vec<Event> {
    let shortcut = entries().find(|entry| entry.word == word).and_then(|entry| entry.keys.first().copied());
    shortcut.map(|shortcut: Shortcut| press_and_release(shortcut.key)).unwrap_or_default()
}

fn press_and_release(key: Key) -> Vec<Event> {
    let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE };
    vec![event(true), event(false)]
}

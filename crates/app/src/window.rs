//! Opens the window, or explains in one line why it cannot.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use eframe::NativeOptions;
use egui::{Vec2, ViewportBuilder};
use tilejury_audit::catch_panic::panic_message;

use crate::dataset_source::is_address;
use crate::folders::Folders;
use crate::key_store::SystemKeyring;
use crate::screen::{App, StartOptions};
use crate::settings::{WindowState, load};

/// The window's size if none is remembered: it fits a small laptop's screen.
const FIRST_SIZE: Vec2 = Vec2::new(1280.0, 800.0);
/// The size of a 1280×720 screen at 200 %, in points.
const SMALLEST: Vec2 = Vec2::new(620.0, 340.0);

/// The dataset to open in the window, and the annotator.
pub struct Request {
    /// A dataset folder, one of its `.jsonl` files, or an address of either; `None` for the dataset
    /// that was last open.
    pub dataset: Option<PathBuf>,
    /// The file with the judgements; `None` for the default location.
    pub sidecar: Option<PathBuf>,
    /// The annotator's name; `None` for the last one of the dataset.
    pub annotator: Option<String>,
    /// The file for the times of events.
    pub timings: Option<PathBuf>,
}

/// Returns one line for a person if a dataset is not where it was said to be. An address is not
/// looked up.
pub fn missing_dataset(path: &Path) -> Option<String> {
    (!is_address(path) && !path.exists()).then(|| {
        format!(
            "{}: no such file or folder; give a dataset folder, one of its .jsonl or .parquet files, or an address",
            path.display()
        )
    })
}

/// Runs the window until it is closed. A dataset that cannot be opened is reported in it.
///
/// # Errors
/// Returns one line for a person: why the window cannot be opened, and what to do.
pub fn run(request: Request) -> Result<(), String> {
    let started = Instant::now();
    if !has_display() {
        return Err("no display to open a window on; set DISPLAY or WAYLAND_DISPLAY, or use the commands that need none (tilejury --help)".into());
    }
    let folders = Folders::for_current_user();
    let (remembered, _) = load::<WindowState>(&folders.window_file());
    let size = remembered.size.map_or(FIRST_SIZE, Vec2::from);
    let start = StartOptions {
        dataset: request.dataset,
        sidecar: request.sidecar,
        annotator: request.annotator,
        folders,
        timings: request.timings,
        started,
        system_dialogs: true,
        keys: Arc::new(SystemKeyring),
    };
    let mut viewport = ViewportBuilder::default()
        .with_title("Tilejury")
        .with_app_id("tilejury")
        .with_inner_size(size.max(SMALLEST))
        .with_min_inner_size(SMALLEST)
        .with_maximized(remembered.maximized)
        .with_icon(icon());
    if let Some(place) = remembered.place {
        viewport = viewport.with_position(place);
    }
    let options = NativeOptions { viewport, ..NativeOptions::default() };
    open(options, start)
}

/// The window system's libraries are loaded by name when the window opens. If the keyboard library
/// is missing, the event loop panics instead of returning an error. Both cases become one line.
fn open(options: NativeOptions, start: StartOptions) -> Result<(), String> {
    let reports = start.folders.state.clone();
    let run = AssertUnwindSafe(|| {
        eframe::run_native(
            "tilejury",
            options,
            Box::new(|cc| {
                let app = App::new(&cc.egui_ctx, start)?;
                app.leave_on_process_signals();
                Ok(Box::new(app))
            }),
        )
    });
    let previous_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !is_missing_library(&panic.to_string()) {
            previous_hook(panic);
        }
    }));
    match catch_unwind(run) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(eframe::Error::WinitEventLoop(_) | eframe::Error::Winit(_))) => {
            let display =
                ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().find_map(|name| Some((name, std::env::var(name).ok()?)));
            let (name, value) = display.unwrap_or_default();
            Err(format!("no display server answers at {name}={value}; start one there, or correct {name}"))
        }
        Ok(Err(error)) => Err(format!("the window could not be opened: {error}; {}", install_hint())),
        Err(panic) => {
            let text = panic_message(&*panic);
            if is_missing_library(&text) {
                return Err(format!("a library of the window system is missing; {}", install_hint()));
            }
            Err(format!(
                "the window stopped: {text}. Judgements shown as saved are on disk; details are in {}",
                reports.display()
            ))
        }
    }
}

/// The command that installs the libraries of the window.
fn install_hint() -> String {
    let packages = include_str!("../../../assets/window-libraries.txt").trim();
    format!("on Debian or Ubuntu: apt-get install {packages}")
}

fn is_missing_library(panic: &str) -> bool {
    panic.contains("xkbcommon") || panic.contains("could not be loaded")
}

/// Whether there is a window system to open a window on, as far as the environment says.
pub fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET")
}

fn icon() -> egui::IconData {
    let png = include_bytes!("../../../assets/icon.png");
    match tilejury_data::decode(png) {
        Ok(pixels) => egui::IconData { width: pixels.width, height: pixels.height, rgba: pixels.rgba },
        Err(_) => egui::IconData::default(),
    }
}

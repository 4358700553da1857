//! A virtual screen: an X server in memory, the program's window on it, keys in and pictures out.
//!
//! Needs `Xvfb`, `xdotool` and ImageMagick's `import`, which `cargo xtask test` installs. The
//! user's folders are replaced by folders of the screen's own, so that nothing of theirs is
//! touched.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Result;

/// The longest wait for anything to happen.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The delay after each key.
pub(crate) const KEY_DELAY: Duration = Duration::from_millis(60);

/// The factor of all pauses of pictures.
static SLOWER: AtomicU32 = AtomicU32::new(1);

/// Makes pictures wait so many times longer, as a busy machine needs it.
pub fn wait_longer(times: u32) {
    SLOWER.store(times.max(1), Ordering::Relaxed);
}

/// Waits for a time, or longer after [`wait_longer`].
pub(crate) fn pause(time: Duration) {
    sleep(time * SLOWER.load(Ordering::Relaxed));
}

/// The X server; dropping it ends it.
pub struct Screen {
    server: Child,
    display: String,
    home: PathBuf,
    size: (u32, u32),
}

/// The program with its window; dropping it kills it.
pub struct Window<'s> {
    screen: &'s Screen,
    program: Child,
    id: String,
}

impl Screen {
    /// Starts a server on a free display. `home` holds the settings, data and run-time files of
    /// programs on it.
    ///
    /// # Errors
    /// If there is no `Xvfb` or it does not start.
    pub fn start(width: u32, height: u32, home: &Path) -> Result<Self> {
        let runtime = home.join("run");
        fs::create_dir_all(&runtime).map_err(|error| format!("{}: {error}", runtime.display()))?;
        #[cfg(unix)]
        fs::set_permissions(&runtime, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .map_err(|error| error.to_string())?;
        let mut command = Command::new("Xvfb");
        command.args([
            "-displayfd",
            "1",
            "-noreset",
            "-nolisten",
            "tcp",
            "-screen",
            "0",
            &format!("{width}x{height}x24"),
        ]);
        let server = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut server =
            server.map_err(|error| format!("Xvfb: {error}; `cargo xtask test` installs what is missing"))?;
        let mut number = String::new();
        if let Some(out) = server.stdout.take() {
            BufReader::new(out).read_line(&mut number).map_err(|error| format!("Xvfb: {error}"))?;
        }
        let screen =
            Self { server, display: format!(":{}", number.trim()), home: home.to_owned(), size: (width, height) };
        if number.trim().is_empty() { Err("Xvfb did not start".to_owned()) } else { Ok(screen) }
    }

    /// A command that uses this screen and none of the user's own folders.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .env("XDG_RUNTIME_DIR", self.home.join("run"))
            .env("XDG_CONFIG_HOME", self.home.join("config"))
            .env("XDG_DATA_HOME", self.home.join("data"))
            .env("XDG_CACHE_HOME", self.home.join("cache"))
            .env("XDG_STATE_HOME", self.home.join("state"))
            .stdin(Stdio::null());
        command
    }

    /// Starts the program and waits for its window, which then fills the screen and has keyboard
    /// focus.
    ///
    /// # Errors
    /// If the window does not appear.
    pub fn open(&self, program: &Path, arguments: &[&str]) -> Result<Window<'_>> {
        let mut command = self.command(program);
        command.args(arguments);
        self.show(command)
    }

    /// Starts the program like [`Self::open`], for a [`Self::command`] that needs more than
    /// arguments.
    ///
    /// # Errors
    /// If the window does not appear.
    pub fn show(&self, mut command: Command) -> Result<Window<'_>> {
        let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let mut window = Window { screen: self, program: child, id: String::new() };
        let start = Instant::now();
        while window.id.is_empty() {
            if let Ok(Some(status)) = window.program.try_wait() {
                return Err(format!("the program ended before its window appeared: {status}"));
            }
            if start.elapsed() > TIMEOUT {
                return Err("the window did not appear".to_owned());
            }
            sleep(Duration::from_millis(50));
            window.id = self
                .xdotool(&["search", "--onlyvisible", "--name", "Tilejury"])
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
        }
        let (width, height) = (self.size.0.to_string(), self.size.1.to_string());
        self.xdotool(&["windowmove", &window.id, "0", "0"]);
        self.xdotool(&["windowsize", &window.id, &width, &height]);
        // There is no window manager to give it the focus.
        self.xdotool(&["windowfocus", "--sync", &window.id]);
        Ok(window)
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = self.command("xdotool").args(arguments).stderr(Stdio::null()).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Window<'_> {
    /// Presses keys one after the other, by their X names: `a`, `ctrl+z`, `Return`.
    pub fn keys(&self, keys: &[&str]) {
        for key in keys {
            self.screen.xdotool(&["key", "--clearmodifiers", key]);
            pause(KEY_DELAY);
        }
    }

    /// Types a text.
    pub fn type_text(&self, text: &str) {
        self.screen.xdotool(&["type", "--delay", "20", text]);
    }

    /// Sends the program a signal by its name, such as `TERM`.
    ///
    /// # Errors
    /// If it cannot be sent.
    pub fn signal(&self, name: &str) -> Result<()> {
        // Every shell has `kill`; a separate program may be missing.
        crate::run(Command::new("sh").args(["-c", &format!("kill -s {name} {}", self.program.id())]))
    }

    /// Moves the pointer out of the way.
    pub fn park_pointer(&self) {
        let (x, y) = (self.screen.size.0.to_string(), self.screen.size.1.to_string());
        self.screen.xdotool(&["mousemove", &x, &y]);
    }

    /// Moves the pointer to a point, in fractions of the screen's width and height.
    pub fn point_at(&self, x: f32, y: f32) {
        let (width, height) = self.screen.size;
        let at = |side: u32, part: f32| (side as f32 * part).round().to_string();
        self.screen.xdotool(&["mousemove", &at(width, x), &at(height, y)]);
    }

    /// Holds a key down during `work`.
    ///
    /// # Errors
    /// As for `work`.
    pub fn hold(&self, key: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        self.screen.xdotool(&["keydown", key]);
        let done = work();
        self.screen.xdotool(&["keyup", key]);
        done
    }

    /// Takes a picture of the screen in 256 colours: a window has hardly more, and the file is a
    /// third as large.
    ///
    /// # Errors
    /// If ImageMagick fails.
    pub fn picture(&self, file: &Path) -> Result<()> {
        let reduced = ["-depth", "8", "+dither", "-colors", "256", "-define", "png:compression-level=9"];
        let file = format!("png8:{}", file.display());
        crate::run(self.screen.command("import").args(["-window", "root"]).args(reduced).arg(file))
    }

    /// Waits until the program ends on its own.
    ///
    /// # Errors
    /// If it does not end or fails.
    pub fn wait_for_end(mut self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < TIMEOUT {
            match self.program.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("the program ended with {status}")),
                Ok(None) => sleep(Duration::from_millis(20)),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err("the program did not end".to_owned())
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Writes settings that accept a key at once, however briefly its row was visible: a script is
/// faster than a person.
///
/// # Errors
/// If they cannot be written.
pub fn accept_keys_at_once(home: &Path) -> Result<()> {
    let settings =
        r#"{"settle_ms": 0, "reading": "off", "hints": false, "show_keys": "never", "overview_first": false}"#;
    write_settings(home, settings)
}

/// Writes the settings of programs on a screen with this home.
///
/// # Errors
/// If they cannot be written.
pub(crate) fn write_settings(home: &Path, settings: &str) -> Result<()> {
    let folder = home.join("config").join("tilejury");
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("settings.json"), settings));
    written.map_err(|error| format!("{}: {error}", folder.display()))
}

/// Polls a condition until it is true.
///
/// # Errors
/// If it stays false.
pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > TIMEOUT {
            return Err(format!("timed out waiting for {what}"));
        }
        sleep(Duration::from_millis(30));
    }
    Ok(())
}

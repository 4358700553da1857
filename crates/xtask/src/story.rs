//! The stories of pictures that need more than one window on the demo: what their modules share.
//! Each has a folder of its own, a screen, and copies of the demo for the people in it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::look::Look;
use crate::screen::{Screen, Window, pause, write_settings};
use crate::tour::{PAINT_TIME, demo_set, make, picture};

/// The file with the texts of tiles, beside the sidecar.
pub(crate) const TEXTS: &str = "tilejury.outside.sqlite";

/// The pictures to take, and what each story needs for them.
pub(crate) struct Pictures<'a> {
    pub(crate) program: &'a Path,
    /// The folder of the pictures.
    pub(crate) folder: &'a Path,
    /// The folder for everything else; a story empties it.
    pub(crate) work: &'a Path,
    /// The size and theme of its windows.
    pub(crate) look: Look,
    /// The names of the pictures to take; all if empty.
    pub(crate) only: &'a [String],
}

impl<'a> Pictures<'a> {
    /// Whether the picture is to be taken.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|other| other == name)
    }

    /// Takes a picture of a window, if it is wanted.
    ///
    /// # Errors
    /// If ImageMagick fails.
    pub(crate) fn take(&self, window: &Window<'_>, name: &str) -> Result<()> {
        if self.wants(name) { picture(window, &self.folder.join(format!("{name}.png"))) } else { Ok(()) }
    }

    /// Begins the story of these pictures, with the settings of its windows; `None` if none of its
    /// pictures is wanted.
    ///
    /// # Errors
    /// If its folder cannot be written or its screen does not start.
    pub(crate) fn story(&'a self, names: &[&str], settings: &str) -> Result<Option<Story<'a>>> {
        if !names.iter().any(|name| self.wants(name)) {
            return Ok(None);
        }
        let _ = fs::remove_dir_all(self.work);
        let home = self.work.join("home");
        write_settings(&home, settings)?;
        let (width, height) = self.look.size;
        Ok(Some(Story { pictures: self, screen: Screen::start(width, height, &home)? }))
    }
}

/// A story that has begun.
pub(crate) struct Story<'a> {
    pictures: &'a Pictures<'a>,
    pub(crate) screen: Screen,
}

impl Story<'_> {
    pub(crate) fn program(&self) -> &Path {
        self.pictures.program
    }

    /// A place in the folder of the story.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.pictures.work.join(name)
    }

    /// The place of a person's copy of the demo.
    pub(crate) fn set_of(&self, person: &str) -> PathBuf {
        self.place(person).join("demo")
    }

    /// Gives a person a copy of the demo.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn give_set(&self, person: &str) -> Result<PathBuf> {
        make(&self.place(person))?;
        demo_set(self.program(), Some(&self.set_of(person)))
    }

    /// Runs the program, and returns what it prints.
    ///
    /// # Errors
    /// If it fails.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String> {
        crate::output(self.screen.command(self.program()).args(arguments))
    }

    /// Opens a window, with its pointer out of the way, and waits until it is painted.
    ///
    /// # Errors
    /// If it does not appear.
    pub(crate) fn open(&self, arguments: &[&str]) -> Result<Window<'_>> {
        let window = self.screen.open(self.program(), arguments)?;
        window.park_pointer();
        pause(2 * PAINT_TIME);
        Ok(window)
    }

    /// Takes a picture of a window, if it is wanted.
    ///
    /// # Errors
    /// If ImageMagick fails.
    pub(crate) fn picture(&self, window: &Window<'_>, name: &str) -> Result<()> {
        self.pictures.take(window, name)
    }
}

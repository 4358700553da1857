//! Commands that work without a dataset: files, dialogs, settings with a switch.

use egui::ViewportCommand;

use crate::command::AppCommand;
use crate::opening::OpenTarget;
use crate::screen::App;
use crate::screen::dialogs::Dialog;
use crate::screen::leaving::Destination;
use crate::screen::notices::NoticeDuration;
use crate::settings::{Settings, Theme};
use crate::ui::file_dialog::PickerPurpose;

/// The change of the size of text and buttons by one press.
const SCALE_STEP: f32 = 0.1;

impl App {
    pub(super) fn app_command(&mut self, command: AppCommand) {
        match command {
            AppCommand::OpenFolder => self.pick(PickerPurpose::DatasetFolder),
            AppCommand::OpenFile => self.pick(PickerPurpose::DatasetFile),
            AppCommand::OpenAddress => self.open_address_dialog(String::new()),
            AppCommand::OpenDemo => self.leave_for(Destination::Open(OpenTarget::Demo)),
            AppCommand::Quit => self.ctx.send_viewport_cmd(ViewportCommand::Close),
            AppCommand::Palette => self.dialog = Some(Dialog::Palette(Default::default())),
            AppCommand::Settings => self.dialog = Some(Dialog::Settings(Box::default())),
            AppCommand::Help => self.dialog = Some(Dialog::Help(Default::default())),
            AppCommand::CheatSheet => self.dialog = Some(Dialog::CheatSheet),
            AppCommand::Tour => self.tour_command(),
            AppCommand::About => self.dialog = Some(Dialog::About(Default::default())),
            AppCommand::CopyDiagnosis => self.copy_diagnosis(),
            AppCommand::FullScreen => {
                let full = self.ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
                self.ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
            }
            AppCommand::SwitchTheme => {
                let dark = self.ctx.theme() == egui::Theme::Dark;
                self.change_setting(|settings| {
                    settings.theme = match settings.theme {
                        Theme::HighContrast => Theme::Dark,
                        _ if dark => Theme::Light,
                        _ => Theme::HighContrast,
                    };
                    None
                });
            }
            AppCommand::AutoAdvance => self.change_setting(|settings| {
                settings.auto_advance = !settings.auto_advance;
                Some(on_or_off("Auto-advance", settings.auto_advance))
            }),
            AppCommand::KeepZoom => self.change_setting(|settings| {
                settings.keep_zoom = !settings.keep_zoom;
                Some(on_or_off("Keep the zoom", settings.keep_zoom))
            }),
            AppCommand::Highlights => self.change_setting(|settings| {
                settings.highlights = !settings.highlights;
                Some(on_or_off("Highlights", settings.highlights))
            }),
            AppCommand::LoupeScale => self.change_setting(|settings| {
                // 1 and 2 in turn.
                settings.loupe_scale = 3 - settings.loupe_scale;
                Some(format!("Loupe at {}:1", settings.loupe_scale))
            }),
            AppCommand::SessionCounter => self.change_setting(|settings| {
                settings.session_counter = !settings.session_counter;
                None
            }),
            AppCommand::IncreaseSize => self.resize_all(|scale| rounded(scale + SCALE_STEP)),
            AppCommand::DecreaseSize => self.resize_all(|scale| rounded(scale - SCALE_STEP)),
            AppCommand::ResetSize => self.resize_all(|_| 1.0),
        }
    }

    /// Changes a setting, and shows the notice that `change` returns, if any.
    fn change_setting(&mut self, change: impl FnOnce(&mut Settings) -> Option<String>) {
        let mut new = self.settings.clone();
        let notice = change(&mut new);
        self.use_settings(new);
        if let Some(text) = notice {
            self.toast(text, NoticeDuration::Short);
        }
    }

    fn resize_all(&mut self, scaled: impl FnOnce(f32) -> f32) {
        self.change_setting(|settings| {
            settings.scale = scaled(settings.scale);
            *settings = settings.clone().in_range();
            Some(format!("Text and buttons at {:.0} %", settings.scale * 100.0))
        });
    }
}

/// Rounds to a twentieth: sums of tenths would drift.
fn rounded(scale: f32) -> f32 {
    (scale * 20.0).round() / 20.0
}

fn on_or_off(name: &str, on: bool) -> String {
    format!("{name}: {}", if on { "on" } else { "off" })
}

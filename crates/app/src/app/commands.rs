//! What each command does. The table says what it is for; changes that a panel asks for in other ways are in `acts`.

use egui::{Vec2, ViewportCommand, vec2};
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::search::OccurrenceQuery;
use tilejury_audit::text::count;
use tilejury_audit::{JudgeAction, Reason, Relevance, Verdict, now};

use super::dialogs::Dialog;
use super::leaving::Exit;
use super::view_state::{PageScene, Scene};
use super::{App, NoticeDuration, Stage};
use crate::command::{Command, PanDirection, entry_of};
use crate::jobs::JobKind;
use crate::opening::OpenTarget;
use crate::review::{NextTarget, Review, UndoOutcome};
use crate::settings::Theme;
use crate::tile_loader::Picture;
use crate::tile_slot::TileSlot;
use crate::ui::UiAction;
use crate::ui::annotators::AnnotatorDialog;
use crate::ui::file_dialog::PickerPurpose;
use crate::ui::judge_bar::{NoteEdit, TextEditor, note_field};
use crate::ui::search::search_field;
use crate::ui::tags::{TagEdit, tag_field};
use crate::ui::tiles::PlacedTile;

/// Said while the signals of the set are not known.
const STILL_LOOKING: &str = "What speaks against samples is still being looked for.";
/// How much one press of + or − changes.
const ZOOM_STEP: f32 = 1.25;
/// How much of what is on show one press of a panning key moves.
const PAN_STEP: f32 = 0.12;
/// How much one press changes the size of text and buttons.
const SCALE_STEP: f32 = 0.1;

impl App {
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::OpenFolder => self.pick(PickerPurpose::DatasetFolder),
            Command::OpenFile => self.pick(PickerPurpose::DatasetFile),
            Command::OpenDemo => self.leave_for(Exit::Open(OpenTarget::Demo)),
            Command::Quit => self.ctx.send_viewport_cmd(ViewportCommand::Close),
            Command::Palette => self.dialog = Some(Dialog::Palette(Default::default())),
            Command::Settings => self.dialog = Some(Dialog::Settings(Box::default())),
            Command::Help => self.dialog = Some(Dialog::Help),
            Command::FullScreen => {
                let full = self.ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
                self.ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
            }
            Command::ThemeSwitch
            | Command::AutoAdvance
            | Command::KeepZoom
            | Command::LoupeScale
            | Command::SessionCounter
            | Command::Larger
            | Command::Smaller
            | Command::UsualSize => self.switch(command),
            _ if self.reviewing().is_none() => {}
            Command::Export => self.export_dialog(),
            Command::Check => self.dialog = Some(Dialog::Check),
            Command::IndexShards => self.start(JobKind::Index),
            Command::LookForShards => self.check_shards_now(),
            Command::LookAtPixels => self.toggle_pixels(),
            Command::Jobs => self.dialog = Some(Dialog::Jobs),
            Command::Scoreboard => self.dialog = Some(Dialog::Scoreboard(Default::default())),
            Command::ResetWeights => self.reset_weights(Some(now())),
            Command::Messages => self.dialog = Some(Dialog::Messages),
            Command::Annotator => self.dialog = Some(Dialog::Annotator(AnnotatorDialog::default())),
            Command::Orphans => self.dialog = Some(Dialog::Orphans),
            Command::SaveAs => {
                self.save_note();
                self.pick(PickerPurpose::SaveJudgements);
            }
            Command::History => {
                // A note that is stored later would end what can be done again.
                self.save_note();
                self.dialog = Some(Dialog::History(Default::default()));
            }
            Command::GoTo => self.dialog = Some(Dialog::GoTo(Default::default())),
            Command::SaveFilter => self.dialog = Some(Dialog::SaveFilter(Default::default())),
            Command::CloseDataset => self.leave_for(Exit::Welcome),
            Command::Queue => {
                self.remembered.queue_open = !self.remembered.queue_open;
                self.save_remembered();
            }
            Command::Inspector => {
                self.remembered.inspector_open = !self.remembered.inspector_open;
                self.save_remembered();
            }
            Command::Search => {
                self.remembered.queue_open = true;
                self.ctx.memory_mut(|memory| memory.request_focus(search_field()));
            }
            Command::ShowAll => self.perform(UiAction::UseFilter(String::new())),
            Command::FewerColumns | Command::MoreColumns | Command::AutoColumns => self.columns(command),
            Command::WhereTile | Command::WherePage => {
                let wanted = if command == Command::WhereTile { OccurrenceQuery::Tile } else { OccurrenceQuery::Page };
                if let Some(tile) = self.focused_tile() {
                    self.perform(UiAction::FindOccurrences(wanted(tile)));
                }
            }
            Command::ZoomIn
            | Command::ZoomOut
            | Command::ZoomReset
            | Command::ActualPixels
            | Command::Pan(_)
            | Command::PanAlone(_) => self.zoom(command),
            Command::Loupe => self.look.loupe = !self.look.loupe,
            Command::Blink => self.look.blink = !self.look.blink,
            Command::Alone
            | Command::Compare
            | Command::CompareNext
            | Command::ComparePrevious
            | Command::CompareWith(_)
            | Command::Difference
            | Command::Page => self.scene(command),
            command => self.judging(command),
        }
    }

    /// Commands that turn a setting.
    fn switch(&mut self, command: Command) {
        let dark = self.ctx.theme() == egui::Theme::Dark;
        let old = &self.settings;
        let scaled = |step: f32| ((old.scale + step) * 20.0).round() / 20.0;
        let mut new = old.clone();
        let say = |name: &str, on: bool| Some(format!("{name}: {}", if on { "on" } else { "off" }));
        let said = match command {
            Command::ThemeSwitch => {
                new.theme = if dark { Theme::Light } else { Theme::Dark };
                None
            }
            Command::AutoAdvance => {
                new.auto_advance = !old.auto_advance;
                say("Go on after a verdict", new.auto_advance)
            }
            Command::KeepZoom => {
                new.keep_zoom = !old.keep_zoom;
                say("Keep the zoom when going on", new.keep_zoom)
            }
            Command::LoupeScale => {
                new.loupe = 3 - old.loupe;
                Some(format!("Loupe at {}:1", new.loupe))
            }
            Command::SessionCounter => {
                new.session_counter = !old.session_counter;
                None
            }
            Command::Larger | Command::Smaller | Command::UsualSize => {
                new.scale = match command {
                    Command::Larger => scaled(SCALE_STEP),
                    Command::Smaller => scaled(-SCALE_STEP),
                    _ => 1.0,
                };
                new = new.in_range();
                Some(format!("Text and buttons at {:.0} %", new.scale * 100.0))
            }
            _ => None,
        };
        self.use_settings(new);
        if let Some(text) = said {
            self.toast(text, NoticeDuration::Short);
        }
    }

    fn columns(&mut self, command: Command) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        if !matches!(self.look.scene, Scene::Grid) {
            self.toast("Columns are those of all tiles: Esc returns to them.".to_owned(), NoticeDuration::Short);
            return;
        }
        let negatives = reviewing.review.sample.as_ref().map_or(1, |sample| sample.negatives.len()).max(1);
        let present = reviewing.columns_on_show();
        self.remembered.columns = match command {
            Command::FewerColumns => Some(present.saturating_sub(1).max(1)),
            Command::MoreColumns => Some((present + 1).min(negatives)),
            _ => None,
        };
        self.save_remembered();
        let text = match self.remembered.columns {
            Some(columns) => count(columns, "column"),
            None => "Columns by themselves".to_owned(),
        };
        self.toast(text, NoticeDuration::Short);
    }

    fn zoom(&mut self, command: Command) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let focus = self.look.focus(reviewing.review.focus);
        let zooming = self.look.zooming();
        let factor = zooming.shared.factor;
        match command {
            Command::ZoomIn => zooming.set_factor(factor * ZOOM_STEP),
            Command::ZoomOut => zooming.set_factor(factor / ZOOM_STEP),
            Command::ZoomReset => *zooming = Default::default(),
            Command::ActualPixels => {
                let is_focused =
                    |placed: &&PlacedTile| placed.position == focus && matches!(placed.picture, Picture::Tile(_));
                let placed = reviewing.placed.iter().find(is_focused);
                let full = placed.and_then(|placed| reviewing.store.full_size(&placed.picture));
                if let (Some(placed), Some([width, _])) = (placed, full) {
                    zooming.set_factor(factor * width as f32 / placed.painted.width_px.max(1) as f32);
                }
            }
            Command::Pan(direction) => zooming.pan(step(direction)),
            // The tile moves where the arrow points: what is on show of it moves the other way.
            Command::PanAlone(direction) => zooming.move_alone(focus, -step(direction) / factor),
            _ => {}
        }
    }

    /// Commands that choose what is on show of the sample.
    fn scene(&mut self, command: Command) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let review = &mut reviewing.review;
        review.just_judged = None;
        let negatives = review.sample.as_ref().map_or(0, |sample| sample.negatives.len());
        let focus = review.focus.index().max(1) - 1;
        let go_round = |by: usize| TileSlot::new(if negatives == 0 { 0 } else { (focus + by) % negatives + 1 });
        let scene = &mut self.look.scene;
        match (command, &mut *scene) {
            (Command::Alone, Scene::Page(page)) => page.alone = !page.alone,
            (Command::Alone, Scene::Alone) | (Command::Compare, Scene::Compare { .. }) => *scene = Scene::Grid,
            (Command::Alone, _) => *scene = Scene::Alone,
            (Command::Compare, _) => {
                let place = match scene {
                    // From a page, the tile in focus there is what one wants to compare, if the row has it.
                    Scene::Page(page) => page.tiles.as_ref().and_then(|tiles| {
                        let path = tiles.get(page.focus)?;
                        TileSlot::find(review.sample.as_ref()?, path)
                    }),
                    _ => None,
                };
                review.focus = place.unwrap_or(review.focus).nearest_negative(negatives);
                *scene = Scene::Compare { difference: false };
            }
            (Command::Difference, Scene::Compare { difference }) => *difference = !*difference,
            (Command::Difference, _) => {
                review.focus = review.focus.nearest_negative(negatives);
                *scene = Scene::Compare { difference: true };
            }
            (Command::CompareNext, _) => review.focus = go_round(1),
            (Command::ComparePrevious, _) => review.focus = go_round(negatives.saturating_sub(1)),
            (Command::CompareWith(number), _) if usize::from(number) <= negatives => {
                review.focus = TileSlot::new(usize::from(number));
            }
            (Command::Page, Scene::Page(page)) => *scene = page.back.take(),
            (Command::Page, _) => {
                let tile = review.sample.as_ref().and_then(|sample| sample.tiles().nth(review.focus.index()).cloned());
                if let Some(tile) = tile {
                    review.searcher().find_page(tile.path.clone());
                    let back = Box::new(scene.take());
                    *scene = Scene::Page(PageScene::new(tile.path, back));
                }
            }
            _ => {}
        }
    }

    /// Commands that judge or move: they need a review.
    fn judging(&mut self, command: Command) {
        if command.judges() && self.is_too_quick() {
            return;
        }
        let about_row = matches!(command, Command::Note | Command::NoteJudged | Command::Tags | Command::LookAgain);
        if about_row && self.reviewing_now().is_none_or(|reviewing| reviewing.review.sample.is_none()) {
            return;
        }
        // A verdict or a move ends the writing of a note; what was written is kept.
        if command != Command::Note {
            self.save_note();
        }
        if let Command::ToggleFocused | Command::MarkFocused(_) = command {
            return self.judge_focused(command);
        }
        if let Command::FocusNextTile | Command::FocusPreviousTile = command {
            return self.move_focus(command == Command::FocusNextTile);
        }
        if let Command::Judge(verdict) = command {
            return self.judge(verdict);
        }
        if command == Command::MarkNegatives(Some(Relevance::Broken)) && self.refuses_broken(None) {
            return;
        }
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let review = &mut reviewing.review;
        let mut say = None;
        match command {
            Command::NextUnjudged | Command::NextSuspicious | Command::NextUndecided => {
                review.just_judged = None;
                say = go(review, command);
            }
            Command::LastJudged => {
                review.just_judged = None;
                if !review.go_to_last_judged() {
                    say = Some("No other sample was judged before.".to_owned());
                }
            }
            Command::SuspiciousFirst => {
                let known = review.order_by_suspicion();
                say = (!known).then(|| STILL_LOOKING.to_owned());
            }
            Command::ClearVerdict => review.clear_verdict(),
            Command::Propagate => {
                say = Some(match (review.propagate(), review.is_finding_targets()) {
                    (Some(rows), _) => format!("Marked in {}.", count(rows, "more row")),
                    (None, true) => "Other rows that hold the tile are still being looked for.".to_owned(),
                    (None, false) => "Nothing is offered to be marked elsewhere.".to_owned(),
                });
            }
            Command::ToggleReason(reason) => {
                let taken = review.toggle_reason(reason);
                let of = review.reasons_of();
                let has = review.session.judgement(of).is_some_and(|judgement| judgement.reasons.contains(&reason));
                if reason == Reason::Other && has {
                    self.look.writing = Some(write_note(review, of));
                    self.ctx.memory_mut(|memory| memory.request_focus(note_field()));
                }
                say = (!taken).then(|| "Reasons go to a sample that is rejected or unsure.".to_owned());
            }
            Command::Note => {
                // What was begun goes on.
                if !matches!(self.look.writing, Some(TextEditor::Note(_))) {
                    self.look.writing = Some(write_note(review, review.cursor()));
                }
                self.ctx.memory_mut(|memory| memory.request_focus(note_field()));
            }
            Command::NoteJudged => match review.just_judged.or(review.judged_here) {
                Some(of) => {
                    self.look.writing = Some(write_note(review, of));
                    self.ctx.memory_mut(|memory| memory.request_focus(note_field()));
                }
                None => say = Some("No row was judged yet since the dataset was opened.".to_owned()),
            },
            Command::Tags => {
                let place = review.dataset().describe_position(review.cursor());
                self.look.writing = Some(TextEditor::Tags(TagEdit::new(place)));
                self.ctx.memory_mut(|memory| memory.request_focus(tag_field()));
            }
            Command::CopyLastNote => {
                let had_one = !review.judgement().note.is_empty();
                say = Some(match review.copy_last_note() {
                    Some(of) if had_one => {
                        format!(
                            "Note copied from {}, in place of the one that stood here.",
                            review.dataset().describe_position(of)
                        )
                    }
                    Some(of) => format!("Note copied from {}.", review.dataset().describe_position(of)),
                    None => "There is no note on another sample to copy.".to_owned(),
                });
            }
            Command::LookAgain => {
                review.toggle_flag();
                let place = review.dataset().describe_position(review.cursor());
                let flagged = review.judgement().tags.contains(LOOK_AGAIN);
                let text = if flagged { format!("Flagged {place}.") } else { format!("Flag of {place} removed.") };
                self.toast(text, NoticeDuration::Short);
            }
            Command::ToggleNegative(number) => review.toggle(TileSlot::new(usize::from(number))),
            // In a comparison the focus stays on what the positive is compared with.
            Command::TogglePositive => review.toggle(TileSlot::POSITIVE),
            Command::MarkNegatives(relevance) => review.mark_negatives(relevance),
            Command::Next => review.step(1),
            Command::Previous => review.step(-1),
            Command::First => review.step(i64::from(i32::MIN)),
            Command::Last => review.step(i64::from(u32::MAX)),
            Command::Undo | Command::Redo => {
                let action = if command == Command::Undo { JudgeAction::Undo } else { JudgeAction::Redo };
                let done = if command == Command::Undo { "Taken back" } else { "Done again" };
                say = match review.undo_or_redo(action) {
                    UndoOutcome::Nothing => {
                        let name = entry_of(command).map_or("", |entry| entry.name);
                        Some(format!("Nothing to {}.", name.to_lowercase()))
                    }
                    UndoOutcome::Step => None,
                    UndoOutcome::Moved(moved) => {
                        self.notify_history_move(Some(moved));
                        None
                    }
                    UndoOutcome::Propagated(rows) => Some(format!("{done} in {}.", count(rows, "row"))),
                };
            }
            Command::RetrySaving => review.saving.retry(),
            _ => {}
        }
        if let Some(text) = say {
            self.notify(text, false);
        }
    }

    /// Was the row in view too short a time for anybody to judge it? Says so: the key is dropped, and never done later.
    fn is_too_quick(&mut self) -> bool {
        let Stage::Reviewing(reviewing) = &self.stage else { return false };
        let review = &reviewing.review;
        let row = review.cursor();
        if review.sample.is_none() || reviewing.visible.has_been(row, self.settings.settle_ms) {
            return false;
        }
        self.toast(
            format!("Too quick: {} was not visible yet.", review.dataset().describe_position(row)),
            NoticeDuration::Short,
        );
        true
    }

    fn judge(&mut self, verdict: Verdict) {
        let go_on = self.settings.auto_advance;
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let tiles = reviewing.seen();
        let copies = reviewing.review.copies(&tiles);
        if verdict == Verdict::Accept && reviewing.review.hold_accept(&tiles, &copies) {
            return;
        }
        let unseen = reviewing.tiles().saturating_sub(tiles.seen.len());
        let mut said = Vec::new();
        if verdict == Verdict::Accept {
            said.extend(reviewing.review.describe_copies(&tiles, &copies));
        }
        let more = reviewing.review.judge(verdict, tiles, copies, go_on);
        if verdict == Verdict::Accept && unseen > 0 {
            let unseen = count(unseen, "tile");
            said.push(format!("Accepted; not confirmed: {unseen} that could not be seen, not loaded or out of view."));
        }
        if !more {
            said.push("Every sample of this list is judged.".to_owned());
        }
        if !said.is_empty() {
            self.notify(said.join(" "), false);
        }
    }

    /// What is said of the tile in focus, on a page as well.
    fn judge_focused(&mut self, command: Command) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let focus = self.look.focus(reviewing.review.focus);
        if command == Command::MarkFocused(Some(Relevance::Broken)) && self.refuses_broken(Some(focus)) {
            return;
        }
        self.mark_visible_tile(focus, |review, tile| match command {
            Command::MarkFocused(relevance) => review.mark(tile, relevance),
            _ => review.toggle(tile),
        });
    }

    fn move_focus(&mut self, on: bool) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let tiles = reviewing.review.sample.as_ref().map_or(0, |sample| sample.negatives.len() + 1);
        let comparing = self.look.is_comparing();
        let (focus, tiles) = match &mut self.look.scene {
            Scene::Page(page) => {
                page.scroll = true;
                (page.focus, page.tiles.as_ref().map_or(0, Vec::len))
            }
            _ => (reviewing.review.focus.index(), tiles),
        };
        let tiles = tiles.max(1);
        let mut focus = (focus + if on { 1 } else { tiles - 1 }) % tiles;
        // The positive is visible anyway.
        if comparing && focus == 0 && tiles > 1 {
            focus = if on { 1 } else { tiles - 1 };
        }
        self.focus(focus);
    }
}

/// A note on a row, to be gone on with.
fn write_note(review: &Review, of: usize) -> TextEditor {
    let text = review.session.judgement(of).map(|judgement| judgement.note.clone()).unwrap_or_default();
    TextEditor::Note(NoteEdit { text, sample: of, place: review.dataset().describe_position(of) })
}

/// Goes to the next sample that is wanted; says why where there is none.
fn go(review: &mut Review, command: Command) -> Option<String> {
    let (goal, none) = match command {
        Command::NextSuspicious if review.signals.findings().is_none() => {
            return Some(STILL_LOOKING.to_owned());
        }
        Command::NextSuspicious => {
            (NextTarget::Suspicious, "Nothing speaks against any other unjudged sample of this list.")
        }
        Command::NextUndecided => (NextTarget::Undecided, "No other sample of this list was left undecided."),
        _ => (NextTarget::Unjudged, "Every other sample of this list is judged."),
    };
    (!review.next(goal)).then(|| none.to_owned())
}

fn step(direction: PanDirection) -> Vec2 {
    match direction {
        PanDirection::Left => vec2(-PAN_STEP, 0.0),
        PanDirection::Right => vec2(PAN_STEP, 0.0),
        PanDirection::Up => vec2(0.0, -PAN_STEP),
        PanDirection::Down => vec2(0.0, PAN_STEP),
    }
}

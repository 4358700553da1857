//! The entries of the menus File, Edit and Help.

use egui::Key;

use super::{alt, app, ctrl, ctrl_shift, dataset, in_menu, key, review, shift};
use crate::command::{AppCommand, DatasetCommand, Entry, Menu, ReviewCommand};

/// The submenu of where tiles are.
const SHARDS: &str = "Shards and tiles";

/// The submenu of the text on tiles.
const TEXT: &str = "Text of tiles";

/// The submenu of a model as a reviewer.
const REVIEWER: &str = "Model as a reviewer";

/// The submenu of what others judged.
const OTHERS: &str = "Judgements of others";

/// The submenu of reports.
const REPORTS: &str = "Reports";

pub(super) const FILE: &[Entry] = &in_menu(
    Menu::File,
    [
        app(AppCommand::OpenFolder, "open-folder", "Open folder…")
            .keys(&[ctrl(Key::O)])
            .help("Open a dataset folder."),
        app(AppCommand::OpenFile, "open-file", "Open file…")
            .keys(&[ctrl_shift(Key::O)])
            .help("Open one .jsonl or .parquet file of a dataset; its folder is the dataset's folder."),
        app(AppCommand::OpenAddress, "open-address", "Open address…")
            .keys(&[ctrl(Key::L)])
            .help("Open a dataset where it is: on the Hugging Face Hub, in S3, Google Cloud Storage or Azure, or on a web server."),
        app(AppCommand::OpenDemo, "open-demo", "Open the demo")
            .keys(&[ctrl_shift(Key::D)])
            .help("Open the small built-in dataset, which has defects to find."),
        dataset(DatasetCommand::Export, "export", "Export…")
            .keys(&[ctrl(Key::E)])
            .help("Write a cleaned copy of the splits to a new folder."),
        dataset(DatasetCommand::Check, "check", "Check the dataset…")
            .keys(&[ctrl_shift(Key::K)])
            .help("Find missing, damaged, repeated and leaked rows and tiles, in the background."),
        dataset(DatasetCommand::IndexShards, "index", "Index all shards")
            .keys(&[ctrl_shift(Key::I)])
            .under(SHARDS)
            .help("Read the member lists of all shards now, in the background, instead of when a tile is first needed."),
        dataset(DatasetCommand::LookForShards, "look-for-shards", "Look for shards again")
            .keys(&[key(Key::F5)])
            .under(SHARDS)
            .help("Check now for added and removed shards, and retry tiles that could not be loaded. This also happens automatically every few seconds. Of a dataset at an address, only tiles are retried."),
        dataset(DatasetCommand::RetryTiles, "retry-tiles", "Retry tiles")
            .keys(&[shift(Key::F5)])
            .under(SHARDS)
            .help("Try again now to fetch or read all tiles that failed. After a lost connection this also happens automatically."),
        dataset(DatasetCommand::KeepOffline, "keep-offline", "Keep this list offline…")
            .keys(&[ctrl_shift(Key::L)])
            .under(SHARDS)
            .help("Fetch all tiles of the listed rows of a dataset at an address, for a time without a connection; states the size first."),
        dataset(DatasetCommand::ScanTiles, "pixels", "Scan tiles")
            .keys(&[ctrl_shift(Key::P)])
            .help("Find copies of positives, and blank and unreadable tiles, in the background; press again to stop. Results so far are kept."),
        dataset(DatasetCommand::ReadSample, "read-sample", "Read this row's text")
            .keys(&[shift(Key::R)])
            .under(TEXT)
            .help("Read the text on the tiles of this row now, with the Tesseract program of this machine. Each tile is read once."),
        dataset(DatasetCommand::ReadTiles, "read", "Read text in the background…")
            .keys(&[ctrl(Key::R)])
            .under(TEXT)
            .help("Show how many tiles there are to read and how long that takes, and start to read their text; press again to pause, and again to continue."),
        dataset(DatasetCommand::StopReading, "stop-reading", "Stop reading text")
            .keys(&[ctrl_shift(Key::R)])
            .under(TEXT)
            .help("Stop reading the text of tiles. What was read is kept, and the next reading continues from there."),
        dataset(DatasetCommand::AskSample, "ask-sample", "Ask a model about this row")
            .keys(&[ctrl(Key::I)])
            .under(REVIEWER)
            .help("Send the negatives of this row with its query to the model of the settings, whose reviews are shown on the tiles. A question with a known answer is not asked again."),
        dataset(DatasetCommand::AskListed, "ask", "Ask a model about what is listed…")
            .keys(&[ctrl(Key::P)])
            .under(REVIEWER)
            .help("Show the address, how many tiles would be sent and the ceilings, and ask the model of the settings about the negatives of all listed rows."),
        dataset(DatasetCommand::PauseAsking, "pause-asking", "Pause asking")
            .keys(&[ctrl(Key::T)])
            .under(REVIEWER)
            .help("Send no further question to the model; press again to go on."),
        dataset(DatasetCommand::StopAsking, "stop-asking", "Stop asking")
            .keys(&[ctrl_shift(Key::X)])
            .under(REVIEWER)
            .help("Stop asking the model, and wait for the answers on their way, which are paid; press again to give them up. The next run asks only what has no answer."),
        dataset(DatasetCommand::Jobs, "jobs", "Background work…")
            .keys(&[ctrl(Key::J)])
            .help("Show what runs in the background, stop it, and read earlier results."),
        dataset(DatasetCommand::Messages, "messages", "Messages…")
            .keys(&[ctrl(Key::M)])
            .help("Show problems with the dataset's files, and earlier notices."),
        dataset(DatasetCommand::RetrySaving, "save", "Retry saving")
            .keys(&[ctrl(Key::S)])
            .help("Try again now to store judgements that could not be saved."),
        dataset(DatasetCommand::SaveAs, "save-as", "Save judgements as…")
            .keys(&[alt(Key::S)])
            .help("Write all judgements to another file, including those that could not be saved."),
        dataset(DatasetCommand::Exchange, "exchange", "Exchange judgements…")
            .keys(&[shift(Key::F7)])
            .under(OTHERS)
            .help("Choose a folder that all who judge this dataset can reach, and see what is still to be sent; judgements are then exchanged automatically."),
        dataset(DatasetCommand::ExchangeNow, "exchange-now", "Exchange now")
            .keys(&[shift(Key::F6)])
            .under(OTHERS)
            .help("Exchange judgements through the folder now, instead of within the next minute."),
        dataset(DatasetCommand::Team, "team", "Team…")
            .keys(&[shift(Key::F9)])
            .under(OTHERS)
            .help("Show what each annotator judged, their part, pace, agreement and drift, and what waits for adjudication."),
        dataset(DatasetCommand::Assign, "assign", "Assign what is listed…")
            .keys(&[shift(Key::F4)])
            .under(OTHERS)
            .help("Divide the listed rows among annotators by name, some of them for two; or withdraw such an assignment."),
        dataset(DatasetCommand::MyPart, "my-part", "List my part")
            .keys(&[shift(Key::F2)])
            .under(OTHERS)
            .help("List the rows that are assigned to you; the status bar then counts them."),
        dataset(DatasetCommand::MergeSidecars, "merge", "Merge sidecars…")
            .keys(&[ctrl_shift(Key::M)])
            .under(OTHERS)
            .help("Put the judgements of several annotators of this dataset, each with a sidecar of their own, into one new file."),
        dataset(DatasetCommand::Report, "report", "Report of the judgements…")
            .keys(&[alt(Key::P)])
            .under(REPORTS)
            .help("Write counts, problems, the precision of signals and all rows to change to a Markdown file."),
        dataset(DatasetCommand::AuditReport, "audit-report", "Audit report…")
            .keys(&[ctrl_shift(Key::E)])
            .under(REPORTS)
            .help("Write the report of all random audits to a new folder: rates with their intervals, draws, annotators, limits, as HTML, Markdown, JSON and LaTeX."),
        dataset(DatasetCommand::Orphans, "orphans", "Orphaned judgements…")
            .keys(&[alt(Key::O)])
            .help("List judged rows that are no longer in the dataset; their judgements are kept."),
        dataset(DatasetCommand::Annotator, "annotator", "Annotator…")
            .keys(&[alt(Key::A)])
            .help("Judge this dataset under another name, and see who else judged it, and how many rows."),
        app(AppCommand::Settings, "settings", "Settings…")
            .keys(&[ctrl(Key::Comma)])
            .help("Change the settings and the keys."),
        dataset(DatasetCommand::CloseDataset, "close", "Close dataset")
            .keys(&[ctrl(Key::W)])
            .help("Return to the welcome screen."),
        app(AppCommand::Quit, "quit", "Quit")
            .keys(&[ctrl(Key::Q)])
            .help("Save unsaved judgements and quit."),
    ],
);

pub(super) const EDIT: &[Entry] = &in_menu(
    Menu::Edit,
    [
        review(ReviewCommand::Undo, "undo", "Undo")
            .keys(&[key(Key::Z), ctrl(Key::Z)])
            .repeats()
            .help("Undo the last judgement and return to its row."),
        review(ReviewCommand::Redo, "redo", "Redo")
            .keys(&[ctrl_shift(Key::Z), ctrl(Key::Y)])
            .repeats()
            .help("Redo the last undone step."),
        dataset(DatasetCommand::History, "history", "History").keys(&[ctrl(Key::H)]).help(
            "Show or hide a panel with every step and its row; go back to a step, redo steps, or restore undone ones.",
        ),
    ],
);

pub(super) const HELP: &[Entry] = &in_menu(
    Menu::Help,
    [
        app(AppCommand::Help, "help", "Keys and help…").keys(&[key(Key::Questionmark), key(Key::F1)]).help(
            "List all keys, and find one by a few letters. Held, the key shows those that work in the present view.",
        ),
        app(AppCommand::CheatSheet, "cheat-sheet", "Cheat sheet…")
            .keys(&[key(Key::F9)])
            .help("Show the twelve most useful keys; press again, or Esc, to return."),
        app(AppCommand::Tour, "tour", "Guided tour")
            .keys(&[key(Key::F12)])
            .help("Learn the five things to know in two minutes, on a copy of the demo; during the tour, show the present step again."),
        app(AppCommand::CopyDiagnosis, "copy-diagnosis", "Copy diagnosis")
            .keys(&[shift(Key::F12)])
            .help("Examine the set-up and copy one page about it, to paste into a report of a problem. It has no secrets, and nothing is sent."),
        app(AppCommand::About, "about", "About Tilejury…")
            .keys(&[shift(Key::F1)])
            .help("Show the version, the licences of all parts, and where the program keeps its files."),
    ],
);

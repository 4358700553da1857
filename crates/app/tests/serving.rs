//! A dataset of `tilejury serve` in the window: it opens by the printed address, its server is
//! proposed for the exchange of judgements, and its token is kept nowhere.

#![cfg(feature = "remote")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::path::{Path, PathBuf};

use crate::common::{Fixture, assert_no_text, assert_text, press, run_command, settle, step_until, wait_for};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::folders::Folders;
use tilejury_app::screen::App;
use tilejury_app::serving::{ServeRequest, Server};

const SIZE: (f32, f32) = (1400.0, 900.0);

/// Serves the dataset of a fixture; returns the folder of judgements too.
fn serve(fixture: &Fixture) -> (Server, PathBuf) {
    let kept = fixture.dir.path().join("kept");
    let request = ServeRequest {
        dataset: fixture.set(),
        listen: "127.0.0.1:0".to_owned(),
        token_file: None,
        judgements: Some(kept.clone()),
        tls: None,
        without_tls: false,
        rate: None,
        follow_links: false,
    };
    (Server::start(&request, &Folders::below(&fixture.dir.path().join("server"))).unwrap(), kept.join("judgements"))
}

fn parts(server: &Server) -> (String, String) {
    let address = server.address();
    let (plain, token) = address.split_once("#token=").unwrap();
    (plain.to_owned(), token.to_owned())
}

fn files(folder: &Path) -> usize {
    folder.read_dir().map_or(0, Iterator::count)
}

fn close_dialog(window: &mut Harness<'_, App>) {
    window.key_press(Key::Escape);
    window.run_steps(4);
}

#[test]
fn a_served_set_proposes_its_server_for_the_exchange() {
    let fixture = Fixture::plain();
    let (server, kept) = serve(&fixture);
    let (plain, token) = parts(&server);
    let mut window = fixture.window_opening(Some(Path::new(&server.address())), SIZE);
    wait_for(&mut window, "1 of ");
    settle(&mut window);
    press(&mut window, Key::R);
    settle(&mut window);
    run_command(&mut window, "exchange");
    let field = window.get_by_role_and_label(Role::TextInput, "Place").accesskit_node().value();
    assert_eq!(field.as_deref(), Some(&*plain));
    window.key_press(Key::Enter);
    window.run_steps(4);
    wait_for(&mut window, "Exchanged just now.");
    assert_eq!(files(&kept), 1);
    assert_no_text(&window, &token);
    close_dialog(&mut window);
    assert_text(&window, "Exchanged");
    press(&mut window, Key::A);
    settle(&mut window);
    run_command(&mut window, "exchange-now");
    step_until(&mut window, "the second file", |_| files(&kept) == 2);
    drop(window);
    let mut folders: Vec<PathBuf> =
        ["config", "data", "cache", "state"].iter().map(|name| fixture.dir.path().join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = std::fs::read(&path).unwrap();
                assert!(!content.windows(token.len()).any(|part| part == token.as_bytes()), "{path:?}");
            }
        }
    }
}

#[test]
fn an_address_without_its_token_says_what_is_missing() {
    let fixture = Fixture::plain();
    let (server, _) = serve(&fixture);
    let (plain, _) = parts(&server);
    let mut window = fixture.window_opening(Some(Path::new(&plain)), SIZE);
    wait_for(&mut window, "could not be opened");
    assert_text(&window, "the token behind #");
}

//! A dataset of `tilejury serve` in the window: it opens by the printed address, its server is
//! proposed for the exchange of judgements, and its token is kept nowhere.

#![cfg(feature = "remote")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{Fixture, assert_no_text, assert_text, close, press, run_command, settle, step_until, wait_for};
use crate::exchanging::{events_in, exchange_through};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
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
    assert_text(&mut window, "Exchanged");
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
    assert_text(&mut window, "the token behind #");
}

/// A way to a server. While it hangs, nothing passes.
struct Way {
    address: String,
    hangs: Arc<AtomicBool>,
}

impl Way {
    fn to(server: &Server) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = server.address();
        let (server, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let address = format!("http://{}/{path}", listener.local_addr().unwrap());
        let (hangs, server) = (Arc::<AtomicBool>::default(), server.to_owned());
        let shared = hangs.clone();
        thread::spawn(move || {
            for from in listener.incoming().flatten() {
                let to = TcpStream::connect(&server).unwrap();
                let back = (to.try_clone().unwrap(), from.try_clone().unwrap());
                for (from, to) in [(from, to), back] {
                    let hangs = shared.clone();
                    thread::spawn(move || pass(from, to, &hangs));
                }
            }
        });
        Self { address, hangs }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, hangs: &AtomicBool) {
    let mut bytes = [0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        while hangs.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(10));
        }
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Judges, and closes the window while the server hangs.
fn close_while_sending<'w>(fixture: &Fixture, sidecar: &Path, way: &Way) -> Harness<'w, App> {
    let mut window = fixture.window_with("ada", sidecar);
    press(&mut window, Key::A);
    exchange_through(&mut window, Path::new(&way.address));
    wait_for(&mut window, "Exchanged just now.");
    close_dialog(&mut window);
    way.hangs.store(true, Ordering::Relaxed);
    press(&mut window, Key::R);
    settle(&mut window);
    let began = Instant::now();
    close(&mut window);
    assert!(began.elapsed() < Duration::from_secs(1), "no frame waits: {:?}", began.elapsed());
    wait_for(&mut window, "Sending the last judgements");
    window
}

#[test]
fn closing_shows_that_the_last_exchange_takes_long() {
    let fixture = Fixture::plain();
    let sidecar = fixture.dir.path().join("ada.sqlite");
    let (server, _) = serve(&fixture);
    let way = Way::to(&server);
    let mut window = close_while_sending(&fixture, &sidecar, &way);
    let began = Instant::now();
    let (key, modifiers) = (Key::Escape, Modifiers::NONE);
    let press = egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    window.input_mut().events.push(press);
    window.step();
    // The command is in the output of one frame only.
    let output = window.output().viewport_output.values();
    assert!(output.flat_map(|output| &output.commands).any(|command| *command == egui::ViewportCommand::Close));
    drop(window);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(events_in(&sidecar) > 1, "all is here");
    way.hangs.store(false, Ordering::Relaxed);
}

#[test]
fn a_person_who_stays_goes_on_exchanging() {
    let fixture = Fixture::plain();
    let (server, kept) = serve(&fixture);
    let way = Way::to(&server);
    let mut window = close_while_sending(&fixture, &fixture.dir.path().join("ada.sqlite"), &way);
    way.hangs.store(false, Ordering::Relaxed);
    window.get_by_role_and_label(Role::Button, "Cancel").click();
    step_until(&mut window, "the file of the verdict", |_| files(&kept) == 2);
    wait_for(&mut window, "Exchanged");
}

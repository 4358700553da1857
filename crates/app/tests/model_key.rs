//! The key of a model's server in the window: from its field to the keyring, from there to the
//! server, and to nothing else.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use std::sync::Arc;

use crate::common::{Fixture, assert_no_text, assert_text, click_and_close, run_command, settle, wait_for};
use crate::simulated_model::{SimulatedModel, SimulatedReply};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::key_store::{KeyStore, KeysInMemory, NoKeyring};
use tilejury_app::screen::{App, StartOptions};
use tilejury_testkit::set::put;

fn fixture(endpoint: &str) -> Fixture {
    let fixture = Fixture::plain();
    let settings = serde_json::json!({
        "look_at_pixels": false, "reading": "off", "hints": false, "show_keys": "never", "overview_first": false,
        "reviewer": {"endpoint": endpoint, "model": "m", "controls_percent": 0, "second_stage": false},
    });
    put(&fixture.dir.path().join("config/settings.json"), settings.to_string().as_bytes());
    fixture
}

fn window(fixture: &Fixture, keys: Arc<dyn KeyStore>) -> Harness<'static, App> {
    let start = StartOptions { keys, ..fixture.start(Some(&fixture.set())) };
    let builder = Harness::builder().with_size((1400.0, 900.0)).with_max_steps(64);
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    window
}

/// Types a key into the settings and keeps it.
fn keep(window: &mut Harness<'_, App>, key: &str) {
    run_command(window, "settings");
    wait_for(window, "Key of the server");
    let button = "Keep in the system's keyring";
    assert!(window.get_by_label(button).accesskit_node().is_disabled(), "nothing is typed");
    window.get_by_role_and_label(Role::PasswordInput, "Key of the server").focus();
    window.run_steps(2);
    window.get_by_role_and_label(Role::PasswordInput, "Key of the server").type_text(key);
    window.run_steps(2);
    assert_no_text(window, key);
    window.get_by_label(button).click_accesskit();
    window.run_steps(2);
}

#[test]
fn a_kept_key_goes_to_its_server_and_into_no_file() {
    let server = SimulatedModel::start(|asked| SimulatedReply::graded(asked, 1, "")).unwrap();
    let fixture = fixture(&server.url());
    // A key is for one port of a host.
    let url = server.url();
    let host = url.trim_start_matches("http://").split('/').next().unwrap();
    let keys = Arc::new(KeysInMemory::default());
    let mut window = window(&fixture, keys.clone());
    keep(&mut window, "sk-secret");
    wait_for(&mut window, &format!("The key for {host} is in the system's keyring."));
    assert_eq!(keys.key(host).unwrap().as_deref(), Some("sk-secret"));
    window.key_press(egui::Key::Escape);
    settle(&mut window);
    run_command(&mut window, "ask-sample");
    wait_for(&mut window, "Ask the model");
    assert_text(&mut window, "They are sent with the key in the system's keyring.");
    click_and_close(&mut window, "Ask the model");
    wait_for(&mut window, "Reviews by m: ");
    let asked = server.exchanges();
    assert!(!asked.is_empty() && asked.iter().all(|of| of.asked.headers["authorization"] == "Bearer sk-secret"));
    let mut files = vec![fixture.dir.path().to_owned()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(9).any(|part| part == b"sk-secret"), "{}", path.display());
    }
    run_command(&mut window, "settings");
    wait_for(&mut window, "Remove the kept key");
    window.get_by_label("Remove the kept key").click_accesskit();
    wait_for(&mut window, &format!("The key for {host} was removed from the system's keyring."));
    assert_eq!(keys.key(host).unwrap(), None);
}

/// A system without a keyring.
struct Headless;

impl KeyStore for Headless {
    fn key(&self, _: &str) -> Result<Option<String>, NoKeyring> {
        Err(NoKeyring("no bus".to_owned()))
    }

    fn keep(&self, _: &str, _: &str) -> Result<(), NoKeyring> {
        Err(NoKeyring("no bus".to_owned()))
    }

    fn forget(&self, _: &str) -> Result<bool, NoKeyring> {
        Err(NoKeyring("no bus".to_owned()))
    }
}

#[test]
fn without_a_keyring_a_sentence_says_what_works() {
    let fixture = fixture("https://models.invalid");
    let mut window = window(&fixture, Arc::new(Headless));
    keep(&mut window, "sk-secret");
    let reason = "the system's keyring cannot be used (no bus); a key in TILEJURY_API_KEY needs none.";
    wait_for(&mut window, &format!("The key was not changed: {reason}"));
    window.key_press(egui::Key::Escape);
    settle(&mut window);
    run_command(&mut window, "ask-sample");
    wait_for(&mut window, "Ask the model");
    assert_text(&mut window, &format!("They are sent without a key: {reason}"));
}

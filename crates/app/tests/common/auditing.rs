//! Shared by the tests of audits in the window: the dialog that plans one, the stored audits, and
//! answers that `tilejury judge` gives.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use serde_json::Value;
use tilejury_app::screen::App;
use tilejury_audit::audits::{Audit, audits};
use tilejury_audit::interchange::{ImportDefaults, read};
use tilejury_audit::{Sidecar, now};
use tilejury_data::Dataset;

use super::{Fixture, run_command, settle, step_until, type_into, wait_for};

/// Writes a text into a field in place of what it has.
pub(crate) fn replace(window: &mut Harness<'_, App>, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    type_into(window, field, text);
}

pub(crate) fn click(window: &mut Harness<'_, App>, label: &str) {
    window.get_by_role_and_label(Role::Button, label).click();
    window.run_steps(6);
}

pub(crate) fn can_begin(window: &Harness<'_, App>) -> bool {
    !window.get_by_role_and_label(Role::Button, "Begin the audit").accesskit_node().is_disabled()
}

pub(crate) fn open_dialog(window: &mut Harness<'_, App>) {
    run_command(window, "new-audit");
    wait_for(window, "different rows to draw from");
}

pub(crate) fn begin_as_typed(window: &mut Harness<'_, App>) {
    step_until(window, "a plan", can_begin);
    click(window, "Begin the audit");
    step_until(window, "the draw", |window| window.query_by_label("Begin the audit").is_none());
    settle(window);
}

/// The audits on disk, the oldest first.
pub(crate) fn stored(fixture: &Fixture) -> Vec<Audit> {
    let sidecar = Sidecar::open_for_reading(&fixture.set().join("tilejury.sqlite")).unwrap();
    sidecar.map_or_else(Vec::new, |mut sidecar| audits(&sidecar.all_events().unwrap()))
}

/// Stores judgements as `tilejury judge` does: lines for the annotator `ann`.
pub(crate) fn judge(fixture: &Fixture, lines: &[Value]) {
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let defaults = ImportDefaults { annotator: Some("ann"), login: "ann", at: now() };
    let import = read(&dataset, text.as_bytes(), &defaults, Default::default(), &stored(fixture)).unwrap();
    let mut sidecar = Sidecar::open(&fixture.set().join("tilejury.sqlite"), dataset.fingerprint).unwrap();
    sidecar.append(&import.events, &import.samples, None).unwrap();
}

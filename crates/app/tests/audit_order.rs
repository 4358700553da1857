//! Rows of an audit that come back, and gold rows, in the window: their places, that nothing tells
//! them from the others, and how the second answers are kept.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::auditing::{judge, stored};
use crate::common::{Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle};
use egui::Key;
use egui_kittest::Harness;
use serde_json::{Value, json};
use tilejury_app::screen::App;
use tilejury_audit::annotators::against_oneself;
use tilejury_audit::audits::{self, Acceptance, Audit, AuditPlan, RowAnswer, Say, SetTile, ShownKind, ShownRow, draw};
use tilejury_audit::{Sidecar, now};
use tilejury_data::{Dataset, SampleIndex};
use tilejury_testkit::Set;

/// The drawn rows.
const DRAWN: u64 = 53;
/// The gold rows.
const GOLD: usize = 2;

struct Shown {
    fixture: Fixture,
    dataset: Dataset,
    order: Vec<ShownRow>,
}

/// Begins an audit in which every row comes back that has enough others behind it.
fn begin() -> Shown {
    let fixture = Fixture::new(&Set::plain(60, 1));
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let mut plan = AuditPlan::new("spring", "7", DRAWN);
    (plan.repeats, plan.blind) = (1.0, false);
    let drawn = draw(plan.clone(), &dataset, |_| true).unwrap().rows;
    let others = dataset.indices().map(|index| dataset.entry(index).key).filter(|key| !drawn.contains(key));
    plan.gold = others.take(GOLD).map(|key| key.to_string()).collect();
    fixture.begin_audit(plan);
    let order = audit(&fixture).order_for("ann");
    assert!(again(&order).len() > 2 && order.iter().filter(|row| row.kind == ShownKind::Gold).count() == GOLD);
    Shown { fixture, dataset, order }
}

fn audit(fixture: &Fixture) -> Audit {
    stored(fixture).remove(0)
}

/// The rows that come back.
fn again(order: &[ShownRow]) -> Vec<ShownRow> {
    order.iter().filter(|row| row.is_again).copied().collect()
}

impl Shown {
    fn line(&self, row: &ShownRow) -> u64 {
        self.dataset.line_of(self.dataset.find(row.key).unwrap()).get()
    }

    /// A false negative at the first answer to a row that comes back, and none elsewhere.
    fn is_found(&self, row: &ShownRow) -> bool {
        !row.is_again && again(&self.order).iter().any(|other| other.key == row.key)
    }

    /// An answer as a line of `tilejury judge`.
    fn answer(&self, row: &ShownRow) -> Value {
        let mut line = json!({"split": "train", "line": self.line(row), "verdict": "accept", "audit": "spring", "again": row.is_again});
        if self.is_found(row) {
            let sample = self.dataset.sample(self.dataset.find(row.key).unwrap()).unwrap();
            line["tiles"] = json!({sample.negatives[0].path.as_str(): "relevant"});
        }
        line
    }

    /// A window with the rows of the audit.
    fn window(&self) -> Harness<'static, App> {
        let mut window = self.fixture.window();
        run_command(&mut window, "audits");
        press(&mut window, Key::Enter);
        settle(&mut window);
        window
    }

    /// The place and what is to go, as the window says it.
    fn assert_at(&self, window: &mut Harness<'_, App>, at: usize) {
        let all = self.order.len();
        assert_text(window, &format!("Audit “spring”: row {} of {all}", at + 1));
        assert_text(window, &format!("{} to go", all - at));
        assert_text(window, &format!("train line {}", self.line(&self.order[at])));
    }
}

#[test]
fn rows_come_back_and_gold_rows_are_among_the_others() {
    let shown = begin();
    let mut window = shown.window();
    for (at, row) in shown.order.iter().enumerate() {
        shown.assert_at(&mut window, at);
        // A row is in the list once.
        assert_text(&mut window, &format!("{} of 60 rows", DRAWN as usize + GOLD));
        if row.is_again {
            let answered = format!("In this list: {} accepted", at - again(&shown.order[..=at]).len());
            assert_text(&mut window, &answered);
        }
        if shown.is_found(row) {
            run_and_settle(&mut window, "negative-1");
        }
        run_and_settle(&mut window, "accept");
    }
    assert_text(&mut window, &format!("All {} rows of the audit have an answer", shown.order.len()));
    drop(window);
    let by_window = audit(&shown.fixture);
    for row in again(&shown.order) {
        assert!(by_window.has_answer("ann", row.key) && by_window.has_answer_again("ann", row.key));
    }
    // The command finds the same as of answers that were given by command.
    let other = begin();
    judge(&other.fixture, &other.order.iter().map(|row| other.answer(row)).collect::<Vec<_>>());
    let found = against_oneself(&by_window, &shown.dataset);
    assert_eq!(found, against_oneself(&audit(&other.fixture), &other.dataset));
    assert_eq!(
        (found[0].rows.n, found[0].rows.only_a),
        (again(&shown.order).len() as u64, again(&shown.order).len() as u64)
    );
    // All of them are answered in the next session, too.
    let window = shown.fixture.window();
    assert_no_text(&window, "is not finished");
}

#[test]
fn the_first_answer_stays_when_a_row_came_back() {
    let shown = begin();
    let first = shown.order.iter().position(|row| row.is_again).unwrap();
    judge(&shown.fixture, &shown.order[..first].iter().map(|row| shown.answer(row)).collect::<Vec<_>>());
    let mut window = shown.window();
    shown.assert_at(&mut window, first);
    run_and_settle(&mut window, "reject");
    shown.assert_at(&mut window, first + 1);
    run_and_settle(&mut window, "undo");
    shown.assert_at(&mut window, first);
    run_and_settle(&mut window, "accept");
    drop(window);
    let key = shown.order[first].key;
    let sample = shown.dataset.sample(shown.dataset.find(key).unwrap()).unwrap();
    let first_hits = |audit: &Audit| audit.answer_of("ann", &sample).unwrap().count().hits;
    let of_all = shown.order.len();
    let audit_now = audit(&shown.fixture);
    assert!(audit_now.has_answer_again("ann", key) && first_hits(&audit_now) == 1);
    // The next session goes on behind it. Its first place is empty: the list begins with the next
    // row.
    let mut window = shown.fixture.window();
    let answered = first + 1;
    assert_text(&mut window, &format!("The audit “spring” is not finished: {answered} of {of_all} rows answered."));
    drop(window);
    let mut window = shown.window();
    shown.assert_at(&mut window, first + 1);
    run_and_settle(&mut window, "first");
    let begins = shown.order.iter().position(|row| row.key != key).unwrap();
    assert_text(&mut window, &format!("row {} of {of_all}", begins + 1));
    // Undo ends at the second answer to the row, and never reaches the first.
    for _ in 0..answered {
        run_and_settle(&mut window, "undo");
    }
    assert_text(&mut window, "Nothing to undo");
    let audit_now = audit(&shown.fixture);
    assert!(!audit_now.has_answer_again("ann", key) && first_hits(&audit_now) == 1);
    assert!(!audit_now.has_answer("ann", shown.order[first - 1].key));
}

#[test]
fn a_row_does_not_come_back_right_after_its_first_answer() {
    let shown = begin();
    let key = again(&shown.order)[0].key;
    let others: Vec<&ShownRow> = shown.order.iter().filter(|row| row.key != key).collect();
    judge(&shown.fixture, &others.into_iter().map(|row| shown.answer(row)).collect::<Vec<_>>());
    let mut window = shown.window();
    assert_text(&mut window, "2 to go");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, &format!("All {} rows of the audit have an answer", shown.order.len() - 1));
    drop(window);
    assert!(!audit(&shown.fixture).has_answer_again("ann", key));
    assert_no_text(&shown.fixture.window(), "is not finished");
}

/// Begins an audit of the first negatives of all rows but two, of which one is asked as gold.
fn begin_tiles() -> Shown {
    let fixture = Fixture::new(&Set::plain(60, 2));
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let first = |row: usize| {
        let sample = dataset.sample(SampleIndex::new(row)).unwrap();
        SetTile { sample: sample.key, tile: sample.negatives[0].path.clone() }
    };
    let known = [58, 59].map(|row| {
        let negatives = [(first(row).tile, Say::Yes)].into();
        (first(row).sample, RowAnswer { positive: Say::No, negatives, confirmed: 0, is_unsure: false })
    });
    let mut plan = AuditPlan::new("spring", "7", 1);
    (plan.acceptance, plan.repeats) = (Some(Acceptance::of_rows("m", 2)), 1.0);
    let tiles = (0..58).map(first).collect();
    let mut drawn = audits::draw_tiles(plan, &dataset, &"bge>=0.8".parse().unwrap(), &tiles).unwrap();
    audits::mix_gold(&mut drawn, 1, &known.into()).unwrap();
    let (events, records) = audits::begin(&drawn, &dataset, "lead", now());
    let sidecar = fixture.set().join("tilejury.sqlite");
    Sidecar::open(&sidecar, dataset.fingerprint).unwrap().append(&events, &records, None).unwrap();
    let order = audit(&fixture).order_for("ann");
    assert!(again(&order).len() > 2 && order.iter().filter(|row| row.kind == ShownKind::Gold).count() == 1);
    Shown { fixture, dataset, order }
}

#[test]
fn marks_of_tiles_let_rows_come_back_too() {
    let shown = begin_tiles();
    let mut window = shown.window();
    for (at, _) in shown.order.iter().enumerate() {
        shown.assert_at(&mut window, at);
        // A gold row is asked for a tile as the others are.
        assert_text(&mut window, "Mark as relevant or not: Negative 1");
        run_and_settle(&mut window, "relevant");
        run_and_settle(&mut window, "next");
    }
    assert_text(&mut window, "0 to go");
    drop(window);
    let audit = audit(&shown.fixture);
    for row in &shown.order {
        assert!(audit.has_answer("ann", row.key) && (!row.is_again || audit.has_answer_again("ann", row.key)));
    }
}

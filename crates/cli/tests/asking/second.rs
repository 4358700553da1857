//! The second stage: doubtful tiles beside the positive, in both orders.

use serde_json::{Value, json};
use tilejury_bench::ask::{Asked, SimulatedModel, SimulatedReply};
use tilejury_data::TilePath;
use tilejury_reviewer::Picture;
use tilejury_testkit::set::tile;

use super::common::{Asking, lines, messages};

/// A set whose tiles all have the word `salt`.
fn with_texts(rows: u32) -> Asking {
    let asking = Asking::new(rows);
    let texts: Vec<String> = (0..rows)
        .flat_map(|page| (0..4).map(move |chunk| (page, chunk)))
        .map(|(page, chunk)| {
            format!("{{\"path\": \"{}\", \"text\": \"salt melts\"}}\n", tile(page % 2, 1000 + page, chunk))
        })
        .collect();
    std::fs::write(asking.dir.path().join("t.jsonl"), texts.concat()).unwrap();
    assert!(asking.command(&["import-text", "set", "t.jsonl"]).status().unwrap().success());
    asking
}

/// The tiles of the first row as a server sees them, the positive first.
fn pictures(asking: &Asking) -> [String; 4] {
    let dataset = asking.dataset();
    [0, 1, 2, 3].map(|chunk| {
        let mut bytes = Vec::new();
        let location = dataset.tiles.locate(&TilePath::new(&tile(0, 1000, chunk))).unwrap();
        dataset.tiles.read_patiently(&location, &mut bytes).unwrap();
        Picture::of_tile(bytes).unwrap().data_url()
    })
}

fn is_comparison(asked: &Asked) -> bool {
    asked.pictures().len() == 2
}

#[test]
fn doubtful_tiles_are_compared_in_both_orders() {
    let asking = with_texts(1);
    // The first negative answers in both orders, the second only where it comes first, the third
    // is not doubtful.
    let [_, first, second, _] = pictures(&asking);
    let server = SimulatedModel::start(move |asked| {
        let pictures = asked.pictures();
        match pictures[..] {
            [one] if one == first || one == second => SimulatedReply::graded(asked, 3, "salt"),
            [_] => SimulatedReply::graded(asked, 0, ""),
            [one, _] if one == first => SimulatedReply::ranked(asked, "1, 2"),
            [_, other] if other == first => SimulatedReply::ranked(asked, "2, 1"),
            _ => SimulatedReply::ranked(asked, "1"),
        }
    })
    .unwrap();
    let output = asking.ask(&server, &["--yes", "--controls", "0", "--at-a-time", "1"]);
    let second = &lines(&output)[0]["second"];
    let expected = json!({"asked": 4, "answered": 4, "failed": 0, "doubtful": 2, "confirmed": 1, "order_dependent": 1,
        "rejected": 0, "sensitivity": null, "specificity": null});
    assert_eq!(*second, expected, "{}", messages(&output));
    assert!(!messages(&output).contains("by its controls"), "without controls: {}", messages(&output));
    let exchanges = server.exchanges();
    let pairs: Vec<Vec<&str>> =
        exchanges.iter().map(|exchange| exchange.asked.pictures()).filter(|pictures| pictures.len() == 2).collect();
    let [positive, first, second, _] = pictures(&asking);
    for tile in [&first, &second] {
        assert!(pairs.contains(&vec![tile, &positive]) && pairs.contains(&vec![&positive, tile]), "both orders");
    }
    let of: Vec<Value> = asking.reviews().iter().map(|review| review["second"].clone()).collect();
    assert_eq!(
        of,
        [
            json!({"consistent": true, "tile_first": "above", "positive_first": "above"}),
            json!({"consistent": false, "tile_first": "above", "positive_first": "no"}),
            json!(null)
        ]
    );
    let printed = asking.command(&["reviews", "set"]).output().unwrap();
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(text.contains("beside the positive above in both orders"), "{text}");
    assert!(text.contains("beside the positive above or no by order"), "{text}");
    let tokens: u64 = exchanges.iter().map(|exchange| exchange.tokens).sum();
    assert_eq!(lines(&output)[0]["tokens"], json!(tokens), "both stages are counted");
    // Nothing is asked again.
    let again = asking.ask(&server, &["--controls", "0"]);
    assert_eq!((server.exchanges().len(), &lines(&again)[0]["second"]["asked"]), (7, &json!(0)));
    let ranked = asking.command(&["rank", "set", "--no-pixels", "--json"]).output().unwrap();
    let reason = lines(&ranked)[0]["signals"].to_string();
    assert!(
        reason.contains("It confirms that beside the positive. It copied words that are on the tile: “salt”"),
        "{reason}"
    );
}

#[test]
fn every_tile_is_graded_alone_before_any_is_compared() {
    let asking = with_texts(4);
    let server = SimulatedModel::start(|asked| match is_comparison(asked) {
        true => SimulatedReply::ranked(asked, "1, 2"),
        false => SimulatedReply::graded(asked, 3, "salt"),
    })
    .unwrap();
    let output = asking.ask(&server, &["--yes", "--controls", "0.5", "--at-a-time", "3"]);
    let exchanges = server.exchanges();
    let graded = exchanges.iter().take_while(|exchange| !is_comparison(&exchange.asked)).count();
    let printed = &lines(&output)[0];
    assert_eq!(json!(graded), printed["asked"], "{}", messages(&output));
    assert_eq!(json!(exchanges.len() - graded), printed["second"]["asked"]);
    assert!(graded > 12 && exchanges[graded..].iter().all(|exchange| is_comparison(&exchange.asked)));
    // The second request never has fewer pictures or another shape than its form says.
    for exchange in &exchanges {
        let asks_for_a_grade = exchange.asked.body["response_format"].to_string().contains("\"grade\"");
        assert_eq!(asks_for_a_grade, !is_comparison(&exchange.asked));
    }
}

#[test]
fn each_order_is_mapped_back_to_its_tile() {
    let asking = with_texts(1);
    // The first negative answers worse than the positive, the second only where it comes second,
    // and beside the third only the positive answers.
    let [positive, below, as_second, never] = pictures(&asking);
    let orders = [below.clone(), as_second.clone(), never.clone()]
        .map(|tile| [[tile.clone(), positive.clone()], [positive.clone(), tile]]);
    let server = SimulatedModel::start(move |asked| {
        let pictures = asked.pictures();
        match pictures[..] {
            [one, _] if one == below => SimulatedReply::ranked(asked, "2, 1"),
            [_, other] if other == below => SimulatedReply::ranked(asked, "1, 2"),
            [_, other] if other == as_second => SimulatedReply::ranked(asked, "2"),
            [one, _] if one == as_second => SimulatedReply::ranked(asked, "2"),
            [one, _] if one == never => SimulatedReply::ranked(asked, "2"),
            [_, _] => SimulatedReply::ranked(asked, "1"),
            _ => SimulatedReply::graded(asked, 3, "salt"),
        }
    })
    .unwrap();
    let output = asking.ask(&server, &["--yes", "--controls", "0", "--at-a-time", "1"]);
    let second = &lines(&output)[0]["second"];
    let counts =
        ["asked", "doubtful", "confirmed", "order_dependent", "rejected"].map(|name| second[name].as_u64().unwrap());
    assert_eq!(counts, [6, 3, 1, 1, 1], "{}", messages(&output));
    let of: Vec<Value> = asking.reviews().iter().map(|review| review["second"].clone()).collect();
    assert_eq!(
        of,
        [
            json!({"consistent": true, "tile_first": "below", "positive_first": "below"}),
            json!({"consistent": false, "tile_first": "no", "positive_first": "above"}),
            json!({"consistent": true, "tile_first": "no", "positive_first": "no"}),
        ]
    );
    // Each tile was asked about once in each order.
    let exchanges = server.exchanges();
    let asked: Vec<Vec<&str>> = exchanges.iter().map(|exchange| exchange.asked.pictures()).collect();
    for order in orders.iter().flatten() {
        assert_eq!(asked.iter().filter(|pictures| **pictures == order.each_ref().map(String::as_str)).count(), 1);
    }
}

/// A model whose first stage finds everything to answer, and whose second one nothing.
fn finds_nothing_beside_the_positive() -> SimulatedModel {
    SimulatedModel::start(|asked| {
        if is_comparison(asked) {
            SimulatedReply::ranked(asked, "none")
        } else {
            SimulatedReply::graded(asked, 3, "salt")
        }
    })
    .unwrap()
}

#[test]
fn a_second_stage_can_be_left_out_or_bounded() {
    let asking = with_texts(2);
    let server = finds_nothing_beside_the_positive();
    let without = asking.ask(&server, &["--yes", "--controls", "0", "--no-second-stage"]);
    assert_eq!((server.exchanges().len(), &lines(&without)[0]["second"]["doubtful"]), (6, &json!(0)));
    let bounded = asking.ask(&server, &["--controls", "0", "--budget-calls", "5"]);
    assert_eq!(server.exchanges().len(), 11, "{}", messages(&bounded));
    assert!(messages(&bounded).contains("the ceiling of 5 requests is reached"));
    let rest = asking.ask(&server, &["--controls", "0"]);
    let second = &lines(&rest)[0]["second"];
    assert_eq!((&second["asked"], &second["rejected"], server.exchanges().len()), (&json!(7), &json!(6), 18));
}

#[test]
fn controls_go_through_both_stages() {
    let asking = with_texts(6);
    let server = finds_nothing_beside_the_positive();
    let output = asking.ask(&server, &["--yes", "--controls", "0.5"]);
    let printed = &lines(&output)[0];
    assert_eq!(printed["specificity"][0], json!(0.0), "the first stage passes over none: {printed}");
    assert_eq!(printed["second"]["specificity"][1], json!(1.0), "both together over all");
    assert_eq!(printed["second"]["sensitivity"][0], json!(0.0), "and over the own positives, too");
    assert_eq!(printed["sensitivity"][1], json!(1.0));
    // An own positive is never beside itself.
    for exchange in server.exchanges().iter().filter(|exchange| is_comparison(&exchange.asked)) {
        let pictures = exchange.asked.pictures();
        assert_ne!(pictures[0], pictures[1]);
    }
}

#[test]
fn comparisons_that_fail_leave_the_first_stage() {
    let asking = with_texts(1);
    let server = SimulatedModel::start(|asked| {
        if is_comparison(asked) {
            SimulatedReply::error(400, "at most 1 image")
        } else {
            SimulatedReply::graded(asked, 3, "salt")
        }
    })
    .unwrap();
    let output = asking.ask(&server, &["--yes", "--controls", "0"]);
    assert!(messages(&output).contains("at most 1 image"), "{}", messages(&output));
    assert_eq!(asking.reviews().len(), 3);
    assert!(asking.reviews().iter().all(|review| review["second"] == json!(null)));
}

//! A simulated team: annotators as processes that are killed, with a place that fails.

use tilejury_tests::Fixture;

#[test]
fn nothing_is_lost_when_annotators_are_killed_and_requests_fail() {
    let fixture = Fixture::default();
    std::fs::create_dir(fixture.path("place")).unwrap_or_default();
    let bench = ["bench", "exchange", "--annotators", "4", "--judgements", "60", "--kills", "2", "--json"];
    let run = fixture.run(&[&bench[..], &["--with", "place"]].concat()).expect(0);
    let value = |name: &str| {
        let found = run.json().into_iter().find(|line| line["name"] == name);
        found.and_then(|line| line["value"].as_f64())
    };
    assert_eq!(value("exchange_lost"), Some(0.0), "{}", run.out);
    assert!(value("exchange_kills").is_some_and(|kills| kills > 0.0), "{}", run.out);
    assert!(value("exchange_acknowledged").is_some_and(|saved| saved >= 100.0), "{}", run.out);
    // A place with judgements would mix two teams.
    let again = fixture.run(&[&bench[..], &["--with", "place"]].concat()).expect(2);
    assert!(again.err.contains("name an empty place"), "{}", again.err);
}

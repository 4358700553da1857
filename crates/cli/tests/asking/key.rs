//! `tilejury key` on a machine without a keyring: what it says, and that a key is in no output.

use std::io::Write as _;
use std::process::{Output, Stdio};

use crate::common::Asking;

const URL: &str = "https://models.invalid/v1";
const NO_KEYRING: &str = "the system's keyring cannot be used (";

fn key(asking: &Asking, args: &[&str], typed: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = asking.command(&[&["key", URL], args].concat());
    command.envs(variables.iter().copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that needs no key does not read it.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn the_origin_of_a_key_is_named_and_not_the_key() {
    let asking = Asking::new(1);
    let own = [("TILEJURY_API_KEY", "sk-secret"), ("OPENAI_API_KEY", "sk-other")];
    let output = key(&asking, &[], "", &own);
    assert_eq!(text(&output), "questions to models.invalid are sent with the key in TILEJURY_API_KEY\n");
    let output = key(&asking, &[], "", &own[1..]);
    let expected = format!("questions to models.invalid are sent without a key: {NO_KEYRING}");
    assert!(output.status.success() && text(&output).starts_with(&expected), "{}", text(&output));
}

#[test]
fn without_a_keyring_nothing_is_kept() {
    let asking = Asking::new(1);
    for (args, typed) in [(&["--save"][..], "sk-secret\n"), (&["--forget"], "")] {
        let output = key(&asking, args, typed, &[]);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(NO_KEYRING) && said.contains("a key in TILEJURY_API_KEY needs none"), "{said}");
        assert!(!said.contains("sk-secret"), "{said}");
    }
    let output = key(&asking, &["--save"], " \n", &[]);
    assert!(text(&output).contains("no key was given") && !output.status.success(), "{}", text(&output));
    let output = key(&asking, &["--save", "--forget"], "", &[]);
    assert!(text(&output).contains("cannot be used with"), "{}", text(&output));
}

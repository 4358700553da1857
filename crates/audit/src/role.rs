//! The role of an annotator, which their name states: a machine, a person, or a person who settles
//! what others disagree about.
//!
//! Where several said something about the same question, only those of the highest role count.
//! Knows names only.

/// The default name of the adjudicator.
pub const ADJUDICATOR: &str = "adjudicator";
/// The beginning of an adjudicator's name.
const ADJUDICATES: &str = "adjudicator:";
/// The beginning of a machine's name.
const MACHINE: &str = "machine:";

/// A role, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A program: its name begins with `machine:`.
    Machine,
    /// A person.
    Person,
    /// A person who settles differences: the name is `adjudicator`, or begins with `adjudicator:`.
    Adjudicator,
}

impl Role {
    /// The role of an annotator.
    pub fn of(annotator: &str) -> Self {
        if annotator == ADJUDICATOR || annotator.starts_with(ADJUDICATES) {
            Self::Adjudicator
        } else if annotator.starts_with(MACHINE) {
            Self::Machine
        } else {
            Self::Person
        }
    }
}

/// The name of a machine as an annotator.
pub fn machine_annotator(machine: &str) -> String {
    format!("{MACHINE}{machine}")
}

/// Whether an annotator is a machine.
pub fn is_machine(annotator: &str) -> bool {
    Role::of(annotator) == Role::Machine
}

/// The name under which a person's adjudications are stored, apart from their own judgements.
pub fn as_adjudicator(person: &str) -> String {
    match Role::of(person) {
        Role::Adjudicator => person.to_owned(),
        Role::Machine | Role::Person => format!("{ADJUDICATES}{person}"),
    }
}

/// The votes of the highest role that has any.
pub(crate) fn of_highest_role<T>(votes: impl Iterator<Item = (Role, T)>) -> Vec<T> {
    let mut highest: Vec<T> = Vec::new();
    let mut role = Role::Machine;
    for (voter, vote) in votes {
        if voter > role {
            highest.clear();
            role = voter;
        }
        if voter == role {
            highest.push(vote);
        }
    }
    highest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_state_roles() {
        for (name, role) in [
            ("ada", Role::Person),
            ("adjudicator", Role::Adjudicator),
            ("adjudicator:ada", Role::Adjudicator),
            ("adjudicators", Role::Person),
            ("machine:bulk", Role::Machine),
            ("machine", Role::Person),
        ] {
            assert_eq!(Role::of(name), role, "{name}");
        }
        assert_eq!(as_adjudicator("ada"), "adjudicator:ada");
        assert_eq!(as_adjudicator(&as_adjudicator("ada")), "adjudicator:ada");
    }

    #[test]
    fn only_the_highest_role_votes() {
        let votes = [(Role::Machine, 1), (Role::Person, 2), (Role::Machine, 3), (Role::Person, 4)];
        assert_eq!(of_highest_role(votes.into_iter()), [2, 4]);
        assert_eq!(of_highest_role(votes.into_iter().chain([(Role::Adjudicator, 5)])), [5]);
        assert_eq!(of_highest_role(votes.into_iter().take(1)), [1]);
    }
}

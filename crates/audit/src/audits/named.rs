//! The audit that a name means, also where several audits have one name. Counts no answers.

use thiserror::Error;

use super::stored::Audit;

/// The reason why a name means no audit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AuditNameError {
    /// There is none of this name.
    #[error("there is no audit “{name}”; {}", known_words(known))]
    Unknown {
        /// The name.
        name: String,
        /// The names of all audits.
        known: Vec<String>,
    },
    /// Several audits with different plans have it.
    #[error("several audits have the name “{name}”: choose {}", among(candidates))]
    Ambiguous {
        /// The name.
        name: String,
        /// Their full names.
        candidates: Vec<String>,
    },
}

fn known_words(known: &[String]) -> String {
    match known {
        [] => "none was begun".to_owned(),
        [only] => format!("the only one is “{only}”"),
        _ => format!("there are {}", quoted(known, ", ")),
    }
}

fn among(names: &[String]) -> String {
    quoted(names, " or ")
}

fn quoted(names: &[String], between: &str) -> String {
    names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(between)
}

/// The position of the audit that a name means. Of several audits with one name, the full name is
/// needed, which ends with the begin of their session.
///
/// # Errors
/// When there is none, or there are several.
pub fn audit_at(audits: &[Audit], name: &str) -> Result<usize, AuditNameError> {
    if let Some(at) = audits.iter().position(|audit| audit.plan.name == name) {
        return Ok(at);
    }
    let names = |is_wanted: &dyn Fn(&Audit) -> bool| {
        audits.iter().filter(|audit| is_wanted(audit)).map(|audit| audit.plan.name.clone()).collect::<Vec<_>>()
    };
    let candidates = names(&|audit| audit.shared_name.as_deref() == Some(name));
    let name = name.to_owned();
    Err(match candidates.is_empty() {
        true => AuditNameError::Unknown { name, known: names(&|_| true) },
        false => AuditNameError::Ambiguous { name, candidates },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let words = |known: &[&str]| {
            let known = known.iter().map(|name| (*name).to_owned()).collect();
            AuditNameError::Unknown { name: "x".into(), known }.to_string()
        };
        assert_eq!(words(&[]), "there is no audit “x”; none was begun");
        assert_eq!(words(&["late spring"]), "there is no audit “x”; the only one is “late spring”");
        assert_eq!(words(&["a", "b"]), "there is no audit “x”; there are “a”, “b”");
    }
}

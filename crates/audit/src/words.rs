//! Numbers with their nouns, as people read them.

/// `1 row`, `2 rows`.
pub fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

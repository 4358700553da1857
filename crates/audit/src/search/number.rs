//! Numbers in filters: `3`, `=3`, `>0`, `>=2`, `<3`, `<=3`, `1..3`, and ranges open at either end.

use std::ops::RangeInclusive;

/// The matching numbers.
pub(super) type NumberRange = RangeInclusive<u64>;

/// The forms of numbers, for error messages.
const FORMS: &str = "3, >0, >=2, <3, <=3 or 1..3";

/// Parses a number or a range; `None` if the number itself is not typed yet.
///
/// # Errors
/// If the value is wrong; the text describes why.
pub(super) fn parse(text: &str) -> Result<Option<NumberRange>, String> {
    if let Some((from, to)) = text.split_once("..") {
        return Ok(match (digits(from)?, digits(to)?) {
            (None, None) => None,
            (Some(from), Some(to)) if from > to => return Err(format!("`{text}` ends before it begins")),
            (from, to) => Some(from.unwrap_or(0)..=to.unwrap_or(u64::MAX)),
        });
    }
    let sign = text.len() - text.trim_start_matches(['<', '>', '=']).len();
    let (sign, number) = text.split_at(sign);
    let Some(number) = digits(number)? else { return Ok(None) };
    match sign {
        "" | "=" => Ok(Some(number..=number)),
        ">" => Ok(Some(number.saturating_add(1)..=u64::MAX)),
        ">=" => Ok(Some(number..=u64::MAX)),
        "<" => match number.checked_sub(1) {
            Some(below) => Ok(Some(0..=below)),
            None => Err("no number is less than 0".to_owned()),
        },
        "<=" => Ok(Some(0..=number)),
        _ => Err(format!("`{sign}` is not a comparison; write {FORMS}")),
    }
}

fn digits(text: &str) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if all_digits => Ok(Some(number)),
        _ => Err(format!("`{text}` is not a number; write {FORMS}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_reads_every_form() {
        let check = |text: &str, expected: Option<NumberRange>| assert_eq!(parse(text), Ok(expected), "{text}");
        check("3", Some(3..=3));
        check("=3", Some(3..=3));
        check(">0", Some(1..=u64::MAX));
        check(">=2", Some(2..=u64::MAX));
        check("<3", Some(0..=2));
        check("<=3", Some(0..=3));
        check("1..3", Some(1..=3));
        check("10..", Some(10..=u64::MAX));
        check("..20", Some(0..=20));
        for half_typed in ["", ">", "<=", ".."] {
            check(half_typed, None);
        }
    }

    #[test]
    fn parse_names_the_wrong_part() {
        let check = |text: &str, expected: &str| assert!(parse(text).unwrap_err().starts_with(expected), "{text}");
        check("x", "`x` is not a number; write 3, >0");
        check("+3", "`+3` is not a number");
        check("3..1", "`3..1` ends before it begins");
        check("<0", "no number is less than 0");
        check("=>3", "`=>` is not a comparison");
        check("99999999999999999999", "`99999999999999999999` is not a number");
    }
}

//! Dates in a text, with day, month and year, in the languages of the usual stemmers and scripts:
//! `5 April 1998`, `April 5, 1998`, `5 avril 1998`, `5.4.1998`, `1998-04-05`, `1998年4月5日`.
//!
//! Only forms whose order of day and month is certain: `4/5/1998` is not read.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::tokens::fold;

/// The names of the months, without marks in lower case, in the forms that a date has.
const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "januar", "janvier", "janv", "enero", "janeiro", "gennaio", "januari", "stycznia", "января"],
    &["february", "feb", "februar", "fevrier", "febrero", "fevereiro", "febbraio", "februari", "lutego", "февраля"],
    &["march", "mar", "marz", "maerz", "mars", "marzo", "marco", "maart", "marca", "марта"],
    &["april", "apr", "avril", "abril", "aprile", "kwietnia", "апреля"],
    &["may", "mai", "mayo", "maio", "maggio", "mei", "maja", "мая"],
    &["june", "jun", "juni", "juin", "junio", "junho", "giugno", "czerwca", "июня"],
    &["july", "jul", "juli", "juillet", "juil", "julio", "julho", "luglio", "lipca", "июля"],
    &["august", "aug", "aout", "agosto", "augustus", "sierpnia", "августа"],
    &["september", "sep", "sept", "septembre", "septiembre", "setembro", "settembre", "wrzesnia", "сентября"],
    &["october", "oct", "oktober", "okt", "octobre", "octubre", "outubro", "ottobre", "pazdziernika", "октября"],
    &["november", "nov", "novembre", "noviembre", "novembro", "listopada", "ноября"],
    &["december", "dec", "dezember", "dez", "decembre", "diciembre", "dezembro", "dicembre", "grudnia", "декабря"],
];

/// A date and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
    /// Its bytes in the text.
    pub(crate) range: Range<usize>,
}

/// The most bytes of a date beside its year.
const REACH: usize = 64;

/// The forms that end with the year: `d` and `m` are numbers, `name` is the name of a month.
static BEFORE_YEAR: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compiled(&[
        r"\b(?<d>[0-9]{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:of\s+|de\s+)?(?<name>\p{L}{3,12})\.?,?\s+(?:de\s+|del\s+)?$",
        r"\b(?<name>\p{L}{3,12})\.?\s+(?<d>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+$",
        r"\b(?<d>[0-9]{1,2})\.\s?(?<m>[0-9]{1,2})\.\s?$",
    ])
});

/// The forms that begin with the year.
static AFTER_YEAR: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compiled(&[
        r"^-(?<m>[0-9]{2})-(?<d>[0-9]{2})\b",
        r"^\s*[年년]\s*(?<m>[0-9]{1,2})\s*[月월]\s*(?<d>[0-9]{1,2})\s*[日일]",
    ])
});

fn compiled(forms: &[&str]) -> Vec<Regex> {
    forms.iter().filter_map(|form| Regex::new(form).ok()).collect()
}

/// Finds the dates of a text, in order. Reads only what is beside a number of four digits, because
/// every text of a dataset is searched.
pub(crate) fn dates(text: &str) -> Vec<Date> {
    years(text).filter_map(|year| ending_with(text, &year).or_else(|| beginning_with(text, &year))).collect()
}

/// The places of numbers that have exactly four digits.
fn years(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + bytes.get(at..)?.iter().position(u8::is_ascii_digit)?;
            let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            at = start + digits;
            if digits == 4 {
                return Some(start..at);
            }
        }
    })
}

fn ending_with(text: &str, year: &Range<usize>) -> Option<Date> {
    if is_word(text[year.end..].chars().next()) {
        return None;
    }
    let first = text.floor_char_boundary(year.start.saturating_sub(REACH));
    BEFORE_YEAR.iter().find_map(|form| {
        let found = form.captures(&text[first..year.start])?;
        let start = first + found.get(0)?.start();
        // A match from the very first byte may have lost its beginning.
        (start > first || first == 0).then(|| date(&found, text, year, start..year.end))?
    })
}

fn beginning_with(text: &str, year: &Range<usize>) -> Option<Date> {
    let last = text.ceil_char_boundary((year.end + REACH).min(text.len()));
    AFTER_YEAR.iter().find_map(|form| {
        let found = form.captures(&text[year.end..last])?;
        let is_whole = !found.get(0)?.as_str().starts_with('-') || !is_word(text[..year.start].chars().next_back());
        let end = year.end + found.get(0)?.end();
        is_whole.then(|| date(&found, text, year, year.start..end))?
    })
}

fn is_word(sign: Option<char>) -> bool {
    sign.is_some_and(|sign| sign.is_alphanumeric() || sign == '_')
}

fn date(found: &Captures<'_>, text: &str, year: &Range<usize>, range: Range<usize>) -> Option<Date> {
    let number = |name: &str| found.name(name)?.as_str().parse::<u32>().ok();
    let named = |name: &str| {
        let name = fold(&name.to_lowercase());
        let month = MONTHS.iter().position(|names| names.contains(&name.as_str()))?;
        u32::try_from(month + 1).ok()
    };
    let month = number("m").or_else(|| named(found.name("name")?.as_str()))?;
    let (year, day) = (text[year.clone()].parse().ok()?, number("d")?);
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    is_date.then_some(Date { year, month, day, range })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(u32, u32, u32, &str)> {
        dates(text).into_iter().map(|date| (date.year, date.month, date.day, &text[date.range])).collect()
    }

    #[test]
    fn every_form_has_a_value() {
        assert_eq!(BEFORE_YEAR.len() + AFTER_YEAR.len(), 5);
        for text in [
            "5 April 1998",
            "5th of April 1998",
            "April 5, 1998",
            "Apr. 5th, 1998",
            "5. April 1998",
            "5.4.1998",
            "05. 04. 1998",
            "1998-04-05",
            "5 avril 1998",
            "5 de abril de 1998",
            "5 апреля 1998",
            "5 kwietnia 1998",
            "1998年4月5日",
            "1998 年 4 月 5 日",
            "1998년 4월 5일",
        ] {
            let sentence = format!("opened on {text}, at noon");
            assert_eq!(found(&sentence), [(1998, 4, 5, text)], "{text}");
        }
        assert_eq!(found("1er août 1291 and March 3, 1991").len(), 2);
        assert_eq!(found("31. März\n1889"), [(1889, 3, 31, "31. März\n1889")]);
    }

    #[test]
    fn other_numbers_are_no_dates() {
        let texts = [
            "4/5/1998",
            "April 1998",
            "5 Apples 1998",
            "45 April 1998",
            "1998-13-05",
            "3.14.1592",
            "15 April 19985",
            "15 April 1998x",
            "x1998-04-05",
            "",
        ];
        for text in texts {
            assert_eq!(found(text), [], "{text}");
        }
    }
}

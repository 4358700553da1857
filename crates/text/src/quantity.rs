//! Quantities in a text: a number with a unit, as a value in the base unit of its dimension, so
//! that `297 miles` equals `478 km`; and dates, so that `5 April 1998` equals `1998年4月5日`.
//!
//! Only units that are sure from their spelling; currencies and units of a field are not read.
//! Factors by the International Yard and Pound Agreement (1959) and the SI brochure (9th edition).

use std::ops::Range;

use crate::date::{Date, dates};
use crate::tokens::fold;

/// The kind of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// In metres.
    Length,
    /// In square metres.
    Area,
    /// In kilograms.
    Mass,
    /// In seconds.
    Time,
    /// In kelvin.
    Temperature,
    /// In metres per second.
    Speed,
    /// A date, in days, as if each month had 31.
    Date,
}

/// A number with a unit, or a date.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// The kind.
    pub dimension: Dimension,
    /// The value in the unit of its dimension.
    pub value: f64,
    /// Half of the last digit that is written, in the same unit: the number was rounded to it.
    pub rounding: f64,
    /// One of the unit in which it is written, in the unit of its dimension.
    pub unit: f64,
    /// Its bytes in the text, with the unit.
    pub range: Range<usize>,
}

impl Quantity {
    /// Whether both state the same. In different units, the values differ by at most both
    /// roundings, or by half a percent, as conversions are often rounded twice. In the same unit
    /// only decimal places may have been rounded: 1990 m is not 1991 m.
    pub fn equals(&self, other: &Self) -> bool {
        let difference = (self.value - other.value).abs();
        let most = if self.unit == other.unit {
            self.rounding.max(other.rounding).min(0.5 * self.unit)
        } else {
            (self.rounding + other.rounding).max(0.005 * self.value.abs().max(other.value.abs()))
        };
        self.dimension == other.dimension && difference <= most * (1.0 + 1e-9)
    }
}

/// Whether a quantity that was found is one of several that state the same. One in its own unit
/// decides alone: `983 m` is not `979 m (3,212 ft)`, although it nearly is 3,212 ft.
pub(crate) fn is_one_of(found: &Quantity, asked: &[Quantity]) -> bool {
    let has_unit = |asked: &&Quantity| asked.dimension == found.dimension && asked.unit == found.unit;
    let in_unit = asked.iter().any(|asked| has_unit(&asked));
    asked.iter().filter(|asked| !in_unit || has_unit(asked)).any(|asked| asked.equals(found))
}

/// A unit: its spellings without marks in lower case, its dimension, and its factor and offset to
/// the base unit.
struct Unit {
    spellings: &'static [&'static str],
    dimension: Dimension,
    factor: f64,
    offset: f64,
}

const fn unit(spellings: &'static [&'static str], dimension: Dimension, factor: f64) -> Unit {
    Unit { spellings, dimension, factor, offset: 0.0 }
}

const DAY: f64 = 86_400.0;
/// The mean Gregorian year.
const YEAR: f64 = 365.2425 * DAY;

/// Spellings in the languages of the glossary. Longer ones come before their beginnings.
const UNITS: [Unit; 24] = [
    unit(&["mm", "millimetres", "millimeters", "millimetre", "millimeter", "millimetres"], Dimension::Length, 0.001),
    unit(&["cm", "centimetres", "centimeters", "centimetre", "centimeter", "zentimeter"], Dimension::Length, 0.01),
    unit(&["km/h", "kmh", "kph"], Dimension::Speed, 1.0 / 3.6),
    unit(&["m/s"], Dimension::Speed, 1.0),
    unit(&["mph"], Dimension::Speed, 0.447_04),
    unit(&["km²", "km2", "sq km", "square kilometres", "square kilometers", "quadratkilometer"], Dimension::Area, 1e6),
    unit(&["m²", "m2", "sq m", "square metres", "square meters", "quadratmeter"], Dimension::Area, 1.0),
    unit(&["sq mi", "square miles"], Dimension::Area, 2_589_988.110_336),
    unit(&["hectares", "hectare", "ha"], Dimension::Area, 10_000.0),
    unit(
        &[
            "kilometres",
            "kilometers",
            "kilometre",
            "kilometer",
            "kilometros",
            "kilometro",
            "km",
            "км",
            "キロメートル",
            "公里",
        ],
        Dimension::Length,
        1000.0,
    ),
    unit(
        &["metres", "meters", "metre", "meter", "metros", "metro", "m", "м", "メートル", "米"],
        Dimension::Length,
        1.0,
    ),
    unit(&["miles", "mile", "mi", "meilen", "milles", "millas"], Dimension::Length, 1609.344),
    unit(&["feet", "foot", "ft", "fuss", "pieds", "pies"], Dimension::Length, 0.3048),
    unit(&["inches", "inch", "in."], Dimension::Length, 0.0254),
    unit(&["kilograms", "kilogrammes", "kilogramm", "kilogram", "kg", "кг"], Dimension::Mass, 1.0),
    unit(&["tonnes", "tonne", "tons", "tonnen", "toneladas"], Dimension::Mass, 1000.0),
    unit(&["pounds", "pound", "lbs", "lb"], Dimension::Mass, 0.453_592_37),
    unit(&["hours", "hour", "stunden", "heures", "horas", "h"], Dimension::Time, 3600.0),
    unit(&["days", "day", "tage", "tagen", "jours", "dias", "日間"], Dimension::Time, DAY),
    unit(&["weeks", "week", "wochen", "semaines", "semanas"], Dimension::Time, 7.0 * DAY),
    unit(&["months", "month", "monate", "monaten", "mois", "meses", "か月"], Dimension::Time, YEAR / 12.0),
    Unit {
        spellings: &["°c", "degrees celsius", "degrees c", "grad celsius"],
        dimension: Dimension::Temperature,
        factor: 1.0,
        offset: 273.15,
    },
    Unit {
        spellings: &["°f", "degrees fahrenheit"],
        dimension: Dimension::Temperature,
        factor: 5.0 / 9.0,
        offset: 459.67 * 5.0 / 9.0,
    },
    unit(&["k", "kelvins", "kelvin"], Dimension::Temperature, 1.0),
];

/// Finds the quantities of a text, in order.
pub fn quantities(text: &str) -> Vec<Quantity> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|sign: char| sign.is_ascii_digit()).map(|digit| at + digit) {
        let (value, digits, end) = number_at(text, start);
        at = end;
        // A number inside a word is a name, such as K2 or MP3.
        if text[..start].chars().next_back().is_some_and(char::is_alphanumeric) {
            continue;
        }
        // A hyphen after a letter or digit joins words or a range.
        let before = text[..start].strip_suffix(['−', '-']);
        let negative = before.is_some_and(|before| !before.ends_with(char::is_alphanumeric));
        let value = if negative { -value } else { value };
        if let Some((unit, length)) = unit_at(&text[end..]) {
            let rounding = 0.5 * 10_f64.powi(-digits) * unit.factor;
            let value = value * unit.factor + unit.offset;
            let range = start..end + length;
            found.push(Quantity { dimension: unit.dimension, value, rounding, unit: unit.factor, range });
            at = end + length;
        }
    }
    found.extend(dates(text).into_iter().map(Quantity::from));
    found.sort_by_key(|quantity| quantity.range.start);
    found
}

impl From<Date> for Quantity {
    fn from(date: Date) -> Self {
        let days = (date.year * 12 + date.month) * 31 + date.day;
        Self { dimension: Dimension::Date, value: f64::from(days), rounding: 0.0, unit: 1.0, range: date.range }
    }
}

/// Reads the number that begins at a byte: its value, its digits after the decimal sign (negative
/// for zeros at the end that may be rounding), and the byte after it. `1,234` and `1 234` with a
/// narrow space are one number; `1,5` has a decimal comma. So has `1.991,5`, where the point
/// separates thousands; in `1.991` alone it is a decimal point.
fn number_at(text: &str, start: usize) -> (f64, i32, usize) {
    let (mut whole, mut fraction, mut end) = (String::new(), String::new(), start);
    let points_separate = has_grouping_points(&text[start..]);
    let mut decimal = false;
    for (at, sign) in text[start..].char_indices() {
        if sign.is_ascii_digit() {
            if decimal {
                fraction.push(sign);
            } else {
                whole.push(sign);
            }
            end = start + at + 1;
            continue;
        }
        let after = &text[start + at + sign.len_utf8()..];
        let group = after.bytes().take_while(u8::is_ascii_digit).count();
        let separates = matches!(sign, ',' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '’' | '.');
        if !separates || group == 0 || decimal {
            break;
        }
        let thousands = group == 3
            && whole.len() <= 3 * (1 + whole.len() / 4)
            && !whole.starts_with('0')
            && (sign != '.' || points_separate);
        if thousands {
            continue;
        }
        if !matches!(sign, '.' | ',') {
            break;
        }
        decimal = true;
    }
    let zeros = whole.len() - whole.trim_end_matches('0').len();
    let digits =
        if fraction.is_empty() { -(zeros.min(whole.len().saturating_sub(1)) as i32) } else { fraction.len() as i32 };
    (format!("{whole}.{fraction}0").parse().unwrap_or(0.0), digits, end)
}

/// Whether points separate the thousands of the number that a text begins with: there are two of
/// them, or one before a decimal comma.
fn has_grouping_points(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = &text[digits(text)..];
    let mut points = 0;
    while let Some(after) = rest.strip_prefix('.').filter(|after| digits(after) == 3) {
        points += 1;
        rest = &after[3..];
    }
    points > 1 || (points == 1 && rest.strip_prefix(',').is_some_and(|after| digits(after) > 0))
}

/// The unit that a text begins with, after at most one space or hyphen, and the bytes up to its
/// end.
fn unit_at(text: &str) -> Option<(&'static Unit, usize)> {
    let space =
        text.chars().next().filter(|sign| matches!(sign, ' ' | '-' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\n'));
    let skipped = space.map_or(0, char::len_utf8);
    let rest = &text[skipped..];
    let end = rest.char_indices().nth(24).map_or(rest.len(), |(at, _)| at);
    let lower = fold(&rest[..end].to_lowercase());
    let whole = |spelling: &str| {
        let letters = |sign: char| sign.is_alphanumeric() && !tilejury_rows::spaceless(sign);
        lower.strip_prefix(spelling).is_some_and(|after| {
            !after.starts_with(letters) || spelling.ends_with(|sign: char| tilejury_rows::spaceless(sign))
        })
    };
    let found = UNITS.iter().flat_map(|unit| unit.spellings.iter().map(move |spelling| (unit, *spelling)));
    let (unit, spelling) = found.filter(|(_, spelling)| whole(spelling)).max_by_key(|(_, spelling)| spelling.len())?;
    // Marks that were folded away make the text longer than the spelling: count letters.
    let letters = spelling.chars().count();
    let length = rest.char_indices().nth(letters).map_or(rest.len(), |(at, _)| at);
    // A lone letter is a unit only in the usual case: `5 K` is a temperature, `5 k` is not.
    let lone = match spelling {
        "k" => rest.starts_with('K'),
        "m" | "h" => !rest.starts_with(char::is_uppercase),
        _ => true,
    };
    lone.then_some((unit, skipped + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Quantity {
        quantities(text).into_iter().next().unwrap_or_else(|| panic!("no quantity in {text}"))
    }

    #[track_caller]
    fn check(a: &str, b: &str, expected: bool) {
        assert_eq!(first(a).equals(&first(b)), expected, "{a} / {b}: {:?}, {:?}", first(a), first(b));
    }

    #[test]
    fn equal_quantities_have_other_units() {
        check("297 miles", "478 km", true);
        check("9288 км", "5,771 miles", true);
        check("1,991 m", "6,532 ft", true);
        check("8,611 m", "28,251 ft", true);
        check("22 months", "about 660 days", true);
        check("193 km", "120 miles", true);
        check("4.22 K", "−268.9 °C", true);
        check("1,5 m", "150 cm", true);
        check("1.991,5 Meter", "1991.5 m", true);
        check("1.234.567 km", "1234567 km", true);
        check("1.991 m", "199.1 cm", true);
    }

    #[test]
    fn dates_are_equal_in_other_languages() {
        check("5 April 1998", "1998年4月5日", true);
        check("29 May 1953", "le 29 mai 1953", true);
        check("29 May 1953", "28 May 1953", false);
        check("31 July 1954", "1 August 1954", false);
        let found: Vec<Dimension> =
            quantities("478 km, on 5 May 1900 in 3 days").iter().map(|found| found.dimension).collect();
        assert_eq!(found, [Dimension::Length, Dimension::Date, Dimension::Time]);
    }

    #[test]
    fn other_quantities_differ() {
        check("193 km", "130 miles", false);
        check("82 km", "82 miles", false);
        check("5 m", "5 K", false);
        check("1624 m", "1410 m", false);
        check("29,002 ft", "29,032 ft", false);
        check("1990 m", "1991 m", false);
        check("4.22 K", "4.2 K", true);
        check("1991 m", "1991.4 m", true);
    }

    #[test]
    fn names_and_bare_numbers_are_no_quantities() {
        for text in ["K2 m", "MP3 km", "in 1914", "5 minutes", "5 mixed", "5 k", "5 Mio", "", "km 5"] {
            assert_eq!(quantities(text), [], "{text}");
        }
    }

    #[test]
    fn bytes_include_the_unit() {
        let text = "Länge: 1.991,5 Meter (明石 3,911メートル)";
        let spelled: Vec<&str> = quantities(text).into_iter().map(|found| &text[found.range]).collect();
        assert_eq!(spelled.last(), Some(&"3,911メートル"));
    }
}

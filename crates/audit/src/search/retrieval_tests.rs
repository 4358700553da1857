//! Tests of the values that retrievers gave to a row: `positive-rank:1`, `margin:>=0.95`, and of
//! one retriever alone, `positive-score:bge=0.5..<0.6`.

use super::field_tests::Decimals;
use crate::suspicion::RetrievalValue;

/// A test of the values of one kind, by any retriever or by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RetrievalTest {
    pub(super) value: RetrievalValue,
    /// The name of the retriever; `None` for any.
    pub(super) retriever: Option<String>,
    pub(super) wanted: WantedValue,
}

/// A wanted value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WantedValue {
    /// Whether there is one.
    Present(bool),
    Number(Decimals),
}

impl RetrievalTest {
    /// Parses what follows the colon; `None` if it is unfinished. `retrievers` are the known names.
    ///
    /// # Errors
    /// If it is no number, or of a retriever that is not known.
    pub(super) fn parse(
        value: RetrievalValue,
        text: &str,
        retrievers: Option<&[String]>,
    ) -> Result<Option<Self>, String> {
        let of = |retriever, wanted: Option<WantedValue>| wanted.map(|wanted| Self { value, retriever, wanted });
        let whole = wanted(text);
        if let Ok(wanted) = whole {
            return Ok(of(None, wanted));
        }
        // A comparison has an equals sign, too, and so may a name.
        let parts = text.match_indices('=').map(|(at, _)| (&text[..at], &text[at + 1..]));
        let Some((name, wanted)) = parts.filter_map(|(name, rest)| Some((name, wanted(rest).ok()?))).next() else {
            return whole.map(|_| None);
        };
        let is_known = |known: &[String]| known.iter().any(|known| known.eq_ignore_ascii_case(name));
        match retrievers {
            Some([]) => Err("the rows have no scores, and none were imported".to_owned()),
            Some(known) if !is_known(known) => {
                Err(format!("`{name}` is not one of the sources of scores: {}", known.join(", ")))
            }
            _ => Ok(of(Some(name.to_owned()), wanted)),
        }
    }

    /// Whether the test holds for the values of a row, those of any retriever.
    pub(super) fn holds(&self, mut values: impl Iterator<Item = f64>) -> bool {
        match self.wanted {
            WantedValue::Present(present) => values.next().is_some() == present,
            WantedValue::Number(range) => values.any(|value| range.contains(value)),
        }
    }
}

fn wanted(text: &str) -> Result<Option<WantedValue>, String> {
    match text {
        "" => Ok(None),
        text if text.eq_ignore_ascii_case("any") => Ok(Some(WantedValue::Present(true))),
        text if text.eq_ignore_ascii_case("none") => Ok(Some(WantedValue::Present(false))),
        text => Ok(Decimals::parse(text)?.map(WantedValue::Number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, known: &[&str]) -> Result<Option<RetrievalTest>, String> {
        let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        RetrievalTest::parse(RetrievalValue::Margin, text, Some(&known))
    }

    #[test]
    fn parse_reads_values_of_any_retriever_and_of_one() {
        let check = |text: &str, retriever: Option<&str>, inside: f64, outside: f64| {
            let test = parse(text, &["rows", "bge", "a=b"]).unwrap().unwrap();
            assert_eq!(test.retriever.as_deref(), retriever, "{text}");
            assert!(test.holds([outside, inside].into_iter()), "{text}");
            assert!(!test.holds([outside].into_iter()), "{text}");
        };
        check("1", None, 1.0, 2.0);
        check(">=0.95", None, 0.95, 0.94);
        check("0.5..<0.6", None, 0.5, 0.6);
        check("bge=>=0.95", Some("bge"), 0.95, 0.94);
        check("BGE=0.5..<0.6", Some("BGE"), 0.5, 0.6);
        check("a=b=3", Some("a=b"), 3.0, 4.0);
        assert!(parse("bge=none", &["bge"]).unwrap().unwrap().holds(std::iter::empty()));
        for unfinished in ["", ">", "bge=", "bge=>"] {
            assert_eq!(parse(unfinished, &["bge"]), Ok(None), "{unfinished}");
        }
        assert!(parse("x", &["bge"]).unwrap_err().starts_with("`x` is not a number"));
        assert!(parse("bga=3", &["bge"]).unwrap_err().starts_with("`bga` is not one of the sources of scores: bge"));
        assert!(parse("bga=3", &[]).unwrap_err().contains("none were imported"));
    }
}

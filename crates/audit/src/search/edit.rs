//! Changes of a search by single terms, as clicks on counted values make them: what a person typed
//! around the term stays as it is.

use super::lex::{Token, TokenBody, piece, tokens};

/// A value of a filter, as it is typed: `verdict` and `reject`, `source` and `"my blog"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchTerm {
    /// The name of the filter.
    pub name: String,
    /// The value with its quotes, if it needs any.
    pub value: String,
}

impl SearchTerm {
    /// A term of a filter; `value` is written as [`quote`](super::quote) writes it.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// The search with this term alone.
    pub fn search(&self) -> String {
        format!("{}:{}", self.name, self.value)
    }

    /// Whether a search asks for this value, alone or among others.
    pub fn is_in(&self, search: &str) -> bool {
        tokens(search).iter().any(|token| self.position_in(search, token).is_some())
    }

    /// A search with this term switched: removed if it was in. Otherwise it replaces the other
    /// values of its filter or, with `add`, is one more of them.
    pub fn toggled_in(&self, search: &str, add: bool) -> String {
        let own: Vec<Token> = tokens(search).into_iter().filter(|token| self.is_of_filter(search, token)).collect();
        if let Some((token, at)) = own.iter().find_map(|token| Some((token, self.position_in(search, token)?))) {
            let TokenBody::Filter { values, .. } = &token.body else { return search.to_owned() };
            if values.len() == 1 {
                return without(search, std::slice::from_ref(token));
            }
            let others: Vec<&str> = values
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at)
                .map(|(_, value)| &search[value.range.clone()])
                .collect();
            let (start, end) = (values[0].range.start, token.range.end);
            return format!("{}{}{}", &search[..start], others.join(","), &search[end..]);
        }
        match own.last() {
            Some(last) if add => {
                let end = last.range.end;
                format!("{},{}{}", &search[..end], self.value, &search[end..])
            }
            _ => {
                let rest = without(search, &own);
                let blank = if rest.is_empty() || rest.ends_with(char::is_whitespace) { "" } else { " " };
                format!("{rest}{blank}{}", self.search())
            }
        }
    }

    /// The terms that a search consists of, one for each value; excluded values and words are left
    /// out.
    pub fn all_of(search: &str) -> Vec<Self> {
        let terms = tokens(search).into_iter().filter(|token| !token.negated);
        let terms = terms.filter_map(|token| match token.body {
            TokenBody::Filter { name, values } => Some((name, values)),
            TokenBody::Word(_) => None,
        });
        let each = terms.flat_map(|(name, values)| {
            values.into_iter().map(move |value| Self::new(&search[name.clone()], &search[value.range]))
        });
        each.collect()
    }

    /// Whether a token is about the same filter, and about the same field of the rows.
    fn is_of_filter(&self, search: &str, token: &Token) -> bool {
        let TokenBody::Filter { name, values } = &token.body else { return false };
        let field = |value: &str| value.split_once('=').map(|(field, _)| field.to_owned());
        let is_same_field = || {
            let own = field(&piece(&self.value, 0, true).text);
            values.iter().all(|value| field(&value.text) == own)
        };
        let is_same = search[name.clone()].eq_ignore_ascii_case(&self.name);
        is_same && !token.negated && (self.name != "field" || is_same_field())
    }

    /// The position of the value in a token of the filter.
    fn position_in(&self, search: &str, token: &Token) -> Option<usize> {
        let TokenBody::Filter { values, .. } = &token.body else { return None };
        let own = piece(&self.value, 0, true).text;
        self.is_of_filter(search, token).then(|| values.iter().position(|value| value.text == own))?
    }
}

/// Whether a search asks for all terms of another one.
pub fn has_terms(search: &str, of: &str) -> bool {
    let terms = SearchTerm::all_of(of);
    !terms.is_empty() && terms.iter().all(|term| term.is_in(search))
}

/// A search with all terms of another one put in or, if they are all in, taken out. A value of a
/// filter that the search has becomes one more of its values.
pub fn toggle_terms(search: &str, of: &str) -> String {
    let is_in = has_terms(search, of);
    let terms = SearchTerm::all_of(of).into_iter().filter(|term| term.is_in(search) == is_in);
    terms.fold(search.to_owned(), |search, term| term.toggled_in(&search, true))
}

/// A search without some of its tokens, and without the blanks that they leave.
fn without(search: &str, tokens: &[Token]) -> String {
    let mut rest = search.to_owned();
    for token in tokens.iter().rev() {
        let (before, after) = (rest[..token.range.start].trim_end(), rest[token.range.end..].trim_start());
        let blank = if before.is_empty() || after.is_empty() { "" } else { " " };
        rest = format!("{before}{blank}{after}");
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toggling_terms_adds_values_and_filters() {
        let check =
            |search: &str, of: &str, expected: &str| assert_eq!(toggle_terms(search, of), expected, "{search} {of}");
        check("", "neg:3", "neg:3");
        check("salt neg:3", "neg:6..10", "salt neg:3,6..10");
        check("neg:3,6..10", "neg:3", "neg:6..10");
        check("neg:3", "signal:same-bytes,same-pixels", "neg:3 signal:same-bytes,same-pixels");
        check("signal:same-pixels x", "signal:same-bytes,same-pixels", "signal:same-pixels,same-bytes x");
        check("signal:same-bytes,hub,same-pixels", "signal:same-bytes,same-pixels", "signal:hub");
        check("margin:\"a b=1\"", "margin:\"a b=0.5..<0.6\"", "margin:\"a b=1\",\"a b=0.5..<0.6\"");
        assert!(
            has_terms("x signal:b,a", "signal:a,b") && !has_terms("signal:a", "signal:a,b") && !has_terms("x", "x")
        );
    }

    #[test]
    fn toggling_puts_a_term_in_and_takes_it_out() {
        let check = |search: &str, (name, value): (&str, &str), add: bool, expected: &str| {
            let term = SearchTerm::new(name, value);
            assert_eq!(term.toggled_in(search, add), expected, "{search} {name}:{value}");
            let was_in = term.is_in(search);
            assert_eq!(term.is_in(expected), !was_in, "{expected}");
        };
        let reject = ("verdict", "reject");
        check("", reject, false, "verdict:reject");
        check("salt", reject, false, "salt verdict:reject");
        check("salt verdict:accept water", reject, false, "salt water verdict:reject");
        check("salt verdict:accept water", reject, true, "salt verdict:accept,reject water");
        check("salt Verdict:reject water", reject, false, "salt water");
        check("verdict:accept,reject,unsure x", reject, false, "verdict:accept,unsure x");
        // Excluded is not asked for.
        check("-verdict:reject", reject, false, "-verdict:reject verdict:reject");
        check("tag:a", ("tag", "\"two words\""), true, "tag:a,\"two words\"");
        check("tag:a,\"two words\"", ("tag", "\"two words\""), false, "tag:a");
        // Two fields of the rows are two filters.
        check("field:\"a=1\"", ("field", "\"b b=2\""), false, "field:\"a=1\" field:\"b b=2\"");
        check("field:\"b b=1\"", ("field", "\"b b=2\""), true, "field:\"b b=1\",\"b b=2\"");
    }
}

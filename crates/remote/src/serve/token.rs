//! The secret of a server: made, read, compared in a time that does not depend on it, and the mark
//! by which a client knows a server that has it. It is in no text for developers.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use tilejury_data::hash::hexadecimal;

/// The realm with which a server asks for its token, before the mark of the token.
pub(crate) const REALM: &str = "tilejury ";
/// A shorter token could be guessed, also from its mark.
const AT_LEAST: usize = 24;
const AT_MOST: usize = 256;

/// The secret of the people who may use a server.
#[derive(Clone)]
pub struct ServeToken {
    text: String,
    hash: [u8; 32],
}

/// A reason why a text is no token.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a token has {AT_LEAST} to {AT_MOST} characters: letters, digits, and - . _ ~")]
pub struct TokenError;

impl ServeToken {
    /// A new token, with 122 random bits.
    pub fn new_random() -> Self {
        Self::of(uuid::Uuid::new_v4().simple().to_string())
    }

    fn of(text: String) -> Self {
        let hash = Sha256::digest(&text).into();
        Self { text, hash }
    }

    /// The token, to be shown to the person who started the server.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the value of a header `Authorization` has it. The hashes are compared, whose length
    /// is always the same, and each byte of them whatever the others are.
    pub(crate) fn is_in(&self, header: &[u8]) -> bool {
        let given = header.strip_prefix(b"Bearer ").unwrap_or_default();
        let given: [u8; 32] = Sha256::digest(given).into();
        given.ct_eq(&self.hash).into()
    }

    /// The mark that a server shows to those without a token.
    pub(crate) fn id(&self) -> String {
        id_of(&self.text)
    }
}

impl std::str::FromStr for ServeToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let is_usual = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
        let is_token = (AT_LEAST..=AT_MOST).contains(&text.len()) && text.bytes().all(is_usual);
        if is_token { Ok(Self::of(text.to_owned())) } else { Err(TokenError) }
    }
}

impl fmt::Debug for ServeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServeToken")
    }
}

/// The mark of a token: a client that was given a token without a place shows it only to a server
/// that has the mark. It tells nothing else about the token.
pub(crate) fn id_of(token: &str) -> String {
    let hash = Sha256::digest(format!("tilejury serve {token}"));
    hexadecimal(&hash[..8])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn only_the_whole_token_is_accepted() {
        let token = ServeToken::new_random();
        let header = format!("Bearer {}", token.text());
        assert!(token.is_in(header.as_bytes()));
        let (shorter, other) = (&header[..header.len() - 1], ServeToken::new_random());
        for wrong in ["", "Bearer", "Bearer ", token.text(), shorter, &format!("{header} "), &header.to_lowercase()] {
            assert!(!token.is_in(wrong.as_bytes()), "{wrong}");
        }
        assert!(!other.is_in(header.as_bytes()) && other.id() != token.id());
        assert!(!format!("{token:?}").contains(token.text()) && !token.id().contains(&token.text()[..8]));
    }

    #[test]
    fn a_token_that_could_be_guessed_is_refused() {
        assert!("0123456789abcdef01234567\n".parse::<ServeToken>().is_ok());
        for wrong in ["", "secret", "0123456789abcdef 01234567", "0123456789abcdef0123456ü", &"a".repeat(257)] {
            assert_eq!(wrong.parse::<ServeToken>().unwrap_err(), TokenError, "{wrong}");
        }
    }
}

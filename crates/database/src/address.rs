//! The address of a database: what is typed, completed by the variables of the server's own tools,
//! and shown without its password. Connects to nothing.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use tilejury_data::shown::shown;
use url::Url;

use crate::access::DatabaseAccess;
use crate::error::DatabaseError;
use crate::password::{Password, from_file};

const SCHEMES: [&str; 2] = ["postgresql", "postgres"];
const PORT: u16 = 5432;
/// The characters that are escaped in a part of an address.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'/').add(b'?').add(b'#').add(b'@').add(b':').add(b'%').add(b'&');

/// The protection of a connection, by the words of the server's own tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// It is not encrypted.
    Disable,
    /// It is encrypted if the server can.
    Prefer,
    /// It is encrypted; the server is any one.
    Require,
    /// It is encrypted, and the server's certificate is of a trusted authority.
    VerifyCa,
    /// As before, and the certificate is for this host.
    VerifyFull,
}

impl Protection {
    const WORDS: [(&str, Self); 5] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    fn parse(word: &str) -> Result<Self, DatabaseError> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word);
        let words = || Self::WORDS.map(|(word, _)| word).join(", ");
        found.map(|(_, protection)| *protection).ok_or_else(|| wrong(&format!("sslmode is one of {}", words())))
    }
}

/// The address of a database with everything that a connection needs.
#[derive(Clone, Debug)]
pub struct DatabaseAddress {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) password: Option<Password>,
    /// The reason why the file with passwords was not used.
    pub(crate) ignored_file: Option<String>,
    pub(crate) protection: Protection,
    /// Whether the protection is in the address.
    is_named: bool,
    /// The file with the certificates of authorities; `None` for those of the system.
    pub(crate) root_certificates: Option<PathBuf>,
    /// Whether that file is in the address.
    names_root: bool,
}

impl DatabaseAddress {
    /// Whether a text is the address of a database, as far as its beginning shows.
    pub fn is_one(text: &str) -> bool {
        text.split_once("://").is_some_and(|(scheme, _)| SCHEMES.contains(&scheme))
    }

    /// A text without the password in it, if it is the address of a database.
    pub fn without_password(text: &str) -> String {
        let Some((scheme, rest)) = text.split_once("://").filter(|_| Self::is_one(text)) else {
            return text.to_owned();
        };
        // The last one: a password can have such a character in it.
        let Some((login, place)) = rest.rsplit_once('@') else { return text.to_owned() };
        let user = login.split(':').next().unwrap_or_default();
        format!("{scheme}://{user}@{place}")
    }

    /// Reads an address, and completes it. The password is that of the address, of `PGPASSWORD`, or
    /// of the file with passwords.
    ///
    /// # Errors
    /// When it is not such an address, or has a setting that is not known here.
    pub fn parse(text: &str, access: &DatabaseAccess) -> Result<Self, DatabaseError> {
        if !Self::is_one(text) {
            return Err(wrong("it begins with postgresql://"));
        }
        // The words of the parser are left out: they are about other schemes.
        let url = Url::parse(text).map_err(|_| {
            wrong("a port is a number up to 65535, and a special character of a name or password is written as %…")
        })?;
        let mut host = url.host_str().map(decoded).unwrap_or_default();
        let (mut protection, mut root) = (None, None);
        for (name, value) in url.query_pairs() {
            match &*name {
                "sslmode" => protection = Some(Protection::parse(&value)?),
                "sslrootcert" => root = Some(value.into_owned()),
                "host" => host = value.into_owned(),
                name => {
                    let name = shown(name).into_owned();
                    return Err(wrong(&format!("the setting {name} is not known; sslmode and sslrootcert are")));
                }
            }
        }
        let variable = |name: &str| access.variable(name).map(str::to_owned);
        if host.is_empty() {
            host = variable("PGHOST").unwrap_or_else(|| "localhost".to_owned());
        }
        if host.contains(',') {
            return Err(wrong("several hosts are not supported"));
        }
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port().or_else(|| access.variable("PGPORT")?.parse().ok()).unwrap_or(PORT);
        let user = Some(decoded(url.username())).filter(|user| !user.is_empty());
        let user = user.or_else(|| variable("PGUSER")).or_else(|| access.user.clone());
        let user = user.ok_or_else(|| wrong("it names no user: postgresql://USER@HOST/DATABASE"))?;
        let database = Some(decoded(url.path().trim_start_matches('/'))).filter(|database| !database.is_empty());
        let database = database.or_else(|| variable("PGDATABASE")).unwrap_or_else(|| user.clone());
        let is_named = protection.is_some();
        let of_variable = access.variable("PGSSLMODE").map(Protection::parse).transpose()?;
        let usual = if is_this_machine(&host) { Protection::Prefer } else { Protection::VerifyFull };
        let named_root = root.clone().or_else(|| variable("PGSSLROOTCERT")).map(PathBuf::from);
        let root_certificates = named_root.or_else(|| access.root_certificates.clone());
        let password = url.password().map(decoded).or_else(|| variable("PGPASSWORD")).map(Password);
        let mut address = Self {
            host,
            port,
            user,
            database,
            password,
            ignored_file: None,
            protection: protection.or(of_variable).unwrap_or(usual),
            is_named,
            root_certificates: root_certificates.filter(|path| path.as_os_str() != "system"),
            names_root: root.is_some(),
        };
        if let (None, Some(file)) = (&address.password, &access.password_file) {
            match from_file(file, &address.host, port, &address.database, &address.user) {
                Ok(password) => address.password = password,
                Err(reason) => address.ignored_file = Some(reason),
            }
        }
        Ok(address)
    }

    /// The same database for another login, whose password is not known.
    pub(crate) fn of_login(&self, user: &str) -> Self {
        Self { user: user.to_owned(), password: None, ignored_file: None, ..self.clone() }
    }
}

impl fmt::Display for DatabaseAddress {
    /// The address without its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let mut settings = Vec::new();
        write!(f, "postgresql://{}@", escaped(&self.user))?;
        match &*self.host {
            socket if socket.starts_with('/') => {
                f.write_str("localhost")?;
                settings.push(format!("host={}", escaped(socket)));
            }
            host if host.contains(':') => write!(f, "[{host}]")?,
            host => f.write_str(host)?,
        }
        if self.port != PORT {
            write!(f, ":{}", self.port)?;
        }
        write!(f, "/{}", escaped(&self.database))?;
        if self.is_named {
            let word = Protection::WORDS.iter().find(|(_, known)| *known == self.protection);
            settings.extend(word.map(|(word, _)| format!("sslmode={word}")));
        }
        if let Some(root) = self.root_certificates.as_ref().filter(|_| self.names_root) {
            settings.push(format!("sslrootcert={}", escaped(&root.to_string_lossy())));
        }
        if !settings.is_empty() {
            write!(f, "?{}", settings.join("&"))?;
        }
        Ok(())
    }
}

/// Whether a connection to a host stays on this machine.
fn is_this_machine(host: &str) -> bool {
    host.starts_with('/') || host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn wrong(reason: &str) -> DatabaseError {
    DatabaseError::Address(format!("not the address of a database (postgresql://USER@HOST/DATABASE): {reason}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn parsed(text: &str, variables: &[(&str, &str)]) -> DatabaseAddress {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let access = DatabaseAccess { variables, user: Some("me".to_owned()), ..DatabaseAccess::default() };
        DatabaseAddress::parse(text, &access).unwrap()
    }

    #[test]
    fn an_address_is_completed_and_shown_without_its_password() {
        for (text, shown) in [
            ("postgres://ada:s%40cret@db.example/judgements", "postgresql://ada@db.example/judgements"),
            ("postgresql://db:6000", "postgresql://me@db:6000/me"),
            ("postgresql://a%20b@[::1]/x%2fy?sslmode=require", "postgresql://a%20b@[::1]/x%2Fy?sslmode=require"),
            ("postgresql:///j?host=/run/db", "postgresql://me@localhost/j?host=%2Frun%2Fdb"),
            ("postgresql://u@db/j?sslrootcert=/ca.pem", "postgresql://u@db/j?sslrootcert=%2Fca.pem"),
        ] {
            let address = parsed(text, &[]);
            assert_eq!(address.to_string(), shown);
            assert!(!format!("{address:?}").contains("s@cret"));
            assert_eq!(parsed(shown, &[]).to_string(), shown, "read again");
        }
        let address = parsed("postgres://ada:s%40cret@db/x", &[("PGPASSWORD", "other")]);
        assert_eq!(address.password.unwrap().0, "s@cret");
        let address =
            parsed("postgresql://", &[("PGHOST", "h"), ("PGUSER", "u"), ("PGPORT", "7"), ("PGDATABASE", "d")]);
        assert_eq!(address.to_string(), "postgresql://u@h:7/d");
    }

    #[test]
    fn a_password_is_cut_out_of_a_text() {
        for (text, expected) in [
            ("postgres://ada:s@c/r?t@db/x?sslmode=require", "postgres://ada@db/x?sslmode=require"),
            ("postgresql://ada@db/x", "postgresql://ada@db/x"),
            ("postgresql://:secret@db/x", "postgresql://@db/x"),
            ("postgresql://db/x", "postgresql://db/x"),
            ("/mnt/a:b@c", "/mnt/a:b@c"),
            ("s3://a:b@c", "s3://a:b@c"),
        ] {
            assert_eq!(DatabaseAddress::without_password(text), expected);
        }
    }

    #[test]
    fn a_server_elsewhere_is_verified_by_default() {
        let protection = |text, variables: &[_]| parsed(text, variables).protection;
        assert_eq!(protection("postgresql://db/x", &[]), Protection::VerifyFull);
        assert_eq!(protection("postgresql://127.0.0.1/x", &[]), Protection::Prefer);
        assert_eq!(protection("postgresql://db/x", &[("PGSSLMODE", "require")]), Protection::Require);
        assert_eq!(
            protection("postgresql://db/x?sslmode=verify-ca", &[("PGSSLMODE", "disable")]),
            Protection::VerifyCa
        );
    }

    #[test]
    fn what_is_not_an_address_is_refused_without_its_password() {
        for (text, part) in [
            ("mysql://x", "begins with"),
            ("postgresql://ada:secret@db:port/x", "special character"),
            ("postgresql://ada:secret@db:65536/x", "a port is a number up to 65535"),
            ("postgresql://ada:secret@db/x?sslcert=c", "sslcert is not known"),
            ("postgresql://ada:secret@db/x?sslmode=sometimes", "verify-full"),
            ("postgresql://ada:secret@a,b/x", "several hosts"),
        ] {
            let access = DatabaseAccess::default();
            let error = DatabaseAddress::parse(text, &access).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("secret"), "{error}");
        }
    }
}

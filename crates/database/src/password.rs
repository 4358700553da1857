//! The file with passwords as the server's own tools read it: lines of
//! `host:port:database:user:password`, where `*` matches everything.

use std::fs;
use std::path::Path;

/// A password that no message can show.
#[derive(Clone)]
pub(crate) struct Password(pub(crate) String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The password for a login in a file; `None` if the file is not there or has none.
///
/// # Errors
/// When others can read the file, which is then not used; in words.
pub(crate) fn from_file(
    path: &Path,
    host: &str,
    port: u16,
    database: &str,
    user: &str,
) -> Result<Option<Password>, String> {
    let Ok(content) = fs::read_to_string(path) else { return Ok(None) };
    if others_can_read(path) {
        return Err(format!("{} is not used, since others can read it (chmod 600)", path.display()));
    }
    Ok(find(&content, &[host, &port.to_string(), database, user]).map(Password))
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}

/// The password of the first line that matches.
fn find(content: &str, login: &[&str; 4]) -> Option<String> {
    content.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let (password, of_login) = fields.split_last()?;
        let matches = of_login.len() == login.len()
            && of_login.iter().zip(login).all(|(field, value)| field == "*" || field == value);
        matches.then(|| password.clone())
    })
}

/// The fields of a line; a backslash escapes the character after it.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' if fields.len() < 5 => fields.push(String::new()),
            c => {
                let kept = if c == '\\' { chars.next().unwrap_or(c) } else { c };
                fields.last_mut().into_iter().for_each(|field| field.push(kept));
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_matches_has_the_password() {
        let content =
            "# comment\nother:5432:*:ada:wrong\ndb\\:1:*:judgements:ada:pass\\:word\\\\x\n*:*:*:*:any:thing\n";
        let of = |host, user| find(content, &[host, "5432", "judgements", user]);
        assert_eq!(of("db:1", "ada").as_deref(), Some("pass:word\\x"));
        assert_eq!(of("db:1", "bo").as_deref(), Some("any:thing"));
        assert_eq!(find("db:5432:x:ada", &["db", "5432", "x", "ada"]), None);
        assert_eq!(format!("{:?}", Password("secret".to_owned())), "Password(…)");
    }
}

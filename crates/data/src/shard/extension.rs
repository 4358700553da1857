//! Extension headers: names and sizes that they give to the member behind them. PAX (POSIX.1-2001) and GNU long names.

/// What extension headers said of the member that follows.
#[derive(Default)]
pub(super) struct Pending {
    /// Where the first of them begins.
    pub(super) start: Option<u64>,
    pub(super) path: Option<String>,
    pub(super) link: Option<String>,
    pub(super) size: Option<u64>,
    /// The content is a sparse file's, whatever type the header has.
    pub(super) sparse: bool,
    sparse_name: Option<String>,
}

impl Pending {
    /// The member's name, where one was given. That of a sparse file stands apart, and `path` is then a name made up for
    /// programs that know nothing of sparse files.
    pub(super) fn take_name(&mut self) -> Option<String> {
        self.sparse_name.take().or_else(|| self.path.take())
    }

    /// Takes in the body of a GNU long name; an empty one gives none.
    pub(super) fn long_name(body: &[u8]) -> Option<String> {
        let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
        (end > 0).then(|| String::from_utf8_lossy(&body[..end]).into_owned())
    }

    /// Takes in the body of a PAX header; what could be read of it counts. Returns what is wrong with it, in words.
    pub(super) fn pax(&mut self, body: &[u8]) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let whole = pax_records(body, |key, value| {
            let mut name = || {
                let zero = value.contains(&0);
                if zero {
                    wrong.push("gives a name with a zero byte in it, which is passed over");
                }
                // An empty value takes back what was given (POSIX `pax`, "pax Extended Header").
                (!zero && !value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned())
            };
            match key {
                b"path" => self.path = name(),
                b"linkpath" => self.link = name(),
                b"size" => {
                    self.size = decimal(value);
                    if self.size.is_none() && !value.is_empty() {
                        wrong.push("gives an unreadable size, which is passed over");
                    }
                }
                b"GNU.sparse.name" => (self.sparse, self.sparse_name) = (true, name()),
                _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        });
        if !whole {
            wrong.push("is damaged; what could be read of it counts");
        }
        wrong
    }
}

/// Does the body of a global PAX header, which speaks of all members behind it, say what only one member can have?
pub(super) fn global_names_members(body: &[u8]) -> bool {
    let mut names = false;
    pax_records(body, |key, _| {
        names |= matches!(key, b"path" | b"linkpath" | b"size") || key.starts_with(b"GNU.sparse.");
    });
    names
}

fn decimal(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    // `parse` alone would take a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Gives each record of a PAX body to `take`: `LENGTH KEY=VALUE` and a newline, where the length counts all of it (POSIX
/// `pax`, "pax Extended Header"). By length, not by line: values may hold newlines. False where a record is damaged.
fn pax_records(mut body: &[u8], mut take: impl FnMut(&[u8], &[u8])) -> bool {
    while !body.is_empty() && body[0] != 0 {
        let Some(space) = body.iter().take(20).position(|byte| *byte == b' ') else { return false };
        let len = std::str::from_utf8(&body[..space]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let Some(record) = len.and_then(|len| body.get(space + 1..len)) else { return false };
        let Some((b'\n', record)) = record.split_last() else { return false };
        let Some(equals) = record.iter().position(|byte| *byte == b'=') else { return false };
        take(&record[..equals], &record[equals + 1..]);
        body = &body[space + 1 + record.len() + 1..];
    }
    true
}

//! Extension headers, which give a name or size to the next member: PAX (POSIX.1-2001) and GNU long
//! names.

/// The values from extension headers for the next member.
#[derive(Default)]
pub(super) struct PendingExtensions {
    /// The offset of the first of these headers.
    pub(super) start: Option<u64>,
    pub(super) path: Option<String>,
    pub(super) link: Option<String>,
    pub(super) size: Option<u64>,
    /// Whether the content is that of a sparse file, whatever the header's type.
    pub(super) sparse: bool,
    sparse_name: Option<String>,
}

impl PendingExtensions {
    /// The member's name, if one was given. A sparse file's name is in a field of its own; its
    /// `path` is then a made-up name for programs that do not know sparse files.
    pub(super) fn take_name(&mut self) -> Option<String> {
        self.sparse_name.take().or_else(|| self.path.take())
    }

    /// The name in the body of a GNU long name; `None` for an empty one.
    pub(super) fn long_name(body: &[u8]) -> Option<String> {
        let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
        (end > 0).then(|| String::from_utf8_lossy(&body[..end]).into_owned())
    }

    /// Reads the body of a PAX header and keeps its readable records. Returns a message for each
    /// problem.
    pub(super) fn pax(&mut self, body: &[u8]) -> Vec<&'static str> {
        let mut problems = Vec::new();
        let whole = pax_records(body, |key, value| {
            let mut name = || {
                let zero = value.contains(&0);
                if zero {
                    problems.push("gives a name with a zero byte, which is ignored");
                }
                // An empty value cancels an earlier one (POSIX `pax`, "pax Extended Header").
                (!zero && !value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned())
            };
            match key {
                b"path" => self.path = name(),
                b"linkpath" => self.link = name(),
                b"size" => {
                    self.size = decimal(value);
                    if self.size.is_none() && !value.is_empty() {
                        problems.push("gives an unreadable size, which is ignored");
                    }
                }
                b"GNU.sparse.name" => (self.sparse, self.sparse_name) = (true, name()),
                _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        });
        if !whole {
            problems.push("is damaged; its readable part is used");
        }
        problems
    }
}

/// Whether the body of a global PAX header, which applies to all later members, holds values that
/// only one member can have.
pub(super) fn global_names_members(body: &[u8]) -> bool {
    let mut found = false;
    pax_records(body, |key, _| {
        found |= matches!(key, b"path" | b"linkpath" | b"size") || key.starts_with(b"GNU.sparse.");
    });
    found
}

fn decimal(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    // `parse` alone would accept a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Passes each record of a PAX body to `take`. A record is `LENGTH KEY=VALUE` and a newline; the
/// length counts all of it (POSIX `pax`, "pax Extended Header"). Records are split by length rather
/// than by line, because values may hold newlines. Returns false if a record is damaged.
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

//! Tar files, built member by member as Python's `tarfile`, GNU tar or a failing disk would leave
//! them.

use tar::{EntryType, Header};

const BLOCK: usize = 512;

/// An unfinished tar.
#[derive(Clone, Default)]
pub struct Tarball {
    bytes: Vec<u8>,
}

impl Tarball {
    /// An empty tar.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a plain ustar member; a name over 100 bytes is split into the prefix field.
    #[must_use]
    pub fn ustar(self, name: &str, content: &[u8]) -> Self {
        let mut header = Header::new_ustar();
        header.set_path(name).expect("a name that fits the ustar fields");
        self.entry(header, EntryType::Regular, content)
    }

    /// Adds a member as in the published sets: with a PAX header for a fractional mtime.
    #[must_use]
    pub fn published(self, name: &str, content: &[u8]) -> Self {
        let mut header = Header::new_ustar();
        header.set_path(name).expect("a name that fits the ustar fields");
        self.pax(&[("mtime", "1775380122.2504263")]).entry(header, EntryType::Regular, content)
    }

    /// Adds a member whose PAX header has the real path and whose own header has another.
    #[must_use]
    pub fn pax_path(self, name: &str, content: &[u8]) -> Self {
        let mut header = Header::new_ustar();
        header.set_path("short").expect("a short name");
        self.pax(&[("path", name)]).entry(header, EntryType::Regular, content)
    }

    /// Adds a member whose PAX header has the real size and whose own header has 0.
    #[must_use]
    pub fn pax_size(self, name: &str, content: &[u8]) -> Self {
        let mut out = self.pax(&[("size", &content.len().to_string())]);
        let mut header = Header::new_ustar();
        header.set_path(name).expect("a name that fits the ustar fields");
        out.header(header, EntryType::Regular, 0);
        out.body(content);
        out
    }

    /// Adds a member with a GNU long name.
    #[must_use]
    pub fn gnu_long_name(mut self, name: &str, content: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.set_path("././@LongLink").expect("a short name");
        let mut body = name.as_bytes().to_vec();
        body.push(0);
        self.header(header, EntryType::GNULongName, body.len());
        self.body(&body);
        let mut header = Header::new_gnu();
        header.set_path("cut").expect("a short name");
        self.entry(header, EntryType::Regular, content)
    }

    /// Adds a member after a PAX header with a binary value that holds a newline, before the path.
    #[must_use]
    pub fn pax_binary_then_path(self, name: &str, content: &[u8]) -> Self {
        let mut header = Header::new_ustar();
        header.set_path("short").expect("a short name");
        self.pax(&[("SCHILY.xattr.user.x", "a\nb\n"), ("path", name)]).entry(header, EntryType::Regular, content)
    }

    /// Adds a hard link whose target is in a PAX header.
    #[must_use]
    pub fn pax_hard_link(self, name: &str, target: &str) -> Self {
        self.pax(&[("linkpath", target)]).hard_link(name, "short")
    }

    /// Adds a hard link to another member.
    #[must_use]
    pub fn hard_link(self, name: &str, target: &str) -> Self {
        self.link(name, target, EntryType::Link)
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn symlink(self, name: &str, target: &str) -> Self {
        self.link(name, target, EntryType::Symlink)
    }

    /// Adds a folder.
    #[must_use]
    pub fn folder(self, name: &str) -> Self {
        let mut header = Header::new_ustar();
        header.set_path(name).expect("a name that fits the ustar fields");
        self.entry(header, EntryType::Directory, &[])
    }

    /// Adds a member whose header has a wrong checksum.
    #[must_use]
    pub fn wrong_checksum(mut self, name: &str, content: &[u8]) -> Self {
        let from = self.bytes.len();
        self = self.ustar(name, content);
        self.bytes[from + 148..from + 155].copy_from_slice(b"0000001");
        self
    }

    /// Adds a member whose header is changed by `change` before its checksum is set.
    #[must_use]
    pub fn changed(mut self, name: &str, content: &[u8], change: impl FnOnce(&mut [u8])) -> Self {
        let from = self.bytes.len();
        self = self.ustar(name, content);
        let block = &mut self.bytes[from..from + BLOCK];
        change(block);
        crate::mutate::fit_checksums(block);
        self
    }

    /// Adds an extension header of any type with any body: `x` PAX, `g` PAX for all members, `L`
    /// and `K` GNU long names.
    #[must_use]
    pub fn extension(mut self, kind: u8, body: &[u8]) -> Self {
        let mut header = Header::new_ustar();
        header.set_path("extension").expect("a short name");
        self.header(header, EntryType::new(kind), body.len());
        self.body(body);
        self
    }

    /// Adds raw bytes, padded to a block.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.body(bytes);
        self
    }

    /// Adds a member that claims to be larger than what follows.
    #[must_use]
    pub fn size_past_the_end(mut self, name: &str, content: &[u8], claimed: u64) -> Self {
        let mut header = Header::new_ustar();
        header.set_path(name).expect("a name that fits the ustar fields");
        self.header(header, EntryType::Regular, usize::try_from(claimed).expect("a size"));
        self.body(content);
        self
    }

    /// The archive with its two closing blocks.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 2 * BLOCK, 0);
        self.bytes
    }

    /// The archive as an interrupted download leaves it: without closing blocks, and `less` bytes
    /// shorter.
    pub fn cut(mut self, less: usize) -> Vec<u8> {
        self.bytes.truncate(self.bytes.len() - less);
        self.bytes
    }

    fn link(self, name: &str, target: &str, kind: EntryType) -> Self {
        let mut header = Header::new_ustar();
        header.set_path(name).expect("a name that fits the ustar fields");
        header.set_link_name_literal(target).expect("a link name that fits");
        self.entry(header, kind, &[])
    }

    fn pax(mut self, fields: &[(&str, &str)]) -> Self {
        let body = pax_body(fields);
        let mut header = Header::new_ustar();
        header.set_path("PaxHeaders/0").expect("a short name");
        self.header(header, EntryType::XHeader, body.len());
        self.body(&body);
        self
    }

    fn entry(mut self, header: Header, kind: EntryType, content: &[u8]) -> Self {
        self.header(header, kind, content.len());
        self.body(content);
        self
    }

    fn header(&mut self, mut header: Header, kind: EntryType, size: usize) {
        header.set_entry_type(kind);
        header.set_size(size as u64);
        header.set_mode(0o644);
        header.set_cksum();
        self.bytes.extend_from_slice(header.as_bytes());
    }

    fn body(&mut self, content: &[u8]) {
        self.bytes.extend_from_slice(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(BLOCK), 0);
    }
}

/// The body of a PAX header: `LEN KEY=VALUE` and a newline for each field; LEN counts itself.
pub fn pax_body(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in fields {
        let rest = key.len() + value.len() + 3;
        let mut len = rest + 1;
        while rest + len.to_string().len() != len {
            len = rest + len.to_string().len();
        }
        body.extend_from_slice(format!("{len} {key}={value}\n").as_bytes());
    }
    body
}

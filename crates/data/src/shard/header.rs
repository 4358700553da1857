//! A header block of a tar: whether it is one, and its fields. Also recognises files that are not
//! tars.
//!
//! The `tar` crate parses the fields, except for the size, which it treats as positive whatever the
//! header holds.

use tar::{EntryType, Header};

use super::BLOCK;

/// The name in the header block, with the ustar prefix.
pub(super) fn member_name(header: &Header) -> String {
    String::from_utf8_lossy(&header.path_bytes()).into_owned()
}

/// Reads the size field: octal digits, or a number of 12 bytes in two's complement whose first bit
/// is always set (GNU tar, "base-256"). The error describes an invalid field.
pub(super) fn size(header: &Header) -> Result<u64, String> {
    let field = &header.as_bytes()[124..136];
    if field[0] & 0x80 != 0 {
        if field[0] & 0x40 != 0 {
            return Err("a negative size".into());
        }
        let (high, low) = field.split_at(4);
        let low = low.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        return if high == [0x80, 0, 0, 0] { Ok(low) } else { Err("a size of more than 64 bits".into()) };
    }
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    let text = field[..end].trim_ascii();
    let digits = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|digits| u64::from_str_radix(digits, 8).ok()) {
        Some(size) => Ok(size),
        // Old writers leave the field blank if there is no content.
        None if text.is_empty() => Ok(0),
        None if text[0] == b'-' => Err("a negative size".into()),
        None => Err(format!("an unreadable size (`{}`)", field.escape_ascii())),
    }
}

/// Whether members of this type have no content. Some writers still store a size: that of the
/// link's target.
pub(super) fn is_without_content(kind: EntryType) -> bool {
    matches!(
        kind,
        EntryType::Link
            | EntryType::Symlink
            | EntryType::Char
            | EntryType::Block
            | EntryType::Directory
            | EntryType::Fifo
    )
}

/// Whether a block is certainly a header: it has the ustar magic and the right checksum.
pub(super) fn is_surely_header(block: &[u8]) -> bool {
    block.len() == BLOCK as usize && block[257..262] == *b"ustar" && checksum_fits(Header::from_byte_slice(block))
}

/// Whether the checksum is right: the sum of the block with its checksum field read as spaces
/// (POSIX `pax`, "ustar Interchange Format"). Some old writers summed signed bytes.
pub(super) fn checksum_fits(header: &Header) -> bool {
    let Ok(stored) = header.cksum() else { return false };
    let block = header.as_bytes();
    let field = &block[148..156];
    let unsigned = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let spaces = 8 * u32::from(b' ');
    if stored == unsigned(block) - unsigned(field) + spaces {
        return true;
    }
    let signed = |bytes: &[u8]| bytes.iter().map(|byte| i64::from(*byte as i8)).sum::<i64>();
    i64::from(stored) == signed(block) - signed(field) + i64::from(spaces)
}

/// The compressor of a file that begins with a skippable frame (RFC 8878, 3.1.2, shared by zstd and
/// lz4): the one whose own frame follows within the bytes, else zstd, which writes such frames
/// first (pzstd).
fn skippable_frame(head: &[u8]) -> Option<&'static str> {
    let (magic, rest) = head.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*magic) & 0xffff_fff0 != 0x184d_2a50 {
        return None;
    }
    let (size, rest) = rest.split_first_chunk::<4>()?;
    let next = usize::try_from(u32::from_le_bytes(*size)).ok().and_then(|size| rest.get(size..));
    let is_lz4 = next.is_some_and(|next| next.starts_with(b"\x04\x22\x4d\x18"));
    Some(if is_lz4 { "lz4" } else { "zstd" })
}

/// Recognises an `.lzma` file, which has no magic. Its header is a byte of properties below 225, a
/// dictionary size of 2^n or 2^n + 2^(n−1), and the length of the content, or all ones if unknown
/// ("lzma-file-format.txt" of XZ Utils, 1.1). Its range coder begins with a zero byte. A tar has
/// text in these positions.
fn lzma(head: &[u8]) -> Option<&'static str> {
    let header = head.first_chunk::<14>()?;
    let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
    let power = dictionary.checked_shr(dictionary.trailing_zeros()).is_some_and(|odd| matches!(odd, 1 | 3));
    let [.., a, b, c, d, e, f, g, h, _] = *header;
    let length = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let known = length == u64::MAX || length < 1 << 38;
    (header[0] < 225 && dictionary >= 4096 && power && known && header[13] == 0).then_some("lzma")
}

/// Recognises a file that is not a tar by its first bytes. Returns a message with the format and
/// the remedy.
pub(super) fn other_format(head: &[u8]) -> Option<String> {
    const COMPRESSED: [(&[u8], &str); 12] = [
        (b"\x1f\x8b", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xfd7zXZ\0", "xz"),
        (b"BZh", "bzip2"),
        (b"\x04\x22\x4d\x18", "lz4"),
        (b"\x02\x21\x4c\x18", "lz4"),
        (b"\x03\x21\x4c\x18", "lz4"),
        (b"\x89LZO\0\r\n\x1a\n", "lzop"),
        (b"LRZI", "lrzip"),
        (b"LZIP", "lzip"),
        (b"\x1f\x9d", "compress"),
        (b"\x1f\xa0", "compress"),
    ];
    let begins = |magic: &&[u8]| head.starts_with(magic);
    let by_magic = COMPRESSED.iter().find(|(magic, _)| begins(magic)).map(|(_, name)| *name);
    if let Some(name) = by_magic.or_else(|| skippable_frame(head)).or_else(|| lzma(head)) {
        return Some(format!("is {name}-compressed; tiles are read in place, so decompress it to a plain .tar"));
    }
    let (zip, seven) = ([&b"PK\x03\x04"[..], b"PK\x05\x06"], [&b"7z\xbc\xaf\x27\x1c"[..]]);
    for (magics, name) in [(&zip[..], "zip"), (&seven[..], "7z")] {
        if magics.iter().any(begins) {
            return Some(format!("is a {name} archive, not a tar; unpack it and pack it as a plain .tar"));
        }
    }
    if begins(&&b"version https://git-lfs"[..]) {
        return Some("is a Git LFS pointer instead of the archive; fetch the archive with `git lfs pull`".into());
    }
    let text = head.trim_ascii_start();
    let page = [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|tag| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag)));
    page.then(|| "is a web page, not a tar: the download failed; download it again".into())
}

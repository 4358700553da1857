//! SQLite's record format: varints and the values of one row. Knows bytes only, neither pages nor
//! tables.
//!
//! Format: SQLite "Database File Format", 2.1.

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ColumnValue {
    Null,
    Integer(i64),
    Text(String),
    /// A float or a blob: none of the sidecar's columns has one.
    Other,
}

/// The 32-bit number at an offset.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// The 16-bit number at an offset.
pub(super) fn short(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?)))
}

/// Takes a number of one to nine bytes off the front.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for taken in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if taken == 8 {
            return Some(value << 8 | u64::from(*byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The number of at most eight bytes at the end of `bytes`: only its last byte is below 128.
pub(super) fn varint_before(bytes: &[u8]) -> Option<u64> {
    let (last, before) = bytes.split_last()?;
    let more = before.iter().rev().take_while(|byte| **byte & 0x80 != 0).count();
    (*last & 0x80 == 0 && more < 8).then(|| varint(&mut &bytes[before.len() - more..]))?
}

fn value_len(kind: u64) -> Option<u64> {
    Some(match kind {
        0 | 8 | 9 => 0,
        1..=4 => kind,
        5 => 6,
        6 | 7 => 8,
        12.. => (kind - 12) / 2,
        _ => return None,
    })
}

/// The length in bytes of the record that begins here, according to its header.
pub(super) fn record_len(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let header = usize::try_from(varint(&mut rest)?).ok()?;
    let mut kinds = bytes.get(bytes.len() - rest.len()..header)?;
    let mut len = header as u64;
    while !kinds.is_empty() {
        len = len.checked_add(value_len(varint(&mut kinds)?)?)?;
    }
    usize::try_from(len).ok()
}

/// The values of a record; `None` if its parts do not fit together.
pub(super) fn record(payload: &[u8]) -> Option<Vec<ColumnValue>> {
    let mut rest = payload;
    let header = usize::try_from(varint(&mut rest)?).ok()?;
    let mut kinds = payload.get(payload.len() - rest.len()..header)?;
    let mut body = payload.get(header..)?;
    let mut values = Vec::new();
    while !kinds.is_empty() {
        let kind = varint(&mut kinds)?;
        let (bytes, after) = body.split_at_checked(usize::try_from(value_len(kind)?).ok()?)?;
        body = after;
        values.push(match kind {
            0 => ColumnValue::Null,
            8 => ColumnValue::Integer(0),
            9 => ColumnValue::Integer(1),
            1..=6 => {
                let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
                ColumnValue::Integer(
                    bytes.iter().fold(if negative { -1 } else { 0 }, |sum, byte| sum << 8 | i64::from(*byte)),
                )
            }
            kind if kind % 2 == 1 && kind > 12 => ColumnValue::Text(String::from_utf8(bytes.to_vec()).ok()?),
            _ => ColumnValue::Other,
        });
    }
    body.is_empty().then_some(values)
}

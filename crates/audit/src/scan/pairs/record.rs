//! Pairs as records of a fixed size, which sort by the tiles.

use super::{PairKind, TilePair};

/// Returns a pair as a record: both tiles, the kind, the shift, the rows.
pub(super) fn record_of(pair: TilePair) -> [u8; 17] {
    let mut record = [0; 17];
    record[..4].copy_from_slice(&pair.a.to_be_bytes());
    record[4..8].copy_from_slice(&pair.b.to_be_bytes());
    record[8] = pair.kind as u8;
    record[9..13].copy_from_slice(&pair.shift.to_be_bytes());
    record[13..15].copy_from_slice(&pair.rows.0.to_be_bytes());
    record[15..].copy_from_slice(&pair.rows.1.to_be_bytes());
    record
}

/// Returns the pair in a record.
pub(super) fn pair_of(record: &[u8; 17]) -> TilePair {
    let kind = match record[8] {
        0 => PairKind::SameBytes,
        1 => PairKind::SamePixels,
        _ => PairKind::NearSignature,
    };
    let rows = |at: usize| u16::from_be_bytes([record[at], record[at + 1]]);
    TilePair {
        a: tile(&record[..4]),
        b: tile(&record[4..8]),
        kind,
        shift: tile(&record[9..13]) as i32,
        rows: (rows(13), rows(15)),
    }
}

/// The tile in four bytes.
pub(super) fn tile(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |tile, byte| tile << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pair_survives_its_record() {
        for kind in [PairKind::SameBytes, PairKind::SamePixels, PairKind::NearSignature] {
            let pair = TilePair { a: 7, b: 70_000, kind, shift: -412, rows: (12, 300) };
            assert_eq!(pair_of(&record_of(pair)), pair);
        }
    }

    #[test]
    fn records_sort_by_their_tiles() {
        let pairs = [(1, 2), (1, 256), (1, 70_000), (255, 256), (256, 257)];
        let record = |(a, b)| record_of(TilePair { a, b, kind: PairKind::NearSignature, shift: 0, rows: (1, 1) });
        let records: Vec<_> = pairs.into_iter().map(record).collect();
        assert!(records.is_sorted(), "{records:?}");
    }
}

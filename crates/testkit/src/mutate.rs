//! Random damage for property tests: changes files of a corpus as disks, tools and malice do.
//!
//! Knows bytes, and the checksums of tar. Tests decide how to use an input, see [`crate::fuzz`].

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const BLOCK: usize = 512;
/// The largest input, in bytes: larger ones take more time than they are worth.
const UP_TO_BYTES: usize = 1 << 20;
/// The number of mutations of an input. One is the usual damage; a few together reach code that
/// refuses a single one early.
const MUTATIONS: std::ops::Range<usize> = 1..7;

/// The contents of a folder's files, in the order of their names.
///
/// # Panics
/// If the folder cannot be read or is empty: a test without inputs would pass whatever the code
/// does.
pub fn corpus(dir: &Path) -> Vec<Vec<u8>> {
    let entries = dir.read_dir().unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}: it has no files", dir.display());
    paths.iter().map(|path| std::fs::read(path).expect("a readable file of the corpus")).collect()
}

/// Damaged bytes: files of the corpus with byte mutations.
pub fn mutated(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    inputs(corpus, byte_mutation().boxed())
}

/// Damaged tar archives, with byte mutations and mutations of whole blocks and header fields. Most
/// get correct checksums again, so that the code after the check is reached.
pub fn mutated_tar(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let one = prop_oneof![2 => byte_mutation(), 3 => tar_mutation()];
    (inputs(corpus, one.boxed()), prop::bool::weighted(0.8)).prop_map(|(mut bytes, fits)| {
        if fits {
            fit_checksums(&mut bytes);
        }
        bytes
    })
}

/// Damaged text, with byte mutations and inserted pieces that parsers of text stumble over. Mostly
/// UTF-8, not always.
pub fn mutated_text(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    inputs(corpus, prop_oneof![1 => byte_mutation(), 3 => text_mutation()].boxed())
}

/// Damaged text for functions that take a `str`: invalid UTF-8 becomes replacement characters.
pub fn mutated_string(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = String> {
    mutated_text(corpus).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Recomputes the checksum of each block that has one, so that it counts as a header after any
/// change.
pub fn fit_checksums(tar: &mut [u8]) {
    for block in tar.chunks_exact_mut(BLOCK) {
        let field = &block[148..154];
        let has_one = block[257..262] == *b"ustar" || field.iter().all(|byte| matches!(byte, b'0'..=b'7' | b' '));
        if has_one {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
}

/// A way to damage bytes. Positions are fractions of the length at the time of the mutation.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(Index, u8),
    Put(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Repeat {
        at: Index,
        len: usize,
        times: usize,
    },
    Delete(Index, usize),
    Truncate(Index),
    /// Replaces a piece with one of another file of the corpus.
    Splice {
        at: Index,
        len: usize,
        other: Index,
        from: Index,
    },
    /// Copies a block before another one (`keep`), or over it.
    MoveBlock {
        from: Index,
        to: Index,
        keep: bool,
    },
    DeleteBlocks(Index, usize),
    /// Overwrites bytes at an offset in a block: a field of a header.
    Field {
        block: Index,
        offset: usize,
        bytes: Vec<u8>,
    },
}

fn inputs(corpus: Vec<Vec<u8>>, one: BoxedStrategy<Mutation>) -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), vec(one, MUTATIONS)).prop_map(move |(file, mutations)| {
        let mut bytes = corpus[file.index(corpus.len())].clone();
        for mutation in mutations {
            mutation.apply(&mut bytes, &corpus);
            bytes.truncate(UP_TO_BYTES);
        }
        bytes
    })
}

fn byte_mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        4 => (at(), number()).prop_map(|(at, bytes)| Mutation::Put(at, bytes)),
        2 => (at(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        2 => (at(), 1..2000_usize, 1..40_usize).prop_map(|(at, len, times)| Mutation::Repeat { at, len, times }),
        2 => (at(), 1..2000_usize).prop_map(|(at, len)| Mutation::Delete(at, len)),
        1 => at().prop_map(Mutation::Truncate),
        2 => (at(), 1..2000_usize, at(), at())
            .prop_map(|(at, len, other, from)| Mutation::Splice { at, len, other, from }),
    ]
}

/// Numbers at the limits of types, in one to eight bytes of either order, and single bytes of any
/// value.
fn number() -> impl Strategy<Value = Vec<u8>> {
    let borders = select(vec![
        0_u64,
        1,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        u64::MAX >> 1,
        u64::MAX,
    ]);
    let number = (borders, 1..9_usize, any::<bool>()).prop_map(|(number, width, big)| {
        let bytes = number.to_le_bytes()[..width].to_vec();
        if big { bytes.into_iter().rev().collect() } else { bytes }
    });
    prop_oneof![number, any::<u8>().prop_map(|byte| vec![byte])]
}

fn tar_mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        6 => (at(), field()).prop_map(|(block, (offset, bytes))| Mutation::Field { block, offset, bytes }),
        2 => (at(), at(), any::<bool>()).prop_map(|(from, to, keep)| Mutation::MoveBlock { from, to, keep }),
        1 => (at(), 1..4_usize).prop_map(|(at, count)| Mutation::DeleteBlocks(at, count)),
    ]
}

/// The offset of a header field, and a value that does not belong there.
fn field() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let names = ["", "/", "..", "../../x", "/abs/x", "./x", "a//b/", "a\\b", "\0", "shard_000/a.png", "\u{fffd}"];
    let sizes: [&[u8]; 12] = [
        b"00000000000\0",
        b"00000000001\0",
        b"77777777777\0",
        b"777777777777",
        b"-0000000001\0",
        b"9           ",
        b"            ",
        b"\x80\0\0\0\0\0\0\0\0\0\x02\0",
        b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xfe\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ];
    let name = select(names.to_vec()).prop_map(|name| {
        let mut bytes = name.as_bytes().to_vec();
        bytes.resize(100, 0);
        bytes
    });
    let magic = select(vec![&b"ustar\x0000"[..], b"ustar  \0", b"\0\0\0\0\0\0\0\0", b"ustar\0\xff\xff"]);
    prop_oneof![
        3 => select(b"01234567SLKxgVMDNAX\0?".to_vec()).prop_map(|kind| (156, vec![kind])),
        3 => select(sizes.to_vec()).prop_map(|size| (124, size.to_vec())),
        2 => (select(vec![0_usize, 157, 345]), name),
        1 => magic.prop_map(|magic| (257, magic.to_vec())),
        1 => select(vec![148_usize, 386, 482, 483, 504]).prop_map(|at| (at, vec![1])),
    ]
}

fn text_mutation() -> impl Strategy<Value = Mutation> {
    let pieces = [
        "\"",
        "\\",
        "\\u",
        "\\ud800",
        "\\udc00",
        "\\ud83d\\ude00",
        "\\u0000",
        "\0",
        "{",
        "}",
        "[",
        "]",
        "[[[[[[[[",
        ":",
        ",",
        "\n",
        "\r",
        "\r\n",
        "\u{feff}",
        "\u{2028}",
        "\u{202e}",
        "\u{301}",
        "ß",
        "𝄞",
        "null",
        "true",
        "-0",
        "1e999",
        "1e-999",
        "18446744073709551616",
        "-9223372036854775809",
        "0.1",
        "NaN",
        "(",
        ")",
        "'",
        "*",
        "-",
        "=",
        ">",
        "<",
        "..",
        "/",
        " ",
        "\t",
        "#",
        "%",
        "\u{7f}",
    ];
    let piece = || select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec());
    let at = any::<Index>;
    prop_oneof![
        3 => (at(), piece()).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
        2 => (at(), piece()).prop_map(|(at, piece)| Mutation::Put(at, piece)),
        1 => (at(), piece(), 2..300_usize).prop_map(|(at, piece, times)| Mutation::Insert(at, piece.repeat(times))),
    ]
}

impl Mutation {
    fn apply(self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        // Empty bytes allow only insertion.
        if bytes.is_empty() {
            if let Self::Insert(_, piece) = self {
                *bytes = piece;
            }
            return;
        }
        let len_now = bytes.len();
        let range = |at: Index, len: usize| {
            let at = at.index(len_now);
            at..at.saturating_add(len).min(len_now)
        };
        let blocks = len_now.div_ceil(BLOCK);
        let block = |at: Index, count: usize| {
            let at = at.index(blocks);
            at * BLOCK..((at + count) * BLOCK).min(len_now)
        };
        match self {
            Self::Flip(at, bit) => bytes[at.index(len_now)] ^= 1 << bit,
            Self::Put(at, piece) => put(bytes, at.index(len_now), &piece),
            Self::Insert(at, piece) => drop(bytes.splice(range(at, 0), piece)),
            Self::Repeat { at, len, times } => {
                let range = range(at, len);
                let piece = bytes[range.clone()].repeat(times);
                bytes.splice(range.end..range.end, piece);
            }
            Self::Delete(at, len) => drop(bytes.drain(range(at, len))),
            Self::Truncate(at) => bytes.truncate(at.index(len_now)),
            Self::Splice { at, len, other, from } => {
                let other = &corpus[other.index(corpus.len())];
                if !other.is_empty() {
                    let from = from.index(other.len());
                    let piece = &other[from..from.saturating_add(len).min(other.len())];
                    bytes.splice(range(at, len), piece.iter().copied());
                }
            }
            Self::MoveBlock { from, to, keep } => {
                let (from, to) = (block(from, 1), block(to, 0).start);
                let piece = bytes[from.clone()].to_vec();
                if keep {
                    bytes.splice(to..to, piece);
                } else {
                    put(bytes, to, &piece);
                }
            }
            Self::DeleteBlocks(at, count) => drop(bytes.drain(block(at, count))),
            Self::Field { block: at, offset, bytes: piece } => {
                let block = block(at, 1);
                put(bytes, (block.start + offset).min(len_now), &piece);
            }
        }
    }
}

/// Overwrites existing bytes, as far as they reach.
fn put(bytes: &mut [u8], at: usize, piece: &[u8]) {
    let len = piece.len().min(bytes.len() - at);
    bytes[at..at + len].copy_from_slice(&piece[..len]);
}

#[cfg(test)]
mod tests {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    use super::*;

    #[test]
    fn inputs_differ_from_their_corpus_and_stay_small() {
        let corpus = vec![b"{\"query\": \"q\"}".to_vec(), Vec::new(), vec![7; 3 * BLOCK]];
        let mut runner = TestRunner::deterministic();
        let mut changed = 0;
        for strategy in
            [mutated(corpus.clone()).boxed(), mutated_tar(corpus.clone()).boxed(), mutated_text(corpus.clone()).boxed()]
        {
            for _ in 0..300 {
                let bytes = strategy.new_tree(&mut runner).expect("an input").current();
                assert!(bytes.len() <= UP_TO_BYTES);
                changed += usize::from(!corpus.contains(&bytes));
            }
        }
        assert!(changed > 700, "{changed} of 900");
    }

    #[test]
    fn fits_the_checksum_of_a_changed_header() {
        let mut tar = crate::Tarball::new().ustar("a.png", b"content").finish();
        let content = tar[BLOCK..].to_vec();
        tar[0] = b'b';
        fit_checksums(&mut tar);
        let names: Vec<_> = tar::Archive::new(&tar[..])
            .entries()
            .expect("a tar")
            .map(|entry| entry.expect("a header with its checksum").path_bytes().into_owned())
            .collect();
        assert_eq!(names, [b"b.png"]);
        assert_eq!(tar[BLOCK..], content, "other blocks stay");
    }
}

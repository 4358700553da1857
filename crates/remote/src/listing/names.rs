//! Names of files in lists from elsewhere: which of them a dataset may have. A list is not trusted:
//! names of splits become names of files on this machine.

/// The most bytes of a path.
const PATH_UP_TO_BYTES: usize = 4096;
/// The most bytes of a name that every file system takes, less those of a temporary name.
const SPLIT_UP_TO_BYTES: usize = 200;

/// Whether a path leads to a file below the dataset, and to nothing else on any system.
pub(crate) fn is_usable(path: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | "..");
    path.len() <= PATH_UP_TO_BYTES
        && path.split('/').all(is_part)
        && !path.chars().any(char::is_control)
        && (!path.ends_with(".jsonl") || path.contains('/') || is_usual(path))
        && (!path.ends_with(".parquet") || path.rsplit('/').next().is_some_and(is_usual))
}

/// Whether a split's name is that of a file on every system.
fn is_usual(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let is_device = matches!(stem.to_ascii_lowercase().as_str(), "con" | "prn" | "aux" | "nul" | "com1" | "lpt1");
    name.len() <= SPLIT_UP_TO_BYTES && !is_device && !name.contains(['\\', ':', '*', '?', '"', '<', '>', '|'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_not_usable() {
        let long = format!("{}.jsonl", "x".repeat(300));
        for path in [
            "",
            "..",
            "../a.jsonl",
            "a/../../b.tar",
            "/etc/a.jsonl",
            "a//b.tar",
            "./a.tar",
            "a\0.jsonl",
            "a\n.tar",
            "..\\..\\a.jsonl",
            "C:a.jsonl",
            "nul.jsonl",
            "data/train-0:1.parquet",
            "nul.parquet",
            &long,
        ] {
            assert!(!is_usable(path), "{path:?}");
        }
    }

    #[test]
    fn special_characters_are_usable() {
        for path in ["a b#c+d%2Fe.jsonl", "image_shards/a:b?.tar", "..a/b...tar", "ü/日本.tar", ".jsonl"] {
            assert!(is_usable(path), "{path:?}");
        }
    }
}

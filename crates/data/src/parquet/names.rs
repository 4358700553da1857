//! The names of Parquet files: which of them are the parts of one split, and in which order.
//!
//! Knows names, relative to the folder of a dataset; it opens no file. The names are those that
//! `datasets`, the Hub, Spark, polars and pandas write.

use std::collections::BTreeMap;

use crate::split::HARD_NEGATIVES;

/// The folder in which the Hub keeps the files of a dataset.
pub(crate) const DATA: &str = "data";
/// The names of splits that need no look into the file, and may be folders with numbered files.
const USUAL: [&str; 7] = ["train", "eval", "test", "validation", "valid", "val", "dev"];
/// Numbered files without any name are this split, as `datasets` has it.
const UNNAMED: &str = "train";
/// A series of files begins with one of these numbers; others are years or versions.
const FIRST_NUMBERS: [u64; 2] = [0, 1];

/// The Parquet files of one split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParquetNames {
    /// The name of the split, such as `train` or `train_hn`.
    pub split: String,
    /// The files in the order of their numbers, relative to the folder, with `/`.
    pub files: Vec<String>,
    /// The number of files that the names say are missing.
    pub missing: u64,
    /// Files of the same split in a less usual place, which are not read.
    pub unused: Vec<String>,
}

impl ParquetNames {
    /// The file, or a pattern for the names of all files: `data/train-*-of-00003.parquet`.
    pub fn label(&self) -> String {
        let [first, others @ ..] = &*self.files else { return String::new() };
        if others.is_empty() {
            return first.clone();
        }
        let both = |len: usize, same: &dyn Fn(&[u8], usize) -> bool| {
            (0..len).take_while(|at| self.files.iter().all(|file| same(file.as_bytes(), *at))).count()
        };
        let bytes = first.as_bytes();
        let start = both(bytes.len(), &|file, at| file.get(at) == bytes.get(at));
        let end = both(bytes.len() - start, &|file, at| {
            file.len() > at && file[file.len() - 1 - at] == bytes[bytes.len() - 1 - at]
        });
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let start = text(&bytes[..start]);
        let end = text(&bytes[bytes.len() - end..]);
        let is_digit = |c: char| c.is_ascii_digit();
        format!("{}*{}", start.trim_end_matches(is_digit), end.trim_start_matches(is_digit))
    }

    /// The name of the split without the suffix for hard negatives.
    pub fn family(&self) -> &str {
        self.split.strip_suffix(HARD_NEGATIVES).unwrap_or(&self.split)
    }
}

/// Whether a name is one that most datasets give to a split. A folder with such a name can have its
/// files, at the top of a dataset or in its folder `data`.
pub fn is_usual_split(name: &str) -> bool {
    USUAL.contains(&name)
}

/// Finds the splits among paths that are relative to the folder of a dataset: files at its top, in
/// `data`, and numbered files in a folder with the name of a split in either. Paths that are
/// elsewhere, hidden or not Parquet by their name are ignored.
pub fn parquet_names<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<ParquetNames> {
    let mut series: BTreeMap<(String, Place), Vec<(Number, String)>> = BTreeMap::new();
    for path in paths {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(stem) = file.strip_suffix(".parquet").filter(|stem| !stem.is_empty() && !stem.starts_with('.')) else {
            continue;
        };
        let (top, below) = match folder.split_once('/') {
            Some((DATA, below)) => (Place::Data, below),
            Some(_) => continue,
            None if folder == DATA => (Place::Data, ""),
            None => (Place::Top, folder),
        };
        let (name, number) = name_and_number(stem);
        let found = match (below, name) {
            ("", "") => (UNNAMED.to_owned(), top),
            ("", name) => (name.to_owned(), top),
            // A file in a folder is a part of a split only by the folder's name.
            (split, "" | "part") if is_usual_split(split) => (split.to_owned(), Place::Folder),
            _ => continue,
        };
        series.entry(found).or_default().push((number, path.to_owned()));
    }
    let mut splits: BTreeMap<String, ParquetNames> = BTreeMap::new();
    // The more usual place comes first.
    for ((name, _), files) in series {
        for (split, files) in divided(name, files) {
            match splits.get_mut(&split) {
                Some(found) => found.unused.extend(files.into_iter().map(|(_, path)| path)),
                None => drop(splits.insert(split.clone(), of_series(split, files))),
            }
        }
    }
    splits.into_values().collect()
}

/// The place of a file, the most usual one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Top,
    Data,
    Folder,
}

/// The numbers in a file's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Number {
    /// The number of files that there are, if the name says so.
    of: Option<u64>,
    /// The number of this file.
    own: Option<u64>,
}

fn of_series(split: String, mut files: Vec<(Number, String)>) -> ParquetNames {
    files.sort();
    // A file without a number is the whole split.
    let unused = match files.iter().position(|(number, _)| number.own.is_none()) {
        Some(whole) if files.len() > 1 => {
            let whole = files.swap_remove(whole);
            std::mem::replace(&mut files, vec![whole]).into_iter().map(|(_, path)| path).collect()
        }
        _ => Vec::new(),
    };
    let of = files.first().and_then(|(number, _)| number.of);
    let missing = of.map_or(0, |of| of.saturating_sub(files.len() as u64));
    ParquetNames { split, files: files.into_iter().map(|(_, path)| path).collect(), missing, unused }
}

/// Divides the files of one name: those that are no series are splits of their own.
fn divided(name: String, files: Vec<(Number, String)>) -> Vec<(String, Vec<(Number, String)>)> {
    let first = files.iter().filter_map(|(number, _)| number.own).min();
    if first.is_none_or(|first| FIRST_NUMBERS.contains(&first)) {
        return vec![(name, files)];
    }
    let own = |(_, path): (Number, String)| {
        let file = path.rsplit_once('/').map_or(&*path, |(_, file)| file);
        (file.trim_end_matches(".parquet").to_owned(), vec![(Number::default(), path)])
    };
    files.into_iter().map(own).collect()
}

/// The name of the split and the numbers in the stem of a file's name. The name is empty if there
/// are only numbers.
fn name_and_number(stem: &str) -> (&str, Number) {
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    // `train-00000-of-00003`, also with a hash behind it.
    let parts: Vec<&str> = stem.split('-').collect();
    let start = |part: usize| parts[..part].join("-").len();
    for (at, window) in parts.windows(3).enumerate() {
        if let (Some(own), "of", Some(of)) = (number(window[0]), window[1], number(window[2])) {
            return (&stem[..start(at)], Number { own: Some(own), of: Some(of) });
        }
    }
    // `part-00000-….snappy`
    if let [name, own, _, ..] = &*parts
        && let Some(own) = number(own).filter(|_| own.len() > 3)
    {
        return (name, Number { own: Some(own), of: None });
    }
    // `train_0`, `train-0001`, `0001`
    let name = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    match number(&stem[name.len()..]) {
        Some(own) if name.is_empty() => ("", Number { own: Some(own), of: None }),
        Some(own) if name.len() > 1 && name.ends_with(['-', '_']) => {
            (&name[..name.len() - 1], Number { own: Some(own), of: None })
        }
        _ => (stem, Number::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The splits as `name: files`, with what is not read behind `not`.
    fn splits(paths: &[&str]) -> Vec<String> {
        let shown = |names: ParquetNames| {
            let unused =
                if names.unused.is_empty() { String::new() } else { format!(" not {}", names.unused.join(" ")) };
            format!("{}: {}{unused}", names.split, names.files.join(" "))
        };
        parquet_names(paths.iter().copied()).into_iter().map(shown).collect()
    }

    #[test]
    fn finds_the_splits_of_usual_names() {
        for (paths, expected) in [
            (&["train.parquet", "test.parquet"][..], &["test: test.parquet", "train: train.parquet"][..]),
            (
                &["data/train-00001-of-00002.parquet", "data/train-00000-of-00002.parquet"],
                &["train: data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet"],
            ),
            (&["data/train-00000-of-00001-b43f.parquet"], &["train: data/train-00000-of-00001-b43f.parquet"]),
            (
                &["train_10.parquet", "train_9.parquet", "train_1.parquet"],
                &["train: train_1.parquet train_9.parquet train_10.parquet"],
            ),
            (&["0001.parquet", "0000.parquet"], &["train: 0000.parquet 0001.parquet"]),
            (&["train/0001.parquet", "train/0000.parquet"], &["train: train/0000.parquet train/0001.parquet"]),
            (&["data/test/part-00000-9a-c000.snappy.parquet"], &["test: data/test/part-00000-9a-c000.snappy.parquet"]),
            (&["part-00000-9a-c000.snappy.parquet"], &["part: part-00000-9a-c000.snappy.parquet"]),
            (&["train_hn.parquet"], &["train_hn: train_hn.parquet"]),
            (&["a-b-00000-of-00001.parquet"], &["a-b: a-b-00000-of-00001.parquet"]),
        ] {
            assert_eq!(splits(paths), expected);
        }
    }

    #[test]
    fn years_and_versions_are_no_parts() {
        let paths = ["train-2023.parquet", "train-2024.parquet", "v2.parquet", "7_9.parquet"];
        let expected =
            ["7_9: 7_9.parquet", "train-2023: train-2023.parquet", "train-2024: train-2024.parquet", "v2: v2.parquet"];
        assert_eq!(splits(&paths), expected);
    }

    #[test]
    fn other_files_are_ignored() {
        let others = ["a.jsonl", ".parquet", ".a.parquet", "data/.a.parquet", "x/train.parquet", "data/x/0000.parquet"];
        let deep = ["train/test.parquet", "data/train/x/0000.parquet", "train.parquet/a.png"];
        assert!(splits(&others).is_empty(), "{:?}", splits(&others));
        assert!(splits(&deep).is_empty(), "{:?}", splits(&deep));
    }

    #[test]
    fn one_place_and_the_whole_file_are_read() {
        let places = ["train/0000.parquet", "data/train-00000-of-00001.parquet", "train.parquet"];
        assert_eq!(splits(&places), ["train: train.parquet not data/train-00000-of-00001.parquet train/0000.parquet"]);
        let whole = ["train-00000-of-00002.parquet", "train.parquet", "train-00001-of-00002.parquet"];
        let [names] = &*parquet_names(whole.into_iter()) else { panic!("{:?}", splits(&whole)) };
        assert_eq!((&*names.files, names.missing, names.unused.len()), (&["train.parquet".to_owned()][..], 0, 2));
    }

    #[test]
    fn counts_missing_files() {
        let paths = ["train-00000-of-00003.parquet", "train-00002-of-00003.parquet"];
        assert_eq!(parquet_names(paths.into_iter())[0].missing, 1);
        assert_eq!(parquet_names(["train-0.parquet", "train-2.parquet"].into_iter())[0].missing, 0);
        assert_eq!(parquet_names(["train-99999999999999999999999-of-2.parquet"].into_iter())[0].missing, 0);
    }

    #[test]
    fn labels_name_all_files() {
        for (paths, label) in [
            (&["data/train-00000-of-00001.parquet"][..], "data/train-00000-of-00001.parquet"),
            (
                &["data/train-00000-of-00003.parquet", "data/train-00001-of-00003.parquet"],
                "data/train-*-of-00003.parquet",
            ),
            (&["train_1.parquet", "train_11.parquet"], "train_*.parquet"),
            (&["train/0000.parquet", "train/0001.parquet"], "train/*.parquet"),
        ] {
            assert_eq!(parquet_names(paths.iter().copied())[0].label(), label);
        }
    }
}

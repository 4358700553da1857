//! A dataset folder in the published layout, small enough to read in a debugger.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::picture;
use crate::tarball::Tarball;

/// An unfinished dataset folder: collects rows and tiles for [`Set::write`].
#[derive(Clone, Default)]
pub struct Set {
    splits: Vec<(String, Vec<String>)>,
    shards: Vec<(String, Tarball)>,
}

/// An unfinished row.
#[derive(Clone)]
pub struct Row(Map<String, Value>);

impl Row {
    /// A row with a query and a positive but no negatives.
    pub fn new(query: &str, positive: &str) -> Self {
        let mut row = Map::new();
        row.insert("query".into(), json!(query));
        row.insert("chunk_path".into(), json!(positive));
        Self(row)
    }

    /// A row whose tiles have names of one letter; `path` spells them.
    pub fn of_letters(query: &str, positive: char, negatives: &str, path: impl Fn(char) -> String) -> Self {
        let paths: Vec<String> = negatives.chars().map(&path).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        Self::new(query, &path(positive)).negatives(&paths)
    }

    /// Sets the hard negatives.
    #[must_use]
    pub fn negatives(self, paths: &[&str]) -> Self {
        self.field("neg_chunk_paths", json!(paths))
    }

    /// Sets any field.
    #[must_use]
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.into(), value);
        self
    }

    /// The row as the publisher's scripts write it: a space after `:` and `,`, and no escapes for
    /// non-ASCII characters.
    pub fn line(&self) -> String {
        let fields: Vec<String> =
            self.0.iter().map(|(key, value)| format!("{}: {}", json!(key), spaced(value))).collect();
        format!("{{{}}}", fields.join(", "))
    }
}

fn spaced(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// The path of a tile as spelled in rows, from the numbers of shard, page and chunk.
pub fn tile(shard: u32, page: u32, chunk: u32) -> String {
    format!("images/shard_{shard:03}/shard_{:05}/{page}.png.tiles/chunk_0000_{chunk:02}.png", page % 7)
}

/// The member name of a row's path.
pub fn member(path: &str) -> &str {
    path.strip_prefix("images/").unwrap_or(path)
}

impl Set {
    /// An empty dataset.
    pub fn new() -> Self {
        Self::default()
    }

    /// `queries` rows in `train`, each with one positive and `negatives` hard negatives, in two
    /// shards. Every tile exists, in one place.
    pub fn plain(queries: u32, negatives: u32) -> Self {
        let mut set = Self::new();
        for query in 0..queries {
            let shard = query % 2;
            let paths: Vec<String> = (0..=negatives).map(|chunk| tile(shard, 1000 + query, chunk)).collect();
            for (chunk, path) in paths.iter().enumerate() {
                set = set.tile(path, &picture::png(70, 82, (query * 16) as u8 + chunk as u8));
            }
            let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
            let row = Row::new(&format!("What is shown on page {query}?"), &paths[0]).negatives(&negatives);
            set = set.row("train", &row.field("split", json!("train")));
        }
        set
    }

    /// Adds a row to a split's file.
    #[must_use]
    pub fn row(self, split: &str, row: &Row) -> Self {
        self.line(split, &row.line())
    }

    /// Adds any line to a split's file.
    #[must_use]
    pub fn line(mut self, split: &str, line: &str) -> Self {
        match self.splits.iter_mut().find(|(name, _)| name == split) {
            Some((_, lines)) => lines.push(line.to_owned()),
            None => self.splits.push((split.to_owned(), vec![line.to_owned()])),
        }
        self
    }

    /// Adds a tile to the shard that its path names.
    #[must_use]
    pub fn tile(self, path: &str, content: &[u8]) -> Self {
        let name = member(path).split('/').next().unwrap_or_default().to_owned();
        self.tile_in(&name, path, content)
    }

    /// Adds a tile to a shard of any name.
    #[must_use]
    pub fn tile_in(mut self, shard: &str, path: &str, content: &[u8]) -> Self {
        let at = self.shards.iter().position(|(name, _)| name == shard).unwrap_or_else(|| {
            self.shards.push((shard.to_owned(), Tarball::new()));
            self.shards.len() - 1
        });
        let tarball = std::mem::take(&mut self.shards[at].1);
        self.shards[at].1 = tarball.published(member(path), content);
        self
    }

    /// Writes the folder: each known split twice, as in the published layout, and the shards below
    /// `image_shards`.
    pub fn write(&self, root: &Path) -> PathBuf {
        for (split, lines) in &self.splits {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            put(&root.join(format!("{split}.jsonl")), text.as_bytes());
            if ["train", "eval", "test"].contains(&split.as_str()) {
                put(&root.join(format!("{split}_hn.jsonl")), text.as_bytes());
            }
        }
        for (shard, tarball) in &self.shards {
            put(&root.join("image_shards").join(format!("{shard}.tar")), &tarball.clone().finish());
        }
        root.to_owned()
    }
}

/// Writes a file and creates the folders above it.
pub fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file in a folder")).expect("making a folder");
    fs::write(path, bytes).expect("writing a file");
}

//! The files of a [`Shape`] on this machine: its splits, and shards with all headers but only some
//! pictures. What is left out takes no room on the disk and reads as zeros.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::json;

use super::shape::{MEMBERS, Shape, name};

/// The splits, each with its share of the rows in percent, and the name of its twin.
const SPLITS: [(&str, usize); 3] = [("train", 90), ("eval", 5), ("test", 5)];

/// Writes the dataset to an empty folder, with the pictures of the first rows.
///
/// # Errors
/// If the folder cannot be written or a tile cannot be read.
pub(super) fn write(shape: &Shape, folder: &Path, rows_with_pictures: usize) -> io::Result<()> {
    fs::create_dir_all(folder.join("image_shards"))?;
    write_splits(shape, folder)?;
    let mut pictures: HashMap<usize, Vec<usize>> = HashMap::new();
    for (shard, member) in (0..rows_with_pictures.min(shape.rows())).flat_map(|row| shape.row(row).1) {
        pictures.entry(shard).or_default().push(member);
    }
    let mut listed = serde_json::Map::new();
    for shard in 0..shape.shards() {
        let (starts, len) = (shape.starts(shard), shape.len(shard));
        let file = File::create(folder.join(format!("image_shards/shard_{shard:03}.tar")))?;
        file.set_len(len)?;
        let mut file = BufWriter::new(file);
        for (member, start) in starts.iter().enumerate().take(MEMBERS) {
            file.seek(SeekFrom::Start(*start))?;
            file.write_all(&shape.prelude(shard, member))?;
            if pictures.get(&shard).is_some_and(|members| members.contains(&member)) {
                file.write_all(&shape.tile(shard, member)?)?;
            }
        }
        file.flush()?;
        let of_shard = json!({"file_count": MEMBERS, "size_bytes": len,
            "tar_path": format!("/export/image_shards/shard_{shard:03}.tar")});
        listed.insert(format!("shard_{shard:03}"), of_shard);
    }
    let summary = json!({"shard_count": shape.shards(), "shards": listed});
    fs::write(folder.join("image_shards_summary.json"), summary.to_string())
}

fn write_splits(shape: &Shape, folder: &Path) -> io::Result<()> {
    let mut row = 0;
    for (at, (split, share)) in SPLITS.into_iter().enumerate() {
        let end = if at + 1 == SPLITS.len() { shape.rows() } else { row + shape.rows() * share / 100 };
        let file = folder.join(format!("{split}.jsonl"));
        let mut lines = BufWriter::new(File::create(&file)?);
        for row in row..end {
            let (query, tiles) = shape.row(row);
            let paths: Vec<String> =
                tiles.iter().map(|(shard, member)| format!("images/{}", name(*shard, *member))).collect();
            let (positive, negatives) = paths.split_first().map_or(("", [].as_slice()), |(first, rest)| (first, rest));
            let line = json!({"query": query, "chunk_path": positive, "neg_chunk_paths": negatives, "split": split});
            writeln!(lines, "{line}")?;
        }
        lines.flush()?;
        // One content under two names, as published: also for a server that names contents by time.
        fs::hard_link(&file, folder.join(format!("{split}_hn.jsonl")))?;
        row = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tilejury_data::Dataset;
    use tilejury_data::progress::NoProgress;

    use super::*;

    #[test]
    fn what_is_served_is_what_lies_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let small = dir.path().join("small");
        small_set(&small);
        let shape = Shape::of(&small, 3).unwrap();
        let copy = dir.path().join("copy");
        write(&shape, &copy, 20).unwrap();
        let dataset = Dataset::open(&copy).unwrap();
        dataset.tiles.index_all(&NoProgress).ok().unwrap();
        assert_eq!((dataset.samples.len(), dataset.tiles.shard_count(), dataset.warnings.len()), (147, 3, 0));
        let mut bytes = Vec::new();
        for index in dataset.indices().take(20) {
            for tile in dataset.sample(index).unwrap().tiles() {
                let (shard, member) = Shape::member_at(&tile.path).unwrap();
                dataset.tiles.read(&dataset.tiles.locate(&tile.path).unwrap(), &mut bytes).unwrap();
                assert!(bytes == shape.tile(shard, member).unwrap(), "{}", tile.path);
                let start = shape.starts(shard)[member] + 1536;
                assert!(bytes == shape.read(shard, &(start..start + bytes.len() as u64)).unwrap(), "{}", tile.path);
            }
        }
        let whole = shape.read(1, &(0..shape.len(1))).unwrap();
        assert!(shape.read(1, &(700..900_000)).unwrap() == whole[700..900_000]);
        assert_eq!(copy.join("image_shards/shard_001.tar").metadata().unwrap().len(), whole.len() as u64);
    }

    /// A dataset with one tile that is a PNG of the usual size, and two rows.
    fn small_set(folder: &Path) {
        let page = folder.join("images/shard_000/shard_00000/1.png.tiles");
        fs::create_dir_all(&page).unwrap();
        let mut number = 1_u32;
        let noise = (0..875 * 100 * 3).map(|_| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number >> 24) as u8
        });
        let mut encoder = png::Encoder::new(File::create(page.join("chunk_0000_00.png")).unwrap(), 875, 100);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&noise.collect::<Vec<u8>>()).unwrap();
        let path = "images/shard_000/shard_00000/1.png.tiles/chunk_0000_00.png";
        let row = |query: &str, negatives: &[&str]| {
            json!({"query": query, "chunk_path": path, "neg_chunk_paths": negatives, "split": "train"}).to_string()
        };
        fs::write(folder.join("train.jsonl"), format!("{}\n{}\n", row("a", &[]), row("b", &["images/x.png"]))).unwrap();
    }
}

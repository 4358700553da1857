//! The rows that a line names: by query and path, or by split and line number.

use std::collections::HashMap;

use tilejury_data::{Dataset, LineNumber, SampleIndex, SampleKey, TilePath};

use super::line::Line;

/// The rows by query and path.
pub(super) struct RowsByName {
    repeats: HashMap<SampleKey, Vec<SampleIndex>>,
}

impl RowsByName {
    /// Lists only repeats: every other row is found by its key.
    pub(super) fn new(dataset: &Dataset) -> Self {
        let mut repeats: HashMap<SampleKey, Vec<SampleIndex>> = HashMap::new();
        for (index, sample) in dataset.indices().zip(&dataset.samples) {
            let Ok(row) = dataset.row(index) else { continue };
            let first = SampleKey::new(&row.query, &TilePath::new(&row.positive), 0);
            if first != sample.key {
                repeats.entry(first).or_default().push(index);
            }
        }
        Self { repeats }
    }

    pub(super) fn find(&self, dataset: &Dataset, line: &Line) -> Result<Vec<SampleIndex>, String> {
        match (&line.query, &line.chunk_path, &line.split, line.line.map(LineNumber::new)) {
            (Some(query), Some(path), split, number) => {
                let key = SampleKey::new(query, &TilePath::new(path), 0);
                let first = dataset.find(key);
                let others = self.repeats.get(&key).into_iter().flatten().copied();
                let mut all: Vec<SampleIndex> = first.into_iter().chain(others).collect();
                if all.is_empty() {
                    return Err(format!("no row has the query “{query}” with the chunk_path {path}"));
                }
                // Split and line distinguish repeats if one of them matches.
                for fits in [
                    &|index: &SampleIndex| split.as_ref().is_some_and(|split| dataset.split_of(*index).name == *split),
                    &|index: &SampleIndex| number.is_some_and(|number| dataset.line_of(*index) == number),
                ] as [&dyn Fn(&SampleIndex) -> bool; 2]
                {
                    if all.iter().any(fits) {
                        all.retain(fits);
                    }
                }
                Ok(all)
            }
            (None, None, Some(split), Some(number)) => {
                if !dataset.splits.iter().any(|candidate| candidate.name == *split) {
                    let names: Vec<&str> = dataset.splits.iter().map(|split| split.name.as_str()).collect();
                    return Err(format!("no split `{split}`; the splits are: {}", names.join(", ")));
                }
                let found = dataset.find_line(split, number);
                found
                    .map(|index| vec![index])
                    .ok_or_else(|| format!("no usable row on line {number} of split `{split}`"))
            }
            _ => Err("does not name a row; give `split` and `line`, or `query` and `chunk_path`".into()),
        }
    }
}

//! Words in queries: a compact copy of all queries, lower-cased, searched front to back.

use memchr::memmem::Finder;
use tilejury_data::Dataset;

/// All queries of a dataset in one piece of memory, separated by zero bytes.
pub struct SearchText {
    text: Vec<u8>,
    /// Where each query starts; one more entry for the end.
    starts: Vec<u32>,
}

impl SearchText {
    /// Copies the queries, lower-cased by Unicode's rules. About 60 bytes a row.
    pub fn build(dataset: &Dataset) -> Self {
        let mut text = Vec::new();
        let mut starts = Vec::with_capacity(dataset.samples.len() + 1);
        for index in 0..dataset.samples.len() {
            starts.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            if let Ok(row) = dataset.row(index) {
                text.extend_from_slice(row.query.to_lowercase().as_bytes());
            }
            text.push(0);
        }
        starts.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        Self { text, starts }
    }

    /// The samples whose query holds every word of `search`, anywhere and in any case; ascending. `None` for a search
    /// without words.
    pub fn find(&self, search: &str) -> Option<Vec<u32>> {
        let search = search.to_lowercase();
        let mut words: Vec<&str> = search.split_whitespace().collect();
        // The longest word is the rarest, most likely: it is looked for in all text, the others only where it stands.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let (first, others) = words.split_first()?;
        let mut found: Vec<u32> = Vec::new();
        for at in Finder::new(first.as_bytes()).find_iter(&self.text) {
            let index = self.starts.partition_point(|start| *start as usize <= at) - 1;
            if found.last() != Some(&(index as u32)) {
                found.push(index as u32);
            }
        }
        found.retain(|index| others.iter().all(|word| self.holds(*index as usize, word)));
        Some(found)
    }

    fn holds(&self, index: usize, word: &str) -> bool {
        let (start, end) = (self.starts[index] as usize, self.starts[index + 1] as usize);
        memchr::memmem::find(&self.text[start..end], word.as_bytes()).is_some()
    }
}

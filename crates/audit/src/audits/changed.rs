//! Whether the rows of an audit have changed since it was planned, by the hashes of `content.rs`.

use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey};

use super::content::has_changed;
use super::stored::Audit;

impl Audit {
    /// Whether a drawn row has another query, positive or negatives than when the audit was
    /// planned. Unknown, and so no, for plans of earlier versions.
    pub fn has_changed(&self, sample: &Sample) -> bool {
        self.contents.get(&sample.key).is_some_and(|frozen| has_changed(frozen, sample))
    }

    /// Whether the rows of a dataset are those that were drawn from, with the content that they
    /// had. Reads them, unless a filter chose them: what it finds now is another question, and then
    /// only the keys of all rows and the content of the drawn ones count. Plans of earlier versions
    /// are compared by keys.
    pub fn has_same_rows(&self, dataset: &Dataset) -> bool {
        if self.plan.fingerprint != dataset.fingerprint.to_string() {
            return false;
        }
        let (Some(contents), None) = (&self.plan.contents, &self.plan.filter) else {
            let sample = |key: &SampleKey| dataset.sample(dataset.find(*key)?).ok();
            return !self.rows.iter().filter_map(sample).any(|sample| self.has_changed(&sample));
        };
        let is_of_split =
            |index: &SampleIndex| self.plan.split.as_ref().is_none_or(|name| dataset.split_of(*index).name == *name);
        contents.is_of_scope(dataset, dataset.indices().filter(is_of_split)).unwrap_or(true)
    }
}

//! The languages to begin reading tiles with, by the scripts of queries: the positive of a Japanese
//! query is most likely Japanese. Reads no pictures.

use std::collections::HashMap;

use tilejury_data::{Dataset, TilePath};
use tilejury_text::{Language, ReadingEngine, Script, script_of};

/// Returns the language to begin with for the positives of rows whose query is in a script other
/// than Latin, as far as the engine has it. Other tiles begin with the languages of the set.
pub(super) fn languages_by_query(dataset: &Dataset, engine: &dyn ReadingEngine) -> HashMap<TilePath, Language> {
    let mut by_tile = HashMap::new();
    if engine.languages().iter().all(|language| language.code() == "eng") {
        return by_tile;
    }
    for row in dataset.indices().filter_map(|sample| dataset.row(sample).ok()) {
        let script = script_of(&row.query).filter(|script| *script != Script::Latin);
        let language = script.map(Script::usual_language);
        if let Some(language) = language.filter(|language| engine.languages().contains(language)) {
            by_tile.entry(TilePath::new(&row.positive)).or_insert(language);
        }
    }
    by_tile
}

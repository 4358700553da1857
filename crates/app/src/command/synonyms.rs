//! Other words under which a person may look for a command, by the command's word in the table. The
//! palette and the help find a command by them too.

use super::Entry;

const SYNONYMS: &[(&str, &[&str])] = &[
    ("theme", &["dark mode", "light mode", "night", "high contrast", "colours", "colors", "appearance"]),
    ("full-screen", &["maximise window", "fullscreen", "kiosk"]),
    ("larger", &["text size", "font size", "bigger", "scale up", "zoom interface"]),
    ("smaller", &["text size", "font size", "scale down"]),
    ("usual-size", &["text size", "font size", "100 %"]),
    ("settings", &["preferences", "options", "configuration", "shortcuts", "key bindings", "hotkeys"]),
    ("help", &["shortcuts", "keyboard", "hotkeys", "manual", "documentation"]),
    ("cheat-sheet", &["shortcuts", "keyboard", "most useful keys", "quick reference"]),
    ("copy-diagnosis", &["doctor", "bug report", "problem", "support", "versions", "opengl"]),
    ("tour", &["tutorial", "introduction", "getting started", "first steps", "learn", "training"]),
    ("about", &["version", "licence", "license", "copyright", "where are my files", "log file"]),
    ("open-demo", &["example", "tutorial", "sample data", "try"]),
    ("open-folder", &["load", "import dataset"]),
    ("open-file", &["load", "jsonl", "parquet"]),
    (
        "open-address",
        &[
            "url",
            "link",
            "hub",
            "hugging face",
            "huggingface",
            "hf",
            "s3",
            "bucket",
            "gcs",
            "azure",
            "http",
            "remote",
            "download",
        ],
    ),
    ("exchange", &["sync", "share", "team", "collaborate", "multi-user", "network folder"]),
    ("exchange-now", &["sync", "pull", "push", "refresh"]),
    ("keep-offline", &["download", "prefetch", "cache", "without internet", "plane", "train"]),
    ("retry-tiles", &["fetch again", "reload", "refresh", "reconnect"]),
    ("export", &["write", "save dataset", "clean copy", "parquet"]),
    ("check", &["validate", "verify", "lint", "missing tiles", "leaks", "duplicate rows"]),
    ("pixels", &["duplicate tiles", "find copies", "blank tiles", "near duplicates"]),
    ("ask", &["vlm", "llm", "reviewer", "endpoint", "openai"]),
    ("ask-sample", &["vlm", "llm", "reviewer", "endpoint", "openai"]),
    ("read", &["ocr", "tesseract", "recognise text"]),
    ("read-sample", &["ocr", "tesseract", "recognise text"]),
    ("stop-reading", &["ocr", "cancel"]),
    ("jobs", &["progress", "tasks", "running", "cancel"]),
    ("messages", &["errors", "warnings", "log", "notices", "bad lines"]),
    ("save", &["write", "store"]),
    ("save-as", &["backup", "write judgements"]),
    ("orphans", &["lost judgements", "missing rows"]),
    ("annotator", &["user", "reviewer", "name", "login", "switch person"]),
    ("close", &["welcome"]),
    ("quit", &["exit", "leave"]),
    ("undo", &["go back", "revert"]),
    ("redo", &["repeat"]),
    ("history", &["steps", "log of judgements", "timeline", "revert"]),
    ("accept", &["approve", "ok", "good", "correct", "keep"]),
    ("reject", &["bad", "drop", "remove row", "wrong"]),
    ("unsure", &["skip", "maybe", "undecided", "later"]),
    ("clear-verdict", &["unjudge", "reset", "remove verdict"]),
    ("propagate", &["duplicate marks", "same tile", "apply everywhere"]),
    ("positive-down", &["left pane", "scroll the left pane"]),
    ("positive-up", &["left pane", "scroll the left pane"]),
    ("note", &["comment", "remark", "annotate"]),
    ("note-judged", &["comment", "remark"]),
    ("copy-note", &["duplicate note", "repeat comment"]),
    ("tags", &["label", "category", "keyword"]),
    ("second-pass", &["blind", "consistency", "intra-annotator agreement", "kappa", "judge again", "review sample"]),
    (
        "new-audit",
        &["random sample", "error rate", "estimate", "confidence interval", "elusion test", "quality control"],
    ),
    ("audit-export", &["elusion test", "audit the export", "check the cleaned copy", "remaining errors"]),
    ("accept-set", &["bulk", "acceptance", "machine", "accept all"]),
    ("audits", &["error rate", "confidence interval", "random sample", "result", "estimate"]),
    ("look-again", &["bookmark", "star", "favourite", "favorite", "remind", "pin"]),
    ("reason-duplicate", &["copy", "repeated"]),
    ("reason-unreadable", &["blurry", "broken"]),
    ("toggle", &["false negative", "mark tile"]),
    ("relevant", &["false negative", "answers"]),
    ("positive", &["wrong positive"]),
    ("where-tile", &["duplicate", "occurrences", "references", "used"]),
    ("where-page", &["duplicate", "occurrences", "references", "used"]),
    ("next", &["next sample"]),
    ("previous", &["previous sample"]),
    ("back", &["previous place", "return", "where i was", "jump back", "last place"]),
    ("forward", &["jump forward", "redo jump"]),
    ("next-suspicious", &["signals", "likely wrong"]),
    ("next-unjudged", &["todo", "remaining", "open"]),
    ("next-undecided", &["maybe", "skipped"]),
    ("suspicious-first", &["sort", "order", "rank", "priority"]),
    ("go-to", &["jump", "line", "row number"]),
    ("search", &["find", "filter", "query"]),
    ("show-all", &["clear filter", "reset search", "remove filter"]),
    ("save-filter", &["bookmark", "saved search", "favourite"]),
    ("reading-view", &["panes", "large tiles", "side by side", "grid", "all tiles"]),
    ("overview", &["dashboard", "statistics", "stats", "histogram", "summary", "progress"]),
    ("facets", &["counts", "sidebar", "values", "fields"]),
    ("contact-sheet", &["bulk", "thumbnails", "many rows", "pages"]),
    ("similar", &["duplicate", "near copies", "clusters", "alike"]),
    ("row-fields", &["metadata", "source", "url", "title", "score"]),
    ("tile-text", &["ocr", "words", "transcript"]),
    ("fit-width", &["larger tiles", "fill"]),
    ("audit-report", &["paper", "statistics", "rates", "interval", "latex"]),
    ("report", &["markdown", "summary", "session"]),
    ("compare", &["side by side", "beside"]),
    ("difference", &["duplicate", "changes"]),
    ("page", &["context", "document", "neighbours"]),
    ("alone", &["enlarge", "full size", "big", "focus"]),
    ("tile-search", &["full text", "retrieve", "other answers"]),
    ("blink", &["flicker", "alternate", "blink"]),
    ("loupe", &["magnifier", "magnify"]),
    ("highlights", &["evidence", "mark answer", "marker"]),
    ("actual-pixels", &["100 %", "1:1", "native"]),
    ("zoom-reset", &["fit"]),
    ("queue", &["list", "sidebar", "left panel"]),
    ("inspector", &["suspicion", "right panel", "why"]),
    ("session-counter", &["stats", "speed", "pace", "statistics"]),
    ("scoreboard", &["stats", "statistics", "precision", "metrics", "weights"]),
    ("reset-weights", &["default ranking"]),
    ("auto-advance", &["go on", "next automatically"]),
    ("keep-zoom", &["remember zoom"]),
];

impl Entry {
    /// Returns other words for the command.
    pub fn synonyms(&self) -> &'static [&'static str] {
        SYNONYMS.iter().find(|(word, _)| *word == self.word).map_or(&[], |(_, synonyms)| synonyms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::entries;

    #[test]
    fn synonyms_belong_to_commands_and_add_words() {
        for (at, (word, synonyms)) in SYNONYMS.iter().enumerate() {
            let entry = entries().find(|entry| entry.word == *word).unwrap_or_else(|| panic!("no command {word}"));
            assert!(SYNONYMS[at + 1..].iter().all(|(other, _)| other != word), "{word} is listed twice");
            for synonym in *synonyms {
                assert!(!entry.name.to_lowercase().contains(synonym), "{word}: {synonym} is in the name");
            }
        }
    }
}

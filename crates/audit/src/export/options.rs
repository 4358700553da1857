//! What a person chooses for an export: one value a question, each with the word that the command line and the manifest use.

use serde::{Deserialize, Serialize};

use crate::text_enum::text_enum;

text_enum! {
    /// What becomes of a negative that is relevant: the three ways of re-labelling that Thakur et al. (2025, "Fixing Data
    /// That Hurts Performance: Cascading LLMs to Relabel Hard Negatives for Robust Information Retrieval") compare, and none.
    FalseNegatives {
        /// It leaves its row.
        DropNegative = "drop-negative", "leave their rows";
        /// Its row leaves.
        DropRow = "drop-row", "take their rows with them";
        /// It becomes the positive of a row of its own, with the negatives that are left.
        Promote = "promote", "become positives of rows of their own";
        /// It stays where it is. Not safe to train on; for comparisons.
        Keep = "keep", "stay among the negatives";
    }
}

text_enum! {
    /// What becomes of rows without a verdict.
    Unjudged {
        /// They stay, less what was said of their tiles.
        Keep = "keep", "stay";
        /// They leave.
        Drop = "drop", "leave";
    }
}

text_enum! {
    /// What becomes of what was judged unsure: rows by their verdict or their positive, and negatives.
    Unsure {
        /// It stays.
        Keep = "keep", "stays";
        /// It leaves.
        Drop = "drop", "leaves";
    }
}

text_enum! {
    /// What becomes of negatives that are copies of a positive of their query, or of a tile relevant to it, under another path.
    Copies {
        /// They leave their rows; of near pictures those stay that somebody marked as not relevant.
        Drop = "drop", "leave their rows";
        /// They are counted and stay. Not safe to train on; for comparisons.
        Keep = "keep", "stay among the negatives";
        /// No pixels are read for it.
        Trust = "trust", "are not looked for";
    }
}

text_enum! {
    /// What becomes of rows for training whose query has the same positive in another split.
    Leaks {
        /// The row of the split that is trained on leaves.
        DropTrain = "drop-train", "leave the training split";
        /// It stays.
        Keep = "keep", "stay in both";
    }
}

text_enum! {
    /// What becomes of a query with its positive that stands in several splits that are held out from training.
    HeldOutLeaks {
        /// The row of the validation split leaves: the test figure is the one that is reported.
        DropEval = "drop-eval", "leave eval and stay in test";
        /// The row of the test split leaves.
        DropTest = "drop-test", "leave test and stay in eval";
        /// Both stay.
        Keep = "keep", "stay in both";
    }
}

text_enum! {
    /// What becomes of a row whose positive was marked as not relevant where another row of the query has it as a negative, as
    /// long as nobody answered for the positive itself. The tile leaves the negatives either way.
    Conflicts {
        /// The row leaves.
        Drop = "drop", "leave";
        /// The row stays.
        Keep = "keep", "stay";
    }
}

text_enum! {
    /// In which order a row's negatives are written. Trainers take the first ones.
    Order {
        /// As the row has them; added ones behind.
        AsIs = "as-is", "as they are";
        /// By their retrieval scores, the highest first; those without a score behind, as they are.
        Hardest = "hardest", "the hardest first";
    }
}

text_enum! {
    /// How tiles are looked for before rows are written that name them.
    Tiles {
        /// Each must be in the shard, or the folder, that its path names. What names a shard that is not here is trusted.
        Find = "find", "must be there";
        /// Each must be there and can be decoded.
        Decode = "decode", "must be there and readable";
        /// Nothing is looked for.
        Trust = "trust", "are not looked for";
    }
}

text_enum! {
    /// What becomes of the pictures.
    Images {
        /// Paths only.
        None = "none", "not written: paths only";
        /// The shards are linked to.
        Link = "link", "links to the shards";
        /// New shards that hold the tiles of the written rows and no others.
        Repack = "repack", "new shards with the tiles that are used";
        /// One file a tile.
        Extract = "extract", "one file a tile";
    }
}

text_enum! {
    /// How rows are written.
    Format {
        /// The set's own layout.
        Jsonl = "jsonl", "JSONL, the set's own layout";
        /// TREC relevance judgements with a file of queries.
        Qrels = "qrels", "TREC qrels";
        /// Corpus, queries and qrels as BEIR has them.
        Beir = "beir", "BEIR";
        /// Columns anchor, positive, negative_1 and so on.
        SentenceTransformers = "sentence-transformers", "Sentence Transformers";
        /// Messages and images as ms-swift trains embeddings on.
        MsSwift = "ms-swift", "ms-swift";
        /// Rows and corpus as Tevatron has them.
        Tevatron = "tevatron", "Tevatron";
        /// Folders of images with a metadata file each.
        ImageFolder = "imagefolder", "image folders";
        /// Parquet files with the images in them.
        Parquet = "parquet", "Parquet with images";
        /// Tars of samples.
        WebDataset = "webdataset", "WebDataset";
    }
}

/// What a person chose for an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportOptions {
    /// A row with fewer usable negatives leaves: trainers would pad it with its own positive.
    pub negatives: usize,
    /// What becomes of negatives that are relevant.
    pub false_negatives: FalseNegatives,
    /// What becomes of negatives that are copies of a positive.
    pub copies: Copies,
    /// What becomes of rows without a verdict.
    pub unjudged: Unjudged,
    /// What becomes of what was left unsure.
    pub unsure: Unsure,
    /// Rows that are short of negatives take further candidates of their own `retrieve_top20`.
    pub refill: bool,
    /// In which order negatives are written.
    pub order: Order,
    /// What becomes of rows whose positive is in a conflict.
    pub conflicts: Conflicts,
    /// What becomes of rows for training that stand in another split too.
    pub leaks: Leaks,
    /// What becomes of rows that stand in several held-out splits.
    pub held_out_leaks: HeldOutLeaks,
    /// How tiles are looked for.
    pub tiles: Tiles,
    /// What becomes of the pictures.
    pub images: Images,
    /// How rows are written, in the order of [`Format::ALL`], none twice.
    pub formats: Vec<Format>,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            negatives: 2,
            false_negatives: FalseNegatives::DropNegative,
            copies: Copies::Drop,
            unjudged: Unjudged::Keep,
            unsure: Unsure::Keep,
            refill: false,
            order: Order::AsIs,
            conflicts: Conflicts::Drop,
            leaks: Leaks::DropTrain,
            held_out_leaks: HeldOutLeaks::DropEval,
            tiles: Tiles::Find,
            images: Images::None,
            formats: vec![Format::Jsonl],
        }
    }
}

impl ExportOptions {
    /// Are pictures written, so that each tile of a written row must be at hand?
    pub fn needs_pictures(&self) -> bool {
        self.images != Images::None || self.embeds_pictures()
    }

    /// Do pictures become part of the rows in any of the formats?
    pub fn embeds_pictures(&self) -> bool {
        self.formats.iter().any(|format| format.embeds())
    }

    /// How tiles are looked for: those that are written must be there, and those that become part of a row must be readable,
    /// since one that is not stops a loader at its row.
    pub fn tiles_looked_for(&self) -> Tiles {
        match self.tiles {
            _ if self.embeds_pictures() => Tiles::Decode,
            Tiles::Trust if self.needs_pictures() => Tiles::Find,
            tiles => tiles,
        }
    }
}

impl Format {
    /// Does the format hold the pictures themselves?
    pub fn embeds(self) -> bool {
        matches!(self, Self::ImageFolder | Self::Parquet | Self::WebDataset)
    }
}

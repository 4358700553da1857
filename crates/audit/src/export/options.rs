//! The options of an export: one value per question, each with the word that the command line and
//! the manifest use.

use serde::{Deserialize, Serialize};

use crate::text_enum::text_enum;

text_enum! {
    /// The treatment of a relevant negative: the three ways of re-labelling that Thakur et al.
    /// (2025, "Fixing Data That Hurts Performance: Cascading LLMs to Relabel Hard Negatives for
    /// Robust Information Retrieval") compare, or none.
    pub enum FalseNegatives {
        /// It leaves its row.
        DropNegative = "drop-negative", "are removed from their rows";
        /// Its row leaves.
        DropRow = "drop-row", "are left out with their rows";
        /// It becomes the positive of a row of its own, with the remaining negatives.
        Promote = "promote", "become the positives of new rows";
        /// It stays. Not safe to train on; for comparisons.
        Keep = "keep", "are kept among the negatives";
    }
}

text_enum! {
    /// The treatment of rows without a verdict.
    pub enum Unjudged {
        /// They stay; judgements of their tiles still apply.
        Keep = "keep", "are kept";
        /// They leave.
        Drop = "drop", "are left out";
    }
}

text_enum! {
    /// The treatment of rows with an unsure verdict or positive, and of unsure negatives.
    pub enum Unsure {
        /// It stays.
        Keep = "keep", "are kept";
        /// It leaves.
        Drop = "drop", "are left out";
    }
}

text_enum! {
    /// The treatment of negatives that are copies, under another path, of a positive of their query
    /// or of a tile relevant to it.
    pub enum Copies {
        /// They leave their rows; near pictures stay if somebody marked them as not relevant.
        Drop = "drop", "are removed from their rows";
        /// They are counted and stay. Not safe to train on; for comparisons.
        Keep = "keep", "are kept among the negatives";
        /// No pixels are read to find them.
        Trust = "trust", "are not looked for";
    }
}

text_enum! {
    /// The treatment of training rows whose query has the same positive in another split.
    pub enum Leaks {
        /// The row of the training split leaves.
        DropTrain = "drop-train", "are left out of training";
        /// It stays.
        Keep = "keep", "are kept in both splits";
    }
}

text_enum! {
    /// The treatment of a query with the same positive in several held-out splits.
    pub enum HeldOutLeaks {
        /// The row of the validation split leaves: figures are reported for the test split.
        DropEval = "drop-eval", "are left out of eval";
        /// The row of the test split leaves.
        DropTest = "drop-test", "are left out of test";
        /// Both stay.
        Keep = "keep", "are kept in both splits";
    }
}

text_enum! {
    /// The treatment of a row whose positive was marked as not relevant in another row of the
    /// query, where it is a negative, as long as nobody judged it as a positive. The tile is
    /// removed from the negatives either way.
    pub enum Conflicts {
        /// The row leaves.
        Drop = "drop", "are left out";
        /// The row stays.
        Keep = "keep", "are kept";
    }
}

text_enum! {
    /// The order in which a row's negatives are written. Trainers take the first ones.
    pub enum NegativeOrder {
        /// In the row's order; added negatives follow.
        AsIs = "as-is", "unchanged";
        /// By retrieval score, highest first; negatives without a score follow in their order.
        Hardest = "hardest", "hardest first";
    }
}

text_enum! {
    /// The checks that a tile must pass before rows that name it are written.
    pub enum TileCheck {
        /// It must be in the shard or folder that its path names, and be decodable if it is read to
        /// find copies of positives. A tile in a shard that is not here is trusted.
        Find = "find", "must exist and seem undamaged";
        /// It must exist and be decodable; every tile is read.
        Decode = "decode", "must exist and be readable";
        /// No check.
        Trust = "trust", "are not looked for";
    }
}

text_enum! {
    /// The treatment of the pictures.
    pub enum Images {
        /// Only paths are written.
        None = "none", "not written, only their paths";
        /// The shards are linked.
        Link = "link", "links to the shards";
        /// New shards are written with only the tiles of the written rows.
        Repack = "repack", "new shards with only the tiles in use";
        /// One file is written per tile.
        Extract = "extract", "one file per tile";
    }
}

text_enum! {
    /// A file layout for rows.
    pub enum Format {
        /// The dataset's own layout.
        Jsonl = "jsonl", "JSONL, the dataset's own layout";
        /// TREC relevance judgements and a file of queries.
        Qrels = "qrels", "TREC qrels";
        /// Corpus, queries and qrels in BEIR's layout.
        Beir = "beir", "BEIR";
        /// Columns anchor, positive, negative_1 and so on.
        SentenceTransformers = "sentence-transformers", "Sentence Transformers";
        /// Messages and images, as ms-swift reads them to train embedding models.
        MsSwift = "ms-swift", "ms-swift";
        /// Rows and corpus in Tevatron's layout.
        Tevatron = "tevatron", "Tevatron";
        /// Folders of images with one metadata file each.
        ImageFolder = "imagefolder", "image folders";
        /// Parquet files that contain the images.
        Parquet = "parquet", "Parquet with images";
        /// Tars of samples.
        WebDataset = "webdataset", "WebDataset";
    }
}

/// The options of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportOptions {
    /// The least number of usable negatives; a row with fewer is dropped, because trainers would
    /// pad it with its own positive.
    pub negatives: usize,
    /// The treatment of relevant negatives.
    pub false_negatives: FalseNegatives,
    /// The treatment of negatives that are copies of a positive.
    pub copies: Copies,
    /// The treatment of rows without a verdict.
    pub unjudged: Unjudged,
    /// The treatment of rows and negatives that were judged unsure.
    pub unsure: Unsure,
    /// Whether rows that are short of negatives get further candidates from their own
    /// `retrieve_top20`.
    pub refill: bool,
    /// The order in which negatives are written.
    pub order: NegativeOrder,
    /// The treatment of rows whose positive is in a conflict.
    pub conflicts: Conflicts,
    /// The treatment of training rows that are also in another split.
    pub leaks: Leaks,
    /// The treatment of rows that are in several held-out splits.
    pub held_out_leaks: HeldOutLeaks,
    /// The checks that tiles must pass.
    pub tiles: TileCheck,
    /// The treatment of the pictures.
    pub images: Images,
    /// The formats of the rows, in the order of [`Format::ALL`], without repeats.
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
            order: NegativeOrder::AsIs,
            conflicts: Conflicts::Drop,
            leaks: Leaks::DropTrain,
            held_out_leaks: HeldOutLeaks::DropEval,
            tiles: TileCheck::Find,
            images: Images::None,
            formats: vec![Format::Jsonl],
        }
    }
}

impl ExportOptions {
    /// Whether pictures are written, so that each tile of a written row must be available.
    pub fn needs_pictures(&self) -> bool {
        self.images != Images::None || self.embeds_pictures()
    }

    /// Whether pictures are read for the export.
    pub(super) fn reads_pictures(&self) -> bool {
        self.images.are_copied() || self.embeds_pictures()
    }

    /// Whether files of pictures include those of added tiles: if a format grades them.
    pub(super) fn has_pictures_of_added(&self) -> bool {
        self.images != Images::None && self.formats.iter().any(|format| format.grades())
    }

    /// Whether any of the formats embeds pictures in its rows.
    pub fn embeds_pictures(&self) -> bool {
        self.formats.iter().any(|format| format.embeds())
    }

    /// Returns the checks that tiles must pass. Tiles that are written must exist. Tiles that
    /// become part of a row must be decodable, because an unreadable one stops a loader at its row.
    pub fn tiles_looked_for(&self) -> TileCheck {
        match self.tiles {
            _ if self.embeds_pictures() => TileCheck::Decode,
            TileCheck::Trust if self.needs_pictures() => TileCheck::Find,
            tiles => tiles,
        }
    }
}

impl Images {
    /// Whether the pictures are copied, not just linked to.
    pub fn are_copied(self) -> bool {
        match self {
            Self::Repack | Self::Extract => true,
            Self::None | Self::Link => false,
        }
    }
}

impl Format {
    /// Whether the format grades tiles for queries, also tiles that no row names.
    pub fn grades(self) -> bool {
        match self {
            Self::Qrels | Self::Beir => true,
            Self::Jsonl
            | Self::SentenceTransformers
            | Self::MsSwift
            | Self::Tevatron
            | Self::ImageFolder
            | Self::Parquet
            | Self::WebDataset => false,
        }
    }

    /// Whether the format contains the pictures themselves.
    pub fn embeds(self) -> bool {
        match self {
            Self::ImageFolder | Self::Parquet | Self::WebDataset => true,
            Self::Jsonl | Self::Qrels | Self::Beir | Self::SentenceTransformers | Self::MsSwift | Self::Tevatron => {
                false
            }
        }
    }
}

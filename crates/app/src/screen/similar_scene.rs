//! The part of the scene of found tiles that only similar tiles have. Finds nothing.

use tilejury_data::TilePath;

use crate::similar::{LikeGroups, NearQuery};

/// The tile that others are like, with the rows and groups that are alike.
#[derive(Debug)]
pub(super) struct SimilarScene {
    /// The tile that the others are like.
    pub(super) of: TilePath,
    /// Its name.
    pub(super) name: String,
    /// The rows with near queries; `None` until they are known.
    pub(super) queries: Option<Vec<NearQuery>>,
    /// Whether the groups of the whole set are listed instead.
    pub(super) shows_groups: bool,
    /// `None` until they are known.
    pub(super) groups: Option<LikeGroups>,
    /// The number of the question for groups that is not answered yet.
    pub(super) groups_number: Option<u64>,
}

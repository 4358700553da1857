//! Tiles and queries like a given one, and the groups of all that are alike: for a person who looks
//! at one and wants to see the others. They are no findings: nothing here accuses a row.

mod queries;
mod tiles;

pub use queries::{NearRow, SimilarQueries};
pub use tiles::{SimilarTile, SimilarTiles, TileLikeness, similar_tiles};

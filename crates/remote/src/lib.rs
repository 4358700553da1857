//! Datasets at an address: a repository of the Hugging Face Hub, a bucket of S3, Google Cloud
//! Storage or Azure, or a folder of a web server; and the server of `tilejury serve`, which is one.
//!
//! The only crate beside `network` that uses the network. Its callers never see the async runtime:
//! every function blocks, so none is called from the thread that draws. It does not read
//! the environment or the user's folders: [`Access`] brings what is needed of them. Credentials are
//! neither stored nor logged, and are sent only to the host that they are for.

mod absent;
mod access;
mod address;
mod ahead;
mod answer;
mod bucket;
mod bucket_folder;
mod cache;
mod credentials;
mod error;
mod host;
mod hub;
mod hub_folder;
mod kept_list;
mod limits;
mod listing;
mod offline;
mod reach;
mod redirect;
mod repository;
pub mod serve;
mod served;
mod served_folder;
mod set;
mod set_index;
mod short_files;
mod splits;
mod stores;
mod traffic;
mod transport;
mod tries;
mod versions;
mod whole_file;

pub use access::Access;
pub use address::{Address, AddressError};
pub use bucket_folder::BucketFolder;
pub use cache::{CacheReport, CachedSet, ClearedCache, SetCache, clear_cache, sweep_cache};
pub use error::RemoteError;
pub use hub_folder::HubFolder;
pub use kept_list::Offline;
pub use offline::{FetchedTiles, OfflineError, OfflineList, OfflineSize};
pub use reach::reach_hub;
pub use served::{origin_of, token_in};
pub use served_folder::{ServedFolder, ServedWatch};
pub use set::{OpenedSet, RemoteSet, open};
pub use traffic::{Traffic, TrafficNow};

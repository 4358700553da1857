//! The network as all crates share it: the runtime of requests, what servers ask clients to wait,
//! and requests to a model server.
//!
//! Knows no dataset and reads no file and no environment. Its callers never see the runtime: every
//! function blocks, so none is called from the thread that draws.

mod asked_wait;
mod endpoint;
mod runtime;
mod words;

pub use asked_wait::asked_wait;
pub use endpoint::{EndpointAnswer, EndpointClient, EndpointError, EndpointFault};
pub use runtime::{spawn, wait};
pub use words::without_addresses;

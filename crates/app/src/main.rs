//! The binary: everything is in the library, where tests can reach it.

use std::process::ExitCode;

/// Tiles come and go by megabytes on several threads, and a large set is gone through by threads that end: the C library's own
/// allocator keeps what was freed on each of them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tilejury_app::run()
}

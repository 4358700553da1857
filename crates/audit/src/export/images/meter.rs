//! The progress of copying, in bytes, reported from several threads.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::progress::Stage;

pub(super) struct ImageProgress<'c> {
    context: &'c ExportContext<'c>,
    done: AtomicU64,
    total: u64,
}

impl<'c> ImageProgress<'c> {
    pub(super) fn new(context: &'c ExportContext<'c>, total: u64) -> Result<Self, ExportError> {
        let meter = Self { context, done: AtomicU64::new(0), total };
        meter.add(0)?;
        Ok(meter)
    }

    /// Adds copied bytes and reports the progress.
    ///
    /// # Errors
    /// When somebody stopped the work.
    pub(super) fn add(&self, bytes: u64) -> Result<(), ExportError> {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.context.report_progress(Stage::Images.step(done as usize, self.total as usize))
    }
}

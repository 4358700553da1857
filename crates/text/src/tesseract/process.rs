//! A subprocess with an end: it has a time limit, can be stopped, and its output is bounded.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// The most output that is kept, in bytes. A tile full of words makes some 100 kB.
const OUTPUT_UP_TO: u64 = 32 << 20;
/// The time between two checks whether the work was stopped.
const CHECK_EVERY: Duration = Duration::from_millis(20);

/// The way in which a subprocess ended.
pub(super) enum Finished {
    /// It ended on its own, with success or not.
    Ended { status: ExitStatus, output: Vec<u8>, errors: Vec<u8> },
    /// It was ended after the time limit.
    TimedOut,
    /// It was ended because the caller stopped the work.
    Stopped,
}

/// Runs a command with an input to its end, at most for `limit`.
///
/// # Errors
/// If it cannot be started or waited for.
pub(super) fn run(command: &mut Command, input: Vec<u8>, limit: Duration, stop: &AtomicBool) -> io::Result<Finished> {
    let end = Instant::now() + limit;
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut child = EndOnDrop(child);
    if let Some(mut stdin) = child.0.stdin.take() {
        // A program that ends early closes the pipe: its exit status reports why.
        thread::spawn(move || stdin.write_all(&input).is_ok());
    }
    let (output, errors) = (collect(child.0.stdout.take()), collect(child.0.stderr.take()));
    let wait = |bytes: &Receiver<Vec<u8>>| loop {
        match bytes.recv_timeout(CHECK_EVERY) {
            Ok(bytes) => return Ok(bytes),
            // The collecting thread ends with its pipe; without a pipe there is nothing.
            Err(RecvTimeoutError::Disconnected) => return Ok(Vec::new()),
            Err(RecvTimeoutError::Timeout) if stop.load(Ordering::Relaxed) => return Err(Finished::Stopped),
            Err(RecvTimeoutError::Timeout) if Instant::now() >= end => return Err(Finished::TimedOut),
            Err(RecvTimeoutError::Timeout) => (),
        }
    };
    let (output, errors) = match (wait(&output), wait(&errors)) {
        (Ok(output), Ok(errors)) => (output, errors),
        (Err(ended), _) | (_, Err(ended)) => return Ok(ended),
    };
    // It closed its output, so its end is near; one that goes on regardless is ended.
    loop {
        if let Some(status) = child.0.try_wait()? {
            return Ok(Finished::Ended { status, output, errors });
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(Finished::Stopped);
        }
        if Instant::now() >= end {
            return Ok(Finished::TimedOut);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Reads a pipe to its end on a thread of its own. What exceeds the limit is read and dropped, so
/// that the program can end.
fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(1);
    if let Some(mut pipe) = pipe {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.by_ref().take(OUTPUT_UP_TO).read_to_end(&mut bytes);
            let _ = io::copy(&mut pipe, &mut io::sink());
            let _ = sender.send(bytes);
        });
    }
    receiver
}

struct EndOnDrop(Child);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        // Both fail for a program that has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

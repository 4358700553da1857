//! The number of requests on their way at a time: it grows by one after a round without trouble,
//! and is halved when the server has too much to do. Sends nothing.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::control::AskControl;

/// The requests at a time at the beginning.
const AT_FIRST: usize = 4;
/// The interval at which a waiting thread notices a change.
const CHECK_EVERY: Duration = Duration::from_millis(20);

/// The turns of all threads.
pub(crate) struct Turns {
    state: Mutex<State>,
    freed: Condvar,
    most: usize,
}

struct State {
    /// The requests that may be on their way.
    at_a_time: usize,
    on_their_way: usize,
    /// The answers without trouble since the last change.
    good: usize,
    /// Nothing is sent before this time.
    not_before: Option<Instant>,
    /// The requests that were begun before the last halving report no second one.
    halved_at: Option<Instant>,
}

/// The right to send one request.
pub(crate) struct Turn<'t> {
    turns: &'t Turns,
    begun: Instant,
}

impl Turns {
    /// At most `most` requests at a time, and at least one.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        let state =
            State { at_a_time: AT_FIRST.min(most), on_their_way: 0, good: 0, not_before: None, halved_at: None };
        Self { state: Mutex::new(state), freed: Condvar::new(), most }
    }

    /// Waits for a turn; `None` if the run was ended.
    pub(crate) fn take(&self, control: &AskControl) -> Option<Turn<'_>> {
        let mut state = self.state.lock();
        while !control.is_stopped() {
            let now = Instant::now();
            let must_wait = control.is_paused() || state.not_before.is_some_and(|until| until > now);
            if !must_wait && state.on_their_way < state.at_a_time {
                state.on_their_way += 1;
                return Some(Turn { turns: self, begun: now });
            }
            self.freed.wait_for(&mut state, CHECK_EVERY);
        }
        None
    }

    /// The requests that may be on their way now.
    pub(crate) fn at_a_time(&self) -> usize {
        self.state.lock().at_a_time
    }
}

impl Turn<'_> {
    /// Notes an answer without trouble.
    pub(crate) fn was_good(&self) {
        let mut state = self.turns.state.lock();
        state.good += 1;
        if state.good >= state.at_a_time {
            state.good = 0;
            state.at_a_time = (state.at_a_time + 1).min(self.turns.most);
        }
    }

    /// Notes that the server has too much to do. With a wish to wait, nothing is sent until then.
    pub(crate) fn was_too_much(&self, wait: Option<Duration>) {
        let mut state = self.turns.state.lock();
        let now = Instant::now();
        state.good = 0;
        // Requests that were sent together meet the same trouble.
        if state.halved_at.is_none_or(|at| self.begun > at) {
            state.at_a_time = (state.at_a_time / 2).max(1);
            state.halved_at = Some(now);
        }
        if let Some(until) = wait.and_then(|wait| now.checked_add(wait)) {
            state.not_before = Some(state.not_before.map_or(until, |known| known.max(until)));
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.state.lock().on_their_way -= 1;
        self.turns.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn turns_grow_by_rounds_and_are_halved_once() {
        let (turns, control) = (Turns::new(6), AskControl::default());
        let round = |turns: &Turns| {
            for _ in 0..turns.at_a_time() {
                turns.take(&control).unwrap().was_good();
            }
            turns.at_a_time()
        };
        assert_eq!([round(&turns), round(&turns), round(&turns)], [5, 6, 6]);
        let together: Vec<Turn<'_>> = (0..6).map(|_| turns.take(&control).unwrap()).collect();
        together.iter().for_each(|turn| turn.was_too_much(None));
        assert_eq!(turns.at_a_time(), 3, "six requests of one moment are one trouble");
        drop(together);
        std::thread::sleep(Duration::from_millis(2));
        turns.take(&control).unwrap().was_too_much(None);
        turns.take(&control).unwrap().was_too_much(None);
        assert_eq!(turns.at_a_time(), 1);
        assert_eq!(Turns::new(0).at_a_time(), 1);
    }

    #[test]
    fn nothing_is_sent_before_the_time() {
        let (turns, control) = (Turns::new(4), AskControl::default());
        turns.take(&control).unwrap().was_too_much(Some(Duration::from_millis(150)));
        let begun = Instant::now();
        drop(turns.take(&control).unwrap());
        assert!(begun.elapsed() >= Duration::from_millis(140), "{:?}", begun.elapsed());
        control.stop();
        assert!(turns.take(&control).is_none());
    }

    #[test]
    fn a_pause_lets_nothing_through() {
        let (turns, control) = (Turns::new(4), AskControl::default());
        control.pause(true);
        std::thread::scope(|scope| {
            let taken = scope.spawn(|| turns.take(&control).map(|turn| turn.begun));
            std::thread::sleep(Duration::from_millis(60));
            let until = Instant::now();
            control.pause(false);
            assert!(taken.join().unwrap().unwrap() >= until);
        });
    }
}

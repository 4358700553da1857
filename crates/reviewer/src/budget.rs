//! Ceilings of calls, tokens and money that are never passed, and the estimate of a whole run from
//! its first answers.

use std::time::Duration;

use parking_lot::Mutex;

use crate::answer::TokenUse;

/// The answers from which a run is estimated.
pub(crate) const ESTIMATE_FROM: usize = 20;
/// The tokens that a call is taken to need before any was counted: a tile, the rubric, an answer.
const FIRST_GUESS: TokenUse = TokenUse { prompt: 2000, completion: 400 };

/// The prices of a server, per million tokens, in any currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// Of questions.
    pub prompt: f64,
    /// Of answers.
    pub completion: f64,
}

impl Prices {
    fn of(self, tokens: TokenUse) -> f64 {
        (self.prompt * tokens.prompt as f64 + self.completion * tokens.completion as f64) / 1e6
    }
}

/// The most that a run may take; `None` for as much as it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// The most calls, those without an answer too.
    pub calls: Option<u64>,
    /// The most tokens, as the server counts them.
    pub tokens: Option<u64>,
    /// The most money, in the currency of the prices.
    pub cost: Option<f64>,
    /// The prices.
    pub prices: Prices,
}

/// What the rest of a run is likely to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The questions that are left.
    pub questions: usize,
    /// Their tokens.
    pub tokens: u64,
    /// Their cost, if the prices are known.
    pub cost: Option<f64>,
    /// The time.
    pub time: Duration,
}

/// What a run has taken.
#[derive(Debug)]
pub(crate) struct Spending {
    budget: Budget,
    state: Mutex<Spent>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    calls: u64,
    on_their_way: u64,
    tokens: TokenUse,
    /// The same, with a guess where a server did not count.
    at_most: TokenUse,
    /// The most that one call took.
    largest: TokenUse,
}

impl Spending {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { budget, state: Mutex::default() }
    }

    /// Sets aside what one call may take.
    ///
    /// # Errors
    /// If a ceiling could be passed; the text names it.
    pub(crate) fn begin_call(&self) -> Result<(), String> {
        let mut spent = self.state.lock();
        let guess = if spent.largest == TokenUse::default() { FIRST_GUESS } else { spent.largest };
        let with_all = spent.on_their_way + 1;
        let then = TokenUse {
            prompt: spent.at_most.prompt + with_all * guess.prompt,
            completion: spent.at_most.completion + with_all * guess.completion,
        };
        if self.budget.calls.is_some_and(|most| spent.calls + 1 > most) {
            return Err(format!("the ceiling of {} calls is reached", spent.calls));
        }
        if self.budget.tokens.is_some_and(|most| then.all() > most) {
            return Err(format!("the next call could pass the ceiling of tokens ({} so far)", spent.tokens.all()));
        }
        if self.budget.cost.is_some_and(|most| self.budget.prices.of(then) > most) {
            let so_far = self.budget.prices.of(spent.tokens);
            return Err(format!("the next call could pass the ceiling of the cost ({so_far:.4} so far)"));
        }
        spent.calls += 1;
        spent.on_their_way += 1;
        Ok(())
    }

    /// Counts what a call took; `None` if no reply came, which a server may count all the same.
    pub(crate) fn end_call(&self, took: Option<TokenUse>) {
        let mut spent = self.state.lock();
        spent.on_their_way = spent.on_their_way.saturating_sub(1);
        let Some(took) = took else { return };
        let counted = if took == TokenUse::default() { FIRST_GUESS } else { took };
        add(&mut spent.tokens, took);
        add(&mut spent.at_most, counted);
        spent.largest.prompt = spent.largest.prompt.max(counted.prompt);
        spent.largest.completion = spent.largest.completion.max(counted.completion);
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> u64 {
        self.state.lock().calls
    }

    /// The tokens so far, as the server counted them.
    pub(crate) fn tokens(&self) -> TokenUse {
        self.state.lock().tokens
    }

    /// The cost so far, if the prices are known.
    pub(crate) fn cost(&self) -> Option<f64> {
        (self.budget.prices != Prices::default()).then(|| self.budget.prices.of(self.tokens()))
    }

    /// Estimates what `left` questions take, after `answered` ones that took a time.
    pub(crate) fn estimate(&self, answered: usize, left: usize, time: Duration) -> Estimate {
        let share = left as f64 / answered.max(1) as f64;
        Estimate {
            questions: left,
            tokens: (self.tokens().all() as f64 * share).round() as u64,
            cost: self.cost().map(|cost| cost * share),
            time: time.mul_f64(share),
        }
    }
}

fn add(sum: &mut TokenUse, more: TokenUse) {
    sum.prompt = sum.prompt.saturating_add(more.prompt);
    sum.completion = sum.completion.saturating_add(more.completion);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const CALL: TokenUse = TokenUse { prompt: 1000, completion: 50 };

    #[test]
    fn ceilings_count_what_is_on_its_way() {
        let spending = Spending::new(Budget { tokens: Some(3200), ..Budget::default() });
        spending.begin_call().unwrap();
        spending.end_call(Some(CALL));
        spending.begin_call().unwrap();
        spending.begin_call().unwrap();
        assert!(spending.begin_call().unwrap_err().contains("1050 so far"));
        spending.end_call(Some(CALL));
        spending.end_call(None);
        spending.begin_call().unwrap();
        assert_eq!((spending.calls(), spending.tokens().all()), (4, 2100));
        let calls = Spending::new(Budget { calls: Some(1), ..Budget::default() });
        calls.begin_call().unwrap();
        calls.end_call(None);
        assert!(calls.begin_call().unwrap_err().contains("1 calls"));
    }

    #[test]
    fn money_has_a_ceiling_and_an_estimate() {
        let prices = Prices { prompt: 1.0, completion: 10.0 };
        let spending = Spending::new(Budget { cost: Some(0.0077), prices, ..Budget::default() });
        spending.begin_call().unwrap();
        spending.end_call(Some(CALL));
        let estimate = spending.estimate(1, 4, Duration::from_secs(2));
        assert_eq!((estimate.tokens, estimate.time), (4200, Duration::from_secs(8)));
        assert!((estimate.cost.unwrap() - 0.006).abs() < 1e-9);
        for _ in 0..4 {
            spending.begin_call().unwrap();
        }
        assert!(spending.begin_call().unwrap_err().contains("0.0015 so far"));
    }

    #[test]
    fn a_server_that_counts_nothing_is_guessed() {
        let spending = Spending::new(Budget { tokens: Some(5000), ..Budget::default() });
        for _ in 0..2 {
            spending.begin_call().unwrap();
            spending.end_call(Some(TokenUse::default()));
        }
        assert!(spending.begin_call().is_err());
        assert_eq!(spending.tokens().all(), 0);
    }
}

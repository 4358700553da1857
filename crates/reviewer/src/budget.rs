//! Ceilings of calls, tokens and money that are never passed, and the estimate of a whole run from
//! its first answers.

use std::time::Duration;

use parking_lot::Mutex;
use tilejury_audit::text::{count, grouped};

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

/// The likely needs of the rest of a run.
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

impl Estimate {
    /// Returns the needs of the questions that are left after some more time, at the rate of the
    /// answers that this estimate is made of.
    #[must_use]
    pub fn of_the_rest(self, questions: usize, after: Duration) -> Self {
        let share = questions as f64 / self.questions.max(1) as f64;
        Self {
            questions,
            tokens: (self.tokens as f64 * share).round() as u64,
            cost: self.cost.map(|cost| cost * share),
            time: self.time.saturating_sub(after),
        }
    }
}

/// Whether a call may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// It may.
    Granted,
    /// Not before a call ends that is on its way: then it is known what that took.
    Later,
    /// It could pass a ceiling; the text names it.
    Never(String),
}

/// The calls, tokens and money of a run so far.
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

    /// Sets aside what one call may take, which has room for a number of tokens of thoughts.
    pub(crate) fn begin_call(&self, thoughts: u32) -> Leave {
        let mut spent = self.state.lock();
        let mut guess = if spent.largest == TokenUse::default() { FIRST_GUESS } else { spent.largest };
        guess.completion = guess.completion.max(thoughts.into());
        let with_all = spent.on_their_way + 1;
        let then = TokenUse {
            prompt: spent.at_most.prompt + with_all * guess.prompt,
            completion: spent.at_most.completion + with_all * guess.completion,
        };
        if self.budget.calls.is_some_and(|most| spent.calls + 1 > most) {
            return Leave::Never(format!("the ceiling of {} is reached", count(spent.calls as usize, "request")));
        }
        let prices = self.budget.prices;
        let tokens = self.budget.tokens.filter(|most| then.all() > *most);
        let cost = self.budget.cost.filter(|most| prices.of(then) > *most);
        if (tokens.is_some() || cost.is_some()) && spent.on_their_way > 0 {
            return Leave::Later;
        }
        if let Some(most) = tokens {
            let [next, most, so_far] = [guess.all(), most, spent.tokens.all()].map(|tokens| grouped(tokens as usize));
            let ceiling = format!("the ceiling of {most} tokens ({so_far} so far)");
            return Leave::Never(format!("the next request may take {next} tokens and could pass {ceiling}"));
        }
        if let Some(most) = cost {
            let (next, so_far) = (prices.of(guess), prices.of(spent.tokens));
            let ceiling = format!("the ceiling of {most} ({so_far:.4} so far)");
            return Leave::Never(format!("the next request may cost {next:.4} and could pass {ceiling}"));
        }
        spent.calls += 1;
        spent.on_their_way += 1;
        Leave::Granted
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
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

    use super::*;

    const CALL: TokenUse = TokenUse { prompt: 1000, completion: 50 };

    fn refusal(spending: &Spending) -> String {
        match spending.begin_call(0) {
            Leave::Never(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ceilings_count_what_is_on_its_way() {
        let spending = Spending::new(Budget { tokens: Some(3200), ..Budget::default() });
        assert_eq!(spending.begin_call(0), Leave::Granted);
        assert_eq!(spending.begin_call(0), Leave::Later, "the first guess is high");
        spending.end_call(Some(CALL));
        assert_eq!([spending.begin_call(0), spending.begin_call(0)], [Leave::Granted, Leave::Granted]);
        assert_eq!(spending.begin_call(0), Leave::Later);
        spending.end_call(Some(CALL));
        spending.end_call(None);
        assert_eq!(spending.begin_call(0), Leave::Granted);
        spending.end_call(Some(CALL));
        let why = refusal(&spending);
        assert!(why.contains("take 1,050 tokens") && why.contains("of 3,200 tokens (3,150 so far)"), "{why}");
        assert_eq!((spending.calls(), spending.tokens().all()), (4, 3150));
        let calls = Spending::new(Budget { calls: Some(1), ..Budget::default() });
        assert_eq!(calls.begin_call(0), Leave::Granted);
        assert!(refusal(&calls).contains("1 request is"));
    }

    #[test]
    fn money_has_a_ceiling_and_an_estimate() {
        let prices = Prices { prompt: 1.0, completion: 10.0 };
        let spending = Spending::new(Budget { cost: Some(0.0077), prices, ..Budget::default() });
        spending.begin_call(0);
        spending.end_call(Some(CALL));
        let estimate = spending.estimate(1, 4, Duration::from_secs(2));
        assert_eq!((estimate.tokens, estimate.time), (4200, Duration::from_secs(8)));
        assert!((estimate.cost.unwrap() - 0.006).abs() < 1e-9);
        let rest = estimate.of_the_rest(1, Duration::from_secs(3));
        assert_eq!((rest.questions, rest.tokens, rest.time), (1, 1050, Duration::from_secs(5)));
        for _ in 0..4 {
            assert_eq!(spending.begin_call(0), Leave::Granted);
            spending.end_call(Some(CALL));
        }
        let why = refusal(&spending);
        assert!(why.contains("cost 0.0015") && why.contains("of 0.0077 (0.0075 so far)"), "{why}");
    }

    #[test]
    fn room_for_thoughts_is_set_aside() {
        let spending = Spending::new(Budget { tokens: Some(6000), ..Budget::default() });
        assert_eq!(spending.begin_call(0), Leave::Granted);
        spending.end_call(Some(CALL));
        // 1,050 so far, and 5,000 for a call with thoughts.
        assert!(matches!(spending.begin_call(4000), Leave::Never(why) if why.contains("may take 5,000 tokens")));
        assert_eq!(spending.begin_call(0), Leave::Granted);
    }

    #[test]
    fn a_server_that_counts_nothing_is_guessed() {
        let spending = Spending::new(Budget { tokens: Some(5000), ..Budget::default() });
        for _ in 0..2 {
            spending.begin_call(0);
            spending.end_call(Some(TokenUse::default()));
        }
        assert!(refusal(&spending).contains("(0 so far)"));
    }
}

//! Ceilings of calls, tokens and money that are never passed, by questions and by the scores before
//! them, and the estimate of a whole run from its first answers.

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

/// The calls and tokens of a run until some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// The calls, those without an answer too.
    pub calls: u64,
    /// The tokens, as the server counted them.
    pub tokens: TokenUse,
    /// The same, with a guess where a server did not count.
    at_most: TokenUse,
}

/// The calls, tokens and money of a run so far.
#[derive(Debug)]
pub struct Spending {
    budget: Budget,
    /// The part of it that was spent before the first question.
    before: Spent,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    spent: Spent,
    on_their_way: u64,
    /// The most that one question took.
    largest: TokenUse,
}

impl Spending {
    /// The spending of a run with nothing spent yet.
    pub fn new(budget: Budget) -> Self {
        Self::after(budget, Spent::default())
    }

    /// The spending of questions, after what was spent before them.
    pub(crate) fn after(budget: Budget, before: Spent) -> Self {
        Self { budget, before, state: Mutex::new(State { spent: before, ..State::default() }) }
    }

    /// Sets aside the tokens that a request for scores may take. No other one may be on its way.
    pub(crate) fn begin_scores(&self, guess: u64) -> Result<(), String> {
        match self.begin(TokenUse { prompt: guess, completion: 0 }) {
            Leave::Never(why) => Err(why),
            Leave::Granted | Leave::Later => Ok(()),
        }
    }

    /// Counts the tokens that a request for scores took, or its guess if the server did not count;
    /// `None` if it was refused or no reply came.
    pub(crate) fn end_scores(&self, took: Option<u64>, guess: u64) {
        let mut state = self.state.lock();
        state.on_their_way = state.on_their_way.saturating_sub(1);
        let Some(took) = took else { return };
        add(&mut state.spent.tokens, TokenUse { prompt: took, completion: 0 });
        add(&mut state.spent.at_most, TokenUse { prompt: if took == 0 { guess } else { took }, completion: 0 });
    }

    /// Sets aside what one question may take, which has room for a number of tokens of thoughts.
    pub(crate) fn begin_call(&self, thoughts: u32) -> Leave {
        let largest = self.state.lock().largest;
        let mut guess = if largest == TokenUse::default() { FIRST_GUESS } else { largest };
        guess.completion = guess.completion.max(thoughts.into());
        self.begin(guess)
    }

    /// Sets aside what one request may take.
    fn begin(&self, guess: TokenUse) -> Leave {
        let mut state = self.state.lock();
        let (spent, with_all) = (state.spent, state.on_their_way + 1);
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
        if (tokens.is_some() || cost.is_some()) && state.on_their_way > 0 {
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
        state.spent.calls += 1;
        state.on_their_way += 1;
        Leave::Granted
    }

    /// Counts what a question took; `None` if no reply came, which a server may count all the same.
    pub(crate) fn end_call(&self, took: Option<TokenUse>) {
        let mut state = self.state.lock();
        state.on_their_way = state.on_their_way.saturating_sub(1);
        let Some(took) = took else { return };
        let counted = if took == TokenUse::default() { FIRST_GUESS } else { took };
        add(&mut state.spent.tokens, took);
        add(&mut state.spent.at_most, counted);
        state.largest.prompt = state.largest.prompt.max(counted.prompt);
        state.largest.completion = state.largest.completion.max(counted.completion);
    }

    /// The calls and tokens so far.
    pub fn spent(&self) -> Spent {
        self.state.lock().spent
    }

    /// The cost so far, if the prices are known.
    pub fn cost(&self) -> Option<f64> {
        self.cost_of(self.spent().tokens)
    }

    fn cost_of(&self, tokens: TokenUse) -> Option<f64> {
        (self.budget.prices != Prices::default()).then(|| self.budget.prices.of(tokens))
    }

    /// Estimates what `left` questions take, after `answered` ones that took a time.
    pub(crate) fn estimate(&self, answered: usize, left: usize, time: Duration) -> Estimate {
        let share = left as f64 / answered.max(1) as f64;
        let all = self.spent().tokens;
        let questions = TokenUse {
            prompt: all.prompt.saturating_sub(self.before.tokens.prompt),
            completion: all.completion.saturating_sub(self.before.tokens.completion),
        };
        Estimate {
            questions: left,
            tokens: (questions.all() as f64 * share).round() as u64,
            cost: self.cost_of(questions).map(|cost| cost * share),
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
        assert_eq!((spending.spent().calls, spending.spent().tokens.all()), (4, 3150));
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
    fn scores_before_the_questions_count() {
        let spending = Spending::new(Budget { tokens: Some(5000), calls: Some(4), ..Budget::default() });
        spending.begin_scores(800).unwrap();
        spending.end_scores(Some(500), 800);
        spending.begin_scores(800).unwrap();
        spending.end_scores(Some(0), 800);
        let why = spending.begin_scores(4000).unwrap_err();
        assert!(why.contains("may take 4,000 tokens") && why.contains("(500 so far)"), "{why}");
        let spent = spending.spent();
        assert_eq!((spent.calls, spent.tokens.all()), (2, 500));
        let questions = Spending::after(Budget { tokens: Some(5000), calls: Some(4), ..Budget::default() }, spent);
        // The guess of a question is its own, and what the server did not count is guessed.
        assert_eq!([questions.begin_call(0), questions.begin_call(0)], [Leave::Granted, Leave::Later]);
        questions.end_call(Some(CALL));
        assert_eq!(questions.estimate(1, 2, Duration::ZERO).tokens, 2100, "without the scores");
        assert_eq!(questions.begin_call(0), Leave::Granted);
        questions.end_call(Some(CALL));
        assert!(refusal(&questions).contains("4 requests"));
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

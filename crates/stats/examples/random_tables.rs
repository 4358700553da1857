//! Prints random numbers with what this crate computes from them, a JSON object a line:
//! `{"kind","input","output"}`. `tests/oracles/check.py` computes the same with other programs.
//!
//! `random_tables [SEED] [TABLES]`: the same lines for the same seed; `TABLES` of each kind.

#![allow(clippy::print_stdout, reason = "the lines are the output of this program")]

use serde_json::{Value, json};
use tilejury_stats::{
    Answer, Band, Interval, Level, RowCount, TwoByTwo, allocate, assigned, bands_rate, beta_quantile, clopper_pearson,
    count_interval, dawid_skene, evidence_below, expected_width, fleiss_kappa, gold_place, gold_slot, gwet_ac1,
    highest_count, is_overlapping, is_repeated, kappa, krippendorff_alpha, normal_quantile, place, plan_acceptance,
    plan_below, running_interval, share_in_strata, share_of_negatives, student_quantile, wilson,
};

fn main() {
    let number = |at, other| std::env::args().nth(at).and_then(|text| text.parse().ok()).unwrap_or(other);
    let (seed, tables) = (number(1, 1), number(2, 60));
    let mut random = Random(fastrand::Rng::with_seed(seed));
    for table in 0..tables {
        random.intervals();
        random.populations();
        random.rows();
        random.agreement();
        random.draws();
        // The other program takes seconds for each.
        if table % 10 == 0 {
            random.skills();
        }
    }
}

fn print(kind: &str, input: &Value, output: &Value) {
    println!("{}", json!({ "kind": kind, "input": input, "output": output }));
}

fn ends(interval: Interval) -> Value {
    json!([interval.low, interval.high])
}

struct Random(fastrand::Rng);

impl Random {
    fn level(&mut self) -> Level {
        let levels = [0.9, 0.95, 0.99, 0.5 + self.0.f64() * 0.4999];
        Level::new(levels[self.0.usize(0..levels.len())]).unwrap_or(Level::USUAL)
    }

    /// A share that is often small, as rates of wrong rows are.
    fn share(&mut self) -> f64 {
        10_f64.powf(-3.0 * self.0.f64())
    }

    fn below(&mut self, share: f64, trials: u64) -> u64 {
        (0..trials).filter(|_| self.0.f64() < share).count() as u64
    }

    fn intervals(&mut self) {
        let probability = self.0.f64();
        print("normal", &json!([probability]), &json!(normal_quantile(probability)));
        let (a, b) = (self.0.f64() * 500.0 + 0.01, self.0.f64() * 5000.0 + 0.01);
        let tail = [0.005, 0.025, 0.05, 0.5, 0.975][self.0.usize(0..5)];
        print("beta", &json!([a, b, tail]), &json!(beta_quantile(a, b, tail)));
        let (freedom, probability) = (self.0.f64() * 2000.0 + 1.0, 0.5 + self.0.f64() * 0.4999);
        print("student", &json!([freedom, probability]), &json!(student_quantile(freedom, probability)));
        let (level, trials) = (self.level(), self.0.u64(1..3000));
        let share = self.share();
        let hits = self.below(share, trials);
        let input = json!([hits, trials, level.value()]);
        print("wilson", &input, &json!(wilson(hits, trials, level).map(ends)));
        let effective = trials as f64 * (0.3 + 0.7 * self.0.f64());
        let real = hits as f64 / trials as f64 * effective;
        print(
            "clopper_pearson",
            &json!([real, effective, level.value()]),
            &json!(clopper_pearson(real, effective, level).map(ends)),
        );
    }

    fn populations(&mut self) {
        let population = self.0.u64(30..6000);
        let drawn = self.0.u64(1..=population.min(800));
        let share = self.share();
        let hits = self.below(share, drawn);
        let level = self.level();
        let input = json!([population, drawn, hits, level.value()]);
        let both = |low: u64, high: u64| json!([low, high]);
        let found = count_interval(population, drawn, hits, level);
        print("count_interval", &input, &json!(found.map(|found| both(found.low, found.high))));
        print("highest_count", &input, &json!(highest_count(population, drawn, hits, level)));
        let found = running_interval(population, drawn, hits, level);
        print("running", &input, &json!(found.map(|found| both(found.low, found.high))));
        let (limit, allowed) = (self.share() / 2.0, self.0.u64(0..5));
        let plan = plan_below(population, limit, allowed, level);
        print("plan_below", &json!([population, limit, allowed, level.value()]), &json!(plan.map(|plan| plan.drawn)));
        let plan = plan_acceptance(population, limit, allowed, level);
        print("plan_acceptance", &json!([population, limit, allowed, level.value()]), &json!(plan));
        let evidence = evidence_below(population, limit, drawn, hits).filter(|evidence| evidence.is_finite());
        print("evidence_below", &json!([population, limit, drawn, hits]), &json!(evidence));
        // The other program tries every number of affected units for every sample.
        let (population, level) = (self.0.u64(30..700), self.level());
        let (drawn, affected) = (self.0.u64(1..=population.min(150)), (share * population as f64) as u64);
        let width = expected_width(population, affected, drawn, level);
        print("expected_width", &json!([population, affected, drawn, level.value()]), &json!(width));
    }

    fn rows(&mut self) {
        let (population, drawn) = (self.0.u64(1000..50_000), self.0.usize(2..600));
        let share = self.share();
        let level = self.level();
        let rows: Vec<RowCount> = (0..drawn)
            .map(|_| {
                let decided = self.0.u64(0..8);
                // Negatives of one row tend to be wrong together.
                let share = if self.0.bool() { share } else { share / 10.0 };
                RowCount { hits: self.below(share, decided), decided }
            })
            .collect();
        let counts: Vec<[u64; 2]> = rows.iter().map(|row| [row.hits, row.decided]).collect();
        let found = share_of_negatives(population, &rows, level).map(|found| {
            json!([found.estimate, found.interval.low, found.interval.high, found.effective_n, found.design_effect])
        });
        print("negatives", &json!([population, counts, level.value()]), &json!(found));
        let mut parts = vec![(0, Vec::new()); self.0.usize(1..5)];
        let number = parts.len();
        for row in rows {
            parts[self.0.usize(0..number)].1.push(row);
        }
        for (population, rows) in &mut parts {
            *population = rows.len() as u64 * self.0.u64(1..300);
        }
        let counts = |rows: &[RowCount]| rows.iter().map(|row| [row.hits, row.decided]).collect::<Vec<_>>();
        let input: Vec<_> = parts.iter().map(|(population, rows)| json!([population, counts(rows)])).collect();
        print("strata", &json!(input), &json!(share_in_strata(&parts)));
        let bands: Vec<Band> = (0..self.0.usize(1..6))
            .map(|_| {
                let population = self.0.u64(20..40_000);
                // Some bands are judged whole.
                let drawn = if self.0.f64() < 0.2 { population } else { self.0.u64(1..=population.min(300)) };
                let share = self.share();
                Band { population, drawn, hits: self.below(share, drawn) }
            })
            .collect();
        let counts: Vec<[u64; 3]> = bands.iter().map(|band| [band.population, band.drawn, band.hits]).collect();
        let found = bands_rate(&bands, level)
            .map(|found| json!([found.estimate, found.interval.low, found.interval.high, found.effective_n]));
        print("bands", &json!([counts, level.value()]), &json!(found));
        let guesses: Vec<(u64, f64)> = bands.iter().map(|band| (band.population, self.share())).collect();
        let total = self.0.u64(1..500);
        print("allocate", &json!([total, guesses, 10]), &json!(allocate(total, &guesses, 10)));
    }

    fn agreement(&mut self) {
        let mut cell = |most: u64| self.0.u64(0..most);
        let table = TwoByTwo { both: cell(60), only_first: cell(20), only_second: cell(20), neither: cell(500) };
        let level = Level::USUAL;
        let agreed = |found: Option<(f64, Interval)>| json!(found.map(|(value, ends)| [value, ends.low, ends.high]));
        print(
            "two_by_two",
            &json!([table.both, table.only_first, table.only_second, table.neither]),
            &json!([agreed(table.positive_agreement(level)), agreed(table.negative_agreement(level))]),
        );
        let size = self.0.usize(2..5);
        let counts: Vec<Vec<u64>> = (0..size).map(|_| (0..size).map(|_| self.0.u64(0..40)).collect()).collect();
        let found = kappa(&counts).map(|found| json!([found.value, found.interval.map(ends)]));
        print("kappa", &json!(counts), &json!(found));
        let (values, annotators) = (self.0.usize(2..5), self.0.usize(2..6));
        let units = |random: &mut Self, missing: f64| -> Vec<Vec<u64>> {
            (0..random.0.usize(20..80))
                .map(|_| {
                    let usual = random.0.usize(0..values);
                    let mut counts = vec![0; values];
                    for _ in 0..annotators {
                        if random.0.f64() >= missing {
                            let value = if random.0.f64() < 0.7 { usual } else { random.0.usize(0..values) };
                            counts[value] += 1;
                        }
                    }
                    counts
                })
                .collect()
        };
        let gaps = units(self, 0.3);
        print("alpha", &json!(gaps), &json!(krippendorff_alpha(&gaps)));
        print("ac1", &json!([gaps, values]), &json!(gwet_ac1(&gaps, values)));
        let full = units(self, 0.0);
        print("fleiss", &json!(full), &json!(fleiss_kappa(&full)));
    }

    fn skills(&mut self) {
        let skills: Vec<f64> = (0..self.0.usize(4..7)).map(|_| 0.8 + 0.18 * self.0.f64()).collect();
        let mut answers = Vec::new();
        for unit in 0..self.0.usize(100..200) {
            let truth = usize::from(self.0.f64() < 0.3);
            for (annotator, skill) in skills.iter().enumerate() {
                if annotator == 0 || self.0.f64() < 0.8 {
                    let value = if self.0.f64() < *skill { truth } else { 1 - truth };
                    answers.push(Answer { unit, annotator, value });
                }
            }
        }
        let list: Vec<[usize; 3]> =
            answers.iter().map(|answer| [answer.unit, answer.annotator, answer.value]).collect();
        let found = dawid_skene(&answers, 2, 5000);
        let yes: Vec<f64> = found.units.iter().map(|unit| unit[1]).collect();
        print("dawid_skene", &json!(list), &json!(yes));
    }

    fn draws(&mut self) {
        let (seed, key) = (self.0.u32(..).to_string(), format!("{:032x}", self.0.u128(..)));
        let hex: String = place(&seed, &key).iter().map(|byte| format!("{byte:02x}")).collect();
        print("place", &json!([seed, key]), &json!(hex));
        let slots = self.0.u64(1..5000);
        let hex: String = gold_place(&seed, &key).iter().map(|byte| format!("{byte:02x}")).collect();
        print("gold", &json!([seed, key, slots]), &json!([hex, gold_slot(&seed, &key, slots)]));
        let names = ["ada", "bo", "cyra", "d é"].map(str::to_owned);
        let share = self.0.f64();
        print(
            "assigned",
            &json!([seed, key, names, share]),
            &json!([
                assigned(&seed, &key, &names, 4),
                is_overlapping(&seed, &key, share),
                is_repeated(&seed, &key, share)
            ]),
        );
    }
}

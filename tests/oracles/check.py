"""Compares what crates/stats computes with other programs.

check.py FILE: a JSON object a line, {"kind", "input", "output"}, as the example random_tables of
crates/stats prints them. Numbers must agree to 1e-9, whole numbers exactly. Exit code 1 with the
first differences of each kind. No other program was found for Gwet's AC1 to so many digits, for the
allocation to bands, the evidence and the draws: these are written here a second time, from their
sources.
"""

import collections
import hashlib
import json
import math
import sys
import warnings

import krippendorff
import numpy as np
import pandas as pd
import statsmodels.api as sm
from crowdkit.aggregation.classification.dawid_skene import DawidSkene
from scipy import special, stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa
from statsmodels.stats.proportion import proportion_confint

# statsmodels warns where a variance is zero; the result is what counts.
warnings.filterwarnings("ignore")


def clopper_pearson(hits, trials, level):
    error = 1 - level
    low = stats.beta.ppf(error / 2, hits, trials - hits + 1) if hits > 0 else 0.0
    high = stats.beta.ppf(1 - error / 2, hits + 1, trials - hits) if hits < trials else 1.0
    return [low, high]


def wilson(hits, trials, level):
    return list(proportion_confint(hits, trials, 1 - level, "wilson"))


def fitting(population, drawn, hits):
    """All numbers of affected units with which the sample is possible."""
    return np.arange(hits, population - drawn + hits + 1)


def count_interval(population, drawn, hits, level):
    affected = fitting(population, drawn, hits)
    tail = (1 - level) / 2
    at_least = affected[stats.hypergeom.sf(hits - 1, population, affected, drawn) > tail]
    at_most = affected[stats.hypergeom.cdf(hits, population, affected, drawn) > tail]
    return [int(at_least.min()), int(at_most.max())]


def highest_count(population, drawn, hits, level):
    affected = fitting(population, drawn, hits)
    return int(affected[stats.hypergeom.cdf(hits, population, affected, drawn) > 1 - level].max())


def running(population, drawn, hits, level):
    affected = fitting(population, drawn, hits)
    prior = stats.betabinom.logpmf(affected, population, 0.5, 2)
    if drawn == population:
        return [hits, hits]
    posterior = stats.betabinom.logpmf(affected - hits, population - drawn, 0.5 + hits, 2 + drawn - hits)
    inside = affected[prior - posterior < np.log(1 / (1 - level))]
    return [int(inside.min()), int(inside.max())]


def at_limit(population, limit):
    return min(population, max(0, math.ceil(limit * population - 1e-9)))


def plan_below(population, limit, allowed, level):
    affected = at_limit(population, limit)
    if affected <= allowed:
        return None
    drawn = np.arange(allowed, population + 1)
    enough = drawn[stats.hypergeom.cdf(allowed, population, affected, drawn) <= 1 - level]
    return int(enough.min())


def plan_acceptance(population, share, allowed, level):
    wrong = math.floor(share * population + 1e-9) + 1
    if wrong > population or wrong <= allowed:
        return None
    drawn = np.arange(allowed, population + 1)
    enough = drawn[stats.hypergeom.cdf(allowed, population, wrong, drawn) <= 1 - level]
    return int(enough.min())


def expected_width(population, affected, drawn, level):
    hits = np.arange(max(0, affected + drawn - population), min(affected, drawn) + 1)
    weight = stats.hypergeom.pmf(hits, population, affected, drawn)
    likely = weight > 1e-13
    ends = np.array([count_interval(population, drawn, int(hit), level) for hit in hits[likely]], float)
    return float(np.average((ends[:, 1] - ends[:, 0]) / population, weights=weight[likely]))


def evidence_below(population, limit, drawn, hits):
    affected = at_limit(population, limit)
    if hits > affected:
        return 0.0
    if drawn - hits > population - affected:
        return None  # Certain.
    chosen = lambda n, k: special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    shares = affected / population * np.array([0.5, 0.2, 0.05])
    below = hits * np.log(shares) + (drawn - hits) * np.log1p(-shares)
    limit_itself = chosen(population - drawn, affected - hits) - chosen(population, affected)
    return float(np.exp(special.logsumexp(below - limit_itself) - np.log(3)))


def negatives(population, rows, level):
    hits, decided = np.array(rows, float).T
    if decided.sum() == 0:
        return None
    used = decided > 0
    ratio = sm.WLS(hits[used] / decided[used], np.ones(used.sum()), weights=decided[used])
    fit = ratio.fit(cov_type="cluster", cov_kwds={"groups": np.arange(used.sum()), "use_correction": False})
    estimate = fit.params[0]
    n, total = len(rows), decided.sum()
    variance = fit.bse[0] ** 2 * n / (n - 1) * (1 - n / population)
    if hits.sum() in (0, total) or not variance > 1e-25:
        return [estimate, *clopper_pearson(round(estimate * n, 9), n, level), n, total / n]
    quantile = lambda freedom: stats.t.ppf(1 - (1 - level) / 2, freedom)
    effective = min(total, estimate * (1 - estimate) / variance * (quantile(total - 1) / quantile(n - 1)) ** 2)
    return [estimate, *clopper_pearson(estimate * effective, effective, level), effective, total / effective]


def strata(*parts):
    """As the weighted mean of all negatives, each with the weight of its row."""
    weights, values = [], []
    for population, rows in parts:
        for hits, decided in rows:
            weights += [population / len(rows)] * decided
            values += [1.0] * hits + [0.0] * (decided - hits)
    return float(np.average(values, weights=weights)) if values else None


def bands(counts, level):
    population, drawn, hits = np.array(counts, float).T
    weight = population / population.sum()
    share = np.where(drawn < population, (hits + 0.5) / (drawn + 1), hits / drawn)
    variance = (weight**2 * (1 - drawn / population) * share * (1 - share) / drawn).sum()
    estimate = (weight * hits / drawn).sum()
    if variance == 0:
        return [estimate, estimate, estimate, population.sum()]
    expected = (weight * share).sum()
    effective = expected * (1 - expected) / variance
    return [estimate, *clopper_pearson(estimate * effective, effective, level), effective]


def allocate(total, guesses, least):
    """By sorting all rows that could be drawn by what each would gain."""
    numbers = [min(least, size) for size, _ in guesses]
    gains = []
    for band, (size, share) in enumerate(guesses):
        for number in range(numbers[band], min(size, total + least)):
            gains.append((-size * math.sqrt(share * (1 - share)) / math.sqrt(number * (number + 1)), band))
    for _, band in sorted(gains)[: max(0, total - sum(numbers))]:
        numbers[band] += 1
    return numbers


def two_by_two(both, first, second, neither):
    def agreement(same):
        if same + first + second == 0:
            return None
        mapped = [2 * end / (1 + end) for end in clopper_pearson(same, same + first + second, 0.95)]
        return [2 * same / (2 * same + first + second), *mapped]

    return [agreement(both), agreement(neither)]


def kappa(*counts):
    table = np.array(counts)
    result = cohens_kappa(table)
    first, second = np.nonzero(table)
    pairs = np.repeat(np.stack([first, second], 1), table[first, second], axis=0)
    assert abs(cohen_kappa_score(pairs[:, 0], pairs[:, 1]) - result.kappa) < 1e-9
    # The rounding errors of a variance of zero are up to about 1e-15.
    spread = stats.norm.ppf(0.975) * math.sqrt(max(result.var_kappa, 0))
    interval = [max(result.kappa - spread, -1), min(result.kappa + spread, 1)] if spread > 1e-6 else None
    return [result.kappa, interval]


def alpha(*units):
    return krippendorff.alpha(value_counts=np.array(units), level_of_measurement="nominal")


def ac1(units, values):
    counts = np.array(units, float)
    answers = counts.sum(1)
    two = counts[answers >= 2]
    observed = ((two * (two - 1)).sum(1) / (two.sum(1) * (two.sum(1) - 1))).mean()
    shares = (counts[answers >= 1] / answers[answers >= 1, None]).mean(0)
    chance = (shares * (1 - shares)).sum() / (values - 1)
    return (observed - chance) / (1 - chance)


def dawid_skene(*answers):
    table = pd.DataFrame(answers, columns=["task", "worker", "label"])
    # Without a tolerance it takes all its steps: rounding may lower its loss before the probabilities settle.
    found = DawidSkene(n_iter=600, tol=-math.inf).fit(table).probas_.sort_index()
    return list(found[1])


def sha(*lines):
    return hashlib.sha256("\n".join(lines).encode())


def place(seed, key):
    return sha("tilejury-audit-1", seed, key).hexdigest()


def assigned(seed, key, names, share):
    order = sorted(range(len(names)), key=lambda at: sha("tilejury-audit-1 who", seed, key, names[at]).digest())
    below = lambda what: int.from_bytes(sha("tilejury-audit-1 " + what, seed, key).digest()[:8], "big") < share * 2**64
    return [order, below("both"), below("again")]


def gold(seed, key, slots):
    place = sha("tilejury-audit-1 gold", seed, key)
    return [place.hexdigest(), int.from_bytes(place.digest()[24:], "big") % slots]


ORACLES = {
    "normal": stats.norm.ppf,
    "beta": lambda a, b, probability: stats.beta.ppf(probability, a, b),
    "student": lambda freedom, probability: stats.t.ppf(probability, freedom),
    "wilson": wilson,
    "clopper_pearson": clopper_pearson,
    "count_interval": count_interval,
    "highest_count": highest_count,
    "running": running,
    "plan_below": plan_below,
    "plan_acceptance": plan_acceptance,
    "expected_width": expected_width,
    "evidence_below": evidence_below,
    "negatives": negatives,
    "strata": strata,
    "bands": bands,
    "allocate": allocate,
    "two_by_two": two_by_two,
    "kappa": kappa,
    "alpha": alpha,
    "ac1": ac1,
    "fleiss": lambda *units: fleiss_kappa(np.array(units)),
    "dawid_skene": dawid_skene,
    "place": place,
    "assigned": assigned,
    "gold": gold,
}


# The largest difference that is allowed, for every kind of result.
TOLERANCE = 1e-9


def differs(found, expected):
    """The largest difference of two results of one shape; infinite if they are of two shapes."""
    if isinstance(found, list) and isinstance(expected, (list, tuple)):
        if len(found) != len(expected):
            return math.inf
        return max(map(differs, found, expected), default=0.0)
    if isinstance(found, (bool, str)) or found is None or expected is None:
        return 0.0 if found == expected else math.inf
    if isinstance(found, int) and isinstance(expected, int):
        return 0.0 if found == expected else math.inf
    return abs(found - expected) / max(1.0, abs(expected))


def main():
    worst = collections.defaultdict(float)
    numbers = collections.Counter()
    failures = collections.defaultdict(list)
    for line in open(sys.argv[1], encoding="utf-8"):
        table = json.loads(line)
        kind = table["kind"]
        expected = ORACLES[kind](*table["input"])
        difference = differs(table["output"], expected)
        numbers[kind] += 1
        worst[kind] = max(worst[kind], difference)
        if not difference <= TOLERANCE:
            failures[kind].append((difference, table["input"], table["output"], expected))
    missing = sorted(set(ORACLES) - set(numbers))
    for kind in ORACLES:
        print(f"{kind:16} {numbers[kind]:5} tables, largest difference {worst[kind]:.1e}")
    for kind, cases in failures.items():
        for difference, given, found, expected in cases[:3]:
            print(f"{kind}: {difference:.2e} apart\n  input {given}\n  found {found}\n  expected {expected}", file=sys.stderr)
        print(f"{kind}: {len(cases)} of {numbers[kind]} differ", file=sys.stderr)
    if missing:
        print(f"no tables of: {', '.join(missing)}", file=sys.stderr)
    sys.exit(bool(failures or missing))


main()

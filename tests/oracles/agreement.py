"""Compares what `tilejury agreement` prints with other programs, for random answers about a demo set.

agreement.py PROGRAM FOLDER: the built `tilejury`, and an empty folder. Numbers must agree to 1e-9, whole
numbers exactly. Exit code 1 with the differences.
"""

import collections
import json
import os
import random
import subprocess
import sys

import krippendorff
import numpy as np
from scipy import stats
from sklearn.metrics import cohen_kappa_score, confusion_matrix, f1_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa
from statsmodels.stats.proportion import proportion_confint

PROGRAM, FOLDER = sys.argv[1:3]
SET = os.path.join(FOLDER, "set")
# A home of its own: no settings, no sidecars of others.
HOME = {**os.environ, "HOME": FOLDER, **{f"XDG_{name}_HOME": FOLDER for name in ["CONFIG", "DATA", "CACHE", "STATE"]}}
failures = []


def tilejury(*args):
    run = subprocess.run([PROGRAM, *args], env=HOME, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{args}: {run.stderr}")
    return run.stdout


def check(what, found, expected):
    if found is None or expected is None:
        same = found is expected
    elif isinstance(expected, int):
        same = found == expected
    else:
        same = abs(found - expected) <= 1e-9
    if not same:
        failures.append(f"{what}: {found}, not {expected}")


def share(what, found, same, differ):
    if same + differ == 0:
        return check(what, found, None)
    # The F1 of one annotator against the other is the positive agreement.
    pairs = [(1, 1)] * same + [(1, 0)] * differ
    check(what, found["value"], float(f1_score(*zip(*pairs))) if same else 0.0)
    low, high = proportion_confint(same, same + differ, 0.05, "beta")
    for end, value in (("low", low), ("high", high)):
        # The mapped interval of Clopper & Pearson.
        check(f"{what} {end}", found[end], 2 * value / (1 + value))


def pair(what, found, first, second):
    """`first` and `second`: answers 0, 1, 2 (unsure) or None, unit by unit."""
    both = [(a, b) for a, b in zip(first, second) if a is not None and b is not None]
    clear = [(a, b) for a, b in both if 2 not in (a, b)]
    (neither, only_b), (only_a, yes) = confusion_matrix(*zip(*clear), labels=[0, 1]).tolist()
    for name, number in (("n", len(clear)), ("both", yes), ("only_a", only_a), ("only_b", only_b), ("neither", neither)):
        check(f"{what} {name}", found[name], number)
    check(f"{what} unsure", found["unsure"], len(both) - len(clear))
    share(f"{what} positive", found["positive_agreement"], yes, only_a + only_b)
    share(f"{what} negative", found["negative_agreement"], neither, only_a + only_b)
    kappa = cohens_kappa(np.array([[yes, only_a], [only_b, neither]])).kappa
    check(f"{what} kappa", found["kappa"], float(kappa))
    check(f"{what} kappa by scikit-learn", found["kappa"], float(cohen_kappa_score(*zip(*clear))))
    table = [[np.nan if answer is None else answer for answer in row] for row in (first, second)]
    check(f"{what} alpha", found["alpha"], float(krippendorff.alpha(table, level_of_measurement="nominal")))
    mean = (2 * yes + only_a + only_b) / (2 * len(clear))
    chance = 2 * mean * (1 - mean)
    check(f"{what} AC1", found["ac1"], ((yes + neither) / len(clear) - chance) / (1 - chance))


def hits(what, found, right, number):
    check(f"{what} hits", found["hits"], right)
    check(f"{what} n", found["n"], number)
    if number:
        interval = stats.binomtest(right, number).proportion_ci(0.95, "exact")
        check(f"{what} low", found["low"], float(interval.low))
        check(f"{what} high", found["high"], float(interval.high))


def everybody_of_three(units, of):
    """Fleiss' kappa, in another set where the same three people answered every unit."""
    other = os.path.join(FOLDER, "fleiss")
    tilejury("demo", other)
    names = ("ada", "bo", "cy")
    words = {0: "not_relevant", 1: "relevant", 2: "unsure"}
    rows = collections.defaultdict(lambda: collections.defaultdict(dict))
    for at, unit in enumerate(units):
        split, number, tile = unit
        # A row is used if all three answered to it.
        if all(of[name][at] is not None for name in names):
            for name in names:
                rows[split, number][name][tile] = of[name][at]
    lines, counts = [], []
    for (split, number), given in rows.items():
        for name in names:
            marks = {tile: words[said] for tile, said in given[name].items()}
            line = {"split": split, "line": number, "annotator": name, "verdict": "accept", "tiles": marks}
            lines.append(json.dumps(line))
        for tile in given["ada"]:
            counts.append([[given[name][tile] for name in names].count(value) for value in (0, 1, 2)])
    file = os.path.join(FOLDER, "fleiss.jsonl")
    with open(file, "w", encoding="utf-8") as out:
        out.write("\n".join(lines))
    tilejury("judge", other, "--from", file)
    found = [json.loads(line) for line in tilejury("agreement", other, "--json").splitlines()]
    [everybody] = [line for line in found if line["kind"] == "all"]
    check("Fleiss method", everybody["kappa_method"] == "fleiss", True)
    check("Fleiss kappa", everybody["kappa"], float(fleiss_kappa(np.array(counts))))


def main():
    random.seed(1)
    tilejury("demo", SET)
    words = {0: "not_relevant", 1: "relevant", 2: "unsure"}
    answers = collections.defaultdict(dict)
    lines = []
    for split in ("train", "eval", "test"):
        path = os.path.join(SET, f"{split}_hn.jsonl")
        path = path if os.path.exists(path) else os.path.join(SET, f"{split}.jsonl")
        for number, text in enumerate(open(path, encoding="utf-8"), 1):
            row = json.loads(text)
            tiles = [tile for tile in dict.fromkeys(row["neg_chunk_paths"]) if tile != row["chunk_path"]]
            truth = [random.random() < 0.3 for _ in tiles]
            for name, share_of_rows, skill in (("ada", 1, 0.9), ("bo", 0.9, 0.8), ("cy", 0.4, 0.7), ("adjudicator", 0.3, 0.97)):
                if random.random() >= share_of_rows:
                    continue
                marks = {}
                for tile, value in zip(tiles, truth):
                    said = 2 if random.random() < 0.05 else int(value == (random.random() < skill))
                    marks[tile] = said
                    answers[name][split, number, tile] = said
                tiles_in_words = {tile: words[said] for tile, said in marks.items()}
                line = {"split": split, "line": number, "annotator": name, "verdict": "accept", "tiles": tiles_in_words}
                lines.append(json.dumps(line))
    file = os.path.join(FOLDER, "answers.jsonl")
    with open(file, "w", encoding="utf-8") as out:
        out.write("\n".join(lines))
    tilejury("judge", SET, "--from", file)
    found = [json.loads(line) for line in tilejury("agreement", SET, "--json").splitlines()]
    units = sorted(set().union(*answers.values()))
    of = {name: [given.get(unit) for unit in units] for name, given in answers.items()}
    pairs = {tuple(line["pair"]): line for line in found if line["kind"] == "pair"}
    expected = [("ada", "bo"), ("ada", "cy"), ("bo", "cy")]
    if sorted(pairs) != expected:
        failures.append(f"pairs {sorted(pairs)}, not {expected}")
    for names in expected:
        pair(" and ".join(names), pairs[names], *(of[name] for name in names))
    [everybody] = [line for line in found if line["kind"] == "all"]
    shared = [unit for unit in zip(of["ada"], of["bo"], of["cy"]) if sum(one is not None for one in unit) > 1]
    table = np.array([[np.nan if one is None else one for one in unit] for unit in shared]).T
    check("all alpha", everybody["alpha"], float(krippendorff.alpha(table, level_of_measurement="nominal")))
    counts = [[list(unit).count(value) for value in (0, 1, 2)] for unit in shared]
    if len({sum(unit) for unit in counts}) > 1:
        check("all method", everybody["kappa_method"] == "mean-cohen", True)
        each = []
        for first, second in expected:
            both = [(a, b) for a, b in zip(of[first], of[second]) if a in (0, 1) and b in (0, 1)]
            each.append(cohens_kappa(confusion_matrix(*zip(*both), labels=[0, 1])).kappa)
        check("all kappa", everybody["kappa"], float(np.mean(each)))
    everybody_of_three(units, of)
    against = {line["annotator"]: line for line in found if line["kind"] == "against"}
    for name in ("ada", "bo", "cy"):
        counts = collections.Counter((truth, said) for truth, said in zip(of["adjudicator"], of[name]))
        hits(f"{name} sensitivity", against[name]["sensitivity"], counts[1, 1], counts[1, 1] + counts[1, 0])
        hits(f"{name} specificity", against[name]["specificity"], counts[0, 0], counts[0, 0] + counts[0, 1])
    print(f"agreement        {len(found):5} lines of {len(units)} negatives, {len(failures)} differences")
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(bool(failures))


main()

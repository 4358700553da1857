//! Coefficients for any number of annotators, of whom some may have left out some units.
//!
//! `units[unit][value]` is the number of annotators who gave the unit that value.

/// Krippendorff's alpha for nominal values with missing answers (Krippendorff 2011, “Computing
/// Krippendorff's alpha-reliability”). Units with fewer than two answers say nothing. `None` if all
/// units are such units, and if all answers are the same one.
pub fn krippendorff_alpha(units: &[Vec<u64>]) -> Option<f64> {
    let usable: Vec<(&Vec<u64>, f64)> = units
        .iter()
        .map(|counts| (counts, counts.iter().sum::<u64>() as f64))
        .filter(|(_, answers)| *answers >= 2.0)
        .collect();
    let all: f64 = usable.iter().map(|(_, answers)| answers).sum();
    let values = usable.iter().map(|(counts, _)| counts.len()).max()?;
    let observed: f64 = usable
        .iter()
        .map(|(counts, answers)| {
            let differing: f64 = counts.iter().map(|count| (answers - *count as f64) * *count as f64).sum();
            differing / (answers - 1.0)
        })
        .sum::<f64>()
        / all;
    let same: f64 = (0..values)
        .map(|value| usable.iter().map(|(counts, _)| count_at(counts, value)).sum::<f64>())
        .map(|total| total * total)
        .sum();
    let expected = (all * all - same) / (all * (all - 1.0));
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

/// Fleiss' kappa (Fleiss 1971, “Measuring nominal scale agreement among many raters”): every unit
/// has the same number of answers, at least two. `None` otherwise, and if all answers are the same
/// one.
pub fn fleiss_kappa(units: &[Vec<u64>]) -> Option<f64> {
    let answers: u64 = units.first()?.iter().sum();
    if answers < 2 || units.iter().any(|counts| counts.iter().sum::<u64>() != answers) {
        return None;
    }
    let (number, answers) = (units.len() as f64, answers as f64);
    let values = units.iter().map(Vec::len).max()?;
    let observed: f64 = units
        .iter()
        .map(|counts| {
            let squares: f64 = counts.iter().map(|count| (*count as f64).powi(2)).sum();
            (squares - answers) / (answers * (answers - 1.0))
        })
        .sum::<f64>()
        / number;
    let chance: f64 = (0..values)
        .map(|value| units.iter().map(|counts| count_at(counts, value)).sum::<f64>() / (number * answers))
        .map(|share| share * share)
        .sum();
    (1.0 - chance > 1e-12).then(|| (observed - chance) / (1.0 - chance))
}

/// Gwet's AC1 with missing answers (Gwet 2014, “Handbook of inter-rater reliability”, 4th edition):
/// agreement over units with at least two answers, shares of values over units with any. `values`
/// is the number of possible values. `None` without units of two answers, and for fewer than two
/// values.
pub fn gwet_ac1(units: &[Vec<u64>], values: usize) -> Option<f64> {
    if values < 2 {
        return None;
    }
    let answers = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
    let usable: Vec<&Vec<u64>> = units.iter().filter(|counts| answers(counts) >= 2.0).collect();
    let answered: Vec<&Vec<u64>> = units.iter().filter(|counts| answers(counts) >= 1.0).collect();
    if usable.is_empty() {
        return None;
    }
    let observed: f64 = usable
        .iter()
        .map(|counts| {
            let all = answers(counts);
            counts.iter().map(|count| *count as f64 * (*count as f64 - 1.0)).sum::<f64>() / (all * (all - 1.0))
        })
        .sum::<f64>()
        / usable.len() as f64;
    let chance: f64 = (0..values)
        .map(|value| {
            answered.iter().map(|counts| count_at(counts, value) / answers(counts)).sum::<f64>() / answered.len() as f64
        })
        .map(|share| share * (1.0 - share))
        .sum::<f64>()
        / (values as f64 - 1.0);
    Some((observed - chance) / (1.0 - chance))
}

fn count_at(counts: &[u64], value: usize) -> f64 {
    counts.get(value).map_or(0.0, |count| *count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_agrees_with_the_published_example() {
        // Krippendorff 2011, section C: nominal data, four observers, twelve units.
        let units = [
            [3, 0, 0, 0, 0],
            [0, 3, 1, 0, 0],
            [0, 0, 4, 0, 0],
            [0, 0, 4, 0, 0],
            [0, 4, 0, 0, 0],
            [1, 1, 1, 1, 0],
            [0, 0, 0, 4, 0],
            [3, 1, 0, 0, 0],
            [0, 4, 0, 0, 0],
            [0, 0, 0, 0, 3],
            [2, 0, 0, 0, 0],
            [0, 0, 1, 0, 0],
        ]
        .map(|counts| counts.to_vec());
        let found = krippendorff_alpha(&units).unwrap();
        assert!((found - 0.743).abs() < 5e-4, "{found}");
    }

    #[test]
    fn fleiss_agrees_with_the_published_example() {
        // Fleiss 1971, table 1 in the form of his textbook's ten subjects and fourteen raters.
        let units = [
            [0, 0, 0, 0, 14],
            [0, 2, 6, 4, 2],
            [0, 0, 3, 5, 6],
            [0, 3, 9, 2, 0],
            [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0],
            [3, 2, 6, 3, 0],
            [2, 5, 3, 2, 2],
            [6, 5, 2, 1, 0],
            [0, 2, 2, 3, 7],
        ]
        .map(|counts| counts.to_vec());
        let found = fleiss_kappa(&units).unwrap();
        assert!((found - 0.210).abs() < 5e-4, "{found}");
    }

    #[test]
    fn rare_answers_lower_alpha_and_not_ac1() {
        let rare: Vec<Vec<u64>> = [(1, [2, 0]), (3, [1, 1]), (96, [0, 2])]
            .into_iter()
            .flat_map(|(times, counts)| (0..times).map(move |_| counts.to_vec()))
            .collect();
        assert!(krippendorff_alpha(&rare).unwrap() < 0.45);
        assert!(gwet_ac1(&rare, 2).unwrap() > 0.95);
    }

    #[test]
    fn what_says_nothing_gives_none() {
        let single = [vec![1, 0], vec![0, 1]];
        assert_eq!(krippendorff_alpha(&single), None);
        assert_eq!(gwet_ac1(&single, 2), None);
        assert_eq!(fleiss_kappa(&[vec![2, 0], vec![1, 0]]), None, "numbers of answers differ");
        assert_eq!(krippendorff_alpha(&[vec![2, 0], vec![2, 0]]), None, "one value only");
        assert_eq!(krippendorff_alpha(&[]), None);
    }
}

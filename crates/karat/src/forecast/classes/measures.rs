//! Measures of forecast classes.

use karat_scorer::numerics::ln;
use karat_scorer::{Error, Result};

/// The least probability that a class is taken to have in the log loss.
const LEAST: f64 = 1e-15;

/// Forecasts of classes in every measure.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Judged {
    /// Share of the rows whose likeliest class is the true one.
    pub accuracy: f64,
    /// See [`macro_f1`].
    pub macro_f1: f64,
    /// See [`weighted_kappa`].
    pub weighted_kappa: f64,
    /// See [`log_loss`].
    pub log_loss: f64,
}

impl Judged {
    /// Judges probabilities row by row, `classes` of them each, of which the likeliest (of equals the first) is
    /// the class.
    ///
    /// ```
    /// use karat::forecast::classes::Judged;
    /// let judged = Judged::new(2, &[0, 1], &[0.9, 0.1, 0.2, 0.8])?;
    /// assert_eq!((judged.accuracy, judged.weighted_kappa), (1.0, 1.0));
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::Argument`] for lengths and classes that do not fit.
    pub fn new(classes: usize, truth: &[u32], probabilities: &[f64]) -> Result<Judged> {
        if classes == 0 {
            return Err(Error::argument("classes", "must be >= 1", classes));
        }
        let found = likeliest(classes, probabilities);
        let log_loss = log_loss(classes, truth, probabilities)?;
        let hits = truth.iter().zip(&found).filter(|(a, b)| a == b).count();
        Ok(Judged {
            accuracy: hits as f64 / truth.len() as f64,
            macro_f1: macro_f1(classes, truth, &found)?,
            weighted_kappa: weighted_kappa(classes, truth, &found)?,
            log_loss,
        })
    }
}

/// The likeliest class of each row, of equals the first.
pub(super) fn likeliest(classes: usize, probabilities: &[f64]) -> Vec<u32> {
    let one = |row: &[f64]| {
        let mut best = 0;
        for (class, chance) in row.iter().enumerate() {
            if *chance > row[best] {
                best = class;
            }
        }
        best as u32
    };
    probabilities.chunks_exact(classes).map(one).collect()
}

/// How many rows of each class (row of the table) were taken for which (column).
///
/// # Errors
/// [`Error::Shape`] for different lengths or no rows; [`Error::Argument`] for a class of `classes` or above.
pub fn confusion(classes: usize, truth: &[u32], found: &[u32]) -> Result<Vec<Vec<u64>>> {
    if truth.len() != found.len() || truth.is_empty() {
        return Err(Error::shape("classes found", truth.len().max(1), found.len()));
    }
    let mut table = vec![vec![0; classes]; classes];
    for (&t, &f) in truth.iter().zip(found) {
        match table.get_mut(t as usize).and_then(|row| row.get_mut(f as usize)) {
            Some(slot) => *slot += 1,
            None => {
                return Err(Error::argument("classes", format!("must be below {classes}"), t.max(f)));
            }
        }
    }
    Ok(table)
}

/// The mean over the classes of the harmonic mean of precision and recall, 0 where both are 0; of classes that
/// neither occur nor are forecast nothing is counted.
///
/// # Errors
/// As [`confusion`].
pub fn macro_f1(classes: usize, truth: &[u32], found: &[u32]) -> Result<f64> {
    Ok(agreement(&counts(classes, truth, found)?, classes).macro_f1)
}

/// Cohen's (1968) kappa with weights that grow as the square of how many classes a forecast is off: 1 for all
/// right, 0 for chance. 1 too where everything is one class and found to be.
///
/// # Errors
/// As [`confusion`].
pub fn weighted_kappa(classes: usize, truth: &[u32], found: &[u32]) -> Result<f64> {
    Ok(agreement(&counts(classes, truth, found)?, classes).weighted_kappa)
}

fn counts(classes: usize, truth: &[u32], found: &[u32]) -> Result<Vec<f64>> {
    Ok(confusion(classes, truth, found)?.into_iter().flatten().map(|count| count as f64).collect())
}

/// How far a table of classes decided for agrees with the truth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Agreement {
    pub(super) weighted_kappa: f64,
    pub(super) macro_f1: f64,
}

/// Of counts, or of weights, with a row for each true class.
pub(super) fn agreement(table: &[f64], classes: usize) -> Agreement {
    let occurs: Vec<f64> = table.chunks_exact(classes).map(|row| row.iter().sum()).collect();
    let forecast: Vec<f64> =
        (0..classes).map(|found| (0..classes).map(|truth| table[truth * classes + found]).sum()).collect();
    let total: f64 = occurs.iter().sum();
    let (mut seen, mut by_chance) = (0.0, 0.0);
    for truth in 0..classes {
        for found in 0..classes {
            let off = truth as f64 - found as f64;
            seen += off * off * table[truth * classes + found];
            by_chance += off * off * occurs[truth] * forecast[found] / total;
        }
    }
    let (mut sum, mut counted) = (0.0, 0.0);
    for class in 0..classes {
        let both = occurs[class] + forecast[class];
        if both > 0.0 {
            sum += 2.0 * table[class * classes + class] / both;
            counted += 1.0;
        }
    }
    Agreement {
        weighted_kappa: if by_chance > 0.0 { 1.0 - seen / by_chance } else { 1.0 },
        macro_f1: sum / counted,
    }
}

/// The mean of minus the logarithm of the probability of the true class, which counts as 1e-15 at least.
///
/// # Errors
/// [`Error::Shape`] unless there are `classes` probabilities a row, and rows; [`Error::Argument`] for a class of
/// `classes` or above.
pub fn log_loss(classes: usize, truth: &[u32], probabilities: &[f64]) -> Result<f64> {
    if truth.is_empty() || probabilities.len() != classes * truth.len() {
        return Err(Error::shape("probabilities", classes * truth.len().max(1), probabilities.len()));
    }
    let mut sum = 0.0;
    for (&class, row) in truth.iter().zip(probabilities.chunks_exact(classes)) {
        let Some(chance) = row.get(class as usize) else {
            return Err(Error::argument("classes", format!("must be below {classes}"), class));
        };
        sum -= ln(chance.max(LEAST));
    }
    Ok(sum / truth.len() as f64)
}

/// The mean cost of the forecasts, `costs[true class][class found]`.
///
/// # Errors
/// As [`confusion`]; [`Error::Shape`] unless the costs are a square of `classes`.
pub fn expected_cost(classes: usize, truth: &[u32], found: &[u32], costs: &[Vec<f64>]) -> Result<f64> {
    if costs.len() != classes || costs.iter().any(|row| row.len() != classes) {
        return Err(Error::shape("rows of costs, each as long", classes, costs.len()));
    }
    let table = confusion(classes, truth, found)?;
    let rows = table.iter().zip(costs).flat_map(|(counts, costs)| counts.iter().zip(costs));
    Ok(rows.map(|(&count, cost)| count as f64 * cost).sum::<f64>() / truth.len() as f64)
}

/// How many times more often the event occurs among the tenth of the rows with the highest scores than among
/// all; rows of one score that the border cuts count in proportion.
///
/// # Errors
/// [`Error::Shape`] for different lengths; [`Error::Argument`] where nothing occurs.
pub fn top_decile_lift(occurs: &[bool], scores: &[f64]) -> Result<f64> {
    if occurs.len() != scores.len() || occurs.is_empty() {
        return Err(Error::shape("scores", occurs.len().max(1), scores.len()));
    }
    let all = occurs.iter().filter(|&&occurs| occurs).count() as f64;
    if all == 0.0 {
        return Err(Error::argument("occurs", "must be true somewhere", "nowhere"));
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let tenth = 0.1 * scores.len() as f64;
    let (mut taken, mut caught, mut first) = (0.0, 0.0, 0);
    while first < order.len() && taken < tenth {
        let same = order[first..].iter().take_while(|&&row| scores[row] == scores[order[first]]).count();
        let hits = order[first..first + same.max(1)].iter().filter(|&&row| occurs[row]).count() as f64;
        let size = same.max(1) as f64;
        let share = ((tenth - taken) / size).min(1.0);
        caught += share * hits;
        taken += share * size;
        first += same.max(1);
    }
    Ok(caught / taken / (all / scores.len() as f64))
}

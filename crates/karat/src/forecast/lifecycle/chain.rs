//! Stages as a Markov chain with a way out.

use karat_scorer::step::Stage;
use karat_scorer::{Error, Problem, Result};

/// Chances to go from stage to stage within a month; what a row lacks to 1 is the chance to leave for good.
///
/// ```
/// use karat::forecast::lifecycle::StageChain;
/// let chain = StageChain::new(&["new", "loyal"], &[vec![0.5, 0.4], vec![0.0, 0.9]])?;
/// let months = chain.remaining_months()?;
/// assert!((months[1] - 10.0).abs() < 1e-12 && (months[0] - 10.0).abs() < 1e-12);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StageChain {
    names: Vec<String>,
    transitions: Vec<Vec<f64>>,
}

impl StageChain {
    /// From chances, row by row.
    ///
    /// # Errors
    /// [`Error::Shape`] for a matrix that is not square, [`Error::Data`] naming rows with chances outside 0 to 1 or
    /// a sum above 1.
    pub fn new(names: &[impl AsRef<str>], transitions: &[Vec<f64>]) -> Result<StageChain> {
        let count = names.len();
        if transitions.len() != count || count == 0 {
            return Err(Error::shape("rows of transitions", count.max(1), transitions.len()));
        }
        let mut problems = Vec::new();
        for (name, row) in names.iter().zip(transitions) {
            if row.len() != count {
                return Err(Error::shape(format!("transitions from {}", name.as_ref()), count, row.len()));
            }
            let sum: f64 = row.iter().sum();
            if !row.iter().all(|chance| (0.0..=1.0).contains(chance)) || sum > 1.0 + 1e-9 {
                let what = format!("chances outside 0 to 1, or adding up to {sum}");
                problems.push(Problem::new(name.as_ref(), what, "give chances within a month"));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Data(problems));
        }
        let names = names.iter().map(|name| name.as_ref().to_owned()).collect();
        Ok(StageChain { names, transitions: transitions.to_vec() })
    }

    /// From the months of customers, each a run of stages in order; being lost is the way out. Half a customer is
    /// added to staying in each stage, so that a stage nobody was seen in lasts.
    ///
    /// # Errors
    /// [`Error::Data`] when there is no month after another.
    pub fn from_histories<'a>(histories: impl IntoIterator<Item = &'a [Stage]>) -> Result<StageChain> {
        let mut counts = [[0.0; 5]; 4];
        let mut seen = false;
        for history in histories {
            for pair in history.windows(2) {
                if pair[0] != Stage::Lost {
                    counts[pair[0] as usize][pair[1] as usize] += 1.0;
                    seen = true;
                }
            }
        }
        if !seen {
            let remedy = "give customers with at least two months";
            return Err(Error::data(Problem::new("stages", "no month follows another", remedy)));
        }
        let mut transitions = Vec::new();
        for (stage, row) in counts.iter_mut().enumerate() {
            row[stage] += 0.5;
            let sum: f64 = row.iter().sum();
            transitions.push(row[..4].iter().map(|count| count / sum).collect());
        }
        StageChain::new(&karat_scorer::step::STAGE_NAMES[..4], &transitions)
    }

    /// Names of the stages.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Chances to go from stage to stage.
    #[must_use]
    pub fn transitions(&self) -> &[Vec<f64>] {
        &self.transitions
    }

    /// Expected months to come, the present one included, from each stage: the row sums of `(I - P)^-1`.
    ///
    /// # Errors
    /// [`Error::Data`] when a stage has no way out.
    pub fn remaining_months(&self) -> Result<Vec<f64>> {
        self.solve(1.0, &vec![1.0; self.names.len()])
    }

    /// Expected value to come from each stage with a value a month in each, this month's at once, later ones
    /// discounted by `discount_rate` a month.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of values than stages, [`Error::Argument`] for a rate of -1 or less,
    /// [`Error::Data`] when a stage has no way out and there is no discount.
    pub fn expected_value(&self, monthly: &[f64], discount_rate: f64) -> Result<Vec<f64>> {
        if monthly.len() != self.names.len() {
            return Err(Error::shape("monthly values", self.names.len(), monthly.len()));
        }
        if !(discount_rate > -1.0 && discount_rate.is_finite()) {
            return Err(Error::argument("discount_rate", "must be above -1", discount_rate));
        }
        self.solve(1.0 / (1.0 + discount_rate), monthly)
    }

    /// Expected months until a stage is left, the present one included.
    #[must_use]
    pub fn months_in_stage(&self) -> Vec<f64> {
        (0..self.names.len()).map(|i| 1.0 / (1.0 - self.transitions[i][i])).collect()
    }

    /// Expected months until stage `to` of those who reach it, and the chance to reach it, from each stage.
    ///
    /// # Errors
    /// [`Error::Argument`] for a stage that there is none, [`Error::Data`] when a stage has no way out.
    pub fn time_to(&self, to: usize) -> Result<Vec<(f64, f64)>> {
        let count = self.names.len();
        if to >= count {
            return Err(Error::argument("to", format!("must be below {count}"), to));
        }
        // Chances h of ever getting there, and sums t = h + P t of chances over months: their ratio is the mean.
        let mut walk = self.clone();
        walk.transitions[to] = vec![0.0; count];
        for row in &mut walk.transitions {
            row[to] = 0.0;
        }
        let direct: Vec<f64> =
            (0..count).map(|i| if i == to { 1.0 } else { self.transitions[i][to] }).collect();
        let reach = walk.solve(1.0, &direct)?;
        let mut weights = reach.clone();
        weights[to] = 0.0;
        let months = walk.solve(1.0, &weights)?;
        Ok(reach
            .iter()
            .zip(&months)
            .map(|(&reach, &months)| (if reach > 0.0 { months / reach } else { f64::INFINITY }, reach))
            .collect())
    }

    /// Stage chances of a base `months` from now, from chances today; the rest has left.
    #[must_use]
    pub fn forecast(&self, today: &[f64], months: usize) -> Vec<f64> {
        let mut now = today.to_vec();
        now.resize(self.names.len(), 0.0);
        for _ in 0..months {
            let mut next = vec![0.0; now.len()];
            for (chance, row) in now.iter().zip(&self.transitions) {
                for (next, step) in next.iter_mut().zip(row) {
                    *next += chance * step;
                }
            }
            now = next;
        }
        now
    }

    /// Solves `(I - factor P) x = right`, by elimination with pivots.
    fn solve(&self, factor: f64, right: &[f64]) -> Result<Vec<f64>> {
        let count = right.len();
        let mut matrix: Vec<Vec<f64>> = (0..count)
            .map(|i| {
                let row = (0..count).map(|j| f64::from(u8::from(i == j)) - factor * self.transitions[i][j]);
                row.chain([right[i]]).collect()
            })
            .collect();
        for column in 0..count {
            let pivot = (column..count)
                .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))
                .unwrap_or(column);
            if matrix[pivot][column].abs() < 1e-13 {
                let remedy = "give every stage a way out, or a discount rate above 0";
                let problem = Problem::new(&self.names[column], "customers never leave it", remedy);
                return Err(Error::data(problem));
            }
            matrix.swap(column, pivot);
            let top = matrix[column].clone();
            for row in matrix.iter_mut().skip(column + 1) {
                let share = row[column] / top[column];
                for (x, y) in row.iter_mut().zip(&top).skip(column) {
                    *x -= share * y;
                }
            }
        }
        let mut x = vec![0.0; count];
        for i in (0..count).rev() {
            let mut rest = matrix[i][count];
            for j in i + 1..count {
                rest -= matrix[i][j] * x[j];
            }
            x[i] = rest / matrix[i][i];
        }
        Ok(x)
    }
}

//! Forecasts without a model of the customer: the class stays, or follows the last one.

use karat_scorer::{Error, Result};

/// A first-order Markov chain between the classes of two periods.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MarkovChain {
    /// `transitions[from][to]`, each row summing to 1.
    pub transitions: Vec<Vec<f64>>,
}

impl MarkovChain {
    /// From the classes of the same customers in two periods; `prior` is added to every count (1 is Laplace's
    /// rule), so that nothing is impossible.
    ///
    /// ```
    /// use karat::forecast::classes::MarkovChain;
    /// let chain = MarkovChain::fit(2, &[0, 0, 0, 1], &[0, 0, 1, 1], 1.0)?;
    /// assert_eq!(chain.transitions, [vec![0.6, 0.4], vec![1.0 / 3.0, 2.0 / 3.0]]);
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] for different lengths; [`Error::Argument`] for a class of `classes` or above, or a prior
    /// that is not positive.
    pub fn fit(classes: usize, from: &[u32], to: &[u32], prior: f64) -> Result<MarkovChain> {
        if !(prior.is_finite() && prior > 0.0) {
            return Err(Error::argument("prior", "must be finite and > 0", prior));
        }
        let counts = super::confusion(classes, from, to)?;
        let share = |row: &Vec<u64>| {
            let total: u64 = row.iter().sum();
            row.iter()
                .map(|&count| (count as f64 + prior) / (total as f64 + classes as f64 * prior))
                .collect()
        };
        Ok(MarkovChain { transitions: counts.iter().map(share).collect() })
    }

    /// Probabilities of the next class, row by row.
    ///
    /// # Errors
    /// [`Error::Argument`] for a class the chain does not have.
    pub fn forecast(&self, from: &[u32]) -> Result<Vec<f64>> {
        let mut all = Vec::with_capacity(from.len() * self.transitions.len());
        for &class in from {
            let row = self.transitions.get(class as usize).ok_or_else(|| {
                Error::argument("from", format!("must be below {}", self.transitions.len()), class)
            })?;
            all.extend_from_slice(row);
        }
        Ok(all)
    }
}

/// The forecast that the class stays, with the probability with which it stayed before (`stays`), the rest shared
/// alike among the others.
///
/// # Errors
/// [`Error::Argument`] for fewer than 2 classes, a probability outside 0 to 1, or a class of `classes` or above.
pub fn persistence(classes: usize, from: &[u32], stays: f64) -> Result<Vec<f64>> {
    if classes < 2 {
        return Err(Error::argument("classes", "must be >= 2", classes));
    }
    if !(0.0..=1.0).contains(&stays) {
        return Err(Error::argument("stays", "must be 0 to 1", stays));
    }
    let others = (1.0 - stays) / (classes - 1) as f64;
    let mut all = vec![others; classes * from.len()];
    for (row, &class) in from.iter().enumerate() {
        if class as usize >= classes {
            return Err(Error::argument("from", format!("must be below {classes}"), class));
        }
        all[row * classes + class as usize] = stays;
    }
    Ok(all)
}

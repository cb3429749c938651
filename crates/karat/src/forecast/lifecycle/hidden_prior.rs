//! When stages are expected to end, before series were seen.

use super::hidden_markov::{BAND, BANDS, band};
use super::series::MonthlySeries;
use karat_scorer::step::Stage;
use karat_scorer::{Error, Problem, Result};

/// Customers of known stage that are needed.
const LEAST_KNOWN: usize = 100;

/// Chances within a month, by bands of tenure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hazards {
    pub(super) end_of_growth: Vec<f64>,
    pub(super) begin_of_decline: Vec<f64>,
}

impl Hazards {
    /// Growth ends around the expectation: hardly before two thirds of it, and soon after it. Decline begins at a
    /// rising chance (a Weibull of shape 2) with the expected month as its mean.
    pub(super) fn expected(growth_ends: f64, decline_begins: f64) -> Hazards {
        let middle = |at: usize| (at * BAND) as f64 + 0.5 * BAND as f64;
        let scale = decline_begins / 0.886_226_925_452_758;
        let growth = |at: usize| {
            let late = middle(at) / growth_ends;
            (0.25 * late * late * late * late).clamp(0.002, 0.6)
        };
        let decline = |at: usize| (2.0 * middle(at) / (scale * scale)).clamp(0.001, 0.5);
        Hazards {
            end_of_growth: (0..BANDS).map(growth).collect(),
            begin_of_decline: (0..BANDS).map(decline).collect(),
        }
    }
}

/// From customers of known stage: by how much the shares that have ended growth, and begun decline, rise from one band
/// of tenure to the next, against the share that still could.
pub(super) fn labelled(series: &MonthlySeries<'_>, known: &[Option<Stage>]) -> Result<Hazards> {
    if known.len() != series.customers() {
        return Err(Error::shape("known stages of customers", series.customers(), known.len()));
    }
    let mut counts = vec![[0.0; 3]; BANDS];
    for (customer, stage) in known.iter().enumerate() {
        let at = &mut counts[band(series.tenure(customer))];
        let (ended, begun) = match stage {
            None | Some(Stage::Lost) => continue,
            Some(Stage::Introduction | Stage::Growth) => (0.0, 0.0),
            Some(Stage::Maturity) => (1.0, 0.0),
            Some(Stage::Decline) => (1.0, 1.0),
        };
        at[0] += 1.0;
        at[1] += ended;
        at[2] += begun;
    }
    let all: f64 = counts.iter().map(|at| at[0]).sum();
    if all < LEAST_KNOWN as f64 {
        let remedy = format!("give the stage of {LEAST_KNOWN} customers who are still here, or none");
        return Err(Error::data(Problem::new("stage", format!("known of {all} customers"), remedy)));
    }
    let ended = rising(&counts.iter().map(|at| (at[1], at[0])).collect::<Vec<_>>());
    let begun = rising(&counts.iter().map(|at| (at[2], at[0])).collect::<Vec<_>>());
    let chance = |share: &[f64], at: usize, left: f64| {
        let (before, after) = (at.saturating_sub(1), (at + 1).min(BANDS - 1));
        let months = ((after - before) * BAND) as f64;
        let risen = (share[after] - share[before]) / months;
        if left > 1e-9 { (risen / left).clamp(1e-3, 0.6) } else { 0.6 }
    };
    Ok(Hazards {
        end_of_growth: (0..BANDS).map(|at| chance(&ended, at, 1.0 - ended[at])).collect(),
        begin_of_decline: (0..BANDS).map(|at| chance(&begun, at, (ended[at] - begun[at]).max(0.0))).collect(),
    })
}

/// Shares (part, whole) made never to fall, by pooling neighbours that do (Ayer et al. 1955).
fn rising(shares: &[(f64, f64)]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for &(part, whole) in shares {
        pools.push((part, whole, 1));
        while let [.., before, last] = pools.as_slice() {
            // An empty band says what its neighbour says.
            let falls = last.1 <= 0.0 || before.1 <= 0.0 || before.0 * last.1 >= last.0 * before.1;
            if !falls {
                break;
            }
            let pooled = (before.0 + last.0, before.1 + last.1, before.2 + last.2);
            pools.truncate(pools.len() - 2);
            pools.push(pooled);
        }
    }
    let share = |&(part, whole, bands): &(f64, f64, usize)| {
        std::iter::repeat_n(if whole > 0.0 { part / whole } else { 0.0 }, bands)
    };
    pools.iter().flat_map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_fall() {
        let found = rising(&[(0.0, 4.0), (2.0, 4.0), (1.0, 4.0), (0.0, 0.0), (4.0, 4.0)]);
        assert_eq!(found, [0.0, 0.375, 0.375, 0.375, 1.0]);
    }

    #[test]
    fn chances_come_back_from_customers_of_known_stage() {
        // A tenth of the mature begin to decline in every month from month 12 on, at which growth ends for all.
        let tenures: Vec<f64> = (0..60_000).map(|i| f64::from(i % 60)).collect();
        let offsets: Vec<usize> = (0..=tenures.len()).collect();
        let values = vec![1.0; tenures.len()];
        let known: Vec<Option<Stage>> = tenures
            .iter()
            .enumerate()
            .map(|(i, &tenure)| {
                let left = (0..(tenure - 11.0).max(0.0) as u32).fold(1.0, |left, _| left * 0.9);
                Some(if tenure < 12.0 {
                    Stage::Growth
                } else if f64::from(i as u32 / 60 % 1000) + 0.5 < 1000.0 * (1.0 - left) {
                    Stage::Decline
                } else {
                    Stage::Maturity
                })
            })
            .collect();
        let series = MonthlySeries::new(&offsets, &values, &tenures).unwrap();
        let found = labelled(&series, &known).unwrap();
        for at in 5..8 {
            assert!((found.begin_of_decline[at] - 0.1).abs() < 0.02, "{at} {found:?}");
        }
        assert!(found.end_of_growth[1] <= 1e-3 && found.end_of_growth[3] > 0.1, "{found:?}");
        assert!(labelled(&series, &[None]).is_err() && labelled(&series, &vec![None; 60_000]).is_err());
    }
}

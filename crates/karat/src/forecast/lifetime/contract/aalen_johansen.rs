//! Competing ways to leave: cumulative incidence (Aalen and Johansen 1978).

use super::check::Observed;
use super::fitted::two_sided;
use super::kaplan_meier::{Scale, band};
use super::times::Times;
use karat_scorer::{Error, Problem, Result};

/// The estimator: by what each way of leaving (port-out, non-payment, death) has taken of the base.
///
/// One minus Kaplan-Meier of a single cause says what would be lost if there were no other; the incidences of all
/// causes and survival add up to 1.
///
/// ```
/// use karat::forecast::lifetime::contract::AalenJohansen;
/// let curves = AalenJohansen::new().fit(&[1.0, 2.0, 2.0, 4.0], &[1.0, 2.0, 0.0, 1.0], None, None)?;
/// assert_eq!(curves.incidence[0][1], 0.25);
/// let whole: f64 = curves.incidence.iter().map(|cause| cause[2]).sum();
/// assert!((whole + curves.survival[2] - 1.0).abs() < 1e-15);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AalenJohansen {
    /// Level of the bands. Default 0.95.
    pub level: f64,
}

impl Default for AalenJohansen {
    fn default() -> AalenJohansen {
        AalenJohansen { level: 0.95 }
    }
}

/// Cumulative incidence of every cause; the first entry is time 0.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct IncidenceCurves {
    /// Distinct times.
    pub times: Vec<f64>,
    /// Customers at risk just before each time.
    pub at_risk: Vec<f64>,
    /// Chance to be here after it.
    pub survival: Vec<f64>,
    /// Codes of the causes, in order.
    pub causes: Vec<u32>,
    /// Chance to have left by each cause, cause by cause.
    pub incidence: Vec<Vec<f64>>,
    /// Standard error by the delta method.
    pub standard_error: Vec<Vec<f64>>,
    /// Lower end of the band, on the scale `ln(-ln F)`.
    pub lower: Vec<Vec<f64>>,
    /// Upper end of the band.
    pub upper: Vec<Vec<f64>>,
}

/// More codes than any list of reasons.
const MOST_CAUSES: usize = 64;

impl AalenJohansen {
    /// Bands of 95 %.
    #[must_use]
    pub fn new() -> AalenJohansen {
        AalenJohansen::default()
    }

    /// Sets the level of the bands.
    #[must_use]
    pub fn level(mut self, level: f64) -> AalenJohansen {
        self.level = level;
        self
    }

    /// The curves of customers with their durations and how they left: a code from 1 on, 0 for still here.
    ///
    /// # Errors
    /// [`Error::Data`] naming everything wrong with its rows, [`Error::Shape`] for columns of unequal length,
    /// [`Error::Argument`] for a level outside 0 to 1.
    pub fn fit(
        &self,
        durations: &[f64],
        causes: &[f64],
        entries: Option<&[f64]>,
        weights: Option<&[f64]>,
    ) -> Result<IncidenceCurves> {
        let z = two_sided(self.level)?;
        let codes = check_causes(causes)?;
        let events: Vec<f64> = causes.iter().map(|&cause| f64::from(u8::from(cause != 0.0))).collect();
        let observed = Observed { durations, events: &events, entries, weights };
        observed.check(false)?;
        let times = Times::of(&observed);
        let at_risk = times.at_risk(&observed);
        let mut lost = vec![vec![0.0; times.times.len()]; codes.len()];
        for (row, &place) in times.place.iter().enumerate() {
            if let Ok(cause) = codes.binary_search(&(causes[row] as u32))
                && causes[row] != 0.0
            {
                lost[cause][place as usize] += observed.weight(row);
            }
        }
        let mut curves = IncidenceCurves { causes: codes, ..IncidenceCurves::default() };
        let all: Vec<f64> = (0..times.times.len()).map(|i| lost.iter().map(|cause| cause[i]).sum()).collect();
        let zero = times.times.first() != Some(&0.0);
        if zero {
            curves.times.push(0.0);
            curves.at_risk.push(at_risk.first().copied().unwrap_or(0.0));
            curves.survival.push(1.0);
        }
        let mut survival = 1.0;
        let mut before = Vec::with_capacity(all.len());
        for (i, &time) in times.times.iter().enumerate() {
            before.push(survival);
            if all[i] > 0.0 && at_risk[i] > 0.0 {
                survival *= (at_risk[i] - all[i]) / at_risk[i];
            }
            curves.times.push(time);
            curves.at_risk.push(at_risk[i]);
            curves.survival.push(survival);
        }
        for cause in &lost {
            let mut sums = Incidence::default();
            let mut curve = if zero { vec![(0.0, 0.0)] } else { Vec::new() };
            for i in 0..all.len() {
                sums.step(before[i], at_risk[i], all[i], cause[i]);
                curve.push((sums.incidence, sums.standard_error()));
            }
            let bands: Vec<(f64, f64)> =
                curve.iter().map(|&(chance, error)| band(Scale::LogLog, chance, error, z)).collect();
            curves.incidence.push(curve.iter().map(|point| point.0).collect());
            curves.standard_error.push(curve.iter().map(|point| point.1).collect());
            curves.lower.push(bands.iter().map(|band| band.0).collect());
            curves.upper.push(bands.iter().map(|band| band.1).collect());
        }
        Ok(curves)
    }
}

/// Sums behind incidence and variance of one cause (Marubini and Valsecchi 1995, 10.3), opened so that each step
/// takes constant time.
#[derive(Default)]
struct Incidence {
    incidence: f64,
    /// Sums of a, F a, F^2 a with Greenwood's terms a; of b; of c and F c.
    greenwood: [f64; 3],
    own: f64,
    mixed: [f64; 2],
}

impl Incidence {
    fn step(&mut self, before: f64, at_risk: f64, all: f64, cause: f64) {
        if all <= 0.0 || at_risk <= 0.0 {
            return;
        }
        self.incidence += before * cause / at_risk;
        let f = self.incidence;
        if at_risk > all {
            let a = all / (at_risk * (at_risk - all));
            self.greenwood[0] += a;
            self.greenwood[1] += f * a;
            self.greenwood[2] += f * f * a;
        }
        self.own += before * before * cause * (at_risk - cause) / (at_risk * at_risk * at_risk);
        let c = before * cause / (at_risk * at_risk);
        self.mixed[0] += c;
        self.mixed[1] += f * c;
    }

    fn standard_error(&self) -> f64 {
        let f = self.incidence;
        let [a, fa, ffa] = self.greenwood;
        let spread = f * f * a - 2.0 * f * fa + ffa;
        (spread + self.own - 2.0 * (f * self.mixed[0] - self.mixed[1])).max(0.0).sqrt()
    }
}

fn check_causes(causes: &[f64]) -> Result<Vec<u32>> {
    let wrong: Vec<usize> = (0..causes.len())
        .filter(|&row| !(causes[row].fract() == 0.0 && (0.0..=1e6).contains(&causes[row])))
        .collect();
    if !wrong.is_empty() {
        let remedy = "write 0 for still here and whole codes from 1 on for ways to leave";
        let problem = Problem::new("causes", "no whole number from 0 to 1000000", remedy);
        return Err(Error::data(problem.at(wrong.len(), wrong)));
    }
    let mut codes: Vec<u32> =
        causes.iter().filter(|&&cause| cause > 0.0).map(|&cause| cause as u32).collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.len() > MOST_CAUSES {
        let remedy = "join rare ways to leave";
        return Err(Error::data(Problem::new("causes", format!("{} different causes", codes.len()), remedy)));
    }
    Ok(codes)
}

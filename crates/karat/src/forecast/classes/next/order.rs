//! Segments in the order of their value: the classes.

use super::panel::Panel;
use crate::classify::segments::{KMeans, Missing};
use karat_scorer::numerics::{NAN, ln_1p};
use karat_scorer::step::Segments;
use karat_scorer::{Error, Problem, Result};
use ndarray::Array2;

/// How one measure is brought to the scale on which customers are compared.
///
/// Measures of customers are skewed: a logarithm on either side of zero, linear below the median magnitude,
/// then standardised.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureScale {
    /// The column.
    pub name: String,
    /// Median magnitude where it is not zero.
    pub unit: f64,
    /// Mean of the logarithms.
    pub center: f64,
    /// Their deviation, above 0.
    pub spread: f64,
}

/// Deviations beyond which a measure counts as being there: one wild customer is no segment.
const FARTHEST: f64 = 5.0;

impl MeasureScale {
    fn fit(name: &str, values: &[f64]) -> MeasureScale {
        let mut sizes: Vec<f64> = values.iter().map(|x| x.abs()).filter(|&x| x > 0.0).collect();
        sizes.sort_by(f64::total_cmp);
        let unit = sizes.get(sizes.len() / 2).copied().unwrap_or(1.0);
        let mut scale = MeasureScale { name: name.to_owned(), unit, center: 0.0, spread: 1.0 };
        let logs: Vec<f64> = values.iter().filter(|x| !x.is_nan()).map(|&x| scale.log(x)).collect();
        let count = logs.len().max(1) as f64;
        let mean = logs.iter().sum::<f64>() / count;
        let square = logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / count;
        scale.center = mean;
        scale.spread = if square.sqrt() > 1e-12 { square.sqrt() } else { 1.0 };
        scale
    }

    fn log(&self, x: f64) -> f64 {
        let log = ln_1p(x.abs() / self.unit);
        if x < 0.0 { -log } else { log }
    }

    /// A measure on the scale, within ±5; NaN stays NaN.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        if x.is_nan() {
            return NAN;
        }
        ((self.log(x) - self.center) / self.spread).clamp(-FARTHEST, FARTHEST)
    }

    pub(super) fn check(&self) -> Result<()> {
        let numbers = [self.unit, self.center, self.spread];
        if numbers.iter().all(|x| x.is_finite()) && self.unit > 0.0 && self.spread > 0.0 {
            return Ok(());
        }
        Err(Error::argument(&self.name, "must have a finite scale above 0", self.spread))
    }
}

/// Where the class of a customer comes from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ClassSource {
    /// The nearest of frozen centers over the scaled measures; centers stand in the order of value.
    Segments(Segments),
    /// A column that holds the number of the class.
    Column(String),
}

/// Frozen ordered classes: 0 is worth least.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ValueClasses {
    /// Scales of the measures, in the order of the segments' features.
    pub measures: Vec<MeasureScale>,
    /// Periods over which measures are averaged.
    pub window: usize,
    /// Segments, or a column.
    pub source: ClassSource,
    /// Mean value of each class on the rows it was made from.
    pub values: Vec<f64>,
}

/// What classes are made from.
pub(super) struct Making<'a> {
    pub(super) measures: &'a [String],
    pub(super) value: &'a str,
    pub(super) window: usize,
    /// Segments by this plan; none takes the column.
    pub(super) plan: &'a KMeans,
    pub(super) column: Option<&'a str>,
    /// Rows that may be looked at.
    pub(super) used: &'a [bool],
}

/// Means of a measure over so many periods up to each row, of those that are there.
pub(super) fn windowed(panel: &Panel<'_>, values: &[f64], window: usize) -> Vec<f64> {
    let mean = |row: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        let mut at = Some(row);
        for _ in 0..window {
            let Some(place) = at else { break };
            if !values[place].is_nan() {
                sum += values[place];
                count += 1.0;
            }
            at = panel.before(place);
        }
        if count > 0.0 { sum / count } else { NAN }
    };
    (0..values.len()).map(mean).collect()
}

impl ValueClasses {
    /// Segments the rows that may be looked at, and numbers the segments by their mean value.
    ///
    /// # Errors
    /// [`Error::Schema`] and [`Error::Data`] for columns that are absent, text, infinite or empty; as
    /// [`KMeans::fit`] for a number of classes that the rows cannot fill.
    pub(super) fn fit(panel: &Panel<'_>, making: &Making<'_>) -> Result<ValueClasses> {
        let rows: Vec<usize> = (0..making.used.len()).filter(|&row| making.used[row]).collect();
        let mut measures = Vec::with_capacity(making.measures.len());
        let mut space = Array2::zeros((rows.len(), making.measures.len()));
        for (column, name) in making.measures.iter().enumerate() {
            let means = windowed(panel, &finite(panel, name)?, making.window);
            let chosen: Vec<f64> = rows.iter().map(|&row| means[row]).collect();
            if chosen.iter().all(|x| x.is_nan()) {
                return Err(Error::data(Problem::new(name, "missing everywhere", "leave the measure out")));
            }
            let scale = MeasureScale::fit(name, &chosen);
            for (place, &x) in chosen.iter().enumerate() {
                space[[place, column]] = scale.at(x);
            }
            measures.push(scale);
        }
        let worth = windowed(panel, &finite(panel, making.value)?, making.window);
        let worth: Vec<f64> = rows.iter().map(|&row| worth[row]).collect();
        if let Some(column) = making.column {
            let all = given(panel, column, making.plan.k)?;
            let classes: Vec<usize> = rows.iter().map(|&row| all[row] as usize).collect();
            let values = means_by(making.plan.k, &classes, &worth);
            let source = ClassSource::Column(column.to_owned());
            return Ok(ValueClasses { measures, window: making.window, source, values });
        }
        let step = making.plan.clone().missing(Missing::Scale).fit(space.view())?.step;
        let labels: Vec<usize> = space.rows().into_iter().map(|row| nearest(&step, &row.to_vec())).collect();
        let means = means_by(step.count, &labels, &worth);
        let mut order: Vec<usize> = (0..step.count).collect();
        order.sort_by(|&a, &b| means[a].total_cmp(&means[b]).then(a.cmp(&b)));
        let centers: Vec<Vec<f64>> = order.iter().map(|&segment| step.center(segment)).collect();
        Ok(ValueClasses {
            measures,
            window: making.window,
            source: ClassSource::Segments(Segments::from_rows(step.features.clone(), &centers)?),
            values: order.iter().map(|&segment| means[segment]).collect(),
        })
    }

    /// Number of classes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// The class of every row of a panel, in its order.
    ///
    /// # Errors
    /// [`Error::Schema`] and [`Error::Data`] for columns that are absent, text or infinite, or numbers that
    /// are no class.
    pub fn of(&self, panel: &Panel<'_>) -> Result<Vec<u32>> {
        let segments = match &self.source {
            ClassSource::Column(name) => return given(panel, name, self.count()),
            ClassSource::Segments(segments) => segments,
        };
        let columns: Vec<Vec<f64>> = self
            .measures
            .iter()
            .map(|scale| {
                let means = windowed(panel, &finite(panel, &scale.name)?, self.window);
                Ok(means.into_iter().map(|x| scale.at(x)).collect())
            })
            .collect::<Result<_>>()?;
        let mut point = vec![0.0; columns.len()];
        Ok((0..panel.rows().len())
            .map(|row| {
                for (slot, column) in point.iter_mut().zip(&columns) {
                    *slot = column[row];
                }
                nearest(segments, &point) as u32
            })
            .collect())
    }

    pub(super) fn check(&self) -> Result<()> {
        self.measures.iter().try_for_each(MeasureScale::check)?;
        if let ClassSource::Segments(segments) = &self.source {
            segments.check(self.measures.len())?;
            if self.count() != segments.count || segments.features.len() != self.measures.len() {
                return Err(Error::shape("values of classes", segments.count, self.count()));
            }
        }
        Ok(())
    }
}

/// Mean of the values that are there, class by class; 0 for a class without any.
fn means_by(count: usize, classes: &[usize], values: &[f64]) -> Vec<f64> {
    let (mut sums, mut sizes) = (vec![0.0; count], vec![0.0; count]);
    for (&class, &value) in classes.iter().zip(values).filter(|(_, value)| !value.is_nan()) {
        sums[class] += value;
        sizes[class] += 1.0;
    }
    sums.iter().zip(&sizes).map(|(sum, size)| if *size > 0.0 { sum / size } else { 0.0 }).collect()
}

/// Classes that a column holds.
fn given(panel: &Panel<'_>, name: &str, count: usize) -> Result<Vec<u32>> {
    let values = panel.numbers(name)?;
    let fits = |x: f64| x >= 0.0 && x < count as f64 && x.floor() == x;
    let bad: Vec<usize> =
        (0..values.len()).filter(|&row| !fits(values[row])).map(|row| panel.rows()[row]).collect();
    if !bad.is_empty() {
        let problem =
            Problem::new(name, "no number of a class", format!("number classes 0 to {}", count - 1));
        return Err(Error::data(problem.at(bad.len(), bad)));
    }
    Ok(values.into_iter().map(|x| x as u32).collect())
}

fn nearest(segments: &Segments, point: &[f64]) -> usize {
    usize::from(segments.eval_present(point).segment)
}

/// A column of numbers without infinities.
pub(super) fn finite(panel: &Panel<'_>, name: &str) -> Result<Vec<f64>> {
    let values = panel.numbers(name)?;
    let bad: Vec<usize> =
        (0..values.len()).filter(|&row| values[row].is_infinite()).map(|row| panel.rows()[row]).collect();
    if bad.is_empty() {
        return Ok(values);
    }
    let problem = Problem::new(name, "infinite values", "replace them by numbers or by missing");
    Err(Error::data(problem.at(bad.len(), bad)))
}

//! How sure a forecast is: confidence of the mean, prediction of single values.

use super::coding;
use super::freeze::thaw;
use super::loss::Loss;
use super::network::{Decay, Task, WaveletNetwork};
use super::objective::{Data, Objective, Selection};
use super::report::WaveletReport;
use super::select::mean;
use super::shape::Shape;
use super::train::normal_equations;
use crate::fitted::Fitted;
use crate::numerics::cholesky;
use crate::numerics::normal::normal_quantile;
use karat_scorer::numerics::{exp, ln};
use karat_scorer::step::wavelet::{Link, Wavelons};
use karat_scorer::{Error, Result};
use ndarray::ArrayView2;

/// Where the spread of a forecast comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IntervalMethod {
    /// The members of a bootstrap: their spread is that of the mean, what they miss on rows they did not draw the
    /// noise (Heskes, 1997; Alexandridis and Zapranis, 2013).
    #[default]
    Bagged,
    /// The delta method of one network: the curvature of its squared error (Chryssolouris, Lee and Ramsey, 1996),
    /// with weight decay as by De Veaux and others (1998).
    Analytic,
    /// The quantile of what is missed on rows that a network did not train on: valid whatever the noise, as wide
    /// everywhere (Vovk, Gammerman and Shafer, 2005). Prediction only.
    Conformal,
}

/// How the noise depends on the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Noise {
    /// Not at all.
    #[default]
    Constant,
    /// As a second network of the logarithm of the squared errors says.
    Varying,
}

/// Forecasts with the ends of their intervals.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Bands {
    /// The forecast of each row.
    pub forecast: Vec<f64>,
    /// Ends of the interval of the mean; NaN where the method has none.
    pub confidence: Vec<(f64, f64)>,
    /// Ends of the interval of a single value.
    pub prediction: Vec<(f64, f64)>,
}

/// Intervals of a fitted network of numbers.
#[derive(Debug, Clone)]
pub struct Intervals {
    step: Wavelons,
    spread: Spread,
    noise: NoiseModel,
}

#[derive(Debug, Clone)]
enum Spread {
    Members,
    /// `C` with variance `g' C g` of the standardised forecast whose derivatives by the parameters are `g`.
    Parameters {
        shape: Shape,
        at: Vec<f64>,
        covariance: Vec<f64>,
        scale: f64,
    },
    /// Sizes of the errors, ascending.
    Errors(Vec<f64>),
}

#[derive(Debug, Clone)]
enum NoiseModel {
    Constant(f64),
    /// A network of the logarithm of the variance, and what its variance is to be multiplied by.
    Varying(Box<Wavelons>, f64),
}

/// The mean of the logarithm of a squared standard normal, with its sign turned.
const LOG_SQUARE: f64 = 1.270_362_845_461_478;
/// Least share of the variance that rounding leaves to noise.
const LEAST_NOISE: f64 = 1e-12;

impl Intervals {
    /// From the fit, the plan it came from, and the same rows.
    ///
    /// # Errors
    /// [`Error::Argument`] unless numbers were learned, with several members of a bootstrap
    /// ([`Bagged`](IntervalMethod::Bagged)), one member ([`Analytic`](IntervalMethod::Analytic)), or rows that some
    /// member did not train on ([`Conformal`](IntervalMethod::Conformal)).
    pub fn new(
        method: IntervalMethod,
        noise: Noise,
        fitted: &Fitted<Wavelons, WaveletReport>,
        plan: &WaveletNetwork,
        x: ArrayView2<'_, f64>,
        target: &[f64],
    ) -> Result<Intervals> {
        let step = fitted.step.clone();
        let Link::Number { scale, .. } = step.parts().link else {
            return Err(Error::argument("task", "must be a number for intervals", "classes"));
        };
        if x.nrows() != target.len() {
            return Err(Error::shape("targets", x.nrows(), target.len()));
        }
        if method == IntervalMethod::Analytic {
            return Intervals::analytic(step, scale, plan, x, target, noise);
        }
        let left_out = LeftOut::new(fitted, x, target)?;
        if left_out.errors.len() < 2 {
            let rule = "must leave rows out of some members: set `validation`, or `resample` to a bootstrap";
            return Err(Error::argument("method", rule, "no row left out"));
        }
        if method == IntervalMethod::Conformal {
            let mut errors: Vec<f64> = left_out.errors.iter().map(|error| error.abs()).collect();
            errors.sort_by(f64::total_cmp);
            let noise = NoiseModel::Constant(0.0);
            return Ok(Intervals { step, spread: Spread::Errors(errors), noise });
        }
        if step.parts().members.len() < 2 {
            return Err(Error::argument("members", "must be several for bagged intervals", 1));
        }
        // What a row's own members miss holds their spread too, which is not noise.
        let squares: Vec<f64> = left_out
            .errors
            .iter()
            .zip(&left_out.spreads)
            .map(|(error, spread)| error * error - spread)
            .collect();
        let variance = mean(&squares).max(LEAST_NOISE * scale * scale);
        let noise = noise_model(noise, plan, x, &left_out, variance)?;
        Ok(Intervals { step, spread: Spread::Members, noise })
    }

    fn analytic(
        step: Wavelons,
        scale: f64,
        plan: &WaveletNetwork,
        x: ArrayView2<'_, f64>,
        target: &[f64],
        noise: Noise,
    ) -> Result<Intervals> {
        let parts = step.parts();
        let [member] = parts.members.as_slice() else {
            return Err(Error::argument("members", "must be 1 for analytic intervals", parts.members.len()));
        };
        let shape = Shape {
            family: parts.family,
            mother: parts.mother,
            inputs: step.inputs(),
            wavelons: member.wavelons,
            outputs: 1,
            linear: !member.linear.is_empty(),
            gaps: 0,
        };
        let at = thaw(&shape, member, &[]);
        let data = coded(&step, x);
        let rows: Vec<u32> = (0..target.len() as u32).collect();
        let selection = Selection { weights: vec![1.0; rows.len()], rows };
        let objective =
            Objective { shape, loss: Loss::Squared, decay: plan.decay, data: &data, selection, threads: 1 };
        let equations = normal_equations(&objective, &at);
        let count = at.len();
        let mut damped = equations.matrix.clone();
        let floor = 1e-10 * (0..count).map(|i| damped[i * count + i]).sum::<f64>() / count as f64;
        for (range, strength) in objective.penalised() {
            for place in range {
                damped[place * count + place] += strength;
            }
        }
        for i in 0..count {
            damped[i * count + i] += floor;
        }
        if !cholesky::factor(&mut damped, count) {
            let rule = "must leave the squared error curved: use fewer wavelons or more decay";
            return Err(Error::argument("wavelons", rule, member.wavelons));
        }
        let (covariance, effective) = sandwich(&equations.matrix, &damped, count);
        let mut out = [0.0];
        let mut errors = Vec::with_capacity(target.len());
        for (row, y) in x.rows().into_iter().zip(target) {
            step.eval(&row.to_vec(), &mut out)?;
            errors.push(y - out[0]);
        }
        let freedom = (target.len() as f64 - effective).max(1.0);
        let variance = errors.iter().map(|error| error * error).sum::<f64>() / freedom;
        let left_out =
            LeftOut { rows: (0..target.len()).collect(), spreads: vec![0.0; errors.len()], errors };
        let noise = noise_model(noise, plan, x, &left_out, variance)?;
        // The matrix is a mean over the rows: the covariance is the noise over their number times its inverse.
        let unit = variance / (scale * scale) / target.len() as f64;
        let covariance = covariance.into_iter().map(|c| c * unit).collect();
        Ok(Intervals { step, spread: Spread::Parameters { shape, at, covariance, scale }, noise })
    }

    /// Forecasts of raw rows with intervals that hold a share `level` of the cases.
    ///
    /// # Errors
    /// [`Error::Argument`] for a level not between 0 and 1; [`Error::Shape`] for other columns.
    pub fn at(&self, x: ArrayView2<'_, f64>, level: f64) -> Result<Bands> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::argument("level", "must be between 0 and 1", level));
        }
        let width = normal_quantile(0.5 + 0.5 * level);
        let mut bands = Bands::default();
        let mut out = [0.0];
        let derivatives = match &self.spread {
            Spread::Parameters { shape, at, .. } => gradients(shape, at, &coded(&self.step, x)),
            _ => Vec::new(),
        };
        for (number, row) in x.rows().into_iter().enumerate() {
            let row = row.to_vec();
            self.step.eval(&row, &mut out)?;
            let forecast = out[0];
            let around = |half: f64| (forecast - half, forecast + half);
            bands.forecast.push(forecast);
            let of_mean = match &self.spread {
                Spread::Errors(errors) => {
                    // The quantile of one more error among these.
                    let rank = (level * (errors.len() + 1) as f64).ceil() as usize;
                    let half = errors.get(rank.max(1) - 1).copied().unwrap_or(f64::INFINITY);
                    bands.confidence.push((f64::NAN, f64::NAN));
                    bands.prediction.push(around(half));
                    continue;
                }
                Spread::Members => member_spread(&self.step, &row)?,
                Spread::Parameters { covariance, scale, .. } => {
                    let g = &derivatives[number];
                    scale * scale * quadratic(covariance, g)
                }
            };
            bands.confidence.push(around(width * of_mean.sqrt()));
            let noise = match &self.noise {
                NoiseModel::Constant(variance) => *variance,
                NoiseModel::Varying(network, factor) => {
                    network.eval(&row, &mut out)?;
                    factor * exp(out[0])
                }
            };
            bands.prediction.push(around(width * (of_mean + noise).sqrt()));
        }
        Ok(bands)
    }
}

/// Rows that some members did not train on: errors of the mean of those, and the variance that this mean has.
struct LeftOut {
    rows: Vec<usize>,
    errors: Vec<f64>,
    spreads: Vec<f64>,
}

impl LeftOut {
    fn new(
        fitted: &Fitted<Wavelons, WaveletReport>,
        x: ArrayView2<'_, f64>,
        target: &[f64],
    ) -> Result<LeftOut> {
        let Link::Number { offset, scale } = fitted.step.parts().link else {
            return Err(Error::argument("task", "must be a number", "classes"));
        };
        let mut found = LeftOut { rows: Vec::new(), errors: Vec::new(), spreads: Vec::new() };
        let mut outputs = vec![0.0; fitted.step.parts().members.len()];
        for (row, &y) in target.iter().enumerate() {
            fitted.step.eval_members(&x.row(row).to_vec(), &mut outputs)?;
            let counts = fitted.report.members.iter().map(|member| member.counts.get(row).copied());
            let free: Vec<f64> =
                outputs.iter().zip(counts).filter(|(_, count)| *count == Some(0)).map(|(z, _)| *z).collect();
            if free.is_empty() {
                continue;
            }
            found.rows.push(row);
            found.errors.push(y - (offset + scale * mean(&free)));
            // Each left-out member is one draw of what the mean of all estimates.
            found.spreads.push(scale * scale * variance(&free));
        }
        Ok(found)
    }
}

fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let middle = mean(values);
    values.iter().map(|v| (v - middle) * (v - middle)).sum::<f64>() / (values.len() - 1) as f64
}

fn member_spread(step: &Wavelons, row: &[f64]) -> Result<f64> {
    let Link::Number { scale, .. } = step.parts().link else { return Ok(0.0) };
    let mut outputs = vec![0.0; step.parts().members.len()];
    step.eval_members(row, &mut outputs)?;
    Ok(scale * scale * variance(&outputs))
}

fn noise_model(
    noise: Noise,
    plan: &WaveletNetwork,
    x: ArrayView2<'_, f64>,
    left_out: &LeftOut,
    constant: f64,
) -> Result<NoiseModel> {
    if noise == Noise::Constant {
        return Ok(NoiseModel::Constant(constant));
    }
    let rows = x.select(ndarray::Axis(0), &left_out.rows);
    let floor = LEAST_NOISE * constant;
    let target: Vec<f64> =
        left_out.errors.iter().map(|error| ln((error * error).max(floor)) + LOG_SQUARE).collect();
    let network = WaveletNetwork::new(plan.wavelons.min(3), Task::Huber(2.0))
        .family(plan.family)
        .mother(plan.mother)
        .fields(plan.fields.clone())
        .decay(Decay::new(1e-3, 1e-2, 1e-3))
        .seed(plan.seed)
        .threads(plan.threads)
        .fit(rows.view(), &target)?
        .step;
    let mut out = [0.0];
    let mut ratio = 0.0;
    for (row, error) in rows.rows().into_iter().zip(&left_out.errors) {
        network.eval(&row.to_vec(), &mut out)?;
        ratio += error * error / exp(out[0]);
    }
    // The level is that of the squared errors themselves, whatever the shape of the noise.
    let level = ratio / left_out.errors.len() as f64;
    Ok(NoiseModel::Varying(Box::new(network), level))
}

fn coded(step: &Wavelons, x: ArrayView2<'_, f64>) -> Data {
    let mut inputs = Vec::with_capacity(x.nrows() * step.inputs());
    for row in x.rows() {
        coding::code_row(
            &step.parts().codings,
            |field| row.get(field).copied().unwrap_or(f64::NAN),
            &mut inputs,
        );
    }
    Data { inputs, columns: step.inputs(), target: vec![0.0; x.nrows()] }
}

/// Derivatives of the output by the parameters, row by row.
fn gradients(shape: &Shape, at: &[f64], data: &Data) -> Vec<Vec<f64>> {
    use super::families::{LANES, Point, Scratch};
    let point = Point::new(shape, at);
    let mut scratch = Scratch::new(shape);
    let mut lanes = vec![[0.0; LANES]; at.len()];
    let (mut target, mut weight) = ([0.0; LANES], [0.0; LANES]);
    let rows: Vec<u32> = (0..data.rows() as u32).collect();
    let mut all = Vec::with_capacity(rows.len());
    for rows in rows.chunks(LANES) {
        super::objective::load(data, rows, &[1.0; LANES], &mut scratch.x, &mut target, &mut weight);
        point.forward(&mut scratch);
        scratch.delta[0] = [1.0; LANES];
        lanes.fill([0.0; LANES]);
        point.backward(&scratch, &mut lanes);
        for lane in 0..rows.len() {
            all.push(lanes.iter().map(|derivative| derivative[lane]).collect());
        }
    }
    all
}

/// `A^-1 M A^-1` from the factor of `A`, and the trace of `A^-1 M`: the parameters that count.
fn sandwich(matrix: &[f64], factor: &[f64], count: usize) -> (Vec<f64>, f64) {
    let full = |i: usize, j: usize| matrix[i.max(j) * count + i.min(j)];
    // Rows of M A^-1, which are the columns of A^-1 M.
    let mut half = vec![0.0; count * count];
    let mut trace = 0.0;
    for i in 0..count {
        let row = &mut half[i * count..(i + 1) * count];
        for (j, slot) in row.iter_mut().enumerate() {
            *slot = full(i, j);
        }
        cholesky::solve(factor, row);
        trace += row[i];
    }
    let mut covariance = vec![0.0; count * count];
    let mut column = vec![0.0; count];
    for j in 0..count {
        for (i, slot) in column.iter_mut().enumerate() {
            *slot = half[i * count + j];
        }
        cholesky::solve(factor, &mut column);
        for (i, value) in column.iter().enumerate() {
            covariance[i * count + j] = *value;
        }
    }
    (covariance, trace)
}

fn quadratic(matrix: &[f64], vector: &[f64]) -> f64 {
    let count = vector.len();
    let rows = matrix.chunks_exact(count).map(|row| karat_scorer::numerics::ordered_dot(row, vector));
    let sum: f64 = rows.zip(vector).map(|(along, v)| along * v).sum();
    sum.max(0.0)
}

//! Newton's method for likelihoods of a few parameters, safeguarded so that it cannot leave the road.
//!
//! Every step solves `(-H + l D) d = g` with D the magnitudes of the diagonal of H and l raised until the
//! matrix is positive definite and the step gains (Levenberg 1944, Marquardt 1963); steps are capped, values
//! that are no numbers are steps back, and parameters stay in a box. A likelihood that rises for ever drives
//! its parameter to the box's edge, where it is held and reported. Nothing here is random, and the evaluations
//! alone decide the path, so the result is the same for any number of threads.
//!
//! The method stops when a full Newton step would gain less than 1e-16 (1 + |value| / 1000) in value, having
//! taken that step; that is a distance of 1e-8 standard errors before the last, quadratic, step.

use super::cholesky;
use karat_scorer::Result;

/// Most iterations; likelihoods of five parameters take 5 to 30.
const ITERATIONS: usize = 200;
/// Longest step in any parameter; these are logarithms.
const LONGEST_STEP: f64 = 2.0;
/// What one more step must promise, absolutely and for each unit of the value.
const PROMISE: (f64, f64) = (1e-16, 1e-19);
/// Rounding of a value, relative to it: a step that loses no more may still be one forward.
const ROUNDING: f64 = 1e-13;
/// Shift from which on a step is too short to change anything.
const LARGEST_SHIFT: f64 = 1e18;

/// A function at a point.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evaluation {
    /// Its value; one that is not finite marks a point to step back from.
    pub(crate) value: f64,
    /// Its first derivatives.
    pub(crate) gradient: Vec<f64>,
    /// Its second derivatives, row by row, symmetric.
    pub(crate) hessian: Vec<f64>,
}

impl Evaluation {
    /// All zeros, to add to.
    pub(crate) fn zero(parameters: usize) -> Evaluation {
        Evaluation {
            value: 0.0,
            gradient: vec![0.0; parameters],
            hessian: vec![0.0; parameters * parameters],
        }
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite()
            && self.gradient.iter().all(|g| g.is_finite())
            && self.hessian.iter().all(|h| h.is_finite())
    }
}

/// Which edge of the box holds a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The lower one.
    Lower,
    /// The upper one.
    Upper,
}

/// Where the function is greatest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Maximum {
    /// The point.
    pub(crate) at: Vec<f64>,
    /// The function there.
    pub(crate) found: Evaluation,
    /// Steps taken.
    pub(crate) iterations: usize,
    /// Points at which the function was evaluated.
    pub(crate) evaluations: usize,
    /// Whether the last step promised nothing more; parameters held at an edge do not count against it.
    pub(crate) converged: bool,
    /// The edge that holds each parameter, if one does.
    pub(crate) edges: Vec<Option<Edge>>,
}

/// A step in the parameters that are free.
struct Step {
    free: Vec<usize>,
    direction: Vec<f64>,
    /// What a quadratic function would gain.
    promise: f64,
}

/// Maximises `evaluate` from `start` within `bounds` (lower and upper, one pair a parameter).
///
/// A start that is not finite comes back unconverged, as it is.
///
/// # Errors
/// Those of `evaluate`, which may stop the search.
pub(crate) fn maximise(
    start: &[f64],
    bounds: &[(f64, f64)],
    mut evaluate: impl FnMut(&[f64]) -> Result<Evaluation>,
) -> Result<Maximum> {
    let at: Vec<f64> = start.iter().zip(bounds).map(|(x, &(low, high))| x.max(low).min(high)).collect();
    let found = evaluate(&at)?;
    let mut best = Maximum {
        at,
        found,
        iterations: 0,
        evaluations: 1,
        converged: false,
        edges: vec![None; bounds.len()],
    };
    let mut shift = 1e-3;
    while best.found.is_finite() && best.iterations < ITERATIONS {
        best.iterations += 1;
        best.edges = edges_of(&best, bounds);
        let last =
            full_step(&best).filter(|step| step.promise <= PROMISE.0 + PROMISE.1 * best.found.value.abs());
        if let Some(step) = &last {
            best.converged = true;
            if step.free.is_empty() {
                break;
            }
        }
        let moved = match last {
            // The step that squares the error; where rounding refuses it, what was reached stands.
            Some(step) => {
                try_step(&mut best, &step, bounds, &mut evaluate)?;
                false
            }
            None => damped_step(&mut best, bounds, &mut shift, &mut evaluate)?,
        };
        if !moved {
            break;
        }
    }
    best.edges = edges_of(&best, bounds);
    Ok(best)
}

/// The edges that hold a parameter which would rather leave.
fn edges_of(best: &Maximum, bounds: &[(f64, f64)]) -> Vec<Option<Edge>> {
    let slopes = &best.found.gradient;
    best.at
        .iter()
        .zip(bounds)
        .zip(slopes)
        .map(|((&x, &(low, high)), &slope)| {
            if x <= low && slope <= 0.0 {
                Some(Edge::Lower)
            } else if x >= high && slope >= 0.0 {
                Some(Edge::Upper)
            } else {
                None
            }
        })
        .collect()
}

/// Newton's step without damping, if the function is concave here.
fn full_step(best: &Maximum) -> Option<Step> {
    step_with(best, 0.0)
}

fn step_with(best: &Maximum, shift: f64) -> Option<Step> {
    let parameters = best.at.len();
    let free: Vec<usize> = (0..parameters).filter(|&i| best.edges[i].is_none()).collect();
    let m = free.len();
    let Evaluation { gradient, hessian, .. } = &best.found;
    let largest = free.iter().map(|&i| hessian[i * parameters + i].abs()).fold(1e-300, f64::max);
    let mut matrix = vec![0.0; m * m];
    for (row, &i) in free.iter().enumerate() {
        for (column, &j) in free.iter().enumerate() {
            matrix[row * m + column] = -hessian[i * parameters + j];
        }
        // A direction without curvature of its own gets a little of the strongest one's.
        matrix[row * m + row] += shift * hessian[i * parameters + i].abs().max(1e-6 * largest);
    }
    if !cholesky::factor(&mut matrix, m) {
        return None;
    }
    let slope: Vec<f64> = free.iter().map(|&i| gradient[i]).collect();
    let mut direction = slope.clone();
    cholesky::solve(&matrix, &mut direction);
    if direction.iter().any(|d| !d.is_finite()) {
        return None;
    }
    let longest = direction.iter().fold(0.0_f64, |longest, d| longest.max(d.abs()));
    let promise = 0.5 * direction.iter().zip(&slope).map(|(d, g)| d * g).sum::<f64>();
    if longest > LONGEST_STEP {
        direction.iter_mut().for_each(|d| *d *= LONGEST_STEP / longest);
    }
    Some(Step { free, direction, promise })
}

/// Takes the step if the function does not fall; what it gained, relative to what it promised.
fn try_step(
    best: &mut Maximum,
    step: &Step,
    bounds: &[(f64, f64)],
    evaluate: &mut impl FnMut(&[f64]) -> Result<Evaluation>,
) -> Result<Option<f64>> {
    let mut at = best.at.clone();
    for (&i, d) in step.free.iter().zip(&step.direction) {
        at[i] = (at[i] + d).max(bounds[i].0).min(bounds[i].1);
    }
    if at == best.at {
        return Ok(None);
    }
    let found = evaluate(&at)?;
    best.evaluations += 1;
    if !found.is_finite() {
        return Ok(None);
    }
    let gain = found.value - best.found.value;
    let rounding = ROUNDING * best.found.value.abs();
    // Within rounding of the value the slopes decide.
    let forward =
        gain > rounding || (gain >= -rounding && steepest(&found, step) < steepest(&best.found, step));
    if !forward {
        return Ok(None);
    }
    (best.at, best.found) = (at, found);
    Ok(Some(if step.promise > rounding { gain / step.promise } else { 1.0 }))
}

fn steepest(found: &Evaluation, step: &Step) -> f64 {
    step.free.iter().fold(0.0, |steepest, &i| found.gradient[i].abs().max(steepest))
}

/// Raises the shift until a step is one forward; false when none is.
fn damped_step(
    best: &mut Maximum,
    bounds: &[(f64, f64)],
    shift: &mut f64,
    evaluate: &mut impl FnMut(&[f64]) -> Result<Evaluation>,
) -> Result<bool> {
    while *shift < LARGEST_SHIFT {
        if let Some(step) = step_with(best, *shift) {
            if let Some(ratio) = try_step(best, &step, bounds, evaluate)? {
                // A quadratic function gains what was promised for it, or more where the step was damped.
                if ratio > 0.5 {
                    *shift = if *shift < 1e-6 { 0.0 } else { *shift * 0.1 };
                } else if ratio < 0.1 {
                    *shift = (*shift * 4.0).max(1e-6);
                }
                return Ok(true);
            }
        }
        *shift = if *shift == 0.0 { 1e-6 } else { *shift * 10.0 };
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(start: &[f64], bounds: &[(f64, f64)], f: impl Fn(&[f64]) -> (f64, Vec<f64>, Vec<f64>)) -> Maximum {
        maximise(start, bounds, |x| {
            let (value, gradient, hessian) = f(x);
            Ok(Evaluation { value, gradient, hessian })
        })
        .unwrap()
    }

    const WIDE: (f64, f64) = (-1e3, 1e3);

    /// Rosenbrock's valley (1960), turned over: its top is (1, 1), reached along a bent ridge.
    fn valley(x: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let (a, b) = (x[0], x[1]);
        let bend = b - a * a;
        let cross = 400.0 * a;
        (
            -(1.0 - a) * (1.0 - a) - 100.0 * bend * bend,
            vec![2.0 * (1.0 - a) + 400.0 * a * bend, -200.0 * bend],
            vec![-2.0 + 400.0 * (b - 3.0 * a * a), cross, cross, -200.0],
        )
    }

    #[test]
    fn a_bent_ridge_is_followed_to_its_top() {
        for start in [[-1.2, 1.0], [8.0, -3.0], [0.0, 0.0]] {
            let top = run(&start, &[WIDE; 2], valley);
            assert!(top.converged && top.iterations < 100, "{top:?}");
            assert!((top.at[0] - 1.0).abs() < 1e-12 && (top.at[1] - 1.0).abs() < 1e-12, "{top:?}");
            assert_eq!(top.edges, [None, None]);
        }
    }

    #[test]
    fn the_same_start_gives_the_same_bits() {
        let once = run(&[-1.2, 1.0], &[WIDE; 2], valley);
        assert_eq!(once, run(&[-1.2, 1.0], &[WIDE; 2], valley));
    }

    #[test]
    fn a_function_that_rises_for_ever_is_held_at_the_edge() {
        // -e^-x - (y - 3)^2: the top is at infinite x and at y = 3.
        let top = run(&[0.0, 0.0], &[(-5.0, 12.0), WIDE], |x| {
            let e = (-x[0]).exp();
            (-e - (x[1] - 3.0) * (x[1] - 3.0), vec![e, -2.0 * (x[1] - 3.0)], vec![-e, 0.0, 0.0, -2.0])
        });
        assert_eq!((top.edges[0], top.edges[1]), (Some(Edge::Upper), None), "{top:?}");
        assert!(top.converged && (top.at[1] - 3.0).abs() < 1e-12, "{top:?}");
    }

    #[test]
    fn points_without_a_value_are_stepped_back_from() {
        // ln x - x is greatest at 1; a full step from 1.9 leaves the domain.
        let top = run(&[1.9], &[(-10.0, 10.0)], |x| {
            (x[0].ln() - x[0], vec![1.0 / x[0] - 1.0], vec![-1.0 / (x[0] * x[0])])
        });
        assert!(top.converged && (top.at[0] - 1.0).abs() < 1e-12, "{top:?}");
        let stuck = run(&[-1.0], &[WIDE], |x| (x[0].ln(), vec![1.0], vec![-1.0]));
        assert!(!stuck.converged && stuck.at == [-1.0] && stuck.iterations == 0);
    }

    #[test]
    fn a_flat_function_converges_where_it_starts() {
        let top = run(&[0.5, -0.5], &[WIDE; 2], |_| (7.0, vec![0.0; 2], vec![0.0; 4]));
        assert_eq!(top.at, [0.5, -0.5]);
    }
}

//! A block of rows through a network and back: values, and the gradient of whatever they feed.
//!
//! The formulas stand in Zhang and Benveniste (1992) and Alexandridis and Zapranis (2013); products of the
//! other factors are prefix and suffix products, never divisions, since a factor may be zero. Dilations are
//! exponentials of their parameters, so that they stay positive.

use super::shape::Shape;
use karat_scorer::numerics::exp;
use karat_scorer::step::wavelet::{Family, Mother};

/// Rows of a block, side by side.
pub(super) const LANES: usize = 8;
/// One number for each row of a block.
pub(super) type Lanes = [f64; LANES];

const ZERO: Lanes = [0.0; LANES];
/// Below this the window is nothing, and the factor before it may have overflowed.
const NOTHING_LEFT: f64 = -700.0;
/// Radii below this take the limit of the slope at the center.
const CENTER: f64 = 1e-4;

/// What one block needs, reused from block to block.
pub(super) struct Scratch {
    /// Inputs.
    pub(super) x: Vec<Lanes>,
    /// Outputs.
    pub(super) z: Vec<Lanes>,
    /// Derivative of the objective by each output.
    pub(super) delta: Vec<Lanes>,
    /// Arguments of the mother wavelet, placed as the translations.
    u: Vec<Lanes>,
    /// Value of each wavelon.
    value: Vec<Lanes>,
    /// Derivative of the wavelon by each argument.
    slope: Vec<Lanes>,
    factor: Vec<Lanes>,
    before: Vec<Lanes>,
}

impl Scratch {
    pub(super) fn new(shape: &Shape) -> Scratch {
        let arguments = shape.translations().len();
        Scratch {
            x: vec![ZERO; shape.inputs],
            z: vec![ZERO; shape.outputs],
            delta: vec![ZERO; shape.outputs],
            u: vec![ZERO; arguments],
            value: vec![ZERO; shape.wavelons],
            slope: vec![ZERO; arguments],
            factor: vec![ZERO; shape.inputs],
            before: vec![ZERO; shape.inputs],
        }
    }
}

impl Scratch {
    /// Value of wavelon `j` in each row of the block.
    pub(super) fn value(&self, j: usize) -> &Lanes {
        &self.value[j]
    }
}

/// A network at one point of its parameters, with 1 over its dilations.
pub(super) struct Point<'a> {
    pub(super) shape: &'a Shape,
    pub(super) at: &'a [f64],
    inverse: Vec<f64>,
}

/// Value and slope of the mother wavelet without its window.
#[inline(always)]
fn factors(mother: Mother, u: &Lanes, factor: &mut Lanes, slope: &mut Lanes) {
    macro_rules! each {
        ($($name:ident),*) => {
            match mother {
                $(Mother::$name => for lane in 0..LANES {
                    factor[lane] = Mother::$name.factor(u[lane]);
                    slope[lane] = Mother::$name.factor_slope(u[lane]);
                },)*
                other => for lane in 0..LANES {
                    factor[lane] = other.factor(u[lane]);
                    slope[lane] = other.factor_slope(u[lane]);
                },
            }
        };
    }
    each!(MexicanHat, GaussianDerivative, Morlet, MorletAdmissible, Polywog1, Polywog2, Polywog3, Rasp1);
}

impl<'a> Point<'a> {
    pub(super) fn new(shape: &'a Shape, at: &'a [f64]) -> Point<'a> {
        Point { shape, at, inverse: at[shape.dilations()].iter().map(|s| exp(-s)).collect() }
    }

    /// Outputs of a block whose inputs are in `scratch.x`.
    #[inline(always)]
    pub(super) fn forward(&self, scratch: &mut Scratch) {
        match self.shape.family {
            Family::Product => self.products(scratch),
            Family::Radial => self.radii(scratch),
            _ => self.ridges(scratch),
        }
        let shape = self.shape;
        let (bias, linear, weights) =
            (&self.at[shape.bias()], &self.at[shape.linear()], &self.at[shape.weights()]);
        for (k, z) in scratch.z.iter_mut().enumerate() {
            *z = [bias[k]; LANES];
            if shape.linear {
                for (x, weight) in scratch.x.iter().zip(&linear[k * shape.inputs..]) {
                    for lane in 0..LANES {
                        z[lane] += weight * x[lane];
                    }
                }
            }
            for (value, weight) in scratch.value.iter().zip(&weights[k * shape.wavelons..]) {
                for lane in 0..LANES {
                    z[lane] += weight * value[lane];
                }
            }
        }
    }

    /// Adds to `gradient` that of the objective, lane by lane, given its derivatives by the outputs in
    /// `scratch.delta` and what [`forward`](Point::forward) left.
    #[inline(always)]
    pub(super) fn backward(&self, scratch: &Scratch, gradient: &mut [Lanes]) {
        let shape = self.shape;
        let (bias, linear, weights) = (shape.bias(), shape.linear(), shape.weights());
        for (k, delta) in scratch.delta.iter().enumerate() {
            add(&mut gradient[bias.start + k], delta);
            if shape.linear {
                let row = linear.start + k * shape.inputs;
                for (slot, x) in gradient[row..row + shape.inputs].iter_mut().zip(&scratch.x) {
                    add_product(slot, delta, x);
                }
            }
            let row = weights.start + k * shape.wavelons;
            for (slot, value) in gradient[row..row + shape.wavelons].iter_mut().zip(&scratch.value) {
                add_product(slot, delta, value);
            }
        }
        for j in 0..shape.wavelons {
            let mut error = ZERO;
            for (k, delta) in scratch.delta.iter().enumerate() {
                let weight = self.at[weights.start + k * shape.wavelons + j];
                for lane in 0..LANES {
                    error[lane] += weight * delta[lane];
                }
            }
            self.backward_wavelon(j, &error, scratch, gradient);
        }
    }

    #[inline(always)]
    fn backward_wavelon(&self, j: usize, error: &Lanes, scratch: &Scratch, gradient: &mut [Lanes]) {
        let shape = self.shape;
        let (translations, dilations) = (shape.translations().start, shape.dilations().start);
        let each = if shape.family == Family::Ridge { 1 } else { shape.inputs };
        for place in j * each..(j + 1) * each {
            let inverse = self.inverse[place];
            let mut pull = ZERO;
            let mut stretch = ZERO;
            for lane in 0..LANES {
                let slope = error[lane] * scratch.slope[place][lane];
                pull[lane] = slope * inverse;
                stretch[lane] = slope * scratch.u[place][lane];
            }
            subtract(&mut gradient[translations + place], &pull);
            subtract(&mut gradient[dilations + place], &stretch);
            if shape.family == Family::Ridge {
                let row = shape.directions().start + j * shape.inputs;
                for (slot, x) in gradient[row..row + shape.inputs].iter_mut().zip(&scratch.x) {
                    add_product(slot, &pull, x);
                }
            }
        }
    }

    #[inline(always)]
    fn ridges(&self, scratch: &mut Scratch) {
        let shape = self.shape;
        let (directions, translations) = (&self.at[shape.directions()], &self.at[shape.translations()]);
        for j in 0..shape.wavelons {
            let mut u = [-translations[j]; LANES];
            for (x, weight) in scratch.x.iter().zip(&directions[j * shape.inputs..]) {
                for lane in 0..LANES {
                    u[lane] += weight * x[lane];
                }
            }
            let (mut factor, mut slope, mut window) = (ZERO, ZERO, [1.0; LANES]);
            for u in &mut u {
                *u *= self.inverse[j];
            }
            factors(shape.mother, &u, &mut factor, &mut slope);
            if shape.mother.is_windowed() {
                for lane in 0..LANES {
                    window[lane] = exp(-0.5 * (u[lane] * u[lane]));
                }
            }
            for lane in 0..LANES {
                scratch.value[j][lane] = factor[lane] * window[lane];
                scratch.slope[j][lane] = slope[lane] * window[lane];
            }
            scratch.u[j] = u;
        }
    }

    #[inline(always)]
    fn arguments(&self, j: usize, scratch: &mut Scratch) -> Lanes {
        let shape = self.shape;
        let translations = &self.at[shape.translations()];
        let mut squares = ZERO;
        for i in 0..shape.inputs {
            let place = j * shape.inputs + i;
            for lane in 0..LANES {
                let u = (scratch.x[i][lane] - translations[place]) * self.inverse[place];
                scratch.u[place][lane] = u;
                squares[lane] += u * u;
            }
        }
        squares
    }

    #[inline(always)]
    fn products(&self, scratch: &mut Scratch) {
        let shape = self.shape;
        for j in 0..shape.wavelons {
            let squares = self.arguments(j, scratch);
            let mut product = [1.0; LANES];
            for i in 0..shape.inputs {
                let place = j * shape.inputs + i;
                let u = scratch.u[place];
                factors(shape.mother, &u, &mut scratch.factor[i], &mut scratch.slope[place]);
                scratch.before[i] = product;
                for lane in 0..LANES {
                    product[lane] *= scratch.factor[i][lane];
                }
            }
            let mut window = [1.0; LANES];
            let mut kept = [true; LANES];
            if shape.mother.is_windowed() {
                for lane in 0..LANES {
                    window[lane] = exp(-0.5 * squares[lane]);
                    kept[lane] = -0.5 * squares[lane] >= NOTHING_LEFT;
                }
            }
            for lane in 0..LANES {
                scratch.value[j][lane] = if kept[lane] { product[lane] * window[lane] } else { 0.0 };
            }
            let mut behind = window;
            for i in (0..shape.inputs).rev() {
                let slope = &mut scratch.slope[j * shape.inputs + i];
                for lane in 0..LANES {
                    let others = scratch.before[i][lane] * behind[lane];
                    slope[lane] = if kept[lane] { slope[lane] * others } else { 0.0 };
                    behind[lane] *= scratch.factor[i][lane];
                }
            }
        }
    }

    #[inline(always)]
    fn radii(&self, scratch: &mut Scratch) {
        let shape = self.shape;
        let dimensions = shape.inputs as f64;
        for j in 0..shape.wavelons {
            let squares = self.arguments(j, scratch);
            // The derivative by the square of the radius.
            let mut slope = ZERO;
            for lane in 0..LANES {
                let q = squares[lane];
                if shape.mother == Mother::MexicanHat {
                    let window = exp(-0.5 * q);
                    scratch.value[j][lane] = (dimensions - q) * window;
                    slope[lane] = (-1.0 - 0.5 * (dimensions - q)) * window;
                } else {
                    let radius = q.sqrt();
                    scratch.value[j][lane] = shape.mother.value(radius);
                    slope[lane] = if radius < CENTER {
                        0.5 * shape.mother.curvature(radius)
                    } else {
                        0.5 * shape.mother.slope(radius) / radius
                    };
                }
            }
            for place in j * shape.inputs..(j + 1) * shape.inputs {
                for lane in 0..LANES {
                    scratch.slope[place][lane] = 2.0 * scratch.u[place][lane] * slope[lane];
                }
            }
        }
    }
}

#[inline(always)]
fn add(slot: &mut Lanes, term: &Lanes) {
    for lane in 0..LANES {
        slot[lane] += term[lane];
    }
}

#[inline(always)]
fn subtract(slot: &mut Lanes, term: &Lanes) {
    for lane in 0..LANES {
        slot[lane] -= term[lane];
    }
}

#[inline(always)]
fn add_product(slot: &mut Lanes, a: &Lanes, b: &Lanes) {
    for lane in 0..LANES {
        slot[lane] += a[lane] * b[lane];
    }
}

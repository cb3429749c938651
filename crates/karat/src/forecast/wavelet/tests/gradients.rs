//! Gradients: the worked examples of METHODS 3.3, and central differences on random networks.

use super::super::loss::Loss;
use super::super::network::Decay;
use super::super::objective::{Data, Objective, Selection};
use super::super::shape::Shape;
use super::super::train::normal_equations;
use crate::numerics::random::Random;
use karat_scorer::step::wavelet::{Family, Mother};

fn shape(family: Family, mother: Mother, inputs: usize, wavelons: usize, outputs: usize) -> Shape {
    Shape { family, mother, inputs, wavelons, outputs, linear: true, gaps: 0 }
}

fn objective(shape: Shape, loss: Loss, data: &Data) -> Objective<'_> {
    let rows: Vec<u32> = (0..data.rows() as u32).collect();
    let weights = rows.iter().map(|row| 1.0 + f64::from(row % 3) * 0.5).collect();
    Objective { shape, loss, decay: Decay::NONE, data, selection: Selection { rows, weights }, threads: 1 }
}

fn one_row(shape: Shape, loss: Loss, data: &Data) -> Objective<'_> {
    let selection = Selection { rows: vec![0], weights: vec![1.0] };
    Objective { shape, loss, decay: Decay::NONE, data, selection, threads: 1 }
}

fn near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() < 6e-9, "{what}: {found:?}, not {expected:?}");
    }
}

/// GT-3.2: product of Mexican hats with a linear part, softmax; numbers from NumPy.
#[test]
fn gt_3_2_product_network_with_softmax() {
    let shape = shape(Family::Product, Mother::MexicanHat, 2, 2, 2);
    let dilations = [1.0_f64, 1.0, 0.5, 1.0];
    let mut at = vec![0.05, -0.05];
    at.extend([0.1, 0.0, 0.0, -0.2]);
    at.extend([0.4, -0.3, 0.2, 0.6]);
    at.extend([0.0, 0.0, 0.5, -0.5]);
    at.extend(dilations.map(f64::ln));
    let data = Data { inputs: vec![0.5, -0.25], columns: 2, target: vec![0.0] };
    let objective = one_row(shape, Loss::Softmax, &data);
    let mut gradient = vec![0.0; at.len()];
    let loss = objective.evaluate(&at, &mut gradient);
    assert!((loss - 1.035_879_430_7).abs() < 1e-10, "{loss}");
    near(&gradient[shape.bias()], &[-0.645_085_88, 0.645_085_88], "constants");
    near(
        &gradient[shape.linear()],
        &[-0.322_542_94, 0.161_271_47, 0.322_542_94, -0.161_271_47],
        "linear terms",
    );
    near(&gradient[shape.weights()], &[-0.387_964_12, -0.586_161_26, 0.387_964_12, 0.586_161_26], "weights");
    near(&gradient[shape.translations()], &[-0.142_253_51, 0.060_781_05, 0.0, 0.413_243_69], "translations");
    let by_dilation: Vec<f64> =
        gradient[shape.dilations()].iter().zip(dilations).map(|(slope, d)| slope / d).collect();
    near(&by_dilation, &[-0.071_126_76, -0.015_195_26, 0.0, 0.103_310_92], "dilations");
}

/// GT-3.3: ridge wavelons of the truncated Morlet wavelet, squared error; numbers from NumPy.
#[test]
fn gt_3_3_ridge_network_with_squared_error() {
    let shape = Shape { linear: false, ..shape(Family::Ridge, Mother::Morlet, 2, 2, 1) };
    let dilations = [1.0_f64, 0.5];
    let mut at = vec![0.0, 0.5, -0.4, 0.3, -0.2, 0.1, 0.4, 0.1, -0.2];
    at.extend(dilations.map(f64::ln));
    let data = Data { inputs: vec![0.5, -0.25], columns: 2, target: vec![0.2] };
    let objective = one_row(shape, Loss::Squared, &data);
    let mut gradient = vec![0.0; at.len()];
    let loss = objective.evaluate(&at, &mut gradient);
    assert!((loss - 0.000_840_147_69).abs() < 1e-11, "{loss}");
    // y - target of the example.
    near(&gradient[shape.bias()], &[0.159_008_59 - 0.2], "constant");
    near(&gradient[shape.weights()], &[-0.040_164_00, -0.033_910_04], "weights");
    near(
        &gradient[shape.directions()],
        &[0.004_110_94, -0.002_055_47, -0.017_818_17, 0.008_909_08],
        "directions",
    );
    near(&gradient[shape.translations()], &[-0.008_221_87, 0.035_636_33], "translations");
    let by_dilation: Vec<f64> =
        gradient[shape.dilations()].iter().zip(dilations).map(|(slope, a)| slope / a).collect();
    near(&by_dilation, &[-0.000_822_19, 0.010_690_90], "dilations");
}

/// A random network with its rows.
fn random_case(shape: &Shape, loss: Loss, classes: u64, random: &mut Random) -> (Vec<f64>, Data) {
    let rows = 13;
    let at = (0..shape.parameters()).map(|_| 0.6 * random.normal()).collect();
    let inputs = (0..rows * shape.inputs).map(|_| random.normal()).collect();
    let target = (0..rows)
        .map(|_| match loss {
            Loss::Squared | Loss::Huber(_) => random.normal(),
            _ => random.below(classes) as f64,
        })
        .collect();
    (at, Data { inputs, columns: shape.inputs, target })
}

/// Gradients equal central differences to 1e-6 relative, for every family, mother wavelet and loss.
#[test]
fn gradients_equal_central_differences() {
    let mut random = Random::new(5);
    for family in Family::ALL {
        for mother in Mother::ALL {
            if family == Family::Radial && !mother.is_even() {
                continue;
            }
            for (loss, outputs, gaps, classes) in [
                (Loss::Squared, 1, 0, 0),
                (Loss::Huber(0.7), 1, 0, 0),
                (Loss::Logistic, 1, 0, 2),
                (Loss::Softmax, 3, 0, 3),
                (Loss::Ordered, 1, 2, 4),
            ] {
                let shape = Shape { gaps, ..shape(family, mother, 3, 4, outputs) };
                let (at, data) = random_case(&shape, loss, classes, &mut random);
                let mut objective = objective(shape, loss, &data);
                objective.decay = Decay::new(0.01, 0.02, 0.03);
                let mut gradient = vec![0.0; at.len()];
                objective.evaluate(&at, &mut gradient);
                let scale = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
                let mut unused = gradient.clone();
                for place in 0..at.len() {
                    let mut value = |step: f64| {
                        let mut at = at.clone();
                        at[place] += step;
                        objective.evaluate(&at, &mut unused)
                    };
                    // Fourth order, so that the differences are right to 1e-9 or so.
                    let h = 1e-4;
                    let difference =
                        (8.0 * (value(h) - value(-h)) - (value(2.0 * h) - value(-2.0 * h))) / (12.0 * h);
                    let error = (gradient[place] - difference).abs() / (scale + difference.abs());
                    assert!(
                        error < 1e-6,
                        "{family:?} {mother:?} {loss:?} parameter {place}: {} and {difference}",
                        gradient[place]
                    );
                }
            }
        }
    }
}

/// The normal equations hold what the gradient and single derivatives say.
#[test]
fn normal_equations_agree_with_the_gradient() {
    let mut random = Random::new(9);
    let shape = shape(Family::Product, Mother::GaussianDerivative, 2, 3, 1);
    let (at, data) = random_case(&shape, Loss::Squared, 0, &mut random);
    let objective = objective(shape, Loss::Squared, &data);
    let equations = normal_equations(&objective, &at);
    let mut gradient = vec![0.0; at.len()];
    let value = objective.evaluate(&at, &mut gradient);
    assert!((equations.loss - value).abs() < 1e-12);
    for (a, b) in equations.gradient.iter().zip(&gradient) {
        assert!((a - b).abs() < 1e-12);
    }
    // The constant's derivative is 1: its row of the matrix holds mean derivatives.
    assert!((equations.matrix[0] - 1.0).abs() < 1e-12);
}

/// The sums are the same for any number of threads.
#[test]
fn threads_do_not_change_a_bit() {
    let mut random = Random::new(2);
    let shape = shape(Family::Ridge, Mother::MexicanHat, 4, 3, 1);
    let rows = 5000;
    let at: Vec<f64> = (0..shape.parameters()).map(|_| random.normal()).collect();
    let inputs = (0..rows * 4).map(|_| random.normal()).collect();
    let target = (0..rows).map(|_| random.normal()).collect();
    let data = Data { inputs, columns: 4, target };
    let mut all = objective(shape, Loss::Squared, &data);
    let mut one = vec![0.0; at.len()];
    let mut three = one.clone();
    let value = all.evaluate(&at, &mut one);
    all.threads = 3;
    assert_eq!(value.to_bits(), all.evaluate(&at, &mut three).to_bits());
    assert_eq!(one, three);
}

#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use super::design::Design;
use super::loss::Loss;
use super::newton::Newton;
use super::*;
use crate::numerics::random::Random;
use crate::table::Column;
use karat_scorer::ErrorKind;

fn noisy(rows: usize, seed: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut random = Random::new(seed);
    let x: Vec<f64> = (0..rows).map(|_| random.uniform() * 4.0 - 2.0).collect();
    let z: Vec<f64> = (0..rows).map(|_| random.uniform()).collect();
    let y = x.iter().zip(&z).map(|(x, z)| (2.0 * x).sin() + z * f64::from(u8::from(*x > 0.5)));
    let y = y.map(|y| y + 0.1 * random.normal()).collect();
    (x, z, y)
}

fn table<'a>(x: &'a [f64], z: &'a [f64]) -> Table<'a> {
    Table::from_columns([("x", Column::from(x)), ("z", Column::from(z))]).unwrap()
}

/// Slopes and curvatures against central differences of the loss.
#[test]
fn slopes_are_those_of_the_loss() {
    let cases = [
        (Loss::Logistic, vec![vec![0.7]], 1.0),
        (Loss::Softmax, vec![vec![0.2], vec![-0.4], vec![1.1]], 2.0),
        (Loss::Squared, vec![vec![0.3]], -1.2),
        (Loss::Huber(0.5), vec![vec![0.3]], 0.6),
        (Loss::Huber(0.5), vec![vec![3.0]], 0.6),
    ];
    for (loss, eta, target) in cases {
        let outputs = eta.len();
        let mut slope = vec![vec![0.0]; outputs];
        let mut curvature = slope.clone();
        loss.slopes(&eta, &[target], &[2.0], &mut slope, &mut curvature);
        for output in 0..outputs {
            let at = |by: f64| {
                let mut moved = eta.clone();
                moved[output][0] += by;
                loss.value(&moved, &[target], &[2.0])
            };
            let step = 1e-4;
            let difference = -(at(step) - at(-step)) / (2.0 * step);
            assert!((f64::from(slope[output][0]) - difference).abs() < 1e-6, "{loss:?}");
            let second = (at(step) - 2.0 * at(0.0) + at(-step)) / (step * step);
            // Huber's curvature is that of the parabola above it, not the loss's own.
            assert!(f64::from(curvature[output][0]) > second - 1e-5, "{loss:?}");
        }
    }
}

/// Two columns by hand: `(X'X + penalty) b = X'y` on standardised columns.
#[test]
fn a_ridge_fit_solves_the_normal_equations() {
    let weights = [1.0; 4];
    let mut design = Design::new(4, 4);
    design.push(&[0.0, 1.0, 2.0, 3.0], &weights, 4.0);
    let target = [1.0, 3.0, 2.0, 6.0];
    let mut newton = Newton::new(Loss::Squared, 1, &design, &target, &weights, vec![0.0, 1.0], vec![]);
    newton.renew(&design);
    newton.descend(&design, 50, 1e-14);
    // Deviation sqrt(1.25), sum of z y = 7 / sqrt(1.25); the penalty is times min(variance left at first, 1) = 1.
    let expected = 7.0 / 1.25_f64.sqrt() / (4.0 + 1.0);
    assert!((newton.coefficients[0][1] - expected).abs() < 1e-5, "{:?}", newton.coefficients);
    assert!((newton.coefficients[0][0] - 3.0).abs() < 2e-3);
}

#[test]
fn bordering_is_the_same_as_factoring_anew() {
    let mut random = Random::new(4);
    let weights = vec![1.0; 300];
    let mut columns: Vec<Vec<f32>> =
        (0..9).map(|_| (0..300).map(|_| random.normal() as f32).collect()).collect();
    columns.push(columns[0].clone());
    let target: Vec<f64> =
        (0..300).map(|row| f64::from(u8::from(columns[1][row] + columns[2][row] > 0.3))).collect();
    let fit = |at_once: bool| {
        let mut design = Design::new(300, 300);
        let mut newton = Newton::new(Loss::Logistic, 1, &design, &target, &weights, vec![4.0; 11], vec![]);
        newton.renew(&design);
        for column in &columns {
            design.push(column, &weights, 300.0);
            if !at_once {
                newton.border(&design);
            }
        }
        newton.border(&design);
        newton.descend(&design, 100, 1e-10);
        newton.coefficients
    };
    for (a, b) in fit(true)[0].iter().zip(&fit(false)[0]) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn noise_is_all_that_is_left_of_a_known_curve() {
    let (x, z, y) = noisy(1500, 1);
    let fitted = SparseNetwork::new().seed(3).fit(&table(&x, &z), Target::Numbers(&y)).unwrap();
    let (x, z, y) = noisy(1500, 2);
    let mut out = vec![0.0; 1500];
    fitted.step.eval_batch(&[&x, &z], karat_scorer::step::Asked::Value, &mut out, 1).unwrap();
    let missed = out.iter().zip(&y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / 1500.0;
    // The noise has variance 0.01.
    assert!(missed < 0.0135, "{missed}");
    assert!(fitted.report.held_out_loss < 0.5 * 0.0135 && fitted.report.linear_loss > 0.1);
}

#[test]
fn threads_and_the_order_of_rows_change_no_bit() {
    let (x, z, y) = noisy(400, 5);
    let plan = SparseNetwork::new().seed(9);
    let one = plan.clone().threads(1).fit(&table(&x, &z), Target::Numbers(&y)).unwrap();
    let four = plan.clone().threads(4).fit(&table(&x, &z), Target::Numbers(&y)).unwrap();
    assert_eq!(one.step, four.step);
    let turned = |values: &[f64]| -> Vec<f64> { values.iter().rev().copied().collect() };
    let back = plan.fit(&table(&turned(&x), &turned(&z)), Target::Numbers(&turned(&y))).unwrap();
    assert_eq!(one.step, back.step);
}

#[test]
fn a_fit_can_be_stopped_and_is_sampled() {
    let (x, z, y) = noisy(400, 5);
    let table = table(&x, &z);
    let stopped =
        SparseNetwork::new().fit_observed(&table, Target::Numbers(&y), None, &mut |_| ControlFlow::Break(()));
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Interrupted);
    let mut plan = SparseNetwork::single();
    (plan.max_rows, plan.growth_rows) = (200, 100);
    assert_eq!(plan.fit(&table, Target::Numbers(&y)).unwrap().report.fitted_rows, 200);
    let wrong = Target::Classes { labels: &[0; 400], count: 2 };
    assert!(plan.fit(&table, wrong).unwrap_err().to_string().contains("only one class"));
}

/// Of the rows that it knows nothing is left to learn; of few new ones it moves less than a new network, and
/// forecasts better.
#[test]
fn a_warm_start_corrects_what_is_there() {
    let (x, z, y) = noisy(1500, 1);
    let plan = SparseNetwork::new().seed(3);
    let first = plan.fit(&table(&x, &z), Target::Numbers(&y)).unwrap().step;
    let error = |step: &Expansion| {
        let (x, z, y) = noisy(2000, 7);
        let mut out = vec![0.0; 2000];
        step.eval_batch(&[&x, &z], karat_scorer::step::Asked::Value, &mut out, 1).unwrap();
        out.iter().zip(&y).map(|(a, b)| (a - b - 1.0) * (a - b - 1.0)).sum::<f64>() / 2000.0
    };
    // Forty new rows, on a level that is higher by 1.
    let (x, z, y) = noisy(40, 9);
    let raised: Vec<f64> = y.iter().map(|y| y + 1.0).collect();
    let small = table(&x, &z);
    let cold = plan.fit(&small, Target::Numbers(&raised)).unwrap().step;
    let warm = plan.clone().warm_start(Some(first.clone()));
    let warm = warm.fit(&small, Target::Numbers(&raised)).unwrap().step;
    assert!(error(&warm) < 0.02 && error(&warm) < 0.5 * error(&cold), "{} {}", error(&warm), error(&cold));
    assert!(error(&first) > 0.9);
    let threads = plan.clone().threads(3).warm_start(Some(first.clone()));
    assert_eq!(threads.fit(&small, Target::Numbers(&raised)).unwrap().step, warm);
    let (_, columns) = small.into_parts();
    let other = Table::from_columns(["x", "u"].into_iter().zip(columns)).unwrap();
    let refused = plan.clone().warm_start(Some(first)).fit(&other, Target::Numbers(&raised));
    assert!(refused.unwrap_err().to_string().contains("the columns of this table"));
}

/// The outputs of the sum are those of the parts: classes, categories that are new, values that are missing.
#[test]
fn a_warm_start_keeps_categories_and_adds_new_ones() {
    let mut random = Random::new(11);
    let rows = 600;
    let draw = |known: &[&'static str], random: &mut Random| -> (Vec<&'static str>, Vec<f64>, Vec<u32>) {
        let mut drawn = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rows {
            let name = known[random.below(known.len() as u64) as usize];
            let x = if random.uniform() < 0.1 { f64::NAN } else { random.normal() };
            let odds = if name == "b" { 2.0 } else { -1.0 } + if x > 0.5 { 2.0 } else { 0.0 };
            drawn.0.push(name);
            drawn.1.push(x);
            drawn.2.push(u32::from(random.uniform() < 1.0 / (1.0 + f64::exp(-odds))));
        }
        drawn
    };
    let (names, x, y) = draw(&["b", "c"], &mut random);
    let made = |names: Vec<&'static str>, x: Vec<f64>| {
        Table::from_columns([("name", Column::from(names)), ("x", Column::from(x))]).unwrap()
    };
    let plan = SparseNetwork::new().seed(1);
    let first = plan.fit(&made(names, x), Target::Classes { labels: &y, count: 2 }).unwrap().step;
    let (names, x, y) = draw(&["a", "b", "c"], &mut random);
    let mut still = plan.clone().warm_start(Some(first.clone()));
    (still.penalty, still.linear_penalty, still.max_units, still.calibrate) = (1e9, 1e9, 0, false);
    let table = made(names, x);
    let target = Target::Classes { labels: &y, count: 2 };
    let kept = still.fit(&table, target).unwrap().step;
    assert_eq!(kept.fields[0].categories, ["b", "c", "a"]);
    let decide = |step: &Expansion, row: [f64; 2]| {
        let (mut scratch, mut out) = (vec![0.0; step.scratch_len()], [0.0]);
        step.decide(&row, &mut scratch, &mut out).unwrap();
        out[0]
    };
    // But for the intercept nothing moves under such penalties.
    let shift = decide(&kept, [0.0, 0.3]) - decide(&first, [0.0, 0.3]);
    for row in [[1.0, -0.7], [0.0, 2.0], [1.0, f64::NAN]] {
        let moved = decide(&kept, row) - decide(&first, row);
        assert!((moved - shift).abs() < 1e-4, "{moved} {shift}");
    }
    let loss = plan.clone().warm_start(Some(first.clone())).fit(&table, target).unwrap().report;
    assert!(loss.held_out_loss < loss.linear_loss + 0.01);
    let three = Target::Classes { labels: &y, count: 3 };
    assert!(plan.warm_start(Some(first)).fit(&table, three).unwrap_err().to_string().contains("same kind"));
}

/// Orthonormal under the shares; slopes and curvatures against central differences; levels where the loss is
/// least in every direction.
#[test]
fn ordered_classes_have_the_slopes_of_their_loss() {
    use super::ordered::{Basis, Beside};
    let shares = [0.4, 0.3, 0.2, 0.1];
    let basis = Basis::new(&shares, 2);
    let product = |a: &[f64], b: &[f64]| -> f64 { (0..4).map(|k| shares[k] * a[k] * b[k]).sum() };
    let [linear, square] = [&basis.polynomials[0][..], &basis.polynomials[1][..]];
    for (a, b, expected) in
        [(linear, linear, 1.0), (square, square, 1.0), (linear, square, 0.0), (linear, &[1.0; 4], 0.0)]
    {
        assert!((product(a, b) - expected).abs() < 1e-12);
    }
    assert_eq!(Basis::new(&[0.5, 0.5], 2).polynomials.len(), 1, "two classes have but one direction");
    let eta = [vec![0.4, -1.0, 0.3, 2.0, 0.1], vec![-0.2, 0.7, 0.0, -1.0, 0.6]];
    let offset: Vec<Vec<f64>> = (0..4).map(|k| vec![0.1 * f64::from(k); 5]).collect();
    let (target, weights) = ([0.0, 3.0, 1.0, 2.0, 1.0], [1.0, 2.0, 1.0, 0.5, 1.0]);
    let levels = [0.2, -0.1, 0.3, -0.4];
    let beside = Beside { levels: &levels, offset: &offset, first: 0 };
    let (mut slope, mut curvature) = (vec![vec![0.0; 5]; 2], vec![vec![0.0; 5]; 2]);
    basis.slopes(&eta, beside, (&target, &weights), &mut slope, &mut curvature);
    for d in 0..2 {
        for row in 0..5 {
            let at = |by: f64| {
                let mut moved = eta.clone();
                moved[d][row] += by;
                basis.value(&moved, beside, &target, &weights)
            };
            let difference = -(at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((f64::from(slope[d][row]) - difference).abs() < 1e-6);
            let second = (at(1e-3) - 2.0 * at(0.0) + at(-1e-3)) / 1e-6;
            assert!((f64::from(curvature[d][row]) - second).abs() < 1e-4);
        }
    }
    let best = basis.levels(&eta, beside, &target, &weights);
    let value = |levels: &[f64]| basis.value(&eta, Beside { levels, ..beside }, &target, &weights);
    for k in 0..4 {
        for by in [-0.05, 0.05] {
            let mut moved = best.clone();
            moved[k] += by;
            assert!(value(&moved) > value(&best) - 1e-6);
        }
    }
    // Outputs by class, and coefficients by class, are the same sums.
    let outputs = basis.expand(&eta, beside);
    let by_class = basis.coefficients(&[vec![0.0, 1.0], vec![0.0, 0.0]], &levels);
    assert!((outputs[2][0] - (levels[2] + 0.2 + linear[2] * 0.4 - square[2] * 0.2)).abs() < 1e-12);
    assert_eq!((by_class[3][0], by_class[3][1]), (levels[3], linear[3]));
}

/// Adjacent-category logits of a known law are found (Agresti, 2010), from few rows better than without the order.
#[test]
fn the_order_of_classes_helps_where_rows_are_few() {
    let draw = |rows: usize, seed: u64| -> (Vec<f64>, Vec<f64>, Vec<u32>) {
        let (x, z, _) = noisy(rows, seed);
        let mut random = Random::new(seed + 100);
        let class = |(x, z): (&f64, &f64)| {
            let lean = 0.8 * x + f64::from(u8::from(*z > 0.5));
            let odds: Vec<f64> =
                (0..5).map(|k| (f64::from(k) * lean - 0.4 * f64::from(k * k)).exp()).collect();
            let (total, mut at) = (odds.iter().sum::<f64>(), random.uniform());
            odds.iter().position(|odds| {
                at -= odds / total;
                at < 0.0
            })
        };
        let y = x.iter().zip(&z).map(class).map(|class| class.unwrap_or(4) as u32).collect();
        (x, z, y)
    };
    let (x, z, y) = draw(250, 1);
    let (test_x, test_z, truth) = draw(3000, 2);
    let loss = |target: Target<'_>| {
        let step = SparseNetwork::new().fit(&table(&x, &z), target).unwrap().step;
        let mut out = vec![0.0; 5 * 3000];
        step.eval_batch(&[&test_x, &test_z], karat_scorer::step::Asked::Value, &mut out, 1).unwrap();
        truth.iter().zip(out.chunks(5)).map(|(&class, row)| -row[class as usize].ln()).sum::<f64>() / 3000.0
    };
    let ordered = loss(Target::Ordered { labels: &y, count: 5 });
    let plain = loss(Target::Classes { labels: &y, count: 5 });
    let law: f64 = test_x
        .iter()
        .zip(&test_z)
        .zip(&truth)
        .map(|((x, z), &class)| {
            let lean = 0.8 * x + f64::from(u8::from(*z > 0.5));
            let log = |k: u32| f64::from(k) * lean - 0.4 * f64::from(k * k);
            (0..5).map(|k| log(k).exp()).sum::<f64>().ln() - log(class)
        })
        .sum::<f64>()
        / 3000.0;
    assert!(ordered < plain - 0.01 && ordered < law + 0.04, "{ordered} {plain} {law}");
}

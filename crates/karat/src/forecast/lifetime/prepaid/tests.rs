//! Derivatives, golden values, recovery, robustness.
//!
//! BG/BB on the donations of Fader, Hardie & Shang (2010), whose 22 rows stand in the paper's table 1, with the
#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]
#![allow(clippy::excessive_precision, reason = "digits as mpmath printed them")]
//! maximum at 40 digits by mpmath. The CDNOW values need its 2,357 customers and are tested from Python.

use super::beta_binomial::PeriodLikelihood;
use super::beta_geo::BetaGeoLikelihood;
use super::fit::Likelihood;
use super::gamma_gamma::SpendLikelihood;
use super::nbd::NbdLikelihood;
use super::pareto_nbd::ParetoLikelihood;
use super::*;
use crate::numerics::random::Random;

fn some_histories() -> Histories {
    let x = [0.0, 3.0, 1.0, 0.0, 7.0, 2.0, 0.0, 1.0, 40.0, 300.0, 1.0];
    let t_x = [0.0, 20.0, 5.0, 0.0, 33.0, 9.0, 0.0, 30.0, 12.0, 37.5, 38.0];
    Histories::new(&x, &t_x, &[38.0, 30.0, 38.0, 20.0, 38.0, 38.0, 5.0, 31.0, 38.0, 38.0, 38.0], None)
        .unwrap()
}

/// Exact derivatives against central differences of the value and of the gradient, by logarithms.
fn check_derivatives<const P: usize>(model: &impl Likelihood<P>, parameters: [f64; P]) {
    let at = |logs: [f64; P]| {
        let parameters = logs.map(f64::exp);
        let tables = model.tables(&parameters);
        model.sum(&parameters, &tables, 0..model.size().0).in_logarithms(&parameters)
    };
    let logs = parameters.map(f64::ln);
    let here = at(logs);
    let scale = 1.0 + here.gradient.iter().chain(&here.hessian).fold(0.0_f64, |m, v| m.max(v.abs()));
    for i in 0..P {
        let h = 1e-5;
        let moved = |by: f64| {
            let mut moved = logs;
            moved[i] += by;
            at(moved)
        };
        let (up, down) = (moved(h), moved(-h));
        let slope = (up.value - down.value) / (2.0 * h);
        assert!(
            (slope - here.gradient[i]).abs() < 1e-6 * scale,
            "{parameters:?} {i}: {slope} {}",
            here.gradient[i]
        );
        for j in 0..P {
            let curve = (up.gradient[j] - down.gradient[j]) / (2.0 * h);
            let exact = here.hessian[i * P + j];
            assert!((curve - exact).abs() < 1e-6 * scale, "{parameters:?} {i} {j}: {curve} {exact}");
        }
    }
}

#[test]
fn derivatives_agree_with_central_differences() {
    let rows = some_histories();
    for parameters in [[0.24, 4.4, 0.79, 2.4], [2.0, 0.3, 0.05, 0.1], [0.6, 60.0, 8.0, 300.0]] {
        check_derivatives(&BetaGeoLikelihood { rows: &rows, modified: false }, parameters);
        check_derivatives(&BetaGeoLikelihood { rows: &rows, modified: true }, parameters);
        check_derivatives(&ParetoLikelihood::new(&rows), parameters);
    }
    check_derivatives(&ParetoLikelihood::new(&rows), [0.5, 10.0, 0.6, 2.0]);
    check_derivatives(&NbdLikelihood { rows: &rows }, [0.4, 5.0]);
    let spending = Spending::new(&[1.0, 2.0, 7.0, 30.0], &[11.0, 22.0, 74.0, 39.0], None).unwrap();
    check_derivatives(&SpendLikelihood { rows: &spending }, [6.0, 3.7, 15.0]);
    check_derivatives(&SpendLikelihood { rows: &spending }, [0.3, 0.7, 100.0]);
    let periods = donations();
    check_derivatives(&PeriodLikelihood { rows: &periods }, [1.2, 0.7, 0.6, 2.8]);
    check_derivatives(&PeriodLikelihood { rows: &periods }, [0.1, 4.0, 3.0, 0.2]);
}

fn donations() -> Histories {
    let cells = [
        (6.0, 6.0, 1203.0),
        (5.0, 6.0, 728.0),
        (4.0, 6.0, 512.0),
        (3.0, 6.0, 357.0),
        (2.0, 6.0, 234.0),
        (1.0, 6.0, 129.0),
        (5.0, 5.0, 335.0),
        (4.0, 5.0, 284.0),
        (3.0, 5.0, 225.0),
        (2.0, 5.0, 173.0),
        (1.0, 5.0, 119.0),
        (4.0, 4.0, 240.0),
        (3.0, 4.0, 181.0),
        (2.0, 4.0, 155.0),
        (1.0, 4.0, 78.0),
        (3.0, 3.0, 322.0),
        (2.0, 3.0, 255.0),
        (1.0, 3.0, 129.0),
        (2.0, 2.0, 613.0),
        (1.0, 2.0, 277.0),
        (1.0, 1.0, 1091.0),
        (0.0, 0.0, 3464.0),
    ];
    let column = |of: fn(&(f64, f64, f64)) -> f64| cells.iter().map(of).collect::<Vec<f64>>();
    Histories::new(&column(|c| c.0), &column(|c| c.1), &[6.0; 22], Some(&column(|c| c.2))).unwrap()
}

#[test]
fn donations_have_the_published_maximum() {
    let found = fit_beta_geo_beta_binomial(&donations(), &FitOptions::new()).unwrap();
    assert_eq!(found.customers, 11_104.0);
    assert!(found.converged && found.findings.is_empty(), "{found:?}");
    assert!((found.log_likelihood + 33_225.581_274_347_006_839).abs() < 1e-8, "{}", found.log_likelihood);
    let expected = [
        (1.203_522_351_601_913_9, 0.069_391_363_98),
        (0.749_716_358_172_938_9, 0.029_447_717_02),
        (0.656_718_208_441_832_4, 0.051_009_858_62),
        (2.783_442_232_577_380_8, 0.320_819_003_8),
    ];
    for (i, (value, error)) in expected.into_iter().enumerate() {
        assert!((found.parameters[i] / value - 1.0).abs() < 1e-8, "{i}: {} {value}", found.parameters[i]);
        assert!((found.standard_errors[i] / error - 1.0).abs() < 1e-6, "{i}: {}", found.standard_errors[i]);
    }
}

#[test]
fn the_order_of_rows_and_the_threads_do_not_show() {
    let rows = some_histories();
    let turned = {
        let reverse = |v: &[f64]| v.iter().rev().copied().collect::<Vec<f64>>();
        Histories::new(&reverse(&rows.frequency), &reverse(&rows.recency), &reverse(&rows.age), None).unwrap()
    };
    let one = fit_pareto_nbd(&rows, &FitOptions::new().threads(1)).unwrap();
    let two = fit_pareto_nbd(&turned, &FitOptions::new().threads(3)).unwrap();
    assert_eq!(one, two);
}

#[test]
fn impossible_data_are_named_all_at_once() {
    let error = Histories::new(
        &[1.0, -2.0, 3.0, 0.0, 1.5],
        &[40.0, 1.0, 0.0, 2.0, f64::NAN],
        &[39.0, 39.0, 39.0, 39.0, 39.0],
        Some(&[1.0, 1.0, 1.0, 1.0, -1.0]),
    )
    .unwrap_err()
    .to_string();
    for part in [
        "after `T`",
        "a negative count",
        "repeated transactions",
        "no repeated transaction",
        "not a whole",
        "not a finite",
        "weights",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let error = Spending::new(&[1.0, 2.0, 0.0], &[0.0, -3.0, 0.0], None).unwrap_err().to_string();
    assert!(error.contains("zero or negative (2 rows: first 0, 1)"), "{error}");
    assert!(
        Histories::new(&[0.0], &[0.0], &[0.0], None).unwrap_err().to_string().contains("0 for everybody")
    );
}

/// One customer, nobody with a repeat, everybody alike: a fit with findings, never NaN.
#[test]
fn degenerate_bases_are_fitted_with_findings() {
    for (x, t_x, age) in [
        (vec![3.0], vec![10.0], vec![12.0]),
        (vec![0.0; 20], vec![0.0; 20], vec![30.0; 20]),
        (vec![2.0; 20], vec![30.0; 20], vec![30.0; 20]),
        (vec![5000.0; 3], vec![9_000.0; 3], vec![10_000.0; 3]),
        (vec![1.0; 3], vec![0.005; 3], vec![0.01; 3]),
    ] {
        let rows = Histories::new(&x, &t_x, &age, None).unwrap();
        let options = FitOptions::new();
        for found in [
            fit_beta_geo(&rows, false, &options).unwrap(),
            fit_beta_geo(&rows, true, &options).unwrap(),
            fit_pareto_nbd(&rows, &options).unwrap(),
            fit_nbd(&rows, &options).unwrap(),
        ] {
            assert!(found.log_likelihood.is_finite(), "{x:?} {found:?}");
            assert!(found.parameters.iter().all(|p| p.is_finite() && *p > 0.0), "{found:?}");
            assert!(!found.findings.is_empty(), "{x:?} {found:?}");
        }
    }
}

#[test]
fn a_strong_prior_decides() {
    let rows = some_histories();
    let prior = Some(Prior { median: 1.5, deviation: 1e-6 });
    let found = fit_beta_geo(&rows, true, &FitOptions::new().priors(vec![prior, None, None, None])).unwrap();
    assert!((found.parameters[0] - 1.5).abs() < 1e-5, "{found:?}");
    let free = fit_beta_geo(&rows, true, &FitOptions::new()).unwrap();
    assert!(found.log_likelihood < free.log_likelihood);
}

/// A base anywhere in the parameter space, drawn from BG/NBD's own definition in rounds of `seed`: x up to 5,000,
/// T from 0.01 to 10,000, a and b near 0, up to nine of ten customers without a repeat.
fn invented(seed: u64) -> (Histories, [f64; 4]) {
    let mut random = Random::stream(2026, seed);
    let mut between = |low: f64, high: f64| low + (high - low) * random.uniform();
    let time = (10.0_f64).powf(between(-2.0, 4.0));
    let (r, a, b) =
        (10f64.powf(between(-1.3, 0.8)), 10f64.powf(between(-3.0, 0.7)), 10f64.powf(between(-3.0, 1.5)));
    let alpha = r * time / 10f64.powf(between(-0.5, 3.5));
    let customers = between(20.0, 200.0) as usize;
    let (mut x, mut t_x, mut age) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..customers {
        let end = time * between(0.2, 1.0);
        // Draws by inversion are not needed: any rates and chances from 0 to 1 make a base.
        let rate = -r / alpha * between(1e-12, 1.0).ln();
        let leave = between(0.0, 1.0).powf(1.0 / a.min(50.0)).max(1e-6) * a / (a + b);
        let (mut now, mut last, mut count) = (0.0, 0.0, 0.0);
        loop {
            now += -between(1e-300, 1.0).ln() / rate;
            if now > end || count >= 5_000.0 {
                break;
            }
            (last, count) = (now, count + 1.0);
            if between(0.0, 1.0) < leave {
                break;
            }
        }
        if last > 0.0 || count == 0.0 {
            x.push(count);
            t_x.push(last);
            age.push(end);
        }
    }
    (Histories::new(&x, &t_x, &age, None).unwrap(), [r, alpha, a, b])
}

fn nothing_fails(bases: u64) {
    let mut unconverged = 0;
    for seed in 0..bases {
        let (rows, truth) = invented(seed);
        let options = FitOptions::new().threads(1);
        let likelihood_at = |modified: bool, at: &[f64; 4]| {
            let model = BetaGeoLikelihood { rows: &rows, modified };
            let tables = model.tables(at);
            model.sum(at, &tables, 0..rows.distinct()).value
        };
        for modified in [false, true] {
            let found = fit_beta_geo(&rows, modified, &options).unwrap();
            let least = likelihood_at(modified, &truth);
            assert!(
                found.log_likelihood >= least - 1e-6 * least.abs(),
                "{seed} {modified} {least} {found:?}"
            );
            assert!(found.parameters.iter().all(|p| p.is_finite()), "{seed} {found:?}");
        }
        let found = fit_pareto_nbd(&rows, &options).unwrap();
        assert!(found.log_likelihood.is_finite(), "{seed} {found:?}");
        assert!(found.parameters.iter().all(|p| p.is_finite() && *p > 0.0), "{seed} {found:?}");
        unconverged += u64::from(!found.converged);
    }
    assert!(20 * unconverged <= bases, "{unconverged} of {bases}");
}

#[test]
fn nothing_fails_anywhere() {
    nothing_fails(25);
}

#[test]
#[ignore = "takes minutes: run by make test-long"]
fn nothing_fails_in_a_thousand_bases() {
    nothing_fails(1000);
}

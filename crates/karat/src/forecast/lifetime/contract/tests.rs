//! Derivatives against differences, published fits, and what happens at the edges.

#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use super::family::Family;
use super::jet::Jet;
use super::*;

/// Largest relative error of gradient and Hessian against central differences.
fn derivative_error(f: impl Fn(&[f64]) -> Jet, at: &[f64]) -> f64 {
    let jet = f(at);
    let mut worst = 0.0_f64;
    for i in 0..at.len() {
        let step = 1e-5;
        let moved = |by: f64| {
            let mut x = at.to_vec();
            x[i] += by;
            f(&x)
        };
        let (up, down) = (moved(step), moved(-step));
        let slope = (up.value - down.value) / (2.0 * step);
        worst = worst.max((slope - jet.gradient[i]).abs() / (1.0 + slope.abs()));
        for j in 0..at.len() {
            let bend = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
            worst = worst.max((bend - jet.hessian[i][j]).abs() / (1.0 + bend.abs()));
        }
    }
    worst
}

#[test]
fn derivatives_are_those_of_the_values() {
    for time in [1.0, 2.0, 7.0, 40.0] {
        for m in [-3.0, -0.5, 1.0] {
            for f in [-6.0, -1.0, 1.5] {
                let errors = [
                    derivative_error(|w| ShiftedBetaGeometric::log_survival(w, time), &[m, f]),
                    derivative_error(|w| BetaDiscreteWeibull::log_survival(w, time), &[m, f, 0.3]),
                    derivative_error(|w| ExponentialGamma::log_survival(w, time), &[m, f]),
                    derivative_error(|w| WeibullGamma::log_survival(w, time), &[m, f, -0.4]),
                    derivative_error(
                        |w| BetaDiscreteWeibull::log_survival(w, time).ln_complement(),
                        &[m, f, 0.3],
                    ),
                ];
                assert!(errors.iter().all(|&error| error < 2e-6), "{time} {m} {f}: {errors:?}");
            }
        }
    }
}

#[test]
fn the_curve_of_the_fit_is_that_of_its_parameters() {
    let counts = PeriodCounts::from_cohorts(&[[1000.0, 631.0, 468.0, 382.0, 326.0]]).unwrap();
    let fitted = BetaDiscreteWeibull::fit(&counts).unwrap();
    let times: Vec<f64> = (0..40).map(f64::from).collect();
    let band = fitted.survival_band(&times, 0.95).unwrap();
    for (i, &time) in times.iter().enumerate() {
        assert!((band.value[i] - fitted.model.survival(time)).abs() < 1e-12, "{time}");
        assert!(band.lower[i] <= band.value[i] && band.value[i] <= band.upper[i]);
        assert!(band.lower[i] >= 0.0 && band.upper[i] <= 1.0);
    }
    let later = fitted.conditional_survival(3.0, &[2.0]).unwrap();
    assert!((later[0] - band.value[5] / band.value[3]).abs() < 1e-12);
}

/// Draws spread as the covariance says: as wide as the bands of the delta method.
#[test]
fn draws_spread_as_the_bands_do() {
    let survivors = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];
    let fitted = ShiftedBetaGeometric::fit(&PeriodCounts::from_cohorts(&[survivors]).unwrap()).unwrap();
    for seed in [0, 7] {
        for time in [1.0, 7.0, 12.0] {
            let band = fitted.survival_band(&[time], 0.9).unwrap();
            let drawn = fitted.draws(2000, seed);
            let inside = drawn.iter().map(|model| model.survival(time));
            let inside = inside.filter(|s| band.lower[0] <= *s && *s <= band.upper[0]).count();
            let share = inside as f64 / 2000.0;
            assert!((share - 0.9).abs() < 0.03, "{seed} {time}: {share}");
        }
    }
}

#[test]
fn bounds_are_findings_and_nothing_is_nan() {
    let cases: [&[f64]; 6] = [
        &[100.0, 100.0, 100.0],
        &[100.0, 0.0],
        &[100.0, 50.0],
        &[1000.0, 500.0, 250.0, 125.0],
        // Rising chances to leave: less even than equal customers.
        &[1000.0, 990.0, 900.0, 500.0, 10.0],
        &[1000.0, 500.0, 500.0, 500.0, 500.0],
    ];
    for survivors in cases {
        let counts = PeriodCounts::from_cohorts(&[survivors]).unwrap();
        let fits = [
            ShiftedBetaGeometric::fit(&counts)
                .map(|f| (f.parameters.clone(), f.findings.clone(), f.log_likelihood)),
            BetaDiscreteWeibull::fit(&counts)
                .map(|f| (f.parameters.clone(), f.findings.clone(), f.log_likelihood)),
        ];
        for fit in fits {
            let (parameters, findings, likelihood) = fit.unwrap();
            assert!(likelihood.is_finite() && likelihood <= 0.0, "{survivors:?}");
            for parameter in &parameters {
                assert!(parameter.value.is_finite() && parameter.value > 0.0, "{survivors:?} {parameter:?}");
                assert!(!parameter.standard_error.is_nan() && !parameter.lower.is_nan());
            }
            assert!(findings.iter().all(|finding| finding.code != "W342"), "{survivors:?} {findings:?}");
            if survivors.len() < 4 {
                assert!(!findings.is_empty(), "{survivors:?}");
            }
        }
    }
    // Halved every period: the geometric model, whose likelihood is 1000 ln 1/2 for each of the decisions.
    let counts = PeriodCounts::from_cohorts(&[[1000.0, 500.0, 250.0, 125.0]]).unwrap();
    let fitted = ShiftedBetaGeometric::fit(&counts).unwrap();
    assert!((fitted.log_likelihood - 1750.0 * 0.5_f64.ln()).abs() < 0.05);
    assert_eq!(fitted.findings[0].code, "W340");
}

#[test]
fn everything_wrong_is_named_at_once() {
    let error = PeriodCounts::from_spells(
        &[-1.0, 2.5, 3.0, f64::NAN, 0.0],
        &[0.0, 1.0, 2.0, 0.0, 1.0],
        Some(&[0.0, 0.0, 3.0, 0.0, 0.0]),
        None,
    )
    .unwrap_err()
    .to_string();
    for part in [
        "negative (1 row: 0)",
        "not whole periods (1 row: 1)",
        "neither 0",
        "infinite",
        "0 with an event",
        "not before",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let error =
        PeriodCounts::from_cohorts(&[vec![5.0, 6.0], vec![], vec![0.0, 0.0]]).unwrap_err().to_string();
    for part in ["`cohort 0`: more customers", "`cohort 1`: 0 numbers", "`cohort 2`: no customers"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn late_entry_is_the_likelihood_of_the_later_periods() {
    // Watched from period 3 on: nothing of the first three periods counts.
    let late = PeriodCounts::from_spells(&[5.0, 6.0], &[1.0, 0.0], Some(&[3.0, 3.0]), None).unwrap();
    assert_eq!(late.lost(), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(late.kept(), [0.0, 0.0, 0.0, 2.0, 1.0, 1.0]);
}

/// Coverage of forecast bands of 90 % by repeated simulation: cohorts of 2,000 watched for 12 periods, the curve of the
/// truth at 13 to 36. Survivors are drawn period by period, each customer's chance hidden in the model's own curve.
fn coverage<M: Family>(truth: &M, fit: impl Fn(&PeriodCounts) -> FittedContract<M>, runs: u64) -> f64 {
    let times: Vec<f64> = (13..=36).map(f64::from).collect();
    let (mut inside, mut all) = (0.0, 0.0);
    for run in 0..runs {
        let mut random = crate::numerics::random::Random::stream(77, run);
        let mut cohort = vec![2000.0];
        for period in 0..12 {
            let here = *cohort.last().unwrap();
            let kept = truth.kept(f64::from(period));
            cohort.push((0..here as u32).filter(|_| random.uniform() < kept).count() as f64);
        }
        let fitted = fit(&PeriodCounts::from_cohorts(&[cohort]).unwrap());
        let band = fitted.survival_band(&times, 0.9).unwrap();
        for (i, &time) in times.iter().enumerate() {
            let value = truth.survival(time);
            all += 1.0;
            inside += f64::from(u8::from(band.lower[i] <= value && value <= band.upper[i]));
        }
    }
    inside / all
}

fn forecasts_cover(runs: u64) {
    let shifted = ShiftedBetaGeometric { alpha: 0.8, beta: 5.0 };
    let weibull = BetaDiscreteWeibull { alpha: 0.6, beta: 3.0, c: 1.3 };
    for found in [
        ("shifted beta geometric", coverage(&shifted, |c| ShiftedBetaGeometric::fit(c).unwrap(), runs)),
        ("beta discrete Weibull", coverage(&weibull, |c| BetaDiscreteWeibull::fit(c).unwrap(), runs)),
    ] {
        println!("{}: forecast bands of 90 % cover {:.3} in {runs} simulations", found.0, found.1);
        assert!((0.85..=0.95).contains(&found.1), "{found:?}");
    }
}

#[test]
fn bands_of_forecasts_cover_the_truth() {
    forecasts_cover(60);
}

#[test]
#[ignore = "run by make test-long"]
fn bands_of_forecasts_cover_the_truth_in_full() {
    forecasts_cover(2000);
}

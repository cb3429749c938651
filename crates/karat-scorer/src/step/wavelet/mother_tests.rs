//! Values of METHODS 3.2, derivatives against differences, constants against quadrature.

#![allow(clippy::disallowed_methods, reason = "expected values come from the platform's functions")]

use super::Mother;

/// GT-3.1: u, value and derivative, from an independent computation in NumPy.
const GOLDEN: [(Mother, f64, f64, f64); 10] = [
    (Mother::Morlet, 0.0, 1.0, 0.0),
    (Mother::Morlet, 0.5, 0.565_677_74, -1.468_209_71),
    (Mother::Morlet, 1.0, -0.108_111_70, -0.936_319_18),
    (Mother::Morlet, 2.0, -0.126_735_63, 0.336_549_62),
    (Mother::MexicanHat, 0.5, 0.661_872_68, -1.213_433_24),
    (Mother::MexicanHat, 1.0, 0.0, -1.213_061_32),
    (Mother::MexicanHat, 2.0, -0.406_005_85, 0.270_670_57),
    (Mother::GaussianDerivative, 1.0, -0.606_530_66, 0.0),
    (Mother::Polywog3, 0.5, 1.378_901_41, -5.543_183_67),
    (Mother::Polywog3, 2.0, -0.676_676_42, 2.436_035_10),
];

#[test]
fn gt_3_1_values_and_derivatives() {
    for (mother, u, value, slope) in GOLDEN {
        assert!((mother.value(u) - value).abs() < 6e-9, "{mother:?} at {u}: {}", mother.value(u));
        assert!((mother.slope(u) - slope).abs() < 6e-9, "{mother:?} at {u}: {}", mother.slope(u));
    }
}

/// Simpson's rule over |u| up to `end`.
fn integral(end: f64, f: impl Fn(f64) -> f64) -> f64 {
    let steps = 40_000;
    let h = 2.0 * end / f64::from(steps);
    let sum: f64 = (0..=steps)
        .map(|i| {
            let weight = if i == 0 || i == steps { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
            weight * f(-end + h * f64::from(i))
        })
        .sum();
    sum * h / 3.0
}

#[test]
fn derivatives_agree_with_central_differences() {
    let h = 1e-5;
    for mother in Mother::ALL {
        for at in -60..=60 {
            let u = f64::from(at) * 0.1;
            let slope = (mother.value(u + h) - mother.value(u - h)) / (2.0 * h);
            let curvature = (mother.slope(u + h) - mother.slope(u - h)) / (2.0 * h);
            assert!((mother.slope(u) - slope).abs() < 1e-8, "{mother:?} at {u}");
            assert!((mother.curvature(u) - curvature).abs() < 1e-7, "{mother:?} at {u}");
        }
    }
}

#[test]
fn integrals_energies_and_symmetries() {
    for mother in Mother::ALL {
        // The rational wavelet is odd, which makes its integral 0 over any symmetric range.
        let end = if mother == Mother::Rasp1 { 400.0 } else { 12.0 };
        let found = integral(end, |u| mother.value(u));
        assert!((found - mother.integral()).abs() < 1e-12, "{mother:?}: {found}");
        let energy = integral(end, |u| mother.value(u) * mother.value(u));
        let scaled = energy * mother.unit_energy_factor() * mother.unit_energy_factor();
        assert!((scaled - 1.0).abs() < 1e-7, "{mother:?}: {scaled}");
        let even = [0.3, 1.1, 2.7].iter().all(|&u| mother.value(-u) == mother.value(u));
        let odd = [0.3, 1.1, 2.7].iter().all(|&u| mother.value(-u) == -mother.value(u));
        assert_eq!((even, odd), (mother.is_even(), !mother.is_even()), "{mother:?}");
        assert_eq!(Mother::from_name(mother.name()), Some(mother));
    }
    // METHODS 3.2: sqrt(2 pi) exp(-1.75^2/2).
    assert!((Mother::Morlet.integral() - 0.542_096).abs() < 5e-7);
}

/// The constant from the Fourier transform by quadrature: of even wavelets the cosine, of odd ones the sine part.
#[test]
fn admissibility_by_quadrature() {
    for mother in Mother::ALL.into_iter().filter(|m| m.is_windowed() && *m != Mother::Morlet) {
        let transform = |w: f64| {
            let wave = |u: f64| if mother.is_even() { (w * u).cos() } else { (w * u).sin() };
            let steps = 2_000;
            let h = 24.0 / f64::from(steps);
            let sum: f64 = (0..=steps)
                .map(|i| {
                    let u = -12.0 + h * f64::from(i);
                    mother.value(u) * wave(u)
                })
                .sum();
            sum * h / std::f64::consts::TAU.sqrt()
        };
        let steps = 400;
        let h = 9.0 / f64::from(steps);
        // The integrand is 0 at 0 and even; Simpson's rule over the positive frequencies.
        let half: f64 = (1..=steps)
            .map(|i| {
                let w = h * f64::from(i);
                let weight = if i == steps { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
                weight * transform(w) * transform(w) / w
            })
            .sum::<f64>()
            * h
            / 3.0;
        let found = 2.0 * std::f64::consts::TAU * half;
        let expected = mother.admissibility();
        assert!((found - expected).abs() < 1e-6 * expected, "{mother:?}: {found}, not {expected}");
    }
    assert!(Mother::Morlet.admissibility().is_infinite());
}

#[test]
fn nothing_overflows_far_out() {
    for mother in Mother::ALL {
        for u in [40.0, -40.0, 1e6, -1e18] {
            for value in [mother.value(u), mother.slope(u), mother.curvature(u)] {
                assert!(value.is_finite() && value.abs() < 1e-4, "{mother:?} at {u}: {value}");
            }
        }
    }
}

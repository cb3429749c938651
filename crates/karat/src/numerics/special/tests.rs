//! Against mpmath 1.3 at 40 digits (`loggamma`, `digamma`, `psi(1, x)`, `beta`), at the exact double
//! arguments.

#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]
#![allow(clippy::excessive_precision, reason = "digits as mpmath printed them")]

use super::*;

fn close(found: f64, expected: f64, relative: f64, what: impl std::fmt::Debug) {
    let bound = relative * expected.abs().max(1e-300);
    assert!((found - expected).abs() <= bound, "{what:?}: {found:e} for {expected:e}");
}

#[test]
fn gamma_and_its_derivatives_agree_with_mpmath() {
    for (x, ln_g, psi, psi1) in [
        (0.001, 6.907_178_885_383_853_68, -1_000.575_571_931_810_3, 1_000_001.642_533_195_87),
        (0.25, 1.288_022_524_698_077_46, -4.227_453_533_376_265_41, 17.197_329_154_507_110_7),
        (1.5, -0.120_782_237_635_245_222, 0.036_489_973_978_576_520_6, 0.934_802_200_544_679_309),
        (7.25, 7.052_185_450_738_539_44, 1.910_453_526_883_736_03, 0.147_879_233_158_932_17),
        (30.5, 72.953_471_184_169_408_3, 3.401_243_668_961_661_08, 0.033_330_248_112_801_608_5),
        (1e5, 1_051_287.708_973_656_89, 11.512_920_464_961_895_1, 0.000_010_000_050_000_166_666_7),
        (1e12, 26_631_021_115_915.651_6, 27.631_021_115_928_048_2, 1.000_000_000_000_5e-12),
    ] {
        assert!((ln_gamma(x) - ln_g).abs() <= 4e-15 + 4e-16 * ln_g.abs(), "{x}: {} {ln_g}", ln_gamma(x));
        assert!((digamma(x) - psi).abs() <= 2e-15 + 4e-16 * psi.abs(), "{x}: {} {psi}", digamma(x));
        close(trigamma(x), psi1, 2e-15, x);
    }
    assert!(ln_gamma(1.0).abs() < 4e-15 && ln_gamma(2.0).abs() < 4e-15);
    assert!((digamma(1.0) + 0.577_215_664_901_532_861).abs() < 1e-15);
}

#[test]
fn differences_keep_their_digits() {
    for (x, d, ln_g, psi, psi1) in [
        (0.3, 2.0, -0.941_608_539_858_444_986, 4.102_564_102_564_102_69, -11.702_827_087_442_472_9),
        (
            5.0,
            0.001,
            0.001_506_228_321_778_939_73,
            0.000_221_298_564_441_711_607,
            -0.000_048_779_020_674_372_558_6,
        ),
        (1e8, 3.5, 64.472_382_647_583_278_7, 3.499_999_956_250_000_87e-8, -3.499_999_912_500_002_62e-16),
        (1e8, 1e-6, 0.000_018_420_680_738_952_369_6, 1.000_000_004_999_994_97e-14, -1.000_000_009_999_99e-22),
        (0.01, 5000.0, 37_578.112_006_749_190_1, 109.077_980_646_149_589, -10_001.621_013_508_711_5),
        (50.0, 50.0, 214.568_461_423_230_513, 0.698_172_179_310_195_203, -0.010_151_166_563_363_554_4),
        (1e-9, 1e9, 19_723_265_806.780_451, 1_000_000_021.300_481_44, -999_999_999_999_999_877.0),
    ] {
        close(ln_gamma_ratio(x, d), ln_g, 4e-15, ("ln gamma", x, d));
        close(digamma_difference(x, d), psi, 4e-15, ("digamma", x, d));
        close(trigamma_difference(x, d), psi1, 4e-15, ("trigamma", x, d));
    }
    assert_eq!((ln_gamma_ratio(2.5, 0.0), digamma_difference(2.5, 0.0)), (0.0, 0.0));
}

#[test]
fn beta_agrees_with_mpmath() {
    for (a, b, expected) in [
        (0.5, 0.5, 1.144_729_885_849_400_17),
        (1e-6, 3.0, 13.815_509_057_964_899_1),
        (2.5, 1e9, -51.523_481_723_768_108_7),
        (1200.0, 9000.0, -3_697.111_130_561_017_97),
    ] {
        close(ln_beta(a, b), expected, 4e-15, (a, b));
        assert_eq!(ln_beta(a, b).to_bits(), ln_beta(b, a).to_bits());
    }
    for (a, b, t, expected) in [
        (0.668, 3.806, 7.0, -0.715_506_045_626_579_575),
        (1e-8, 2.0, 12.0, -2.180_133_752_279_286_2e-8),
        (1e6, 1e8, 1.0, -0.009_950_330_853_168_082_85),
        (0.2, 1e9, 36.0, -7.199_999_873_280_003_41e-9),
        (3.0, 0.001, 100.0, -20.058_401_943_925_674_4),
    ] {
        // The error is one of the smaller of a and t, which matters for none of these.
        close(ln_beta_ratio(a, b, t), expected, 1e-13, (a, b, t));
    }
}

#[test]
fn quadrature_is_exact_for_polynomials() {
    for n in [1_usize, 2, 5, 12, 16, 24, 33] {
        let (nodes, weights) = gauss_legendre(n);
        assert!(nodes.windows(2).all(|pair| pair[0] < pair[1]));
        for degree in 0..2 * n {
            let power = |x: f64| (0..degree).fold(1.0, |product, _| product * x);
            let sum: f64 = nodes.iter().zip(&weights).map(|(x, w)| w * power(*x)).sum();
            close(sum, 1.0 / (degree as f64 + 1.0), 1e-13, (n, degree));
        }
    }
}

/// Values of SciPy 1.17 (`betainc`, `gammaincc`, `erfc`).
#[test]
fn shares_of_distributions_agree_with_scipy() {
    for (a, b, x, expected) in [
        (7.0, 14.0, 0.3, 0.391_990_187_799_075_6),
        (6.0, 14.0, 0.05, 0.000_240_689_876_760_223_63),
        (6.0, 14.0, 0.9, 0.999_999_999_928_722_7),
        (2.0, 7.0, 0.125, 0.263_695_180_416_107_2),
        (0.5, 0.5, 0.3, 0.369_010_119_565_545_36),
        (120.0, 3.0, 0.99, 0.875_987_024_979_881_9),
        (0.001, 5.0, 0.2, 0.999_783_445_646_427_7),
        (6.0, 14.0, 1e-6, 2.713_169_767_358_719_6e-32),
    ] {
        close(beta_lower(a, b, x), expected, 1e-13, (a, b, x));
    }
    assert_eq!((beta_lower(2.0, 3.0, 0.0), beta_lower(2.0, 3.0, 1.0)), (0.0, 1.0));
    for (x, degrees, expected) in [
        (25.887_405_724_611_746, 8.0, 0.001_097_917_641_585_458_7),
        (0.1, 1.0, 0.751_829_634_045_849_2),
        (150.0, 10.0, 3.727_485_055_062_505e-27),
        (1200.0, 1000.0, 1.225_594_233_062_289_3e-5),
        (1e-8, 3.0, 0.999_999_999_999_734),
    ] {
        close(chi_square_tail(x, degrees), expected, 1e-12, (x, degrees));
    }
    for (z, expected) in [
        (4.027_155_595_967_194, 5.645_567_449_145_9e-5),
        (-0.1, 0.920_344_325_445_942),
        (30.0, 9.813_427_854_297_49e-198),
    ] {
        close(normal_both_tails(z), expected, 2e-13, z);
    }
}

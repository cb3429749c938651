//! Numerics 1 against 60-digit results, its promises at the edges, and its bits in vector code.
#![allow(unsafe_code, reason = "a function compiled for AVX2 can be called in no other way")]
#![allow(clippy::expect_used, reason = "a malformed table fails the test")]
#![allow(clippy::print_stdout, reason = "the largest errors are worth a look under --nocapture")]

use karat_scorer::numerics::{
    NAN, cos, exp, exp_m1, ln, ln_1p, no_negative_zero, ordered_dot, ordered_sum, pow, sigmoid, sin, tanh,
};

const INFINITY: f64 = f64::INFINITY;

/// The lines of a table; under Miri, which is slow, every 50th.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().step_by(if cfg!(miri) { 50 } else { 1 }).map(|line| line.split(' ').collect())
}

fn number(bits: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(bits, 16).expect("a table of hexadecimal bits"))
}

/// The distance from `x` to the next double away from zero.
fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if x < f64::MAX { f64::from_bits(x.to_bits() + 1) - x } else { x - f64::from_bits(x.to_bits() - 1) }
}

/// Measures every point of a table of `tests/tables` (made by `make_tables.py` with mpmath) and fails
/// above `bound` ulps. The last two columns are the rounded result and what the rounding took away.
fn measure(name: &str, table: &'static str, bound: f64, function: impl Fn(&[f64]) -> f64) {
    let (mut worst, mut worst_at, mut points) = (0.0, Vec::new(), 0);
    for row in rows(table) {
        let (arguments, result) = row.split_at(row.len() - 2);
        let arguments: Vec<f64> = arguments.iter().map(|bits| number(bits)).collect();
        let rounded = number(result[0]);
        let remainder: f64 = result[1].parse().expect("a table that ends its lines with a decimal");
        let ours = function(&arguments);
        let error = ((ours - rounded) / ulp(rounded) - remainder).abs();
        assert!(error.is_finite(), "{name}{arguments:?} = {ours:e}, not {rounded:e}");
        points += 1;
        if error > worst {
            (worst, worst_at) = (error, arguments);
        }
    }
    println!("{name}: largest error {worst:.3} ulp at {worst_at:?}, {points} points, bound {bound}");
    assert!(points >= if cfg!(miri) { 30 } else { 1800 }, "{name}: a table of {points} points is cut short");
    assert!(worst <= bound, "{name}: {worst:.3} ulp at {worst_at:?}, above the documented {bound}");
}

macro_rules! bounds {
    ($($name:ident within $bound:literal;)*) => { mod bounds { $(
        #[test]
        fn $name() {
            let table = include_str!(concat!("tables/", stringify!($name), ".txt"));
            super::measure(stringify!($name), table, $bound, |x| super::$name(x[0]));
        }
    )* } };
}

bounds! {
    exp within 0.65;
    exp_m1 within 1.0;
    ln within 1.0;
    ln_1p within 1.0;
    sin within 1.0;
    cos within 1.0;
    tanh within 1.5;
    sigmoid within 2.0;
}

#[test]
fn pow_keeps_its_bound() {
    measure("pow", include_str!("tables/pow.txt"), 1.0, |x| pow(x[0], x[1]));
}

/// Beyond 1e5 the promise is the sine of an angle within one ulp of the argument.
#[test]
fn far_angles_err_by_an_ulp_of_the_angle() {
    for row in rows(include_str!("tables/angles_far.txt")) {
        let (x, sine, cosine) = (number(row[0]), number(row[1]), number(row[2]));
        let allowed = ulp(x) + f64::EPSILON;
        assert!((sin(x) - sine).abs() <= allowed, "sin({x:e}) = {} not {sine}", sin(x));
        assert!((cos(x) - cosine).abs() <= allowed, "cos({x:e}) = {} not {cosine}", cos(x));
        assert!(sin(x).abs() <= 1.0 && cos(x).abs() <= 1.0);
    }
}

#[test]
fn edges_of_the_range() {
    let same = |ours: f64, expected: f64| assert_eq!(ours.to_bits(), expected.to_bits(), "{ours} {expected}");
    same(exp(0.0), 1.0);
    same(exp(-0.0), 1.0);
    same(exp(INFINITY), INFINITY);
    same(exp(709.782_712_893_384_f64.next_up()), INFINITY);
    same(exp(-INFINITY), 0.0);
    same(exp((-700.0_f64).next_down()), 0.0);
    assert!(exp(-700.0) > 9e-305 && exp(709.782_712_893_384) < INFINITY);
    same(exp_m1(0.0), 0.0);
    same(exp_m1(-0.0), -0.0);
    same(exp_m1(INFINITY), INFINITY);
    same(exp_m1(709.782_712_893_384_f64.next_up()), INFINITY);
    same(exp_m1(-INFINITY), -1.0);
    same(exp_m1(-38.0), -1.0);
    same(ln(1.0), 0.0);
    same(ln(0.0), -INFINITY);
    same(ln(-0.0), -INFINITY);
    same(ln(INFINITY), INFINITY);
    same(ln(-5e-324), NAN);
    same(ln(-1.0), NAN);
    same(ln(-INFINITY), NAN);
    same(ln_1p(0.0), 0.0);
    same(ln_1p(-0.0), -0.0);
    same(ln_1p(-1.0), -INFINITY);
    same(ln_1p((-1.0_f64).next_down()), NAN);
    same(ln_1p(-INFINITY), NAN);
    same(ln_1p(INFINITY), INFINITY);
    same(sin(0.0), 0.0);
    same(sin(-0.0), -0.0);
    same(sin(INFINITY), NAN);
    same(sin(1e300), 0.0);
    same(sin(-1e300), -0.0);
    same(cos(0.0), 1.0);
    same(cos(-INFINITY), NAN);
    same(cos(1e300), 1.0);
    same(tanh(0.0), 0.0);
    same(tanh(-0.0), -0.0);
    same(tanh(20.0), 1.0);
    same(tanh(INFINITY), 1.0);
    same(tanh(-INFINITY), -1.0);
    same(sigmoid(0.0), 0.5);
    same(sigmoid(-0.0), 0.5);
    same(sigmoid(37.5), 1.0);
    same(sigmoid(INFINITY), 1.0);
    same(sigmoid(-INFINITY), 0.0);
    same(sigmoid(-700.1), 0.0);
    for nan in [f64::NAN, -f64::NAN, f64::from_bits(0x7ff0_0000_0000_0001), f64::from_bits(u64::MAX)] {
        for function in [exp, exp_m1, ln, ln_1p, sin, cos, tanh, sigmoid] {
            same(function(nan), NAN);
        }
        for (x, y) in [(nan, 2.0), (2.0, nan), (nan, 0.0), (1.0, nan), (nan, nan)] {
            same(pow(x, y), NAN);
        }
    }
}

/// Expected values: IEEE 754-2019, 9.2.1, but for NaN and for subnormal results.
#[test]
fn edges_of_pow() {
    let cases = [
        (5.0, 0.0, 1.0),
        (0.0, -0.0, 1.0),
        (-INFINITY, 0.0, 1.0),
        (1.0, INFINITY, 1.0),
        (-1.0, INFINITY, 1.0),
        (0.5, INFINITY, 0.0),
        (-0.5, -INFINITY, INFINITY),
        (2.0, INFINITY, INFINITY),
        (2.0, -INFINITY, 0.0),
        (0.0, 3.0, 0.0),
        (-0.0, 3.0, -0.0),
        (-0.0, 2.0, 0.0),
        (-0.0, 0.5, 0.0),
        (0.0, -3.0, INFINITY),
        (-0.0, -3.0, -INFINITY),
        (-0.0, -2.5, INFINITY),
        (INFINITY, 0.1, INFINITY),
        (INFINITY, -0.1, 0.0),
        (-INFINITY, 3.0, -INFINITY),
        (-INFINITY, 2.0, INFINITY),
        (-INFINITY, -3.0, -0.0),
        (-INFINITY, 0.5, INFINITY),
        (-8.0, 1.0 / 3.0, NAN),
        (-2.0, 3.0, -8.0),
        (-2.0, 9_007_199_254_740_992.0, INFINITY),
        (-1.0, 9_007_199_254_740_991.0, -1.0),
        (-1.0, 9_007_199_254_740_992.0, 1.0),
        (2.0, -1022.0, f64::MIN_POSITIVE),
        (2.0, -1023.0, 0.0),
        (2.0, 1024.0, INFINITY),
        (f64::MAX, 1.0, f64::MAX),
        (f64::MAX, 1.000_000_000_000_000_2, INFINITY),
        (1.000_000_000_000_000_2, 1e300, INFINITY),
        (0.999_999_999_999_999_9, 1e300, 0.0),
        (7.0, 5e-324, 1.0),
        (5e-324, -5e-324, 1.0),
    ];
    for (x, y, expected) in cases {
        assert_eq!(pow(x, y).to_bits(), expected.to_bits(), "pow({x}, {y}) = {}", pow(x, y));
    }
}

#[test]
fn sums_run_from_first_to_last() {
    // 2^53 swallows a single 1 but not two: only the order written decides.
    let big = 9_007_199_254_740_992.0;
    assert_eq!(ordered_sum(&[big, 1.0, 1.0]), big);
    assert_eq!(ordered_sum(&[1.0, 1.0, big]), big + 2.0);
    assert_eq!(ordered_dot(&[big, 1.0, 1.0, -1.0], &[1.0, 1.0, 1.0, big]), 0.0);
    assert_eq!(ordered_dot(&[1.0, 1.0, big, -1.0], &[1.0, 1.0, 1.0, big]), 2.0);
    // With a fused product this would be the product's rounding error, not 0.
    assert_eq!(ordered_dot(&[0.1, -1.0], &[0.1, 0.1 * 0.1]), 0.0);
    assert_eq!(ordered_sum(&[-0.0]).to_bits(), 0);
    assert_eq!(ordered_sum(&[]).to_bits(), 0);
    assert_eq!(no_negative_zero(-0.0).to_bits(), 0);
    assert_eq!(no_negative_zero(-INFINITY), -INFINITY);
}

/// A fixed stream of numbers (splitmix64, Steele, Lea and Flood 2014).
struct Stream(u64);

impl Stream {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Half of the arguments are any double at all, a quarter each lie within 4 and within 800 of zero.
    fn argument(&mut self) -> f64 {
        let bits = self.bits();
        let unit = (bits >> 11) as f64 / 4_503_599_627_370_496.0 - 1.0;
        match bits & 3 {
            0 => 4.0 * unit,
            1 => 800.0 * unit,
            _ => f64::from_bits(self.bits()),
        }
    }
}

#[test]
fn symmetries_hold() {
    let mut stream = Stream(1);
    for _ in 0..if cfg!(miri) { 500 } else { 200_000 } {
        let x = stream.argument();
        if x.is_nan() {
            continue;
        }
        let sum = sigmoid(x) + sigmoid(-x);
        assert!((sum - 1.0).abs() <= f64::EPSILON, "sigmoid(±{x:e}) add up to {sum:e}");
        assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits(), "tanh({x:e})");
        assert!(tanh(x).abs() <= 1.0 && (0.0..=1.0).contains(&sigmoid(x)));
        if x.is_finite() {
            assert_eq!(cos(-x).to_bits(), cos(x).to_bits(), "cos({x:e})");
            assert_eq!(sin(-x).to_bits(), (-sin(x)).to_bits(), "sin({x:e})");
            assert!(sin(x).abs() <= 1.0 && cos(x).abs() <= 1.0, "angle {x:e}");
            assert_eq!(
                pow(x, 1.0).to_bits(),
                if x.is_subnormal() { 0 } else { x.to_bits() } | x.to_bits() & 1 << 63
            );
            assert_eq!(exp_m1(x).is_sign_negative(), x.is_sign_negative());
        }
    }
}

/// One number for the bits of every function over a fixed sweep (FNV-1a, Fowler, Noll and Vo).
///
/// The constant is a regression pin: it proves nothing about correctness (the tables do that) and
/// exists to notice a changed bit, in a debug build, a release build, with other CPU features, on
/// another machine. Whoever has to change it has made numerics 2.
#[test]
#[cfg_attr(miri, ignore = "too many points for an interpreter")]
fn the_bits_of_numerics_1_stay() {
    let mut stream = Stream(2);
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for _ in 0..100_000 {
        let (x, y) = (stream.argument(), stream.argument());
        for function in [exp, exp_m1, ln, ln_1p, sin, cos, tanh, sigmoid, |x| pow(x, 1.5)] {
            for byte in function(x).to_bits().to_le_bytes() {
                digest = (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        for byte in pow(x.abs(), y).to_bits().to_le_bytes() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    assert_eq!(format!("{digest:016x}"), "8bd8ce7822431570");
}

/// Optimised builds turn these loops into vector code (in a debug build they stay scalar: run this test
/// with `--release`, too).
#[cfg(target_arch = "x86_64")]
mod lanes {
    use super::Stream;
    use std::hint::black_box;

    macro_rules! same_bits_in_lanes {
        ($($name:ident: $function:expr;)*) => { $(
            #[test]
            fn $name() {
                #[target_feature(enable = "avx2")]
                #[inline(never)]
                fn lanes(x: &[f64; 8], y: &[f64; 8]) -> [f64; 8] {
                    let mut results = [0.0; 8];
                    for lane in 0..8 {
                        results[lane] = $function(x[lane], y[lane]);
                    }
                    results
                }
                if !is_x86_feature_detected!("avx2") {
                    println!("no AVX2 here: nothing compared");
                    return;
                }
                let mut stream = Stream(3);
                for _ in 0..if cfg!(miri) { 20 } else { 125_000 } {
                    let x: [f64; 8] = std::array::from_fn(|_| stream.argument());
                    let y: [f64; 8] = std::array::from_fn(|_| stream.argument());
                    // SAFETY: the check above found AVX2.
                    let together = unsafe { lanes(&x, &y) };
                    for lane in 0..8 {
                        let alone = $function(black_box(x[lane]), black_box(y[lane]));
                        assert_eq!(together[lane].to_bits(), alone.to_bits(), "at {} and {}", x[lane], y[lane]);
                    }
                }
            }
        )* };
    }

    same_bits_in_lanes! {
        exp: |x: f64, _: f64| super::exp(x);
        exp_m1: |x: f64, _: f64| super::exp_m1(x);
        ln: |x: f64, _: f64| super::ln(x);
        ln_1p: |x: f64, _: f64| super::ln_1p(x);
        sin: |x: f64, _: f64| super::sin(x);
        cos: |x: f64, _: f64| super::cos(x);
        tanh: |x: f64, _: f64| super::tanh(x);
        sigmoid: |x: f64, _: f64| super::sigmoid(x);
        pow: |x: f64, y: f64| super::pow(x.abs(), y);
    }
}

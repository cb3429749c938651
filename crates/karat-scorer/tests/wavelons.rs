//! Frozen wavelet networks: the same bits alone and in a batch, a slow second reading, bytes, and far inputs.

#![allow(clippy::unwrap_used, reason = "tests may panic")]
#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use karat_scorer::Isa;
use karat_scorer::step::wavelet::{Coding, Family, Link, Member, Mother, Wavelons, WavelonsParts, outside};

/// A small generator of its own, so that the networks of this test never change.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
    fn many(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.next()).collect()
    }
}

fn network(
    family: Family,
    mother: Mother,
    link: Link,
    outputs: usize,
    numbers: usize,
    wavelons: usize,
) -> Wavelons {
    let mut draw = Draw(7 + wavelons as u64);
    let mut codings = vec![Coding::Category { count: 3 }];
    codings.extend((0..numbers).map(|field| Coding::Number {
        center: 0.5,
        inverse: 1.25,
        least: -3.0,
        most: 4.0,
        indicator: field % 2 == 0,
    }));
    let inputs: usize = codings.iter().map(Coding::inputs).sum();
    let member = |draw: &mut Draw| {
        let shifts = if family == Family::Ridge { wavelons } else { inputs * wavelons };
        let mut inner = draw.many(inputs * wavelons);
        if family != Family::Ridge {
            inner = inner.iter().map(|x| 0.2 + 0.1 * x).collect();
        }
        Member::new(
            wavelons,
            draw.many(outputs),
            draw.many(inputs * outputs),
            draw.many(outputs * wavelons),
            inner,
            draw.many(shifts),
        )
    };
    let members = vec![member(&mut draw), member(&mut draw)];
    Wavelons::new(WavelonsParts::new(codings, family, mother, link, members)).unwrap()
}

fn all() -> Vec<Wavelons> {
    let mut all = Vec::new();
    for family in Family::ALL {
        for mother in Mother::ALL {
            if family == Family::Radial && !mother.is_even() {
                continue;
            }
            let links = [
                (Link::Number { offset: 3.0, scale: 2.0 }, 1),
                (Link::Binary, 1),
                (Link::Classes, 3),
                (Link::Ordered { thresholds: vec![-0.5, 0.0, 1.0] }, 1),
            ];
            for (at, (link, outputs)) in links.into_iter().enumerate() {
                all.push(network(family, mother, link, outputs, 4 + at, [5, 16, 21, 8][at]));
            }
        }
    }
    // More inputs than fit the small place on the stack.
    all.push(network(Family::Ridge, Mother::MexicanHat, Link::Binary, 1, 60, 7));
    all.push(network(Family::Ridge, Mother::MexicanHat, Link::Binary, 1, 2, 0));
    all
}

fn rows(fields: usize, count: usize) -> Vec<f64> {
    let mut draw = Draw(99);
    let odd = [f64::NAN, f64::INFINITY, -1e300, 5.0];
    (0..count * fields)
        .map(|at| {
            let x = draw.next();
            if at % fields == 0 {
                (x.abs() * 3.6).floor()
            } else if at % 23 == 0 {
                odd[at % 4]
            } else {
                3.0 * x
            }
        })
        .collect()
}

#[test]
fn one_row_and_a_batch_have_the_same_bits_on_every_instruction_set() {
    for network in all() {
        let (fields, width) = (network.fields(), network.width());
        let rows = rows(fields, 61);
        let mut alone = vec![0.0; 61 * width];
        let mut flags = Vec::new();
        for (row, out) in rows.chunks_exact(fields).zip(alone.chunks_exact_mut(width)) {
            flags.push(network.eval(row, out).unwrap());
        }
        assert!(alone.iter().all(|x| x.is_finite()), "{network:?}");
        for isa in [Isa::Portable, Isa::Avx2].into_iter().filter(|isa| isa.available()) {
            let network = network.clone().with_isa(isa);
            for count in [61, 8, 7, 1, 0] {
                let mut batch = vec![0.0; count * width];
                let mut seen = vec![9; count];
                network.eval_batch(&rows[..count * fields], &mut batch, &mut seen).unwrap();
                let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&batch), bits(&alone[..count * width]), "{isa:?} {count}");
                assert_eq!(seen, flags[..count]);
            }
            let mut again = vec![0.0; width];
            network.eval(&rows[..fields], &mut again).unwrap();
            assert_eq!(again, alone[..width]);
        }
    }
}

/// The definition, written with the platform's mathematics.
fn slow(network: &Wavelons, row: &[f64]) -> Vec<f64> {
    let parts = network.parts();
    let mut x = Vec::new();
    for (coding, &value) in parts.codings.iter().zip(row) {
        match *coding {
            Coding::Number { center, inverse, least, most, indicator } => {
                x.push(if value.is_nan() { 0.0 } else { (value.clamp(least, most) - center) * inverse });
                if indicator {
                    x.push(f64::from(u8::from(value.is_nan())));
                }
            }
            Coding::Category { count } => {
                x.extend((0..count).map(|c| f64::from(u8::from(value == f64::from(c)))));
            }
            _ => unreachable!(),
        }
    }
    let psi = |u: f64| {
        let g = (-0.5 * u * u).exp();
        match parts.mother {
            Mother::MexicanHat => (1.0 - u * u) * g,
            Mother::GaussianDerivative => -u * g,
            Mother::Morlet => (1.75 * u).cos() * g,
            Mother::MorletAdmissible => ((1.75 * u).cos() - (-1.75_f64 * 1.75 / 2.0).exp()) * g,
            Mother::Polywog1 => u * g,
            Mother::Polywog2 => (u * u * u - 3.0 * u) * g,
            Mother::Polywog3 => (u * u * u * u - 6.0 * u * u + 3.0) * g,
            Mother::Rasp1 => u / ((u * u + 1.0) * (u * u + 1.0)),
            _ => unreachable!(),
        }
    };
    let mut z = vec![0.0; network.outputs()];
    for member in &parts.members {
        for (k, z) in z.iter_mut().enumerate() {
            let count = member.wavelons;
            let mut sum = member.bias[k];
            sum += x.iter().zip(&member.linear[k * x.len()..]).map(|(x, c)| x * c).sum::<f64>();
            for j in 0..count {
                let u = |i: usize| (x[i] - member.shifts[i * count + j]) * member.inner[i * count + j];
                let wave = match parts.family {
                    Family::Ridge => {
                        let net: f64 = (0..x.len()).map(|i| x[i] * member.inner[i * count + j]).sum();
                        psi(net - member.shifts[j])
                    }
                    Family::Product => (0..x.len()).map(|i| psi(u(i))).product(),
                    _ => {
                        let q: f64 = (0..x.len()).map(|i| u(i) * u(i)).sum();
                        if parts.mother == Mother::MexicanHat {
                            (x.len() as f64 - q) * (-0.5 * q).exp()
                        } else {
                            psi(q.sqrt())
                        }
                    }
                };
                sum += member.weights[k * count + j] * wave;
            }
            *z += sum / parts.members.len() as f64;
        }
    }
    let logistic = |z: f64| 1.0 / (1.0 + (-z).exp());
    match &parts.link {
        Link::Number { offset, scale } => vec![offset + scale * z[0]],
        Link::Binary => vec![1.0 - logistic(z[0]), logistic(z[0])],
        Link::Classes => {
            let most = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = z.iter().map(|z| (z - most).exp()).sum();
            z.iter().map(|z| (z - most).exp() / sum).collect()
        }
        Link::Ordered { thresholds } => {
            let mut below = 0.0;
            let mut shares = Vec::new();
            for up_to in thresholds.iter().map(|t| logistic(t - z[0])).chain([1.0]) {
                shares.push(up_to - below);
                below = up_to;
            }
            shares
        }
        _ => unreachable!(),
    }
}

#[test]
fn a_slow_second_reading_agrees() {
    for network in all() {
        let fields = network.fields();
        let mut out = vec![0.0; network.width()];
        for row in rows(fields, 40).chunks_exact(fields) {
            network.eval(row, &mut out).unwrap();
            for (found, expected) in out.iter().zip(slow(&network, row)) {
                let bound = 1e-11 * (1.0 + expected.abs());
                assert!((found - expected).abs() < bound, "{:?} {found} {expected}", network.parts().mother);
            }
        }
    }
}

#[test]
fn bytes_come_back_and_damage_is_refused() {
    for network in all() {
        let bytes = network.to_bytes();
        assert_eq!(Wavelons::from_bytes(&bytes).unwrap(), network);
        assert_eq!(bytes, Wavelons::from_bytes(&bytes).unwrap().to_bytes());
        for end in (0..bytes.len()).step_by(8 + bytes.len() / 50) {
            assert!(Wavelons::from_bytes(&bytes[..end]).is_err());
        }
        let mut longer = bytes.clone();
        longer.extend([0; 8]);
        assert!(Wavelons::from_bytes(&longer).unwrap_err().to_string().contains("left over"));
    }
    // No change of a byte makes anything panic, and what is still accepted scores.
    let network = network(Family::Product, Mother::Polywog3, Link::Classes, 3, 3, 4);
    let bytes = network.to_bytes();
    let mut out = [0.0; 16];
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            if let Ok(network) = Wavelons::from_bytes(&damaged) {
                let row = vec![1.0; network.fields()];
                let width = network.width();
                network.eval(&row, &mut out[..width]).unwrap();
                assert!(out[..width].iter().all(|x| !x.is_nan()), "byte {at}");
            }
        }
    }
}

#[test]
fn lengths_are_checked_and_oddities_flagged() {
    let network =
        network(Family::Radial, Mother::MexicanHat, Link::Number { offset: 0.0, scale: 1.0 }, 1, 2, 3);
    let mut out = [0.0];
    assert!(
        network.eval(&[0.0, 1.0], &mut out).unwrap_err().to_string().contains("expected 3 fields, got 2")
    );
    assert!(network.eval(&[0.0, 1.0, 2.0], &mut []).is_err());
    assert!(network.eval_batch(&[0.0; 4], &mut out, &mut [0]).is_err());
    assert_eq!(network.eval(&[2.0, 1.0, 0.5], &mut out).unwrap(), 0);
    assert_eq!(
        network.eval(&[f64::NAN, 1.0, f64::NAN], &mut out).unwrap(),
        outside::CATEGORY | outside::MISSING
    );
    assert_eq!(
        network.eval(&[2.5, f64::INFINITY, 0.0], &mut out).unwrap(),
        outside::CATEGORY | outside::RANGE
    );
    assert!(out[0].is_finite());
    let mut members = [0.0; 2];
    network.eval_members(&[2.0, 1.0, 0.5], &mut members).unwrap();
    network.eval_outputs(&[2.0, 1.0, 0.5], &mut out).unwrap();
    assert!((out[0] - (members[0] + members[1]) / 2.0).abs() < 1e-14 * out[0].abs());
}

use karat_scorer::numerics::ln;

use super::*;
use crate::numerics::random::Random;

/// A connected graph: a random tree and each other pair with probability `density`.
fn graph(random: &mut Random, n: usize, density: f64) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = (1..n).map(|i| (random.below(i as u64) as usize, i)).collect();
    for i in 0..n {
        for j in i + 1..n {
            if random.uniform() < density && !pairs.contains(&(i, j)) {
                pairs.push((i, j));
            }
        }
    }
    pairs
}

fn others(n: usize, pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let all = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    all.filter(|pair| !pairs.contains(pair)).collect()
}

/// How far the solution is from a circulation with equal row sums, relative to lambda p.
fn imbalance(solver: &Solver) -> f64 {
    let Flows { share, out, into, open, lambda, .. } = &solver.flows;
    (0..solver.n)
        .map(|i| {
            let own = lambda * share[i];
            f64::max(((share[i] + out[i] + open[i]) / own - 1.0).abs(), ((out[i] - into[i]) / own).abs())
        })
        .fold(0.0, f64::max)
}

/// The optimum is where rows and columns of the flow balance: a condition that the method cannot fake.
fn check(
    cases: u32,
    seed: u64,
    largest: u64,
    density: f64,
    judgment: impl Fn(&mut Random) -> f64,
) -> (u32, u32) {
    let mut random = Random::new(seed);
    let (mut most, mut failed) = (0, 0);
    for case in 0..cases {
        let n = 3 + random.below(largest - 2) as usize;
        let edges = graph(&mut random, n, density);
        let logs: Vec<f64> = edges.iter().map(|_| judgment(&mut random)).collect();
        let mut solver = Solver::new(n, edges.clone(), others(n, &edges));
        let solution = solver.solve(&logs);
        most = most.max(solution.steps);
        if solution.converged {
            let left = imbalance(&solver);
            assert!(left < 1e-11, "case {case}: n = {n}, {} judgments, imbalance {left:e}", edges.len());
        } else {
            failed += 1;
            println!("case {case}: n = {n}, {} judgments after {} steps", edges.len(), solution.steps);
        }
    }
    println!("at most {most} steps, {failed} of {cases} not converged");
    (most, failed)
}

#[test]
fn judgments_on_saatys_scale_take_a_handful_of_steps() {
    for density in [0.0, 0.1, 0.5, 0.9] {
        let (steps, failed) = check(150, 1, 16, density, |random| {
            let strength = ln(1.0 + random.below(9) as f64);
            if random.below(2) == 0 { strength } else { -strength }
        });
        assert!(steps <= 8 && failed == 0, "density {density}: {steps} steps");
    }
    let (steps, failed) = check(3, 2, 64, 0.2, |random| ln(1.0 + random.below(9) as f64));
    assert!(steps <= 8 && failed == 0, "{steps} steps");
}

#[test]
fn wild_contradictions_are_followed_to_the_end() {
    for (density, strength) in [(0.02, 1e3), (0.3, 1e3), (0.9, 1e3), (0.05, 1e9), (0.5, 1e9), (0.9, 1e9)] {
        let (_, failed) = check(60, 3, 20, density, |random| (2.0 * random.uniform() - 1.0) * ln(strength));
        assert_eq!(failed, 0, "density {density}, judgments up to {strength}");
    }
    // Nothing but the extremes.
    check(60, 4, 12, 0.4, |random| if random.below(2) == 0 { ln(1e9) } else { -ln(1e9) });
}

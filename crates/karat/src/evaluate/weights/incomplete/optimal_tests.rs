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

/// The optimum is where rows and columns of the flow balance: a condition that the method cannot fake.
fn check(
    cases: u32,
    seed: u64,
    largest: u64,
    density: f64,
    judgment: impl Fn(&mut Random) -> f64,
) -> (u32, u32, f64) {
    let mut random = Random::new(seed);
    let (mut most, mut failed, mut worst) = (0, 0, 0.0f64);
    for case in 0..cases {
        let n = 3 + random.below(largest - 2) as usize;
        let edges = graph(&mut random, n, density);
        let logs: Vec<f64> = edges.iter().map(|_| judgment(&mut random)).collect();
        let mut solver = Solver::new(n, edges.clone(), others(n, &edges));
        let solution = solver.solve(&logs);
        most = most.max(solution.steps);
        if solution.converged {
            worst = worst.max(solver.imbalance());
        } else {
            failed += 1;
            println!(
                "case {case}: n = {n}, {} judgments after {} steps, {:e}",
                edges.len(),
                solution.steps,
                solver.imbalance()
            );
        }
    }
    println!("at most {most} steps, {failed} of {cases} not converged, imbalance {worst:e}");
    (most, failed, worst)
}

#[test]
fn judgments_on_saatys_scale_take_a_handful_of_steps() {
    for density in [0.0, 0.1, 0.5, 0.9] {
        let (steps, failed, worst) = check(150, 1, 16, density, |random| {
            let strength = ln(1.0 + random.below(9) as f64);
            if random.below(2) == 0 { strength } else { -strength }
        });
        assert!(steps <= 8 && failed == 0 && worst < 1e-12, "density {density}: {steps} steps");
    }
    let (steps, failed, worst) = check(3, 2, 64, 0.2, |random| ln(1.0 + random.below(9) as f64));
    assert!(steps <= 8 && failed == 0 && worst < 1e-12, "{steps} steps");
}

#[test]
fn wild_contradictions_are_followed_to_the_end() {
    for (density, strength) in [(0.02, 1e3), (0.3, 1e3), (0.9, 1e3)] {
        let (_, failed, worst) =
            check(60, 3, 20, density, |random| (2.0 * random.uniform() - 1.0) * ln(strength));
        assert!(failed == 0 && worst < 1e-9, "density {density}, judgments up to {strength}");
    }
    // Random judgments up to 1e9, whose circles multiply to 1e50 and more: what doubles cannot solve to nine
    // digits says so.
    for density in [0.05, 0.5, 0.9] {
        let (_, failed, worst) = check(60, 3, 20, density, |random| (2.0 * random.uniform() - 1.0) * ln(1e9));
        assert!(failed <= 10 && worst < 1e-9, "density {density}: {failed} not converged");
    }
}

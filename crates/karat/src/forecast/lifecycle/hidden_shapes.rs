//! The shapes that a life can have within the months seen, and how they look through the noise.

use super::hidden_noise::Noise;
use crate::numerics::cholesky;

/// Steps that a shape is made of: of the market, of the introduction, of growth and of decline.
pub(super) const PARTS: usize = 4;

/// Shapes of customers with so many months, of which the first changes fall into the introduction.
///
/// With place a for the first month after growth and b for the first of decline, growth rises in the months before a
/// and decline falls from b on; both may lie beyond the last month. Products are in the metric of the noise, each
/// customer's level taken out.
#[derive(Debug)]
pub(super) struct Shapes {
    pub(super) months: usize,
    /// Metric times the steps of the market, the introduction, and of growth and decline for each place.
    market: Vec<f64>,
    introduction: Vec<f64>,
    growth: Vec<Vec<f64>>,
    decline: Vec<Vec<f64>>,
    metric: Vec<f64>,
    /// Products of market and introduction with each other and, by place, with growth and decline.
    pub(super) fixed: [[f64; 2]; 2],
    pub(super) with_growth: Vec<[f64; 2]>,
    pub(super) with_decline: Vec<[f64; 2]>,
    pub(super) growth_growth: Vec<f64>,
    pub(super) decline_decline: Vec<f64>,
    pub(super) growth_decline: Vec<Vec<f64>>,
}

/// Products of a customer's logarithms with the steps.
#[derive(Debug, Default)]
pub(super) struct Projections {
    pub(super) square: f64,
    pub(super) fixed: [f64; 2],
    pub(super) growth: Vec<f64>,
    pub(super) decline: Vec<f64>,
}

fn dot(u: &[f64], v: &[f64]) -> f64 {
    u.iter().zip(v).map(|(u, v)| u * v).sum()
}

impl Shapes {
    pub(super) fn new(months: usize, introduced: usize, noise: &Noise) -> Shapes {
        let metric = metric(months, noise);
        let through = |v: &[f64]| metric.chunks_exact(months).map(|row| dot(row, v)).collect::<Vec<f64>>();
        let steps = |counts: &dyn Fn(usize) -> bool| {
            let mut sum = 0.0;
            (0..months)
                .map(|place| {
                    if place > 0 && counts(place) {
                        sum += 1.0;
                    }
                    sum
                })
                .collect::<Vec<f64>>()
        };
        let fixed = [steps(&|_| true), steps(&|place| place <= introduced)];
        let growth: Vec<Vec<f64>> =
            (0..=months).map(|a| steps(&|place| place > introduced && place < a)).collect();
        let decline: Vec<Vec<f64>> = (0..=months).map(|b| steps(&|place| place >= b)).collect();
        let [market, introduction] = [through(&fixed[0]), through(&fixed[1])];
        let (in_growth, in_decline): (Vec<Vec<f64>>, Vec<Vec<f64>>) =
            (growth.iter().map(|v| through(v)).collect(), decline.iter().map(|v| through(v)).collect());
        let both = |v: &Vec<f64>| [dot(&market, v), dot(&introduction, v)];
        Shapes {
            months,
            fixed: [both(&fixed[0]), both(&fixed[1])],
            with_growth: growth.iter().map(both).collect(),
            with_decline: decline.iter().map(both).collect(),
            growth_growth: growth.iter().zip(&in_growth).map(|(u, v)| dot(u, v)).collect(),
            decline_decline: decline.iter().zip(&in_decline).map(|(u, v)| dot(u, v)).collect(),
            growth_decline: in_growth.iter().map(|u| decline.iter().map(|v| dot(u, v)).collect()).collect(),
            market,
            introduction,
            growth: in_growth,
            decline: in_decline,
            metric,
        }
    }

    pub(super) fn project(&self, logs: &[f64], found: &mut Projections) {
        found.square =
            self.metric.chunks_exact(self.months).zip(logs).map(|(row, y)| y * dot(row, logs)).sum();
        found.fixed = [dot(&self.market, logs), dot(&self.introduction, logs)];
        let all = |parts: &[Vec<f64>], found: &mut Vec<f64>| {
            found.clear();
            found.extend(parts.iter().map(|part| dot(part, logs)));
        };
        all(&self.growth, &mut found.growth);
        all(&self.decline, &mut found.decline);
    }
}

/// The inverse of the noise's covariance, with the level taken out.
fn metric(months: usize, noise: &Noise) -> Vec<f64> {
    let factor = noise.factor(months);
    let solved = |mut v: Vec<f64>| {
        cholesky::solve(&factor, &mut v);
        v
    };
    let ones = solved(vec![1.0; months]);
    let whole: f64 = ones.iter().sum();
    let mut metric = Vec::with_capacity(months * months);
    for i in 0..months {
        let mut unit = vec![0.0; months];
        unit[i] = 1.0;
        metric.extend(solved(unit).iter().zip(&ones).map(|(inverse, one)| inverse - ones[i] * one / whole));
    }
    metric
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_counts_for_nothing_and_products_are_those_of_the_shapes() {
        let noise = Noise { persistence: 0.8, lasting: 0.1, passing: 0.02 };
        let shapes = Shapes::new(6, 1, &noise);
        let mut found = Projections::default();
        shapes.project(&[3.0; 6], &mut found);
        assert!(found.square.abs() < 1e-9 && found.growth.iter().all(|g| g.abs() < 1e-9), "{found:?}");
        // A life of growth until the fifth month and decline from the sixth on, written out.
        shapes.project(&[0.0, 0.0, 1.0, 2.0, 3.0, 3.0], &mut found);
        assert!((found.growth[5] - shapes.growth_growth[5]).abs() < 1e-12);
        assert!((found.decline[5] - shapes.growth_decline[5][5]).abs() < 1e-12);
        assert!((found.square - shapes.growth_growth[5]).abs() < 1e-12);
    }
}

//! METHODS GT-1.3, 9.1, 9.2, 9.5 and 9.7: worked examples of weighting, with the digits of their source.

use karat::evaluate::weights::{
    Ahp, Combination, PairwiseMatrix, PriorityMean, PriorityMethod, RandomIndex, aggregate_judgments,
    aggregate_priorities, combine, entropy, total_consistency_ratio,
};

use super::{all_near, near};

/// Where the source multiplied weights it had already rounded to six digits, its own sixth digit can be off by
/// one: 0.75 * 0.558425 is printed .418819, while the weight is .5584245 and the product .418818 (checked with
/// 40-digit arithmetic).
const DERIVED: f64 = 1.1e-6;

/// METHODS GT-9.1: a textbook 4 x 4 matrix by all three methods.
#[test]
fn gt_9_1() {
    let rows = vec![
        vec![1.0, 3.0, 3.0, 7.0],
        vec![1.0 / 3.0, 1.0, 1.0, 5.0],
        vec![1.0 / 3.0, 1.0, 1.0, 3.0],
        vec![1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0],
    ];
    let judgments = PairwiseMatrix::from_rows(&["1", "2", "3", "4"], &rows).unwrap();
    let by = |method| Ahp::new().method(method).priorities(&judgments).unwrap();
    let eigen = by(PriorityMethod::Eigenvector);
    all_near(&eigen.weights, &[0.534727, 0.217496, 0.188056, 0.059722], 5e-7, "GT-9.1 eigen");
    near(eigen.lambda_max, 4.057089, 5e-7, "GT-9.1 lambda");
    near(eigen.consistency_index, 0.019030, 5e-7, "GT-9.1 CI");
    near(eigen.geometric_consistency_index, 0.075413, 5e-7, "GT-9.1 GCI");
    let geometric = by(PriorityMethod::GeometricMean).weights;
    all_near(&geometric, &[0.535008, 0.215768, 0.189900, 0.059324], 5e-7, "GT-9.1 geometric");
    let column = by(PriorityMethod::ColumnMean).weights;
    all_near(&column, &[0.532389, 0.219130, 0.187880, 0.060602], 5e-7, "GT-9.1 sum");
    for (table, golden) in [(RandomIndex::Saaty1980, 0.021144), (RandomIndex::Saaty2005, 0.021382)] {
        let found = Ahp::new().random_index(table).priorities(&judgments).unwrap();
        near(found.consistency_ratio, golden, 5e-7, "GT-9.1 CR");
    }
}

/// METHODS GT-9.2: two matrices and their composition. The source prints lambda 5.1357 and CI .0339 for the
/// first, a misprint; its CR .0343 is that of 5.153750.
#[test]
fn gt_9_2() {
    let first =
        ["a 1/3 b", "a 1/5 c", "a 2 d", "a 3 e", "b 1/3 c", "b 3 d", "b 3 e", "c 5 d", "c 7 e", "d 1 e"];
    let second =
        ["a 1/5 b", "a 1/4 c", "a 2 d", "a 3 e", "b 2 c", "b 4 d", "b 7 e", "c 3 d", "c 5 e", "d 2 e"];
    let ahp = Ahp::new().random_index(RandomIndex::Chinese1000);
    let by = |judgments: &[&str]| {
        ahp.priorities(&PairwiseMatrix::from_text(&["a", "b", "c", "d", "e"], judgments).unwrap()).unwrap()
    };
    let (first, second) = (by(&first), by(&second));
    all_near(&first.weights, &[0.1241, 0.2292, 0.5100, 0.0732, 0.0635], 5.1e-5, "GT-9.2 m1");
    near(first.lambda_max, 5.153750, 5e-7, "GT-9.2 lambda 1");
    near(first.consistency_index, 0.038437, 5e-7, "GT-9.2 CI 1");
    near(first.consistency_ratio, 0.034319, 5e-7, "GT-9.2 CR 1");
    all_near(&second.weights, &[0.1179, 0.4517, 0.2919, 0.0887, 0.0497], 5.1e-5, "GT-9.2 m2");
    near(second.lambda_max, 5.1543, 5e-5, "GT-9.2 lambda 2");
    // Printed .038575, which is (5.1543 - 5) / 4 with the four digits of lambda.
    near(second.consistency_index, 0.038575, 5e-5 / 4.0, "GT-9.2 CI 2");
    near(second.consistency_ratio, 0.0344, 5e-5, "GT-9.2 CR 2");
    let both = [first.weights.as_slice(), second.weights.as_slice()];
    let composed = aggregate_priorities(&both, &[0.75, 0.25], PriorityMean::Arithmetic).unwrap();
    all_near(&composed, &[0.122529, 0.284863, 0.455477, 0.077067, 0.060064], 5e-7, "GT-9.2 composition");
}

/// METHODS GT-9.5: two judges.
#[test]
fn gt_9_5() {
    let items = ["a", "b", "c"];
    let judges = [
        PairwiseMatrix::from_text(&items, &["a 2 b", "a 4 c", "b 3 c"]).unwrap(),
        PairwiseMatrix::from_text(&items, &["a 1 b", "a 3 c", "b 2 c"]).unwrap(),
    ];
    let together =
        |shares: &[f64]| Ahp::new().priorities(&aggregate_judgments(&judges, shares).unwrap()).unwrap();
    let equal = together(&[0.5, 0.5]);
    all_near(&equal.weights, &[0.501057, 0.354301, 0.144643], 5e-7, "GT-9.5 AIJ");
    near(equal.lambda_max, 3.0, 1e-12, "GT-9.5 lambda");
    let own: Vec<Vec<f64>> =
        judges.iter().map(|judge| Ahp::new().priorities(judge).unwrap().weights).collect();
    let own = [own[0].as_slice(), own[1].as_slice()];
    let geometric = aggregate_priorities(&own, &[0.5, 0.5], PriorityMean::Geometric).unwrap();
    all_near(&geometric, &[0.501057, 0.354301, 0.144643], 5e-7, "GT-9.5 geometric AIP");
    let arithmetic = aggregate_priorities(&own, &[0.5, 0.5], PriorityMean::Arithmetic).unwrap();
    all_near(&arithmetic, &[0.500927, 0.353495, 0.145579], 5e-7, "GT-9.5 arithmetic AIP");
    let weighted = together(&[0.7, 0.3]);
    all_near(&weighted.weights, &[0.524120, 0.340556, 0.135324], 5e-7, "GT-9.5 weighted AIJ");
    near(weighted.lambda_max, 3.002923, 5e-7, "GT-9.5 weighted lambda");
}

/// METHODS GT-1.3: the weights of a small tree and its total consistency.
#[test]
fn gt_1_3() {
    let ahp = Ahp::new().random_index(RandomIndex::Saaty1980);
    let by = |items: &[&str], judgments: &[&str]| {
        ahp.priorities(&PairwiseMatrix::from_text(items, judgments).unwrap()).unwrap()
    };
    let root = by(
        &["contribution", "attribution", "influence"],
        &["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"],
    );
    all_near(&root.weights, &[0.558425, 0.319618, 0.121957], 5e-7, "GT-1.3 root");
    near(root.lambda_max, 3.018295, 5e-7, "GT-1.3 root lambda");
    near(root.consistency_index, 0.009147, 5e-7, "GT-1.3 root CI");
    near(root.consistency_ratio, 0.015771, 5e-7, "GT-1.3 root CR");
    let contribution = by(&["arpu", "margin"], &["arpu 3 margin"]);
    all_near(&contribution.weights, &[0.75, 0.25], 1e-15, "GT-1.3 contribution");
    let attribution = by(
        &["wallet share", "contract", "tenure"],
        &["wallet share 2 contract", "wallet share 3 tenure", "contract 2 tenure"],
    );
    all_near(&attribution.weights, &[0.539615, 0.296961, 0.163424], 5e-7, "GT-1.3 attribution");
    near(attribution.lambda_max, 3.009203, 5e-7, "GT-1.3 attribution lambda");
    let influence = by(&["degree", "industry"], &["degree 1/2 industry"]);
    all_near(&influence.weights, &[1.0 / 3.0, 2.0 / 3.0], 1e-15, "GT-1.3 influence");
    let children = [&contribution, &attribution, &influence];
    let global: Vec<f64> = root
        .weights
        .iter()
        .zip(children)
        .flat_map(|(parent, child)| child.weights.iter().map(move |own| parent * own))
        .collect();
    let golden = [0.418819, 0.139606, 0.172471, 0.094914, 0.052233, 0.040652, 0.081305];
    all_near(&global, &golden, DERIVED, "GT-1.3 global");
    let levels = children.map(|child| (child.consistency_index, child.random_index.value));
    let total = total_consistency_ratio(&root.weights, &levels).unwrap();
    near(total, 0.007933, 5e-7, "GT-1.3 total CR");
}

/// METHODS GT-9.7: entropy weights, and a combination whose published formula goes negative.
#[test]
fn gt_9_7() {
    let min_max = |values: [f64; 4], benefit: bool| {
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        values.map(|v| if benefit { (v - low) / (high - low) } else { (high - v) / (high - low) })
    };
    let arpu = min_max([80.0, 120.0, 60.0, 200.0], true);
    let tenure = min_max([24.0, 36.0, 60.0, 12.0], true);
    let stops = min_max([3.0, 1.0, 2.0, 0.0], false);
    let data = entropy(&[&arpu, &tenure, &stops]).unwrap();
    all_near(&data.entropy, &[0.620335, 0.689392, 0.729574], 5e-7, "GT-9.7 e");
    all_near(&data.weights, &[0.395196, 0.323315, 0.281489], 5e-7, "GT-9.7 w_E");
    let root = ["C 2 L", "C 4 I", "L 3 I"];
    let expert = Ahp::new().priorities(&PairwiseMatrix::from_text(&["C", "L", "I"], &root).unwrap()).unwrap();
    for (how, golden) in [
        (Combination::Multiplicative, [0.615836, 0.288366, 0.095798]),
        (Combination::Geometric, [0.481071, 0.329191, 0.189738]),
        (Combination::Linear { share: 0.5 }, [0.476811, 0.321466, 0.201723]),
    ] {
        let found = combine(&expert.weights, &data.weights, how).unwrap().weights;
        all_near(&found, &golden, DERIVED, &format!("GT-9.7 {how:?}"));
    }
    let game = combine(&expert.weights, &data.weights, Combination::GameTheory).unwrap();
    let alpha = game.published_coefficients.unwrap();
    all_near(&alpha, &[1.490978, -0.490978], DERIVED, "GT-9.7 alpha");
    let published: Vec<f64> =
        expert.weights.iter().zip(&data.weights).map(|(e, d)| alpha[0] * e + alpha[1] * d).collect();
    all_near(&published, &[0.638567, 0.317803, 0.043630], DERIVED, "GT-9.7 published formula");
    assert_eq!(game.coefficients, Some([1.0, 0.0]), "GT-9.7 clamped");
    all_near(&game.weights, &expert.weights, 1e-15, "GT-9.7 clamped");
    assert_eq!(game.findings.len(), 1);
    assert!(game.findings[0].fact.contains("-0.490979"), "GT-9.7: {}", game.findings[0]);
}

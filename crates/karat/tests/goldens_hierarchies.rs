//! Hierarchies against `tests/goldens/ahp.json` (60-digit arithmetic, checked there against ahpy and numpy),
//! METHODS GT-1.3 and GT-9.2, and published examples of rank reversal and of sensitivity.
#![allow(clippy::unwrap_used, reason = "a golden that cannot be read fails its test")]

use karat::Plan;
use karat::evaluate::weights::{
    Ahp, Hierarchy, HierarchyBuilder, Outcome, PairwiseMatrix, RandomIndex, Synthesis, SynthesisResult,
};
use serde_json::Value;

fn goldens() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/ahp.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn rational(value: &Value) -> f64 {
    let text = value.as_str().unwrap();
    let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
    top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap()
}

fn matrix(goldens: &Value, id: &str) -> PairwiseMatrix {
    let cases = goldens["pairwise"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == id).unwrap();
    let rows = case["matrix"].as_array().unwrap();
    let rows: Vec<Vec<f64>> =
        rows.iter().map(|row| row.as_array().unwrap().iter().map(rational).collect()).collect();
    PairwiseMatrix::from_rows(&texts(&case["labels"]), &rows).unwrap()
}

fn golden_hierarchy(goldens: &Value, case: &Value) -> Hierarchy {
    let criteria = matrix(goldens, case["criteria"].as_str().unwrap());
    let labels = criteria.labels().to_vec();
    let mut builder = Hierarchy::builder()
        .children("goal", &labels)
        .judge_matrix("goal", criteria)
        .alternatives(&texts(&case["alternatives"]));
    for (criterion, id) in labels.iter().zip(texts(&case["children"])) {
        builder = builder.judge_matrix(criterion, matrix(goldens, id));
    }
    builder.build().unwrap()
}

fn hierarchy(id: &str) -> Hierarchy {
    let goldens = goldens();
    let cases = goldens["hierarchies"].as_array().unwrap();
    golden_hierarchy(&goldens, cases.iter().find(|case| case["id"] == id).unwrap())
}

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    let difference = (found - expected).abs();
    assert!(difference <= tolerance, "{found} against {expected}, difference {difference:e}");
}

#[track_caller]
fn all_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).for_each(|(&found, &expected)| near(found, expected, tolerance));
}

#[test]
fn goldens_in_every_mode() {
    let goldens = goldens();
    let cases = goldens["hierarchies"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let hierarchy = golden_hierarchy(&goldens, case);
        for (mode, name) in [
            (Synthesis::Distributive, "global_distributive"),
            (Synthesis::Ideal, "global_ideal"),
            (Synthesis::WeightedProduct, "global_weighted_product"),
        ] {
            let found = hierarchy.synthesise(mode).unwrap();
            all_near(&found.totals, &numbers(&case[name]), 1e-12);
            if mode != Synthesis::WeightedProduct {
                contributions_add_up(&found);
            }
        }
    }
}

fn contributions_add_up(found: &SynthesisResult) {
    for (at, &total) in found.totals.iter().enumerate() {
        near(found.contributions.iter().map(|row| row[at]).sum(), total, 1e-14);
    }
}

/// The totals of the goldens name A in the distributive mode and B in the ideal one. With the weights of the
/// goldens, numpy finds that of the shifts `(w_j / max_j / sum - w_j) (p_Bj - p_Aj)` that of the neighbourhood
/// is the largest (.0242; size .0185, condition .0177), its weight acting as .153 instead of .188.
#[test]
fn the_house_depends_on_the_mode_and_the_finding_says_why() {
    let house = hierarchy("house");
    let found = house.synthesise(Synthesis::Distributive).unwrap();
    assert_eq!(found.winner(), "A");
    assert_eq!(house.synthesise(Synthesis::Ideal).unwrap().winner(), "B");
    let finding = &found.findings[0];
    assert_eq!(finding.code, "W140");
    assert!(finding.fact.contains("`A` in distributive, but `B` in ideal"), "{finding}");
    let reason = "most of it is `neighbourhood`, whose best alternative has the share 0.754: dividing by the best, \
                  as the ideal mode does, makes its weight act as 0.153 instead of 0.188";
    assert!(finding.fact.contains(reason), "{finding}");
    // All three modes name Dick.
    assert!(hierarchy("leader").synthesise(Synthesis::Ideal).unwrap().findings.is_empty());
    // Distributive and ideal agree on B, the product names A.
    let school = hierarchy("school").synthesise(Synthesis::Distributive).unwrap();
    assert!(school.findings[0].fact.contains("`A` in weighted_product; a product counts"), "{school:?}");
    let inconsistent: Vec<&str> = house.findings().iter().map(|finding| finding.code).collect();
    assert!(inconsistent.contains(&"W102"));
    assert!(house.findings()[0].place.starts_with("goal: "));
}

fn small_tree() -> HierarchyBuilder {
    Hierarchy::builder()
        .children("value", &["contribution", "attribution", "influence"])
        .children("contribution", &["arpu", "margin"])
        .children("attribution", &["wallet", "contract", "tenure"])
        .children("influence", &["degree", "industry"])
        .judge(
            "value",
            &["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"],
        )
        .judge("contribution", &["arpu 3 margin"])
        .judge("attribution", &["wallet 2 contract", "wallet 3 tenure", "contract 2 tenure"])
        .judge("influence", &["degree 1/2 industry"])
        .ahp(Ahp::new().random_index(RandomIndex::Saaty1980))
}

/// METHODS GT-1.3, printed with six digits; products of rounded factors may be off by one in the last.
#[test]
fn gt_1_3_global_weights_and_total_consistency() {
    let tree = small_tree().build().unwrap();
    let global: Vec<f64> = tree.leaves().map(|leaf| leaf.global).collect();
    let printed = [0.418819, 0.139606, 0.172471, 0.094914, 0.052233, 0.040652, 0.081305];
    all_near(&global, &printed, 1.1e-6);
    near(global.iter().sum(), 1.0, 1e-15);
    all_near(&tree.criterion("attribution").unwrap().weights, &[0.539615, 0.296961, 0.163424], 5e-7);

    let consistency = tree.consistency().unwrap();
    assert_eq!(consistency.nodes.len(), 4);
    near(consistency.nodes[0].consistency_ratio, 0.015771, 5e-7);
    near(consistency.levels[1].consistency_ratio, 0.007933, 5e-7);
    // sum a_j CI_j / sum a_j RI_j over both levels, by hand from the printed figures.
    let attribution = 0.319618;
    let by_hand = (0.009147 + attribution * 0.0046015) / (0.58 + attribution * 0.58);
    near(consistency.overall.consistency_ratio, by_hand, 2e-6);
    assert_eq!(consistency.nodes[0].random_index.table, "saaty_1980");
}

/// The plan of GT-1.3 and the hierarchy of GT-1.3 are one.
#[test]
fn a_plan_is_a_hierarchy() {
    let plan = Plan::from_toml(
        r#"
        [indicators]
        arpu = { dimension = "contribution" }
        margin = { dimension = "contribution" }
        wallet = { dimension = "attribution" }
        contract = { dimension = "attribution" }
        tenure = { dimension = "attribution" }
        degree = { dimension = "influence" }
        industry = { dimension = "influence" }

        [judgments]
        value = ["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"]
        contribution = ["arpu 3 margin"]
        attribution = ["wallet 2 contract", "wallet 3 tenure", "contract 2 tenure"]

        [weights]
        random_index = "saaty_1980"
        fixed.influence = { degree = 33, industry = 67 }
        "#,
    )
    .unwrap();
    let found = plan.hierarchy().unwrap();
    let expected = small_tree().build().unwrap().with_weight("degree", 0.33).unwrap();
    for (found, expected) in found.criteria().iter().zip(expected.criteria()) {
        assert_eq!(
            (&found.name, found.level, found.source),
            (&expected.name, expected.level, expected.source)
        );
        near(found.global, expected.global, 1e-15);
    }
    assert_eq!(found.consistency().unwrap().nodes[0].random_index.table, "saaty_1980");
}

/// METHODS GT-9.2: two criteria with the weights .75 and .25 over five alternatives, published to four digits
/// (.1225, .2849, .4555, .0771, .060).
#[test]
fn gt_9_2_composition() {
    let found = Hierarchy::builder()
        .children("goal", &["m1", "m2"])
        .weights("goal", &[("m1", 0.75), ("m2", 0.25)])
        .alternatives(&["a", "b", "c", "d", "e"])
        .judge(
            "m1",
            &["a 1/3 b", "a 1/5 c", "a 2 d", "a 3 e", "b 1/3 c", "b 3 d", "b 3 e", "c 5 d", "c 7 e", "d 1 e"],
        )
        .judge(
            "m2",
            &["a 1/5 b", "a 1/4 c", "a 2 d", "a 3 e", "b 2 c", "b 4 d", "b 7 e", "c 3 d", "c 5 e", "d 2 e"],
        )
        .build()
        .unwrap()
        .synthesise(Synthesis::Distributive)
        .unwrap();
    all_near(&found.totals, &[0.122529, 0.284863, 0.455477, 0.077067, 0.060064], 1e-6);
}

fn belton_gear() -> Hierarchy {
    Hierarchy::builder()
        .children("goal", &["x", "y", "z"])
        .alternatives(&["a", "b", "c"])
        .judge("x", &["b 9 a", "a 1 c", "b 9 c"])
        .judge("y", &["a 9 b", "a 9 c", "b 1 c"])
        .judge("z", &["b 9/8 a", "a 8 c", "b 9 c"])
        .build()
        .unwrap()
}

/// Belton and Gear, "On a short-coming of Saaty's method of analytic hierarchies", Omega 11 (1983): totals
/// .45, .47, .08; with a copy of the second .37, .29, .06, .29, and the first leads. Their remedy, to divide by
/// the best, is the ideal mode.
#[test]
fn belton_and_gears_rank_reversal() {
    let three = belton_gear();
    all_near(&three.synthesise(Synthesis::Distributive).unwrap().totals, &[0.45, 0.47, 0.08], 5e-3);
    let four = three.with_copy("b", "d").unwrap().synthesise(Synthesis::Distributive).unwrap();
    all_near(&four.totals, &[0.37, 0.29, 0.06, 0.29], 5e-3);
    assert_eq!(four.winner(), "a");

    let reversals = three.rank_reversals(Synthesis::Distributive).unwrap();
    let by_copy = reversals.iter().find(|found| !found.removed && found.alternative == "b").unwrap();
    assert_eq!(by_copy.reversed, [("b".to_owned(), "a".to_owned())]);
    assert_eq!(by_copy.after, ["a", "b", "c"]);
    // These judgments are consistent, so a copy changes nothing in the ideal mode.
    let ideal = three.rank_reversals(Synthesis::Ideal).unwrap();
    assert!(ideal.iter().all(|found| found.removed), "{ideal:?}");
    assert!(three.rank_reversals(Synthesis::WeightedProduct).unwrap().is_empty());
}

/// Triantaphyllou and Sanchez, Decision Sciences 28 (1997), the example of their section on weights: C3 is the
/// percent-top critical criterion at 64.8 % and C1 the percent-any one at -19.1 %, from totals rounded to four
/// digits; without rounding 64.9 and -18.9. Percentages recomputed with numpy from their formula
/// `(P_j - P_i) / (a_jk - a_ik) * 100 / W_k`. Their weights sum to 1.0001.
#[test]
fn triantaphyllou_and_sanchez_critical_criterion() {
    let table = [
        [0.3088, 0.2897, 0.3867, 0.1922],
        [0.2163, 0.3458, 0.1755, 0.6288],
        [0.4509, 0.2473, 0.1194, 0.0575],
        [0.0240, 0.1172, 0.3184, 0.1215],
    ];
    let criteria = ["C1", "C2", "C3", "C4"];
    let alternatives = ["A1", "A2", "A3", "A4"];
    let weights: Vec<(&str, f64)> =
        criteria.iter().zip([0.3277, 0.3058, 0.2876, 0.0790]).map(|(&name, w)| (name, w / 1.0001)).collect();
    let mut builder = Hierarchy::builder()
        .children("goal", &criteria)
        .weights("goal", &weights)
        .alternatives(&alternatives);
    for (k, criterion) in criteria.iter().enumerate() {
        let scores: Vec<(&str, f64)> =
            alternatives.iter().zip(&table).map(|(&name, row)| (name, row[k])).collect();
        builder = builder.scores(criterion, &scores);
    }
    let found = builder.build().unwrap();
    // The columns sum to 1, so the distributive mode leaves them as they are.
    all_near(
        &found.synthesise(Synthesis::Distributive).unwrap().totals,
        &[0.3162, 0.2768, 0.2623, 0.1449],
        1e-4,
    );
    let stability = found.stability(Synthesis::Distributive).unwrap();
    let top = stability.most_critical(true).unwrap();
    assert_eq!((top.criterion.as_str(), top.then_first.as_deref()), ("C3", Some("A2")));
    near(top.first_change.unwrap().percent, 64.9, 0.1);
    let any = stability.most_critical_for_any_rank(true).unwrap();
    assert_eq!(any.criterion, "C1");
    near(any.rank_change.unwrap().percent, -18.9, 0.1);
}

/// Goepel (bpmsg.com, "Sensitivity analysis in AHP") on the same house matrix: the absolute-top critical
/// criterion is neighbourhood, 18.8 %, where a change of 8 points exchanges houses A and B.
#[test]
fn the_critical_criterion_of_the_house_is_the_neighbourhood() {
    let house = hierarchy("house");
    let stability = house.stability(Synthesis::Distributive).unwrap();
    let top = stability.most_critical(false).unwrap();
    assert_eq!((top.criterion.as_str(), top.then_first.as_deref()), ("neighbourhood", Some("B")));
    near(top.weight, 0.188, 5e-4);
    near(top.first_change.unwrap().change.abs(), 0.08, 5e-3);
}

/// Every critical judgment does what it says when put in, and one step less does not.
#[test]
fn critical_judgments_are_minimal() {
    let scale = karat::evaluate::weights::SAATY_SCALE;
    for (id, mode) in [("house", Synthesis::Ideal), ("school", Synthesis::Distributive)] {
        let hierarchy = hierarchy(id);
        let now = hierarchy.synthesise(mode).unwrap();
        let found = hierarchy.critical_judgments(mode, Outcome::FirstPlace).unwrap();
        assert!(!found.is_empty());
        assert!(found.windows(2).all(|pair| pair[0].steps <= pair[1].steps));
        for critical in &found {
            let put = |value: f64| {
                let changed =
                    hierarchy.what_if(&critical.criterion, &critical.first, &critical.second, value).unwrap();
                changed.synthesise(mode).unwrap().winner().to_owned()
            };
            assert_eq!(put(critical.to), critical.then_first);
            assert_ne!(critical.then_first, now.winner());
            let at = |value: f64| scale.iter().position(|s| (s / value - 1.0).abs() < 1e-9).unwrap();
            let (from, to) = (at(critical.from), at(critical.to));
            assert_eq!(from.abs_diff(to), critical.steps);
            let before = if to > from { to - 1 } else { to + 1 };
            assert_eq!(put(scale[before]), now.winner(), "{critical:?}");
        }
    }
}

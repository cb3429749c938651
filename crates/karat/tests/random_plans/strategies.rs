//! Plans over four numeric columns `n0` to `n3` and two of text, `t0` and `t1`.

use karat::Plan;
use karat::plan::{
    AggregatePlan, Better, CombinationPlan, CutsPlan, EffectPlan, FieldPlan, GradesPlan, IndicatorPlan,
    Literal, MissingPlan, NodePlan, OnInconsistent, PriorityMethodPlan, RatchetPlan, RulePlan, ScalePlan,
    SegmentsPlan, ThresholdPlan, TypesMethodPlan, TypesPlan, WeightMethod,
};
use proptest::prelude::*;
use proptest::sample::select;

/// Numbers a person writes, and a few nobody should.
pub(crate) fn level() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (-40_i32..40).prop_map(|n| f64::from(n) / 4.0),
        3 => -1e3..1e3_f64,
        1 => select(vec![0.0, -0.0, 0.1, 1.0 / 3.0, 1e-300, 5e-324, 1e15, -1e300, 1e300, f64::MAX]),
    ]
}

fn pair() -> impl Strategy<Value = (f64, f64)> {
    (level(), level()).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn bounds() -> impl Strategy<Value = (Option<f64>, Option<f64>)> {
    (pair(), any::<(bool, bool)>())
        .prop_map(|((lo, hi), (low, high))| (low.then_some(lo), high.then_some(hi)))
}

fn scale(points: bool) -> impl Strategy<Value = ScalePlan> {
    let bands = prop::collection::vec((level(), 0.0..=1.0_f64), 1..5).prop_map(|mut points| {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        ScalePlan::Bands { points }
    });
    let counted = (level(), any::<bool>(), bounds())
        .prop_map(|(per_unit, whole, (lo, hi))| ScalePlan::Points { per_unit, whole, lo, hi });
    prop_oneof![
        bounds().prop_map(|(lo, hi)| ScalePlan::MinMax { lo, hi }),
        (0.1..5.0_f64).prop_map(|width| ScalePlan::ZScore { width }),
        (2..30_usize).prop_map(|knots| ScalePlan::Rank { knots }),
        bounds().prop_map(|(lo, hi)| ScalePlan::Log1p { lo, hi }),
        prop::option::of(0.1..100.0_f64).prop_map(|tau| ScalePlan::Saturating { tau }),
        bands,
        (bounds(), pair()).prop_map(|((lo, hi), best)| ScalePlan::Target {
            lo: lo.map(|lo| lo.min(best.0)),
            best,
            hi: hi.map(|hi| hi.max(best.1)),
        }),
        (level(), level()).prop_map(|(fail, pass)| ScalePlan::Efficacy { fail, pass }),
        counted.prop_map(move |counted| if points { counted } else { ScalePlan::default() }),
    ]
}

fn missing(numeric: bool) -> impl Strategy<Value = Option<MissingPlan>> {
    let value = if numeric {
        level().prop_map(|level| MissingPlan::Value(Literal::Number(level))).boxed()
    } else {
        Just(MissingPlan::Value(Literal::Text("y".to_owned()))).boxed()
    };
    prop::option::of(prop_oneof![
        value,
        Just(if numeric { MissingPlan::Median } else { MissingPlan::Neutral }),
        Just(MissingPlan::Neutral),
        Just(MissingPlan::Renormalise),
        Just(MissingPlan::Refuse),
    ])
}

fn numeric(points: bool) -> impl Strategy<Value = IndicatorPlan> {
    let winsorise = prop::option::of(select(vec![(0.0, 1.0), (0.01, 0.99), (0.25, 0.75)]));
    (scale(points), any::<bool>(), winsorise, missing(true), 0..4_usize).prop_map(
        move |(scale, low, winsorise, missing, column)| {
            let mut plan = IndicatorPlan::default();
            plan.column = Some(format!("n{column}"));
            let set = matches!(scale, ScalePlan::Target { .. } | ScalePlan::Efficacy { .. })
                || points && matches!(scale, ScalePlan::Bands { .. });
            plan.better = if low && !set { Better::Low } else { Better::High };
            (plan.scale, plan.winsorise, plan.missing) = (scale, winsorise, missing);
            plan
        },
    )
}

fn categorical() -> impl Strategy<Value = IndicatorPlan> {
    ([0.0..=1.0_f64, 0.0..=1.0_f64, 0.0..=1.0_f64], missing(false), 0..2_usize).prop_map(
        |(values, missing, column)| {
            let mut plan = IndicatorPlan::default();
            plan.column = Some(format!("t{column}"));
            plan.categories = ["x", "y", "z z"].map(str::to_owned).into_iter().zip(values).collect();
            plan.missing = missing;
            plan
        },
    )
}

fn rule() -> impl Strategy<Value = (Vec<String>, EffectPlan)> {
    let condition = (0..4_usize, select(vec!["<", "<=", "==", "!=", ">=", ">"]), -20_i32..20)
        .prop_map(|(column, sign, number)| format!("n{column} {sign} {number}"));
    let effect = prop_oneof![
        Just(EffectPlan::Gate),
        (0.0..20.0_f64).prop_map(EffectPlan::Penalty),
        Just(EffectPlan::Cap("g0".to_owned())),
    ];
    let condition = prop_oneof![4 => condition, 1 => Just("n1 is missing".to_owned())];
    (prop::collection::vec(condition, 1..3), effect)
}

fn grades() -> impl Strategy<Value = GradesPlan> {
    (2..5_usize).prop_flat_map(|count| {
        let cuts = prop::collection::vec(level(), count - 1).prop_map(|mut cuts| {
            cuts.sort_by(f64::total_cmp);
            CutsPlan::Fixed(cuts)
        });
        let equal = vec![1.0 / count as f64; count];
        let shares: Vec<f64> = (1..count).map(|at| at as f64 / count as f64).collect();
        let cuts = prop_oneof![
            Just(CutsPlan::Quantile(Vec::new())),
            Just(CutsPlan::Quantile(equal)),
            Just(CutsPlan::NaturalBreaks),
            Just(CutsPlan::CumulativeShare(shares)),
            cuts,
        ];
        cuts.prop_map(move |cuts| {
            let mut plan = GradesPlan::default();
            plan.names = (0..count).map(|at| format!("g{at}")).collect();
            plan.cuts = cuts;
            plan
        })
    })
}

fn threshold() -> impl Strategy<Value = ThresholdPlan> {
    prop_oneof![
        (0.1..90.0_f64).prop_map(ThresholdPlan::Fixed),
        (0.0..=1.0_f64).prop_map(ThresholdPlan::Quantile),
        Just(ThresholdPlan::Mean),
    ]
}

fn types() -> impl Strategy<Value = TypesPlan> {
    let method = select(vec![TypesMethodPlan::Ratio, TypesMethodPlan::Quadrant, TypesMethodPlan::Share]);
    (method, [threshold(), threshold(), threshold()], 1.0..3.0_f64, any::<bool>()).prop_map(
        |(method, [value, contribution, attribution], k, both_high_is_a)| {
            let mut plan = TypesPlan::default();
            (plan.contribution, plan.attribution) = ("d0".to_owned(), "d1".to_owned());
            (plan.method, plan.value, plan.k) = (method, value, k);
            (plan.contribution_threshold, plan.attribution_threshold) = (contribution, attribution);
            plan.both_high_is_a = both_high_is_a;
            plan
        },
    )
}

fn segments() -> impl Strategy<Value = SegmentsPlan> {
    (1..4_usize, 1..3_usize, 1..20_usize, any::<bool>()).prop_map(|(k, restarts, more, named)| {
        let mut plan = SegmentsPlan::default();
        (plan.k, plan.restarts, plan.sample) = (k, restarts, k + more);
        if named {
            plan.names = (0..k).map(|at| format!("s{at}")).collect();
        }
        plan
    })
}

fn weights() -> impl Strategy<Value = (WeightMethod, CombinationPlan, PriorityMethodPlan, bool)> {
    (
        select(vec![
            WeightMethod::Ahp,
            WeightMethod::Entropy,
            WeightMethod::StandardDeviation,
            WeightMethod::Merec,
            WeightMethod::Equal,
            WeightMethod::Combined,
        ]),
        prop_oneof![
            (0.0..=1.0_f64).prop_map(|expert| CombinationPlan::Linear { expert }),
            Just(CombinationPlan::Multiplicative),
            Just(CombinationPlan::Geometric),
            Just(CombinationPlan::GameTheory),
        ],
        select(vec![
            PriorityMethodPlan::Eigenvector,
            PriorityMethodPlan::GeometricMean,
            PriorityMethodPlan::ColumnMean,
        ]),
        any::<bool>(),
    )
}

fn aggregate() -> impl Strategy<Value = AggregatePlan> {
    prop_oneof![
        4 => Just(AggregatePlan::Arithmetic),
        1 => Just(AggregatePlan::Geometric),
        1 => Just(AggregatePlan::Harmonic),
        2 => prop_oneof![-20.5..-0.01_f64, 0.01..20.0_f64].prop_map(AggregatePlan::Power),
    ]
}

/// The mean of the whole index, of one dimension, and the floor; points are sums as a rule.
fn means(points: bool) -> impl Strategy<Value = (AggregatePlan, Option<AggregatePlan>, f64)> {
    let floor = select(vec![0.01, 0.01, 0.2, 1e-6, 0.0]);
    let plain = (Just(AggregatePlan::Arithmetic), Just(None), Just(0.01));
    prop_oneof![
        if points { 20 } else { 1 } => plain,
        1 => (aggregate(), prop::option::of(aggregate()), floor),
    ]
}

/// Plans of which most are sound; the others are refused for what they say.
pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let parts = any::<bool>().prop_flat_map(|points| {
        let indicators =
            (prop::collection::vec(numeric(points), 2..5), prop::collection::vec(categorical(), 0..2));
        let classes = (prop::option::of(grades()), prop::option::of(types()), prop::option::of(segments()));
        let rules = prop::collection::vec(rule(), 0..3);
        (
            Just(points),
            indicators,
            weights(),
            rules,
            classes,
            any::<[bool; 4]>(),
            0.1..1000.0_f64,
            means(points),
        )
    });
    parts.prop_map(
        |(
            points,
            (numeric, categorical),
            weights,
            rules,
            classes,
            [tree, judged, id, kept],
            scale,
            means,
        )| {
            let mut plan = Plan::default();
            plan.name = "random \"plan\"\n of \u{5ba2}\u{6237}".to_owned();
            (plan.index.points, plan.index.scale) = (points, scale);
            plan.id = id.then(|| "n0".to_owned());
            for (at, indicator) in numeric.into_iter().chain(categorical).enumerate() {
                plan.indicators.insert(format!("i.{at} \u{503c}"), indicator);
            }
            hang(&mut plan, tree, judged);
            (plan.index.aggregate, plan.index.floor) = (means.0, means.2);
            if let Some(aggregate) = means.1 {
                let mut node = NodePlan::default();
                node.aggregate = Some(aggregate);
                plan.nodes.insert("d0".to_owned(), node);
            }
            (plan.weights.method, plan.weights.combination, plan.weights.priorities) =
                (weights.0, weights.1, weights.2);
            plan.weights.on_inconsistent =
                if weights.3 { OnInconsistent::Warn } else { OnInconsistent::Refuse };
            (plan.grades, plan.types, plan.segments) = classes;
            for (at, (when, effect)) in rules.into_iter().enumerate() {
                if plan.grades.is_some() || !matches!(effect, EffectPlan::Cap(_)) {
                    plan.rules.push(RulePlan::new(format!("rule {at}"), when, effect));
                }
            }
            if kept && plan.grades.is_some() {
                plan.ratchet = Some(RatchetPlan::new("t1 before", "n3", 12.0));
                let mut before = FieldPlan::default();
                before.unit = "stars".to_owned();
                plan.fields.insert("t1 before".to_owned(), before);
            }
            plan
        },
    )
}

/// Indicators under dimensions `d0` and `d1`, as a tree or by their own word.
fn hang(plan: &mut Plan, tree: bool, judged: bool) {
    let names: Vec<String> = plan.indicators.keys().cloned().collect();
    let dimension = |at: usize| format!("d{}", at % 2);
    if tree {
        let under = |of: usize| -> Vec<String> { names.iter().skip(of).step_by(2).cloned().collect() };
        plan.tree.insert("root".to_owned(), vec!["d0".to_owned(), "d1".to_owned()]);
        plan.tree.insert("d0".to_owned(), under(0));
        plan.tree.insert("d1".to_owned(), under(1));
    } else {
        plan.indicators.values_mut().enumerate().for_each(|(at, plan)| plan.dimension = Some(dimension(at)));
    }
    let root = if tree { "root" } else { "value" };
    if judged {
        plan.judgments.insert(root.to_owned(), vec!["d0 3 d1".to_owned()]);
    } else {
        let weights = [("d0".to_owned(), 62.5), ("d1".to_owned(), 37.5)].into_iter().collect();
        plan.weights.fixed.insert(root.to_owned(), weights);
    }
}

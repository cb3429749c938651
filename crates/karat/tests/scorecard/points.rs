//! Points: scaling, exact sums, plans, models and reasons.

use super::{
    Baseline, Coefficients, Explanation, Favour, FittedScorecard, NO_REASON, Ordered, Reading, Scaling,
    Score, Scorecard, Scorer, Side, Table, Transform, ValueModel, base, binning, one, rows,
};
use karat::evaluate::scorecard::{FieldOptions, OptimalBinning};
use karat::scorer::numerics::ln;

fn card(scorecard: &Scorecard) -> (FittedScorecard, Table<'static>, Vec<f64>) {
    let (table, left) = base(3000);
    let card = scorecard.clone().binning(binning()).fit(&table, &left).unwrap();
    (card, table, left)
}

fn columns(card: &FittedScorecard, table: &Table<'_>) -> Vec<Vec<f64>> {
    let schema = card.binning.schema().unwrap();
    table.bind(&schema, &Reading::default()).unwrap().into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// Every way to score agrees with the points table, to the bit, and points add up exactly.
#[test]
fn a_row_alone_a_batch_and_the_table_give_the_same_bits() {
    for scorecard in [
        Scorecard::new(),
        Scorecard::new().whole(true),
        Scorecard::new().split_intercept(false),
        Scorecard::new().split_intercept(false).whole(true),
        Scorecard::new().scaling(Scaling::Range { lo: 0.0, hi: 1000.0 }).favour(Favour::Events),
    ] {
        let (card, table, _) = card(&scorecard);
        let scorer = Scorer::new(&card.to_model().unwrap()).unwrap();
        let columns = columns(&card, &table);
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut batch = vec![Score::EMPTY; table.len()];
        scorer.score_columns(&slices, &mut batch).unwrap();
        let told = card.points_of(&table, &Reading::default(), 3).unwrap();
        let mut points = vec![0.0; scorer.point_count()];
        for (row, score) in batch.iter().enumerate() {
            let values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
            let mut explanation = Explanation { points: &mut points, ..Explanation::default() };
            let alone = scorer.explain(&values, &mut explanation).unwrap();
            assert_eq!(alone.to_bytes(), score.to_bytes());
            let fields = card.binning.fields.iter().zip(&card.points).zip(&values);
            let wanted: Vec<f64> = card
                .base_points
                .into_iter()
                .chain(fields.map(|((field, points), &value)| points[field.bin_of(value)]))
                .collect();
            assert_eq!(points, wanted, "row {row}");
            assert_eq!(points, told.iter().map(|column| column[row]).collect::<Vec<_>>());
            assert_eq!(points.iter().sum::<f64>().to_bits(), score.index.to_bits());
            if scorecard.whole {
                assert!(points.iter().all(|points| points.floor() == *points));
            }
        }
        // The plan, fitted to any base, is the same model.
        let model = ValueModel::new(card.to_plan().unwrap()).fit(&table).unwrap();
        let fitted = model.score(&table).unwrap();
        assert!(fitted.iter().zip(&batch).all(|(a, b)| a.to_bytes() == b.to_bytes()));
        assert_eq!(model.explain(&table).unwrap().names, card.entries());
    }
}

/// `[cut, next)`: the cut itself and the doubles beside it, special values and theirs, infinities.
#[test]
fn the_edges_of_every_bin_score_as_documented() {
    let (card, _, _) = card(&Scorecard::new());
    let scorer = Scorer::new(&card.to_model().unwrap()).unwrap();
    let karat::evaluate::scorecard::BinKind::Numeric { cuts, .. } = card.binning.fields[0].kind.clone()
    else {
        panic!("tenure is numeric");
    };
    assert!(cuts.len() > 1);
    let mut edges: Vec<f64> =
        cuts.iter().chain(&[-1.0]).flat_map(|&cut| [cut.next_down(), cut, cut.next_up()]).collect();
    edges.extend([f64::NEG_INFINITY, f64::INFINITY, f64::MIN, f64::MAX, -0.0, 0.0, f64::NAN]);
    let others: Vec<f64> = card.binning.fields[1..].iter().map(|_| f64::NAN).collect();
    let mut points = vec![0.0; scorer.point_count()];
    for edge in edges {
        let row: Vec<f64> = std::iter::once(edge).chain(others.iter().copied()).collect();
        let mut explanation = Explanation { points: &mut points, ..Explanation::default() };
        scorer.explain(&row, &mut explanation).unwrap();
        let field = &card.binning.fields[0];
        assert_eq!(points[0], card.points[0][field.bin_of(edge)], "{edge}");
    }
    let field = &card.binning.fields[0];
    for (position, &cut) in cuts.iter().enumerate() {
        assert_eq!((field.bin_of(cut.next_down()), field.bin_of(cut)), (position, position + 1));
    }
    assert_eq!(field.bin_of(-1.0), cuts.len() + 1);
}

/// With given coefficients every figure follows by hand: points to double the odds, base odds, both ways.
#[test]
fn points_follow_from_odds() {
    let (values, bad) = rows(&[(0.0, 90, 10), (1.0, 60, 40)]);
    let table = one("stops", values);
    let options = OptimalBinning::new().field("stops", FieldOptions::default().cuts(&[1.0]));
    // WoE by their definition; a slope of -1 and the base's own log-odds reproduce the table's odds.
    let coefficients =
        Coefficients { intercept: ln(50.0 / 150.0), slopes: Ordered::from([("stops".to_owned(), -1.0)]) };
    let scaling = Scaling::Odds { base_points: 600.0, base_odds: 9.0, double: 20.0 };
    let card = Scorecard::new()
        .binning(options)
        .scaling(scaling)
        .coefficients(coefficients)
        .fit(&table, &bad)
        .unwrap();
    // 90:10 are the base odds; 60:40 = 1.5:1 lies log2(6) doublings below.
    let [good, worse] = [card.points[0][0], card.points[0][1]];
    assert!((good - 600.0).abs() < 1e-9, "{good}");
    assert!((worse - (600.0 - 20.0 * ln(6.0) / ln(2.0))).abs() < 1e-9, "{worse}");
    let chances = card.probability(&table, &Reading::default(), 0).unwrap();
    assert!((chances[0] - 0.1).abs() < 1e-12 && (chances[199] - 0.4).abs() < 1e-12);
    assert_eq!(card.iterations, 0);
}

/// At the optimum the derivatives vanish: a property that needs no other program.
#[test]
fn the_regression_is_at_its_optimum() {
    for penalty in [0.0, 1.0, 50.0] {
        let (card, table, left) = card(&Scorecard::new().penalty(penalty));
        assert!(card.converged && card.iterations < 10);
        let evidence = card.binning.transform(&table, &Reading::default(), Transform::Evidence, 0).unwrap();
        let chances = card.probability(&table, &Reading::default(), 0).unwrap();
        let rest: Vec<f64> = chances.iter().zip(&left).map(|(chance, left)| chance - left).collect();
        assert!(rest.iter().sum::<f64>().abs() < 1e-6, "{}", rest.iter().sum::<f64>());
        for (column, slope) in evidence.iter().zip(&card.coefficients) {
            let gradient: f64 = column.iter().zip(&rest).map(|(x, rest)| x * rest).sum();
            assert!((gradient + penalty * slope).abs() < 1e-6, "{gradient}");
            assert!(*slope < 0.0);
        }
    }
    // A field alone and no penalty: the slope is -1, the intercept the base's log-odds (the WoE are the MLE).
    let (table, left) = base(3000);
    let alone = Table::from_columns([("bill", table.column("bill").unwrap().clone())]).unwrap();
    let card = Scorecard::new().penalty(0.0).fit(&alone, &left).unwrap();
    let events: f64 = left.iter().sum();
    assert!((card.coefficients[0] + 1.0).abs() < 1e-9, "{}", card.coefficients[0]);
    assert!((card.intercept - ln(events / (3000.0 - events))).abs() < 1e-9);
}

#[test]
fn a_range_is_filled_from_end_to_end() {
    let (card, _, _) = card(&Scorecard::new().scaling(Scaling::Range { lo: 300.0, hi: 850.0 }));
    let ends = card.extreme_points();
    let least: f64 = ends.iter().map(|(least, _)| least).sum();
    let most: f64 = ends.iter().map(|(_, most)| most).sum();
    assert!((least - 300.0).abs() < 1e-9 && (most - 850.0).abs() < 1e-9, "{least} {most}");
}

/// Reasons by their definition, row by row, for every baseline and both sides.
#[test]
fn reasons_are_the_largest_shortfalls() {
    let (card, table, _) = card(&Scorecard::new());
    let columns = columns(&card, &table);
    for (baseline, side) in [
        (Baseline::Maximum, Side::Below),
        (Baseline::Neutral, Side::Below),
        (Baseline::Mean, Side::Below),
        (Baseline::Mean, Side::Above),
        (Baseline::Minimum, Side::Above),
    ] {
        let found = card.reasons(&table, &Reading::default(), baseline, side, 3, 2).unwrap();
        let from = card.baseline(baseline);
        for row in 0..table.len() {
            let mut wanted: Vec<(usize, f64)> = (0..card.points.len())
                .map(|at| {
                    let points = card.points[at][card.binning.fields[at].bin_of(columns[at][row])];
                    (at, if side == Side::Below { from[at] - points } else { points - from[at] })
                })
                .filter(|&(_, gap)| gap > 0.0)
                .collect();
            wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
            wanted.truncate(3);
            let reasons = &found.fields[3 * row..3 * row + 3];
            let gaps = &found.shortfalls[3 * row..3 * row + 3];
            for at in 0..3 {
                match wanted.get(at) {
                    Some(&(field, gap)) => assert_eq!((reasons[at], gaps[at]), (field as u32, gap)),
                    None => assert!(reasons[at] == NO_REASON && gaps[at].is_nan()),
                }
            }
        }
    }
    // The mean lies between the ends, and is that of the base's own points.
    let mean = card.mean_points();
    for (at, (field, points)) in card.binning.fields.iter().zip(&card.points).enumerate() {
        let sum: f64 = columns[at].iter().map(|&value| points[field.bin_of(value)]).sum();
        assert!((mean[at] - sum / 3000.0).abs() < 1e-9);
    }
    assert!(card.reasons(&table, &Reading::default(), Baseline::Mean, Side::Below, 5, 0).is_err());
}

/// More points mean fewer events, or more of them, as was asked.
#[test]
fn favour_turns_the_points_round() {
    let (against, table, left) = card(&Scorecard::new());
    let (towards, _, _) = card(&Scorecard::new().favour(Favour::Events));
    let score = |card: &FittedScorecard| {
        let model = ValueModel::new(card.to_plan().unwrap()).fit(&table).unwrap();
        model.score(&table).unwrap().into_iter().map(|score| score.index).collect::<Vec<_>>()
    };
    let mean = |points: &[f64], event: f64| {
        let of: Vec<f64> = points.iter().zip(&left).filter(|(_, y)| **y == event).map(|(p, _)| *p).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    let (against, towards) = (score(&against), score(&towards));
    assert!(mean(&against, 0.0) > mean(&against, 1.0));
    assert!(mean(&towards, 1.0) > mean(&towards, 0.0));
}

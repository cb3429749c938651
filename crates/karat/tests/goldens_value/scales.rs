//! Scales over a fitted base: the formulas of METHODS 1.4 computed with numpy 2.4.6 (`clip`, `quantile`, `std`
//! with `ddof=1`, `log1p`, `exp`, `interp`; the mid-rank counted from the sorted column).

use super::{assert_close, fit, table};
use serde_json::Value;

const ARPU: [f64; 10] = [48.5, 22.0, 75.2, 18.9, 33.1, 61.0, 27.4, 95.8, 14.3, 41.7];
const TENURE: [f64; 10] = [61.0, 8.0, 34.0, 112.0, 27.0, 75.0, 14.0, 48.0, 5.0, 39.0];
const TIES: [f64; 10] = [1.0, 1.0, 1.0, 3.0, 6.0, 3.0, 8.0, 2.0, 2.0, 2.0];

#[rustfmt::skip]
const CASES: [(&str, [f64; 10]); 15] = [
    (r#"arpu = {}"#,
     [0.4196319018404908, 0.09447852760736196, 0.747239263803681, 0.056441717791411015, 0.23067484662576687, 0.5730061349693252, 0.16073619631901837, 1.0, 0.0, 0.3361963190184049]),
    (r#"arpu = { better = "low" }"#,
     [0.5803680981595092, 0.905521472392638, 0.25276073619631895, 0.9435582822085891, 0.7693251533742331, 0.4269938650306748, 0.8392638036809816, 0.0, 1.0, 0.663803680981595]),
    (r#"arpu = { winsorise = [0.1, 0.9] }"#,
     [0.5110506630397825, 0.06052363141788512, 0.9649778986739206, 0.007820469228153704, 0.24923495409724591, 0.7235634138048284, 0.15232913974838494, 1.0, 0.0, 0.39544372662359756]),
    (r#"arpu = { scale = { z_score = { width = 2 } } }"#,
     [0.5442905397333183, 0.2950974817857739, 0.795364300004995, 0.2659465957617215, 0.39947646077512267, 0.6618344349915939, 0.345876444537349, 0.9890766393906333, 0.22269044230667612, 0.48034666071281634]),
    (r#"arpu = { scale = "log1p" }"#,
     [0.6364503221493779, 0.22096849343373348, 0.8702914742386719, 0.14249118313211628, 0.4344357602122936, 0.758502808889835, 0.33528744193113214, 1.0, 0.0, 0.5563472125055747]),
    (r#"arpu = { scale = { log1p = { lo = 20, hi = 80 } } }"#,
     [0.6351827999886944, 0.06739016056466603, 0.9547474013123443, 0.0, 0.35911204695740306, 0.8019783101770824, 0.2236171072500806, 1.0, 0.0, 0.5257148211090328]),
    (r#"tenure = { scale = { saturating = { tau = 24 } } }"#,
     [0.9212649347331382, 0.28346868942621073, 0.7574789253643514, 0.9905964374485048, 0.6753475326416503, 0.9560630663765926, 0.4419648542299529, 0.8646647167633873, 0.18806365384936508, 0.8030883247958059]),
    (r#"tenure = { scale = "saturating" }"#,
     [0.7635646283208095, 0.1723172047389412, 0.5523674150405082, 0.9291899356901436, 0.4718092926577573, 0.8301856751162107, 0.2817727581209658, 0.6784980831293618, 0.111484609540912, 0.6022715589925063]),
    (r#"arpu = { scale = { efficacy = { fail = 30, pass = 60 } } }"#,
     [0.8466666666666667, 0.4933333333333333, 1.0, 0.45199999999999996, 0.6413333333333333, 1.0, 0.5653333333333332, 1.0, 0.3906666666666666, 0.756]),
    (r#"arpu = { scale = { efficacy = { fail = 60, pass = 30 } } }"#,
     [0.7533333333333333, 1.0, 0.39733333333333326, 1.0, 0.9586666666666666, 0.5866666666666667, 1.0, 0.12266666666666665, 1.0, 0.844]),
    (r#"arpu = { scale = { target = { best = [25, 50] } } }"#,
     [1.0, 0.9344978165938864, 0.4497816593886462, 0.8668122270742358, 1.0, 0.759825327510917, 1.0, 0.0, 0.7663755458515285, 1.0]),
    (r#"arpu = { scale = { target = { lo = 0, best = [25, 50], hi = 120 } } }"#,
     [1.0, 0.9571428571428572, 0.6399999999999999, 0.9128571428571428, 1.0, 0.8428571428571429, 1.0, 0.34571428571428575, 0.8471428571428572, 1.0]),
    (r#"arpu = { scale = { bands = { points = [[15, 0], [30, 0.2], [60, 0.7], [90, 1]] } } }"#,
     [0.5083333333333333, 0.09333333333333334, 0.852, 0.051999999999999984, 0.2516666666666667, 0.71, 0.16533333333333333, 1.0, 0.0, 0.395]),
    (r#"arpu = { scale = { rank = { knots = 5 } } }"#,
     [0.6355311355311355, 0.21270718232044197, 0.8642056690837179, 0.12707182320441981, 0.42348754448398573, 0.7705998681608438, 0.3220640569395017, 1.0, 0.0, 0.5525030525030525]),
    (r#"ties = { scale = { rank = { knots = 10 } } }"#,
     [0.1111111111111111, 0.1111111111111111, 0.1111111111111111, 0.7222222222222222, 0.8888888888888888, 0.7222222222222222, 1.0, 0.4444444444444444, 0.4444444444444444, 0.4444444444444444]),
];

#[test]
fn every_scale_follows_its_formula() {
    let rows: Vec<[f64; 3]> = (0..10).map(|row| [ARPU[row], TENURE[row], TIES[row]]).collect();
    let base = table(["arpu", "tenure", "ties"], &rows);
    for (indicator, wanted) in CASES {
        let model = fit(&format!("[indicators]\n{indicator}\n"), &base);
        for (score, wanted) in model.score(&base).unwrap().iter().zip(wanted) {
            assert!(
                (score.index - 100.0 * wanted).abs() < 1e-12,
                "{indicator}: {} for {wanted}",
                score.index
            );
        }
    }
}

/// Scores of `goldens/ahp.json` over its ten customers: z-scores with the sample deviation, mapped so that
/// three deviations reach the ends, and ranks with the mean of ties, brought to 0 to 1.
#[test]
fn z_scores_and_ranks_of_the_goldens() {
    let goldens: Value = serde_json::from_str(include_str!("../goldens/ahp.json")).unwrap();
    let sets = goldens["objective_weights"].as_array().unwrap();
    let set = sets.iter().find(|set| set["id"] == "telecom_10x5").unwrap();
    let rows: Vec<[f64; 5]> = serde_json::from_value(set["data"].clone()).unwrap();
    let names = ["arpu", "minutes", "gigabytes", "tenure", "late"];
    let base = table(names, &rows);
    let read = |name: &str| -> Vec<[f64; 5]> {
        serde_json::from_value(goldens["index"]["normalised"][name].clone()).unwrap()
    };
    let (z, ranks) = (read("zscore_sample_sd"), read("rank_average_ties"));
    for (at, name) in names.into_iter().enumerate() {
        // The goldens turn the cost round before they standardise and rank.
        let better = if name == "late" { "low" } else { "high" };
        let plan =
            |scale: &str| format!("[indicators]\n{name} = {{ better = \"{better}\", scale = {scale} }}");
        let by_z = fit(&plan("\"z_score\""), &base).score(&base).unwrap();
        let by_rank = fit(&plan("{ rank = { knots = 10 } }"), &base).score(&base).unwrap();
        for row in 0..rows.len() {
            assert_close(by_z[row].index, 100.0 * (0.5 + z[row][at] / 6.0), 1e-11);
            assert_close(by_rank[row].index, 100.0 * (ranks[row][at] - 1.0) / 9.0, 1e-11);
        }
    }
}

/// Bounds are those of the fitted base: another base does not move them, values beyond are clamped and say so.
#[test]
fn bounds_are_frozen() {
    let base = table(["arpu"], &ARPU.map(|arpu| [arpu]));
    let model = fit("[indicators]\narpu = {}\n", &base);
    let later = table(["arpu"], &[[14.3], [95.8], [1000.0], [-5.0], [55.05]]);
    let scores = model.score(&later).unwrap();
    assert_eq!(scores.iter().map(|score| score.index).collect::<Vec<_>>()[..4], [0.0, 100.0, 100.0, 0.0]);
    assert_close(scores[4].index, 50.0, 1e-12);
    let clamped = karat::scorer::flags::CLAMPED;
    assert_eq!(scores.iter().map(|score| score.flags).collect::<Vec<_>>(), [0, 0, clamped, clamped, 0]);
}

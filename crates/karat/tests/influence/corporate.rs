//! Influence of companies.

use super::assert_close;
use karat::ErrorKind;
use karat::evaluate::influence::CorporateInfluence;

const NAN: f64 = f64::NAN;

#[test]
fn scores_are_the_formulas() {
    let plan = CorporateInfluence::new(1000.0, 50).weights([0.5, 0.3, 0.2]);
    let roles: [&[f64]; 2] = [&[9.0, 1.0, 4.0], &[9.0, 5.0, NAN]];
    let scores = plan.score(&[5000.0, 0.0, 100.0], &[1.0, 50.0, 900.0], &roles).unwrap();
    // ln 101 and ln 1001, by Python's math.log.
    let third = 4.61512051684126 / 6.90875477931522;
    assert_close(&scores.lines, &[1.0, 0.0, third], 1e-14);
    assert_close(&scores.industry, &[1.0, 0.0, 0.0], 0.0);
    assert_close(&scores.roles, &[1.0, 3.0 / 9.0, NAN], 1e-15);
    assert_close(&scores.influence, &[1.0, 0.2 / 3.0, NAN], 1e-15);
}

#[test]
fn more_of_anything_is_never_less_influence() {
    let plan = CorporateInfluence::new(1000.0, 100);
    let steps: Vec<f64> = (0..1200).map(f64::from).collect();
    let n = steps.len();
    let ranks: Vec<f64> = steps.iter().map(|step| 1.0 + step / 8.0).collect();
    let scores = plan.score(&steps, &ranks, &[&vec![5.0; n]]).unwrap();
    assert!(scores.lines.is_sorted() && scores.industry.iter().rev().is_sorted());
    assert!(scores.influence.iter().all(|influence| (0.0..=1.0).contains(influence)));
}

#[test]
fn bad_companies_are_all_named() {
    let plan = CorporateInfluence::new(1000.0, 50);
    let error = plan.score(&[-1.0, 2.0], &[0.0, 3.0], &[&[5.0, 10.0]]).unwrap_err().to_string();
    for text in ["column `lines`", "column `industry_rank`", "column `role 0`", "between 1 and 9: 10.0"] {
        assert!(error.contains(text), "{error}");
    }
    let kind = |plan: CorporateInfluence| plan.score(&[1.0], &[1.0], &[&[1.0]]).unwrap_err().kind();
    assert_eq!(kind(CorporateInfluence::new(0.0, 50)), ErrorKind::Argument);
    assert_eq!(kind(CorporateInfluence::new(10.0, 1)), ErrorKind::Argument);
    assert_eq!(kind(CorporateInfluence::new(10.0, 5).weights([0.5, 0.5, 0.5])), ErrorKind::Argument);
    assert_eq!(plan.score(&[1.0], &[1.0], &[]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(plan.score(&[1.0], &[1.0, 2.0], &[&[1.0]]).unwrap_err().kind(), ErrorKind::Shape);
}

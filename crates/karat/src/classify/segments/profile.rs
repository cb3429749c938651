//! What sets each segment apart from the base, and a name that says so.

use crate::numerics::fixed_point::FixedPoint;
use karat_scorer::{Error, Problem, Result};
use ndarray::ArrayView2;

/// Standardised differences below this are not worth a word.
const NOTABLE: f64 = 0.2;
/// Standardised differences above this are called very high or very low: the segment's mean lies further from
/// the base's than its customers do on the whole.
const VERY: f64 = 1.0;
/// A third measure is named when it differs at least this much of what the first does.
const THIRD_OF_FIRST: f64 = 0.5;

/// One segment against the whole base.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentProfile {
    /// The segment.
    pub segment: u32,
    /// Its rows.
    pub size: u64,
    /// Its rows over all rows, 0 to 1.
    pub share: f64,
    /// Its measures, in the order of the columns.
    pub measures: Vec<MeasureProfile>,
    /// The measures in descending order of `|z|`; of equals the lower position first, those without a `z`
    /// last.
    pub by_difference: Vec<usize>,
    /// What sets it apart: "high `arpu_3m`, low complaints". No two segments of a call share a name.
    pub name: String,
}

/// One measure of one segment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MeasureProfile {
    /// Its name.
    pub measure: String,
    /// Mean over the rows of the segment where it is present; NaN when there is none.
    pub mean: f64,
    /// Mean over all rows where it is present.
    pub base_mean: f64,
    /// `(mean - base_mean) / sd`, the population standard deviation of the base; 0 for a constant measure,
    /// NaN when `mean` is.
    pub z: f64,
    /// Rows of the segment where it is missing.
    pub missing: u64,
}

/// Profiles `segments` segments from the label of each row and the named measures of shape n × m, which
/// need not be those that were clustered. NaN is missing. The result does not depend on the order of rows.
///
/// A name lists the two measures with the largest standardised differences, and the third when it differs
/// at least half as much as the first; measures that differ by less than 0.2 standard deviations are left
/// out, those that differ by more than 1 are "very high" or "very low", and a segment without any is
/// "average". Two names that list the same in another order are the same name. Segments that would share
/// one list further measures until they differ; those that never do bear that of the first, numbered.
///
/// ```
/// use karat::classify::segments::profile;
/// use ndarray::array;
///
/// let measures = array![[10.0, 3.0], [12.0, 4.0], [90.0, 0.0], [95.0, 1.0]];
/// let profiles = profile(&[0, 0, 1, 1], 2, &["arpu_3m", "complaints"], measures.view())?;
/// assert_eq!(profiles[1].name, "high arpu_3m, low complaints");
/// assert_eq!((profiles[1].share, profiles[1].measures[0].mean), (0.5, 92.5));
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] when labels or names do not fit the measures; [`Error::Argument`] for a label that is no
/// segment; [`Error::Data`] without rows, or for measures with infinite values.
pub fn profile(
    labels: &[u32],
    segments: usize,
    names: &[&str],
    measures: ArrayView2<'_, f64>,
) -> Result<Vec<SegmentProfile>> {
    check(labels, segments, names, measures)?;
    let mut sizes = vec![0; segments];
    for &label in labels {
        sizes[label as usize] += 1;
    }
    let columns: Vec<Vec<MeasureProfile>> = (0..names.len())
        .map(|column| measure_profiles(labels, &sizes, names[column], &measures.column(column).to_vec()))
        .collect();
    let mut profiles = Vec::with_capacity(segments);
    for (segment, &size) in sizes.iter().enumerate() {
        let measures: Vec<MeasureProfile> = columns.iter().map(|column| column[segment].clone()).collect();
        profiles.push(SegmentProfile {
            segment: u32::try_from(segment).unwrap_or(u32::MAX),
            size,
            share: ratio(size, labels.len() as u64),
            by_difference: by_difference(&measures),
            measures,
            name: String::new(),
        });
    }
    give_names(&mut profiles);
    Ok(profiles)
}

fn check(labels: &[u32], segments: usize, names: &[&str], measures: ArrayView2<'_, f64>) -> Result<()> {
    if labels.len() != measures.nrows() {
        return Err(Error::shape("labels, one a row of the measures", measures.nrows(), labels.len()));
    }
    if names.len() != measures.ncols() {
        return Err(Error::shape("names, one a column of the measures", measures.ncols(), names.len()));
    }
    if labels.is_empty() {
        return Err(Error::data(Problem::new("", "the table has no rows", "give at least one row")));
    }
    if let Some(row) = labels.iter().position(|&label| label as usize >= segments) {
        return Err(Error::argument("labels", format!("must be below {segments} (row {row})"), labels[row]));
    }
    let mut problems = Vec::new();
    for (name, column) in names.iter().zip(measures.columns()) {
        let bad: Vec<usize> = (0..column.len()).filter(|&row| column[row].is_infinite()).collect();
        if !bad.is_empty() {
            let problem =
                Problem::new(*name, "infinite values have no mean", "replace them, or leave them missing");
            problems.push(problem.at(bad.len(), bad));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Data(problems)) }
}

/// One measure of all segments.
fn measure_profiles(labels: &[u32], sizes: &[u64], name: &str, values: &[f64]) -> Vec<MeasureProfile> {
    let largest = values.iter().fold(0.0, |max: f64, x| if x.abs() > max { x.abs() } else { max });
    let place = FixedPoint::new(largest);
    let mut sums = vec![(0_i128, 0_u64); sizes.len()];
    for (&label, &value) in labels.iter().zip(values) {
        if !value.is_nan() {
            let sum = &mut sums[label as usize];
            *sum = (sum.0 + place.quantise(value), sum.1 + 1);
        }
    }
    let total = sums.iter().fold((0, 0), |total, sum| (total.0 + sum.0, total.1 + sum.1));
    let base_mean = mean(place, total);
    let deviation = standard_deviation(values, largest, base_mean, total.1);
    let segment = |(&sum, &size): (&(i128, u64), &u64)| {
        let mean = mean(place, sum);
        let difference = mean - base_mean;
        let z = if difference == 0.0 || deviation == 0.0 { 0.0 } else { difference / deviation };
        let z = if mean.is_nan() { f64::NAN } else { z };
        MeasureProfile { measure: name.to_owned(), mean, base_mean, z, missing: size - sum.1 }
    };
    sums.iter().zip(sizes).map(segment).collect()
}

fn mean(place: FixedPoint, (sum, count): (i128, u64)) -> f64 {
    if count == 0 { f64::NAN } else { place.mean(sum, count) }
}

/// Of the population; in units of the largest magnitude, so that no square overflows.
fn standard_deviation(values: &[f64], largest: f64, base_mean: f64, count: u64) -> f64 {
    if largest == 0.0 || count == 0 {
        return 0.0;
    }
    let place = FixedPoint::new(4.0);
    let squares = values.iter().filter(|value| !value.is_nan()).map(|value| {
        let relative = value / largest - base_mean / largest;
        place.quantise(relative * relative)
    });
    place.mean(squares.sum(), count).sqrt() * largest
}

fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

fn by_difference(measures: &[MeasureProfile]) -> Vec<usize> {
    let size = |i: usize| if measures[i].z.is_nan() { -1.0 } else { measures[i].z.abs() };
    let mut order: Vec<usize> = (0..measures.len()).collect();
    order.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    order
}

fn give_names(profiles: &mut [SegmentProfile]) {
    let mut depths: Vec<usize> = profiles.iter().map(natural_depth).collect();
    let deepest = profiles.iter().map(|profile| profile.measures.len()).max().unwrap_or(0);
    let mut facts: Vec<Vec<String>> = Vec::new();
    for _ in 0..=deepest {
        facts = profiles.iter().zip(&depths).map(|(profile, &depth)| describe(profile, depth)).collect();
        let shared: Vec<bool> =
            facts.iter().map(|own| facts.iter().filter(|other| same_facts(own, other)).count() > 1).collect();
        if !shared.contains(&true) {
            break;
        }
        for (depth, _) in depths.iter_mut().zip(&shared).filter(|(_, shared)| **shared) {
            *depth += 1;
        }
    }
    let names: Vec<String> = facts
        .iter()
        .map(|own| facts.iter().find(|other| same_facts(own, other)).unwrap_or(own).join(", "))
        .collect();
    for (profile, name) in profiles.iter_mut().zip(numbered(&names)) {
        profile.name = name;
    }
}

/// Whether two lists say the same, in whatever order; neither says anything twice.
fn same_facts(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|fact| other.contains(fact))
}

/// Later bearers of a name get the first free number.
fn numbered(names: &[String]) -> Vec<String> {
    let mut given: Vec<String> = Vec::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        let taken = |candidate: &String, given: &[String]| {
            given.contains(candidate) || names[i + 1..].contains(candidate) && candidate != name
        };
        let mut candidate = name.clone();
        let mut number = 2;
        while taken(&candidate, &given) {
            candidate = format!("{name} ({number})");
            number += 1;
        }
        given.push(candidate);
    }
    given
}

/// Two measures, or three when the third differs at least half as much as the first.
fn natural_depth(profile: &SegmentProfile) -> usize {
    let z = |place: usize| profile.by_difference.get(place).map_or(0.0, |&i| profile.measures[i].z.abs());
    if z(2) >= THIRD_OF_FIRST * z(0) { 3 } else { 2 }
}

/// What is said of a segment, the largest difference first.
fn describe(profile: &SegmentProfile, depth: usize) -> Vec<String> {
    let facts: Vec<String> = profile
        .by_difference
        .iter()
        .map(|&i| &profile.measures[i])
        .filter(|measure| measure.z.abs() >= NOTABLE)
        .take(depth)
        .map(|measure| format!("{} {}", degree(measure.z), measure.measure))
        .collect();
    match (facts.is_empty(), profile.size) {
        (_, 0) => vec!["empty".to_owned()],
        (true, _) => vec!["average".to_owned()],
        (false, _) => facts,
    }
}

fn degree(z: f64) -> &'static str {
    match (z > 0.0, z.abs() > VERY) {
        (true, true) => "very high",
        (true, false) => "high",
        (false, true) => "very low",
        (false, false) => "low",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis, array};

    fn names(labels: &[u32], segments: usize, columns: &[&str], measures: &Array2<f64>) -> Vec<String> {
        let profiles = profile(labels, segments, columns, measures.view()).unwrap();
        profiles.into_iter().map(|profile| profile.name).collect()
    }

    /// By hand: base mean 4, population variance ((9 + 4 + 0 + 25) - 0) / 4 = 9.5.
    #[test]
    fn means_and_differences_follow_their_definitions() {
        let measures = array![[1.0, 7.0], [2.0, 7.0], [4.0, 7.0], [9.0, 7.0]];
        let profiles = profile(&[1, 1, 0, 0], 2, &["spend", "fixed"], measures.view()).unwrap();
        let spend = &profiles[0].measures[0];
        assert_eq!((spend.mean, spend.base_mean), (6.5, 4.0));
        assert!((spend.z - 2.5 / 9.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!((profiles[0].size, profiles[0].share), (2, 0.5));
        assert_eq!((profiles[0].measures[1].z, &profiles[0].by_difference[..]), (0.0, &[0, 1][..]));
        assert_eq!([&profiles[0].name, &profiles[1].name], ["high spend", "low spend"]);
    }

    #[test]
    fn missing_values_are_left_out_and_counted() {
        let nan = f64::NAN;
        let measures = array![[1.0, nan], [nan, nan], [3.0, 4.0], [5.0, 4.0]];
        let profiles = profile(&[0, 0, 1, 1], 2, &["a", "b"], measures.view()).unwrap();
        assert_eq!((profiles[0].measures[0].mean, profiles[0].measures[0].missing), (1.0, 1));
        assert_eq!(profiles[0].measures[0].base_mean, 3.0);
        assert!(profiles[0].measures[1].mean.is_nan() && profiles[0].measures[1].z.is_nan());
        assert_eq!(profiles[0].by_difference, [0, 1]);
        assert_eq!(profiles[0].name, "very low a");
    }

    #[test]
    fn segments_that_look_alike_are_told_apart() {
        // Two and three differ in `c` only, which is too small a difference to be named at first.
        let measures = array![[0.0, 0.0, 0.0], [9.0, 9.0, -2.0], [9.0, 9.0, 2.0], [0.0, 0.0, 0.0]];
        assert_eq!(
            names(&[0, 1, 2, 0], 3, &["a", "b", "c"], &measures),
            ["low a, low b", "very low c, high a, high b", "very high c, high a, high b"]
        );
        let shallow =
            array![[0.0, 0.0, 0.0], [9.0, 9.0, -0.2], [9.0, 9.0, 0.2], [0.0, 0.0, -9.0], [0.0, 0.0, 9.0]];
        assert_eq!(
            names(&[0, 1, 2, 3, 4], 5, &["a", "b", "c"], &shallow),
            [
                "low a, low b",
                "very high a, very high b",
                "very high a, very high b (2)",
                "very low c, low a, low b",
                "very high c, low a, low b"
            ]
        );
        let same = array![[1.0], [1.0], [1.0]];
        assert_eq!(names(&[0, 1, 2], 4, &["a"], &same), ["average", "average (2)", "average (3)", "empty"]);
    }

    /// Four segments of 25 rows each whose means lie where the columns of `means` say, and a fifth of 100 rows
    /// that balances them; every other row one above, one below.
    fn around(means: &[[f64; 3]; 4]) -> (Vec<u32>, Array2<f64>) {
        let labels: Vec<u32> = (0..200).map(|row| if row < 100 { row / 25 } else { 4 }).collect();
        let measures = Array2::from_shape_fn((200, 3), |(row, f)| {
            let wave = if row % 2 == 0 { 1.0 } else { -1.0 };
            wave + means
                .get(row / 25)
                .map_or_else(|| -means.iter().map(|m| m[f]).sum::<f64>() / 4.0, |m| m[f])
        });
        (labels, measures)
    }

    #[test]
    fn the_same_facts_in_another_order_are_the_same_name() {
        // The first two differ in what is largest only; `c` sets them apart. With the mean of `c` the same,
        // nothing does, and the second bears the name of the first.
        let columns = ["a", "b", "c"];
        let (labels, measures) =
            around(&[[2.0, 1.9, 0.6], [1.9, 2.0, -0.6], [-1.0, 0.0, 2.0], [0.0, -1.0, 2.0]]);
        let found = names(&labels, 5, &columns, &measures);
        assert_eq!(found[..2], ["very high a, very high b, high c", "very high b, very high a, low c"]);
        let (labels, measures) =
            around(&[[2.0, 1.9, 0.0], [1.9, 2.0, 0.0], [-1.0, 0.0, 2.0], [0.0, -1.0, -2.0]]);
        let found = names(&labels, 5, &columns, &measures);
        assert_eq!(found[..2], ["very high a, very high b", "very high a, very high b (2)"]);
    }

    #[test]
    fn more_than_one_deviation_is_very_high() {
        assert_eq!([1.001, 1.0, -1.001, -1.0].map(degree), ["very high", "high", "very low", "low"]);
        // The deviation of a is sqrt(3), which 3 exceeds and -1 does not; that of b is 1.
        let measures = array![[3.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [-1.0, -1.0]];
        assert_eq!(
            names(&[0, 1, 2, 2], 3, &["a", "b"], &measures),
            ["very high a, high b", "high b, low a", "low b, low a"]
        );
    }

    #[test]
    fn numbers_do_not_collide_with_given_names() {
        let given = ["x", "x", "x (2)", "x"].map(str::to_owned);
        assert_eq!(numbered(&given), ["x", "x (3)", "x (2)", "x (4)"]);
    }

    #[test]
    fn the_order_of_rows_does_not_show() {
        let measures = Array2::from_shape_fn((97, 3), |(row, f)| ((row * 37 + f * 11) % 89) as f64 / 7.0);
        let labels: Vec<u32> = (0..97).map(|row| row % 4).collect();
        let order: Vec<usize> = (0..97).map(|row| row * 31 % 97).collect();
        let shuffled: Vec<u32> = order.iter().map(|&row| labels[row]).collect();
        let columns = ["a", "b", "c"];
        assert_eq!(
            profile(&labels, 4, &columns, measures.view()).unwrap(),
            profile(&shuffled, 4, &columns, measures.select(Axis(0), &order).view()).unwrap()
        );
    }

    #[test]
    fn bad_input_is_named() {
        let x = array![[1.0], [f64::INFINITY]];
        let message =
            |labels: &[u32], names: &[&str]| profile(labels, 2, names, x.view()).unwrap_err().to_string();
        assert_eq!(message(&[0], &["a"]), "expected 2 labels, one a row of the measures, got 1");
        assert_eq!(message(&[0, 1], &[]), "expected 1 names, one a column of the measures, got 0");
        assert_eq!(message(&[0, 2], &["a"]), "`labels` must be below 2 (row 1), got 2");
        assert_eq!(
            message(&[0, 1], &["a"]),
            "column `a`: infinite values have no mean (1 row: 1); replace them, or leave them missing"
        );
    }
}

//! Indices against their definitions, agreement against all permutations, choices against what was planted.

use super::assignment::largest_matching;
use super::*;
use crate::classify::segments::KMeans;
use crate::numerics::random::Random;
use ndarray::{Array2, array};
use proptest::prelude::*;

/// `k` round groups of `size` rows around centers `apart` from each other, one after the other.
fn groups(k: usize, size: usize, d: usize, apart: f64, seed: u64) -> (Array2<f64>, Vec<u32>) {
    let mut random = Random::new(seed);
    let mut x = Array2::from_shape_fn((k * size, d), |_| random.normal());
    for (row, mut point) in x.rows_mut().into_iter().enumerate() {
        let group = row / size;
        // Corners of a simplex and, beyond d, of larger ones.
        point[group % d] += apart * (1 + group / d) as f64;
    }
    (x, (0..k * size).map(|row| (row / size) as u32).collect())
}

fn square(x: f64) -> f64 {
    x * x
}

fn distance(x: &Array2<f64>, i: usize, j: usize) -> f64 {
    x.row(i).iter().zip(x.row(j)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// Rousseeuw's definition, row by row.
fn silhouette_by_definition(x: &Array2<f64>, labels: &[u32]) -> Vec<f64> {
    let mean = |i: usize, label: u32| {
        let of: Vec<f64> =
            (0..x.nrows()).filter(|&j| j != i && labels[j] == label).map(|j| distance(x, i, j)).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    (0..x.nrows())
        .map(|i| {
            let a = mean(i, labels[i]);
            if a.is_nan() {
                return 0.0;
            }
            let others = labels.iter().copied().filter(|label| *label != labels[i]);
            let b = others.map(|label| mean(i, label)).fold(f64::INFINITY, f64::min);
            if a.max(b) == 0.0 { 0.0 } else { (b - a) / a.max(b) }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn silhouettes_are_what_they_are_defined_as(
        values in prop::collection::vec((-8_i32..8, 0_u32..4), 6..60),
        columns in 1_usize..4,
    ) {
        let rows = values.len() / columns;
        prop_assume!(rows >= 3);
        let x = Array2::from_shape_fn((rows, columns), |(i, f)| f64::from(values[i * columns + f].0) * 0.5);
        // Numbers with gaps: 1, 4, 7, 10.
        let labels: Vec<u32> = (0..rows).map(|i| 1 + 3 * values[i].1).collect();
        let mut named = labels.clone();
        named.sort_unstable();
        named.dedup();
        let found = silhouette(x.view(), &labels, 1);
        if named.len() < 2 || named.len() >= rows {
            prop_assert!(found.unwrap_err().to_string().starts_with("`labels` must name 2 to"));
            return Ok(());
        }
        let found = found.unwrap();
        for (width, expected) in found.widths.iter().zip(silhouette_by_definition(&x, &labels)) {
            prop_assert!((width - expected).abs() < 1e-12, "{} {}", width, expected);
        }
        prop_assert_eq!(found.segments, named);
        let single = x.mapv(|v| v as f32);
        prop_assert_eq!(&silhouette(single.view(), &labels, 3).unwrap().widths, &found.widths);
    }

    /// Against every one-to-one pairing.
    #[test]
    fn matchings_weigh_the_most(
        rows in 1_usize..6, columns in 1_usize..6, weights in prop::collection::vec(0_i64..20, 36),
    ) {
        let table: Vec<Vec<i64>> = (0..rows).map(|i| weights[6 * i..6 * i + columns].to_vec()).collect();
        fn most(table: &[Vec<i64>], row: usize, taken: &mut Vec<bool>) -> i64 {
            if row == table.len() {
                return 0;
            }
            let mut best = most(table, row + 1, taken);
            for column in 0..taken.len() {
                if !taken[column] {
                    taken[column] = true;
                    best = best.max(table[row][column] + most(table, row + 1, taken));
                    taken[column] = false;
                }
            }
            best
        }
        let pairs = largest_matching(&table);
        let weight: i64 = pairs.iter().map(|&(i, j)| table[i][j]).sum();
        prop_assert_eq!(weight, most(&table, 0, &mut vec![false; columns]));
        let mut used: Vec<usize> = pairs.iter().map(|pair| pair.1).collect();
        used.sort_unstable();
        used.dedup();
        prop_assert_eq!(used.len(), pairs.len());
    }

    /// Hubert and Arabie's index from the definition over pairs of rows.
    #[test]
    fn the_rand_index_counts_pairs(labels in prop::collection::vec((0_u32..4, 0_u32..4), 2..40)) {
        let (before, after): (Vec<u32>, Vec<u32>) = labels.iter().copied().unzip();
        let (mut both, mut first, mut second, mut all) = (0.0, 0.0, 0.0, 0.0);
        for i in 0..labels.len() {
            for j in 0..i {
                let (a, b) = (before[i] == before[j], after[i] == after[j]);
                both += f64::from(u8::from(a && b));
                first += f64::from(u8::from(a));
                second += f64::from(u8::from(b));
                all += 1.0;
            }
        }
        let (chance, most) = (first * second / all, 0.5 * (first + second));
        let found = Agreement::new(&before, &after).unwrap().adjusted_rand();
        let expected = if most == chance { 1.0 } else { (both - chance) / (most - chance) };
        prop_assert!((found - expected).abs() < 1e-12, "{} {}", found, expected);
    }

    #[test]
    fn renamed_segments_get_their_numbers_back(
        labels in prop::collection::vec(0_u32..5, 5..60),
        order in Just((0_u32..5).collect::<Vec<u32>>()).prop_shuffle(),
    ) {
        let after: Vec<u32> = labels.iter().map(|&label| order[label as usize]).collect();
        let found = align(&labels, &after).unwrap();
        prop_assert_eq!(&found.labels, &labels);
        prop_assert_eq!((found.kept, found.ended.len(), found.begun.len()), (1.0, 0, 0));
    }
}

#[test]
fn a_sampled_silhouette_keeps_its_promise() {
    let (x, labels) = groups(4, 400, 3, 3.0, 11);
    let exact = silhouette(x.view(), &labels, 0).unwrap().mean;
    let within = |times: f64| {
        (0..200)
            .filter(|&seed| {
                let found = sampled_silhouette(x.view(), &labels, (150, 600), seed, 0).unwrap();
                (found.mean - exact).abs() <= times * found.standard_error
            })
            .count()
    };
    // Of a normal error 68 % and 99.7 % are within; 136 and 199 of 200.
    assert!((110..=165).contains(&within(1.0)) && within(3.0) >= 195, "{} {}", within(1.0), within(3.0));
    let all = sampled_silhouette(x.view(), &labels, (1600, 1600), 5, 0).unwrap();
    assert!((all.mean - exact).abs() < 1e-12 && all.standard_error == 0.0);
}

/// Ends and middles by hand: centers 1 and 11; the row 2 is 1 from its own and 9 from the other.
#[test]
fn a_simplified_silhouette_measures_to_centers() {
    let x = array![[0.0], [2.0], [11.0]];
    let centers = array![[1.0], [11.0], [99.0]];
    let found = simplified_silhouette(x.view(), &[0, 0, 1], centers.view(), 0).unwrap();
    assert_eq!(found.widths, [10.0 / 11.0, 8.0 / 9.0, 1.0]);
}

/// The definitions, with plain sums.
#[test]
fn indices_of_dispersion_are_what_they_are_defined_as() {
    let (x, labels) = groups(3, 700, 4, 2.5, 2);
    let mean = |rows: &[usize]| -> Vec<f64> {
        (0..4).map(|f| rows.iter().map(|&i| x[[i, f]]).sum::<f64>() / rows.len() as f64).collect()
    };
    let to = |i: usize, c: &[f64]| (0..4).map(|f| square(x[[i, f]] - c[f])).sum::<f64>();
    let members: Vec<Vec<usize>> = (0..3).map(|g| (g * 700..(g + 1) * 700).collect()).collect();
    let all: Vec<usize> = (0..2100).collect();
    let (centers, center): (Vec<Vec<f64>>, Vec<f64>) =
        (members.iter().map(|m| mean(m)).collect(), mean(&all));
    let within: f64 =
        (0..3).flat_map(|g| members[g].iter().map(move |&i| (g, i))).map(|(g, i)| to(i, &centers[g])).sum();
    let total: f64 = all.iter().map(|&i| to(i, &center)).sum();
    let expected = (total - within) / 2.0 / (within / 2097.0);
    let found = calinski_harabasz(x.view(), &labels, 0).unwrap();
    assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
    assert_eq!(found, calinski_harabasz(x.view(), &labels, 1).unwrap());
    let spread: Vec<f64> =
        (0..3).map(|g| members[g].iter().map(|&i| to(i, &centers[g]).sqrt()).sum::<f64>() / 700.0).collect();
    let apart =
        |g: usize, h: usize| (0..4).map(|f| square(centers[g][f] - centers[h][f])).sum::<f64>().sqrt();
    let worst = |g: usize| {
        (0..3).filter(|&h| h != g).map(|h| (spread[g] + spread[h]) / apart(g, h)).fold(0.0, f64::max)
    };
    let expected = (worst(0) + worst(1) + worst(2)) / 3.0;
    let found = davies_bouldin(x.view(), &labels, 0).unwrap();
    assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
}

#[test]
fn the_gap_finds_groups_and_their_absence() {
    let (x, _) = groups(3, 120, 2, 7.0, 4);
    let ks: Vec<usize> = (1..=6).collect();
    let gap = GapStatistic::new().plan(KMeans::new(1).restarts(3));
    for reference in [Reference::Box, Reference::PrincipalComponents] {
        let found = gap.clone().reference(reference).of(x.view(), &ks).unwrap();
        assert_eq!(found.recommended, 3, "{found:?}");
        assert_eq!(
            found,
            gap.clone().reference(reference).plan(gap.plan.clone().threads(1)).of(x.view(), &ks).unwrap()
        );
    }
    let mut random = Random::new(8);
    let uniform = Array2::from_shape_fn((400, 3), |_| random.uniform());
    assert_eq!(gap.of(uniform.view(), &ks).unwrap().recommended, 1);
}

#[test]
fn groups_are_found_again_and_cuts_of_one_are_not() {
    let (x, labels) = groups(3, 100, 2, 8.0, 6);
    let found = stability(x.view(), &labels, &KMeans::new(3).restarts(3), 20, 1).unwrap();
    assert!(found.jaccard.iter().all(|j| *j > 0.95) && found.mean_adjusted_rand > 0.97, "{found:?}");
    assert_eq!(found.dissolved, [0, 0, 0]);
    let plan = KMeans::new(5).restarts(1);
    let (one, _) = groups(1, 300, 4, 0.0, 6);
    let cut = plan.fit(one.view()).unwrap().report.labels;
    let found = stability(one.view(), &cut, &plan, 20, 1).unwrap();
    assert!(found.jaccard.iter().all(|j| *j < 0.75) && found.mean_adjusted_rand < 0.6, "{found:?}");
    let strength = |k: usize| prediction_strength(x.view(), &KMeans::new(k).restarts(3), 5, 2).unwrap().mean;
    assert!(strength(3) > 0.95 && strength(1) == 1.0 && strength(4) < 0.8, "{} {}", strength(3), strength(4));
}

/// Figure 2 of Satopää and others (2011): `y = -1 / (x + 0.1) + 5` on ten points of [0, 1] bends at x = 0.22;
/// turned over it falls.
#[test]
fn the_elbow_of_the_published_example() {
    let places: Vec<f64> = (0..10).map(|i| f64::from(i) / 9.0).collect();
    let values: Vec<f64> = places.iter().map(|x| 1.0 / (x + 0.1) - 5.0).collect();
    let found = elbow(&places, &values).unwrap().unwrap();
    assert_eq!(format!("{:.2}", places[found]), "0.22");
    assert_eq!(elbow(&[1.0, 2.0], &[1.0, 3.0]).unwrap(), None);
    assert_eq!(
        elbow(&[2.0, 1.0], &[1.0, 3.0]).unwrap_err().to_string(),
        "`places` must ascend (after 2), got 1"
    );
}

#[test]
fn the_planted_number_is_chosen_for_any_number_of_threads() {
    for k in [2, 4, 7] {
        let (x, _) = groups(k, 150, 4, 7.0, k as u64);
        let choose = ChooseK::new(9).resamples(5);
        let found = choose.clone().threads(1).of(x.view()).unwrap();
        assert_eq!(found.recommended, k, "{found}");
        assert!(found.reason.starts_with(&format!("{k} segments")), "{}", found.reason);
        assert!(found.jaccard.iter().all(|j| *j > 0.9) && found.findings.is_empty(), "{found}");
        let again = choose.threads(3).of(x.view()).unwrap();
        assert_eq!(without_seconds(again), without_seconds(found));
    }
}

/// As text: NaN is equal to NaN there.
fn without_seconds(mut choice: KChoice) -> String {
    choice.table.iter_mut().for_each(|row| row.seconds = 0.0);
    format!("{choice:?}")
}

#[test]
fn a_base_without_groups_has_no_segments() {
    for d in [2, 6] {
        let (x, _) = groups(1, 1500, d, 0.0, 3);
        let found = ChooseK::new(8).of(x.view()).unwrap();
        assert_eq!(found.recommended, 1, "{found}");
        assert_eq!(found.findings[0].code, "W220");
        assert!(ChooseK::new(8).least(2).of(x.view()).unwrap().recommended >= 2);
    }
}

#[test]
fn a_large_base_is_judged_by_its_sample_and_counted_whole() {
    let (x, _) = groups(3, 4000, 3, 8.0, 9);
    let found = ChooseK::new(6).sample(1500).resamples(0).of(x.view()).unwrap();
    assert_eq!((found.recommended, found.sample, found.rows), (3, 1500, 12_000));
    let best = &found.table[2];
    assert_eq!(best.sizes.iter().sum::<u64>(), 12_000);
    assert!(best.sizes.iter().all(|size| size.abs_diff(4000) < 40), "{:?}", best.sizes);
    assert!(best.silhouette_error > 0.0 && best.calinski_harabasz_error > 0.0);
    // Inertia and simplified silhouette of all rows, from the frozen step's point of view.
    let mut inertia = 0.0;
    for row in x.rows() {
        let squares =
            best.centers.rows().into_iter().map(|c| c.iter().zip(row).map(|(c, x)| (x - c) * (x - c)).sum());
        inertia += squares.fold(f64::INFINITY, |least: f64, square: f64| least.min(square));
    }
    assert!((best.inertia / inertia - 1.0).abs() < 1e-12);
    let labels: Vec<u32> = (0..12_000).map(|row| row / 4000).collect();
    let exact = calinski_harabasz(x.view(), &labels, 0).unwrap() / 12_000.0;
    assert!((best.calinski_harabasz / 1500.0 / exact - 1.0).abs() < 0.15);
}

#[test]
fn bad_input_is_named() {
    let same = Array2::from_elem((100, 2), 3.0);
    let found = ChooseK::new(5).of(same.view()).unwrap();
    assert_eq!((found.recommended, found.table.len(), found.probability), (1, 1, 1.0));
    let message = |choose: ChooseK| choose.of(same.view()).unwrap_err().to_string();
    assert!(message(ChooseK::new(5).least(2)).starts_with("1 different row(s) cannot make 2 segments"));
    assert_eq!(message(ChooseK::new(0)), "`most` must be 1 to 64, got 0");
    assert_eq!(message(ChooseK::new(5).sample(10)), "`sample` must be >= 50, got 10");
    let holes = array![[1.0, f64::NAN], [2.0, 1.0], [f64::INFINITY, 1.0]];
    let text = ChooseK::new(2).of(holes.view()).unwrap_err().to_string();
    assert!(text.contains("2 problems") && text.contains("NaN where an index needs"), "{text}");
    assert_eq!(
        silhouette(array![[1.0], [2.0]].view(), &[0], 0).unwrap_err().to_string(),
        "expected 2 labels, one a row, got 1"
    );
    assert!(Agreement::new(&[], &[]).unwrap_err().to_string().starts_with("there are no rows"));
}

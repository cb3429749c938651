//! The recommendation in words, and what should be known about it.

use super::KChoice;
use crate::evaluate::weights::Finding;

/// A segment below this share of the rows is tiny.
const TINY: f64 = 0.01;
/// Below this mean similarity a segment should not be trusted (Hennig, 2007).
const UNSTABLE: f64 = 0.6;

/// Why this k, in a sentence or two.
pub(super) fn reason(choice: &KChoice) -> String {
    let best = choice.table.iter().find(|row| row.k == choice.recommended);
    let Some(best) = best else { return String::new() };
    let sure = sureness(choice.probability);
    let next = choice
        .table
        .iter()
        .filter(|row| row.k != best.k)
        .reduce(|next, row| if row.probability > next.probability { row } else { next });
    let rival =
        next.map_or(String::new(), |row| format!("; next {} at {:.0} %", row.k, 100.0 * row.probability));
    if best.k == 1 {
        return format!(
            "no segments: the base does not fall into groups, any cut runs through what hangs together \
             ({sure}, {:.0} %{rival})",
            100.0 * choice.probability
        );
    }
    let mut allies = Vec::new();
    let highest = |of: fn(&super::KRow) -> f64| {
        choice.table.iter().filter(|row| row.k > 1).fold(f64::NAN, |most: f64, row| most.max(of(row)))
    };
    for (name, holds) in [
        ("silhouette", best.silhouette >= highest(|row| row.silhouette)),
        ("Calinski-Harabasz", best.calinski_harabasz >= highest(|row| row.calinski_harabasz)),
        ("Davies-Bouldin", -best.davies_bouldin >= highest(|row| -row.davies_bouldin)),
        ("gap statistic", choice.gap_recommends == Some(best.k)),
        ("likelihood", best.likelihood >= highest(|row| row.likelihood)),
        ("elbow", choice.elbow == Some(best.k)),
    ] {
        if holds {
            allies.push(name);
        }
    }
    let allies = match allies.as_slice() {
        [] => "no single index does, all of them together do".to_owned(),
        names => format!("so do {} of 6 indices alone ({})", names.len(), names.join(", ")),
    };
    let segments = if best.k == 1 { "segment" } else { "segments" };
    format!(
        "{} {segments}: the indices together speak for it ({sure}, {:.0} %{rival}); {allies}",
        best.k,
        100.0 * choice.probability
    )
}

fn sureness(probability: f64) -> &'static str {
    match probability {
        p if p >= 0.9 => "quite sure",
        p if p >= 0.7 => "fairly sure",
        p if p >= 0.5 => "not very sure",
        _ => "unsure",
    }
}

pub(super) fn findings(choice: &KChoice) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(best) = choice.table.iter().find(|row| row.k == choice.recommended) else { return findings };
    if best.k == 1 {
        findings.push(Finding::new(
            "W220",
            "base",
            format!("no number of segments separates (one segment: {:.0} %)", 100.0 * choice.probability),
            "use grades or types instead, or read segments as a convenient cut of a continuum; look for \
             other columns",
        ));
        return findings;
    }
    for (segment, &similarity) in choice.jaccard.iter().enumerate().filter(|(_, j)| **j < UNSTABLE) {
        findings.push(Finding::new(
            "W221",
            format!("segment {segment} of {}", best.k),
            format!("refits on resampled rows find it again with a similarity of {similarity:.2} only"),
            "do not build on it alone: merge it with its neighbour, or choose another number",
        ));
    }
    for (segment, &size) in best.sizes.iter().enumerate() {
        let share = size as f64 / choice.rows as f64;
        if share < TINY {
            findings.push(Finding::new(
                "W222",
                format!("segment {segment} of {}", best.k),
                format!("holds {size} of {} rows", choice.rows),
                "look whether these are outliers or errors, and clip or leave them out",
            ));
        }
    }
    if best.valley > 1.0 {
        findings.push(Finding::new(
            "W223",
            format!("{} segments", best.k),
            format!("two of them have no valley between them ({:.2} times as dense halfway)", best.valley),
            "read these two as one group that was cut in two",
        ));
    }
    if best.k == choice.table.len() {
        findings.push(Finding::new(
            "W224",
            format!("{} segments", best.k),
            "the recommendation is the largest number compared",
            "compare more",
        ));
    }
    findings
}

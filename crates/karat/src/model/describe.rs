//! Filling in the report from what the passes found.

use super::pass::{Class, ClassSummary, FieldsSummary, ProfileSummary};
use super::report::{
    ClassReport, DataWeightsReport, FieldReport, FindingReport, JudgmentReport, Report, RuleReport,
    WeightReport,
};
use crate::evaluate::indicators::FieldStatistics;
use crate::evaluate::tree::{Weighed, total_consistency};
use crate::evaluate::weights::Finding;
use crate::plan::ResolvedPlan;
use karat_scorer::{Model, Result, Schema};

pub(super) fn fields(
    report: &mut Report,
    schema: &Schema,
    found: Option<&FieldsSummary>,
    statistics: &[Option<FieldStatistics>],
) {
    let Some(found) = found else { return };
    for ((field, summary), statistics) in schema.fields().iter().zip(&found.fields).zip(statistics) {
        let mut described =
            FieldReport { name: field.name.clone(), missing: summary.missing, ..FieldReport::default() };
        match statistics {
            Some(s) => {
                described.minimum = finite(s.moments.minimum());
                described.median = s.quantiles.first().copied().and_then(finite);
                described.mean = finite(s.moments.mean());
                described.standard_deviation = finite(s.moments.standard_deviation());
                described.maximum = finite(s.moments.maximum());
            }
            None => {
                for (code, name) in field.categories().iter().enumerate() {
                    let count = summary.categories.get(&(code as u32)).copied().unwrap_or(0);
                    described.categories.push((name.clone(), count));
                }
            }
        }
        report.fields.push(described);
    }
}

pub(super) fn weights(report: &mut Report, resolved: &ResolvedPlan, weighed: Option<&Weighed>) -> Result<()> {
    let Some(weighed) = weighed else { return Ok(()) };
    for (position, leaf) in resolved.leaves.iter().enumerate() {
        report.weights.push(WeightReport {
            indicator: leaf.name.clone(),
            dimension: resolved.dimensions[leaf.dimension].clone(),
            weight: weighed.tree.weights[position],
            within: weighed.tree.within[position],
            expert: weighed.expert[position],
            data: weighed.data.as_ref().map(|data| data[position]),
        });
    }
    for source in &weighed.sources {
        report.data_weights.push(DataWeightsReport {
            method: source.method.name().to_owned(),
            customers: weighed.customers,
            weights: source.weights.clone(),
            information: source.information.clone(),
        });
    }
    let own = resolved.profiles.iter().flat_map(|profiles| &profiles.list).flat_map(|profile| {
        let nodes = profile.nodes.iter().filter(|node| profile.own.contains(&node.name));
        nodes.map(|node| (format!("{}: {}", profile.name, node.name), node))
    });
    for (name, node) in resolved.nodes.iter().map(|node| (node.name.clone(), node)).chain(own) {
        if let Some(priorities) = &node.priorities {
            report.judgments.push(JudgmentReport {
                node: name,
                children: node.children.clone(),
                weights: node.weights.clone(),
                lambda_max: priorities.lambda_max,
                consistency_index: priorities.consistency_index,
                consistency_ratio: priorities.consistency_ratio,
                random_index: priorities.random_index.value,
                random_index_table: priorities.random_index.table.to_string(),
            });
        }
    }
    report.total_consistency_ratio = total_consistency(resolved)?;
    report.findings.extend(resolved.findings.iter().chain(&weighed.findings).map(finding));
    Ok(())
}

fn finding(finding: &Finding) -> FindingReport {
    FindingReport {
        code: finding.code.to_owned(),
        place: finding.place.clone(),
        fact: finding.fact.clone(),
        proposal: finding.proposal.clone(),
    }
}

pub(super) fn classes(report: &mut Report, model: &Model, ranges: &[(f64, f64)], profile: &ProfileSummary) {
    let cuts = model.grades.as_ref().map(|grades| grades.cuts.as_slice()).unwrap_or_default();
    let from = |number: usize| number.checked_sub(1).and_then(|cut| cuts.get(cut).copied());
    let describe = |class: Class, names: &[String]| -> Vec<ClassReport> {
        let of = |number: usize| profile.classes.get(&(class, number as u16));
        let total: u64 = (0..names.len()).filter_map(of).map(|summary| summary.size).sum();
        let from = |number| if class == Class::Grade { from(number) } else { None };
        names
            .iter()
            .enumerate()
            .map(|(number, name)| class_report(name, from(number), of(number), total, model, ranges))
            .collect()
    };
    report.grades = describe(Class::Grade, &model.names.grades);
    report.types = describe(Class::Type, &model.names.types);
    report.segments = describe(Class::Segment, &model.names.segments);
    for (number, name) in model.names.rules.iter().enumerate() {
        let customers = profile.rules.get(&(number as u16)).copied().unwrap_or(0);
        report.rules.push(RuleReport { name: name.clone(), customers });
    }
}

fn class_report(
    name: &str,
    from: Option<f64>,
    summary: Option<&ClassSummary>,
    total: u64,
    model: &Model,
    ranges: &[(f64, f64)],
) -> ClassReport {
    let mut described = ClassReport { name: name.to_owned(), from, ..ClassReport::default() };
    let Some(summary) = summary else { return described };
    described.size = summary.size;
    described.share = if total > 0 { summary.size as f64 / total as f64 } else { 0.0 };
    for ((sum, &range), field) in summary.sums.iter().zip(ranges).zip(model.schema.fields()) {
        if field.categories().is_empty() {
            described.means.push((field.name.clone(), finite(sum.mean(range))));
        }
    }
    if let (Some(sum), Some(&range)) = (summary.sums.last(), ranges.last()) {
        described.index = finite(sum.mean(range));
    }
    described
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

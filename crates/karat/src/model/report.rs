//! The report of a fit: what was found, in figures a person can defend. Travels in the model file.

use super::forecast::ForecastReport;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Everything a fit found out about the base and decided from it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Report {
    /// Customers in the fitted base.
    pub rows: u64,
    /// Customers that a gate kept out of grades.
    pub ineligible: u64,
    /// Customers without an index, because a required field was missing.
    pub refused: u64,
    /// The fields as they were found.
    pub fields: Vec<FieldReport>,
    /// Weights of the indicators, in the order in which their points add up.
    pub weights: Vec<WeightReport>,
    /// Data weights of each method that the plan uses, with the population they were drawn from.
    pub data_weights: Vec<DataWeightsReport>,
    /// The nodes that people judged.
    pub judgments: Vec<JudgmentReport>,
    /// Consistency ratio of the total ranking on the lowest level where three or more children were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_consistency_ratio: Option<f64>,
    /// Grades from the lowest, with the index at which each begins.
    pub grades: Vec<ClassReport>,
    /// Types A, B1, B2, C.
    pub types: Vec<ClassReport>,
    /// Thresholds of index, contribution and attribution that divide the types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_thresholds: Option<[f64; 3]>,
    /// Segments, the most valuable first.
    pub segments: Vec<ClassReport>,
    /// How k-means went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_means: Option<KMeansSummary>,
    /// How many customers each rule touched.
    pub rules: Vec<RuleReport>,
    /// What the model forecasts beside the index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forecasts: Vec<ForecastReport>,
    /// What a person should know although the fit stands.
    pub findings: Vec<FindingReport>,
}

/// One field of the fitted base.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct FieldReport {
    /// Name.
    pub name: String,
    /// Missing values.
    pub missing: u64,
    /// Smallest value; absent for categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// Median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    /// Mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Sample standard deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard_deviation: Option<f64>,
    /// Largest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// Categories with their counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<(String, u64)>,
}

/// Weight of one indicator.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct WeightReport {
    /// Indicator.
    pub indicator: String,
    /// Its dimension.
    pub dimension: String,
    /// Its weight in the index.
    pub weight: f64,
    /// Its weight within the dimension.
    pub within: f64,
    /// What the experts alone would give.
    pub expert: f64,
    /// What the data alone would give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<f64>,
}

/// Weights that the data gave by one method, frozen with the model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct DataWeightsReport {
    /// Method.
    pub method: String,
    /// Customers they were drawn from: those who are graded, neither ineligible nor refused; 0 for equal weights.
    pub customers: u64,
    /// Weights, in the order of the indicators.
    pub weights: Vec<f64>,
    /// What they are proportional to.
    pub information: Vec<f64>,
}

/// Judgments of one node.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct JudgmentReport {
    /// Node.
    pub node: String,
    /// Its children.
    pub children: Vec<String>,
    /// Their weights within the node.
    pub weights: Vec<f64>,
    /// Principal eigenvalue.
    pub lambda_max: f64,
    /// Consistency index.
    pub consistency_index: f64,
    /// Consistency ratio.
    pub consistency_ratio: f64,
    /// Random index it was divided by.
    pub random_index: f64,
    /// Table that the random index comes from.
    pub random_index_table: String,
}

/// A grade, type or segment of the fitted base.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ClassReport {
    /// Name.
    pub name: String,
    /// Index from which a customer belongs to it; grades above the lowest only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Customers.
    pub size: u64,
    /// Share of the classified customers.
    pub share: f64,
    /// Mean index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<f64>,
    /// Mean of each numeric field.
    pub means: Vec<(String, Option<f64>)>,
}

/// How k-means went.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct KMeansSummary {
    /// Customers that the iterations ran on.
    pub sample: u64,
    /// Sum of squared distances of the sample to the centers.
    pub inertia: f64,
    /// Iterations of the best start.
    pub iterations: u64,
    /// Whether the best start converged.
    pub converged: bool,
    /// Passes over the whole base afterwards.
    pub full_passes: u64,
}

/// How many customers a rule touched.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RuleReport {
    /// Rule.
    pub name: String,
    /// Customers whom it excluded, capped or cost points.
    pub customers: u64,
}

/// Something worth knowing although the result stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct FindingReport {
    /// Stable code.
    pub code: String,
    /// Where.
    pub place: String,
    /// What was found.
    pub fact: String,
    /// What can be done.
    pub proposal: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} customers, {} ineligible, {} refused", self.rows, self.ineligible, self.refused)?;
        for finding in &self.findings {
            writeln!(f, "! {} {}: {}; {}", finding.code, finding.place, finding.fact, finding.proposal)?;
        }
        self.write_weights(f)?;
        self.write_judgments(f)?;
        for (title, classes) in [("grade", &self.grades), ("type", &self.types), ("segment", &self.segments)]
        {
            write_classes(f, title, classes)?;
        }
        if let Some(k_means) = &self.k_means {
            let state = if k_means.converged { "converged" } else { "stopped" };
            writeln!(
                f,
                "  k-means on {} customers {state} after {} iterations, inertia {:.4}",
                k_means.sample, k_means.iterations, k_means.inertia
            )?;
        }
        for rule in &self.rules {
            writeln!(f, "  rule {}: {} customers", rule.name, rule.customers)?;
        }
        for forecast in &self.forecasts {
            let recorded = forecast.record.iter().map(|record| format!("; {record}")).collect::<String>();
            writeln!(f, "  forecast {}: {}{recorded}", forecast.kind, forecast.outputs.join(", "))?;
        }
        Ok(())
    }
}

impl Report {
    fn write_weights(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = widest("indicator", self.weights.iter().map(|w| w.indicator.as_str()));
        let of = widest("dimension", self.weights.iter().map(|w| w.dimension.as_str()));
        writeln!(
            f,
            "\n{:width$}  {:of$}  {:>8}  {:>8}  {:>8}",
            "indicator", "dimension", "weight", "expert", "data"
        )?;
        for w in &self.weights {
            let data = w.data.map_or_else(|| "-".to_owned(), |data| format!("{data:.4}"));
            writeln!(
                f,
                "{:width$}  {:of$}  {:>8.4}  {:>8.4}  {data:>8}",
                w.indicator, w.dimension, w.weight, w.expert
            )?;
        }
        for source in self.data_weights.iter().filter(|source| source.customers > 0) {
            writeln!(f, "data weights: {} over {} graded customers", source.method, source.customers)?;
        }
        Ok(())
    }

    fn write_judgments(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.judgments.is_empty() {
            return Ok(());
        }
        let width = widest("judgments", self.judgments.iter().map(|j| j.node.as_str()));
        writeln!(f, "\n{:width$}  {:>10}  {:>6}  random index", "judgments", "lambda_max", "CR")?;
        for j in &self.judgments {
            writeln!(
                f,
                "{:width$}  {:>10.6}  {:>6.4}  {:.4} ({}, n = {})",
                j.node,
                j.lambda_max,
                j.consistency_ratio,
                j.random_index,
                j.random_index_table,
                j.children.len()
            )?;
        }
        if let Some(total) = self.total_consistency_ratio {
            writeln!(f, "{:width$}  {:>10}  {total:>6.4}", "total ranking", "")?;
        }
        Ok(())
    }
}

fn write_classes(f: &mut fmt::Formatter<'_>, title: &str, classes: &[ClassReport]) -> fmt::Result {
    if classes.is_empty() {
        return Ok(());
    }
    let width = widest(title, classes.iter().map(|class| class.name.as_str()));
    let cut = classes.iter().any(|class| class.from.is_some());
    let from = |text: &str| if cut { format!("  {text:>10}") } else { String::new() };
    writeln!(
        f,
        "\n{title:width$}{}  {:>9}  {:>7}  {:>10}",
        from("from index"),
        "customers",
        "share",
        "mean index"
    )?;
    for class in classes {
        let begin = class.from.map_or_else(String::new, |begin| format!("{begin:.3}"));
        let index = class.index.map_or_else(|| "-".to_owned(), |index| format!("{index:.3}"));
        let share = 100.0 * class.share;
        writeln!(f, "{:width$}{}  {:>9}  {share:>6.2}%  {index:>10}", class.name, from(&begin), class.size)?;
    }
    Ok(())
}

fn widest<'a>(title: &'a str, names: impl Iterator<Item = &'a str>) -> usize {
    names.chain([title]).map(|name| name.chars().count()).max().unwrap_or(0)
}

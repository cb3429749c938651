//! What a person should know although the fit stands.
//!
//! Codes are stable: `W201` a sample drawn without an identifier, `W202` a column without a value, `W203` a
//! constant column on a scale with stated bounds, `W204` judgments that the method of weighting does not use.

use super::Fitting;
use crate::model::report::FindingReport;
use crate::plan::{CutsPlan, WeightMethod};

impl Fitting {
    pub(super) fn findings(&self) -> Vec<FindingReport> {
        let mut findings: Vec<FindingReport> = self.columns_that_say_nothing();
        findings.extend(self.unused_judgments());
        findings.extend(self.sample_without_id());
        findings
    }

    /// A scale with stated bounds can be frozen on a column that tells nobody apart.
    fn columns_that_say_nothing(&self) -> Vec<FindingReport> {
        let read = |field: usize| self.resolved.leaves.iter().any(|leaf| leaf.field == field);
        let fields = self.statistics.iter().enumerate().filter(|&(field, _)| read(field));
        fields
            .filter_map(|(_, statistics)| {
                let statistics = statistics.as_ref()?;
                let moments = &statistics.moments;
                if moments.count() == 0 {
                    let fact = "every value is missing: its rule for missing values decides for everybody";
                    return Some(finding(
                        "W202",
                        &statistics.name,
                        fact,
                        "mend the column or drop its indicators",
                    ));
                }
                (moments.minimum() == moments.maximum()).then(|| {
                    let fact = format!("constant: every value is {}", moments.minimum());
                    finding(
                        "W203",
                        &statistics.name,
                        &fact,
                        "it tells no customers apart: drop its indicators",
                    )
                })
            })
            .collect()
    }

    fn unused_judgments(&self) -> Option<FindingReport> {
        let plan = &self.plan;
        let given = !plan.judgments.is_empty() || !plan.weights.fixed.is_empty();
        let why = if plan.index.points {
            "an index of points adds its indicators unweighted".to_owned()
        } else if plan.weights.uses_experts() {
            return None;
        } else if plan.weights.method == WeightMethod::Combined {
            "the mix has no share for `expert`".to_owned()
        } else if plan.weights.method == WeightMethod::Equal {
            "the method `equal` weighs every indicator alike".to_owned()
        } else {
            format!("the method `{}` takes its weights from the data alone", plan.weights.method.name())
        };
        given.then(|| {
            let fact = format!("judgments and fixed weights are not used: {why}");
            finding("W204", "weights", &fact, "drop them, or choose the method `combined`")
        })
    }

    /// Without an identifier equal rows have equal keys: a sample takes all of them or none.
    fn sample_without_id(&self) -> Option<FindingReport> {
        let breaks = self.plan.grades.as_ref().is_some_and(|grades| grades.cuts == CutsPlan::NaturalBreaks);
        let sampled = self.fields.as_ref().map_or(0, |fields| fields.sample.len()) as u64;
        let uses_sample = breaks || self.plan.segments.is_some();
        (self.plan.id.is_none() && uses_sample && sampled < self.rows()).then(|| FindingReport {
            code: "W201".to_owned(),
            place: "id".to_owned(),
            fact: format!(
                "{sampled} of {} customers were sampled by their rows, so that equal rows enter together or not at all",
                self.rows()
            ),
            proposal: "name the column that identifies a customer as the plan's `id`".to_owned(),
        })
    }
}

fn finding(code: &str, place: &str, fact: &str, proposal: &str) -> FindingReport {
    FindingReport {
        code: code.to_owned(),
        place: place.to_owned(),
        fact: fact.to_owned(),
        proposal: proposal.to_owned(),
    }
}

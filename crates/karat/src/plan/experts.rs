//! Several experts in one plan.

use super::{Ordered, Plan};
use crate::evaluate::weights::{
    Ahp, Completion, Finding, GroupMethod, IncompleteMatrix, PairwiseMatrix, Priorities,
};
use karat_scorer::numerics::{exp, ln};
use karat_scorer::{Error, Result};
use serde::{Deserialize, Serialize};

/// Consensus below which the report says so: AHP-OS calls less than 0.5 a very low to low one.
const LOW_CONSENSUS: f64 = 0.5;

/// One of several experts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ExpertPlan {
    /// Weight of this expert's voice, relative to the others'.
    pub weight: f64,
    /// Judgments of a node's children, such as `"contribution 2 attribution"`.
    pub judgments: Ordered<Vec<String>>,
}

impl Default for ExpertPlan {
    fn default() -> ExpertPlan {
        ExpertPlan { weight: 1.0, judgments: Ordered::new() }
    }
}

/// How several experts become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupPlan {
    /// Their judgments are averaged (AIJ).
    #[default]
    Judgments,
    /// Their weights are averaged (AIP).
    Priorities,
}

/// What a group said about one node: its priorities, the findings, and the averaged judgments to be checked.
pub(super) struct Voices {
    pub(super) judgments: PairwiseMatrix,
    pub(super) priorities: Priorities,
    pub(super) findings: Vec<Finding>,
}

/// What the experts say about `node`; `None` when none of them judged it.
pub(super) fn hear(plan: &Plan, ahp: &Ahp, node: &str, children: &[String]) -> Result<Option<Voices>> {
    let heard: Vec<_> = plan
        .experts
        .iter()
        .filter_map(|(name, expert)| expert.judgments.get(node).map(|texts| (name, expert.weight, texts)))
        .collect();
    if heard.is_empty() {
        return Ok(None);
    }
    if plan.judgments.contains_key(node) {
        let rule = "must come from `judgments` or from `experts`, not both";
        return Err(Error::argument(format!("judgments of {node}"), rule, "both"));
    }
    let mut total = 0.0;
    for (name, weight, _) in &heard {
        if !(weight.is_finite() && *weight > 0.0) {
            return Err(Error::argument(format!("experts.{name}.weight"), "must be above 0", weight));
        }
        total += weight;
    }
    let shares: Vec<f64> = heard.iter().map(|(_, weight, _)| weight / total).collect();
    let completion = super::resolve::completion_of(plan);
    let mut given = Vec::with_capacity(heard.len());
    let mut judges = Vec::with_capacity(heard.len());
    let mut findings = Vec::new();
    let mut problems = Vec::new();
    for (name, _, texts) in &heard {
        match listen(plan, ahp, children, texts, completion, &format!("{node}: expert {name}")) {
            Ok((matrix, completed, found)) => {
                given.push(matrix);
                judges.push(completed);
                findings.extend(found);
            }
            Err(Error::Judgment(text)) => {
                problems.push(format!("judgments of `{node}` by expert `{name}`: {text}"));
            }
            Err(other) => return Err(other),
        }
    }
    if !problems.is_empty() {
        return Err(Error::Judgment(problems.join("; ")));
    }
    let method = match plan.weights.group {
        GroupPlan::Judgments => GroupMethod::Judgments,
        GroupPlan::Priorities => GroupMethod::Priorities,
    };
    let mut report = ahp.group(&judges, &shares, method)?;
    if method == GroupMethod::Judgments && given.iter().any(|matrix| !matrix.missing().is_empty()) {
        report.judgments = pooled(node, children, &given, &shares)?;
        report.priorities = ahp.priorities(&report.judgments)?;
    }
    if report.consensus.shannon < LOW_CONSENSUS {
        let furthest = report.distances.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let name = furthest.and_then(|(at, _)| heard.get(at)).map_or("", |(name, ..)| name.as_str());
        findings.push(Finding::new(
            "W103",
            node,
            format!(
                "the experts hardly agree: consensus {:.2} (1 is unanimous, low is below {LOW_CONSENSUS}); furthest \
                 from the middle is `{name}`",
                report.consensus.shannon
            ),
            "let the experts talk about this node before its weights are used",
        ));
    }
    Ok(Some(Voices { judgments: report.judgments, priorities: report.priorities, findings }))
}

/// The judgments of one expert, the same with the gaps filled, and what to know about them.
fn listen(
    plan: &Plan,
    ahp: &Ahp,
    children: &[String],
    texts: &[String],
    completion: Option<Completion>,
    place: &str,
) -> Result<(IncompleteMatrix, PairwiseMatrix, Vec<Finding>)> {
    let threshold = plan.weights.consistency_threshold;
    let matrix = IncompleteMatrix::from_text(children, texts)?;
    let (completed, first, second) = match completion {
        Some(completion) if !matrix.missing().is_empty() => {
            let own = ahp.priorities_incomplete(&matrix, completion)?;
            let contradiction = ahp.inconsistency_incomplete(&matrix, &own, threshold)?;
            let mut gaps = own.finding(place, &matrix);
            if let (Some(found), GroupPlan::Judgments) = (&mut gaps, plan.weights.group) {
                found.fact += ", which the experts who judged them decide";
                // The completion serves the consensus alone.
                found.proposal = matrix.ask_next(1).first().map_or_else(String::new, |question| {
                    format!("next best question: {} vs {}", question.first, question.second)
                });
            }
            (own.completed.matrix, gaps, contradiction)
        }
        _ => {
            let complete = PairwiseMatrix::from_text(children, texts)?;
            let contradiction = ahp.inconsistency(&complete, &ahp.priorities(&complete)?, threshold)?;
            (complete, None, contradiction)
        }
    };
    let second = second.map(|mut found| {
        found.place = format!("{place}: {}", found.place);
        found
    });
    Ok((matrix, completed, first.into_iter().chain(second).collect()))
}

/// Weighted geometric means over the experts who gave each judgment: nobody's gap counts as an opinion.
fn pooled(
    node: &str,
    children: &[String],
    given: &[IncompleteMatrix],
    shares: &[f64],
) -> Result<PairwiseMatrix> {
    let mut judgments = Vec::with_capacity(children.len() * children.len().saturating_sub(1) / 2);
    let mut nobody = Vec::new();
    for (i, first) in children.iter().enumerate() {
        for (j, second) in children.iter().enumerate().skip(i + 1) {
            let (mut sum, mut total) = (0.0, 0.0);
            for (matrix, share) in given.iter().zip(shares) {
                if let Some(judgment) = matrix.judgment(i, j) {
                    sum += share * ln(judgment);
                    total += share;
                }
            }
            if total > 0.0 {
                judgments.push((first, second, exp(sum / total)));
            } else {
                nobody.push(format!("`{first}` vs `{second}`"));
            }
        }
    }
    if nobody.is_empty() {
        return PairwiseMatrix::from_judgments(children, &judgments);
    }
    let pairs = nobody.join(", ");
    let text = format!("judgments of `{node}`: no expert judged {pairs}; ask one of them");
    Err(Error::Judgment(text))
}

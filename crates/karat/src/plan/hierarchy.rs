//! A plan's tree seen as a hierarchy.

use super::experts::{Voices, hear};
use super::resolve::Node;
use super::{GroupPlan, Plan, ResolvedPlan};
use crate::evaluate::weights::Hierarchy;
use karat_scorer::Result;

impl Plan {
    /// The tree of the plan with what the experts say: local and global weights, consistency of every node,
    /// and everything a [`Hierarchy`] can be asked.
    ///
    /// Weights of the data are not part of it; a plan that uses them alone, and one of points, has equal
    /// weights throughout.
    ///
    /// # Errors
    /// As [`Plan::check`].
    ///
    /// ```
    /// let plan = karat::Plan::from_toml(r#"
    ///     [indicators]
    ///     arpu_3m = { dimension = "contribution" }
    ///     tenure = { dimension = "attribution" }
    ///
    ///     [judgments]
    ///     value = ["contribution 2 attribution"]
    /// "#)?;
    /// let hierarchy = plan.hierarchy()?;
    /// assert!((hierarchy.criterion("arpu_3m")?.global - 2.0 / 3.0).abs() < 1e-15);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn hierarchy(&self) -> Result<Hierarchy> {
        let resolved = ResolvedPlan::new(self)?;
        let mut builder =
            Hierarchy::builder().ahp(resolved.ahp).threshold(self.weights.consistency_threshold);
        for node in &resolved.nodes {
            builder = builder.children(&node.name, &node.children);
            let judged = self.judgments.get(&node.name).filter(|_| node.priorities.is_some());
            if let Some(texts) = judged {
                builder = builder.judge(&node.name, texts);
            } else if let Some(voices) = resolved.voices(self, node)? {
                builder = match self.weights.group {
                    GroupPlan::Judgments => builder.judge_matrix(&node.name, voices.judgments),
                    GroupPlan::Priorities => builder.weights(&node.name, &weighed(node)),
                };
            } else if self.weights.fixed.contains_key(&node.name) && resolved.uses_experts {
                builder = builder.weights(&node.name, &weighed(node));
            }
        }
        builder.build()
    }
}

impl ResolvedPlan {
    /// What several experts say about a node.
    fn voices(&self, plan: &Plan, node: &Node) -> Result<Option<Voices>> {
        if !self.uses_experts {
            return Ok(None);
        }
        hear(plan, &self.ahp, &node.name, &node.children)
    }
}

fn weighed(node: &Node) -> Vec<(&String, f64)> {
    node.children.iter().zip(node.weights.iter().copied()).collect()
}

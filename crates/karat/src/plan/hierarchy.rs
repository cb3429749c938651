//! A plan's tree seen as a hierarchy.

use super::{Plan, ResolvedPlan};
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
            } else if self.weights.fixed.contains_key(&node.name) && resolved.uses_experts {
                let weights: Vec<(&String, f64)> =
                    node.children.iter().zip(node.weights.iter().copied()).collect();
                builder = builder.weights(&node.name, &weights);
            }
        }
        builder.build()
    }
}

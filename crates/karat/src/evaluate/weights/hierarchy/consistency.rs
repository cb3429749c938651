//! Consistency of every node, of every level, and of the whole.

use karat_scorer::Result;

use super::super::consistency::{RandomIndexValue, total_consistency_ratio};
use super::Hierarchy;

/// Consistency of the judgments under one criterion.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NodeConsistency {
    /// The criterion whose children, or alternatives, were judged.
    pub name: String,
    /// Its level; the goal is on level 0.
    pub level: usize,
    /// Number of items judged.
    pub size: usize,
    /// Its weight in the whole.
    pub global: f64,
    /// `CI = (lambda_max - n) / (n - 1)`.
    pub consistency_index: f64,
    /// `CR = CI / RI`.
    pub consistency_ratio: f64,
    /// The random index, with the table it comes from.
    pub random_index: RandomIndexValue,
}

/// Consistency of several nodes together, each counted with its global weight `a_j`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LevelConsistency {
    /// The level of the nodes whose children were judged; `None` for the whole hierarchy.
    pub level: Option<usize>,
    /// `sum a_j CI_j`.
    pub consistency_index: f64,
    /// `sum a_j RI_j`.
    pub random_index: f64,
    /// Their quotient; 0 when no node has three judged items.
    pub consistency_ratio: f64,
}

/// Consistency of a hierarchy.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HierarchyConsistency {
    /// Every judged node, in the order of the criteria.
    pub nodes: Vec<NodeConsistency>,
    /// Every level with judged nodes, from the top: `sum a_j CI_j / sum a_j RI_j` over that level, the
    /// consistency of its total ranking.
    pub levels: Vec<LevelConsistency>,
    /// The same quotient over all levels: the consistency ratio of the hierarchy (Saaty, 1980).
    pub overall: LevelConsistency,
}

impl Hierarchy {
    /// Consistency of every judged node, of each level and of the whole.
    ///
    /// A good total can hide a bad node of little weight, so the nodes are what to look at first; the
    /// totals are information.
    ///
    /// # Errors
    /// None on a hierarchy that was built; the type is that of
    /// [`total_consistency_ratio`](super::super::total_consistency_ratio).
    ///
    /// ```
    /// use karat::evaluate::weights::Hierarchy;
    /// let hierarchy = Hierarchy::builder()
    ///     .children("value", &["contribution", "attribution", "influence"])
    ///     .judge("value", &["contribution 2 attribution", "contribution 4 influence", "attribution 3 influence"])
    ///     .build()?;
    /// let consistency = hierarchy.consistency()?;
    /// assert_eq!(consistency.nodes[0].random_index.table, "recomputed");
    /// assert!((consistency.overall.consistency_ratio - 0.0174).abs() < 1e-4);
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn consistency(&self) -> Result<HierarchyConsistency> {
        let mut nodes = Vec::new();
        for criterion in &self.criteria {
            let Some(priorities) = &criterion.priorities else { continue };
            nodes.push(NodeConsistency {
                name: criterion.name.clone(),
                level: criterion.level,
                size: criterion.weights.len(),
                global: criterion.global,
                consistency_index: priorities.consistency_index,
                consistency_ratio: priorities.consistency_ratio,
                random_index: priorities.random_index,
            });
        }
        let deepest = nodes.iter().map(|node| node.level).max();
        let levels = (0..deepest.map_or(0, |deepest| deepest + 1))
            .filter(|&level| nodes.iter().any(|node| node.level == level))
            .map(|level| together(Some(level), nodes.iter().filter(|node| node.level == level)))
            .collect::<Result<_>>()?;
        let overall = together(None, nodes.iter())?;
        Ok(HierarchyConsistency { nodes, levels, overall })
    }
}

fn together<'a>(
    level: Option<usize>,
    nodes: impl Iterator<Item = &'a NodeConsistency>,
) -> Result<LevelConsistency> {
    let (mut weights, mut pairs) = (Vec::new(), Vec::new());
    let (mut consistency_index, mut random_index) = (0.0, 0.0);
    for node in nodes {
        weights.push(node.global);
        pairs.push((node.consistency_index, node.random_index.value));
        consistency_index += node.global * node.consistency_index;
        random_index += node.global * node.random_index.value;
    }
    let consistency_ratio = total_consistency_ratio(&weights, &pairs)?;
    Ok(LevelConsistency { level, consistency_index, random_index, consistency_ratio })
}

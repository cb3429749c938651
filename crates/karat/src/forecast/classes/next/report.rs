//! What a fit of the pipeline reports.

use super::compare::ModelReport;
use crate::classify::segments::quality::Alignment;
use crate::evaluate::weights::Finding;
use crate::forecast::classes::Judged;
use crate::forecast::wavelet::sparse::SparseReport;

/// How the pipeline did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NextClassReport {
    /// Rows of each class in the periods that were learned from.
    pub class_sizes: Vec<u64>,
    /// Pairs of a period and the one after that were learned from.
    pub training_rows: usize,
    /// Pairs held back.
    pub test_rows: usize,
    /// Customers among these.
    pub test_customers: usize,
    /// The first period that was held back.
    pub first_test_period: String,
    /// Rows before the last period whose customer is not there in the period after; they are left out.
    pub left: usize,
    /// The network, then persistence, the Markov chain and the multinomial logit.
    pub models: Vec<ModelReport>,
    /// How many held-back rows of each class (row) the network decided for each class (column).
    pub confusion: Vec<Vec<u64>>,
    /// How the recogniser did on the periods held back; none without one.
    pub recogniser: Option<RecogniserReport>,
    /// Whether the network knows that classes are ordered.
    pub ordered: bool,
    /// How the judged network grew.
    pub network: SparseReport,
    /// How classes of the earlier fit are continued.
    pub alignment: Option<Alignment>,
    /// `W320` to `W324`.
    pub findings: Vec<Finding>,
}

/// How a recogniser did on periods that it had not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RecogniserReport {
    /// Its measures.
    pub judged: Judged,
    /// Log loss of the shares of the classes alone.
    pub shares_log_loss: f64,
}

/// Rows below which a class is hardly learned or judged.
const FEW: u64 = 30;
/// Change of a class's share that is a drift.
const DRIFT: f64 = 0.05;
/// Share of the rows that keep their class below which a refit made other classes.
const KEPT: f64 = 0.6;

impl NextClassReport {
    /// What is worth knowing.
    pub(super) fn note(&mut self) {
        let mut findings = Vec::new();
        for model in &self.models {
            if let Some(gain) = model.gain.filter(|gain| !gain.log_loss.is_sure()) {
                let found = gain.log_loss;
                let fact = format!(
                    "as good as the network: its log loss is {:.4}, higher by {:.4} ({:.4} to {:.4})",
                    model.judged.log_loss, found.estimate, found.low, found.high
                );
                findings.push(Finding::new("W320", model.name.clone(), fact, "prefer it: it is simpler"));
            }
        }
        let total: u64 = self.class_sizes.iter().sum();
        let held_back: u64 = self.confusion.iter().flatten().sum();
        for (class, (&size, row)) in self.class_sizes.iter().zip(&self.confusion).enumerate() {
            let place = format!("class {class}");
            let tested: u64 = row.iter().sum();
            if size.min(tested) < FEW {
                let fact = format!("{size} rows to learn from, {tested} to be judged on");
                findings.push(Finding::new("W321", place.clone(), fact, "make fewer classes"));
            }
            let (before, after) = (size as f64 / total as f64, tested as f64 / held_back as f64);
            if (after - before).abs() > DRIFT {
                let fact = format!("its share goes from {before:.3} to {after:.3} in the periods held back");
                findings.push(Finding::new("W322", place, fact, "make the classes anew from later periods"));
            }
        }
        if let Some(alignment) = &self.alignment {
            let moved = alignment.renamed.iter().enumerate().any(|(label, &old)| label as u32 != old);
            if moved || alignment.kept < KEPT {
                let fact = format!("{:.1} % of the rows keep their class", 100.0 * alignment.kept);
                let proposal = "keep the classes of the earlier fit, or tell everyone who uses them";
                findings.push(Finding::new("W323", "classes", fact, proposal));
            }
        }
        if let Some(found) = self.recogniser.filter(|r| r.judged.log_loss >= r.shares_log_loss) {
            let fact = format!(
                "its log loss is {:.4}, that of the shares of the classes {:.4}",
                found.judged.log_loss, found.shares_log_loss
            );
            findings.push(Finding::new(
                "W324",
                "recogniser",
                fact,
                "give fields that tell the classes apart",
            ));
        }
        self.findings = findings;
    }
}

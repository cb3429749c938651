//! Choosing and trusting segments: indices, agreement, stability, and the number of segments.
//!
//! Every function reads rows of shape n × d in doubles or singles (which mean the same numbers) and a label
//! for each; none depends on the number of threads.

mod agreement;
mod assignment;
mod choose;
mod dispersion;
mod elbow;
mod gap;
mod labelled;
mod likelihood;
mod silhouette;
mod stability;

pub use agreement::{Agreement, Alignment, align};
pub use choose::{ChooseK, KChoice, KRow};
pub use dispersion::{calinski_harabasz, davies_bouldin};
pub use elbow::elbow;
pub use gap::{Gap, GapStatistic, Reference};
pub use silhouette::{Silhouette, sampled_silhouette, silhouette, simplified_silhouette};
pub use stability::{PredictionStrength, Stability, prediction_strength, stability};

#[cfg(test)]
mod tests;

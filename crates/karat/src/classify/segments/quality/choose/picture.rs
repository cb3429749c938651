//! The table as text.

use super::KChoice;
use std::fmt;

/// Columns of the bar.
const WIDTH: f64 = 20.0;
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

impl fmt::Display for KChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>4} {:>12} {:>16} {:>10} {:>7} {:>15} {:>8} {:>7}  probability",
            "k", "inertia", "silhouette", "CH", "DB", "gap", "strength", "valley"
        )?;
        for row in &self.table {
            let mark = if row.k == self.recommended { '>' } else { ' ' };
            writeln!(
                f,
                "{mark}{:>3} {:>12} {:>16} {:>10} {:>7} {:>15} {:>8} {:>7}  {:<20} {:.2}",
                row.k,
                format!("{:.5e}", row.inertia),
                with_error(row.silhouette, row.silhouette_error),
                number(row.calinski_harabasz, 0),
                number(row.davies_bouldin, 2),
                with_error(row.gap, row.gap_error),
                number(row.prediction_strength, 2),
                number(row.valley, 2),
                bar(row.probability),
                row.probability
            )?;
        }
        writeln!(f, "{}", self.reason)?;
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        Ok(())
    }
}

fn number(value: f64, places: usize) -> String {
    if value.is_nan() { "-".to_owned() } else { format!("{value:.places$}") }
}

fn with_error(value: f64, error: f64) -> String {
    if value.is_nan() { "-".to_owned() } else { format!("{value:.3} ± {error:.3}") }
}

fn bar(share: f64) -> String {
    let eighths = (share.clamp(0.0, 1.0) * WIDTH * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}

//! What is checked and prepared of the rows before any training.

use super::super::loss::Loss;
use super::super::network::{Task, Validation, WaveletNetwork};
use super::super::objective::Data;
use super::super::report::Against;
use super::super::shape::Shape;
use crate::evaluate::weights::Finding;
use crate::numerics::random::Random;
use karat_scorer::step::wavelet::{Coding, Family, MAX_INPUTS, MAX_MEMBERS, MAX_WAVELONS, Member};
use karat_scorer::{Error, Problem, Result};

/// Fields whose correlation is above this say the same.
const COLLINEAR: f64 = 0.999;
/// Fields compared with each other, at most.
const COMPARED: usize = 200;
/// Rows of a class below which it is rare.
const RARE: usize = 10;

/// Numbers standardised, or classes checked; offset and scale.
pub(super) fn target(
    task: Task,
    target: &[f64],
    weights: &[f64],
    findings: &mut Vec<Finding>,
) -> Result<(Vec<f64>, (f64, f64))> {
    match task {
        Task::Squared | Task::Huber(_) => {
            let bad: Vec<usize> = (0..target.len()).filter(|&row| !target[row].is_finite()).collect();
            if let Some(&first) = bad.first() {
                let what = format!("{} cannot be learned", target[first]);
                let remedy = "leave the rows out, or mend the values";
                return Err(Error::data(Problem::new("target", what, remedy).at(bad.len(), bad)));
            }
            let total: f64 = weights.iter().sum();
            let mean = target.iter().zip(weights).map(|(y, w)| y * w).sum::<f64>() / total;
            let variance =
                target.iter().zip(weights).map(|(y, w)| w * (y - mean) * (y - mean)).sum::<f64>() / total;
            let scale = variance.sqrt();
            if !(mean.is_finite() && scale.is_finite()) {
                let remedy = "divide the target by a unit that suits it";
                return Err(Error::data(Problem::new(
                    "target",
                    "its values are too large to be squared",
                    remedy,
                )));
            }
            // What rounding leaves of a constant is no deviation.
            if scale <= 1e-14 * mean.abs() || scale == 0.0 {
                findings.push(Finding::new(
                    "W311",
                    "target",
                    format!("every value is {mean}, so the network is that constant"),
                    "look whether this is the right column",
                ));
                return Ok((vec![0.0; target.len()], (mean, 0.0)));
            }
            Ok((target.iter().map(|y| (y - mean) / scale).collect(), (mean, scale)))
        }
        Task::Classes(count) | Task::OrderedClasses(count) => {
            classes(count, target, findings)?;
            Ok((target.to_vec(), (0.0, 1.0)))
        }
    }
}

fn classes(count: u32, target: &[f64], findings: &mut Vec<Finding>) -> Result<()> {
    if !(2..=64).contains(&count) {
        return Err(Error::argument("classes", "must be 2 to 64", count));
    }
    let wrong = |y: f64| !(y >= 0.0 && y < f64::from(count) && y == y.trunc());
    let bad: Vec<usize> = (0..target.len()).filter(|&row| wrong(target[row])).collect();
    if let Some(&first) = bad.first() {
        let what = format!("{} is no position of one of {count} classes", target[first]);
        let remedy = "give classes as 0, 1, 2, ..., and leave out rows without one";
        return Err(Error::data(Problem::new("target", what, remedy).at(bad.len(), bad)));
    }
    let mut sizes = vec![0_usize; count as usize];
    for &y in target {
        sizes[y as usize] += 1;
    }
    let present = sizes.iter().filter(|&&size| size > 0).count();
    if present < 2 {
        let what = "all rows are of one class, so there is nothing to tell apart";
        return Err(Error::data(Problem::new("target", what, "give rows of two classes at least")));
    }
    for (class, &size) in sizes.iter().enumerate() {
        if size < RARE {
            findings.push(Finding::new(
                "W315",
                format!("class {class}"),
                format!("it has {size} rows, too few to learn it or to judge how well"),
                "join it with a neighbour, or give more rows",
            ));
        }
    }
    Ok(())
}

pub(super) fn apply_class_weights(plan: &WaveletNetwork, target: &[f64], weights: &mut [f64]) -> Result<()> {
    if plan.class_weights.is_empty() {
        return Ok(());
    }
    let (Task::Classes(count) | Task::OrderedClasses(count)) = plan.task else {
        return Err(Error::argument("class_weights", "must be empty unless classes are learned", "some"));
    };
    if plan.class_weights.len() != count as usize {
        return Err(Error::shape("class weights", count as usize, plan.class_weights.len()));
    }
    if let Some(bad) = plan.class_weights.iter().find(|w| !(w.is_finite() && **w > 0.0)) {
        return Err(Error::argument("class_weights", "must be finite and > 0", bad));
    }
    for (weight, &class) in weights.iter_mut().zip(target) {
        *weight *= plan.class_weights[class as usize];
    }
    Ok(())
}

pub(super) fn refuse_sizes(plan: &WaveletNetwork, shape: &Shape) -> Result<()> {
    let most = if shape.family == Family::Product { 128 } else { MAX_INPUTS };
    if shape.inputs > most {
        let rule = format!("must give at most {most} inputs to a {} network", shape.family.name());
        return Err(Error::argument("fields", rule, shape.inputs));
    }
    if plan.wavelons > MAX_WAVELONS {
        return Err(Error::argument("wavelons", format!("must be at most {MAX_WAVELONS}"), plan.wavelons));
    }
    if plan.members > MAX_MEMBERS {
        return Err(Error::argument("members", format!("must be at most {MAX_MEMBERS}"), plan.members));
    }
    Ok(())
}

pub(super) fn warn_of_size(shape: &Shape, rows: usize, findings: &mut Vec<Finding>) {
    if shape.parameters() > rows {
        findings.push(Finding::new(
            "W312",
            "network",
            format!("{} parameters are learned from {rows} rows", shape.parameters()),
            "use fewer wavelons or fields, or more decay",
        ));
    }
}

/// `W316` for pairs of numeric fields of which one says what the other says.
pub(super) fn warn_of_collinear(
    codings: &[Coding],
    data: &Data,
    name: &dyn Fn(usize) -> String,
    findings: &mut Vec<Finding>,
) {
    let mut at = 0;
    let mut columns = Vec::new();
    for (field, coding) in codings.iter().enumerate() {
        if matches!(coding, Coding::Number { .. }) && columns.len() < COMPARED {
            let column: Vec<f64> = (0..data.rows().min(2000)).map(|row| data.row(row)[at]).collect();
            let mean = column.iter().sum::<f64>() / column.len() as f64;
            let centred: Vec<f64> = column.iter().map(|x| x - mean).collect();
            let square: f64 = centred.iter().map(|x| x * x).sum();
            columns.push((field, centred, square));
        }
        at += coding.inputs();
    }
    for (later, (field, column, square)) in columns.iter().enumerate() {
        for (other, other_column, other_square) in &columns[..later] {
            let along: f64 = column.iter().zip(other_column).map(|(a, b)| a * b).sum();
            let product = (square * other_square).sqrt();
            if product > 0.0 && along.abs() > COLLINEAR * product {
                findings.push(Finding::new(
                    "W316",
                    format!("{} and {}", name(*other), name(*field)),
                    format!("their correlation is {:.4}: they say the same", along / product),
                    "leave one of them out",
                ));
            }
        }
    }
}

/// How often each member draws each row: every row as often as there are members, in all.
pub(super) fn balanced_bootstrap(members: usize, rows: usize, random: &mut Random) -> Vec<Vec<u32>> {
    let mut drawn: Vec<u32> = (0..members).flat_map(|_| 0..rows as u32).collect();
    random.shuffle(&mut drawn);
    drawn
        .chunks(rows)
        .map(|part| {
            let mut counts = vec![0; rows];
            for &row in part {
                counts[row as usize] += 1;
            }
            counts
        })
        .collect()
}

/// Sets the counts of validation rows to 0.
pub(super) fn set_aside(
    validation: Validation,
    loss: Loss,
    data: &Data,
    counts: &mut [u32],
    random: &mut Random,
) {
    let rows = counts.len();
    match validation {
        Validation::None => {}
        Validation::Last(share) => {
            let first = rows - (share * rows as f64) as usize;
            counts[first..].fill(0);
        }
        Validation::Random(share) => {
            let classes = !matches!(loss, Loss::Squared | Loss::Huber(_));
            let mut order: Vec<u32> = (0..rows as u32).collect();
            random.shuffle(&mut order);
            if classes {
                order.sort_by(|a, b| data.target[*a as usize].total_cmp(&data.target[*b as usize]));
            }
            // Every so manieth row in the order of the classes: each class gives its share.
            let mut owed = 0.5;
            for row in order {
                owed += share;
                if owed >= 1.0 {
                    owed -= 1.0;
                    counts[row as usize] = 0;
                }
            }
        }
    }
}

/// Mean losses on validation rows, and whether their difference is beyond one standard error.
pub(super) fn compare(network: &[f64], linear: &[f64]) -> Against {
    let count = network.len() as f64;
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / count;
    let differences: Vec<f64> = linear.iter().zip(network).map(|(l, n)| l - n).collect();
    let lead = mean(&differences);
    let variance = differences.iter().map(|d| (d - lead) * (d - lead)).sum::<f64>() / (count - 1.0).max(1.0);
    Against {
        network: mean(network),
        linear: mean(linear),
        on_validation: true,
        as_good: lead <= (variance / count).sqrt(),
    }
}

/// A member for codings learned anew: inputs are shifted and stretched, the function stays.
pub(super) fn recode(member: &Member, from: &[Coding], to: &[Coding], family: &Family) -> Member {
    let mut new = member.clone();
    let wavelons = member.wavelons;
    let inputs: usize = from.iter().map(Coding::inputs).sum();
    let mut input = 0;
    for (old, fresh) in from.iter().zip(to) {
        if let (
            Coding::Number { center: c0, inverse: s0, .. },
            Coding::Number { center: c1, inverse: s1, .. },
        ) = (old, fresh)
        {
            // The old input is `stretch` times the new one, plus `shift`.
            let (stretch, shift) = (s0 / s1, (c1 - c0) * s0);
            for (k, bias) in new.bias.iter_mut().enumerate() {
                if let Some(weight) = new.linear.get_mut(k * inputs + input) {
                    *bias += *weight * shift;
                    *weight *= stretch;
                }
            }
            for j in 0..wavelons {
                let place = input * wavelons + j;
                if *family == Family::Ridge {
                    new.shifts[j] -= new.inner[place] * shift;
                } else {
                    new.shifts[place] = (new.shifts[place] - shift) / stretch;
                }
                new.inner[place] *= stretch;
            }
        }
        input += old.inputs();
    }
    new
}

//! What a customer is worth together with those whom his leaving takes along.

use super::calls::offence;
use super::flow::{fill, threads_for};
use super::graph::CallGraph;
use karat_scorer::{Error, Result};

/// How likely `j` leaves when `i` has left, over and above what is likely anyway.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Departure {
    /// `contagion` times the share that `i` has in all of `j`'s ties. `contagion`, 0 to 1, is what is added
    /// to the probability that `j` leaves when the whole circle leaves; it is to be estimated from months
    /// gone by, for example by a churn model with the exposure as a field.
    Contagion(f64),
    /// The weight of the tie from `i` to `j` is that probability, 0 to 1.
    Weights,
}

/// The network value of customers: own value plus, over their contacts, the probability that they follow
/// times their value (after Hogan, Lemon and Libai, "What is the true value of a lost customer?", 2003).
///
/// ```
/// use karat::evaluate::influence::{Calls, Departure, NetworkValue};
///
/// let graph = Calls::new(3, &[0, 1], &[1, 2]).weights(&[3.0, 1.0]).directed(false).graph()?;
/// let found = NetworkValue::new(Departure::Contagion(0.2)).values(&graph, &[100.0, 40.0, f64::NAN])?;
/// // Three quarters of what 1 calls are calls with 0: 0.2 * 0.75 * 40. The third is no customer.
/// assert!((found.circle[0] - 6.0).abs() < 1e-12);
/// assert!((found.total[0] - 106.0).abs() < 1e-12);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NetworkValue {
    /// How likely others follow.
    pub departure: Departure,
    /// Threads; 0 takes as many as the machine offers. Never changes the result.
    pub threads: usize,
}

/// Values by node.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NetworkValues {
    /// Value of those who would follow, times the probability that they do.
    pub circle: Vec<f64>,
    /// Own value plus that of the circle; NaN for who has no value of his own.
    pub total: Vec<f64>,
}

impl NetworkValue {
    /// With this probability that others follow, all threads.
    #[must_use]
    pub fn new(departure: Departure) -> NetworkValue {
        NetworkValue { departure, threads: 0 }
    }

    /// Sets [`threads`](NetworkValue::threads).
    #[must_use]
    pub fn threads(mut self, threads: usize) -> NetworkValue {
        self.threads = threads;
        self
    }

    /// Values from each node's own, such as the lifetime value; NaN stands for who is no customer, and counts
    /// nothing for others.
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is one value for each node; [`Error::Data`] for infinite values, and for
    /// weights above 1 where they are probabilities; [`Error::Argument`] for a contagion outside 0 to 1.
    pub fn values(&self, graph: &CallGraph, own: &[f64]) -> Result<NetworkValues> {
        self.check(graph, own)?;
        let threads = threads_for(graph, self.threads);
        let mut circle = vec![0.0; graph.nodes()];
        match self.departure {
            Departure::Contagion(contagion) => {
                let strength = graph.strength();
                fill(threads, &mut circle, |node| {
                    let mut sum = 0.0;
                    for contact in graph.contacts(node) {
                        let value = own[contact.node];
                        if !value.is_nan() {
                            sum += contagion * (contact.weight / strength[contact.node]) * value;
                        }
                    }
                    (sum, 0.0)
                });
            }
            Departure::Weights => {
                fill(threads, &mut circle, |node| {
                    let (others, probabilities) = graph.outgoing.of(node);
                    let mut sum = 0.0;
                    for (&other, &probability) in others.iter().zip(probabilities) {
                        let value = own[other as usize];
                        if !value.is_nan() {
                            sum += probability * value;
                        }
                    }
                    (sum, 0.0)
                });
            }
        }
        let total = own.iter().zip(&circle).map(|(own, circle)| own + circle).collect();
        Ok(NetworkValues { circle, total })
    }

    fn check(&self, graph: &CallGraph, own: &[f64]) -> Result<()> {
        if own.len() != graph.nodes() {
            return Err(Error::shape("values, one for each node", graph.nodes(), own.len()));
        }
        let infinite = |value: f64| (format!("infinite: {value:?}"), "mend these values".to_owned());
        let mut problems: Vec<_> = offence(own, |v| v.is_infinite(), "value", infinite).into_iter().collect();
        match self.departure {
            Departure::Contagion(contagion) if !(0.0..=1.0).contains(&contagion) => {
                return Err(Error::argument("contagion", "must be >= 0 and <= 1", contagion));
            }
            Departure::Contagion(_) => {}
            Departure::Weights => {
                let said = |weight: f64| {
                    let remedy =
                        "give each pair once, with the probability that the second follows the first";
                    (
                        format!("no probability, of pairs in the order of the graph: {weight:?}"),
                        remedy.to_owned(),
                    )
                };
                problems.extend(offence(&graph.outgoing.weights, |w| *w > 1.0, "weight", said));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Data(problems)) }
    }
}

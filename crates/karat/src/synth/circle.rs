//! Calling circles: who talks to whom, within blocks of consecutive customers.
//!
//! Ties never leave a block of [`BLOCK`] customers, and a block is always simulated whole, so a base can be
//! cut anywhere without changing the customers before the cut. Within a block, customers form planted
//! circles of 5 to 40; six ties in ten stay inside the circle, the others reach anyone of the block.

use karat_scorer::numerics::exp;

use super::random::{Draws, Entity, Purpose};
use super::traits::Person;

/// Customers per block.
pub(super) const BLOCK: usize = 1_024;

/// Number of regions.
pub(super) const REGIONS: u64 = 10;

/// Share of a customer's ties that stay in the planted circle.
const INSIDE: f64 = 0.6;

/// The planted circles of a block: start of each member's circle and its size.
pub(super) struct Planted {
    circle_of: Vec<(u32, u32)>,
    draws: Draws,
    seed: u64,
}

impl Planted {
    pub(super) fn new(seed: u64, block: u64) -> Planted {
        let draws = Draws::new(seed, Entity::Block, block);
        let mut circle_of = Vec::with_capacity(BLOCK);
        while circle_of.len() < BLOCK {
            let start = circle_of.len();
            let size = 5 + draws.below(Purpose::CircleSize, start as u64, 36) as usize;
            // A rest too small for a circle of its own joins the last one.
            let size = if BLOCK - start < size + 5 { BLOCK - start } else { size };
            // Both below BLOCK.
            circle_of.resize(start + size, (start as u32, size as u32));
        }
        Planted { circle_of, draws, seed }
    }

    /// Region of a member: the circle's, for 85 in 100.
    pub(super) fn region(&self, member: usize, number: u64) -> u32 {
        let own = Draws::new(self.seed, Entity::Customer, number);
        let region = if own.chance(Purpose::StaysHome, 0, 0.85) {
            self.draws.below(Purpose::CircleRegion, u64::from(self.circle_of[member].0), REGIONS)
        } else {
            own.below(Purpose::OwnRegion, 0, REGIONS)
        };
        // Below REGIONS.
        region as u32
    }

    /// A member to call: not oneself, and nobody who arrives later than oneself, so that influence runs from
    /// those who were there first (an assumption). `None` after 24 attempts.
    fn partner(&self, people: &[Person], member: usize, slot: u32, taken: &[Tie]) -> Option<u32> {
        let draws = &people[member].draws;
        let (start, size) = self.circle_of[member];
        let inside = draws.chance(Purpose::InCircle, u64::from(slot), INSIDE);
        (0..24_u32).find_map(|attempt| {
            let counter = u64::from(slot) * 24 + u64::from(attempt);
            let (from, among) = if inside && attempt < 8 { (start, size) } else { (0, BLOCK as u32) };
            // Below BLOCK.
            let other = from + draws.below(Purpose::Partner, counter, u64::from(among)) as u32;
            let allowed = other as usize != member
                && people[other as usize].arrival <= people[member].arrival
                && taken.iter().all(|tie| tie.partner != other);
            allowed.then_some(other)
        })
    }
}

/// One partner on the operator's own network.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tie {
    /// Number within the block.
    pub(super) partner: u32,
    /// Share of the customer's minutes.
    pub(super) share: f64,
}

/// The on-net ties of every member of a block, in the order of the members.
pub(super) struct Ties {
    starts: Vec<usize>,
    ties: Vec<Tie>,
}

impl Ties {
    /// Each of a customer's `degree` partners is on the same network with the customer's own probability;
    /// minutes spread over all partners, on-net or not, by lognormal weights.
    pub(super) fn new(planted: &Planted, people: &[Person]) -> Ties {
        let mut all = Ties { starts: vec![0], ties: Vec::with_capacity(people.len() * 5) };
        let mut own: Vec<Tie> = Vec::new();
        for (member, person) in people.iter().enumerate() {
            own.clear();
            let mut total = 0.0;
            for slot in 0..person.degree() {
                let counter = u64::from(slot);
                let weight = exp(0.8 * person.draws.normal(Purpose::TieWeight, counter));
                total += weight;
                if person.draws.chance(Purpose::OnNetSlot, counter, person.on_net)
                    && let Some(partner) = planted.partner(people, member, slot, &own)
                {
                    own.push(Tie { partner, share: weight });
                }
            }
            all.ties.extend(own.iter().map(|tie| Tie { share: tie.share / total, ..*tie }));
            all.starts.push(all.ties.len());
        }
        all
    }

    pub(super) fn of(&self, member: usize) -> &[Tie] {
        &self.ties[self.starts[member]..self.starts[member + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_circles_cover_the_block_without_gaps() {
        for block in 0..50 {
            let planted = Planted::new(4, block);
            assert_eq!(planted.circle_of.len(), BLOCK);
            for (member, &(start, size)) in planted.circle_of.iter().enumerate() {
                assert!((start as usize..(start + size) as usize).contains(&member));
                assert!((5..=45).contains(&size), "{size}");
            }
        }
    }
}

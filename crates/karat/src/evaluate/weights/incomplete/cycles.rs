//! Which judgments lie on a cycle, and a name for the shape of their graph that no renaming changes.

/// Searches of the canonical form end here; only rare, very regular graphs of more than six items reach it.
const MOST_LEAVES: u32 = 64;

/// For every pair of a connected graph whether it lies on a cycle (Tarjan, 1974).
pub(super) fn on_cycle(n: usize, pairs: &[(usize, usize)]) -> Vec<bool> {
    let mut walk = Walk {
        pairs,
        order: vec![usize::MAX; n],
        least: vec![usize::MAX; n],
        cyclic: vec![true; pairs.len()],
        met: 0,
    };
    for start in 0..n {
        if walk.order[start] == usize::MAX {
            walk.visit(start, usize::MAX);
        }
    }
    walk.cyclic
}

struct Walk<'a> {
    pairs: &'a [(usize, usize)],
    /// When an item was met.
    order: Vec<usize>,
    /// The earliest item that can be reached from below it.
    least: Vec<usize>,
    cyclic: Vec<bool>,
    met: usize,
}

impl Walk<'_> {
    /// At most as deep as there are items.
    fn visit(&mut self, item: usize, through: usize) {
        self.order[item] = self.met;
        self.least[item] = self.met;
        self.met += 1;
        for (at, &(i, j)) in self.pairs.iter().enumerate() {
            if at == through || (i != item && j != item) {
                continue;
            }
            let other = if i == item { j } else { i };
            if self.order[other] == usize::MAX {
                self.visit(other, at);
                self.least[item] = self.least[item].min(self.least[other]);
                self.cyclic[at] = self.least[other] <= self.order[item];
            } else {
                self.least[item] = self.least[item].min(self.order[other]);
            }
        }
    }
}

/// A graph of judgments on cycles, its items renamed so that graphs of one shape become equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    /// Items of the whole comparison graph.
    pub(super) n: usize,
    /// Items on cycles.
    pub(super) k: usize,
    /// Bit j of row i: items i and j of the k are compared.
    rows: Vec<u64>,
}

impl Shape {
    /// The shape of a connected comparison graph of n items.
    pub(super) fn new(n: usize, pairs: &[(usize, usize)]) -> Shape {
        let cyclic = on_cycle(n, pairs);
        let pairs: Vec<_> = pairs.iter().zip(cyclic).filter(|(_, on)| *on).map(|(&pair, _)| pair).collect();
        let members: Vec<usize> = (0..n).filter(|&v| pairs.iter().any(|&(i, j)| i == v || j == v)).collect();
        let place = |v: usize| members.binary_search(&v).unwrap_or(0);
        let mut rows = vec![0u64; members.len()];
        for &(i, j) in &pairs {
            rows[place(i)] |= 1 << place(j);
            rows[place(j)] |= 1 << place(i);
        }
        let mut search = Search { rows: &rows, best: None, leaves: 0 };
        search.descend(vec![0; rows.len()]);
        Shape { n, k: members.len(), rows: search.best.unwrap_or_default() }
    }

    /// The judged pairs (i, j), i < j, of the k items on cycles.
    pub(super) fn edges(&self) -> Vec<(usize, usize)> {
        let pairs = (0..self.k).flat_map(|i| (i + 1..self.k).map(move |j| (i, j)));
        pairs.filter(|&(i, j)| self.rows[i] >> j & 1 == 1).collect()
    }

    /// The pairs of all n items that are not judged or lie on no cycle.
    pub(super) fn open(&self) -> Vec<(usize, usize)> {
        let pairs = (0..self.n).flat_map(|i| (i + 1..self.n).map(move |j| (i, j)));
        pairs.filter(|&(i, j)| j >= self.k || self.rows[i] >> j & 1 == 0).collect()
    }

    /// The upper triangle as bits, row by row from the lowest bit; `None` for more than eleven items on
    /// cycles.
    pub(super) fn bits(&self) -> Option<u64> {
        if self.k * self.k.saturating_sub(1) / 2 > 64 {
            return None;
        }
        let pairs = (0..self.k).flat_map(|i| (i + 1..self.k).map(move |j| (i, j)));
        Some(
            pairs.enumerate().map(|(at, (i, j))| (self.rows[i] >> j & 1) << at).fold(0, |all, bit| all | bit),
        )
    }
}

/// Colours are refined by the colours of the neighbours; where that leaves items alike, one of them after the
/// other is singled out, and the least of the graphs that result is kept (the search of nauty, 1981, without its pruning).
struct Search<'a> {
    rows: &'a [u64],
    best: Option<Vec<u64>>,
    leaves: u32,
}

impl Search<'_> {
    fn descend(&mut self, colours: Vec<usize>) {
        let k = self.rows.len();
        let colours = self.refined(colours);
        let alike = (0..k).find_map(|colour| {
            let members: Vec<usize> = (0..k).filter(|&v| colours[v] == colour).collect();
            (members.len() > 1).then_some(members)
        });
        let Some(members) = alike else {
            self.leaves += 1;
            let mut renamed = vec![0u64; k];
            for (v, row) in self.rows.iter().enumerate() {
                for other in (0..k).filter(|&other| row >> other & 1 == 1) {
                    renamed[colours[v]] |= 1 << colours[other];
                }
            }
            if self.best.as_ref().is_none_or(|best| renamed < *best) {
                self.best = Some(renamed);
            }
            return;
        };
        for (at, &single) in members.iter().enumerate() {
            if at > 0 && (self.leaves >= MOST_LEAVES && k > 6) {
                return;
            }
            // Members that see the same others lead to the same graphs.
            let twin = |&before: &usize| {
                let both = 1u64 << before | 1u64 << single;
                self.rows[before] & !both == self.rows[single] & !both
            };
            if members[..at].iter().any(twin) {
                continue;
            }
            let mut colours: Vec<usize> = colours.iter().map(|colour| 2 * colour + 1).collect();
            colours[single] -= 1;
            self.descend(colours);
        }
    }

    /// Until no neighbourhood tells two items of one colour apart; colours then count from 0.
    fn refined(&self, mut colours: Vec<usize>) -> Vec<usize> {
        let k = self.rows.len();
        let mut kinds = 0;
        loop {
            let views: Vec<(usize, Vec<usize>)> = (0..k)
                .map(|v| {
                    let neighbours = (0..k).filter(|&other| self.rows[v] >> other & 1 == 1);
                    let mut seen: Vec<usize> = neighbours.map(|other| colours[other]).collect();
                    seen.sort_unstable();
                    (colours[v], seen)
                })
                .collect();
            let mut sorted: Vec<&(usize, Vec<usize>)> = views.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            colours = views.iter().map(|view| sorted.binary_search(&view).unwrap_or(0)).collect();
            if sorted.len() == kinds {
                return colours;
            }
            kinds = sorted.len();
        }
    }
}

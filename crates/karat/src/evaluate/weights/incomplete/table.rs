//! Written by the test `write_the_table_of_random_indices`; see there.

pub(super) const TABLE: &[(usize, usize, u64, f64, f64)] = &[];

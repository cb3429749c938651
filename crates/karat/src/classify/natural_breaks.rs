/// Replaced by the merge.
pub fn natural_breaks(_values: &[(f64, u64)], _classes: usize) -> karat_scorer::Result<Vec<f64>> {
    Ok(Vec::new())
}

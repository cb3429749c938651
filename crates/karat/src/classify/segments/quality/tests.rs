//! Indices against their definitions, agreement against all permutations, choices against what was planted.

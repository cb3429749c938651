//! What fits do.

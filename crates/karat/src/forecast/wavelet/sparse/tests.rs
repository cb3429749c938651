//! Tests of what is private.

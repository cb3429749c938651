//! The C interface of karat.

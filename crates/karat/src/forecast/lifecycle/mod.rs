//! Stages of the life of a customer.

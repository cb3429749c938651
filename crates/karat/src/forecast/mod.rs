//! What customers will do: how long they stay, what they buy, what they are worth.

pub mod lifetime;

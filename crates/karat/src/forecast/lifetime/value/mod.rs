//! What customers are worth over the time they stay.

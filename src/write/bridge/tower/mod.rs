//! From `tower` to records.

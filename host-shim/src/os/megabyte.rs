//! The unit in which memory is counted.

/// Bytes of a megabyte, as every figure of the protocol counts them.
pub(super) const MB: f64 = 1_048_576.0;

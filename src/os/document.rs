//! What a system says of a document that is to be handed over: its key, or why it isn't.

/// What tells one file from another, and from itself before it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux hands documents over"))]
pub(crate) struct FileKey {
    pub device: u64,
    pub inode: u64,
    pub size: i64,
    /// Seconds and nanoseconds.
    pub modified: (i64, u64),
}

/// Why a document is not handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux hands documents over"))]
pub(crate) enum Refusal {
    /// Nothing is there.
    Missing,
    /// It is no regular file.
    NotRegular,
    /// It is outside of the roots.
    Outside,
    /// What else the system says.
    System(String),
}

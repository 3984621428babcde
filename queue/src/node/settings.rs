//! What a node may be told, and what it counts.

use crate::plan::PoisonRule;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;

/// Settings of a node.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name in logs and on replies.
    pub name: String,
    /// Requests that are held at a time; two for each worker keep the workers busy.
    pub slots: usize,
    /// Folder for uploaded documents.
    pub cache: PathBuf,
    /// Bytes of documents that the folder may hold. Those in use are never deleted, and may exceed it.
    pub cache_bytes: u64,
    /// Longest document that is fetched, in bytes.
    pub max_document_bytes: u64,
    /// When a request that lost its node is a suspect.
    pub poison: PoisonRule,
    /// Whether the command `fault` exists, for tests.
    pub faults: bool,
    /// For tests, only with `faults`: a request whose id starts with this ends the node's process.
    pub lethal_ids: Option<String>,
}

/// What a node has done since its start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests that are held now.
    pub held: AtomicU64,
    /// Replies that this node stored.
    pub answered: AtomicU64,
    /// Results that another node had stored before.
    pub answered_elsewhere: AtomicU64,
    /// Requests that were handed back for another node.
    pub handed_back: AtomicU64,
    /// Requests that were answered `quarantined`.
    pub quarantined: AtomicU64,
    /// Requests that were delivered before, to any node.
    pub redelivered: AtomicU64,
}

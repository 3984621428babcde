//! What all slots of a node share.

use super::documents::Cache;
use super::gate::Gate;
use super::settings::{Counts, Settings};
use crate::connection::Connection;
use crate::streams::Streams;
use std::sync::Arc;
use std::time::Duration;
use tach_supervisor::Supervisor;
use tokio::sync::watch;

/// What all slots of a node share.
pub(super) struct Shared {
    pub(super) connection: Connection,
    pub(super) streams: Streams,
    pub(super) supervisor: Supervisor,
    pub(super) settings: Settings,
    pub(super) ack_wait: Duration,
    pub(super) cache: Cache,
    pub(super) gate: Gate,
    pub(super) counts: Arc<Counts>,
    /// Becomes true once, when the node drains.
    pub(super) stopping: watch::Receiver<bool>,
}

impl Shared {
    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until the node drains.
    pub(super) async fn stopped(&self) {
        // An error means that the node was dropped, which is a stop too.
        let _ = self.stopping.clone().wait_for(|stopping| *stopping).await;
    }
}

//! A node: pulls requests one a slot, runs them through a supervisor, stores each reply once.

mod answer;
mod documents;
mod gate;
mod hold;
mod janitor;
mod pull;
pub mod settings;
mod shared;
mod slot;

use crate::connection::Connection;
use crate::error::Error;
use crate::streams::Streams;
pub(crate) use answer::refusal;
use documents::Cache;
use gate::Gate;
pub use settings::{Counts, Settings};
use shared::Shared;
use std::sync::Arc;
use std::time::Duration;
use tach_supervisor::Supervisor;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A node that runs. Dropping it stops the slots without finishing what they hold; another node then runs that.
pub struct Node {
    slots: JoinSet<()>,
    stop: watch::Sender<bool>,
    shared: Arc<Shared>,
}

impl Node {
    /// Starts the slots. `supervisor` runs the requests; it stays the caller's to shut down.
    ///
    /// # Errors
    /// [`Error::Settings`] where the cache folder cannot be used.
    pub fn start(
        connection: Connection,
        streams: Streams,
        supervisor: Supervisor,
        settings: Settings,
    ) -> Result<Self, Error> {
        let (stop, stopping) = watch::channel(false);
        let shared = Arc::new(Shared {
            ack_wait: streams.ack_wait(),
            cache: Cache::open(&settings)?,
            gate: Gate::default(),
            counts: Arc::default(),
            connection,
            streams,
            supervisor,
            settings,
            stopping,
        });
        let mut slots = JoinSet::new();
        for _ in 0..shared.settings.slots {
            slots.spawn(slot::run(Arc::clone(&shared)));
        }
        slots.spawn(janitor::run(Arc::clone(&shared)));
        Ok(Self { slots, stop, shared })
    }

    /// What this node has done, live.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.shared.counts)
    }

    /// Whether the connection to a server stands.
    pub fn is_connected(&self) -> bool {
        self.shared.connection.is_connected()
    }

    /// The connection, to be looked at while the node drains too.
    pub fn link(&self) -> Connection {
        self.shared.connection.clone()
    }

    /// Takes no new request, answers those that run, hands back those that wait, and ends after at most `timeout`.
    /// Tells whether everything was finished in time.
    pub async fn drain(mut self, timeout: Duration) -> bool {
        let _ = self.stop.send(true);
        let finish = async {
            // What runs is answered; what waits for a worker gets `shutting_down`, and its slot hands it back.
            self.shared.supervisor.shutdown().await;
            while self.slots.join_next().await.is_some() {}
        };
        let finished = tokio::time::timeout(timeout, finish).await.is_ok();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.shared.connection.client.flush()).await;
        finished
    }
}

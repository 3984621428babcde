//! Where jobs are kept: in memory, or in a queue that outlives the service.

use crate::durable::{Durable, Order};
use crate::failure::Failure;
use crate::jobs::{Jobs, Outcome, Seen};
use std::sync::Arc;
use std::time::Duration;

/// The jobs.
pub(crate) enum Backlog {
    /// They run here and are lost with the process.
    Memory(Arc<Jobs>),
    /// They run on any node of a queue.
    Queue(Box<Durable>),
}

impl Backlog {
    /// Takes a job: as `work` that runs here, or as the `order` for the nodes.
    ///
    /// # Errors
    /// 429 where as many wait as may, 503 where the queue cannot be reached, or what is wrong with the order.
    pub(crate) async fn submit(
        &self,
        work: impl Future<Output = Outcome> + Send + 'static,
        order: impl Future<Output = Result<Order, Failure>>,
    ) -> Result<Seen, Failure> {
        match self {
            Self::Memory(jobs) => jobs.start(work).map(|job| jobs.seen(&job)),
            Self::Queue(durable) => durable.submit(order.await?).await,
        }
    }

    /// Where a job is; waits for its end, at most this long.
    ///
    /// # Errors
    /// 503 where the queue cannot be asked.
    pub(crate) async fn look(&self, id: &str, wait: Duration) -> Result<Option<Seen>, Failure> {
        match self {
            Self::Memory(jobs) => {
                let Some(job) = jobs.find(id) else { return Ok(None) };
                job.wait(wait).await;
                Ok(Some(jobs.seen(&job)))
            }
            Self::Queue(durable) => durable.look(id, wait).await,
        }
    }

    /// Gives a job up, or forgets its result. Tells whether there was one.
    ///
    /// # Errors
    /// 503 where the queue cannot be asked.
    pub(crate) async fn cancel(&self, id: &str, outcome: Outcome) -> Result<bool, Failure> {
        match self {
            Self::Memory(jobs) => Ok(jobs.cancel(id, outcome)),
            Self::Queue(durable) => durable.cancel(id).await,
        }
    }

    /// Jobs of this process that wait or run.
    pub(crate) fn unfinished(&self) -> usize {
        match self {
            Self::Memory(jobs) => jobs.unfinished(),
            Self::Queue(_) => 0,
        }
    }
}

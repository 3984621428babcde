//! What the handle says to the actor.

use crate::picture::Picture;
use crate::quarantine::Suspect;
use crate::queue::{CallerId, Ticket};
use crate::status::Status;
use std::time::Instant;
use tach_protocol::{Progress, Reply, Request};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// A message to the actor.
#[derive(Debug)]
pub(crate) enum Message {
    /// A request to be answered.
    Submit(Box<Submission>),
    /// The caller dropped the future.
    Dropped(Ticket),
    /// Cancel every request with this id.
    Cancel {
        req_id: String,
        done: oneshot::Sender<usize>,
    },
    Status(oneshot::Sender<Status>),
    Quarantine(oneshot::Sender<Vec<Suspect>>),
    ClearQuarantine(oneshot::Sender<usize>),
    /// Ends when all workers are gone.
    Shutdown(oneshot::Sender<()>),
}

/// A request with the way back to its caller.
#[derive(Debug)]
pub(crate) struct Submission {
    pub ticket: Ticket,
    pub caller: CallerId,
    pub request: Request,
    pub submitted: Instant,
    pub reply: oneshot::Sender<(Reply, Option<Picture>)>,
    pub progress: Option<mpsc::UnboundedSender<Progress>>,
    /// Places in the queue, given back when the request is answered.
    #[expect(dead_code, reason = "held to be dropped")]
    pub places: [OwnedSemaphorePermit; 2],
}

//! What the handle says to the actor.

use crate::ids::{CallerId, Ticket};
use crate::picture::Picture;
use crate::quarantine::{Fingerprint, Suspect};
use crate::status::Status;
use std::path::PathBuf;
use std::time::Instant;
use tach_protocol::{ErrorBody, Progress, Reply, Request};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// What a crash is put down to, found out beside the loop since it reads a file.
#[derive(Debug)]
pub(crate) struct Attribution {
    pub ticket: Option<Ticket>,
    pub document: Option<(PathBuf, Option<Fingerprint>)>,
    pub external: bool,
    pub error: ErrorBody,
}

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
    ClearQuarantine(oneshot::Sender<usize>),
    /// Ends when all workers have exited.
    Shutdown(oneshot::Sender<()>),
}

/// What the handle asks the actor about itself. It has a channel of its own, so that the answer waits for no submission.
#[derive(Debug)]
pub(crate) enum Question {
    Status(oneshot::Sender<Status>),
    Quarantine(oneshot::Sender<Vec<Suspect>>),
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

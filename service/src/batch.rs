//! `POST /v1/batch`: requests as NDJSON in, replies as NDJSON out, both streamed.
//!
//! A line is read only when there is room for its reply, so a client that doesn't read its answers is not read from either.

use crate::admission::Budget;
use crate::app::App;
use crate::commands::stream_of;
use crate::failure::Failure;
use crate::intake::{Prepared, prepare_line};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use std::sync::Arc;
use tach_protocol::line::Line;
use tach_protocol::{LineCutter, MAX_LINE_BYTES, Refusal, WorkerMessage};
use tach_supervisor::{ErrorBody, ErrorCode, Perf, Progress, Reply, Supervisor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

/// Requests of one batch that are between its reader and its writer.
const IN_HAND: usize = 256;
/// Messages that wait for the client to read them.
const MESSAGES_WAITING: usize = 16;

/// The handler.
pub(crate) async fn run(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let place = app.admission.enter()?;
    let (messages, outgoing) = mpsc::channel::<Outgoing>(MESSAGES_WAITING);
    tokio::spawn(async move {
        let batch = Batch {
            // A caller of its own: single requests have their turn beside it.
            supervisor: Arc::new(app.supervisor.clone()),
            app,
            in_hand: Arc::new(Semaphore::new(IN_HAND)),
            budget: Budget::default(),
            tasks: JoinSet::new(),
            messages,
        };
        batch.run(request.into_body()).await;
        drop(place);
    });
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(stream_of(outgoing))).into_response())
}

struct Batch {
    app: Arc<App>,
    supervisor: Arc<Supervisor>,
    in_hand: Arc<Semaphore>,
    budget: Budget,
    tasks: JoinSet<()>,
    messages: mpsc::Sender<Outgoing>,
}

/// A line for the client.
struct Outgoing {
    line: Vec<u8>,
    /// What it takes of the bounds on requests in hand and on bytes of replies, until the client's connection takes it.
    _room: Vec<OwnedSemaphorePermit>,
}

impl Outgoing {
    fn holding(message: &WorkerMessage, room: Vec<OwnedSemaphorePermit>) -> Self {
        Self { line: line_of(message), _room: room }
    }
}

impl From<Outgoing> for Bytes {
    fn from(outgoing: Outgoing) -> Self {
        outgoing.line.into()
    }
}

impl Batch {
    async fn run(mut self, body: Body) {
        let messages = self.messages.clone();
        tokio::select! {
            () = self.read(body) => {}
            // The client has left: its requests are given up with the tasks.
            () = messages.closed() => return,
        }
        tokio::select! {
            () = async { while self.tasks.join_next().await.is_some() {} } => {}
            () = messages.closed() => {}
        }
    }

    /// Reads lines to the end of the body.
    async fn read(&mut self, body: Body) {
        let mut body = body.into_data_stream();
        let mut cutter = LineCutter::new(MAX_LINE_BYTES);
        let pause = self.app.settings.bounds.client_timeout;
        loop {
            let chunk = match tokio::time::timeout(pause, body.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) => break,
                Ok(Some(Err(error))) => {
                    self.refuse(None, broken(format!("the body broke off: {error}"))).await;
                    return;
                }
                Err(_) => {
                    let message = format!("no line came for {} s; the batch ends here", pause.as_secs());
                    self.refuse(None, broken(message)).await;
                    return;
                }
            };
            let mut rest = &chunk[..];
            while !rest.is_empty() {
                let (taken, line) = cutter.feed(rest);
                rest = &rest[taken..];
                if let Some(line) = line {
                    self.take(line).await;
                }
            }
        }
        if let Some(line) = cutter.finish() {
            self.take(line).await;
        }
    }

    /// Starts on a line, once there is room for its reply.
    async fn take(&mut self, line: Line) {
        while self.tasks.try_join_next().is_some() {}
        let refusal = match line {
            Line::TooLong => Refusal::too_long(),
            Line::Whole(bytes) => match std::str::from_utf8(&bytes) {
                Ok(text) => match prepare_line(&self.app, text).await {
                    Ok(prepared) => return self.start(prepared).await,
                    Err((req_id, error)) => Refusal { req_id, error },
                },
                Err(error) => {
                    let message = format!("the line is not JSON: {error}");
                    Refusal {
                        req_id: None,
                        error: ErrorBody::new(ErrorCode::InvalidJson, message).with("field", "line"),
                    }
                }
            },
        };
        self.refuse(refusal.req_id, refusal.error).await;
    }

    async fn start(&mut self, prepared: Prepared) {
        let Ok(place) = Arc::clone(&self.in_hand).acquire_owned().await else { return };
        let room = self.budget.reserve(&prepared.request.command).await.into_iter().chain([place]).collect();
        let (supervisor, messages) = (Arc::clone(&self.supervisor), self.messages.clone());
        self.tasks.spawn(async move {
            let reply = WorkerMessage::Reply(answer(&supervisor, &prepared, &messages).await);
            let _ = messages.send(Outgoing::holding(&reply, room)).await;
        });
    }

    async fn refuse(&self, req_id: Option<String>, error: ErrorBody) {
        let reply = Reply::error(req_id, error, Perf::default());
        let _ = self.messages.send(Outgoing::holding(&WorkerMessage::Reply(reply), Vec::new())).await;
    }
}

fn broken(message: String) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidRequest, message).with("field", "body")
}

/// Answers one request, and passes its progress on.
async fn answer(supervisor: &Supervisor, prepared: &Prepared, messages: &mpsc::Sender<Outgoing>) -> Reply {
    let (sender, mut steps) = mpsc::unbounded_channel::<Progress>();
    let submit = supervisor.submit_with_progress(prepared.request.clone(), Some(sender));
    tokio::pin!(submit);
    let reply = loop {
        tokio::select! {
            biased;
            Some(step) = steps.recv() => {
                let _ = messages.send(Outgoing::holding(&WorkerMessage::Progress(step), Vec::new())).await;
            }
            reply = &mut submit => break reply,
        }
    };
    prepared.told(reply)
}

fn line_of(message: &WorkerMessage) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).unwrap_or_default();
    line.push(b'\n');
    line
}

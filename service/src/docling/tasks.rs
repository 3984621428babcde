//! docling-serve's tasks: submit, poll, watch over a WebSocket, fetch the result.

use super::convert::{answer, json_of, order};
use super::form::{self, Job};
use crate::app::App;
use crate::extract::{Parameters, Segment, Wait};
use crate::failure::Failure;
use crate::jobs::{Outcome, Seen, State as JobState};
use axum::Json;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How often a client that watches is told of a change; it hears of the end at once.
const LOOK: Duration = Duration::from_millis(500);
/// Clients compare these texts.
const NO_TASK: &str = "Task not found.";
const NO_RESULT: &str = "Task result not found. Please wait for a completion status.";

/// `POST /v1/convert/file/async`.
pub(crate) async fn file(State(app): State<Arc<App>>, request: Request) -> Result<Json<Value>, Failure> {
    let job = form::file(&app, request).await?;
    start(&app, job).await
}

/// `POST /v1/convert/source/async`.
pub(crate) async fn source(State(app): State<Arc<App>>, request: Request) -> Result<Json<Value>, Failure> {
    let job = form::source(&app, request).await?;
    start(&app, job).await
}

async fn start(app: &Arc<App>, job: Job) -> Result<Json<Value>, Failure> {
    let (worker, job) = (Arc::clone(app), Arc::new(job));
    let ordered = Arc::clone(&job);
    let work = async move {
        match answer(&worker, &job).await {
            Ok(answer) => Outcome { failure: answer.failure, body: answer.body },
            Err(failure) => {
                let error =
                    json!({"component_type": "user_input", "module_name": "tach", "error_message": failure.message()});
                let body = json!({"document": {"filename": job.document.name()}, "status": "failure", "errors": [error],
                    "processing_time": 0.0, "timings": {}});
                Outcome { failure: Some(failure.message().to_owned()), body: body.to_string().into() }
            }
        }
    };
    let seen = app.jobs.submit(work, async { order(app, &ordered).await }).await?;
    Ok(Json(status(&seen)))
}

/// docling-serve's `TaskStatusResponse`.
fn status(seen: &Seen) -> Value {
    let (name, message) = match &seen.state {
        JobState::Pending => ("pending", None),
        JobState::Started => ("started", None),
        JobState::Ended(Outcome { failure: None, .. }) => ("success", None),
        JobState::Ended(Outcome { failure, .. }) => ("failure", failure.as_deref()),
    };
    json!({
        "task_id": seen.id, "task_type": "convert", "task_status": name, "task_position": seen.position,
        "task_meta": null, "error_message": message,
    })
}

/// `GET /v1/status/poll/{id}?wait=`.
pub(crate) async fn poll(
    State(app): State<Arc<App>>,
    Segment(id): Segment,
    Parameters(wait): Parameters<Wait>,
) -> Result<Json<Value>, Failure> {
    let seen = app.jobs.look(&id, wait.time()?).await?;
    Ok(Json(status(&seen.ok_or_else(|| Failure::not_found(NO_TASK))?)))
}

/// `GET /v1/result/{id}`.
pub(crate) async fn result(State(app): State<Arc<App>>, Segment(id): Segment) -> Result<Response, Failure> {
    let seen = app.jobs.look(&id, Duration::ZERO).await?;
    match seen.ok_or_else(|| Failure::not_found(NO_TASK))?.state {
        JobState::Ended(outcome) => Ok(json_of(outcome.body)),
        _ => Err(Failure::not_found(NO_RESULT)),
    }
}

/// `GET /v1/status/ws/{id}`: each change of the state, then the end.
pub(crate) async fn socket(
    State(app): State<Arc<App>>,
    Segment(id): Segment,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade = upgrade.map_err(|error| Failure::new(error.status(), "invalid_request", error.body_text()))?;
    Ok(upgrade.max_message_size(4096).on_upgrade(move |socket| watch(app, id, socket)))
}

async fn watch(app: Arc<App>, id: String, mut socket: WebSocket) {
    let mut told: Option<Value> = None;
    loop {
        let wait = if told.is_some() { LOOK } else { Duration::ZERO };
        let seen = tokio::select! {
            seen = app.jobs.look(&id, wait) => seen,
            // A client says `next` after each message, or that it leaves.
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        let seen = match seen {
            Ok(Some(seen)) => seen,
            missing => {
                let error = missing.err().map_or_else(|| NO_TASK.to_owned(), |failure| failure.message().to_owned());
                let _ = socket.send(text(&json!({"message": "error", "error": error}))).await;
                let _ = socket.send(Message::Close(None)).await;
                return;
            }
        };
        let is_ended = matches!(seen.state, JobState::Ended(_));
        let status = status(&seen);
        // The first message is never the last: clients take an end from updates only.
        let kind = if told.is_some() { "update" } else { "connection" };
        if told.as_ref() != Some(&status) || is_ended {
            if socket.send(text(&json!({"message": kind, "task": status}))).await.is_err() {
                return;
            }
            if is_ended && told.is_some() {
                let _ = socket.send(Message::Close(None)).await;
                return;
            }
            told = Some(status);
        }
    }
}

fn text(value: &Value) -> Message {
    Message::Text(value.to_string().into())
}

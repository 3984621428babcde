//! docling-serve's tasks: submit, poll, watch over a WebSocket, fetch the result.

use super::convert::{answer, json_of};
use super::form::{self, Job};
use crate::app::App;
use crate::extract::{Parameters, Segment, Wait};
use crate::failure::Failure;
use crate::jobs::{Outcome, State as JobState};
use axum::Json;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

/// Clients compare these texts.
const NO_TASK: &str = "Task not found.";
const NO_RESULT: &str = "Task result not found. Please wait for a completion status.";

/// `POST /v1/convert/file/async`.
pub(crate) async fn file(State(app): State<Arc<App>>, request: Request) -> Result<Json<Value>, Failure> {
    let job = form::file(&app, request).await?;
    start(&app, job)
}

/// `POST /v1/convert/source/async`.
pub(crate) async fn source(State(app): State<Arc<App>>, request: Request) -> Result<Json<Value>, Failure> {
    let job = form::source(&app, request).await?;
    start(&app, job)
}

fn start(app: &Arc<App>, job: Job) -> Result<Json<Value>, Failure> {
    let worker = Arc::clone(app);
    let started = app.jobs.start(async move {
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
    })?;
    Ok(Json(status(app, &started)))
}

/// docling-serve's `TaskStatusResponse`.
fn status(app: &App, job: &crate::jobs::Job) -> Value {
    let (name, message) = match job.state() {
        JobState::Pending => ("pending", None),
        JobState::Started => ("started", None),
        JobState::Ended(Outcome { failure: None, .. }) => ("success", None),
        JobState::Ended(Outcome { failure, .. }) => ("failure", failure),
    };
    json!({
        "task_id": job.id, "task_type": "convert", "task_status": name, "task_position": app.jobs.position(job),
        "task_meta": null, "error_message": message,
    })
}

/// `GET /v1/status/poll/{id}?wait=`.
pub(crate) async fn poll(
    State(app): State<Arc<App>>,
    Segment(id): Segment,
    Parameters(wait): Parameters<Wait>,
) -> Result<Json<Value>, Failure> {
    let time = wait.time()?;
    let job = app.jobs.find(&id).ok_or_else(|| Failure::not_found(NO_TASK))?;
    job.wait(time).await;
    Ok(Json(status(&app, &job)))
}

/// `GET /v1/result/{id}`.
pub(crate) async fn result(State(app): State<Arc<App>>, Segment(id): Segment) -> Result<Response, Failure> {
    let job = app.jobs.find(&id).ok_or_else(|| Failure::not_found(NO_TASK))?;
    match job.state() {
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
    let Some(job) = app.jobs.find(&id) else {
        let _ = socket.send(text(&json!({"message": "error", "error": NO_TASK}))).await;
        let _ = socket.send(Message::Close(None)).await;
        return;
    };
    let mut changes = job.watch();
    let mut kind = "connection";
    loop {
        let is_ended = matches!(*changes.borrow_and_update(), JobState::Ended(_));
        // The first message is never the last: clients take an end from updates only.
        let message = json!({"message": kind, "task": status(&app, &job)});
        if socket.send(text(&message)).await.is_err() {
            return;
        }
        if is_ended && kind == "update" {
            let _ = socket.send(Message::Close(None)).await;
            return;
        }
        kind = "update";
        if is_ended {
            continue;
        }
        loop {
            tokio::select! {
                seen = changes.changed() => match seen {
                    Ok(()) => break,
                    Err(_) => return,
                },
                // A client says `next` after each message, or that it leaves.
                message = socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                },
            }
        }
    }
}

fn text(value: &Value) -> Message {
    Message::Text(value.to_string().into())
}

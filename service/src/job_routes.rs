//! `/v1/jobs`: a request of the protocol as a job: submit, poll, fetch the reply, cancel.

use crate::app::App;
use crate::commands::read_all;
use crate::durable::{Kind, Order};
use crate::extract::{Parameters, Segment, Wait};
use crate::failure::Failure;
use crate::intake::prepare_line;
use crate::jobs::{Outcome, Seen, State as JobState};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Longest request.
const MAX_REQUEST_BYTES: usize = 1 << 20;

/// The routes.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/jobs", post(submit))
        .route("/v1/jobs/{id}", get(poll).delete(cancel))
        .route("/v1/jobs/{id}/result", get(result))
}

/// Takes a whole request of the protocol: 202 with the job's id.
async fn submit(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let bytes = read_all(request.into_body(), MAX_REQUEST_BYTES, app.settings.bounds.client_timeout).await?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::bad_request("the request is not UTF-8"))?;
    let prepared = prepare_line(&app, text.trim()).await.map_err(|(_, error)| Failure::from(error))?;
    // A caller of its own has its turn beside others.
    let supervisor = app.supervisor.clone();
    let prepared = Arc::new(prepared);
    let ordered = Arc::clone(&prepared);
    let work = async move {
        let reply = prepared.told(supervisor.submit(prepared.request.clone()).await);
        let failure = reply.outcome.as_ref().err().map(ToString::to_string);
        Outcome { failure, body: serde_json::to_vec(&reply).unwrap_or_default().into() }
    };
    let order = async {
        Ok(Order {
            kind: Kind::Request,
            document: ordered.request.command.file_path().map(std::path::Path::to_owned),
            requests: vec![ordered.request.clone()],
            naming: ordered.naming.clone(),
        })
    };
    let seen = app.jobs.submit(work, order).await?;
    Ok((StatusCode::ACCEPTED, Json(told(&seen))).into_response())
}

fn told(seen: &Seen) -> Value {
    let (state, message) = match &seen.state {
        JobState::Pending => ("pending", None),
        JobState::Started => ("started", None),
        JobState::Ended(Outcome { failure: None, .. }) => ("success", None),
        JobState::Ended(Outcome { failure, .. }) => ("error", failure.as_deref()),
    };
    json!({"job_id": seen.id, "state": state, "position": seen.position, "message": message})
}

async fn poll(
    State(app): State<Arc<App>>,
    Segment(id): Segment,
    Parameters(wait): Parameters<Wait>,
) -> Result<Json<Value>, Failure> {
    Ok(Json(told(&find(&app, &id, wait.time()?).await?)))
}

/// The protocol's reply, whatever it says.
async fn result(State(app): State<Arc<App>>, Segment(id): Segment) -> Result<Response, Failure> {
    match find(&app, &id, Duration::ZERO).await?.state {
        JobState::Ended(outcome) => Ok(([(header::CONTENT_TYPE, "application/json")], outcome.body).into_response()),
        _ => Err(Failure::not_found("the job has not ended; GET /v1/jobs/ID?wait= waits for it")),
    }
}

async fn cancel(State(app): State<Arc<App>>, Segment(id): Segment) -> Result<StatusCode, Failure> {
    let outcome = Outcome { failure: Some("the job was cancelled".into()), body: Bytes::from_static(b"null") };
    if app.jobs.cancel(&id, outcome).await? { Ok(StatusCode::NO_CONTENT) } else { Err(missing()) }
}

async fn find(app: &App, id: &str, wait: Duration) -> Result<Seen, Failure> {
    app.jobs.look(id, wait).await?.ok_or_else(missing)
}

fn missing() -> Failure {
    Failure::not_found("there is no such job; it ended long ago, or was cancelled")
}

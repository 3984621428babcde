//! `/health`, `/ready`, `/version`, `/metrics`, and what is answered where there is no route.

use crate::app::App;
use crate::failure::Failure;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use tach_supervisor::{BreakerState, Status, WorkerState};

/// The process answers.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// A worker is there to take requests: 200, else 503.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    readiness(app.supervisor.status().await.as_ref().is_some_and(takes_requests))
}

/// Whether a worker is there to take requests.
pub(crate) fn takes_requests(status: &Status) -> bool {
    status.workers.iter().any(|worker| matches!(worker.state, WorkerState::Idle | WorkerState::Busy))
}

/// The answer of `/ready`.
pub(crate) fn readiness(is_ready: bool) -> Response {
    if is_ready {
        return Json(json!({"status": "ok"})).into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "unavailable"}))).into_response()
}

/// Versions of the parts.
pub(crate) async fn version(State(app): State<Arc<App>>) -> Json<Value> {
    let status = app.supervisor.status().await;
    let ready = status.as_ref().and_then(|status| status.workers.iter().find_map(|worker| worker.ready.as_ref()));
    Json(json!({
        "tach": env!("CARGO_PKG_VERSION"),
        "protocol": tach_protocol::PROTOCOL_VERSION,
        "python": ready.map(|ready| &ready.python),
        "docling": ready.and_then(|ready| ready.docling.as_ref()),
        "profile": ready.map(|ready| &ready.profile),
        "capabilities": ready.map(|ready| &ready.capabilities),
    }))
}

/// Counters, histograms and the supervisor's state in Prometheus's text form.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    if let Some(status) = app.supervisor.status().await {
        told(&status);
        metrics::gauge!("tach_jobs_unfinished").set(app.jobs.unfinished() as f64);
        metrics::gauge!("tach_http_requests_in_hand").set(app.admission.taken() as f64);
    }
    ([(header::CONTENT_TYPE, METRICS)], app.metrics.render()).into_response()
}

/// Prometheus's text form.
pub(crate) const METRICS: &str = "text/plain; version=0.0.4";

/// Sets the gauges and counters of a supervisor's state.
pub(crate) fn told(status: &Status) {
    let gauge = |name: &'static str, value: f64| metrics::gauge!(name).set(value);
    gauge("tach_queue_waiting", status.queued as f64);
    gauge("tach_requests_in_flight", status.in_flight as f64);
    gauge("tach_breaker_closed", f64::from(u8::from(status.breaker == BreakerState::Closed)));
    gauge("tach_quarantined_documents", status.quarantine.iter().filter(|suspect| suspect.quarantined).count() as f64);
    metrics::counter!("tach_worker_starts_total").absolute(status.starts);
    metrics::counter!("tach_workers_lost_total").absolute(status.lost);
    metrics::counter!("tach_workers_recycled_total").absolute(status.recycled);
    for state in [WorkerState::Starting, WorkerState::Idle, WorkerState::Busy] {
        let count = status.workers.iter().filter(|worker| worker.state == state).count();
        metrics::gauge!("tach_workers", "state" => format!("{state:?}").to_ascii_lowercase()).set(count as f64);
    }
    let rss: f64 = status.workers.iter().filter_map(|worker| worker.rss_mb).sum();
    gauge("tach_workers_rss_bytes", rss * f64::from(1 << 20));
}

/// No route has this path.
pub(crate) async fn unknown() -> Failure {
    Failure::not_found("there is nothing at this path; GET /openapi.json lists what there is")
}

/// The path has other methods.
pub(crate) async fn wrong_method() -> Failure {
    let message = "this path has no such method; GET /openapi.json lists what there is";
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}

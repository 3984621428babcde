//! Counters for the `metrics` facade; without the feature `metrics` they cost nothing.

use std::time::Duration;

/// A request was answered: `tach_requests_total{outcome}` and `tach_request_seconds`.
pub(crate) fn answered(outcome: &'static str, took: Duration) {
    #[cfg(feature = "metrics")]
    {
        metrics::counter!("tach_requests_total", "outcome" => outcome).increment(1);
        metrics::histogram!("tach_request_seconds").record(took.as_secs_f64());
    }
    #[cfg(not(feature = "metrics"))]
    let _ = (outcome, took);
}

/// Something happened to a worker (`started`, `lost`, `recycled`) or a request (`retried`): `tach_events_total{event}`.
pub(crate) fn happened(event: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("tach_events_total", "event" => event).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = event;
}

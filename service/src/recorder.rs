//! The recorder of counters and histograms.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// Upper bounds of the buckets of times, in seconds.
const SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0];

/// The process's recorder, made once.
pub(crate) fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let builder = PrometheusBuilder::new();
            let recorder = builder.set_buckets(SECONDS).unwrap_or_default().build_recorder();
            let handle = recorder.handle();
            // A program that has a recorder of its own keeps it; then `/metrics` shows what the supervisor's status tells.
            let _ = metrics::set_global_recorder(recorder);
            handle
        })
        .clone()
}

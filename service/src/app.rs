//! What all handlers share.

use crate::admission::Admission;
use crate::places::Places;
use crate::settings::Settings;
use crate::uploads::Uploads;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use tach_supervisor::Supervisor;

/// What all handlers share.
pub(crate) struct App {
    /// For single requests; a batch and a job take a clone, so that each has its turn.
    pub(crate) supervisor: Supervisor,
    pub(crate) settings: Settings,
    pub(crate) places: Arc<Places>,
    pub(crate) uploads: Uploads,
    pub(crate) admission: Admission,
    pub(crate) metrics: PrometheusHandle,
}

//! What all handlers share.

use crate::admission::Admission;
use crate::backlog::Backlog;
use crate::places::Places;
use crate::recorder::recorder;
use crate::settings::{Settings, SettingsError};
use crate::uploads::Uploads;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use tach_supervisor::{Builder, Supervisor};

/// What all handlers share.
pub(crate) struct App {
    /// For single requests; a batch and a job take a clone, so that each has its turn.
    pub(crate) supervisor: Supervisor,
    pub(crate) settings: Settings,
    pub(crate) places: Arc<Places>,
    pub(crate) uploads: Uploads,
    pub(crate) admission: Admission,
    pub(crate) jobs: Backlog,
    pub(crate) metrics: PrometheusHandle,
}

/// What requests may read: the roots and the uploads.
pub(crate) struct Store {
    pub(crate) places: Arc<Places>,
    pub(crate) uploads: Uploads,
}

impl Store {
    /// Looks at the roots and makes the folder for uploads.
    ///
    /// # Errors
    /// A root that is no folder, or no place for uploads.
    pub(crate) fn open(settings: &Settings) -> Result<Self, SettingsError> {
        let places = Arc::new(Places::new(&settings.roots).map_err(SettingsError)?);
        let uploads = Uploads::new(settings.bounds.clone())
            .map_err(|error| SettingsError(format!("cannot make a folder for uploads: {error}; set TMPDIR")))?;
        Ok(Self { places, uploads })
    }

    /// The supervisor's settings with the folders that its workers may read.
    ///
    /// # Errors
    /// A folder's path that cannot stand in a list of paths.
    pub(crate) fn confine(&self, builder: Builder) -> Result<Builder, SettingsError> {
        let folders = self.places.roots().chain([self.uploads.folder()]);
        let list = std::env::join_paths(folders)
            .map_err(|error| SettingsError(format!("a folder's path cannot be used: {error}")))?;
        Ok(builder.env("TACH_ALLOWED_ROOTS", list))
    }
}

impl App {
    pub(crate) fn new(settings: Settings, store: Store, supervisor: Supervisor, jobs: Backlog) -> Self {
        let bounds = settings.bounds.clone();
        let Store { places, uploads } = store;
        Self {
            supervisor,
            admission: Admission::new(bounds.requests),
            jobs,
            metrics: recorder(),
            places,
            uploads,
            settings,
        }
    }
}

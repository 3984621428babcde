//! `/health`, `/ready` and `/metrics` alone, for a process that has workers and serves something else, such as a node of a queue.
//!
//! They tell nothing of documents and take no parameters, so they ask for no token.

use crate::health::{METRICS, health, readiness, takes_requests, told, unknown, wrong_method};
use crate::recorder::recorder;
use crate::server::{accept, connection};
use crate::settings::SettingsError;
use axum::Router;
use axum::http::header;
use axum::routing::get;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tach_supervisor::Supervisor;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at a time: a probe and a scraper, with room for more.
const CONNECTIONS: usize = 32;
/// How long a client may pause.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the process tells of itself beside its workers.
#[derive(Clone, Debug, Default)]
pub struct Monitored {
    /// Whether it can take work; `/ready` also asks for a worker that can.
    pub is_ready: bool,
    /// Values that rise and fall, by their Prometheus names.
    pub gauges: Vec<(&'static str, u64)>,
    /// Counts since the start, by their Prometheus names.
    pub counters: Vec<(&'static str, u64)>,
}

/// A listener for probes and scrapers.
#[derive(Debug)]
pub struct Monitor {
    listener: TcpListener,
}

impl Monitor {
    /// Listens. It must be made before the supervisor starts, so that its metrics are counted from the start.
    ///
    /// # Errors
    /// The address cannot be used.
    pub async fn bind(address: SocketAddr) -> Result<Self, SettingsError> {
        recorder();
        let listener = TcpListener::bind(address).await;
        let listener = listener
            .map_err(|error| SettingsError(format!("cannot listen on {address}: {error}; give another address")))?;
        Ok(Self { listener })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system doesn't tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until it is dropped. `look` is asked for each answer.
    pub async fn run(self, supervisor: Supervisor, look: impl Fn() -> Monitored + Clone + Send + Sync + 'static) {
        let ready = {
            let (supervisor, look) = (supervisor.clone(), look.clone());
            async move || {
                let can = supervisor.status().await.as_ref().is_some_and(takes_requests);
                readiness(can && look().is_ready)
            }
        };
        let metrics = async move || {
            if let Some(status) = supervisor.status().await {
                told(&status);
            }
            let Monitored { gauges, counters, .. } = look();
            for (name, value) in gauges {
                #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
                metrics::gauge!(name).set(value as f64);
            }
            for (name, value) in counters {
                metrics::counter!(name).absolute(value);
            }
            ([(header::CONTENT_TYPE, METRICS)], recorder().render())
        };
        let routes = Router::new()
            .route("/health", get(health))
            .route("/ready", get(ready))
            .route("/metrics", get(metrics))
            .fallback(unknown)
            .method_not_allowed_fallback(wrong_method);
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let (stream, place) = accept(&self.listener, &places).await;
            let routes = routes.clone();
            tokio::spawn(async move {
                connection(stream, routes, CLIENT_TIMEOUT, std::future::pending()).await;
                drop(place);
            });
        }
    }
}

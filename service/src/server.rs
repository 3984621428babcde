//! Listens, and takes connections until it is told to stop; what runs then is answered.

use crate::app::{App, Store};
use crate::routes::router;
use crate::settings::{Settings, SettingsError};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tach_supervisor::{Builder, Supervisor};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

/// How often the recorder drains its histograms.
const UPKEEP: Duration = Duration::from_secs(5);

/// A service that listens and takes no connection yet.
pub struct Server {
    listener: TcpListener,
    settings: Settings,
    store: Store,
}

impl Server {
    /// Checks the settings, makes the folder for uploads and binds the address.
    ///
    /// # Errors
    /// [`SettingsError`] that says which setting cannot be used.
    pub async fn bind(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let store = Store::open(&settings)?;
        let address = settings.socket();
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| {
            SettingsError(format!("cannot listen on {address}: {error}; give another port with --port"))
        })?;
        Ok(Self { listener, settings, store })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system doesn't tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The supervisor's settings with the folders that its workers may read: the roots and the uploads.
    ///
    /// # Errors
    /// A folder's path that cannot stand in a list of paths.
    pub fn confine(&self, builder: Builder) -> Result<Builder, SettingsError> {
        self.store.confine(builder)
    }

    /// Serves until `stop` is done, then answers what runs, for at most [`Bounds::stop_timeout`](crate::Bounds::stop_timeout),
    /// and shuts the supervisor down.
    pub async fn run(self, supervisor: Supervisor, stop: impl Future<Output = ()>) {
        let Self { listener, settings, store } = self;
        let bounds = settings.bounds.clone();
        let app = Arc::new(App::new(settings, store, supervisor.clone()));
        let routes = router(&app);
        let upkeep = tokio::spawn({
            let metrics = app.metrics.clone();
            async move {
                loop {
                    tokio::time::sleep(UPKEEP).await;
                    metrics.run_upkeep();
                }
            }
        });
        let places = Arc::new(Semaphore::new(bounds.connections));
        let (stopping, watcher) = watch::channel(false);
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = accept(&listener, &places) => accepted,
            };
            let (stream, place) = accepted;
            let (routes, mut watcher, pause) = (routes.clone(), watcher.clone(), bounds.client_timeout);
            tokio::spawn(async move {
                let stopped = async {
                    let _ = watcher.wait_for(|stopping| *stopping).await;
                };
                connection(stream, routes, pause, stopped).await;
                drop(place);
            });
        }
        drop(listener);
        let _ = stopping.send(true);
        let all = u32::try_from(bounds.connections).unwrap_or(u32::MAX);
        if tokio::time::timeout(bounds.stop_timeout, places.acquire_many(all)).await.is_err() {
            tracing::warn!("connections are still open after {} s; they are cut", bounds.stop_timeout.as_secs());
        }
        supervisor.shutdown().await;
        upkeep.abort();
    }
}

/// Answers on one connection until its client closes it, or until `stopped` and the answer that is being made.
pub(crate) async fn connection(stream: TcpStream, routes: Router, pause: Duration, stopped: impl Future<Output = ()>) {
    let mut stream = TimeoutStream::new(stream);
    // A client that doesn't read its answer is cut off.
    stream.set_write_timeout(Some(pause));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(pause);
    let service = TowerToHyperService::new(routes);
    let connection = builder.serve_connection(TokioIo::new(Box::pin(stream)), service).with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The next connection, once there is a place for it.
pub(crate) async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, tokio::sync::OwnedSemaphorePermit) {
    loop {
        let Ok(place) = Arc::clone(places).acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, _)) => {
                // Small answers go out at once.
                let _ = stream.set_nodelay(true);
                return (stream, place);
            }
            Err(error) => {
                // Out of descriptors, as a rule: others must close first.
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

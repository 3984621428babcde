//! Listens, and takes connections until it is told to stop; what runs then is answered.

use crate::app::{App, Store};
use crate::backlog::Backlog;
use crate::durable::Durable;
use crate::jobs::Jobs;
use crate::routes::router;
use crate::settings::{Bounds, Settings, SettingsError};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tach_queue::connection::Connection;
use tach_queue::desk::Desk;
use tach_queue::names::Job;
use tach_queue::node::{self, Node};
use tach_queue::plan::PoisonRule;
use tach_queue::streams::Streams;
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
    queue: Option<Queue>,
}

/// A queue of many machines that keeps the jobs. The service's own workers serve it too.
struct Queue {
    connection: Connection,
    streams: Streams,
    job: Job,
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
        Ok(Self { listener, settings, store, queue: None })
    }

    /// Keeps jobs in a queue, under the name `job`, so that they outlive the service.
    #[must_use]
    pub fn with_queue(mut self, connection: Connection, streams: Streams, job: Job) -> Self {
        self.queue = Some(Queue { connection, streams, job });
        self
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
    ///
    /// # Errors
    /// The folder for the queue's documents cannot be made.
    pub async fn run(self, supervisor: Supervisor, stop: impl Future<Output = ()>) -> Result<(), SettingsError> {
        let Self { listener, settings, store, queue } = self;
        let bounds = settings.bounds.clone();
        let (jobs, node) = match queue {
            None => (Backlog::Memory(Arc::new(Jobs::new(bounds.clone()))), None),
            Some(queue) => {
                let desk = Desk::new(queue.connection.clone(), queue.streams.clone(), queue.job.clone());
                let node = own_node(queue, &bounds, store.uploads.folder().join("queue"), supervisor.clone())?;
                (Backlog::Queue(Box::new(Durable::new(desk))), Some(node))
            }
        };
        let app = Arc::new(App::new(settings, store, supervisor.clone(), jobs));
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
        if let Some(node) = node {
            // What it runs is answered, what waits is handed back to other nodes.
            node.drain(bounds.stop_timeout).await;
        }
        supervisor.shutdown().await;
        upkeep.abort();
        Ok(())
    }
}

/// The node by which the service's own workers serve the queue.
fn own_node(queue: Queue, bounds: &Bounds, cache: PathBuf, supervisor: Supervisor) -> Result<Node, SettingsError> {
    let settings = node::Settings {
        name: format!("serve-{}", std::process::id()),
        slots: bounds.running_jobs * 2,
        cache,
        cache_bytes: bounds.uploads_bytes,
        max_document_bytes: bounds.upload_bytes.max(2 << 30),
        poison: PoisonRule::default(),
        faults: false,
        lethal_ids: None,
    };
    let started = Node::start(queue.connection, queue.streams, supervisor, settings);
    started.map_err(|error| SettingsError(error.to_string()))
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

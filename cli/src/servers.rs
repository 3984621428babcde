//! Options that `tach node`, `tach submit` and `tach queue` share: the servers, and the streams that are made.

use super::exit::Failure;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;
use tach_queue::connection::{Connection, Servers};
use tach_queue::streams::{Sizes, Streams};

/// Where the queue is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the queue")]
pub(super) struct ServerOptions {
    #[command(flatten)]
    connect: ConnectOptions,
    /// Servers that hold each stream, where streams are made: 1, 3 or 5
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    replicas: u8,
    /// Requests that may wait, where streams are made; a submitter waits for room beyond that
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    max_requests: u32,
    /// Megabytes of replies, where streams are made; nodes wait for room beyond that [default: what the server has]
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..))]
    max_reply_mb: Option<u32>,
    /// Days that replies, documents and quarantined requests are kept, where streams are made
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=3650))]
    keep_days: u16,
    /// Seconds without a sign of life from a request's node until another node gets it, where streams are made
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(2..=3600))]
    ack_wait: u16,
}

/// How the servers are reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the queue")]
pub(super) struct ConnectOptions {
    /// A NATS server with `JetStream`, such as `nats://host:4222` or `tls://host:4222`; may be repeated
    #[arg(long = "nats", value_name = "URL", value_delimiter = ',', env = "TACH_NATS")]
    urls: Vec<String>,
    /// Certificates (PEM) of the authorities behind the servers' certificates [default: the system's]
    #[arg(long, value_name = "FILE")]
    nats_ca: Option<PathBuf>,
    /// Certificate (PEM) of this client
    #[arg(long, value_name = "FILE", requires = "nats_key")]
    nats_cert: Option<PathBuf>,
    /// Private key (PEM) of that certificate
    #[arg(long, value_name = "FILE", requires = "nats_cert")]
    nats_key: Option<PathBuf>,
    /// File with a JWT and its seed, as `nsc generate creds` writes it
    #[arg(long, value_name = "FILE", conflicts_with = "nats_nkey")]
    nats_creds: Option<PathBuf>,
    /// File with the seed of an `NKey`
    #[arg(long, value_name = "FILE")]
    nats_nkey: Option<PathBuf>,
}

impl ServerOptions {
    /// Connects, and opens the streams. `name` is what the server's monitoring shows.
    pub(super) async fn open(&self, name: &str) -> Result<(Connection, Streams), Failure> {
        self.connect.open(name, &self.sizes()).await
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            max_requests: self.max_requests.into(),
            max_reply_bytes: self.max_reply_mb.map_or(-1, |megabytes| i64::from(megabytes) << 20),
            max_age: Duration::from_secs(u64::from(self.keep_days) * 24 * 3600),
            replicas: self.replicas.into(),
            ack_wait: Duration::from_secs(self.ack_wait.into()),
            ..Sizes::default()
        }
    }
}

impl ConnectOptions {
    /// Connects, and opens the streams; those that are missing are made of these sizes.
    pub(super) async fn open(&self, name: &str, sizes: &Sizes) -> Result<(Connection, Streams), Failure> {
        let servers = Servers {
            urls: self.urls.clone(),
            ca: self.nats_ca.clone(),
            certificate: self.nats_cert.clone(),
            key: self.nats_key.clone(),
            credentials: self.nats_creds.clone(),
            nkey: self.nats_nkey.clone(),
        };
        let connection = Box::pin(servers.connect(name)).await?;
        let streams = Box::pin(Streams::open(&connection, sizes)).await?;
        Ok((connection, streams))
    }
}

impl From<tach_queue::error::Error> for Failure {
    fn from(error: tach_queue::error::Error) -> Self {
        match error {
            tach_queue::error::Error::Settings(message) => Self::usage(message),
            other => Self::server(&other),
        }
    }
}

/// Whether the command `fault` exists: where the workers have it.
pub(super) fn has_faults() -> bool {
    std::env::var_os("TACH_TEST_FAULTS").is_some_and(|value| value == "1")
}

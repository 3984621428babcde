//! `tach serve`: the workers over HTTP.

use super::exit::Failure;
use super::notes;
use super::options::Common;
use super::servers::ConnectOptions;
use super::stop::StopSignal;
use clap::Args;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tach_queue::names::Job;
use tach_queue::streams::Sizes;
use tach_service::{Bounds, Server, Settings, SettingsError};

/// Variable that may hold the token.
const TOKEN_VARIABLE: &str = "TACH_SERVE_TOKEN";

/// Arguments of `tach serve`.
#[derive(Debug, Args)]
#[command(after_help = "Example: tach serve --port 8765 --root /data/drawings\n\
    curl -s http://127.0.0.1:8765/v1/commands/document_info -d '{\"file_path\":\"plan.pdf\"}'\n\
GET /docs shows every route. SIGTERM or Ctrl-C stops: what runs is answered first; the second ends at once.")]
pub(super) struct Arguments {
    /// Port to listen on; 0 for any free one
    #[arg(long, default_value_t = 8765)]
    port: u16,
    /// Address to listen on; any but loopback needs a token
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// Folder that requests may name files in (may be repeated); without it only uploads are read
    #[arg(long, value_name = "DIR")]
    root: Vec<PathBuf>,
    /// File whose first line is the token that clients must send; the variable `TACH_SERVE_TOKEN` does the same
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Requests that run at a time, each in a process of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Ready workers kept beyond these, so that a crash costs no start
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=64))]
    spares: u16,
    /// Largest upload in MB
    #[arg(long, value_name = "MB", default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    max_upload_mb: u64,
    /// Requests that may wait or run at a time; more are answered 429
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    max_requests: u16,
    /// Seconds that a client may pause in sending a request or reading an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    client_timeout: u64,
    /// Seconds that a stop waits for what runs
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    stop_timeout: u64,
    /// Name of this service's jobs in the queue of --nats
    #[arg(long, value_name = "NAME", default_value = "serve")]
    job: Job,
    /// With --nats, jobs are kept in a queue and outlive the service; `tach node` on other machines runs them too
    #[command(flatten)]
    queue: Option<ConnectOptions>,
}

impl Arguments {
    fn settings(&self) -> Result<Settings, Failure> {
        let token = match &self.token_file {
            Some(file) => {
                let failed = |error| Failure::system(format_args!("cannot read `{}`", file.display()), &error);
                let text = std::fs::read_to_string(file).map_err(failed)?;
                Some(text.lines().next().unwrap_or_default().trim().to_owned())
            }
            None => std::env::var(TOKEN_VARIABLE).ok().filter(|token| !token.is_empty()),
        };
        let bounds = Bounds {
            upload_bytes: self.max_upload_mb << 20,
            uploads_bytes: (self.max_upload_mb << 20).max(Bounds::default().uploads_bytes),
            requests: self.max_requests.into(),
            running_jobs: self.workers.into(),
            client_timeout: Duration::from_secs(self.client_timeout),
            stop_timeout: Duration::from_secs(self.stop_timeout),
            ..Bounds::default()
        };
        Ok(Settings { address: self.address, port: self.port, roots: self.root.clone(), token, bounds })
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::usage(error.to_string())
    }
}

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let settings = arguments.settings()?;
    let has_roots = !settings.roots.is_empty();
    let mut stop = StopSignal::listen().map_err(|error| Failure::system("cannot listen for signals", &error))?;
    let mut server = Server::bind(settings).await?;
    if let Some(queue) = &arguments.queue {
        let sizes = Sizes::default();
        let (connection, streams) = tokio::select! {
            opened = queue.open("tach-serve", &sizes) => opened?,
            stop = stop.received() => return Ok(stop.exit_code()),
        };
        server = server.with_queue(connection, streams, arguments.job.clone());
    }
    let address = server.address().map_err(|error| Failure::system("cannot tell the address", &error))?;
    let builder = common.builder().workers(arguments.workers.into()).spares(arguments.spares.into());
    let builder = server.confine(builder)?;
    let supervisor = tokio::select! {
        started = builder.start() => started?,
        stop = stop.received() => return Ok(stop.exit_code()),
    };
    notes::note(&format!("listening on http://{address}"));
    if !has_roots {
        notes::note("no --root was given: requests can read uploads only");
    }
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut serving = Box::pin(server.run(supervisor, async {
        let _ = stopped.await;
    }));
    let mut stopping = Some(stopping);
    loop {
        tokio::select! {
            ended = &mut serving => {
                ended?;
                break;
            }
            signal = stop.received() => {
                let Some(stopping) = stopping.take() else { return Ok(signal.exit_code()) };
                notes::note("stopping: what runs is answered; interrupt again to end at once");
                let _ = stopping.send(());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

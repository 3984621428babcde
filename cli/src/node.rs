//! `tach node`: this machine answers requests of a queue until it is told to stop.

use super::exit::Failure;
use super::notes;
use super::options::Common;
use super::servers::{ServerOptions, has_faults};
use super::stop::StopSignal;
use clap::Args;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tach_queue::node::{Node, Settings};
use tach_queue::plan::PoisonRule;
use tach_service::{Monitor, Monitored};

/// How often a node says what it did.
const REPORT_PERIOD: Duration = Duration::from_secs(60);

/// Arguments of `tach node`.
#[derive(Debug, Args)]
#[command(after_help = "Example: tach node --nats nats://queue.example:4222 --workers 4\n\
The first Ctrl-C or SIGTERM takes no new request, answers those that run and hands the others back; the second ends at once.\n\
Requests that name a path are read from this machine: share the folder, or submit with --upload. TACH_ALLOWED_ROOTS limits what may be\n\
read. docs/many-machines.md tells what survives what.")]
pub(super) struct Arguments {
    #[command(flatten)]
    servers: ServerOptions,
    /// Requests that run at a time, each in a process of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Ready workers kept beyond these, so that a crash costs no start
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=64))]
    spares: u16,
    /// Requests that this node holds at a time [default: two for each worker]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    slots: Option<u16>,
    /// Folder for uploaded documents [default: a new private folder]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Megabytes of uploaded documents that are kept
    #[arg(long, value_name = "MB", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..))]
    cache_mb: u32,
    /// Longest uploaded document in megabytes that this node fetches
    #[arg(long, value_name = "MB", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(1..))]
    max_document_mb: u32,
    /// Deliveries without a reply from which a request runs alone on its node
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    alone_from: u32,
    /// Deliveries without a reply from which a request is answered `quarantined`
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=1000))]
    quarantine_from: u32,
    /// Seconds that a stopping node has for what it holds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=3600))]
    drain_timeout: u16,
    /// Address and port for `/health`, `/ready` and `/metrics`, such as `127.0.0.1:9465` [default: none]
    #[arg(long, value_name = "ADDRESS:PORT")]
    monitor: Option<std::net::SocketAddr>,
    /// Name on replies and in logs [default: host name and process id]
    #[arg(long)]
    name: Option<String>,
}

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut stop = StopSignal::listen().map_err(|error| Failure::system("cannot listen for signals", &error))?;
    let name = arguments.name.clone().unwrap_or_else(default_name);
    let private = tempfile::Builder::new().prefix("tach-node-").tempdir();
    let private = private.map_err(|error| Failure::system("cannot make a private folder (set TMPDIR)", &error))?;
    let cache = arguments.cache.clone().unwrap_or_else(|| private.path().join("documents"));
    std::fs::create_dir_all(&cache)
        .map_err(|error| Failure::system(format_args!("cannot use the cache `{}`", cache.display()), &error))?;
    let shown = format!("tach-node {name}");
    let (connection, streams) = tokio::select! {
        opened = arguments.servers.open(&shown) => opened?,
        stop = stop.received() => return Ok(stop.exit_code()),
    };
    let monitor = match arguments.monitor {
        Some(address) => Some(Monitor::bind(address).await?),
        None => None,
    };
    if let Some(address) = monitor.as_ref().and_then(|monitor| monitor.address().ok()) {
        notes::note(&format!("health and metrics on http://{address}"));
    }
    let mut builder = common.builder().workers(arguments.workers.into()).spares(arguments.spares.into());
    builder = builder.mmap_folder(private.path().to_owned());
    if let Some(roots) = roots_with(std::env::var_os("TACH_ALLOWED_ROOTS"), &cache)? {
        builder = builder.env("TACH_ALLOWED_ROOTS", roots);
    }
    let supervisor = tokio::select! {
        started = builder.start() => started?,
        stop = stop.received() => return Ok(stop.exit_code()),
    };
    let settings = Settings {
        name: name.clone(),
        slots: arguments.slots.map_or(usize::from(arguments.workers) * 2, usize::from),
        cache,
        cache_bytes: u64::from(arguments.cache_mb) << 20,
        max_document_bytes: u64::from(arguments.max_document_mb) << 20,
        poison: PoisonRule { alone_from: arguments.alone_from, quarantine_from: arguments.quarantine_from },
        faults: has_faults(),
        lethal_ids: std::env::var("TACH_TEST_LETHAL_IDS").ok().filter(|_| has_faults()),
    };
    let node = Node::start(connection, streams, supervisor.clone(), settings)?;
    let monitoring = monitor.map(|monitor| tokio::spawn(monitor.run(supervisor, watched(&node))));
    notes::note(&format!("{name} takes requests with {} workers", arguments.workers));
    let mut report = tokio::time::interval_at(tokio::time::Instant::now() + REPORT_PERIOD, REPORT_PERIOD);
    let stopped = loop {
        tokio::select! {
            stopped = stop.received() => break stopped,
            _ = report.tick() => notes::note(&told(&node)),
        }
    };
    notes::note("stopping: what runs is answered, the rest is handed back; interrupt again to end at once");
    let last = told(&node);
    let timeout = Duration::from_secs(arguments.drain_timeout.into());
    let draining = node.drain(timeout);
    let finished = tokio::select! {
        finished = draining => finished,
        again = stop.received() => return Ok(again.exit_code()),
    };
    if let Some(monitoring) = monitoring {
        monitoring.abort();
    }
    notes::note(&last);
    if !finished {
        notes::note("not everything was finished in time; other nodes run what is left");
        return Ok(stopped.exit_code());
    }
    Ok(ExitCode::SUCCESS)
}

/// What the monitoring asks of a node.
fn watched(node: &Node) -> impl Fn() -> Monitored + Clone + Send + Sync + 'static + use<> {
    let (counts, link) = (node.counts(), node.link());
    move || {
        let count = |value: &std::sync::atomic::AtomicU64| value.load(Ordering::Relaxed);
        Monitored {
            is_ready: link.is_connected(),
            gauges: vec![
                ("tach_node_connected", u64::from(link.is_connected())),
                ("tach_node_requests_held", count(&counts.held)),
            ],
            counters: vec![
                ("tach_node_answered_total", count(&counts.answered)),
                ("tach_node_answered_elsewhere_total", count(&counts.answered_elsewhere)),
                ("tach_node_handed_back_total", count(&counts.handed_back)),
                ("tach_node_quarantined_total", count(&counts.quarantined)),
                ("tach_node_redelivered_total", count(&counts.redelivered)),
            ],
        }
    }
}

fn told(node: &Node) -> String {
    let counts = node.counts();
    let count = |value: &std::sync::atomic::AtomicU64| value.load(Ordering::Relaxed);
    format!(
        "{} answered, {} held, {} delivered again, {} handed back, {} quarantined{}",
        count(&counts.answered),
        count(&counts.held),
        count(&counts.redelivered),
        count(&counts.handed_back),
        count(&counts.quarantined),
        if node.is_connected() { "" } else { "; not connected" },
    )
}

/// The folders that workers may read, with the cache among them; `None` where all may be read.
fn roots_with(roots: Option<OsString>, cache: &Path) -> Result<Option<OsString>, Failure> {
    let Some(roots) = roots.filter(|roots| !roots.is_empty()) else { return Ok(None) };
    let folders = std::env::split_paths(&roots).chain([cache.to_owned()]);
    let joined = std::env::join_paths(folders);
    joined.map(Some).map_err(|error| Failure::system("the cache cannot be added to TACH_ALLOWED_ROOTS", &error))
}

fn default_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    let host = host.map(|host| host.trim().to_owned()).filter(|host| !host.is_empty());
    format!("{}-{}", host.unwrap_or_else(|| "node".to_owned()), std::process::id())
}

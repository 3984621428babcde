//! What the actor knows of each of its workers.

use crate::mmap_folder::WorkerFolder;
use crate::os;
use crate::worker::WorkerCommand;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tach_protocol::reply::Ready;
use tokio::sync::mpsc;

/// How often a worker's RSS is read at most.
const RSS_PERIOD: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(super) struct Worker {
    pub commands: mpsc::UnboundedSender<WorkerCommand>,
    pub started: Instant,
    pub pid: Option<u32>,
    pub memory_cap: &'static str,
    pub ready: Option<Ready>,
    /// The only folder that it may write to.
    pub folder: Arc<WorkerFolder>,
    /// The document of the last request, kept while a late worker may still die of it.
    pub document: Option<PathBuf>,
    /// Set when the last answer told of an end that its document is to blame for.
    pub blamed: bool,
    pub rss: Option<f64>,
    /// Of its last reply.
    pub page_cache_mb: f64,
    rss_read: Option<Instant>,
    /// Whether it has answered since.
    rss_stale: bool,
}

impl Worker {
    /// One whose process is being started.
    pub(super) fn new(commands: mpsc::UnboundedSender<WorkerCommand>, folder: Arc<WorkerFolder>) -> Self {
        Self {
            commands,
            started: Instant::now(),
            pid: None,
            memory_cap: "none",
            ready: None,
            folder,
            document: None,
            blamed: false,
            rss: None,
            page_cache_mb: 0.0,
            rss_read: None,
            rss_stale: false,
        }
    }

    /// Its RSS in MB now.
    pub(super) fn read_rss(&self) -> Option<f64> {
        self.pid.and_then(os::rss_bytes).map(|bytes| bytes as f64 / 1_048_576.0)
    }

    /// Its RSS in MB, read anew now and then.
    pub(super) fn recent_rss(&mut self) -> Option<f64> {
        self.rss_stale = self.rss_read.is_some_and(|at| at.elapsed() < RSS_PERIOD);
        if !self.rss_stale {
            self.rss_read = Some(Instant::now());
            self.rss = self.read_rss();
        }
        self.rss
    }

    /// When its RSS is to be read although nothing more is answered: it may have grown since the last look.
    pub(super) fn rss_due(&self) -> Option<Instant> {
        self.rss_read.filter(|_| self.rss_stale).map(|at| at + RSS_PERIOD)
    }
}

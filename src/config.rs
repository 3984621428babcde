//! How a supervisor is set up: the builder, its defaults, and the checks before anything starts.

use crate::error::StartError;
use crate::host::Host;
use crate::pool::PoolPolicy;
use crate::restart::RestartPolicy;
use crate::supervisor::Supervisor;
use crate::worker::state::Graces;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tach_protocol::request::{DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS};

/// After a request's deadline, how long a worker may take to come back before its own guard gives it up (exit 124).
const WEDGE_GRACE: Duration = Duration::from_millis(500);

/// Settings of a [`Supervisor`]; every one has a default.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) host: Host,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) workers: usize,
    pub(crate) spares: usize,
    pub(crate) startup_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) stop_grace: Duration,
    pub(crate) cancel_grace: Duration,
    pub(crate) queue_capacity: usize,
    pub(crate) recycle_requests: u64,
    pub(crate) recycle_rss_mb: Option<u64>,
    pub(crate) restart: RestartPolicy,
    pub(crate) quarantine_after: u32,
    pub(crate) quarantine_ttl: Duration,
    pub(crate) log_folder: LogFolder,
    pub(crate) ram_limit_mb: u64,
    pub(crate) docling_threads: usize,
    pub(crate) mmap_folder: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub(crate) enum LogFolder {
    Default,
    Off,
    At(PathBuf),
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            host: Host::shim(),
            env: Vec::new(),
            workers: 1,
            spares: 0,
            startup_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_millis(
                variable("TACH_WORKER_TIMEOUT_MS").unwrap_or(DEFAULT_TIMEOUT_MS.into()),
            ),
            stop_grace: Duration::from_secs(2),
            cancel_grace: Duration::from_millis(250),
            queue_capacity: 1024,
            recycle_requests: 0,
            recycle_rss_mb: None,
            restart: RestartPolicy::default(),
            quarantine_after: 3,
            quarantine_ttl: Duration::from_secs(3600),
            log_folder: LogFolder::Default,
            ram_limit_mb: variable("TACH_WORKER_RAM_LIMIT_MB").unwrap_or(1024),
            docling_threads: usize::try_from(variable("TACH_DOCLING_THREADS").unwrap_or(4)).unwrap_or(4),
            mmap_folder: None,
        }
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.trim().parse().ok()
}

impl Builder {
    /// What runs in a worker process. Default: [`Host::shim`].
    #[must_use]
    pub fn host(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    /// Sets an environment variable of the workers. Of this process's own variables they get only a list (docs/security.md): paths,
    /// language, and the `TACH_` settings.
    #[must_use]
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((key.into(), value.into()));
        self
    }

    /// Requests that run at a time, each in a process of its own. Default 1.
    #[must_use]
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// Ready workers kept beyond [`workers`](Self::workers), so that a crash does not cost a start. Default 0.
    #[must_use]
    pub fn spares(mut self, count: usize) -> Self {
        self.spares = count;
        self
    }

    /// Deadline from the start of a worker to its `ready`. Default 60 s.
    #[must_use]
    pub fn startup_timeout(mut self, timeout: Duration) -> Self {
        self.startup_timeout = timeout;
        self
    }

    /// Deadline of a request that names none. Default `TACH_WORKER_TIMEOUT_MS`, else 5 s.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How long a worker may take to stop in good order before it is killed. Default 2 s.
    #[must_use]
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.stop_grace = grace;
        self
    }

    /// How long a worker may go on with a request that was cancelled before it is killed. Default 250 ms.
    #[must_use]
    pub fn cancel_grace(mut self, grace: Duration) -> Self {
        self.cancel_grace = grace;
        self
    }

    /// Requests of one caller that may wait; four times as many of all callers together. Default 1024.
    #[must_use]
    pub fn queue_capacity(mut self, capacity: usize) -> Self {
        self.queue_capacity = capacity;
        self
    }

    /// Replaces a worker after this many requests. Default 0: never.
    #[must_use]
    pub fn recycle_after_requests(mut self, requests: u64) -> Self {
        self.recycle_requests = requests;
        self
    }

    /// Replaces a worker whose RSS is above this after a request, in MB; 0 for never. Default: the soft memory limit.
    #[must_use]
    pub fn recycle_above_rss_mb(mut self, megabytes: u64) -> Self {
        self.recycle_rss_mb = Some(megabytes);
        self
    }

    /// How many different crashes within `window` open the breaker, and for how long at first. Default 10 in 60 s, 5 s.
    #[must_use]
    pub fn breaker(mut self, crash_limit: usize, window: Duration, open_for: Duration) -> Self {
        self.restart.crash_limit = crash_limit;
        self.restart.window = window;
        self.restart.open_for = open_for;
        self
    }

    /// First and longest delay between restarts. Default 100 ms and 5 s.
    #[must_use]
    pub fn backoff(mut self, base: Duration, max: Duration) -> Self {
        self.restart.backoff_base = base;
        self.restart.backoff_max = max;
        self
    }

    /// Refuses a document after it killed this many workers (0: never), until `time_to_live` after the last. Default 3, 1 h.
    #[must_use]
    pub fn quarantine(mut self, after_kills: u32, time_to_live: Duration) -> Self {
        self.quarantine_after = after_kills;
        self.quarantine_ttl = time_to_live;
        self
    }

    /// Folder of the rotating log of the workers' stderr, or `None` for no file.
    /// Default: `$XDG_STATE_HOME/tach` or `~/.local/state/tach`; `%LOCALAPPDATA%\tach` on Windows.
    #[must_use]
    pub fn log_folder(mut self, folder: Option<PathBuf>) -> Self {
        self.log_folder = folder.map_or(LogFolder::Off, LogFolder::At);
        self
    }

    /// Soft memory limit of a worker in MB; the hard limit is 1.5 times it. Default `TACH_WORKER_RAM_LIMIT_MB`, else 1024.
    #[must_use]
    pub fn ram_limit_mb(mut self, megabytes: u64) -> Self {
        self.ram_limit_mb = megabytes;
        self
    }

    /// Threads that all workers together may use for Docling; each gets its share. Default `TACH_DOCLING_THREADS`, else 4.
    #[must_use]
    pub fn docling_threads(mut self, threads: usize) -> Self {
        self.docling_threads = threads;
        self
    }

    /// Folder for pictures handed over by `mmap`. Default: a private one that is removed at the end.
    #[must_use]
    pub fn mmap_folder(mut self, folder: PathBuf) -> Self {
        self.mmap_folder = Some(folder);
        self
    }

    /// Starts the workers and waits until the first is ready.
    ///
    /// # Errors
    /// [`StartError`] where a setting is out of range, or no worker got ready; it says what is missing and what to do.
    pub async fn start(self) -> Result<Supervisor, StartError> {
        self.check()?;
        Supervisor::start(self).await
    }

    fn check(&self) -> Result<(), StartError> {
        let wrong = |what: &str| Err(StartError::Settings(what.to_owned()));
        if !(1..=256).contains(&self.workers) || self.spares > 64 {
            return wrong("workers must be 1 to 256 and spares 0 to 64");
        }
        if !(1..=1_000_000).contains(&self.queue_capacity) {
            return wrong("queue_capacity must be 1 to 1,000,000");
        }
        let longest = Duration::from_millis(MAX_TIMEOUT_MS.into());
        if self.request_timeout < Duration::from_millis(1) || self.request_timeout > longest {
            return wrong("request_timeout must be 1 ms to 600 s");
        }
        if self.ram_limit_mb == 0 || self.restart.crash_limit == 0 || self.docling_threads == 0 {
            return wrong("ram_limit_mb, the breaker's crash_limit and docling_threads must be above 0");
        }
        Ok(())
    }

    pub(crate) fn pool_policy(&self) -> PoolPolicy {
        PoolPolicy {
            workers: self.workers,
            spares: self.spares,
            recycle_requests: self.recycle_requests,
            recycle_rss_mb: self.recycle_rss_mb.unwrap_or(self.ram_limit_mb),
            start_failure_memory: Duration::from_secs(5),
            killed_start_patience: self.startup_timeout,
            restart: self.restart.clone(),
        }
    }

    pub(crate) fn graces(&self) -> Graces {
        Graces {
            startup: self.startup_timeout,
            answer: Duration::from_millis(250),
            late: WEDGE_GRACE + Duration::from_millis(500),
            cancel: self.cancel_grace,
            stop: self.stop_grace,
        }
    }

    /// Memory in bytes that the system lets a worker's tree have: the hard limit, and a quarter more for its children, so
    /// that the worker's own guard acts first and says why.
    pub(crate) fn memory_cap(&self) -> u64 {
        let hard_mb = self.ram_limit_mb + self.ram_limit_mb / 2;
        (hard_mb + hard_mb / 4) << 20
    }
}

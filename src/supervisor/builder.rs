//! The builder: one method for each setting of a supervisor, and the start.

use super::Supervisor;
use crate::config::{Config, LogFolder};
use crate::error::StartError;
use crate::host::Host;
use crate::{runtime, variables};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tach_protocol::limits::{
    DEFAULT_DOCLING_THREADS, DEFAULT_RAM_SOFT_MB, DEFAULT_TIMEOUT_MS, MAX_DOCLING_THREADS, MAX_RAM_SOFT_MB,
    MAX_TIMEOUT_MS,
};

/// Settings of a [`Supervisor`]; every one has a default.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    config: Config,
    /// What the application set itself; the others come from environment variables at the start.
    request_timeout: Option<Duration>,
    ram_limit_mb: Option<u64>,
    docling_threads: Option<usize>,
}

impl Supervisor {
    /// The settings of a new supervisor, all at their defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// What runs in a worker process. Default: [`Host::shim`].
    #[must_use]
    pub fn host(mut self, host: Host) -> Self {
        self.config.host = host;
        self
    }

    /// Sets an environment variable of the workers. Of this process's own variables they get only a list (docs/security.md): paths,
    /// language, and the `TACH_` settings.
    #[must_use]
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.config.env.push((key.into(), value.into()));
        self
    }

    /// Requests that run at a time, each in a process of its own. Default 1.
    #[must_use]
    pub fn workers(mut self, count: usize) -> Self {
        self.config.workers = count;
        self
    }

    /// Ready workers kept beyond [`workers`](Self::workers), so that a crash does not cost a start. Default 0.
    #[must_use]
    pub fn spares(mut self, count: usize) -> Self {
        self.config.spares = count;
        self
    }

    /// Deadline from the start of a worker to its `ready`. Default 60 s.
    #[must_use]
    pub fn startup_timeout(mut self, timeout: Duration) -> Self {
        self.config.startup_timeout = timeout;
        self
    }

    /// Deadline of a request that names none. Default `TACH_WORKER_TIMEOUT_MS`, else 5 s.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// How long a worker may take to stop in good order before it is killed. Default 2 s.
    #[must_use]
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.config.stop_grace = grace;
        self
    }

    /// How long a worker may go on with a request that was cancelled before it is killed. Default 250 ms.
    #[must_use]
    pub fn cancel_grace(mut self, grace: Duration) -> Self {
        self.config.cancel_grace = grace;
        self
    }

    /// Requests of one caller that may wait; four times as many of all callers together. Default 1024.
    #[must_use]
    pub fn queue_capacity(mut self, capacity: usize) -> Self {
        self.config.queue_capacity = capacity;
        self
    }

    /// Replaces a worker after this many requests. Default 0: never.
    #[must_use]
    pub fn recycle_after_requests(mut self, requests: u64) -> Self {
        self.config.recycle_requests = requests;
        self
    }

    /// Replaces a worker whose RSS is above this after a request, in MB; 0 for never. Default: the soft memory limit.
    #[must_use]
    pub fn recycle_above_rss_mb(mut self, megabytes: u64) -> Self {
        self.config.recycle_rss_mb = Some(megabytes);
        self
    }

    /// How many different crashes within `window` open the breaker, and for how long at first. Default 10 in 60 s, 5 s.
    #[must_use]
    pub fn breaker(mut self, crash_limit: usize, window: Duration, open_for: Duration) -> Self {
        self.config.restart.crash_limit = crash_limit;
        self.config.restart.window = window;
        self.config.restart.open_for = open_for;
        self
    }

    /// First and longest delay between restarts. Default 100 ms and 5 s.
    #[must_use]
    pub fn backoff(mut self, base: Duration, max: Duration) -> Self {
        self.config.restart.backoff_base = base;
        self.config.restart.backoff_max = max;
        self
    }

    /// Refuses a document after it killed this many workers (0: never), until `time_to_live` after the last. Default 3, 1 h.
    #[must_use]
    pub fn quarantine(mut self, after_kills: u32, time_to_live: Duration) -> Self {
        self.config.quarantine_after = after_kills;
        self.config.quarantine_ttl = time_to_live;
        self
    }

    /// Folder of the rotating log of the workers' stderr, or `None` for no file.
    /// Default: `$XDG_STATE_HOME/tach` or `~/.local/state/tach`; `%LOCALAPPDATA%\tach` on Windows.
    #[must_use]
    pub fn log_folder(mut self, folder: Option<PathBuf>) -> Self {
        self.config.log_folder = folder.map_or(LogFolder::Off, LogFolder::At);
        self
    }

    /// Soft memory limit of a worker in MB; the hard limit is 1.5 times it. Default `TACH_WORKER_RAM_LIMIT_MB`, else 1024.
    #[must_use]
    pub fn ram_limit_mb(mut self, megabytes: u64) -> Self {
        self.ram_limit_mb = Some(megabytes);
        self
    }

    /// Threads that all workers together may use for Docling; each gets its share. Default `TACH_DOCLING_THREADS`, else 4.
    #[must_use]
    pub fn docling_threads(mut self, threads: usize) -> Self {
        self.docling_threads = Some(threads);
        self
    }

    /// Folder for pictures handed over by `mmap`. Default: a private one that is removed at the end.
    #[must_use]
    pub fn mmap_folder(mut self, folder: PathBuf) -> Self {
        self.config.mmap_folder = Some(folder);
        self
    }

    /// Starts the workers and waits until the first is ready.
    ///
    /// # Errors
    /// [`StartError`] where a setting or an environment variable is out of range, the runtime has no timers or no I/O, or no worker
    /// got ready; it says what is missing and what to do.
    pub async fn start(self) -> Result<Supervisor, StartError> {
        runtime::check()?;
        let config = self.config_of(|name| std::env::var_os(name))?;
        config.check()?;
        Supervisor::start(config).await
    }

    /// The settings, with environment variables where the application set nothing itself.
    fn config_of(self, lookup: impl Fn(&str) -> Option<OsString>) -> Result<Config, StartError> {
        let mut config = self.config;
        config.request_timeout = match self.request_timeout {
            Some(timeout) => timeout,
            None => Duration::from_millis(variables::integer(
                "TACH_WORKER_TIMEOUT_MS",
                DEFAULT_TIMEOUT_MS.into(),
                MAX_TIMEOUT_MS.into(),
                &lookup,
            )?),
        };
        config.ram_limit_mb = match self.ram_limit_mb {
            Some(megabytes) => megabytes,
            None => variables::integer("TACH_WORKER_RAM_LIMIT_MB", DEFAULT_RAM_SOFT_MB, MAX_RAM_SOFT_MB, &lookup)?,
        };
        config.docling_threads = if let Some(threads) = self.docling_threads {
            threads
        } else {
            let default = DEFAULT_DOCLING_THREADS as u64;
            let threads = variables::integer("TACH_DOCLING_THREADS", default, MAX_DOCLING_THREADS as u64, &lookup)?;
            usize::try_from(threads).unwrap_or(DEFAULT_DOCLING_THREADS)
        };
        Ok(config)
    }
}

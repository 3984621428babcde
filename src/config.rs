//! The settings of a supervisor: their defaults, the checks before anything starts, and what follows from them.

use crate::error::StartError;
use crate::host::Host;
use crate::pool::PoolPolicy;
use crate::restart::RestartPolicy;
use crate::worker::state::Graces;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tach_protocol::limits;

/// After a request's deadline, how long a worker may take to come back before its own guard gives it up (exit 124).
const WEDGE_GRACE: Duration = Duration::from_millis(limits::GRACE_MS);

/// Every setting, checked by [`Config::check`].
#[derive(Clone, Debug)]
pub(crate) struct Config {
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

impl Default for Config {
    fn default() -> Self {
        Self {
            host: Host::shim(),
            env: Vec::new(),
            workers: 1,
            spares: 0,
            startup_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_millis(limits::DEFAULT_TIMEOUT_MS.into()),
            stop_grace: Duration::from_secs(2),
            cancel_grace: Duration::from_millis(250),
            queue_capacity: 1024,
            recycle_requests: 0,
            recycle_rss_mb: None,
            restart: RestartPolicy::default(),
            quarantine_after: 3,
            quarantine_ttl: Duration::from_secs(3600),
            log_folder: LogFolder::Default,
            ram_limit_mb: limits::DEFAULT_RAM_SOFT_MB,
            docling_threads: limits::DEFAULT_DOCLING_THREADS,
            mmap_folder: None,
        }
    }
}

impl Config {
    /// Whether every setting is in its range.
    ///
    /// # Errors
    /// [`StartError::Settings`] that names the setting and its range.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let wrong = |what: &str| Err(StartError::Settings(what.to_owned()));
        if !(1..=256).contains(&self.workers) || self.spares > 64 {
            return wrong("workers must be 1 to 256 and spares 0 to 64");
        }
        if !(1..=1_000_000).contains(&self.queue_capacity) {
            return wrong("queue_capacity must be 1 to 1,000,000");
        }
        let longest = Duration::from_millis(limits::MAX_TIMEOUT_MS.into());
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
            killed_start_timeout: self.startup_timeout,
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
        let hard_mb = limits::ram_hard_mb(self.ram_limit_mb);
        (hard_mb + hard_mb / 4) << 20
    }
}

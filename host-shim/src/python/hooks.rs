//! What pyworker may call while it works: events, progress, and the way out when memory runs short.
//!
//! Each call lets go of the interpreter's lock before it writes, so that a peer that does not read holds up no other thread.

use crate::session::Session;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tach_protocol::reply::Lifecycle;

/// Least time between two progress messages; the last one, `done == total`, is always sent.
const PROGRESS_PAUSE: Duration = Duration::from_millis(100);

/// Given to `pyworker.bridge.start`.
#[pyclass(frozen)]
pub struct Hooks {
    session: Arc<Session>,
}

impl Hooks {
    /// Hooks into `session`.
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }
}

#[pymethods]
impl Hooks {
    /// Sends a lifecycle event, a dictionary with `event` and that event's fields.
    fn emit(&self, py: Python<'_>, event: &Bound<'_, PyAny>) -> PyResult<()> {
        let event: Lifecycle = pythonize::depythonize(event)
            .map_err(|error| PyValueError::new_err(format!("no lifecycle event: {error}")))?;
        py.detach(|| self.session.report(event));
        Ok(())
    }

    /// Notes how many bytes of pixels are kept, for the `perf` of the replies.
    fn page_cache(&self, held_bytes: usize) {
        self.session.keeps(held_bytes);
    }

    /// Ends the worker: `memory_critical`, `out_of_memory` for the request in flight, exit code 137. Returns only where
    /// another thread is already at it.
    fn leave_out_of_memory(&self, py: Python<'_>, rss_mb: f64) {
        py.detach(|| self.session.out_of_memory(rss_mb));
    }
}

/// The `progress` callable of a request: `progress(done, total)`. One object serves every request.
#[pyclass(frozen)]
pub struct ProgressHook {
    session: Arc<Session>,
    sent_at: Mutex<Option<Instant>>,
}

impl ProgressHook {
    /// A callable that reports the request in flight.
    pub fn new(session: Arc<Session>) -> Self {
        Self { session, sent_at: Mutex::new(None) }
    }
}

#[pymethods]
impl ProgressHook {
    fn __call__(&self, py: Python<'_>, done: u64, total: u64) {
        {
            let mut sent_at = self.sent_at.lock().unwrap_or_else(PoisonError::into_inner);
            if done < total && sent_at.is_some_and(|at| at.elapsed() < PROGRESS_PAUSE) {
                return;
            }
            *sent_at = Some(Instant::now());
        }
        py.detach(|| self.session.progress(done, total));
    }
}

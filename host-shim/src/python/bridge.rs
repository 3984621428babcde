//! The engine that is pyworker: `pyworker.bridge.start` once, `handle` for every request, `stop` once.

use super::errors::{Describe, class_and_text};
use super::hooks::{Hooks, ProgressHook};
use super::{interpreter, json};
use crate::confinement::{CAPABILITY, Outcome};
use crate::engine::Engine;
use crate::os::DocumentSocket;
use crate::session::Session;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pythonize::pythonize;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tach_environment::PythonEnvironment;
use tach_protocol::reply::Ready;
use tach_protocol::{Command, ErrorBody, ErrorCode, PROTOCOL_VERSION, WORKER_VERSION};

/// Calls pyworker on the thread that started it.
#[derive(Debug)]
pub struct PythonEngine {
    session: Arc<Session>,
    handle: Py<PyAny>,
    warm_up: Py<PyAny>,
    stop: Py<PyAny>,
    progress: Py<ProgressHook>,
    errors: Describe,
    documents: Option<DocumentSocket>,
}

/// What `pyworker.bridge.start` tells about itself; the host adds the rest of `ready`.
#[derive(Deserialize)]
struct SelfCheck {
    capabilities: Vec<String>,
    python: String,
    docling: Option<String>,
    profile: String,
}

impl PythonEngine {
    /// Starts the interpreter in `environment` on this thread, imports pyworker and runs its self-check, which loads Docling
    /// where the settings say so. `sandbox` tells in `ready` how far the process is confined; over `documents`
    /// it gets what it is to read.
    ///
    /// # Errors
    /// The `startup_failed` error that says what is missing and what to do; a traceback is on stderr then.
    pub fn start(
        environment: &PythonEnvironment,
        session: &Arc<Session>,
        sandbox: Outcome,
        documents: Option<DocumentSocket>,
    ) -> Result<(Self, Ready), ErrorBody> {
        let failed = |message: String| ErrorBody::new(ErrorCode::StartupFailed, message);
        interpreter::start(environment).map_err(failed)?;
        Python::attach(|py| {
            let import_failed = |error: PyErr| {
                error.display(py);
                failed(format!(
                    "the Python environment at {} cannot load pyworker ({}): install its requirements anew, or name \
                     another environment with TACH_PYTHON",
                    environment.root.display(),
                    class_and_text(py, &error)
                ))
            };
            let errors = Describe::import(py).map_err(import_failed)?;
            let bridge = py.import("pyworker.bridge").map_err(import_failed)?;
            let handle = bridge.getattr("handle").map_err(import_failed)?.unbind();
            let warm_up = bridge.getattr("warm_up").map_err(import_failed)?.unbind();
            let stop = bridge.getattr("stop").map_err(import_failed)?.unbind();
            let progress = Py::new(py, ProgressHook::new(Arc::clone(session))).map_err(import_failed)?;
            let check = bridge
                .call_method1("start", (Hooks::new(Arc::clone(session)),))
                .map_err(|error| failed(errors.body(py, &error, None).message))?;
            let mut check: SelfCheck = pythonize::depythonize(&check)
                .map_err(|error| failed(format!("pyworker and this host do not fit together: {error}")))?;
            if sandbox.is_confined {
                check.capabilities.push(CAPABILITY.to_owned());
            }
            let ready = Ready {
                protocol: PROTOCOL_VERSION,
                version: WORKER_VERSION.to_owned(),
                pid: std::process::id(),
                capabilities: check.capabilities,
                sandbox: Some(sandbox.report),
                python: check.python,
                docling: check.docling,
                profile: check.profile,
                limits: session.settings().limits,
            };
            Ok((Self { session: Arc::clone(session), handle, warm_up, stop, progress, errors, documents }, ready))
        })
    }
}

impl PythonEngine {
    /// The descriptor of the document that `command` reads, where the supervisor hands it over.
    fn document_of(&mut self, command: &Command, timeout: Duration) -> Result<Option<i32>, ErrorBody> {
        let Some(documents) = self.documents.as_mut().filter(|_| command.file_path().is_some()) else {
            return Ok(None);
        };
        // A request that was answered meanwhile needs no document.
        let id = self.session.slot().unanswered_id().unwrap_or_default();
        documents.receive(&id, timeout).map(Some)
    }

    /// Ends pyworker's threads and removes its files. It may hang where native code does; the caller bounds it.
    pub fn stop(&self) {
        Python::attach(|py| {
            if let Err(error) = self.stop.call0(py) {
                tracing::warn!("pyworker did not stop well: {}", class_and_text(py, &error));
            }
        });
    }
}

impl Engine for PythonEngine {
    fn handle(&mut self, command: &Command, timeout: Duration, data: &mut Vec<u8>) -> Result<(), ErrorBody> {
        let document = self.document_of(command, timeout)?;
        Python::attach(|py| {
            let reply = payload(py, command).and_then(|payload| {
                let arguments = (command.name(), payload, timeout.as_secs_f64(), self.progress.bind(py), document);
                let reply = self.handle.bind(py).call1(arguments)?;
                json::append_data(reply.cast::<PyDict>()?, data)
            });
            reply.map_err(|error| self.errors.body(py, &error, self.session.slot().unanswered_id().as_deref()))
        })
    }

    fn warm_up(&mut self) -> bool {
        Python::attach(|py| {
            let more = self.warm_up.call0(py).and_then(|more| more.extract(py));
            more.unwrap_or_else(|error| {
                tracing::warn!("pyworker did not warm up: {}", class_and_text(py, &error));
                false
            })
        })
    }
}

/// The payload as a dictionary, defaults filled in; fields without a value are left out.
fn payload<'py>(py: Python<'py>, command: &Command) -> PyResult<Bound<'py, PyAny>> {
    Ok(match command {
        Command::ExtractEvidence(payload) => pythonize(py, payload),
        Command::ParseTable(payload) => pythonize(py, payload),
        Command::ExtractText(payload) => pythonize(py, payload),
        Command::ReadSheet(payload) => pythonize(py, payload),
        Command::DocumentInfo(payload) => pythonize(py, payload),
        Command::Convert(payload) => pythonize(py, payload),
        Command::FindText(payload) => pythonize(py, payload),
        Command::Ping(payload) => pythonize(py, payload),
        Command::Shutdown(payload) => pythonize(py, payload),
        Command::Fault(payload) => pythonize(py, payload),
    }?)
}

//! Python exceptions to wire errors, by `pyworker.errors.describe`, which `python -m pyworker` uses too.

use pyo3::prelude::*;
use serde_json::{Map, Value};
use tach_protocol::{ErrorBody, ErrorCode};

/// `pyworker.errors.describe`.
#[derive(Debug)]
pub struct Describe(Py<PyAny>);

impl Describe {
    /// Imports it.
    pub fn import(py: Python<'_>) -> PyResult<Self> {
        Ok(Self(py.import("pyworker.errors")?.getattr("describe")?.unbind()))
    }

    /// The error of a reply for what Python raised, `SystemExit` and `KeyboardInterrupt` included. The traceback of an
    /// unexpected exception goes to stderr, behind a log line with the request's id.
    pub fn body(&self, py: Python<'_>, error: &PyErr, req_id: Option<&str>) -> ErrorBody {
        let described = self.0.bind(py).call1((error.value(py),)).and_then(|described| read(&described));
        let body = described.unwrap_or_else(|_| ErrorBody::new(ErrorCode::EngineError, class_and_text(py, error)));
        if body.code == ErrorCode::EngineError {
            tracing::warn!(req_id, "the engine raised {}", body.message);
        }
        body
    }
}

fn read(described: &Bound<'_, PyAny>) -> PyResult<ErrorBody> {
    let (code, message, details): (String, String, Bound<'_, PyAny>) = described.extract()?;
    let code = ErrorCode::ALL.iter().copied().find(|known| known.as_str() == code).unwrap_or(ErrorCode::EngineError);
    let details: Map<String, Value> = pythonize::depythonize(&details)?;
    Ok(ErrorBody { code, message, details })
}

/// `ClassName: text`, or the class alone where there is no text.
pub fn class_and_text(py: Python<'_>, error: &PyErr) -> String {
    let class = error.get_type(py).name().map_or_else(|_| "an exception".to_owned(), |name| name.to_string());
    match error.value(py).str() {
        Ok(text) if !text.to_string_lossy().is_empty() => format!("{class}: {}", text.to_string_lossy()),
        _ => class,
    }
}

//! What a client gets where a request is refused or fails: the protocol's error object, and the HTTP status that goes with it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tach_supervisor::{ErrorBody, ErrorCode, Perf, Reply};

/// A refusal by the service itself, or an error of the protocol.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    code: &'static str,
    message: String,
    details: serde_json::Map<String, Value>,
    retry_after_s: Option<u64>,
}

impl Failure {
    /// A refusal with a code that the wire protocol doesn't have.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: serde_json::Map::new(), retry_after_s: None }
    }

    /// The body or a parameter is not what it must be: 400.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// Nothing has this name: 404.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// The body is larger than the bound: 413.
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// The message alone.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Too much waits: 429, to be tried again after this many seconds.
    pub(crate) fn busy(message: impl Into<String>, seconds: u64) -> Self {
        let failure = Self::new(StatusCode::TOO_MANY_REQUESTS, "overloaded", message);
        Self { retry_after_s: Some(seconds), ..failure }
    }
}

impl From<ErrorBody> for Failure {
    fn from(error: ErrorBody) -> Self {
        let retry_after_s = retry_after_s(&error);
        let (status, code) = (status_of(error.code), error.code.as_str());
        Self { status, code, message: error.message, details: error.details, retry_after_s }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({
            // docling-serve's clients read `detail`.
            "detail": self.message,
            "req_id": null, "status": "error",
            "error": {"code": self.code, "message": self.message, "details": self.details},
            "perf": Perf::default(),
        });
        with_retry(self.retry_after_s, (self.status, Json(body)).into_response())
    }
}

/// A reply of the protocol as a response: 200, or the status of its error.
pub(crate) fn response_of(reply: &Reply) -> Response {
    let (status, retry) = match &reply.outcome {
        Ok(_) => (StatusCode::OK, None),
        Err(error) => (status_of(error.code), retry_after_s(error)),
    };
    with_retry(retry, (status, Json(reply)).into_response())
}

/// The HTTP status of an error code. A document that cannot be read is 422: the request was understood.
pub(crate) fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidJson | ErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorCode::UnknownCommand | ErrorCode::FileNotFound => StatusCode::NOT_FOUND,
        ErrorCode::PathNotAllowed | ErrorCode::FileUnreadable => StatusCode::FORBIDDEN,
        ErrorCode::UnsupportedFormat => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::PdfCorrupt
        | ErrorCode::PdfEncrypted
        | ErrorCode::PageOutOfRange
        | ErrorCode::BboxOutOfPage
        | ErrorCode::ImageTooLarge
        | ErrorCode::Quarantined => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::EngineUnavailable => StatusCode::NOT_IMPLEMENTED,
        ErrorCode::EngineError => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Timeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorCode::OutOfMemory | ErrorCode::WorkerCrashed | ErrorCode::ProtocolError => StatusCode::BAD_GATEWAY,
        ErrorCode::StartupFailed | ErrorCode::Unavailable | ErrorCode::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Overloaded => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Cancelled => StatusCode::CONFLICT,
    }
}

fn retry_after_s(error: &ErrorBody) -> Option<u64> {
    let milliseconds = error.details.get("retry_after_ms").and_then(Value::as_u64);
    match error.code {
        ErrorCode::Overloaded | ErrorCode::Unavailable => Some(milliseconds.unwrap_or(1000).div_ceil(1000).max(1)),
        _ => None,
    }
}

fn with_retry(seconds: Option<u64>, mut response: Response) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_breaker_says_when_to_come_back() {
        let error = ErrorBody::new(ErrorCode::Unavailable, "closed").with("retry_after_ms", 4200);
        let response = Failure::from(error).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
    }

    #[test]
    fn what_the_caller_did_wrong_is_never_a_fault_of_the_service() {
        for code in ["invalid_request", "file_not_found", "pdf_corrupt", "pdf_encrypted", "page_out_of_range"] {
            let code = ErrorCode::ALL.iter().copied().find(|known| known.as_str() == code).unwrap();
            assert!(status_of(code).is_client_error(), "{code}");
        }
    }
}

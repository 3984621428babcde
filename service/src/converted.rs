//! docling-serve's `ConvertDocumentResponse`, made of what the worker answered.

use crate::failure::status_of;
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{Map, json};
use tach_supervisor::{ConvertFormat, ErrorBody, ErrorCode};

/// A document in each format that was asked for: docling-serve's name of it, and the content as JSON.
pub(crate) type Contents = Vec<(String, Box<RawValue>)>;

/// The response, and whether it tells of a failure.
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    pub(crate) failure: Option<String>,
}

/// The response to a conversion that took so many seconds.
pub(crate) fn answer_of(file_name: &str, converted: Result<Contents, ErrorBody>, seconds: f64) -> Answer {
    let mut document = Map::new();
    document.insert("filename".into(), file_name.into());
    let mut text = serde_json::to_string(&document).unwrap_or_default();
    text.pop();
    let (status, errors, failure) = match converted {
        Ok(contents) => {
            for (name, content) in contents {
                text.push_str(",\"");
                text.push_str(&name);
                text.push_str("\":");
                text.push_str(content.get());
            }
            ("success", json!([]), None)
        }
        Err(error) => {
            let component = if is_of_the_document(error.code) { "document_backend" } else { "user_input" };
            let message = format!("{}: {}", error.code, error.message);
            let error = json!({"component_type": component, "module_name": "tach", "error_message": message});
            ("failure", json!([error]), Some(message))
        }
    };
    let rest = json!({"status": status, "errors": errors, "processing_time": seconds, "timings": {}}).to_string();
    Answer { body: format!("{{\"document\":{text}}},{}", &rest[1..]).into(), failure }
}

/// Whether an error says something of the document, rather than of the request or of the service.
pub(crate) fn is_of_the_document(code: ErrorCode) -> bool {
    let is_of_the_worker = matches!(
        code,
        ErrorCode::EngineError
            | ErrorCode::EngineUnavailable
            | ErrorCode::Timeout
            | ErrorCode::OutOfMemory
            | ErrorCode::WorkerCrashed
            | ErrorCode::ProtocolError
    );
    is_of_the_worker || matches!(status_of(code), StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE)
}

/// The content of one format in the data of `convert`.
///
/// # Errors
/// The data is not what the protocol says.
pub(crate) fn content_of(format: ConvertFormat, data: Box<RawValue>) -> Result<Box<RawValue>, ErrorBody> {
    #[derive(serde::Deserialize)]
    struct Text<'a> {
        #[serde(borrow)]
        text: &'a RawValue,
    }
    if format == ConvertFormat::Docling {
        return Ok(data);
    }
    let misread =
        |error: serde_json::Error| ErrorBody::new(ErrorCode::ProtocolError, format!("the reply has no text: {error}"));
    serde_json::from_str::<Text<'_>>(data.get()).map(|data| data.text.to_owned()).map_err(misread)
}

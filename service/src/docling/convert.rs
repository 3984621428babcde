//! Converts a document in every format that a client wants, and answers as docling-serve does.

use super::form::{self, Document, Job};
use super::options::Options;
use crate::app::App;
use crate::failure::{Failure, status_of};
use crate::intake::prepare;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tach_supervisor::{ConvertFormat, ErrorBody, ErrorCode, Supervisor};

/// `POST /v1/convert/file`.
pub(crate) async fn file(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let place = app.admission.enter()?;
    let job = form::file(&app, request).await?;
    let answer = answer(&app, &job).await?;
    drop(place);
    Ok(json_of(answer.body))
}

/// `POST /v1/convert/source`.
pub(crate) async fn source(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let place = app.admission.enter()?;
    let job = form::source(&app, request).await?;
    let answer = answer(&app, &job).await?;
    drop(place);
    Ok(json_of(answer.body))
}

/// JSON that is serialized already.
pub(crate) fn json_of(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// docling-serve's `ConvertDocumentResponse`, and whether it tells of a failure.
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    pub(crate) failure: Option<String>,
}

/// Converts. A document that cannot be read is an answer with the status `failure`, as docling-serve has it.
///
/// # Errors
/// The service cannot work on it now, or the path is not allowed.
pub(crate) async fn answer(app: &App, job: &Job) -> Result<Answer, Failure> {
    let start = Instant::now();
    let converted = contents(app, &job.document, &job.options).await;
    let mut document = Map::new();
    document.insert("filename".into(), job.document.name().into());
    let mut text = serde_json::to_string(&document).unwrap_or_default();
    text.pop();
    let (status, errors, failure) = match converted {
        Ok(contents) => {
            for (name, content) in contents {
                text.push_str(",\"");
                text.push_str(name);
                text.push_str("\":");
                text.push_str(content.get());
            }
            ("success", json!([]), None)
        }
        Err(error) if is_of_the_document(error.code) => {
            let message = format!("{}: {}", error.code, error.message);
            let error = json!({"component_type": "document_backend", "module_name": "tach", "error_message": message});
            ("failure", json!([error]), Some(message))
        }
        Err(error) => return Err(error.into()),
    };
    let rest =
        json!({"status": status, "errors": errors, "processing_time": start.elapsed().as_secs_f64(), "timings": {}});
    let rest = rest.to_string();
    let body = format!("{{\"document\":{text}}},{}", &rest[1..]);
    Ok(Answer { body: body.into(), failure })
}

/// Whether an error says something of the document, rather than of the request or of the service.
fn is_of_the_document(code: ErrorCode) -> bool {
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

/// The document in each format, as JSON. The worker keeps the conversion, so that all formats together cost one.
pub(crate) async fn contents(
    app: &App,
    document: &Document,
    options: &Options,
) -> Result<Vec<(&'static str, Box<RawValue>)>, ErrorBody> {
    // A caller of its own: its requests follow each other on the worker that has the document.
    let supervisor = app.supervisor.clone();
    let end = Instant::now()
        + options.timeout.unwrap_or(app.settings.bounds.convert_timeout).min(app.settings.bounds.convert_timeout);
    let range = match options.pages {
        Some(pages) => page_range(app, &supervisor, document, options, pages, end).await?,
        None => None,
    };
    let mut contents = Vec::new();
    for (name, format) in &options.formats {
        let mut payload = json!({
            "format": format,
            "images": if options.embeds_pictures { "embedded" } else { "placeholder" },
        });
        if let Some(range) = range {
            payload["page_range"] = json!(range);
        }
        if let (ConvertFormat::Markdown, Some(text)) = (format, &options.page_break) {
            payload["page_break"] = json!(text);
        }
        let data = submit(app, &supervisor, "convert", document, options, payload, end).await?;
        let content = match format {
            ConvertFormat::Docling => data,
            _ => text_of(&data)?,
        };
        contents.push((*name, content));
    }
    Ok(contents)
}

fn text_of(data: &RawValue) -> Result<Box<RawValue>, ErrorBody> {
    #[derive(serde::Deserialize)]
    struct Text<'a> {
        #[serde(borrow)]
        text: &'a RawValue,
    }
    let misread =
        |error: serde_json::Error| ErrorBody::new(ErrorCode::ProtocolError, format!("the reply has no text: {error}"));
    serde_json::from_str::<Text<'_>>(data.get()).map(|data| data.text.to_owned()).map_err(misread)
}

/// The pages from 0 that exist of those asked for; `None` where the format has no pages.
async fn page_range(
    app: &App,
    supervisor: &Supervisor,
    document: &Document,
    options: &Options,
    [first, last]: [u64; 2],
    end: Instant,
) -> Result<Option<[u64; 2]>, ErrorBody> {
    let payload = json!({"include_pages": false});
    let data = match submit(app, supervisor, "document_info", document, options, payload, end).await {
        Ok(data) => data,
        Err(error) if error.code == ErrorCode::UnsupportedFormat => return Ok(None),
        Err(error) => return Err(error),
    };
    let info: Value = serde_json::from_str(data.get()).unwrap_or_default();
    let count = info["page_count"].as_u64().unwrap_or(u64::MAX);
    if first > count {
        let message = format!("there is no page {first}: the document has {count}");
        return Err(ErrorBody::new(ErrorCode::PageOutOfRange, message).with("page_count", count));
    }
    Ok(Some([first - 1, last.min(count) - 1]))
}

async fn submit(
    app: &App,
    supervisor: &Supervisor,
    cmd: &str,
    document: &Document,
    options: &Options,
    mut payload: Value,
    end: Instant,
) -> Result<Box<RawValue>, ErrorBody> {
    let upload = match document {
        Document::Uploaded(upload) => Some(Arc::clone(upload)),
        Document::Named(path) => {
            payload["file_path"] = path.as_str().into();
            None
        }
    };
    if let Some(password) = &options.password {
        payload["password"] = password.as_str().into();
    }
    let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let left = u32::try_from(left.as_millis()).unwrap_or(u32::MAX).min(tach_protocol::limits::MAX_TIMEOUT_MS);
    let id = crate::ids::random_id();
    let prepared = prepare(app, &id, cmd, &payload.to_string(), Some(left), upload).await?;
    let reply = supervisor.submit(prepared.request.clone()).await;
    prepared.told(reply).outcome
}

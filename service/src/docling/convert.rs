//! Converts a document in every format that a client wants, and answers as docling-serve does.

use super::form::{self, Document, Job};
use super::options::Options;
use crate::app::App;
use crate::converted::{Answer, Contents, answer_of, content_of, is_of_the_document};
use crate::durable::{Kind, Order};
use crate::failure::Failure;
use crate::intake::{Prepared, prepare};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::path::Path;
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

/// Converts. A document that cannot be read is an answer with the status `failure`, as docling-serve has it.
///
/// # Errors
/// The service cannot work on it now, or the path is not allowed.
pub(crate) async fn answer(app: &App, job: &Job) -> Result<Answer, Failure> {
    let start = Instant::now();
    let converted = contents(app, &job.document, &job.options).await;
    match converted {
        Err(error) if !is_of_the_document(error.code) => Err(error.into()),
        converted => Ok(answer_of(&job.document.name(), converted, start.elapsed().as_secs_f64())),
    }
}

/// The document in each format, as JSON. The worker keeps the conversion, so that all formats together cost one.
pub(crate) async fn contents(app: &App, document: &Document, options: &Options) -> Result<Contents, ErrorBody> {
    // A caller of its own: its requests follow each other on the worker that has the document.
    let supervisor = app.supervisor.clone();
    let end = deadline(app, options);
    let mut contents = Vec::new();
    for (name, format, payload) in payloads(app, &supervisor, document, options, end).await? {
        let data = submit(app, &supervisor, "convert", document, options, payload, end).await?;
        contents.push((name.to_owned(), content_of(format, data)?));
    }
    Ok(contents)
}

/// The same conversions as an order for nodes. The pages are counted here and now.
///
/// # Errors
/// The document cannot be read, or a path is not allowed.
pub(crate) async fn order(app: &App, job: &Job) -> Result<Order, Failure> {
    let supervisor = app.supervisor.clone();
    let (document, options) = (&job.document, &job.options);
    let end = deadline(app, options);
    let kind = |formats| Kind::Convert { file_name: document.name(), formats };
    let mut order = Order { kind: kind(Vec::new()), requests: Vec::new(), document: None, naming: None };
    let mut formats = Vec::new();
    for (name, format, payload) in payloads(app, &supervisor, document, options, end).await? {
        let prepared = prepared(app, "convert", document, options, payload, end).await?;
        order.document = prepared.request.command.file_path().map(Path::to_owned);
        order.naming.clone_from(&prepared.naming);
        order.requests.push(prepared.request);
        formats.push((name.to_owned(), format));
    }
    order.kind = kind(formats);
    Ok(order)
}

fn deadline(app: &App, options: &Options) -> Instant {
    let most = app.settings.bounds.convert_timeout;
    Instant::now() + options.timeout.unwrap_or(most).min(most)
}

/// What is asked of `convert` for each format.
async fn payloads(
    app: &App,
    supervisor: &Supervisor,
    document: &Document,
    options: &Options,
    end: Instant,
) -> Result<Vec<(&'static str, ConvertFormat, Value)>, ErrorBody> {
    let range = match options.pages {
        Some(pages) => page_range(app, supervisor, document, options, pages, end).await?,
        None => None,
    };
    let one = |(name, format): &(&'static str, ConvertFormat)| {
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
        (*name, *format, payload)
    };
    Ok(options.formats.iter().map(one).collect())
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
    payload: Value,
    end: Instant,
) -> Result<Box<RawValue>, ErrorBody> {
    let prepared = prepared(app, cmd, document, options, payload, end).await?;
    let reply = supervisor.submit(prepared.request.clone()).await;
    prepared.told(reply).outcome
}

async fn prepared(
    app: &App,
    cmd: &str,
    document: &Document,
    options: &Options,
    mut payload: Value,
    end: Instant,
) -> Result<Prepared, ErrorBody> {
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
    prepare(app, &id, cmd, &payload.to_string(), Some(left), upload).await
}

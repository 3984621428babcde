//! `POST /v1/commands/{cmd}`: one request of the protocol, its payload as JSON or beside an uploaded file.

use crate::app::App;
use crate::extract::{Parameters, Segment};
use crate::failure::{Failure, response_of};
use crate::guard::RequestId;
use crate::intake::{Prepared, prepare};
use crate::uploads::{Upload, paused};
use axum::Extension;
use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tach_supervisor::{Command, Evidence, ExtractEvidence, Progress, Reply};
use tokio::sync::mpsc;

/// Longest payload, in bytes: payloads are small, documents come as files.
const MAX_PAYLOAD_BYTES: usize = 1 << 20;
/// Time between two comments that keep an event stream alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Parameters beside the payload.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deadline {
    /// Deadline in milliseconds, as in the protocol.
    #[serde(default)]
    timeout_ms: Option<u32>,
}

/// The handler.
pub(crate) async fn run(
    State(app): State<Arc<App>>,
    Segment(cmd): Segment,
    Parameters(deadline): Parameters<Deadline>,
    Extension(RequestId(id)): Extension<RequestId>,
    request: Request,
) -> Response {
    let mut response = answer(app, &cmd, deadline.timeout_ms, &id, request).await.into_response();
    // That a deadline of the client's own passed is no fault of the service.
    if deadline.timeout_ms.is_some() && response.status() == StatusCode::GATEWAY_TIMEOUT {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

async fn answer(
    app: Arc<App>,
    cmd: &str,
    timeout_ms: Option<u32>,
    id: &str,
    request: Request,
) -> Result<Response, Failure> {
    let place = app.admission.enter()?;
    let wanted = Wanted::of(request.headers());
    let (payload, upload) = read(&app, request).await?;
    let payload = match wanted {
        Wanted::Image(Some(format)) if cmd == "extract_evidence" => with_format(payload, format),
        _ => payload,
    };
    let prepared = prepare(&app, id, cmd, &payload, timeout_ms, upload).await?;
    match (&wanted, &prepared.request.command) {
        (Wanted::Image(_), Command::ExtractEvidence(payload)) => {
            let payload = payload.clone();
            image(&app, &prepared, payload).await
        }
        (Wanted::Events, _) => Ok(events(app, prepared, place)),
        _ => {
            let reply = app.supervisor.submit(prepared.request.clone()).await;
            Ok(response_of(&prepared.told(reply)))
        }
    }
}

/// What the client's `Accept` prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Json,
    /// The picture's own bytes, in this encoding where one is named.
    Image(Option<&'static str>),
    /// Progress and the reply as server-sent events.
    Events,
}

impl Wanted {
    fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        for range in accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim()) {
            match range {
                "application/json" | "*/*" => return Self::Json,
                "text/event-stream" => return Self::Events,
                "image/png" => return Self::Image(Some("png")),
                "image/jpeg" => return Self::Image(Some("jpeg")),
                "image/webp" => return Self::Image(Some("webp")),
                _ if range.starts_with("image/") => return Self::Image(None),
                _ => {}
            }
        }
        Self::Json
    }
}

/// The payload with an encoding, where it names none itself.
fn with_format(payload: String, format: &str) -> String {
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&payload) {
        Ok(mut members) if !members.contains_key("format") => {
            members.insert("format".into(), format.into());
            serde_json::to_string(&members).unwrap_or(payload)
        }
        _ => payload,
    }
}

/// The payload, and the file where one was sent with it.
async fn read(app: &App, request: Request) -> Result<(String, Option<Arc<Upload>>), Failure> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let bytes = read_all(request.into_body(), MAX_PAYLOAD_BYTES, app.settings.bounds.client_timeout).await?;
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| Failure::bad_request("the payload is not UTF-8"))?;
        return Ok((if text.trim().is_empty() { "{}".to_owned() } else { text }, None));
    }
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|error| Failure::bad_request(error.body_text()))?;
    let (mut payload, mut upload) = (None, None);
    while let Some(mut field) = next_field(&mut form, app.settings.bounds.client_timeout).await? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "payload" if payload.is_none() => payload = Some(read_field(&mut field, MAX_PAYLOAD_BYTES, app).await?),
            "file" if upload.is_none() => {
                let file_name = field.file_name().unwrap_or_default().to_owned();
                upload = Some(Arc::new(app.uploads.store(&file_name, field).await?));
            }
            _ => {
                let message =
                    format!("the form has a field `{}`; it may have one `payload` and one `file`", name.escape_debug());
                return Err(Failure::bad_request(message));
            }
        }
    }
    Ok((payload.unwrap_or_else(|| "{}".to_owned()), upload))
}

/// The next field of a form, within the time a client may pause.
pub(crate) async fn next_field(
    form: &mut Multipart,
    timeout: Duration,
) -> Result<Option<axum::extract::multipart::Field<'_>>, Failure> {
    match tokio::time::timeout(timeout, form.next_field()).await {
        Ok(Ok(field)) => Ok(field),
        Ok(Err(error)) => Err(Failure::bad_request(format!("the form cannot be read: {}", error.body_text()))),
        Err(_) => Err(paused(timeout)),
    }
}

/// A field of text.
pub(crate) async fn read_field(
    field: &mut axum::extract::multipart::Field<'_>,
    limit: usize,
    app: &App,
) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let timeout = app.settings.bounds.client_timeout;
    loop {
        match tokio::time::timeout(timeout, field.chunk()).await {
            Ok(Ok(Some(chunk))) if bytes.len() + chunk.len() <= limit => bytes.extend_from_slice(&chunk),
            Ok(Ok(Some(_))) => return Err(Failure::too_large(format!("a field of text may have {limit} bytes"))),
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Err(Failure::bad_request(format!("the form broke off: {}", error.body_text()))),
            Err(_) => return Err(paused(timeout)),
        }
    }
    String::from_utf8(bytes).map_err(|_| Failure::bad_request("a field of text is not UTF-8"))
}

/// A whole small body.
pub(crate) async fn read_all(body: Body, limit: usize, timeout: Duration) -> Result<Bytes, Failure> {
    let too_large = || Failure::too_large(format!("the body may have {limit} bytes"));
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    loop {
        match tokio::time::timeout(timeout, stream.next()).await {
            Ok(Some(Ok(chunk))) if bytes.len() + chunk.len() <= limit => bytes.extend_from_slice(&chunk),
            Ok(Some(Ok(_))) => return Err(too_large()),
            Ok(Some(Err(error))) => return Err(Failure::bad_request(format!("the body broke off: {error}"))),
            Ok(None) => return Ok(bytes.into()),
            Err(_) => return Err(paused(timeout)),
        }
    }
}

/// The picture itself; its size and the box really cut are in headers.
async fn image(app: &App, prepared: &Prepared, payload: ExtractEvidence) -> Result<Response, Failure> {
    let call = app.supervisor.extract_evidence(payload);
    let call = match prepared.request.timeout_ms {
        Some(timeout) => call.timeout(Duration::from_millis(timeout.into())),
        None => call,
    };
    let Evidence { bytes, width, height, mime, bbox, .. } =
        call.await.map_err(|error| prepared.told_error(error.body))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let bbox = format!("{},{},{},{}", bbox.x, bbox.y, bbox.width, bbox.height);
    let values = [
        (header::CONTENT_TYPE.as_str(), mime),
        ("x-tach-width", width.to_string()),
        ("x-tach-height", height.to_string()),
        ("x-tach-bbox", bbox),
    ];
    for (name, value) in values {
        if let (Ok(name), Ok(value)) = (name.parse::<header::HeaderName>(), HeaderValue::from_str(&value)) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

/// `progress` events as they come, then one `reply`.
fn events(app: Arc<App>, prepared: Prepared, place: tokio::sync::OwnedSemaphorePermit) -> Response {
    let (sender, mut steps) = mpsc::unbounded_channel::<Progress>();
    let (events, receiver) = mpsc::channel::<String>(16);
    tokio::spawn(async move {
        let submit = app.supervisor.submit_with_progress(prepared.request.clone(), Some(sender));
        tokio::pin!(submit);
        let mut alive = tokio::time::interval(KEEP_ALIVE);
        loop {
            let event = tokio::select! {
                biased;
                Some(step) = steps.recv() => event_of("progress", &step),
                reply = &mut submit => {
                    let reply: Reply = prepared.told(reply);
                    let _ = events.send(event_of("reply", &reply)).await;
                    break;
                }
                _ = alive.tick() => ":\n\n".to_owned(),
                // Dropping the request gives it up.
                () = events.closed() => break,
            };
            let _ = events.send(event).await;
        }
        drop(place);
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(stream_of(receiver))).into_response()
}

fn event_of(name: &str, data: &impl serde::Serialize) -> String {
    format!("event: {name}\ndata: {}\n\n", serde_json::to_string(data).unwrap_or_default())
}

/// What a channel delivers, as a body.
pub(crate) fn stream_of<T: Into<Bytes> + Send + 'static>(
    receiver: mpsc::Receiver<T>,
) -> impl futures_util::Stream<Item = Result<Bytes, std::convert::Infallible>> + Send {
    futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|item| (Ok(item.into()), receiver))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_range_of_accept_decides() {
        let wanted = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            Wanted::of(&headers)
        };
        assert_eq!(Wanted::of(&HeaderMap::new()), Wanted::Json);
        assert_eq!(wanted("*/*"), Wanted::Json);
        assert_eq!(wanted("text/html, image/webp;q=0.9"), Wanted::Image(Some("webp")));
        assert_eq!(wanted("image/*"), Wanted::Image(None));
        assert_eq!(wanted("image/png, application/json"), Wanted::Image(Some("png")));
        assert_eq!(wanted("text/event-stream"), Wanted::Events);
    }

    #[test]
    fn the_encoding_of_accept_does_not_override_the_payload() {
        assert_eq!(with_format(r#"{"format":"png"}"#.into(), "webp"), r#"{"format":"png"}"#);
        assert_eq!(with_format("{}".into(), "webp"), r#"{"format":"webp"}"#);
        assert_eq!(with_format("[".into(), "webp"), "[");
    }
}

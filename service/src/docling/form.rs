//! What a client sends to be converted: a form with a file, or JSON with a source.

use super::options::{Options, target};
use crate::app::App;
use crate::commands::{next_field, read_all, read_field};
use crate::failure::Failure;
use crate::uploads::Upload;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Longest field of text.
const MAX_FIELD_BYTES: usize = 64 << 10;

/// A document to convert, and how.
pub(crate) struct Job {
    pub(crate) document: Document,
    pub(crate) options: Options,
}

/// Where the document is.
pub(crate) enum Document {
    Uploaded(Arc<Upload>),
    /// A path inside the roots, or `upload:ID`.
    Named(String),
}

impl Document {
    /// The name that a result tells.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Uploaded(upload) => upload.name.clone(),
            Self::Named(path) => path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
        }
    }
}

fn unprocessable(message: impl Into<String>) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", message)
}

/// The form of `/v1/convert/file`: one `files`, and options as fields, repeated where they are lists.
pub(crate) async fn file(app: &App, request: Request) -> Result<Job, Failure> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| unprocessable(error.body_text()))?;
    let (mut upload, mut fields) = (None, Map::new());
    while let Some(mut field) = next_field(&mut form, app.settings.bounds.client_timeout).await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "files" {
            if upload.is_some() {
                return Err(unprocessable("more than one file was sent; send one a request"));
            }
            let file_name = field.file_name().unwrap_or_default().to_owned();
            upload = Some(Arc::new(app.uploads.store(&file_name, field).await?));
            continue;
        }
        let value = Value::String(read_field(&mut field, MAX_FIELD_BYTES, app).await?);
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    let mut options = Options::default();
    for (name, value) in &fields {
        options.set(name, value)?;
    }
    let document = upload.map(Document::Uploaded).ok_or_else(|| unprocessable("the form has no `files`"))?;
    Ok(Job { document, options })
}

/// The JSON of `/v1/convert/source`: one source with its bytes, or with a path inside the roots.
pub(crate) async fn source(app: &App, request: Request) -> Result<Job, Failure> {
    // Base64 makes four characters of three bytes.
    let limit =
        usize::try_from(app.settings.bounds.upload_bytes / 3 * 4).unwrap_or(usize::MAX).min(256 << 20) + (64 << 10);
    let bytes = read_all(request.into_body(), limit, app.settings.bounds.client_timeout).await?;
    let body: Value =
        serde_json::from_slice(&bytes).map_err(|error| unprocessable(format!("the body is no JSON: {error}")))?;
    drop(bytes);
    if let Some(kind) = body.pointer("/target/kind").and_then(Value::as_str) {
        target(kind)?;
    }
    let mut options = Options::default();
    for (name, value) in body["options"].as_object().into_iter().flatten() {
        options.set(name, value)?;
    }
    let sources = body["sources"].as_array().ok_or_else(|| unprocessable("`sources` must be a list"))?;
    let [source] = &sources[..] else { return Err(unprocessable("`sources` must have one source a request")) };
    let text = |name: &str| source[name].as_str();
    let document = match (text("kind"), text("base64_string"), text("file_path")) {
        (Some("file"), Some(encoded), None) => {
            let bytes = base64_simd::STANDARD.decode_to_vec(encoded);
            let bytes = bytes.map_err(|_| unprocessable("`base64_string` is no base64"))?;
            let stream = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from(bytes))]);
            Document::Uploaded(Arc::new(app.uploads.store(text("filename").unwrap_or_default(), stream).await?))
        }
        (Some("file"), None, Some(path)) => Document::Named(path.to_owned()),
        (Some("http"), ..) => {
            let message = "sources of kind `http` are off: the service fetches nothing; send the file, or name one inside a --root";
            return Err(Failure::new(StatusCode::FORBIDDEN, "forbidden", message));
        }
        _ => {
            return Err(unprocessable(
                "a source has `kind` \"file\" with `base64_string` and `filename`, or with `file_path`",
            ));
        }
    };
    Ok(Job { document, options })
}

//! `/v1/files`: documents that are uploaded once and named in many requests, and the hash by which a document is known.

use crate::app::App;
use crate::commands::next_field;
use crate::extract::{Parameters, Segment};
use crate::failure::Failure;
use crate::uploads::PREFIX;
use axum::Json;
use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// Takes one file: the form's `file`, or the whole body with `?name=`.
pub(crate) async fn upload(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let stored = if kind.starts_with("multipart/form-data") {
        let mut form =
            Multipart::from_request(request, &()).await.map_err(|error| Failure::bad_request(error.body_text()))?;
        let mut stored = None;
        while let Some(field) = next_field(&mut form, app.settings.bounds.client_timeout).await? {
            if field.name() != Some("file") || stored.is_some() {
                return Err(Failure::bad_request("the form must have one field, `file`"));
            }
            let name = field.file_name().unwrap_or_default().to_owned();
            stored = Some(app.uploads.store(&name, field).await?);
        }
        stored.ok_or_else(|| Failure::bad_request("the form has no `file`"))?
    } else {
        let name = Query::<Name>::try_from_uri(request.uri()).map(|Query(query)| query.name).unwrap_or_default();
        app.uploads.store(&name, request.into_body().into_data_stream()).await?
    };
    let (name, bytes) = (stored.name.clone(), stored.bytes);
    let id = app.uploads.keep(stored)?;
    let answer = json!({"file_path": format!("{PREFIX}{id}"), "id": id, "name": name, "bytes": bytes});
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

#[derive(Debug, Default, Deserialize)]
struct Name {
    #[serde(default)]
    name: String,
}

/// Deletes an upload. Requests that read it finish first.
pub(crate) async fn remove(State(app): State<Arc<App>>, Segment(id): Segment) -> Result<StatusCode, Failure> {
    if app.uploads.remove(&id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Failure::not_found("there is no such upload"))
    }
}

/// Which file to describe.
#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    file_path: String,
}

/// Name, length and SHA-256 of a file that requests may name.
pub(crate) async fn describe(
    State(app): State<Arc<App>>,
    Parameters(Which { file_path }): Parameters<Which>,
) -> Result<Response, Failure> {
    let _place = app.admission.enter()?;
    let upload = match file_path.strip_prefix(PREFIX) {
        Some(id) => Some(app.uploads.find(id).ok_or_else(|| Failure::not_found("there is no such upload"))?),
        None => None,
    };
    let places = Arc::clone(&app.places);
    let described = tokio::task::spawn_blocking(move || {
        let (path, name) = if let Some(upload) = &upload {
            (upload.path.clone(), upload.name.clone())
        } else {
            let path = places.resolve(&file_path)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (path, name)
        };
        let (bytes, sha256) = hash_of(&path).map_err(|error| {
            Failure::new(StatusCode::FORBIDDEN, "file_unreadable", format!("the file cannot be read: {}", error.kind()))
        })?;
        Ok(json!({"file_path": file_path, "name": name, "bytes": bytes, "sha256": sha256}))
    });
    let described: Result<_, Failure> = described.await.map_err(|_| Failure::bad_request("the file cannot be read"))?;
    Ok(Json(described?).into_response())
}

/// Length and SHA-256 of an ordinary file. Blocks.
fn hash_of(path: &PathBuf) -> std::io::Result<(u64, String)> {
    // A pipe would block for ever.
    if !path.metadata()?.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let mut file = std::fs::File::open(path)?;
    let (mut hash, mut chunk, mut bytes) = (Sha256::new(), vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        hash.update(&chunk[..read]);
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok((bytes, text))
}

//! From what a client sends to a request of the supervisor: the file it names or uploads, and what may be told of it.

use crate::app::App;
use crate::naming::Naming;
use crate::uploads::{PREFIX, Upload};
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;
use tach_protocol::{Members, parse_request};
use tach_supervisor::{Command, ErrorBody, ErrorCode, Reply, Request};

/// A request that can be submitted. It holds the upload that it reads.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) request: Request,
    /// What a client may read of its document's path.
    pub(crate) naming: Option<Naming>,
    /// Held so that its file stays.
    _upload: Option<Arc<Upload>>,
}

/// Writes the members as they were sent: the protocol's own checks see them, those that stand twice too.
fn write(members: &Members<'_>, line: &mut String) -> Result<(), ErrorBody> {
    line.push('{');
    for (position, (key, value)) in members.0.iter().enumerate() {
        if position > 0 {
            line.push(',');
        }
        line.push_str(&serde_json::to_string(key).map_err(|error| not_json(&error))?);
        line.push(':');
        line.push_str(value.get());
    }
    line.push('}');
    Ok(())
}

fn not_json(error: &serde_json::Error) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidJson, format!("the payload is no JSON object: {error}")).with("field", "payload")
}

/// A request of its parts. `payload` is the protocol's, except that `file_path` is relative to a root, absolute inside one, or
/// `upload:ID`; with `upload` it has none.
///
/// # Errors
/// The protocol's own refusals, and `path_not_allowed` or `file_not_found`.
pub(crate) async fn prepare(
    app: &App,
    id: &str,
    cmd: &str,
    payload: &str,
    timeout_ms: Option<u32>,
    upload: Option<Arc<Upload>>,
) -> Result<Prepared, ErrorBody> {
    let mut members: Members<'_> = serde_json::from_str(payload).map_err(|error| not_json(&error))?;
    let (path, naming, upload) = locate(app, &members, upload).await?;
    if let Some(path) = &path {
        match members.0.iter_mut().find(|(key, _)| key == "file_path") {
            Some((_, value)) => *value = path,
            None => members.0.push(("file_path".to_owned(), path)),
        }
    }
    let mut line = String::with_capacity(payload.len() + 256);
    line.push_str("{\"id\":");
    line.push_str(&serde_json::to_string(id).map_err(|error| not_json(&error))?);
    line.push_str(",\"cmd\":");
    line.push_str(&serde_json::to_string(cmd).map_err(|error| not_json(&error))?);
    line.push_str(",\"payload\":");
    write(&members, &mut line)?;
    if let Some(timeout_ms) = timeout_ms {
        line.push_str(",\"timeout_ms\":");
        line.push_str(&timeout_ms.to_string());
    }
    line.push('}');
    let request = parse_request(line.as_bytes(), false).map_err(|refusal| refusal.error)?;
    if matches!(request.command, Command::Shutdown(_)) {
        let message = "`shutdown` is for a worker of one's own; the service stops with SIGTERM";
        return Err(ErrorBody::new(ErrorCode::UnknownCommand, message).with("field", "cmd"));
    }
    if request.command.is_by_mmap() {
        let message = "`mmap` hands over a file of this machine; over HTTP ask for `inline`, or send `Accept: image/*`";
        return Err(ErrorBody::new(ErrorCode::InvalidRequest, message).with("field", "payload.transport"));
    }
    Ok(Prepared { request, naming, _upload: upload })
}

/// A line of NDJSON as a request: the protocol's request object.
///
/// # Errors
/// The id where the line has one, and why it is refused.
pub(crate) async fn prepare_line(app: &App, line: &str) -> Result<Prepared, (Option<String>, ErrorBody)> {
    let members = serde_json::from_str::<Members<'_>>(line).map(|members| members.0).unwrap_or_default();
    let find = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value.get());
    let text = |name: &str| find(name).and_then(|raw| serde_json::from_str::<String>(raw).ok());
    // What is wrong with the line beside its payload is told by the protocol's own parser.
    let (Some(id), Some(cmd)) = (text("id"), text("cmd")) else { return Err(refused(line)) };
    let timeout_ms = find("timeout_ms").map(serde_json::from_str::<Option<u32>>);
    let known = ["id", "cmd", "payload", "timeout_ms"];
    let is_plain = members.iter().enumerate().all(|(position, (key, _))| {
        known.contains(&key.as_str()) && members[..position].iter().all(|(earlier, _)| earlier != key)
    });
    let timeout_ms = match timeout_ms {
        None => None,
        Some(Ok(timeout_ms)) => timeout_ms,
        Some(Err(_)) => return Err(refused(line)),
    };
    if !is_plain {
        return Err(refused(line));
    }
    let payload = find("payload").unwrap_or("{}");
    prepare(app, &id, &cmd, payload, timeout_ms, None).await.map_err(|error| (Some(id), error))
}

/// Why the protocol refuses a line.
fn refused(line: &str) -> (Option<String>, ErrorBody) {
    match parse_request(line.as_bytes(), false) {
        Err(refusal) => (refusal.req_id, refusal.error),
        Ok(request) => (Some(request.id), ErrorBody::new(ErrorCode::InvalidRequest, "the line is no request")),
    }
}

type Located = (Option<Box<RawValue>>, Option<Naming>, Option<Arc<Upload>>);

/// The file of a payload: its real path as JSON, the real path and the name that a client may see, and the upload.
async fn locate(app: &App, members: &Members<'_>, upload: Option<Arc<Upload>>) -> Result<Located, ErrorBody> {
    let named = members.0.iter().find(|(key, _)| key == "file_path").map(|(_, value)| value.get());
    // A path of another type is refused by the protocol's parser.
    let named = named.map(serde_json::from_str::<String>).transpose().unwrap_or_default();
    let (upload, shown) = match (upload, named) {
        (Some(_), Some(_)) => {
            let message = "`file_path` and an uploaded file were given; give one";
            return Err(ErrorBody::new(ErrorCode::InvalidRequest, message).with("field", "payload.file_path"));
        }
        (Some(upload), None) => {
            let name = upload.name.clone();
            (upload, name)
        }
        (None, None) => return Ok((None, None, None)),
        (None, Some(named)) => {
            let Some(id) = named.strip_prefix(PREFIX) else {
                let path = resolve(app, &named).await?;
                let raw = to_raw_value(&path).map_err(|error| not_json(&error))?;
                return Ok((Some(raw), Some(Naming { real: path, shown: named, folder: None }), None));
            };
            let Some(upload) = app.uploads.find(id) else {
                let message = "there is no upload of this id; it was deleted, or not used for long";
                return Err(ErrorBody::new(ErrorCode::FileNotFound, message).with("path", named));
            };
            (upload, named)
        }
    };
    let path = upload.path.to_string_lossy().into_owned();
    let raw = to_raw_value(&path).map_err(|error| not_json(&error))?;
    let folder = Some(upload.folder().to_string_lossy().into_owned());
    Ok((Some(raw), Some(Naming { real: path, shown, folder }), Some(upload)))
}

/// The absolute path of a file inside the roots.
async fn resolve(app: &App, named: &str) -> Result<String, ErrorBody> {
    let (places, text) = (Arc::clone(&app.places), named.to_owned());
    let resolved = tokio::task::spawn_blocking(move || places.resolve(&text)).await;
    let path = resolved.unwrap_or_else(|error| {
        Err(ErrorBody::new(ErrorCode::FileUnreadable, format!("the path cannot be resolved: {error}")))
    })?;
    path.to_str().map(str::to_owned).ok_or_else(|| {
        ErrorBody::new(ErrorCode::InvalidRequest, "`file_path` is not Unicode").with("field", "payload.file_path")
    })
}

impl Prepared {
    /// The reply as the client may see it.
    pub(crate) fn told(&self, reply: Reply) -> Reply {
        match &self.naming {
            Some(naming) => naming.reply(reply),
            None => reply,
        }
    }

    /// The same for the error of a typed call.
    pub(crate) fn told_error(&self, error: ErrorBody) -> ErrorBody {
        match &self.naming {
            Some(naming) => naming.error(&error),
            None => error,
        }
    }
}

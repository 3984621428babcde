//! A line made into a typed request, by checks that name the field at fault.

use crate::error::{ErrorBody, ErrorCode};
use crate::limits::{MAX_ID_CHARS, MAX_LINE_BYTES, MAX_TIMEOUT_MS};
use crate::request::{Command, Request};
use crate::{Members, check, object};
use serde_json::value::RawValue;

/// A line that is refused before any engine sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The request's `id`, where the line had a good one.
    pub req_id: Option<String>,
    /// Why; `details.field` names the place.
    pub error: ErrorBody,
}

impl Refusal {
    fn new(req_id: Option<&str>, code: ErrorCode, field: &str, message: impl Into<String>) -> Self {
        Self { req_id: req_id.map(str::to_owned), error: ErrorBody::new(code, message).with("field", field) }
    }

    /// The refusal of a line that [`LineCutter`](crate::LineCutter) found too long.
    pub fn too_long() -> Self {
        let message = format!("the line is longer than {MAX_LINE_BYTES} bytes; send less in one request");
        let mut refusal = Self::new(None, ErrorCode::InvalidRequest, "line", message);
        refusal.error = refusal.error.with("limit_bytes", MAX_LINE_BYTES);
        refusal
    }
}

/// Checks one line in full and makes a typed request of it.
///
/// `faults` tells whether the `fault` command exists.
///
/// # Errors
/// A [`Refusal`] with `invalid_json`, `invalid_request` or `unknown_command`, ready to be sent as a reply.
pub fn parse_request(line: &[u8], faults: bool) -> Result<Request, Refusal> {
    let not_json =
        |reason: String| Refusal::new(None, ErrorCode::InvalidJson, "line", format!("the line is not JSON: {reason}"));
    let text = std::str::from_utf8(line).map_err(|error| not_json(error.to_string()))?;
    let Members(members) =
        serde_json::from_str(text).map_err(|error| match serde_json::from_str::<&RawValue>(text) {
            Err(error) => not_json(error.to_string()),
            Ok(_) => {
                Refusal::new(None, ErrorCode::InvalidRequest, "line", format!("the line is no request object: {error}"))
            }
        })?;
    let find = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| *value);

    let id = find("id").map(|raw| serde_json::from_str::<String>(raw.get()));
    let id = match id {
        Some(Ok(id)) if (1..=MAX_ID_CHARS).contains(&id.chars().count()) => id,
        _ => {
            let message = format!("`id` must be a string of 1 to {MAX_ID_CHARS} characters");
            return Err(Refusal::new(None, ErrorCode::InvalidRequest, "id", message));
        }
    };
    let refuse = |field: &str, message: String| Refusal::new(Some(&id), ErrorCode::InvalidRequest, field, message);

    for (position, (key, _)) in members.iter().enumerate() {
        if !matches!(key.as_str(), "id" | "cmd" | "payload" | "timeout_ms") {
            return Err(refuse(key, format!("unknown field `{key}`; a request has id, cmd, payload and timeout_ms")));
        }
        if members[..position].iter().any(|(earlier, _)| earlier == key) {
            return Err(refuse(key, format!("the field `{key}` stands twice")));
        }
    }

    let cmd: String = find("cmd")
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
        .ok_or_else(|| refuse("cmd", "`cmd` must be a string that names a command".to_owned()))?;
    let timeout_ms = match find("timeout_ms").map(|raw| serde_json::from_str::<Option<u32>>(raw.get())) {
        None | Some(Ok(None)) => None,
        Some(Ok(Some(value))) if (1..=MAX_TIMEOUT_MS).contains(&value) => Some(value),
        Some(_) => {
            return Err(refuse("timeout_ms", format!("`timeout_ms` must be an integer from 1 to {MAX_TIMEOUT_MS}")));
        }
    };
    let payload = find("payload").map_or("{}", RawValue::get);
    let command = match cmd.as_str() {
        "extract_evidence" => object::payload(payload).map(Command::ExtractEvidence),
        "parse_table" => object::payload(payload).map(Command::ParseTable),
        "extract_text" => object::payload(payload).map(Command::ExtractText),
        "read_sheet" => object::payload(payload).map(Command::ReadSheet),
        "document_info" => object::payload(payload).map(Command::DocumentInfo),
        "convert" => object::payload(payload).map(Command::Convert),
        "find_text" => object::payload(payload).map(Command::FindText),
        "ping" => object::payload(payload).map(Command::Ping),
        "shutdown" => object::payload(payload).map(Command::Shutdown),
        "fault" if faults => object::payload(payload).map(Command::Fault),
        _ => {
            let message = format!("unknown command `{}`", cmd.chars().take(64).collect::<String>());
            return Err(Refusal::new(Some(&id), ErrorCode::UnknownCommand, "cmd", message));
        }
    };
    let command = command.and_then(|command| check::command(&command).map(|()| command));
    let command = command.map_err(|error| refuse(&error.field, error.message))?;
    Ok(Request { id, command, timeout_ms })
}

/// Checks the values of a request that no line was parsed for, as [`parse_request`] would.
///
/// # Errors
/// The same [`Refusal`] that the request's line would get.
pub fn check_request(request: &Request) -> Result<(), Refusal> {
    let refuse =
        |field: &str, message: String| Refusal::new(Some(&request.id), ErrorCode::InvalidRequest, field, message);
    if !(1..=MAX_ID_CHARS).contains(&request.id.chars().count()) {
        let message = format!("`id` must be a string of 1 to {MAX_ID_CHARS} characters");
        return Err(Refusal::new(None, ErrorCode::InvalidRequest, "id", message));
    }
    if request.timeout_ms.is_some_and(|value| !(1..=MAX_TIMEOUT_MS).contains(&value)) {
        return Err(refuse("timeout_ms", format!("`timeout_ms` must be an integer from 1 to {MAX_TIMEOUT_MS}")));
    }
    check::command(&request.command).map_err(|error| refuse(&error.field, error.message))
}

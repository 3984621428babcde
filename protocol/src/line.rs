//! Bytes to requests: lines of bounded length, and the checks that name the field at fault.

use crate::error::{ErrorBody, ErrorCode};
use crate::request::{Bbox, Command, DPI_RANGE, ImageFormat, MAX_ID_CHARS, MAX_TIMEOUT_MS, Request};
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::path::Path;

/// Longest line, in bytes without its `\n`: 64 MiB.
pub const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// Longest reply line with a picture, in bytes: 100 megapixels of raw RGB in base64, and 1 MiB for the rest.
pub const MAX_PICTURE_LINE_BYTES: usize = 401 * 1024 * 1024;

/// Longest line, in bytes, that the reply to a command may have: as long as the picture asked for can get, and at least
/// [`MAX_LINE_BYTES`].
pub fn reply_limit(command: &Command) -> usize {
    let Command::ExtractEvidence(payload) = command else { return MAX_LINE_BYTES };
    let scale = payload.dpi / 72.0;
    let pixels = (payload.bbox.width * scale + 1.0) * (payload.bbox.height * scale + 1.0);
    // Three bytes a pixel are four in base64; a compressed picture of noise may be a little longer than a raw one.
    let bytes_per_pixel = if payload.format == ImageFormat::Raw { 4.0 } else { 6.0 };
    let wanted = pixels * bytes_per_pixel + 1_048_576.0;
    if wanted >= MAX_PICTURE_LINE_BYTES as f64 {
        return MAX_PICTURE_LINE_BYTES;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below the limit")]
    let wanted = wanted as usize;
    wanted.max(MAX_LINE_BYTES)
}

/// One piece of a byte stream cut at `\n`.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A whole line without its `\n`.
    Whole(Vec<u8>),
    /// A line of more than the limit; its bytes were dropped as they came.
    TooLong,
}

/// Cuts a byte stream into lines and never holds more than `limit` bytes of one.
#[derive(Debug)]
pub struct LineCutter {
    limit: usize,
    partial: Vec<u8>,
    skipping: bool,
}

impl LineCutter {
    /// A cutter whose lines are at most `limit` bytes long, `\n` not counted.
    pub fn new(limit: usize) -> Self {
        Self { limit, partial: Vec::new(), skipping: false }
    }

    /// Sets how long a line may be from now on.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Whether the line that is being read is already too long.
    pub fn is_skipping(&self) -> bool {
        self.skipping
    }

    /// Takes the bytes of `input` up to and with the first `\n`. Returns how many it took and the line, if one ended.
    ///
    /// Call it again with the rest until it has taken everything.
    pub fn feed(&mut self, input: &[u8]) -> (usize, Option<Line>) {
        let end = memchr::memchr(b'\n', input);
        let piece = &input[..end.unwrap_or(input.len())];
        if !self.skipping {
            if self.partial.len() + piece.len() > self.limit {
                self.skipping = true;
                self.partial = Vec::new();
            } else {
                self.partial.extend_from_slice(piece);
            }
        }
        let Some(end) = end else { return (input.len(), None) };
        let line = if std::mem::take(&mut self.skipping) {
            Line::TooLong
        } else {
            Line::Whole(std::mem::take(&mut self.partial))
        };
        (end + 1, Some(line))
    }

    /// What the stream ended with: a last line without `\n`, or nothing.
    pub fn finish(&mut self) -> Option<Line> {
        if std::mem::take(&mut self.skipping) {
            return Some(Line::TooLong);
        }
        (!self.partial.is_empty()).then(|| Line::Whole(std::mem::take(&mut self.partial)))
    }
}

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

    /// The refusal of a line that [`LineCutter`] found too long.
    pub fn too_long() -> Self {
        let message = format!("the line is longer than {MAX_LINE_BYTES} bytes; send less in one request");
        let mut refusal = Self::new(None, ErrorCode::InvalidRequest, "line", message);
        refusal.error = refusal.error.with("limit_bytes", MAX_LINE_BYTES);
        refusal
    }
}

/// The members of a JSON object in their order, values unread.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> de::Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Collect).map(Self)
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
        "extract_evidence" => payload_of(payload).map(Command::ExtractEvidence),
        "parse_table" => payload_of(payload).map(Command::ParseTable),
        "extract_text" => payload_of(payload).map(Command::ExtractText),
        "document_info" => payload_of(payload).map(Command::DocumentInfo),
        "convert" => payload_of(payload).map(Command::Convert),
        "ping" => payload_of(payload).map(Command::Ping),
        "shutdown" => payload_of(payload).map(Command::Shutdown),
        "fault" if faults => payload_of(payload).map(Command::Fault),
        _ => {
            let message = format!("unknown command `{}`", cmd.chars().take(64).collect::<String>());
            return Err(Refusal::new(Some(&id), ErrorCode::UnknownCommand, "cmd", message));
        }
    };
    let command = command.and_then(|command| check(&command).map(|()| command));
    let command = command.map_err(|(field, message)| refuse(&field, message))?;
    Ok(Request { id, command, timeout_ms })
}

type FieldError = (String, String);

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
    check(&request.command).map_err(|(field, message)| refuse(&field, message))
}

fn payload_of<T: DeserializeOwned>(json: &str) -> Result<T, FieldError> {
    // Structs also read from arrays in serde_json; the protocol has objects only.
    if !json.trim_start().starts_with('{') {
        return Err(("payload".to_owned(), "`payload` must be an object".to_owned()));
    }
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(json)).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        // Line and column count within the payload, which the caller cannot see.
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        let field = match (path.as_str(), missing_or_duplicate(&message)) {
            (".", Some(name)) => format!("payload.{name}"),
            (".", None) => "payload".to_owned(),
            (path, _) => format!("payload.{path}"),
        };
        (field, message)
    })
}

/// The name in serde's "missing field `x`" and "duplicate field `x`", whose paths end one level above.
fn missing_or_duplicate(message: &str) -> Option<&str> {
    let rest = message
        .strip_prefix("missing field `")
        .or_else(|| message.strip_prefix("duplicate field `"))
        .or_else(|| message.strip_prefix("unknown field `"))?;
    rest.split('`').next()
}

fn check(command: &Command) -> Result<(), FieldError> {
    if let Some(path) = command.file_path() {
        check_path(path)?;
    }
    match command {
        Command::ExtractEvidence(payload) => {
            check_bbox(&payload.bbox)?;
            let (least, most) = DPI_RANGE;
            if !(least..=most).contains(&payload.dpi) {
                return Err(("payload.dpi".to_owned(), format!("`dpi` must be a number from {least} to {most}")));
            }
            if !(1..=100).contains(&payload.quality) {
                return Err(("payload.quality".to_owned(), "`quality` must be an integer from 1 to 100".to_owned()));
            }
            Ok(())
        }
        Command::ParseTable(payload) => payload.bbox.as_ref().map_or(Ok(()), check_bbox),
        Command::ExtractText(payload) => {
            if let Some(empty) = payload.languages.iter().position(String::is_empty) {
                return Err((format!("payload.languages[{empty}]"), "a language must not be empty".to_owned()));
            }
            payload.bbox.as_ref().map_or(Ok(()), check_bbox)
        }
        Command::Convert(payload) => match payload.page_range {
            Some([first, last]) if first > last => {
                let message = "`page_range` is [first, last]; first must not be above last".to_owned();
                Err(("payload.page_range".to_owned(), message))
            }
            _ => Ok(()),
        },
        Command::DocumentInfo(_) | Command::Ping(_) | Command::Shutdown(_) | Command::Fault(_) => Ok(()),
    }
}

fn check_path(path: &Path) -> Result<(), FieldError> {
    let refuse = |message: &str| Err(("payload.file_path".to_owned(), message.to_owned()));
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return refuse("`file_path` must not hold a NUL character");
    }
    if !path.is_absolute() {
        return refuse("`file_path` must be an absolute path");
    }
    Ok(())
}

fn check_bbox(bbox: &Bbox) -> Result<(), FieldError> {
    let sides = [("x", bbox.x), ("y", bbox.y), ("width", bbox.width), ("height", bbox.height)];
    for (index, (name, value)) in sides.into_iter().enumerate() {
        if !value.is_finite() {
            return Err((format!("payload.bbox[{index}]"), format!("{name} must be a finite number")));
        }
        if index >= 2 && value <= 0.0 {
            return Err((format!("payload.bbox[{index}]"), format!("{name} must be above 0, in points")));
        }
    }
    Ok(())
}

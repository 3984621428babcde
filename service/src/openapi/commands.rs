//! The commands: their payloads as the wire's own types have them, within what the service takes.

use super::schemas::{answers, binary, content, in_query, json_of, reference};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use tach_protocol::limits::{
    MAX_DPI, MAX_ID_CHARS, MAX_MATCHES, MAX_PAGE_BREAK_CHARS, MAX_QUALITY, MAX_QUERY_CHARS, MAX_TIMEOUT_MS, MIN_DPI,
    MIN_QUALITY,
};
use tach_protocol::request::{
    Convert, DocumentInfo, ExtractEvidence, ExtractText, FindText, ParseTable, Ping, ReadSheet,
};

/// A command's name, what it does, and its payload.
struct Described {
    name: &'static str,
    does: &'static str,
    payload: fn(&mut SchemaGenerator) -> Value,
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

const COMMANDS: &[Described] = &[
    Described { name: "extract_evidence", does: "Cuts a picture out of a page", payload: of::<ExtractEvidence> },
    Described {
        name: "parse_table",
        does: "Reads the tables of a page, or the one in a box",
        payload: of::<ParseTable>,
    },
    Described {
        name: "extract_text",
        does: "Reads the text of a page or a region, by OCR where needed",
        payload: of::<ExtractText>,
    },
    Described { name: "document_info", does: "Pages, sizes and metadata", payload: of::<DocumentInfo> },
    Described { name: "convert", does: "A document as DoclingDocument, Markdown or text", payload: of::<Convert> },
    Described { name: "find_text", does: "Where a text is in a document", payload: of::<FindText> },
    Described { name: "read_sheet", does: "Zones and title block of a drawing", payload: of::<ReadSheet> },
    Described { name: "ping", does: "Shows that a worker's engine is alive", payload: of::<Ping> },
];

/// The path of each command; the payloads' schemas stay in the generator.
pub(super) fn paths(generator: &mut SchemaGenerator) -> Vec<(String, Value)> {
    let named: Vec<_> = COMMANDS.iter().map(|command| (command, (command.payload)(generator))).collect();
    let definitions = generator.definitions().clone();
    let one = |(command, payload): &(&Described, Value)| {
        let inline = payload["$ref"].as_str().and_then(|path| definitions.get(path.rsplit('/').next()?));
        (format!("/v1/commands/{}", command.name), json!({"post": command_of(command, payload, inline)}))
    };
    named.iter().map(one).collect()
}

fn command_of(command: &Described, payload: &Value, inline: Option<&Value>) -> Value {
    let mut replies = json_of(&reference("Reply"));
    replies["text/event-stream"] = json!({"schema": {"type": "string"}});
    if command.name == "extract_evidence" {
        for kind in ["image/jpeg", "image/png", "image/webp"] {
            replies[kind] = json!({"schema": binary()});
        }
    }
    let timeout = in_query("timeout_ms", false, &json!({"type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_MS}));
    json!({
        "operationId": command.name,
        "summary": command.does,
        "parameters": [timeout],
        "requestBody": {"required": command.name != "ping", "content": {
            "application/json": {"schema": payload},
            "multipart/form-data": {
                "schema": form(inline.unwrap_or(payload)),
                "encoding": {"payload": {"contentType": "application/json"}},
            },
        }},
        "responses": answers("200", "The protocol's reply", &replies),
    })
}

/// The form: the payload as JSON, and the file in the place of its `file_path`.
fn form(payload: &Value) -> Value {
    let mut payload = narrowed(payload.clone());
    let has_file = payload["properties"].as_object_mut().is_some_and(|known| known.remove("file_path").is_some());
    if let Some(required) = payload["required"].as_array_mut() {
        required.retain(|name| name != "file_path");
    }
    let mut parts = Map::from_iter([("payload".to_owned(), payload)]);
    if has_file {
        parts.insert("file".into(), binary());
    }
    let required: Vec<_> = parts.keys().cloned().collect();
    json!({"type": "object", "properties": parts, "required": required, "additionalProperties": false})
}

/// A payload's schema with the ranges that the protocol checks after the types, and without what is not served.
pub(super) fn narrowed(mut payload: Value) -> Value {
    let Some(properties) = payload["properties"].as_object_mut() else { return payload };
    for (name, schema) in properties {
        let bounds = match name.as_str() {
            "file_path" => json!({
                "pattern": "^[^\\u0000]*$",
                "description": "A path relative to a folder given with --root, an absolute one inside it, or `upload:ID`",
            }),
            "dpi" => json!({"minimum": MIN_DPI, "maximum": MAX_DPI}),
            "quality" => json!({"minimum": MIN_QUALITY, "maximum": MAX_QUALITY}),
            "limit" => json!({"minimum": 1, "maximum": MAX_MATCHES}),
            "query" => json!({"pattern": "\\S", "minLength": 1, "maxLength": MAX_QUERY_CHARS}),
            "page_break" => json!({"maxLength": MAX_PAGE_BREAK_CHARS}),
            "page_index" => json!({"maximum": u32::MAX}),
            "languages" => json!({"items": {"type": "string", "minLength": 1}}),
            "transport" => json!({"enum": ["inline"]}),
            "bbox" => {
                let side = json!({"type": "number", "exclusiveMinimum": 0});
                let at = json!({"type": "number"});
                json!({"prefixItems": [at, at, side, side], "description": "x, y, width, height in points"})
            }
            "page_range" => {
                json!({"items": {"type": "integer", "minimum": 0, "maximum": u32::MAX}, "description": "First and last page"})
            }
            _ => continue,
        };
        if let (Some(schema), Value::Object(bounds)) = (schema.as_object_mut(), bounds) {
            if name == "transport" {
                schema.remove("oneOf");
            }
            schema.extend(bounds);
        }
    }
    payload
}

/// A whole request of the protocol, as a job and a line of a batch have it.
pub(super) fn request() -> Value {
    let one = |command: &Described| {
        let payload = reference(payload_name(command.name));
        let mut required = vec!["id", "cmd"];
        if command.name != "ping" {
            required.push("payload");
        }
        json!({
            "type": "object",
            "required": required,
            "properties": {
                "id": {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARS},
                "cmd": {"const": command.name},
                "payload": payload,
                "timeout_ms": {"type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_MS},
            },
            "additionalProperties": false,
        })
    };
    json!({"oneOf": COMMANDS.iter().map(one).collect::<Vec<_>>()})
}

/// The name of a payload's schema: that of its type.
fn payload_name(command: &str) -> &'static str {
    match command {
        "extract_evidence" => "ExtractEvidence",
        "parse_table" => "ParseTable",
        "extract_text" => "ExtractText",
        "document_info" => "DocumentInfo",
        "convert" => "Convert",
        "find_text" => "FindText",
        "read_sheet" => "ReadSheet",
        _ => "Ping",
    }
}

/// `POST /v1/batch`.
pub(super) fn batch() -> Value {
    let line = "A line is a `Request`; each is answered by one line, in the order in which they finish";
    let lines = content("application/x-ndjson", &json!({"type": "string", "description": line}));
    json!({"post": {
        "operationId": "batch",
        "summary": "Requests as NDJSON in, replies and progress as NDJSON out, streamed; each is answered once",
        "requestBody": {"required": true, "content": lines},
        "responses": answers("200", "Replies and progress, a line each", &lines),
    }})
}

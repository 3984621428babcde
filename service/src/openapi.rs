//! `GET /openapi.json`, made of the wire's own types so that it cannot differ from them, and `GET /docs`, which shows it offline.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use tach_protocol::request::{
    Convert, DocumentInfo, ExtractEvidence, ExtractText, FindText, ParseTable, Ping, ReadSheet,
};
use tach_supervisor::{ErrorBody, ErrorCode, Perf, Progress};

/// The document.
pub(crate) async fn document() -> Json<Value> {
    Json(openapi())
}

/// The page that shows it.
pub(crate) async fn page() -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], include_str!("../page/docs.html")).into_response()
}

/// The page's script.
pub(crate) async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../page/docs.js")).into_response()
}

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

fn openapi() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths = Map::new();
    for command in COMMANDS {
        let payload = (command.payload)(&mut generator);
        paths.insert(format!("/v1/commands/{}", command.name), json!({"post": command_of(command, &payload)}));
    }
    let error = of::<ErrorBody>(&mut generator);
    let (perf, progress, _) =
        (of::<Perf>(&mut generator), of::<ProgressSchema>(&mut generator), of::<ErrorCode>(&mut generator));
    let mut schemas: Map<String, Value> = generator.take_definitions(true);
    schemas.insert("Reply".into(), reply(&perf));
    schemas.insert("Refusal".into(), refusal(&error));
    schemas.insert("Progress".into(), progress);
    for (path, item) in others() {
        paths.insert(path.into(), item);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "TachFileTo worker",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Crops, tables, text and OCR of documents, in supervised worker processes. `file_path` is a path \
                inside a folder given with --root, or `upload:ID` of POST /v1/files.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{}, {"key": []}, {"bearer": []}],
    })
}

/// `progress` has no schema of its own in the protocol crate.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct ProgressSchema {
    req_id: String,
    done: u64,
    total: u64,
}

/// The schema above names each field of the type.
const _: fn(&Progress) = |Progress { req_id: _, done: _, total: _ }| ();

fn reply(perf: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["req_id", "status", "data", "perf"],
        "properties": {
            "req_id": {"type": ["string", "null"]},
            "status": {"const": "success"},
            "data": {"type": "object"},
            "perf": perf,
        },
    })
}

fn refusal(error: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["req_id", "status", "error", "perf"],
        "properties": {
            "req_id": {"type": ["string", "null"]},
            "status": {"const": "error"},
            "error": {
                "type": "object",
                "required": ["code", "message", "details"],
                "description": format!("`code` is one of the protocol's ({error}), or of the service: unauthorized, forbidden, \
                    not_found, method_not_allowed, too_large, client_timeout, storage_failed"),
                "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "details": {"type": "object"}},
            },
            "perf": {"type": "object"},
        },
    })
}

fn json_of(schema: &str) -> Value {
    json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}})
}

fn failures() -> Value {
    json!({"description": "Refused or failed; `error.code` says why. 429 and 503 may have Retry-After", "content": json_of("Refusal")})
}

fn command_of(command: &Described, payload: &Value) -> Value {
    let mut content = json_of("Reply");
    let extra = [("text/event-stream", json!({"schema": {"type": "string"}}))];
    if let Value::Object(content) = &mut content {
        content.extend(extra.map(|(name, value)| (name.to_owned(), value)));
        if command.name == "extract_evidence" {
            content.insert("image/*".into(), json!({"schema": {"type": "string", "format": "binary"}}));
        }
    }
    json!({
        "operationId": command.name,
        "summary": command.does,
        "parameters": [{
            "name": "timeout_ms", "in": "query", "required": false,
            "schema": {"type": "integer", "minimum": 1, "maximum": tach_protocol::limits::MAX_TIMEOUT_MS},
        }],
        "requestBody": {"required": command.name != "ping", "content": {
            "application/json": {"schema": payload},
            "multipart/form-data": {"schema": {
                "type": "object",
                "properties": {
                    "payload": {"type": "string", "description": "the payload as JSON, without file_path"},
                    "file": {"type": "string", "format": "binary"},
                },
            }},
        }},
        "responses": {"200": {"description": "The protocol's reply", "content": content}, "default": failures()},
    })
}

/// The routes that are no commands.
fn others() -> Vec<(&'static str, Value)> {
    let plain = |summary: &str, kind: &str| {
        json!({"get": {"summary": summary, "responses": {
            "200": {"description": "OK", "content": {kind: {}}}, "default": failures(),
        }}})
    };
    let file = json!({"type": "object", "required": ["file_path", "name", "bytes"], "properties": {
        "file_path": {"type": "string"}, "id": {"type": "string"}, "name": {"type": "string"},
        "bytes": {"type": "integer"}, "sha256": {"type": "string"},
    }});
    let answered = |status: &str, schema: &Value| json!({status: {"description": "OK", "content": {"application/json": {"schema": schema}}}, "default": failures()});
    let parameter = |name: &str, place: &str, required: bool| json!([{"name": name, "in": place, "required": required, "schema": {"type": "string"}}]);
    let binary = json!({"type": "string", "format": "binary"});
    vec![
        (
            "/v1/batch",
            json!({"post": {
                "summary": "Requests of the protocol as NDJSON in, replies and progress as NDJSON out, streamed; each is answered once",
                "requestBody": {"required": true, "content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
                "responses": {"200": {"description": "Replies in the order in which they finish",
                    "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}, "default": failures()},
            }}),
        ),
        (
            "/v1/files",
            json!({
                "post": {
                    "summary": "Uploads a document, to be named in many requests",
                    "parameters": parameter("name", "query", false),
                    "requestBody": {"required": true, "content": {
                        "multipart/form-data": {"schema": {"type": "object", "required": ["file"], "properties": {"file": binary}}},
                        "application/octet-stream": {"schema": binary},
                    }},
                    "responses": answered("201", &file),
                },
                "get": {
                    "summary": "Name, length and SHA-256 of a document",
                    "parameters": parameter("file_path", "query", true),
                    "responses": answered("200", &file),
                },
            }),
        ),
        (
            "/v1/files/{id}",
            json!({"delete": {
                "summary": "Deletes an upload",
                "parameters": parameter("id", "path", true),
                "responses": {"204": {"description": "Deleted"}, "default": failures()},
            }}),
        ),
        ("/health", plain("The process answers", "application/json")),
        ("/ready", plain("A worker takes requests", "application/json")),
        ("/version", plain("Versions of the parts", "application/json")),
        ("/metrics", plain("Counters and histograms for Prometheus", "text/plain")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_that_is_served_is_described_and_every_reference_leads_somewhere() {
        let document = openapi();
        for name in ["extract_evidence", "parse_table", "extract_text", "document_info", "convert", "ping"] {
            assert!(document["paths"][format!("/v1/commands/{name}")]["post"].is_object(), "{name}");
        }
        let text = document.to_string();
        let references: Vec<_> =
            text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(references.len() > 10);
        for pointer in references {
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}

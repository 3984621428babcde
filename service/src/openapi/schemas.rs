//! Schemas that several routes share, and the words that the parts of a description are made of.

use serde_json::{Map, Value, json};

/// A reference to a schema of the document.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Content of one media type.
pub(super) fn content(kind: &str, schema: &Value) -> Value {
    json!({kind: {"schema": schema}})
}

/// JSON of a schema.
pub(super) fn json_of(schema: &Value) -> Value {
    content("application/json", schema)
}

/// A part that any client may leave out.
pub(super) fn binary() -> Value {
    json!({"type": "string", "format": "binary"})
}

/// One answer, and what every route answers else.
pub(super) fn answers(status: &str, description: &str, content: &Value) -> Value {
    json!({status: {"description": description, "content": content}, "default": failures()})
}

/// What every route answers where it refuses or fails.
pub(super) fn failures() -> Value {
    json!({
        "description": "Refused or failed; `error.code` says why. 429 and 503 may have Retry-After",
        "content": json_of(&reference("Refusal")),
    })
}

/// A variable part of a path.
pub(super) fn in_path(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}})
}

/// A parameter after the `?`.
pub(super) fn in_query(name: &str, is_required: bool, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "required": is_required, "schema": schema})
}

/// `?wait=` of the routes that poll.
pub(super) fn wait() -> Value {
    let mut wait = in_query("wait", false, &json!({"type": "number", "minimum": 0, "default": 0}));
    wait["description"] = "Seconds to wait for the end, at most 60".into();
    wait
}

/// Replies of the protocol. `perf` and `error` are the wire's own schemas.
pub(super) fn replies(perf: &Value, error: &Value) -> Map<String, Value> {
    let id = json!({"type": ["string", "null"]});
    let reply = json!({
        "type": "object",
        "description": "A success; docs/protocol.md has the data of each command",
        "required": ["req_id", "status", "data", "perf"],
        "properties": {"req_id": id, "status": {"const": "success"}, "data": {"type": "object"}, "perf": perf},
        "additionalProperties": false,
    });
    let refusal = json!({
        "type": "object",
        "required": ["req_id", "status", "error", "perf"],
        "properties": {
            "req_id": id,
            "status": {"const": "error"},
            "detail": {"type": "string", "description": "The message again, where docling-serve's clients look for it"},
            "error": {
                "type": "object",
                "required": ["code", "message", "details"],
                "description": format!(
                    "`code` is one of the protocol's ({error}), or of the service: unauthorized, forbidden, not_found, \
                     method_not_allowed, too_large, client_timeout, storage_failed"
                ),
                "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "details": {"type": "object"}},
                "additionalProperties": false,
            },
            "perf": perf,
        },
        "additionalProperties": false,
    });
    Map::from_iter([("Reply".to_owned(), reply), ("Refusal".to_owned(), refusal)])
}

//! Files, jobs, the service's own state, and the page.

use super::schemas::{answers, binary, content, failures, in_path, in_query, json_of, reference, wait};
use serde_json::{Map, Value, json};

/// The paths.
pub(super) fn paths() -> Vec<(&'static str, Value)> {
    let text = |kind: &str| content(kind, &json!({"type": "string"}));
    let get = |name: &str, summary: &str, content: &Value| json!({"get": {"operationId": name, "summary": summary, "responses": answers("200", "OK", content)}});
    let state =
        json_of(&json!({"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}));
    let object = json_of(&json!({"type": "object"}));
    let mut asset = get("asset", "A part of the page", &text("text/css"));
    asset["get"]["responses"]["200"]["content"]["text/javascript"] = json!({"schema": {"type": "string"}});
    asset["get"]["parameters"] = json!([in_path("name")]);
    vec![
        ("/v1/files", files()),
        ("/v1/files/{id}", file()),
        ("/v1/jobs", submit()),
        ("/v1/jobs/{id}", job()),
        ("/v1/jobs/{id}/result", result()),
        ("/mcp", mcp()),
        ("/health", get("health", "The process answers", &state)),
        ("/ready", ready(&state)),
        ("/version", get("version", "Versions of the parts", &object)),
        ("/metrics", get("metrics", "Counters and histograms for Prometheus", &text("text/plain"))),
        ("/openapi.json", get("openapi", "This description", &object)),
        ("/docs", get("docs", "This description for people", &text("text/html"))),
        ("/docs.js", get("docs_script", "Its script", &text("text/javascript"))),
        ("/", get("page", "The page on which documents are looked at", &text("text/html"))),
        ("/page/{name}", asset),
    ]
}

/// MCP has its own refusals: JSON-RPC errors, and plain text for what is no JSON-RPC.
fn mcp() -> Value {
    let rpc = json_of(&json!({"type": "object", "properties": {"jsonrpc": {"const": "2.0"}}}));
    let mut refused = rpc.clone();
    refused["text/plain"] = json!({"schema": {"type": "string"}});
    json!({"post": {
        "operationId": "mcp",
        "summary": "The tools of `tach mcp` over the Model Context Protocol's streamable HTTP, without sessions",
        "requestBody": {"required": true, "content": rpc},
        "responses": {
            "200": {"description": "The answer to a request", "content": rpc},
            "202": {"description": "A notification was taken"},
            "default": {"description": "Refused", "content": refused},
        },
    }})
}

fn ready(state: &Value) -> Value {
    let mut responses = answers("200", "A worker takes requests", state);
    responses["503"] = json!({"description": "None does now", "content": state});
    json!({"get": {"operationId": "ready", "summary": "Whether a worker takes requests", "responses": responses}})
}

fn files() -> Value {
    let file = json_of(&reference("File"));
    json!({
        "post": {
            "operationId": "upload",
            "summary": "Uploads a document, to be named in many requests",
            "parameters": [in_query("name", false, &json!({"type": "string"}))],
            "requestBody": {"required": true, "content": {
                "multipart/form-data": {"schema": {
                    "type": "object", "required": ["file"], "properties": {"file": binary()}, "additionalProperties": false,
                }},
                "application/octet-stream": {"schema": binary()},
            }},
            "responses": answers("201", "Stored until an hour after its last use", &file),
        },
        "get": {
            "operationId": "describe_file",
            "summary": "Name, length and SHA-256 of a document",
            "parameters": [in_query("file_path", true, &json!({"type": "string"}))],
            "responses": answers("200", "OK", &file),
        },
    })
}

fn file() -> Value {
    json!({"delete": {
        "operationId": "delete_file",
        "summary": "Deletes an upload",
        "parameters": [in_path("id")],
        "responses": {"204": {"description": "Deleted"}, "default": failures()},
    }})
}

fn submit() -> Value {
    json!({"post": {
        "operationId": "submit_job",
        "summary": "Takes a whole request of the protocol as a job",
        "requestBody": {"required": true, "content": json_of(&reference("Request"))},
        "responses": answers("202", "Taken", &json_of(&reference("Job"))),
    }})
}

fn job() -> Value {
    json!({
        "get": {
            "operationId": "poll_job",
            "summary": "Where a job is",
            "parameters": [in_path("id"), wait()],
            "responses": answers("200", "OK", &json_of(&reference("Job"))),
        },
        "delete": {
            "operationId": "cancel_job",
            "summary": "Gives a job up, or forgets its result",
            "parameters": [in_path("id")],
            "responses": {"204": {"description": "It is not known any more"}, "default": failures()},
        },
    })
}

fn result() -> Value {
    let reply = json!({"oneOf": [reference("Reply"), reference("Refusal")]});
    json!({"get": {
        "operationId": "job_result",
        "summary": "The protocol's reply, whatever it says",
        "parameters": [in_path("id")],
        "responses": answers("200", "The job has ended", &json_of(&reply)),
    }})
}

/// Their schemas.
pub(super) fn schemas() -> Map<String, Value> {
    let file = json!({"type": "object", "required": ["file_path", "name", "bytes"], "properties": {
        "file_path": {"type": "string"}, "id": {"type": "string"}, "name": {"type": "string"},
        "bytes": {"type": "integer"}, "sha256": {"type": "string"},
    }});
    let job = json!({"type": "object", "required": ["job_id", "state", "position", "message"], "properties": {
        "job_id": {"type": "string"},
        "state": {"enum": ["pending", "started", "success", "error"]},
        "position": {"type": ["integer", "null"], "description": "Its place among those that wait, from 1"},
        "message": {"type": ["string", "null"], "description": "Why it failed"},
    }});
    Map::from_iter([("File".to_owned(), file), ("Job".to_owned(), job)])
}

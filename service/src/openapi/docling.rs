//! docling-serve's routes, and the two other doors of Open `WebUI`.

use super::schemas::{answers, binary, content, failures, in_path, json_of, reference, wait};
use serde_json::{Map, Value, json};

/// Longest `document_timeout` in seconds.
const MAX_SECONDS: u32 = 86_400;

/// The paths.
pub(super) fn paths() -> Vec<(&'static str, Value)> {
    let form = content("multipart/form-data", &reference("ConvertForm"));
    let source = json_of(&reference("ConvertSource"));
    let body = |kinds: &[&str]| {
        kinds.iter().map(|kind| ((*kind).to_owned(), json!({"schema": binary()}))).collect::<Map<_, _>>()
    };
    let document = Value::Object(body(&["application/pdf", "application/octet-stream"]));
    let post = |name: &str, summary: &str, body: &Value, answer: &str| {
        json!({"post": {
            "operationId": name, "summary": summary,
            "requestBody": {"required": true, "content": body},
            "responses": answers("200", "OK", &json_of(&reference(answer))),
        }})
    };
    let put = |name: &str, summary: &str, answer: &Value| {
        json!({"put": {
            "operationId": name, "summary": summary,
            "requestBody": {"required": true, "content": document},
            "responses": answers("200", "OK", answer),
        }})
    };
    let task = |name: &str, summary: &str, parameters: &Value, responses: &Value| json!({"get": {"operationId": name, "summary": summary, "parameters": parameters, "responses": responses}});
    let id = in_path("id");
    let watched = json!({"101": {"description": "A WebSocket that tells each change"}, "default": failures()});
    let polled = answers("200", "OK", &json_of(&reference("Task")));
    let converted = answers("200", "OK", &json_of(&reference("Converted")));
    vec![
        ("/v1/convert/file", post("convert_file", "Converts an uploaded document", &form, "Converted")),
        ("/v1/convert/source", post("convert_source", "Converts a document", &source, "Converted")),
        ("/v1/convert/file/async", post("convert_file_async", "The same as a task", &form, "Task")),
        ("/v1/convert/source/async", post("convert_source_async", "The same as a task", &source, "Task")),
        ("/v1/status/poll/{id}", task("poll_task", "Where a task is", &json!([id, wait()]), &polled)),
        ("/v1/status/ws/{id}", task("watch_task", "The same over a WebSocket", &json!([id]), &watched)),
        ("/v1/result/{id}", task("task_result", "What a task came to", &json!([id]), &converted)),
        (
            "/tika",
            put("tika", "The text of a document, as Tika gives it", &content("text/plain", &json!({"type": "string"}))),
        ),
        ("/tika/text", put("tika_text", "The same as JSON", &json_of(&json!({"type": "object"})))),
        (
            "/tika/json/md",
            put("tika_markdown", "The Markdown, as Tika 4 gives it", &json_of(&json!({"type": "object"}))),
        ),
        (
            "/process",
            put(
                "process",
                "The Markdown of each page",
                &json_of(&json!({"type": "array", "items": {"type": "object"}})),
            ),
        ),
    ]
}

/// Their schemas.
pub(super) fn schemas() -> Map<String, Value> {
    let formats = json!(["md", "json", "html", "text", "doctags"]);
    let options = json!({
        "to_formats": {"type": "array", "items": {"enum": formats}, "minItems": 1},
        "page_range": {
            "type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 2, "maxItems": 2,
            "description": "First and last page, from 1",
        },
        "image_export_mode": {"enum": ["placeholder", "embedded", "referenced"]},
        "md_page_break_placeholder": {"type": "string", "maxLength": tach_protocol::limits::MAX_PAGE_BREAK_CHARS},
        "document_timeout": {"type": "number", "minimum": 0.001, "maximum": MAX_SECONDS},
        "password": {"type": "string"},
    });
    let target = json!({"enum": ["inbody"]});
    let mut form = json!({
        "type": "object", "required": ["files"], "properties": options,
        "description": "Options that are not named here are passed over",
    });
    form["properties"]["files"] = binary();
    form["properties"]["target_type"] = target.clone();
    let uploaded = json!({
        "type": "object", "required": ["kind", "base64_string"],
        "properties": {
            "kind": {"const": "file"}, "base64_string": {"type": "string", "format": "byte"}, "filename": {"type": "string"},
        },
        "additionalProperties": false,
    });
    let named = json!({
        "type": "object", "required": ["kind", "file_path"],
        "properties": {"kind": {"const": "file"}, "file_path": {"type": "string"}},
        "additionalProperties": false,
    });
    let source = json!({
        "type": "object", "required": ["sources"],
        "properties": {
            "sources": {"type": "array", "items": {"oneOf": [uploaded, named]}, "minItems": 1, "maxItems": 1},
            "options": {"type": "object", "properties": options},
            "target": {"type": "object", "properties": {"kind": target}},
        },
    });
    let text = json!({"type": "string"});
    let converted = json!({
        "type": "object", "required": ["document", "status", "errors", "processing_time", "timings"],
        "properties": {
            "document": {"type": "object", "required": ["filename"], "properties": {
                "filename": text, "md_content": text, "html_content": text, "text_content": text, "doctags_content": text,
                "json_content": {"type": "object"},
            }},
            "status": {"enum": ["success", "failure"]},
            "errors": {"type": "array", "items": {"type": "object"}},
            "processing_time": {"type": "number"},
            "timings": {"type": "object"},
        },
    });
    let task = json!({
        "type": "object", "required": ["task_id", "task_type", "task_status", "task_position", "task_meta", "error_message"],
        "properties": {
            "task_id": text, "task_type": {"const": "convert"},
            "task_status": {"enum": ["pending", "started", "success", "failure"]},
            "task_position": {"type": ["integer", "null"]},
            "task_meta": {"type": "null"},
            "error_message": {"type": ["string", "null"]},
        },
    });
    let all = [("ConvertForm", form), ("ConvertSource", source), ("Converted", converted), ("Task", task)];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

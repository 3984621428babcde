//! `GET /openapi.json`, made of the wire's own types so that it cannot differ from them, and `GET /docs`, which shows it offline.

mod commands;
mod docling;
mod schemas;
mod service;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use tach_supervisor::{ErrorCode, Perf, Progress};

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

fn openapi() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths: Map<String, Value> = commands::paths(&mut generator).into_iter().collect();
    paths.insert("/v1/batch".into(), commands::batch());
    for (path, item) in service::paths().into_iter().chain(docling::paths()) {
        paths.insert(path.into(), item);
    }
    let [perf, error, _] = [
        generator.subschema_for::<Perf>(),
        generator.subschema_for::<ErrorCode>(),
        generator.subschema_for::<Progress>(),
    ]
    .map(schemars::Schema::to_value);
    let mut known: Map<String, Value> =
        generator.take_definitions(true).into_iter().map(|(name, schema)| (name, commands::narrowed(schema))).collect();
    known.extend(schemas::replies(&perf, &error));
    known.extend(service::schemas());
    known.extend(docling::schemas());
    known.insert("Request".into(), commands::request());
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
            "schemas": known,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{}, {"key": []}, {"bearer": []}],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let tables = [include_str!("routes.rs"), include_str!("docling.rs"), include_str!("job_routes.rs")];
        let mut routes: BTreeSet<String> = BTreeSet::new();
        for rest in tables.iter().flat_map(|table| table.split(".route(\"").skip(1)) {
            routes.extend(rest.split('"').next().map(str::to_owned));
        }
        assert!(routes.remove("/v1/commands/{cmd}"));
        let document = openapi();
        let described = document["paths"].as_object().unwrap().keys().filter(|path| !path.starts_with("/v1/commands/"));
        assert_eq!(described.cloned().collect::<BTreeSet<_>>(), routes);
        for name in ["extract_evidence", "parse_table", "extract_text", "document_info", "convert", "ping", "find_text"]
        {
            assert!(document["paths"][format!("/v1/commands/{name}")]["post"].is_object(), "{name}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_what_is_not_served_is_not_described() {
        let document = openapi();
        let text = document.to_string();
        let references: Vec<_> =
            text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(references.len() > 10);
        for pointer in references {
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        assert!(!text.contains("\"mmap\""));
        let form =
            document.pointer("/paths/~1v1~1commands~1extract_text/post/requestBody/content/multipart~1form-data");
        let payload = form.and_then(|form| form.pointer("/schema/properties/payload")).unwrap();
        assert_eq!(
            (payload["required"].clone(), payload["properties"].get("file_path")),
            (json!(["page_index"]), None)
        );
    }
}

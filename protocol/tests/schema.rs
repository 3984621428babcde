//! The JSON Schemas of the wire types and the shared constants, kept in `fixtures/schema.json`, which the tests of
//! pyworker compare with Python's.
//!
//! After a change of a type: `TACH_UPDATE_FIXTURES=1 cargo test -p tach-protocol --features schema --test schema`.
#![cfg(feature = "schema")]

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};
use std::path::Path;
use tach_protocol::reply::{Lifecycle, Limits, Perf, Progress};
use tach_protocol::request::{
    Convert, DocumentInfo, ExtractEvidence, ExtractText, Fault, FindText, ParseTable, Ping, ReadSheet, Shutdown,
};
use tach_protocol::{ErrorBody, ErrorCode};

/// The schema of what a caller may send.
fn read<T: JsonSchema>() -> Value {
    schema::<T>(SchemaSettings::draft2020_12())
}

/// The schema of what a worker writes.
fn written<T: JsonSchema>() -> Value {
    schema::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn schema<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let settings = settings.with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    strip_prose(&mut schema);
    schema
}

/// Takes titles and descriptions out: a sentence that reads better is no other schema.
fn strip_prose(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for name in ["title", "description"] {
                // A property of this name is a schema, the keyword a string.
                if members.get(name).is_some_and(Value::is_string) {
                    members.remove(name);
                }
            }
            members.values_mut().for_each(strip_prose);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_prose),
        _ => {}
    }
}

fn schemas() -> Value {
    let mut all = Map::new();
    let mut add = |name: &str, schema: Value| all.insert(name.to_owned(), schema);
    add("extract_evidence", read::<ExtractEvidence>());
    add("parse_table", read::<ParseTable>());
    add("extract_text", read::<ExtractText>());
    add("read_sheet", read::<ReadSheet>());
    add("document_info", read::<DocumentInfo>());
    add("convert", read::<Convert>());
    add("find_text", read::<FindText>());
    add("ping", read::<Ping>());
    add("shutdown", read::<Shutdown>());
    add("fault", read::<Fault>());
    add("error_code", written::<ErrorCode>());
    add("error", written::<ErrorBody>());
    add("perf", written::<Perf>());
    add("limits", written::<Limits>());
    add("lifecycle", written::<Lifecycle>());
    add("progress", written::<Progress>());
    add("constants", Value::Object(tach_protocol::limits::all()));
    add("exit_codes", Value::Object(tach_protocol::version::exit_code::all()));
    Value::Object(all)
}

#[test]
fn schemas_are_those_of_the_fixture() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join("schema.json");
    let now = format!("{:#}\n", schemas());
    if std::env::var_os("TACH_UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(kept == now, "{} is out of date; the head of this test says how to write it anew", path.display());
}

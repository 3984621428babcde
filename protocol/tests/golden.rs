//! The golden lines of `fixtures/`, as this crate reads them; the tests of pyworker read the same files.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use tach_protocol::request::DocumentInfo;
use tach_protocol::{Bbox, Command, ErrorCode, Request, WorkerMessage, parse_request};

/// The files of one folder: name and content.
fn golden(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of golden lines")
        .map(|entry| {
            let path = entry.unwrap().path();
            let mut text = std::fs::read_to_string(&path).unwrap();
            if cfg!(windows) {
                // Also as one of the lines spells it, with the escapes that JSON permits.
                text = text.replace("/data/", "C:/data/").replace(r"\\/data", r"C:\\/data");
            }
            let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path.file_stem().unwrap().to_string_lossy().into_owned(), value)
        })
        .collect();
    assert!(!files.is_empty());
    files.sort_by(|left, right| left.0.cmp(&right.0));
    files
}

/// Runs `check` on every file and names all that fail.
fn each(folder: &str, check: impl Fn(&Value) -> Result<(), String>) {
    let failures: Vec<String> = golden(folder)
        .iter()
        .filter_map(|(name, golden)| check(golden).err().map(|why| format!("{folder}/{name}: {why}")))
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(got: &T, wanted: &T) -> Result<(), String> {
    if got == wanted { Ok(()) } else { Err(format!("got {got:?}, wanted {wanted:?}")) }
}

fn line(golden: &Value) -> &[u8] {
    golden["line"].as_str().expect("`line` is a string").as_bytes()
}

#[test]
fn good_requests_get_every_default() {
    each("requests", |golden| {
        let request = parse_request(line(golden), true).map_err(|refusal| refusal.error.to_string())?;
        let written = serde_json::to_value(&request).map_err(|error| error.to_string())?;
        same(&written, &golden["parsed"])?;
        // What is written reads as the same request again.
        let again = parse_request(written.to_string().as_bytes(), true).map_err(|refusal| refusal.error.to_string())?;
        same(&again, &request)
    });
}

#[test]
fn bad_requests_are_refused_with_code_and_field() {
    each("invalid", |golden| {
        let Err(refusal) = parse_request(line(golden), true) else { return Err("was taken".to_owned()) };
        let got =
            (Value::from(refusal.error.code.as_str()), &refusal.error.details["field"], Value::from(refusal.req_id));
        same(&got, &(golden["code"].clone(), &golden["field"], golden["req_id"].clone()))?;
        if refusal.error.message.is_empty() { Err("has no message".to_owned()) } else { Ok(()) }
    });
}

#[test]
fn messages_of_a_worker_read_and_write_alike() {
    for folder in ["replies", "lifecycle"] {
        each(folder, |golden| {
            let message = WorkerMessage::parse(golden.to_string().as_bytes())?;
            same(&serde_json::to_value(&message).map_err(|error| error.to_string())?, golden)?;
            match message {
                WorkerMessage::Reply(reply) => same(&reply.outcome.is_ok(), &(golden["status"] == "success")),
                WorkerMessage::Lifecycle(_) => same(&golden["type"], &Value::from("lifecycle")),
                WorkerMessage::Progress(_) => same(&golden["type"], &Value::from("progress")),
            }
        });
    }
}

#[test]
fn every_command_and_every_event_has_a_golden_line() {
    let commands: BTreeSet<_> =
        golden("requests").iter().map(|(_, golden)| golden["parsed"]["cmd"].as_str().unwrap().to_owned()).collect();
    let known = [
        "convert",
        "document_info",
        "extract_evidence",
        "extract_text",
        "fault",
        "find_text",
        "parse_table",
        "ping",
        "read_sheet",
        "shutdown",
    ];
    assert_eq!(commands.iter().map(String::as_str).collect::<Vec<_>>(), known);
    let events: BTreeSet<_> =
        golden("lifecycle").iter().filter_map(|(_, golden)| Some(golden["event"].as_str()?.to_owned())).collect();
    let known = ["memory_critical", "memory_warning", "ready", "startup_failed", "stopping"];
    assert_eq!(events.iter().map(String::as_str).collect::<Vec<_>>(), known);
}

#[test]
fn without_faults_there_is_no_fault_command() {
    let line = br#"{"id":"a","cmd":"fault","payload":{"kind":"raise"}}"#;
    assert!(parse_request(line, true).is_ok());
    assert_eq!(parse_request(line, false).unwrap_err().error.code, ErrorCode::UnknownCommand);
}

#[test]
fn bytes_that_are_not_utf8_and_deep_nesting_are_refused() {
    let refusal = parse_request(b"{\"id\":\"\xFF\",\"cmd\":\"ping\"}", false).unwrap_err();
    assert_eq!((refusal.error.code, refusal.req_id), (ErrorCode::InvalidJson, None));
    let deep = format!(r#"{{"id":"a","cmd":"ping","payload":{}1{}}}"#, r#"{"a":"#.repeat(5000), "}".repeat(5000));
    assert!(parse_request(deep.as_bytes(), false).is_err());
}

#[test]
fn a_password_is_shown_nowhere() {
    let line = br#"{"id":"a","cmd":"document_info","payload":{"file_path":"x","password":"geheim"}}"#;
    assert!(!format!("{:?}", parse_request(line, false)).contains("geheim"));
    let payload = DocumentInfo::new("/x").password("geheim");
    let request = Request { id: "a".into(), command: Command::DocumentInfo(payload), timeout_ms: None };
    assert!(!format!("{request:?}").contains("geheim"));
}

#[test]
fn a_box_is_four_numbers_in_order() {
    let bbox = Bbox::new(1.0, 2.5, 3.0, 4.0);
    assert_eq!(serde_json::to_string(&bbox).unwrap(), "[1.0,2.5,3.0,4.0]");
    assert_eq!(serde_json::from_str::<Bbox>("[1,2.5,3,4]").unwrap(), bbox);
}

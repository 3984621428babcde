//! `tach serve` as clients of docling-serve, Tika and Open `WebUI`'s external loader use it.

mod common;

use common::http::{Answer, Service, serve};
use common::{folder, sheet};
use serde_json::{Value, json};
use std::path::Path;

fn started(folder: &Path) -> Service {
    std::fs::copy(sheet(), folder.join("sheet.pdf")).expect("a copy");
    serve(folder, &["--root", "."], &[])
}

fn convert(service: &Service, path: &str, fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Answer {
    service.form(path, fields, &[("files", name, bytes)], &[])
}

#[test]
fn a_file_is_converted_once_for_all_formats_and_pages_are_told_apart() {
    let (_keep, folder) = folder();
    let service = started(&folder);
    let bytes = std::fs::read(sheet()).expect("a document");
    let fields = [
        ("image_export_mode", "placeholder"),
        ("md_page_break_placeholder", "\u{c}"),
        ("to_formats", "md"),
        ("to_formats", "json"),
    ];
    let both = convert(&service, "/v1/convert/file", &fields, "sheet.pdf", &bytes);
    let answer = both.json();
    assert_eq!((both.status, answer["status"].as_str()), (200, Some("success")), "{}", both.text());
    let document = &answer["document"];
    assert_eq!(document["filename"], "sheet.pdf");
    let pages = document["md_content"].as_str().expect("Markdown").split('\u{c}').count();
    assert_eq!((pages, document["json_content"]["pages"].as_object().map(serde_json::Map::len)), (2, Some(2)));
    assert!(document.get("html_content").is_none());

    let range = [("page_range", "2"), ("page_range", "9223372036854775807"), ("to_formats", "json")];
    let second = convert(&service, "/v1/convert/file", &range, "sheet.pdf", &bytes).json();
    let numbers: Vec<_> =
        second["document"]["json_content"]["pages"].as_object().expect("pages").keys().cloned().collect();
    assert_eq!(numbers, ["2"]);
}

#[test]
fn failures_are_told_as_docling_serve_tells_them() {
    let (_keep, folder) = folder();
    let service = started(&folder);
    let broken = convert(&service, "/v1/convert/file", &[], "broken.pdf", b"%PDF-1.4 nothing");
    assert_eq!((broken.status, broken.json()["status"].as_str()), (200, Some("failure")));
    let told = broken.json()["errors"][0]["error_message"].as_str().expect("a message").to_owned();
    assert!(told.starts_with("pdf_corrupt: ") && !told.contains("tach-serve-"), "{told}");
    let presigned = convert(&service, "/v1/convert/file/async", &[("target_type", "presigned_url")], "a.pdf", b"x");
    assert_eq!(presigned.status, 400);
    assert!(presigned.json()["detail"].as_str().is_some_and(|text| text.contains("artifact storage to be configured")));
    assert_eq!(convert(&service, "/v1/convert/file", &[("to_formats", "yaml")], "a.pdf", b"x").status, 422);
    assert_eq!(service.form("/v1/convert/file", &[], &[], &[]).status, 422);
    let source = |source: Value| {
        let body = json!({"options": {"to_formats": ["text"]}, "sources": [source], "target": {"kind": "inbody"}});
        service.send("POST", "/v1/convert/source", &["Content-Type: application/json"], body.to_string().as_bytes())
    };
    assert_eq!(source(json!({"kind": "http", "url": "http://169.254.169.254/"})).status, 403);
    assert_eq!(source(json!({"kind": "file", "file_path": "/etc/passwd"})).status, 403);
    assert_eq!(source(json!({"kind": "file", "filename": "a.pdf", "base64_string": "?"})).status, 422);
    let named = source(json!({"kind": "file", "file_path": "sheet.pdf"}));
    assert!(named.json()["document"]["text_content"].as_str().is_some_and(|text| !text.is_empty()), "{}", named.text());
}

#[test]
fn a_task_is_polled_and_its_result_fetched() {
    let (_keep, folder) = folder();
    let service = started(&folder);
    let bytes = std::fs::read(sheet()).expect("a document");
    let task = convert(&service, "/v1/convert/file/async", &[("to_formats", "text")], "sheet.pdf", &bytes).json();
    let id = task["task_id"].as_str().expect("an id").to_owned();
    let early = service.get(&format!("/v1/result/{id}"));
    if early.status == 404 {
        assert!(early.json()["detail"].as_str().is_some_and(|text| text.starts_with("Task result not found")));
    }
    let ended = service.get(&format!("/v1/status/poll/{id}?wait=60")).json();
    assert_eq!(ended["task_status"], "success", "{ended}");
    assert_eq!(service.get(&format!("/v1/result/{id}")).json()["status"], "success");
    for path in ["/v1/status/poll/none", "/v1/result/none"] {
        let missing = service.get(path);
        assert_eq!((missing.status, missing.json()["detail"].as_str()), (404, Some("Task not found.")));
    }
    let failed = convert(&service, "/v1/convert/file/async", &[], "a.pdf", b"%PDF-1.4 no").json();
    let id = failed["task_id"].as_str().expect("an id");
    let ended = service.get(&format!("/v1/status/poll/{id}?wait=60")).json();
    assert_eq!(ended["task_status"], "failure");
    assert!(ended["error_message"].as_str().is_some_and(|text| text.contains("pdf_corrupt")));
}

#[test]
fn jobs_are_submitted_polled_and_cancelled() {
    let (_keep, folder) = folder();
    let service = started(&folder);
    let submit = |cmd: &str, file: &str| {
        let body = json!({"id": "mine", "cmd": cmd, "payload": {"file_path": file}, "timeout_ms": 100_000});
        service.send("POST", "/v1/jobs", &[], body.to_string().as_bytes())
    };
    let job = submit("convert", "sheet.pdf");
    assert_eq!(job.status, 202, "{}", job.text());
    let id = job.json()["job_id"].as_str().expect("an id").to_owned();
    assert_eq!(service.get(&format!("/v1/jobs/{id}?wait=60")).json()["state"], "success");
    let reply = service.get(&format!("/v1/jobs/{id}/result")).json();
    assert_eq!((reply["req_id"].as_str(), reply["status"].as_str()), (Some("mine"), Some("success")));
    assert_eq!(submit("convert", "/etc/passwd").status, 403);
    let delete = format!("/v1/jobs/{id}");
    assert_eq!(service.send("DELETE", &delete, &[], b"").status, 204);
    assert_eq!(service.get(&delete).status, 404);
}

#[test]
fn open_webuis_other_doors_give_text_and_pages() {
    let (_keep, folder) = folder();
    let service = started(&folder);
    let bytes = std::fs::read(sheet()).expect("a document");
    let tika = service.send("PUT", "/tika/text", &["Content-Type: application/pdf"], &bytes);
    assert!(
        tika.json()["X-TIKA:content"].as_str().is_some_and(|text| text.contains("BILL OF QUANTITIES")),
        "{}",
        tika.text()
    );
    let headers = ["Content-Type: application/pdf", "X-Filename: b%E1%BA%A3n%20v%E1%BA%BD.pdf"];
    let pages = service.send("PUT", "/process", &headers, &bytes).json();
    let told: Vec<_> = pages.as_array().expect("pages").iter().map(|page| &page["metadata"]).collect();
    assert_eq!(told.iter().map(|page| page["page"].as_u64()).collect::<Vec<_>>(), [Some(0), Some(1)]);
    assert_eq!(told[0]["source"], "bản vẽ.pdf");
    assert_eq!(service.send("PUT", "/tika/text", &[], b"%PDF-1.4 no").status, 422);
}

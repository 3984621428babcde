//! `tach serve` with a queue: jobs that a restart of the service does not lose.
#![cfg(unix)]

mod common;
mod many_machines;

use common::http::{Service, serve};
use common::{folder, sheet};
use many_machines::Server;
use serde_json::{Value, json};
use std::path::Path;

const FILE: &str = "bản vẽ.pdf";

fn started(server: &Server, folder: &Path) -> Service {
    serve(folder, &["--root", ".", "--nats", &server.url(), "--job", "web"], &[])
}

fn submitted(service: &Service, id: &str, cmd: &str, file: &str) -> String {
    let request = json!({"id": id, "cmd": cmd, "payload": {"file_path": file}, "timeout_ms": 60_000});
    let answer = service.send("POST", "/v1/jobs", &[], request.to_string().as_bytes());
    assert_eq!((answer.status, answer.json()["state"].as_str()), (202, Some("pending")), "{answer:?}");
    answer.json()["job_id"].as_str().expect("an id").to_owned()
}

fn reply(service: &Service, job: &str) -> (String, Value) {
    let seen = service.get(&format!("/v1/jobs/{job}?wait=60")).json();
    let result = service.get(&format!("/v1/jobs/{job}/result"));
    assert_eq!(result.status, 200, "{seen}");
    (seen["state"].as_str().expect("a state").to_owned(), result.json())
}

#[test]
fn jobs_outlive_the_service_that_took_them() {
    let server = Server::start();
    // The first command makes the streams; what a killed service held comes again after two seconds.
    server.run(&["queue", "status", "--ack-wait", "2"]);
    let (_keep, folder) = folder();
    let first = started(&server, &folder);
    let kept = first.form("/v1/files", &[], &[("file", "broken.pdf", b"%PDF-1.4 nothing")], &[]).json();
    let broken = kept["file_path"].as_str().expect("a name").to_owned();
    let broken_job = submitted(&first, "broken", "document_info", &broken);
    let bytes = std::fs::read(sheet()).expect("a document");
    let fields = [("to_formats", "md"), ("to_formats", "json"), ("page_range", "2"), ("page_range", "9")];
    let task = first.form("/v1/convert/file/async", &fields, &[("files", "sheet.pdf", &bytes)], &[]);
    let task = task.json()["task_id"].as_str().expect("an id").to_owned();
    let jobs: Vec<_> = (0..20).map(|number| submitted(&first, &format!("r{number}"), "document_info", FILE)).collect();
    // Killed: it can hand nothing back, and its uploads are lost to it.
    drop(first);

    let second = started(&server, &folder);
    for (number, job) in jobs.iter().enumerate() {
        let (state, reply) = reply(&second, job);
        assert_eq!((state.as_str(), &reply["req_id"]), ("success", &json!(format!("r{number}"))));
    }
    let (state, error) = reply(&second, &broken_job);
    assert_eq!((state.as_str(), &error["error"]["code"]), ("error", &json!("pdf_corrupt")), "{error}");
    assert!(!error.to_string().contains("tach-"), "a private path is told: {error}");
    let status = second.get(&format!("/v1/status/poll/{task}?wait=60")).json();
    assert_eq!(status["task_status"], "success", "{status}");
    let converted = second.get(&format!("/v1/result/{task}")).json();
    let document = &converted["document"];
    assert_eq!(document["filename"], "sheet.pdf");
    assert!(document["md_content"].as_str().is_some_and(|text| !text.is_empty()));
    let pages: Vec<_> = document["json_content"]["pages"].as_object().expect("pages").keys().cloned().collect();
    assert_eq!(pages, ["2"]);

    let delete = |job: &str| second.send("DELETE", &format!("/v1/jobs/{job}"), &[], b"").status;
    assert_eq!([delete(&jobs[0]), delete(&jobs[0]), delete("x"), delete(&"0".repeat(32))], [204, 404, 404, 404]);
    assert_eq!(second.get(&format!("/v1/jobs/{}", jobs[0])).status, 404);
    server.run(&["queue", "purge", "--job", "web"]);
    assert_eq!(second.get(&format!("/v1/jobs/{}", jobs[1])).status, 404, "nothing is left");
}

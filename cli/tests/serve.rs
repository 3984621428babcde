//! `tach serve` from a client's side: commands, uploads, batches, refusals, and an end in good order.

mod common;

use common::http::{Service, read_answer, serve};
use common::{folder, sheet};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

const NO_DOCLING: (&str, &str) = ("TACH_DOCLING_PROFILE", "none");
const FILE: &str = "bản vẽ.pdf";

fn started(folder: &Path, arguments: &[&str]) -> Service {
    let root = folder.to_str().expect("Unicode");
    serve(folder, &[&["--root", root], arguments].concat(), &[NO_DOCLING])
}

#[test]
fn commands_answer_with_the_protocols_own_replies() {
    let (_keep, folder) = folder();
    let service = started(&folder, &[]);
    let info = service.command("document_info", &json!({"file_path": FILE}));
    assert_eq!((info.status, info.json()["status"].as_str()), (200, Some("success")), "{info:?}");
    assert!(info.json()["data"]["page_count"].as_u64().is_some_and(|count| count > 0));
    let id = service.send("POST", "/v1/commands/ping", &["X-Request-Id: mine-7"], b"");
    assert_eq!(
        (id.status, id.json()["req_id"].as_str(), id.header("x-request-id").as_deref()),
        (200, Some("mine-7"), Some("mine-7"))
    );

    let crop = json!({"file_path": folder.join(FILE), "page_index": 0, "bbox": [10, 10, 72, 36], "dpi": 72});
    let whole = service.command("extract_evidence", &crop).json();
    assert_eq!((whole["data"]["width"].as_u64(), whole["data"]["height"].as_u64()), (Some(72), Some(36)));
    let path = "/v1/commands/extract_evidence?timeout_ms=20000";
    let picture = service.send("POST", path, &["Accept: image/png"], crop.to_string().as_bytes());
    assert_eq!((picture.status, picture.header("content-type").as_deref()), (200, Some("image/png")));
    assert!(picture.body.starts_with(b"\x89PNG"));
    let size = (picture.header("x-tach-width"), picture.header("x-tach-height"), picture.header("x-tach-bbox"));
    assert_eq!(size, (Some("72".into()), Some("36".into()), Some("10,10,72,36".into())));
}

#[test]
fn refusals_are_the_clients_and_say_why() {
    let (_keep, folder) = folder();
    std::fs::write(folder.join("broken.pdf"), "%PDF-1.4\nnothing").expect("a file");
    let service = started(&folder, &["--max-upload-mb", "1"]);
    let rows: [(&str, Value, u16, &str); 9] = [
        ("document_info", json!({"file_path": "missing.pdf"}), 404, "file_not_found"),
        ("document_info", json!({"file_path": "/etc/passwd"}), 403, "path_not_allowed"),
        ("document_info", json!({"file_path": "../x.pdf"}), 403, "path_not_allowed"),
        ("document_info", json!({"file_path": "broken.pdf"}), 422, "pdf_corrupt"),
        ("document_info", json!({"file_path": FILE, "colour": 1}), 400, "invalid_request"),
        ("extract_text", json!({"file_path": FILE, "page_index": 999}), 422, "page_out_of_range"),
        (
            "extract_evidence",
            json!({"file_path": FILE, "page_index": 0, "bbox": [0, 0, 5, 5], "transport": "mmap"}),
            400,
            "invalid_request",
        ),
        ("shutdown", json!({}), 404, "unknown_command"),
        ("fault", json!({"kind": "segv"}), 404, "unknown_command"),
    ];
    for (cmd, payload, status, code) in rows {
        let answer = service.command(cmd, &payload);
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (status, Some(code)), "{cmd} {payload}");
        let text = answer.text();
        assert!(!text.contains("Tài liệu"), "the folders of the server are told: {text}");
    }
    let twice = format!("{{\"file_path\":\"{FILE}\",\"password\":\"a\",\"password\":\"b\"}}");
    let raw = |body: &[u8]| service.send("POST", "/v1/commands/document_info", &[], body).status;
    assert_eq!([raw(b"{"), raw(b"[]"), raw(b"\xff"), raw(twice.as_bytes())], [400; 4]);
    assert_eq!(raw(&vec![b' '; 2 << 20]), 413);
    assert_eq!(service.get("/nothing").status, 404);
    // No part of an address is refused in other words than everything else.
    for address in ["/v1/jobs/%ff", "/v1/jobs/x?wait=-1", "/v1/jobs/x?wait=soon", "/v1/status/ws/x", "/v1/files"] {
        let answer = service.get(address);
        assert_eq!((answer.status, answer.json()["status"].as_str()), (400, Some("error")), "{address}: {answer:?}");
    }
    assert_eq!(service.get("/v1/batch").status, 405);
    assert_eq!(service.send("POST", "/v1/commands/ping?timeout_ms=x", &[], b"").status, 400);
    let large = service.form("/v1/files", &[], &[("file", "a.pdf", &vec![0; (1 << 20) + 1])], &[]);
    assert_eq!(large.status, 413, "{large:?}");
}

#[test]
fn uploads_are_read_by_name_and_removed_and_their_files_are_never_named() {
    let (_keep, folder) = folder();
    let temporary = folder.join("tmp");
    std::fs::create_dir(&temporary).expect("a folder");
    let variables = [NO_DOCLING, ("TMPDIR", temporary.to_str().expect("Unicode"))];
    let mut service = serve(&folder, &[], &variables);
    let bytes = std::fs::read(folder.join(FILE)).expect("a document");
    let files = || walk(&temporary).into_iter().filter(|path| path.contains("tach-serve-")).collect::<Vec<_>>();

    let once = service.form("/v1/commands/document_info", &[("payload", "{}")], &[("file", FILE, &bytes)], &[]);
    assert_eq!(once.status, 200, "{once:?}");
    assert_eq!(files(), Vec::<String>::new(), "the file of one request is removed with it");
    let broken = service.form("/v1/commands/document_info", &[], &[("file", "b.pdf", b"%PDF-1.4 no")], &[]);
    assert_eq!(broken.status, 422);
    assert!(!broken.text().contains("tach-serve-"), "{}", broken.text());

    let kept = service.form("/v1/files", &[], &[("file", "../../x/plan.pdf", &bytes)], &[]);
    assert_eq!((kept.status, kept.json()["name"].as_str()), (201, Some("plan.pdf")));
    let named = kept.json()["file_path"].as_str().expect("a name").to_owned();
    assert_eq!(service.command("document_info", &json!({"file_path": named})).status, 200);
    let missing = service.command("extract_text", &json!({"file_path": named, "page_index": 99}));
    assert!(missing.status == 422 && !missing.text().contains("tach-serve-"), "{}", missing.text());
    let described = service.get(&format!("/v1/files?file_path={named}")).json();
    assert_eq!(described["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(described["bytes"].as_u64(), Some(bytes.len() as u64));
    // No root was given.
    assert_eq!(service.command("document_info", &json!({"file_path": folder.join(FILE)})).status, 403);
    let delete = format!("/v1/files/{}", &named["upload:".len()..]);
    assert_eq!(
        [service.send("DELETE", &delete, &[], b"").status, service.send("DELETE", &delete, &[], b"").status],
        [204, 404]
    );
    assert_eq!(service.command("document_info", &json!({"file_path": named})).status, 404);
    assert_eq!(files(), Vec::<String>::new());
    stop(&mut service);
}

fn walk(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path.to_string_lossy().into_owned()) }
    }
    found
}

#[test]
fn a_batch_answers_each_line_once_and_waits_for_a_slow_reader() {
    let (_keep, folder) = folder();
    let service = started(&folder, &[]);
    let mut lines = String::new();
    for number in 0..120 {
        let payload = json!({"file_path": FILE, "page_index": 0, "bbox": [10, 10, 300, 300], "format": "raw"});
        let line = json!({"id": format!("r{number}"), "cmd": "extract_evidence", "payload": payload});
        lines += &(line.to_string() + "\n");
    }
    lines += "no JSON\n{\"id\":\"x\",\"cmd\":\"ping\",\"extra\":1}\n{\"id\":\"y\",\"cmd\":\"document_info\",\"payload\":{\"file_path\":\"/etc/passwd\"}}\n";
    lines += "{\"id\":\"last\",\"cmd\":\"ping\"}";
    let mut stream = service.connect();
    let head = format!("POST /v1/batch HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", lines.len());
    stream.write_all(head.as_bytes()).expect("a head");
    stream.write_all(lines.as_bytes()).expect("a body");
    // 120 raw pictures are some 180 MB: others are served while nothing of them is read.
    assert_eq!(service.command("ping", &json!({})).status, 200);
    let answer = read_answer(stream);
    let mut outcomes = BTreeMap::new();
    for line in answer.text().lines() {
        let reply: Value = serde_json::from_str(line).expect("JSON");
        let id = reply["req_id"].as_str().unwrap_or("null").to_owned();
        let outcome = reply["error"]["code"].as_str().unwrap_or("success").to_owned();
        assert_eq!(outcomes.insert(id, outcome), None, "answered twice");
    }
    assert_eq!(outcomes.len(), 124);
    let expected = [("null", "invalid_json"), ("x", "invalid_request"), ("y", "path_not_allowed"), ("last", "success")];
    for (id, outcome) in expected {
        assert_eq!(outcomes[id], outcome, "{id}");
    }
    assert!((0..120).all(|number| outcomes[&format!("r{number}")] == "success"));
}

#[test]
fn a_token_is_asked_for_and_pages_of_other_sites_are_refused() {
    let (_keep, folder) = folder();
    std::fs::write(folder.join("token"), "0123456789abcdef0123\n").expect("a file");
    let service = started(&folder, &["--token-file", "token"]);
    let ping = |headers: &[&str]| service.send("POST", "/v1/commands/ping", headers, b"").status;
    assert_eq!(ping(&[]), 401);
    assert_eq!(ping(&["X-Api-Key: 0123456789abcdef012"]), 401);
    assert_eq!(ping(&["X-Api-Key: 0123456789abcdef0123"]), 200);
    assert_eq!(ping(&["Authorization: Bearer 0123456789abcdef0123"]), 200);
    assert_eq!(ping(&["X-Api-Key: 0123456789abcdef0123", "Origin: http://evil.example"]), 403);
    assert_eq!(service.get("/health").status, 200);
    assert_eq!(service.get("/metrics").status, 401);
    drop(service);

    let open = started(&folder, &[]);
    let ping = |headers: &[&str]| open.send("POST", "/v1/commands/ping", headers, b"").status;
    assert_eq!(ping(&["Host: rebound.example"]), 403);
    assert_eq!(ping(&["Host: localhost:1", "Sec-Fetch-Site: cross-site"]), 403);
    assert_eq!(ping(&["Host: localhost:1", "Origin: http://localhost:1"]), 200);
    let said = common::tach(&folder, &["serve", "--port", "0", "--address", "0.0.0.0"]).failed_with(2);
    assert!(said.contains("--token-file"), "{said}");
}

#[test]
fn too_many_requests_are_told_to_come_back_and_half_sent_ones_hold_nothing_up() {
    let (_keep, folder) = folder();
    let service = started(&folder, &["--max-requests", "2", "--client-timeout", "2"]);
    let half = || {
        let mut stream = service.connect();
        stream
            .write_all(b"POST /v1/commands/ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
            .expect("a head");
        stream
    };
    // Whichever comes third is refused, and that may be a half-sent one: more of them come until it is the whole one.
    let mut held = Vec::new();
    let until = Instant::now() + Duration::from_secs(60);
    let refused = loop {
        held.extend([half(), half()]);
        let answer = service.command("ping", &json!({}));
        if answer.status == 429 || Instant::now() > until {
            break answer;
        }
    };
    assert_eq!((refused.status, refused.header("retry-after").as_deref()), (429, Some("1")));
    let statuses: Vec<_> = held.into_iter().map(|stream| read_answer(stream).status).collect();
    assert!(statuses.contains(&408) && statuses.iter().all(|status| [408, 429].contains(status)), "{statuses:?}");
    let until = Instant::now() + Duration::from_secs(20);
    while service.command("ping", &json!({})).status != 200 {
        assert!(Instant::now() < until, "the places are given back");
    }
}

#[test]
fn five_hundred_clients_at_once_are_all_answered() {
    let (_keep, folder) = folder();
    let service = started(&folder, &["--max-requests", "600"]);
    let payload = json!({"file_path": FILE, "page_index": 0, "bbox": [10, 10, 60, 60]}).to_string();
    let head = format!(
        "POST /v1/commands/extract_evidence HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{payload}",
        payload.len()
    );
    let streams: Vec<_> = (0..500)
        .map(|_| {
            let mut stream = service.connect();
            stream.write_all(head.as_bytes()).expect("a request");
            stream
        })
        .collect();
    let statuses: Vec<_> = streams.into_iter().map(|stream| read_answer(stream).status).collect();
    assert_eq!(statuses, vec![200; 500]);
}

#[test]
fn it_describes_itself() {
    let (_keep, folder) = folder();
    let service = started(&folder, &[]);
    assert_eq!(service.get("/health").json()["status"], "ok");
    assert_eq!(service.get("/ready").status, 200);
    assert_eq!(service.get("/version").json()["protocol"], 1);
    assert_eq!(service.get("/openapi.json").json()["openapi"], "3.1.0");
    let docs = service.get("/docs");
    assert!(docs.text().contains("/docs.js") && !docs.text().contains("http"), "it loads nothing from elsewhere");
    let policy = docs.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    service.command("ping", &json!({}));
    let metrics = service.get("/metrics").text();
    for name in ["tach_http_requests_total{", "tach_worker_starts_total", "tach_requests_total{", "tach_queue_waiting"]
    {
        assert!(metrics.contains(name), "{name} is missing in\n{metrics}");
    }
}

#[test]
fn progress_and_the_reply_come_as_events() {
    let (_keep, folder) = folder();
    std::fs::copy(sheet(), folder.join("sheet.pdf")).expect("a copy");
    let service = serve(&folder, &["--root", "."], &[]);
    let path = "/v1/commands/convert?timeout_ms=120000";
    let body = json!({"file_path": "sheet.pdf", "format": "markdown"}).to_string();
    let events = service.send("POST", path, &["Accept: text/event-stream"], body.as_bytes());
    assert_eq!(events.header("content-type").as_deref(), Some("text/event-stream"));
    let text = events.text();
    assert!(text.contains("event: progress\ndata: {"), "{text}");
    let reply = text.split("event: reply\ndata: ").nth(1).expect("a reply").trim();
    let reply: Value = serde_json::from_str(reply).expect("JSON");
    assert_eq!(reply["status"], "success", "{reply}");
}

/// Asks for a stop as a service manager does.
fn stop(service: &mut Service) {
    #[cfg(unix)]
    {
        let id = i32::try_from(service.child.id()).expect("a process id");
        let id = rustix::process::Pid::from_raw(id).expect("a process id");
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal");
        assert_eq!(service.ended_within(Duration::from_secs(30)), 0);
    }
    #[cfg(not(unix))]
    let _ = service;
}

#[cfg(unix)]
#[test]
fn a_stop_answers_what_runs_and_leaves_no_file_behind() {
    let (_keep, folder) = folder();
    let temporary = folder.join("tmp");
    std::fs::create_dir(&temporary).expect("a folder");
    std::fs::copy(sheet(), folder.join("sheet.pdf")).expect("a copy");
    let mut service = serve(&folder, &["--root", "."], &[("TMPDIR", temporary.to_str().expect("Unicode"))]);
    let body = json!({"file_path": "sheet.pdf", "format": "text"}).to_string();
    let mut stream = service.connect();
    let head = format!(
        "POST /v1/commands/convert?timeout_ms=120000 HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("a request");
    let until = Instant::now() + Duration::from_secs(20);
    while !service.get("/metrics").text().contains("tach_http_requests_in_hand 1") {
        assert!(Instant::now() < until, "the request is taken");
    }
    let answered = std::thread::spawn(move || read_answer(stream).status);
    stop(&mut service);
    assert_eq!(answered.join().expect("an answer"), 200);
    assert_eq!(walk(&temporary), Vec::<String>::new());
}

//! `tach mcp` as a client speaks to it: JSON-RPC lines over its pipes, without an environment.

mod common;

use common::http::serve;
use common::{folder, sheet};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    next: u64,
}

impl Client {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tach"))
            .args(["mcp", "--root", "."])
            .current_dir(folder)
            .env("XDG_STATE_HOME", folder.join("state"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tach starts");
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().expect("a pipe"));
        let mut client = Self { child, stdin, stdout: BufReader::new(stdout), next: 0 };
        let about = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
        assert_eq!(client.ask("initialize", &about)["serverInfo"]["name"], "tach");
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.stdin.as_mut().expect("a pipe"), "{message}").expect("it reads");
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": parameters}));
        loop {
            let mut line = String::new();
            assert!(self.stdout.read_line(&mut line).expect("a line") > 0, "it ended");
            let message: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            if message["id"] == self.next {
                return message["result"].clone();
            }
        }
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> (bool, Value) {
        let result = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        (result["isError"].as_bool().unwrap_or_default(), result["content"].clone())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_model_reads_pages_and_sees_evidence_and_is_told_what_to_do_about_errors() {
    let (_keep, folder) = folder();
    std::fs::copy(sheet(), folder.join("sheet.pdf")).expect("a copy");
    let mut client = Client::start(&folder);
    let tools = client.ask("tools/list", &json!({}));
    let names: Vec<_> = tools["tools"].as_array().expect("tools").iter().map(|tool| tool["name"].as_str()).collect();
    let expected = ["document_info", "read_page", "crop_evidence", "find_tables", "convert_pages"];
    assert_eq!(names, expected.map(Some));

    let text = |content: &Value| content[0]["text"].as_str().unwrap_or_default().to_owned();
    let (failed, info) = client.call("document_info", &json!({"file": "sheet.pdf"}));
    assert!(!failed && text(&info).contains("\"page_count\":2"), "{info}");
    let (failed, page) = client.call("read_page", &json!({"file": "sheet.pdf", "page": 1}));
    assert!(!failed && text(&page).contains("BILL OF QUANTITIES"), "{page}");
    let (failed, tables) = client.call("find_tables", &json!({"file": "sheet.pdf", "page": 1}));
    assert!(!failed && text(&tables).contains("Table at [") && text(&tables).contains('|'), "{tables}");
    let (failed, markdown) =
        client.call("convert_pages", &json!({"file": "sheet.pdf", "first_page": 1, "last_page": 2}));
    assert!(!failed && text(&markdown).contains('#'), "{markdown}");
    let crop = json!({"file": "sheet.pdf", "page": 1, "bbox": [753, 32, 399, 24]});
    let (failed, crop) = client.call("crop_evidence", &crop);
    assert!(!failed && crop[0]["type"] == "image" && crop[0]["mimeType"] == "image/png", "{crop}");
    assert!(crop[1]["text"].as_str().is_some_and(|text| text.contains("BILL OF QUANTITIES")), "{crop}");

    let refusals = [
        ("read_page", json!({"file": "/etc/passwd", "page": 1}), "path_not_allowed", "inside the server's folders"),
        ("read_page", json!({"file": "sheet.pdf", "page": 3}), "page_out_of_range", "document_info"),
        ("read_page", json!({"file": "sheet.pdf", "page": 0}), "pages count from 1", ""),
        ("read_page", json!({"file": "sheet.pdf", "pages": 1}), "invalid arguments", "pages"),
        ("convert_pages", json!({"file": "sheet.pdf", "first_page": 1, "last_page": 99}), "at most 20", ""),
        ("format_disk", json!({}), "there is no tool", ""),
    ];
    for (tool, arguments, what, remedy) in refusals {
        let (failed, content) = client.call(tool, &arguments);
        assert!(failed && text(&content).contains(what) && text(&content).contains(remedy), "{tool}: {content}");
    }

    drop(client.stdin.take());
    let status = client.child.wait().expect("it ends when stdin is closed");
    assert!(status.success(), "{status}");
}

#[test]
fn the_service_has_the_same_tools_without_sessions_and_under_its_own_rules() {
    let (_keep, folder) = folder();
    std::fs::write(folder.join("token"), "0123456789abcdef\n").expect("a file");
    let service = serve(&folder, &["--root", ".", "--token-file", "token"], &[("TACH_DOCLING_PROFILE", "none")]);
    let kinds = ["Content-Type: application/json", "Accept: application/json, text/event-stream"];
    let token = "Authorization: Bearer 0123456789abcdef";
    let ask = |method: &str, parameters: &Value, more: &[&str]| {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
        service.send("POST", "/mcp", &[&kinds, more].concat(), message.to_string().as_bytes())
    };
    let about =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    assert_eq!(ask("initialize", &about, &[]).status, 401);
    assert_eq!(ask("initialize", &about, &[token, "Origin: http://evil.example"]).status, 403);
    let begun = ask("initialize", &about, &[token]);
    assert_eq!(begun.json()["result"]["serverInfo"]["name"], "tach", "{begun:?}");
    assert_eq!(begun.header("mcp-session-id"), None);
    assert_eq!(ask("tools/list", &json!({}), &[token]).json()["result"]["tools"].as_array().map(Vec::len), Some(5));
    let call = |file: &str| {
        let parameters = json!({"name": "document_info", "arguments": {"file": file}});
        ask("tools/call", &parameters, &[token]).json()["result"].clone()
    };
    let info = call("bản vẽ.pdf");
    assert_eq!(info["isError"], false, "{info}");
    assert!(info["content"][0]["text"].as_str().is_some_and(|text| text.contains("page_count")), "{info}");
    let outside = call("/etc/passwd");
    assert_eq!(outside["isError"], true, "{outside}");
    // What is no JSON-RPC is refused in words, and says of what kind they are.
    let refused = service.send("POST", "/mcp", &[token], b"{}");
    assert_eq!((refused.status, refused.header("content-type").as_deref()), (406, Some("text/plain")));
}

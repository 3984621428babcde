//! A queue in the hands of a person: jobs that are continued, documents that travel, results that are long, stops in good order.
#![cfg(unix)]

#[path = "../../tests/common/pdf.rs"]
#[allow(dead_code, reason = "its own part")]
mod pdf;

mod many_machines;

use many_machines::{Server, TIMEOUT, ping, slow};
use rustix::process::Signal;
use std::time::Duration;

#[test]
fn each_request_has_one_reply_and_a_second_submit_of_the_job_runs_none_again() {
    let server = Server::start();
    let mut requests: Vec<String> = (0..100).map(|number| ping(&number.to_string())).collect();
    requests.push(ping("7"));
    requests.push("{\"id\":\"stop\",\"cmd\":\"shutdown\"}\n".to_owned());
    requests.push("{\"id\":\"bad\",\"cmd\":\"extract_text\",\"payload\":{}}\n".to_owned());
    server.write("r.ndjson", &requests);
    let port = many_machines::free_port();
    let mut node = server.node(&["--monitor", &format!("127.0.0.1:{port}")], &[]);
    let outcomes = server.submitted("r.ndjson", "job", "first.ndjson", &[]);
    let monitored = |path: &str| many_machines::got(port, path);
    assert!(monitored("/health").starts_with("HTTP/1.0 200") && monitored("/ready").starts_with("HTTP/1.0 200"));
    assert!(monitored("/v1/files").starts_with("HTTP/1.0 404"), "a node has no other routes");
    let metrics = monitored("/metrics");
    for line in ["tach_node_answered_total 100", "tach_node_connected 1", "tach_worker_starts_total 1"] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
    assert_eq!(outcomes.len(), 102);
    assert_eq!(outcomes.values().filter(|outcome| *outcome == "success").count(), 100);
    assert_eq!(["stop", "bad"].map(|id| &*outcomes[id]), ["invalid_request"; 2]);
    let status = server.status("job");
    assert_eq!([&status["waiting"], &status["held"], &status["replies"]], [0, 0, 100]);

    // No node runs now: what follows is answered from what is stored.
    node.signal(Signal::TERM);
    assert_eq!(node.ended_within(TIMEOUT), 0, "a drained node ends well");
    assert_eq!(server.submitted("r.ndjson", "job", "second.ndjson", &[]), outcomes);
    let kept = server.replies("first.ndjson");
    for reply in server.replies("second.ndjson").iter().filter(|reply| reply["status"] == "success") {
        assert!(kept.contains(reply), "the stored reply, not another run's: {reply}");
    }
    // The same output: everything is answered already.
    assert_eq!(server.submitted("r.ndjson", "job", "first.ndjson", &[]), outcomes);
    assert_eq!(server.status("job")["waiting"], 0);
    server.run(&["queue", "purge", "--job", "job"]);
    assert_eq!(server.status("job")["replies"], 0);
}

#[test]
fn a_submitter_that_is_killed_is_continued_and_jobs_do_not_mix() {
    let server = Server::start();
    server.write("r.ndjson", &(0..40).map(|number| slow(&number.to_string(), 20)).collect::<Vec<_>>());
    server.write("other.ndjson", &[ping("0"), ping("1")]);
    let mut submitter = server.submit("r.ndjson", "job", "replies.ndjson", &[]);
    server.eventually("job", |status| status["waiting"] == 40);
    submitter.kill();
    let _node = server.node(&[], &[]);
    assert_eq!(server.submitted("other.ndjson", "other", "other-replies.ndjson", &[]).len(), 2);
    server.eventually("job", |status| status["replies"].as_u64() > Some(5));
    let outcomes = server.submitted("r.ndjson", "job", "replies.ndjson", &[]);
    assert_eq!(outcomes.len(), 40);
    assert_eq!(server.status("job")["replies"], 40, "no request ran under two keys");
}

#[test]
fn a_node_that_stops_answers_what_runs_and_hands_back_the_rest_without_a_strike() {
    let server = Server::start();
    server.write("r.ndjson", &(0..4).map(|number| slow(&number.to_string(), 1500)).collect::<Vec<_>>());
    let mut submitter = server.submit("r.ndjson", "job", "replies.ndjson", &[]);
    server.eventually("job", |status| status["waiting"] == 4);
    let mut first = server.node(&["--slots", "3"], &[]);
    server.eventually("job", |status| status["held"] == 3);
    first.signal(Signal::TERM);
    assert_eq!(first.ended_within(TIMEOUT), 0);
    let status = server.status("job");
    assert_eq!([&status["waiting"], &status["held"], &status["redelivered"], &status["replies"]], [3, 0, 0, 1]);
    // A strike would quarantine: nothing that was handed back carries one.
    let _second = server.node(&["--alone-from", "1", "--quarantine-from", "1"], &[]);
    assert_eq!(submitter.ended_within(TIMEOUT), 0);
    assert!(server.outcomes("replies.ndjson").values().all(|outcome| outcome == "success"));
}

#[test]
fn documents_travel_to_nodes_and_long_results_come_back() {
    let server = Server::start();
    let path = server.folder.path().join("plan.pdf");
    pdf::write_pdf(&path);
    // 200 × 200 pt at 400 dpi are 3.7 MB of raw pixels.
    let crop = |id: &str, path: &std::path::Path, dpi: u32| {
        let payload = serde_json::json!({
            "file_path": path, "page_index": 0, "bbox": [0, 0, 200, 200], "dpi": dpi, "format": "raw",
        });
        format!(
            "{}\n",
            serde_json::json!({"id": id, "cmd": "extract_evidence", "payload": payload, "timeout_ms": 60_000})
        )
    };
    let missing = server.folder.path().join("missing.pdf");
    server.write("r.ndjson", &[crop("long", &path, 400), crop("short", &path, 50), crop("missing", &missing, 50)]);
    let cache = server.folder.path().join("cache");
    let folder = cache.to_str().expect("a path");
    // The node may read its cache and nothing else.
    let _node = server.node(&["--cache", folder], &[("TACH_ALLOWED_ROOTS", "/nowhere")]);
    let outcomes = server.submitted("r.ndjson", "refused", "refused.ndjson", &[]);
    assert_eq!(outcomes["short"], "path_not_allowed", "without --upload the node reads the path itself");
    let outcomes = server.submitted("r.ndjson", "job", "replies.ndjson", &["--upload"]);
    assert_eq!(
        [&*outcomes["long"], &outcomes["short"], &outcomes["missing"]],
        ["success", "success", "file_not_found"]
    );
    let replies = server.replies("replies.ndjson");
    let long = replies.iter().find(|reply| reply["req_id"] == "long").expect("it is answered");
    assert!(long["data"]["base64"].as_str().map_or(0, str::len) > 4_000_000, "the whole picture");
    let cached = std::fs::read_dir(&cache).expect("the cache").count();
    assert_eq!(cached, 1, "one document, fetched once");
    // Another submitter finds the long result too.
    assert_eq!(server.submitted("r.ndjson", "job", "again.ndjson", &["--upload"]), outcomes);
    let objects = server.run(&["queue", "purge", "--all", "--documents"]);
    assert_eq!(objects, "");
    assert_eq!(server.status("job")["replies"], 0);
}

#[test]
fn a_full_queue_makes_the_submitter_wait_and_loses_nothing() {
    let server = Server::start();
    server.run(&["queue", "status", "--max-requests", "10"]);
    server.write("r.ndjson", &(0..60).map(|number| ping(&number.to_string())).collect::<Vec<_>>());
    let mut submitter = server.submit("r.ndjson", "job", "replies.ndjson", &[]);
    server.eventually("job", |status| status["waiting"] == 10);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.status("job")["waiting"], 10);
    assert!(submitter.is_running());
    let _node = server.node(&[], &[]);
    assert_eq!(submitter.ended_within(TIMEOUT), 0);
    assert_eq!(server.outcomes("replies.ndjson").len(), 60);
}

#[test]
fn a_server_lets_in_who_has_the_password_and_a_refusal_does_not_show_it() {
    let server = Server::start_with("authorization { users: [ { user: \"node\", password: \"ge heim@1\" } ] }");
    let url = |password: &str| format!("nats://node:{password}@127.0.0.1:{}", server.port);
    let status = |password: &str| {
        let nats = url(password);
        std::process::Command::new(env!("CARGO_BIN_EXE_tach"))
            .args(["queue", "status", "--nats", &nats])
            .output()
            .expect("tach runs")
    };
    let right = status("ge%20heim%401");
    assert!(right.status.success(), "{}", String::from_utf8_lossy(&right.stderr));
    let wrong = status("falsch");
    let said = String::from_utf8_lossy(&wrong.stderr);
    assert_eq!(wrong.status.code(), Some(5), "{said}");
    assert!(said.contains("authorization") && !said.contains("falsch"), "{said}");
}

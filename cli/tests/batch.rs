//! `tach batch` in the hands of a person: files that clash, runs that are continued, interrupts, readers that are slow or closed.

mod common;

use common::{TIMEOUT, document, folder, tach, tach_fed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const QUICK: [&str; 2] = ["--workers", "1"];

fn ping(id: &str) -> String {
    format!("{{\"id\":\"{id}\",\"cmd\":\"ping\"}}\n")
}

fn slow(id: &str, milliseconds: u32) -> String {
    format!(
        "{{\"id\":\"{id}\",\"cmd\":\"fault\",\"payload\":{{\"kind\":\"slow\",\"amount\":{milliseconds}}},\"timeout_ms\":60000}}\n"
    )
}

/// The outcome of each id: `success` or the error's code. An id that is answered twice fails the test.
fn outcomes(lines: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in lines.lines() {
        let reply: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        let id = reply["req_id"].as_str().unwrap_or("null").to_owned();
        let outcome = reply["error"]["code"].as_str().unwrap_or("success").to_owned();
        assert_eq!(found.insert(id, outcome), None, "answered twice: {line}");
    }
    found
}

fn batch(folder: &Path, arguments: &[&str], input: &str) -> common::Run {
    tach_fed(folder, &[&["batch"], arguments, &QUICK].concat(), input)
}

/// A batch with faults on, fed and read by hand.
fn started(folder: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tach"))
        .arg("batch")
        .args(arguments)
        .current_dir(folder)
        .envs([("TACH_TEST_FAULTS", "1"), ("TACH_DOCLING_PROFILE", "none")])
        .env("XDG_STATE_HOME", folder.join("state"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tach starts")
}

fn ended_within(child: &mut Child, bound: Duration) -> i32 {
    let until = Instant::now() + bound;
    loop {
        if let Some(status) = child.try_wait().expect("its state") {
            return status.code().expect("an exit code");
        }
        if Instant::now() > until {
            let _ = child.kill();
            panic!("it does not end within {bound:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_requests_are_never_overwritten_and_a_failed_start_keeps_earlier_replies() {
    let (_keep, folder) = folder();
    let requests = ping("1") + &ping("2");
    std::fs::write(folder.join("r.ndjson"), &requests).expect("a file");
    std::fs::hard_link(folder.join("r.ndjson"), folder.join("same.ndjson")).expect("a link");
    for name in ["r.ndjson", "./r.ndjson", "same.ndjson"] {
        let said = batch(&folder, &["r.ndjson", "-o", name], "").failed_with(2);
        assert!(said.contains("holds the requests"), "{said}");
        assert_eq!(std::fs::read_to_string(folder.join("r.ndjson")).expect("the requests"), requests);
    }
    std::fs::write(folder.join("out.ndjson"), "replies of yesterday\n").expect("a file");
    batch(&folder, &["r.ndjson", "-o", "out.ndjson", "--python", "nowhere"], "").failed_with(3);
    assert_eq!(std::fs::read_to_string(folder.join("out.ndjson")).expect("a file"), "replies of yesterday\n");
}

#[test]
fn an_earlier_run_is_continued_and_nothing_is_answered_twice() {
    let (_keep, folder) = folder();
    let requests: String = (0..6).map(|number| ping(&number.to_string())).collect();
    std::fs::write(folder.join("r.ndjson"), &requests).expect("a file");
    let answered = |id: u32, rest: &str| {
        format!("{{\"req_id\":\"{id}\",{rest},\"perf\":{{\"duration_ms\":1,\"peak_ram_mb\":1}}}}")
    };
    let stopped = r#""status":"error","error":{"code":"shutting_down","message":"","details":{}}"#;
    let failed = r#""status":"error","error":{"code":"pdf_corrupt","message":"","details":{}}"#;
    let earlier = [
        answered(0, r#""status":"success","data":{"kept":1}"#),
        answered(1, failed),
        answered(2, stopped),
        // Cut short by a kill.
        answered(3, r#""status":"success","data":{}"#)[..30].to_owned(),
    ];
    std::fs::write(folder.join("out.ndjson"), earlier.join("\n")).expect("a file");
    batch(&folder, &["r.ndjson", "-o", "out.ndjson", "--resume"], "").succeeded();
    let lines = std::fs::read_to_string(folder.join("out.ndjson")).expect("the replies");
    let found = outcomes(&lines);
    assert_eq!(found.len(), 6, "{lines}");
    assert_eq!(found["1"], "pdf_corrupt", "what was answered stays");
    assert!(lines.contains("kept"), "{lines}");
    assert!(found.iter().all(|(id, outcome)| id == "1" || outcome == "success"), "{lines}");
    batch(&folder, &["r.ndjson", "--resume"], "").failed_with(2);
    // Without an earlier file it is a first run.
    batch(&folder, &["r.ndjson", "-o", "new.ndjson", "--resume"], "").succeeded();
    assert_eq!(outcomes(&std::fs::read_to_string(folder.join("new.ndjson")).expect("the replies")).len(), 6);
}

#[test]
fn failures_decide_the_exit_code_only_where_that_is_asked_for() {
    let (_keep, folder) = folder();
    let input = ping("good") + "no request\n";
    assert_eq!(outcomes(&batch(&folder, &[], &input).succeeded()).len(), 2);
    assert_eq!(batch(&folder, &["--fail-on", "error"], &input).code, 1);
    assert_eq!(batch(&folder, &["--fail-on", "error"], &ping("good")).code, 0);
}

#[test]
fn a_byte_order_mark_and_lines_after_a_shutdown_cost_no_request() {
    let (_keep, folder) = folder();
    let input = format!("\u{feff}{}{}{}", ping("first"), "{\"id\":\"stop\",\"cmd\":\"shutdown\"}\n", ping("after"));
    let found = outcomes(&batch(&folder, &[], &input).succeeded());
    let expected = [("after", "shutting_down"), ("first", "success"), ("stop", "success")];
    assert!(found.iter().map(|(id, outcome)| (id.as_str(), outcome.as_str())).eq(expected), "{found:?}");
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let (_keep, folder) = folder();
    let mut child = started(&folder, &[]);
    let mut requests = child.stdin.take().expect("a pipe");
    let mut replies = BufReader::new(child.stdout.take().expect("a pipe"));
    requests.write_all(ping("0").as_bytes()).expect("it reads");
    let mut line = String::new();
    replies.read_line(&mut line).expect("a reply");
    assert!(line.contains("success"), "{line}");
    drop(replies);
    // More than any pipe holds; the batch may stop reading at any of them.
    for number in 1..2000 {
        if requests.write_all(ping(&number.to_string()).as_bytes()).is_err() {
            break;
        }
    }
    drop(requests);
    assert_eq!(ended_within(&mut child, TIMEOUT), 0);
}

#[test]
fn images_go_to_a_new_private_folder_whoever_has_the_usual_name() {
    let (_keep, folder) = folder();
    let (_kept, path) = document("riêng tư");
    let place = folder.join("tmp");
    std::fs::create_dir(&place).expect("a folder");
    std::fs::write(place.join("tach-batch"), "a file of another user").expect("a file");
    let payload = serde_json::json!({"file_path": path, "page_index": 0, "bbox": [0, 0, 9, 9], "format": "raw", "transport": "mmap"});
    let request = serde_json::json!({"id": "m", "cmd": "extract_evidence", "payload": payload}).to_string() + "\n";
    let mut child = Command::new(env!("CARGO_BIN_EXE_tach"))
        .arg("batch")
        .envs([("TMPDIR", &place), ("TMP", &place), ("XDG_STATE_HOME", &folder)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("tach starts");
    child.stdin.take().expect("a pipe").write_all(request.as_bytes()).expect("it reads");
    let mut line = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut line).expect("a reply");
    assert_eq!(ended_within(&mut child, TIMEOUT), 0);
    let reply: Value = serde_json::from_str(&line).expect("JSON");
    let image = reply["data"]["mmap"]["path"].as_str().unwrap_or_else(|| panic!("{line}"));
    assert!(Path::new(image).starts_with(&place), "{image}");
    assert!(!Path::new(image).starts_with(place.join("tach-batch")), "{image}");
    let length = usize::try_from(reply["data"]["mmap"]["length"].as_u64().expect("a length")).expect("a small one");
    assert_eq!(std::fs::read(image).expect("it outlives the batch").len(), length);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::process::CommandExt;

    fn signal(child: &Child, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(child);
        rustix::process::kill_process(pid, signal).expect("it runs");
    }

    /// Feeds `count` slow requests, waits for the first reply, sends one signal, and gives exit code and outcomes.
    fn interrupted(count: usize, how: rustix::process::Signal) -> (i32, BTreeMap<String, String>) {
        let (_keep, folder) = folder();
        let mut child = started(&folder, &[]);
        let mut requests = child.stdin.take().expect("a pipe");
        let input: String = (0..count).map(|number| slow(&number.to_string(), 100)).collect();
        // More than the batch takes in before it is interrupted.
        let feeder = std::thread::spawn(move || {
            let _ = requests.write_all(input.as_bytes());
            requests
        });
        let mut replies = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut lines = String::new();
        replies.read_line(&mut lines).expect("a reply");
        signal(&child, how);
        replies.read_to_string(&mut lines).expect("the rest");
        let code = ended_within(&mut child, TIMEOUT);
        drop(feeder.join());
        (code, outcomes(&lines))
    }

    #[test]
    fn the_first_signal_ends_the_intake_and_answers_what_was_read() {
        for (count, how, code) in [
            (300, rustix::process::Signal::INT, 130),
            (3000, rustix::process::Signal::INT, 130),
            (300, rustix::process::Signal::TERM, 143),
        ] {
            let start = Instant::now();
            let (found_code, found) = interrupted(count, how);
            assert_eq!(found_code, code);
            assert!(start.elapsed() < Duration::from_secs(25), "{count} slow requests took {:?}", start.elapsed());
            assert!(found.values().all(|outcome| outcome == "success" || outcome == "shutting_down"), "{found:?}");
            assert!(found.values().any(|outcome| outcome == "shutting_down"), "{} of {count}", found.len());
        }
    }

    #[test]
    fn the_second_signal_ends_at_once() {
        let (_keep, folder) = folder();
        let mut child = started(&folder, &[]);
        let mut requests = child.stdin.take().expect("a pipe");
        requests.write_all((ping("first") + &slow("long", 30_000)).as_bytes()).expect("it reads");
        let mut replies = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        replies.read_line(&mut line).expect("a reply");
        let mut notes = BufReader::new(child.stderr.take().expect("a pipe"));
        signal(&child, rustix::process::Signal::INT);
        let mut note = String::new();
        while !note.contains("interrupted") {
            note.clear();
            assert_ne!(notes.read_line(&mut note).expect("a note"), 0, "it says that it was interrupted");
        }
        let start = Instant::now();
        signal(&child, rustix::process::Signal::INT);
        assert_eq!(ended_within(&mut child, TIMEOUT), 130);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }

    /// Neither a stderr without a reader nor a full one costs a reply, however much is logged.
    #[test]
    fn a_broken_stderr_costs_nothing() {
        let (_keep, folder) = folder();
        let input: String = (0..50).map(|number| ping(&number.to_string())).collect();
        for full in [false, true] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tach"));
            command.args(["-vv", "batch"]).current_dir(&folder).env("XDG_STATE_HOME", folder.join("state"));
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
            if full {
                command.stderr(std::fs::File::options().write(true).open("/dev/full").expect("a full device"));
            }
            let mut child = command.spawn().expect("tach starts");
            drop(child.stderr.take());
            child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
            let mut lines = String::new();
            child.stdout.take().expect("a pipe").read_to_string(&mut lines).expect("replies");
            assert_eq!(ended_within(&mut child, TIMEOUT), 0);
            assert_eq!(outcomes(&lines).len(), 50, "{full}");
        }
    }

    /// An input that fails in the middle costs only what was not read.
    #[test]
    fn what_was_read_before_the_input_broke_is_answered() {
        let (_keep, folder) = folder();
        // Reading a folder fails with EISDIR at the first byte.
        let run = tach(&folder, &["batch", "."]);
        assert_eq!(run.code, 5, "{}", run.stderr);
        assert!(run.stderr.contains("cannot read the requests"), "{}", run.stderr);
    }

    #[test]
    fn a_slow_reader_does_not_fill_the_memory() {
        let (_keep, folder) = folder();
        let (_kept, path) = document("đọc chậm");
        let mut child = started(&folder, &[]);
        let mut requests = child.stdin.take().expect("a pipe");
        // 33 megapixels each, raw: 133 MB of base64.
        let payload = serde_json::json!({"file_path": path, "page_index": 0, "bbox": [0, 0, 200, 200], "dpi": 1200, "format": "raw"});
        for number in 0..12 {
            let request = serde_json::json!({"id": format!("{number}"), "cmd": "extract_evidence", "payload": payload, "timeout_ms": 60000});
            requests.write_all(format!("{request}\n").as_bytes()).expect("it reads");
        }
        drop(requests);
        let mut replies = child.stdout.take().expect("a pipe");
        let mut first = vec![0; 1 << 20];
        replies.read_exact(&mut first).expect("the first reply begins");
        let peak = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find(|line| line.starts_with("VmHWM:")).map(str::to_owned);
            line.and_then(|line| line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok())
        };
        // The reader stops here; what follows is what the batch takes in of its own accord. No more comes when the peak stands.
        let (mut highest, mut stood) = (0, Instant::now());
        while let Some(kilobytes) = peak().filter(|_| stood.elapsed() < Duration::from_secs(3)) {
            assert!(kilobytes < 700_000, "{kilobytes} kB although the reader has stopped");
            if kilobytes > highest {
                (highest, stood) = (kilobytes, Instant::now());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        std::io::copy(&mut replies, &mut std::io::sink()).expect("the rest");
        assert_eq!(ended_within(&mut child, TIMEOUT), 0);
    }
}

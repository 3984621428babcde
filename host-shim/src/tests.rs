//! The whole host over a fake engine: no process, no Python.

mod harness;

use crate::exit_notice::ExitNotice;
use crate::os::Memory;
use crate::sandbox::Mode;
use crate::settings::Settings;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use harness::{Output, TIMEOUT, Worker, ids_and_codes, pairs, request};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Instant;
use tach_protocol::MAX_LINE_BYTES;
use tach_protocol::reply::{Limits, StopReason};

#[test]
fn end_of_input_comes_after_every_answer() {
    let mut worker = Worker::start();
    for id in ["a", "b", "c"] {
        worker.ask(id, "ping");
    }
    // The last line has no end.
    worker.send(request("d", "fault").trim_end());
    worker.end_input();
    let lines = worker.rest();
    let expected = [("a", "success"), ("b", "success"), ("c", "success"), ("d", "engine_error")];
    assert_eq!(ids_and_codes(&lines), pairs(&expected));
    assert_eq!(*lines.last().unwrap(), json!({"type": "lifecycle", "event": "stopping", "reason": "stdin_closed"}));
}

#[test]
fn replies_have_data_and_perf() {
    let worker = Worker::start();
    worker.ask("a\u{1}é", "ping");
    let reply = worker.line();
    assert_eq!(
        (&reply["req_id"], &reply["status"], &reply["data"]),
        (&json!("a\u{1}é"), &json!("success"), &json!({}))
    );
    assert!(reply["perf"]["duration_ms"].as_f64().unwrap() > 0.0);
    assert!(reply["perf"]["peak_ram_mb"].as_f64().unwrap() > 1.0);
}

#[test]
fn lines_may_come_in_any_pieces() {
    let worker = Worker::start();
    let bytes = [request("a", "ping"), request("b", "ping")].concat();
    for byte in bytes.as_bytes() {
        worker.send([*byte]);
    }
    assert_eq!(ids_and_codes(&[worker.line(), worker.line()]), pairs(&[("a", "success"), ("b", "success")]));
}

#[test]
fn broken_lines_are_refused_while_the_engine_is_busy() {
    let worker = Worker::start();
    worker.occupy("slow", 5000);
    let expected = [
        (&b"{"[..], Value::Null, "invalid_json", "line"),
        (b"", Value::Null, "invalid_json", "line"),
        (b"\xFF\xFE", Value::Null, "invalid_json", "line"),
        (b"[]", Value::Null, "invalid_request", "line"),
        (b"{\"id\":\"x\",\"cmd\":\"nope\"}", json!("x"), "unknown_command", "cmd"),
        (b"{\"id\":\"x\",\"cmd\":\"ping\",\"payload\":{\"y\":1}}", json!("x"), "invalid_request", "payload.y"),
    ];
    for (line, req_id, code, field) in expected {
        worker.send([line, b"\n"].concat());
        let reply = worker.line();
        assert_eq!(reply["req_id"], req_id);
        assert_eq!((&reply["error"]["code"], &reply["error"]["details"]["field"]), (&json!(code), &json!(field)));
    }
    worker.let_go();
    assert_eq!(worker.line()["req_id"], "slow");
}

#[test]
fn an_oversized_line_is_refused_and_the_next_one_is_fine() {
    let worker = Worker::start();
    worker.send(vec![b'x'; MAX_LINE_BYTES]);
    worker.send(b"xx\n");
    worker.ask("a", "ping");
    let replies = [worker.line(), worker.line()];
    assert_eq!(ids_and_codes(&replies), pairs(&[("a", "success"), ("null", "invalid_request")]));
}

#[test]
fn a_reply_that_no_line_can_hold_is_an_error() {
    let worker = Worker::start();
    worker.send("{\"id\":\"a\",\"cmd\":\"fault\",\"payload\":{\"kind\":\"leak\"}}\n");
    let reply = worker.line();
    assert_eq!(reply["error"]["code"], "engine_error");
    assert!(reply["error"]["details"]["limit_bytes"].as_u64().unwrap() < MAX_LINE_BYTES as u64);
}

#[test]
fn a_worker_without_requests_warms_up_once() {
    let worker = Worker::start();
    let warmed = || worker.warmed.recv_timeout(TIMEOUT).expect("a part is loaded");
    assert_eq!([warmed(), warmed(), warmed()], [true, true, false]);
    worker.ask("a", "ping");
    assert_eq!(ids_and_codes(&[worker.line()]), pairs(&[("a", "success")]));
    assert!(worker.warmed.is_empty());
}

#[test]
fn shutdown_is_answered_in_its_turn_and_later_requests_are_refused() {
    let worker = Worker::start();
    worker.occupy("slow", 5000);
    worker.send([request("a", "ping"), request("s", "shutdown"), request("late", "ping")].concat());
    // The late one is refused by the reader while the others still wait.
    assert_eq!(ids_and_codes(&[worker.line()]), pairs(&[("late", "shutting_down")]));
    worker.let_go();
    let handled = Arc::clone(&worker.handled);
    let lines = worker.rest();
    assert_eq!(ids_and_codes(&lines), pairs(&[("a", "success"), ("s", "success"), ("slow", "success")]));
    assert_eq!(lines.last().unwrap()["reason"], "shutdown");
    assert_eq!(*handled.lock().unwrap(), ["fault", "ping"]);
}

#[test]
fn a_signal_lets_the_request_in_flight_finish_and_starts_no_other() {
    let worker = Worker::start();
    worker.occupy("slow", 5000);
    worker.send([request("a", "ping"), request("b", "ping"), "?\n".to_owned()].concat());
    // Answered by the reader, so a and b are in the queue by now.
    assert_eq!(worker.line()["req_id"], Value::Null);
    worker.session.begin_stop(StopReason::Signal);
    worker.session.begin_stop(StopReason::Signal);
    assert_eq!(worker.line(), json!({"type": "lifecycle", "event": "stopping", "reason": "signal"}));
    worker.ask("late", "ping");
    assert_eq!(ids_and_codes(&[worker.line()]), pairs(&[("late", "shutting_down")]));
    worker.let_go();
    let lines = worker.rest();
    assert_eq!(ids_and_codes(&lines), pairs(&[("a", "shutting_down"), ("b", "shutting_down"), ("slow", "success")]));
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_signal_ends_an_idle_worker() {
    let worker = Worker::start();
    worker.session.begin_stop(StopReason::Signal);
    let lines = worker.rest();
    assert_eq!(lines, [json!({"type": "lifecycle", "event": "stopping", "reason": "signal"})]);
}

#[test]
fn a_full_queue_holds_the_reader_up_and_loses_nothing() {
    let mut worker = Worker::start();
    worker.occupy("slow", 60_000);
    let ids: Vec<String> = (0..300).map(|number| format!("{number:03}")).collect();
    worker.send(ids.iter().map(|id| request(id, "ping")).collect::<String>());
    worker.end_input();
    worker.let_go();
    let lines = worker.rest();
    let answered = ids_and_codes(&lines);
    assert_eq!(answered.len(), 301);
    assert!(answered.iter().all(|(_, code)| code == "success"));
    assert_eq!(answered.iter().map(|(id, _)| id).take(300).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
}

#[test]
fn the_guard_answers_at_the_deadline_and_the_engine_that_comes_back_does_not() {
    let mut worker = Worker::start();
    worker.occupy("late", 40);
    let reply = worker.line();
    assert_eq!((&reply["req_id"], &reply["error"]["code"]), (&json!("late"), &json!("timeout")));
    assert_eq!(reply["error"]["details"]["timeout_ms"], 40);
    let duration = reply["perf"]["duration_ms"].as_f64().unwrap();
    assert!((40.0..10_000.0).contains(&duration), "{duration}");
    worker.let_go();
    worker.ask("next", "ping");
    assert_eq!(ids_and_codes(&[worker.line()]), pairs(&[("next", "success")]));
    worker.end_input();
    let left_with = worker.left_with.clone();
    assert_eq!(worker.rest().len(), 1);
    assert!(left_with.try_recv().is_err());
}

#[test]
fn a_wedged_engine_costs_nobody_his_answer() {
    let worker = Worker::start();
    worker.occupy("stuck", 40);
    worker.send([request("a", "ping"), request("b", "ping")].concat());
    assert_eq!(worker.line()["error"]["code"], "timeout");
    assert_eq!(worker.left_with.recv_timeout(TIMEOUT), Ok(124));
    let replies = [worker.line(), worker.line()];
    assert_eq!(ids_and_codes(&replies), pairs(&[("a", "worker_crashed"), ("b", "worker_crashed")]));
    assert_eq!(replies[0]["error"]["details"]["exit_code"], 124);
    assert!(replies[0]["error"]["message"].as_str().unwrap().starts_with("not started"));
    worker.let_go();
    let left_with = worker.left_with.clone();
    assert_eq!(worker.rest(), [] as [Value; 0]);
    assert!(left_with.try_recv().is_err());
}

#[test]
fn a_wedged_engine_behind_a_full_queue_costs_nobody_his_answer() {
    let worker = Worker::start();
    worker.occupy("stuck", 40);
    worker.send((0..200).map(|number| request(&format!("{number}"), "ping")).collect::<String>());
    assert_eq!(worker.left_with.recv_timeout(TIMEOUT), Ok(124));
    let mut lines: Vec<Value> = worker.lines.try_iter().collect();
    assert_eq!(lines.remove(0)["error"]["code"], "timeout");
    assert_eq!(ids_and_codes(&lines).len(), 200);
    assert!(lines.iter().all(|line| line["error"]["code"] == "worker_crashed"));
    worker.let_go();
    worker.rest();
}

#[test]
fn the_hard_limit_ends_the_worker_once() {
    let worker = Worker::start();
    worker.occupy("big", 60_000);
    worker.send([request("a", "ping"), "?\n".to_owned()].concat());
    assert_eq!(worker.line()["req_id"], Value::Null);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| worker.session.out_of_memory(1234.5));
        }
    });
    assert_eq!(worker.left_with.recv_timeout(TIMEOUT), Ok(137));
    let critical = worker.line();
    assert_eq!((&critical["event"], &critical["req_id"]), (&json!("memory_critical"), &json!("big")));
    assert_eq!(
        ids_and_codes(&[worker.line(), worker.line()]),
        pairs(&[("a", "worker_crashed"), ("big", "out_of_memory")])
    );
    worker.let_go();
    let left_with = worker.left_with.clone();
    assert_eq!(worker.rest(), [] as [Value; 0]);
    assert!(left_with.try_recv().is_err());
}

#[test]
fn the_guard_sees_the_hard_limit_by_itself() {
    let (lines, left_with);
    {
        let (output, written) = unbounded();
        let (leave, left) = unbounded();
        let limits = Limits { ram_soft_mb: 1, ram_hard_mb: 1, timeout_ms: 5000 };
        let settings = Settings { limits, faults: false, sandbox: Mode::Off };
        // Not ready yet: no restart would help, and the message says so.
        let _session =
            crate::start(Output(output), settings, Memory::new(), move |code| leave.send(code).unwrap_or_default())
                .unwrap();
        left_with = left.recv_timeout(TIMEOUT);
        lines = written.try_iter().collect::<Vec<Value>>();
    }
    assert_eq!(left_with, Ok(78));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["event"], "startup_failed");
    assert!(lines[0]["message"].as_str().unwrap().contains("TACH_WORKER_RAM_LIMIT_MB"));
}

#[test]
fn a_panic_answers_everybody() {
    let worker = Worker::start();
    worker.occupy("a", 60_000);
    worker.send([request("b", "ping"), "?\n".to_owned()].concat());
    assert_eq!(worker.line()["req_id"], Value::Null);
    worker.session.leave(ExitNotice::panicked("index out of bounds"));
    assert_eq!(worker.left_with.recv_timeout(TIMEOUT), Ok(70));
    let replies = [worker.line(), worker.line()];
    assert_eq!(ids_and_codes(&replies), pairs(&[("a", "worker_crashed"), ("b", "worker_crashed")]));
    assert!(replies.iter().all(|reply| reply["error"]["details"]["exit_code"] == 70));
    worker.let_go();
    worker.rest();
}

#[test]
fn a_peer_that_closed_its_end_stops_the_worker() {
    let worker = Worker::start();
    let Worker { session, input, lines, started, go_on, mut running, .. } = worker;
    drop(lines);
    input.as_ref().unwrap().send(request("a", "ping").into_bytes()).unwrap();
    running.take().unwrap().join().unwrap();
    assert!(session.is_stopping());
    // Held until here, so that neither the end of the input nor the engine stopped it.
    drop((input, started, go_on));
}

#[test]
fn a_peer_that_reads_nothing_cannot_keep_a_wedged_worker_alive() {
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let (unblock, blocked) = bounded(0);
    let (leave, left_with) = unbounded();
    let settings = Settings::default();
    let session =
        crate::start(Stuck(blocked), settings, Memory::new(), move |code| leave.send(code).unwrap_or_default())
            .unwrap();
    let start = Instant::now();
    session.leave(ExitNotice::wedged("convert"));
    assert_eq!(left_with.try_recv(), Ok(124));
    assert!(start.elapsed() < TIMEOUT);
    drop::<Sender<()>>(unblock);
}

#[test]
fn progress_names_the_request_in_flight_and_stops_with_its_answer() {
    let worker = Worker::start();
    worker.session.progress(1, 2);
    worker.occupy("a", 60_000);
    worker.session.progress(1, 12);
    assert_eq!(worker.line(), json!({"type": "progress", "req_id": "a", "done": 1, "total": 12}));
    worker.let_go();
    assert_eq!(worker.line()["status"], "success");
    worker.session.progress(2, 12);
    worker.ask("b", "ping");
    assert_eq!(worker.line()["req_id"], "b");
}

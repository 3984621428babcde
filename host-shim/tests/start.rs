//! How the real process starts, or says why it does not.

use serde_json::{Value, json};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SHIM: &str = env!("CARGO_BIN_EXE_tach-host-shim");

fn shim() -> Command {
    let mut command = Command::new(SHIM);
    command.env("TACH_DOCLING_PROFILE", "none").stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the shim starts")
}

/// The one line of a start that failed.
fn failure(command: &mut Command) -> String {
    let output = output(command);
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["event"], &lines[0]["code"]), (&json!("startup_failed"), &json!("startup_failed")));
    let message = lines[0]["message"].as_str().unwrap().to_owned();
    assert!(String::from_utf8_lossy(&output.stderr).contains(message.lines().next().unwrap()));
    message
}

/// A folder that looks like a virtual environment of some version of Python.
struct Environment(PathBuf);

impl Environment {
    fn new(name: &str, config: &str) -> Self {
        let root = std::env::temp_dir().join(format!("tach shim {name} ệ {}", std::process::id()));
        for folder in ["bin", "Scripts"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        std::fs::write(root.join("bin").join("python3"), "").unwrap();
        std::fs::write(root.join("Scripts").join("python.exe"), "").unwrap();
        std::fs::write(root.join("pyvenv.cfg"), config).unwrap();
        Self(root)
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let help = output(shim().arg("--help"));
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).starts_with("usage: tach-host-shim"));
    let version = output(shim().arg("--version"));
    assert_eq!(String::from_utf8_lossy(&version.stdout).trim(), "tach-host-shim 0.1.0");
}

#[test]
fn a_wrong_argument_is_named_on_stderr() {
    let output = output(shim().arg("--nonsense"));
    assert_eq!(output.status.code(), Some(64));
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("--nonsense") && stderr.contains("usage:"), "{stderr}");
}

#[test]
fn a_missing_environment_is_named() {
    let message = failure(shim().args(["--python", "/nowhere/at/all"]));
    assert!(message.contains("nowhere"), "{message}");
    let message = failure(shim().env("TACH_PYTHON", "/nowhere/else"));
    assert!(message.contains("else") && message.contains("TACH_PYTHON"), "{message}");
}

#[test]
fn an_environment_of_another_python_is_refused_before_it_is_started() {
    let environment = Environment::new("other", "home = /usr/bin\nversion = 3.2.1\n");
    let message = failure(shim().arg("--python").arg(&environment.0));
    assert!(message.contains("Python 3.2,") && message.contains("PYO3_PYTHON"), "{message}");
}

#[test]
fn a_setting_that_is_no_number_is_named() {
    let message = failure(shim().env("TACH_WORKER_TIMEOUT_MS", "soon"));
    assert!(message.contains("TACH_WORKER_TIMEOUT_MS") && message.contains("soon"), "{message}");
}

#[test]
fn a_limit_that_the_start_itself_passes_is_no_crash() {
    let message = failure(shim().env("TACH_WORKER_RAM_LIMIT_MB", "1"));
    assert!(message.contains("TACH_WORKER_RAM_LIMIT_MB"), "{message}");
}

#[test]
fn a_stop_before_any_request_is_graceful() {
    let output = output(&mut shim());
    assert!(output.status.success(), "{output:?}");
    let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["ready", "stopping"]);
    assert_eq!(lines[0]["pid"].as_u64().is_some(), Path::new(SHIM).exists());
}

/// The parent ends while stdin stays open: the worker has to see it by itself, and take its children along.
#[cfg(unix)]
#[test]
fn a_worker_whose_parent_is_gone_goes_too_with_its_children() {
    use std::io::{BufReader, Write};
    let folder = Environment::new("orphan", "");
    let fifo = folder.0.join("requests");
    // A shell with job control starts the worker as the leader of a group of its own, and ends with its stdin.
    let script = r#"set -m; mkfifo "$2"; "$1" <"$2" & read end"#;
    let mut shell = Command::new("bash");
    shell
        .args(["-c", script, "bash", SHIM])
        .arg(&fifo)
        .env("TACH_TEST_FAULTS", "1")
        // A confined worker can have no child.
        .env("TACH_SANDBOX", "off")
        .env("TACH_DOCLING_PROFILE", "none");
    let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines();
    let mut requests = loop {
        // The shell makes the pipe; opening it waits for the worker's end.
        match std::fs::OpenOptions::new().write(true).open(&fifo) {
            Ok(requests) => break requests,
            Err(_) => std::thread::yield_now(),
        }
    };
    assert!(lines.next().unwrap().unwrap().contains("\"ready\""));
    requests.write_all(b"{\"id\":\"a\",\"cmd\":\"fault\",\"payload\":{\"kind\":\"grandchild\"}}\n").unwrap();
    assert!(lines.next().unwrap().unwrap().contains("\"success\""));
    drop(shell.stdin.take());
    shell.wait().unwrap();

    // The pipe ends when no process holds it any more: neither the worker nor its child, which sleeps for an hour.
    let (ended, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || ended.send(lines.map_while(Result::ok).count()));
    let rest = wait.recv_timeout(std::time::Duration::from_secs(10));
    assert_eq!(rest, Ok(0), "the worker or its child is still there, or had more to say");
    drop(requests);
}

//! A running `tach serve`, and a client of it that is small enough to see through.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A service that is killed when the test ends.
pub struct Service {
    pub child: Child,
    pub port: u16,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a header, whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        let line = self.headers.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    }
}

/// Starts `tach serve` on a free port with these further arguments, and waits until it listens.
pub fn serve(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Service {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tach"))
        .args(["serve", "--port", "0"])
        .args(arguments)
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tach starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, address) = line.split_once("listening on http://")?;
        address.rsplit_once(':')?.1.trim().parse().ok()
    });
    // What it says later must not fill the pipe.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| println!("{line}")));
    let mut service = Service { child, port: 0 };
    service.port = port.expect("it says where it listens");
    service
}

impl Service {
    /// Sends one request and reads the whole answer. `headers` are whole lines.
    pub fn send(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let mut stream = self.connect();
        let mut lines = vec![format!("{method} {path} HTTP/1.0"), format!("Content-Length: {}", body.len())];
        if !headers.iter().any(|line| line.starts_with("Host:")) {
            lines.push(format!("Host: 127.0.0.1:{}", self.port));
        }
        lines.extend(headers.iter().map(|line| (*line).to_owned()));
        let head = lines.join("\r\n") + "\r\n";
        stream.write_all(format!("{head}\r\n").as_bytes()).expect("a head is taken");
        // A refused body may not be read to its end.
        let _ = stream.write_all(body);
        read_answer(stream)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        stream
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// Runs a command of the protocol with its payload.
    pub fn command(&self, cmd: &str, payload: &Value) -> Answer {
        let path = format!("/v1/commands/{cmd}");
        self.send("POST", &path, &["Content-Type: application/json"], payload.to_string().as_bytes())
    }

    /// Sends a form: fields of text, and files with their names.
    pub fn form(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])], headers: &[&str]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--BOUNDARY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.as_bytes());
        }
        for (name, file_name, bytes) in files {
            let part = format!(
                "--BOUNDARY\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\r\n"
            );
            body.extend(part.as_bytes());
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--BOUNDARY--\r\n");
        let kind = "Content-Type: multipart/form-data; boundary=BOUNDARY";
        self.send("POST", path, &[&[kind], headers].concat(), &body)
    }

    /// Waits until it has ended, and gives its exit code.
    pub fn ended_within(&mut self, bound: Duration) -> i32 {
        let until = Instant::now() + bound;
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < until, "it does not end within {bound:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Reads an answer to its end.
pub fn read_answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A connection that is reset after the answer has come is no failure of the answer.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or_else(|| {
        panic!("no head in {:?}", String::from_utf8_lossy(&bytes));
    });
    let headers = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = headers.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, headers, body: bytes.split_off(end + 4) }
}

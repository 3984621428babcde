//! What the tests of `tach` share: runs of it, and the small PDFs and process tables of the library's tests.
#![allow(dead_code, unused_imports, missing_docs, reason = "each test binary uses its own part")]

pub mod http;
#[path = "../../../tests/common/pdf.rs"]
pub mod pdf;
#[path = "../../../tests/common/processes.rs"]
mod processes;

pub use pdf::{document, write_pdf};
pub use processes::*;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Generous bound for anything that starts a Python on a loaded machine.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// What a run of `tach` left behind.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout
    }

    #[track_caller]
    pub fn failed_with(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "", "nothing but results goes to stdout");
        self.stderr
    }
}

pub fn tach<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> Run {
    tach_fed(folder, arguments, "")
}

/// Runs `tach` in a folder with something on its stdin, and sees that it ends.
pub fn tach_fed<A: AsRef<OsStr>>(folder: &Path, arguments: &[A], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tach"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("LOCALAPPDATA", folder.join("cache"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tach starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A command that reads nothing closes it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let reader = |mut pipe: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let stdout = reader(Box::new(child.stdout.take().expect("a pipe")));
    let stderr = reader(Box::new(child.stderr.take().expect("a pipe")));
    let until = Instant::now() + TIMEOUT * 2;
    let status = loop {
        if let Some(status) = child.try_wait().expect("its state") {
            break status;
        }
        if Instant::now() > until {
            let _ = child.kill();
            panic!("tach does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Run {
        code: status.code().unwrap_or(-1),
        stdout: stdout.join().expect("stdout"),
        stderr: stderr.join().expect("stderr"),
    }
}

pub fn sheet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/sample/engineering_sheet.pdf")
}

/// A folder with spaces and Vietnamese letters in its name, and a document in it.
pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("Tài liệu của tôi");
    std::fs::create_dir(&inner).expect("a folder");
    write_pdf(&inner.join("bản vẽ.pdf"));
    (folder, inner)
}

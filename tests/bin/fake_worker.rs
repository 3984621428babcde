//! A worker that misbehaves on purpose, in ways that a real one cannot be made to: `fake_worker KIND`.
//!
//! It answers every request well until it reads one whose id contains `bad`; then it does what KIND names. The kinds that
//! start with `start_` misbehave before `ready`. `says TEMPLATE [PLACE TARGET]` writes that line with `{id}`, `{pid}`, `{folder}` and
//! `{deep}` filled in, after it put a link, a pipe or the like in the place of its first image file. `--once FILE`: only while FILE exists, and it removes FILE.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

fn ready(protocol: u32) -> String {
    format!(
        r#"{{"type":"lifecycle","event":"ready","protocol":{protocol},"version":"0.1.0","pid":{},"capabilities":[],"python":"3.11.0","docling":null,"profile":"none","limits":{{"ram_soft_mb":1024,"ram_hard_mb":1536,"timeout_ms":5000}}}}"#,
        std::process::id()
    )
}

fn success(id: &str) -> String {
    format!(r#"{{"req_id":"{id}","status":"success","data":{{}},"perf":{{"duration_ms":0.1,"peak_ram_mb":1.0}}}}"#)
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

fn hang() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

fn id_of(line: &str) -> String {
    let start = line.find(r#""id":""#).map_or(0, |at| at + 6);
    line[start..].split('"').next().unwrap_or_default().to_owned()
}

fn misbehave(kind: &str, id: &str) {
    let mut out = io::stdout().lock();
    match kind {
        "truncated" => {
            let reply = success(id);
            let _ = out.write_all(&reply.as_bytes()[..reply.len() / 2]).and_then(|()| out.flush());
            std::process::exit(0);
        }
        "endless" => {
            let chunk = vec![b'x'; 1 << 16];
            while out.write_all(&chunk).is_ok() {}
            std::process::exit(0);
        }
        "garbage" => {
            let _ = out.write_all(b"\xff\xfeprinted by a library\n").and_then(|()| out.flush());
        }
        "unknown_id" => say_with(&mut out, &success("somebody else")),
        "two_replies" => {
            say_with(&mut out, &success(id));
            say_with(&mut out, &success(id));
        }
        "second_ready" => say_with(&mut out, &ready(1)),
        "closes_stdout" => {
            drop(out);
            close_stdout();
            hang();
        }
        "floods_progress" => {
            let line = format!(r#"{{"type":"progress","req_id":"{id}","done":1,"total":9}}"#);
            while writeln!(out, "{line}").is_ok() {}
            std::process::exit(0);
        }
        "floods_warnings" => {
            let line = r#"{"type":"lifecycle","event":"memory_warning","rss_mb":1e300,"limit_mb":1}"#;
            while writeln!(out, "{line}").is_ok() {}
            std::process::exit(0);
        }
        "says" => {
            let arguments: Vec<String> = std::env::args().collect();
            let [template, place, target] = [2, 3, 4].map(|at| arguments.get(at).map_or("", String::as_str));
            let folder = std::env::var("TACH_MMAP_DIR").unwrap_or_default();
            put_in_place(place, target, &Path::new(&folder).join(format!("{}-0.bin", std::process::id())));
            let text = template.replace("{folder}", &folder).replace("{pid}", &std::process::id().to_string());
            say_with(&mut out, &text.replace("{id}", id).replace("{deep}", &"[".repeat(3_000_000)));
        }
        "deaf" | "silent" => hang(),
        other => panic!("unknown kind {other}"),
    }
}

/// Puts something else than the promised file at `path`.
fn put_in_place(kind: &str, target: &str, path: &Path) {
    let made = match kind {
        "" => Ok(()),
        "hard_link" => std::fs::hard_link(target, path),
        "folder" => std::fs::create_dir(path),
        "short" => std::fs::write(path, "12"),
        #[cfg(unix)]
        "link" => std::os::unix::fs::symlink(target, path),
        #[cfg(unix)]
        "pipe" => std::process::Command::new("mkfifo").arg(path).status().map(drop),
        other => panic!("cannot make a {other}"),
    };
    made.expect("the file's place is free");
}

fn say_with(out: &mut impl Write, line: &str) {
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

#[cfg(unix)]
fn close_stdout() {
    // SAFETY: nothing in this process uses descriptor 1 after this.
    unsafe {
        libc::close(1);
    }
}

#[cfg(windows)]
fn close_stdout() {
    use std::os::windows::io::AsRawHandle;
    let handle = windows::Win32::Foundation::HANDLE(io::stdout().as_raw_handle());
    // SAFETY: nothing in this process uses its stdout after this.
    let _ = unsafe { windows::Win32::Foundation::CloseHandle(handle) };
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let mut kind = arguments.get(1).map_or("good", String::as_str);
    if let Some(at) = arguments.iter().position(|argument| argument == "--once")
        && std::fs::remove_file(Path::new(&arguments[at + 1])).is_err()
    {
        kind = "good";
    }
    match kind {
        "start_garbage" => say("Loading model..."),
        "start_wrong_protocol" => say(&ready(2)),
        "start_exit" => {
            eprintln!("ImportError: no such module");
            std::process::exit(1);
        }
        "start_hang" => hang(),
        "start_reply" => say(&success("early")),
        "start_abort" => std::process::abort(),
        _ => say(&ready(1)),
    }
    if kind == "deaf" {
        // Reads nothing at all, so that a long request fills the pipe.
        hang();
    }
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let id = id_of(&line);
        if id.contains("bad") { misbehave(kind, &id) } else { say(&success(&id)) }
    }
}

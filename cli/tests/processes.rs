//! The processes of `tach`: what it leaves behind when it is killed, and how its worker obeys the terminal.

mod common;

use common::{ask_to_stop, descendants, document, in_own_group, lives};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// `tach batch` is killed with workers that are idle, busy, hung with the GIL held, and with a grandchild.
#[test]
fn nothing_outlives_a_supervisor_that_is_killed() {
    let mut batch = Command::new(env!("CARGO_BIN_EXE_tach"))
        .args(["batch", "--workers", "4", "--verbose"])
        .env("TACH_DOCLING_PROFILE", "none")
        .env("TACH_TEST_FAULTS", "1")
        // A confined worker can have no child.
        .env("TACH_SANDBOX", "off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("tach starts");
    let mut requests = batch.stdin.take().expect("a pipe");
    let mut replies = BufReader::new(batch.stdout.take().expect("a pipe")).lines();
    writeln!(requests, r#"{{"id":"fork","cmd":"fault","payload":{{"kind":"grandchild"}},"timeout_ms":30000}}"#)
        .expect("a line");
    assert!(replies.next().expect("a reply").expect("a line").contains("success"));
    for (id, kind) in [("a", "hang_gil"), ("b", "hang"), ("c", "slow")] {
        let line =
            format!(r#"{{"id":"{id}","cmd":"fault","payload":{{"kind":"{kind}","amount":60000}},"timeout_ms":60000}}"#);
        writeln!(requests, "{line}").expect("a line");
    }
    writeln!(requests, r#"{{"id":"done","cmd":"ping"}}"#).expect("a line");
    assert!(replies.next().expect("a reply").expect("a line").contains("done"), "the others are in flight now");

    let family = descendants(batch.id());
    assert!(family.len() >= 5, "four workers and a grandchild: {family:?}");
    batch.kill().expect("it is killed");
    batch.wait().expect("it is reaped");
    let until = Instant::now() + Duration::from_secs(2);
    while family.iter().any(|pid| lives(*pid)) {
        assert!(
            Instant::now() < until,
            "still there after 2 s: {:?}",
            family.iter().filter(|pid| lives(**pid)).collect::<Vec<_>>()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `tach worker` in a terminal: the worker hears the terminal's wish itself, and answers what it has in hand.
#[test]
fn a_worker_in_a_terminal_stops_gracefully() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tach"));
    command.arg("worker").env("TACH_DOCLING_PROFILE", "none").env("TACH_TEST_FAULTS", "1");
    in_own_group(&mut command);
    let mut worker = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("tach starts");
    let mut requests = worker.stdin.take().expect("a pipe");
    let mut replies = BufReader::new(worker.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(replies.next().expect("a line").contains("ready"));
    writeln!(requests, r#"{{"id":"first","cmd":"ping"}}"#).expect("a line");
    writeln!(requests, r#"{{"id":"in hand","cmd":"fault","payload":{{"kind":"slow","amount":1000}}}}"#)
        .expect("a line");
    assert!(replies.next().expect("a line").contains("first"));
    ask_to_stop(worker.id());
    let rest: Vec<String> = replies.collect();
    assert!(rest.iter().any(|line| line.contains("stopping") && line.contains("signal")), "{rest:?}");
    // Finished, or refused where the wish came before it was begun; never dropped.
    assert!(rest.iter().any(|line| line.contains("in hand") && line.contains("status")), "{rest:?}");
    assert!(worker.wait().expect("it ends").success());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// A supervisor that was killed could not remove its folder; the next one does, and spares those whose owner lives.
#[test]
fn the_folder_of_a_supervisor_that_was_killed_is_swept_and_that_of_a_living_one_kept() {
    let base = tempfile::tempdir().expect("a folder");
    let leftover = base.path().join("tach-mmap-1-abcdef");
    let living = base.path().join("tach-mmap-1-ghijkl");
    for folder in [&leftover, &living] {
        std::fs::create_dir(folder).expect("a folder");
        std::fs::write(folder.join("picture"), "pixels").expect("a file");
        std::fs::write(folder.join("lock"), "").expect("a file");
    }
    let lock = std::fs::File::open(living.join("lock")).expect("the file");
    lock.lock().expect("a lock");
    let (_kept, path) = document("quét dọn");
    let output = Command::new(env!("CARGO_BIN_EXE_tach"))
        .args(["info".as_ref(), path.as_os_str()])
        .envs([("TMPDIR", base.path()), ("TMP", base.path()), ("XDG_STATE_HOME", base.path())])
        .output()
        .expect("tach runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!leftover.exists(), "its owner has exited");
    assert!(living.join("picture").exists(), "its owner, this test, lives");
    let own: Vec<_> = names(base.path()).into_iter().filter(|name| name.starts_with("tach-mmap-")).collect();
    assert_eq!(own.len(), 1, "the supervisor's own folder went with it: {own:?}");
}

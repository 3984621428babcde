//! Documents by descriptor: the supervisor opens and checks them, and its workers can open none.
#![cfg(target_os = "linux")]

mod common;

use common::{TIMEOUT, assert_success, builder, code, crop, document, fault};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::FaultKind;
use tach_supervisor::{Bbox, ErrorCode, ExtractEvidence, ImageFormat, Supervisor};

/// More than a worker holds.
const MANY: usize = 40;

async fn refused(supervisor: &Supervisor, path: &Path) -> ErrorCode {
    let reply = supervisor.submit(crop(path, "refused")).await;
    let error = reply.outcome.expect_err("an error");
    assert_eq!(error.details["path"], path.to_str().unwrap(), "{error}");
    error.code
}

/// The colour in the middle of the page.
async fn colour(supervisor: &Supervisor, path: &Path) -> [u8; 3] {
    let payload = ExtractEvidence {
        format: ImageFormat::Raw,
        dpi: 72.0,
        ..ExtractEvidence::new(path, 0, Bbox::new(100.0, 100.0, 1.0, 1.0))
    };
    let picture = supervisor.extract_evidence(payload).timeout(TIMEOUT).await.expect("a picture");
    picture.bytes[..3].try_into().expect("three bytes")
}

/// Gives the square of the test document another colour, in as many bytes.
fn repaint(path: &Path, colour: &str) {
    let text = String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    let at = text.find(" rg").unwrap();
    std::fs::write(path, format!("{}{colour}{}", &text[..at - 5], &text[at..])).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_reads_what_it_is_handed_and_can_open_no_document() {
    let (kept, path) = document("chỉ được trao");
    for roots in ["", kept.path().to_str().unwrap()] {
        let supervisor =
            builder().env("TACH_SANDBOX", "require").env("TACH_ALLOWED_ROOTS", roots).start().await.expect("a worker");
        let status = supervisor.status().await.expect("a status");
        let sandbox = status.workers[0].ready.as_ref().and_then(|ready| ready.sandbox.clone()).expect("a sandbox");
        assert!(sandbox.ends_with("documents by descriptor"), "{sandbox}");
        assert_success(&supervisor.submit(crop(&path, "handed over")).await);
        let escape = supervisor.submit(fault("out", FaultKind::Escape, 0, TIMEOUT)).await;
        let found: serde_json::Value = serde_json::from_str(escape.outcome.expect("a list").get()).unwrap();
        assert!(found["tried"].as_u64() >= Some(80), "with the ways from a document: {found}");
        assert_eq!(found["succeeded"], serde_json::json!([]), "roots: {roots:?}");
        supervisor.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_inside_the_roots_is_refused_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    for name in ["in/side", "outside"] {
        std::fs::create_dir_all(place.join(name)).unwrap();
    }
    let (inside, outside) = (place.join("in/side/a.pdf"), place.join("outside/a.pdf"));
    for path in [&inside, &outside] {
        common::write_pdf(path);
    }
    symlink(&outside, place.join("in/link.pdf")).unwrap();
    symlink(place.join("outside"), place.join("in/folder")).unwrap();
    symlink(&inside, place.join("outside/back.pdf")).unwrap();
    symlink(place.join("in"), place.join("alias")).unwrap();
    let fifo = place.join("in/fifo.pdf");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();

    let supervisor = builder().env("TACH_ALLOWED_ROOTS", place.join("alias")).start().await.expect("a worker");
    for path in [&inside, &place.join("alias/side/a.pdf"), &place.join("outside/back.pdf")] {
        assert_success(&supervisor.submit(crop(path, "inside")).await);
    }
    for path in
        [&outside, &place.join("in/link.pdf"), &place.join("in/folder/a.pdf"), &place.join("in/../outside/a.pdf")]
    {
        assert_eq!(refused(&supervisor, path).await, ErrorCode::PathNotAllowed, "{}", path.display());
    }
    let asked = Instant::now();
    for path in [&fifo, &place.join("in/side"), &place.join("in"), Path::new("/dev/zero")] {
        assert_eq!(refused(&supervisor, path).await, ErrorCode::FileUnreadable, "{}", path.display());
    }
    assert!(asked.elapsed() < Duration::from_secs(10), "nothing waits for a FIFO: {:?}", asked.elapsed());
    for path in [&place.join("in/none.pdf"), &inside.join("a.pdf"), &place.join("n".repeat(300))] {
        assert_eq!(refused(&supervisor, path).await, ErrorCode::FileNotFound, "{}", path.display());
    }
    // A link that leads out after it led in.
    let moving = place.join("in/moving.pdf");
    symlink(&inside, &moving).unwrap();
    assert_success(&supervisor.submit(crop(&moving, "in")).await);
    std::fs::remove_file(&moving).unwrap();
    symlink(&outside, &moving).unwrap();
    assert_eq!(refused(&supervisor, &moving).await, ErrorCode::PathNotAllowed);
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_and_a_replaced_and_a_deleted_file_are_seen() {
    let (kept, path) = document("đổi màu");
    let supervisor = builder().start().await.expect("a worker");
    assert_eq!(colour(&supervisor, &path).await, [255, 0, 0]);
    repaint(&path, "0 1 0");
    assert_eq!(colour(&supervisor, &path).await, [0, 255, 0], "written in place");
    let other = kept.path().join("other.pdf");
    std::fs::copy(&path, &other).unwrap();
    repaint(&other, "0 0 1");
    let times = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::File::options().write(true).open(&other).unwrap().set_modified(times).unwrap();
    std::fs::rename(&other, &path).unwrap();
    assert_eq!(colour(&supervisor, &path).await, [0, 0, 255], "another file with the same size and time");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(refused(&supervisor, &path).await, ErrorCode::FileNotFound);
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_documents_than_a_worker_holds_are_each_read_right() {
    let folder = tempfile::tempdir().unwrap();
    let (red, green) = ([255, 0, 0], [0, 255, 0]);
    let documents: Vec<_> = (0..MANY)
        .map(|number| {
            let path = folder.path().join(format!("{number}.pdf"));
            common::write_pdf(&path);
            if number % 3 == 0 {
                repaint(&path, "0 1 0");
            }
            (path, if number % 3 == 0 { green } else { red })
        })
        .collect();
    let supervisor = builder().start().await.expect("a worker");
    for (path, expected) in documents.iter().chain(&documents[..3]).chain(documents.iter().rev()) {
        assert_eq!(colour(&supervisor, path).await, *expected, "{}", path.display());
    }
    // Requests that end before the engine takes them leave their messages behind.
    for (path, _) in &documents[..30] {
        let mut request = crop(path, "given up");
        request.timeout_ms = Some(1);
        let reply = supervisor.submit(request).await;
        assert!(matches!(code(&reply), None | Some(ErrorCode::Timeout)), "{reply:?}");
    }
    for (path, expected) in &documents[..6] {
        assert_eq!(colour(&supervisor, path).await, *expected, "{}", path.display());
    }
    supervisor.shutdown().await;
}

//! A worker that lies: whatever it says, no other file is read or deleted, nothing hangs, and every request is answered once.

mod common;

use common::{code, document, fake, ping};
use std::path::Path;
use std::time::{Duration, Instant};
use tach_supervisor::{
    Bbox, Builder, Command, ErrorCode, ExtractEvidence, ExtractText, ImageFormat, Reply, Request, Supervisor, Transport,
};

const SECRET: &str = "a private key of the user";
/// Bound of a request's time to its answer, far above what the refusal of a lie takes.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

fn builder(arguments: &[&str]) -> Builder {
    Supervisor::builder()
        .host(fake(arguments))
        .log_folder(None)
        .startup_timeout(Duration::from_secs(20))
        .request_timeout(Duration::from_secs(2))
}

fn crop(path: &Path, transport: Transport) -> ExtractEvidence {
    ExtractEvidence {
        format: ImageFormat::Png,
        transport,
        ..ExtractEvidence::new(path, 0, Bbox::new(0.0, 0.0, 9.0, 9.0))
    }
}

/// A worker that answers a request with `template`, after it put `place` where its image should be.
async fn ask(template: &str, place: &[&str], command: &Command) -> Reply {
    let supervisor = builder(&[&["says", template], place].concat()).start().await.expect("the fake starts");
    let start = Instant::now();
    let reply = supervisor.submit(Request { id: "bad".into(), command: command.clone(), timeout_ms: None }).await;
    assert!(start.elapsed() < ANSWERED_WITHIN, "{template}: {:?}", start.elapsed());
    assert_eq!(reply.req_id.as_deref(), Some("bad"), "{template}");
    if let Command::ExtractEvidence(payload) = command {
        // The typed call meets the same lie. Its id is not the fake's cue, so that the fake answers with no image at all.
        assert!(supervisor.extract_evidence(payload.clone()).await.is_err(), "{template}");
    }
    common::assert_success(&supervisor.submit(ping("next")).await);
    supervisor.shutdown().await;
    reply
}

fn image(place: &str) -> String {
    format!(
        r#"{{"req_id":"{{id}}","status":"success","data":{{{place},"width":5,"height":5,"mime":"image/png","bbox":[0,0,9,9]}},"perf":{{"duration_ms":1,"peak_ram_mb":1}}}}"#
    )
}

/// A file that no worker may read or delete, with the path as JSON text has it.
fn secret() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("7-0.bin");
    std::fs::write(&path, SECRET).expect("a file");
    let text = path.to_str().expect("Unicode").replace('\\', "\\\\");
    (folder, text)
}

fn assert_untouched(secret: &str) {
    assert_eq!(std::fs::read_to_string(secret.replace("\\\\", "\\")).expect("it is still there"), SECRET);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_names_a_file_elsewhere_is_a_protocol_error() {
    let (_kept, path) = document("lời nói dối");
    let (_folder, secret) = secret();
    let length = SECRET.len();
    let inline = Command::ExtractEvidence(crop(&path, Transport::Inline));
    let mapped = Command::ExtractEvidence(crop(&path, Transport::Mmap));
    let text = Command::ExtractText(ExtractText::new(&path, 0));
    let named = |path: &str| image(&format!(r#""mmap":{{"path":"{path}","offset":0,"length":{length}}}"#));
    let rows = [
        (&inline, named(&secret)),
        (&inline, named("{folder}/{pid}-0.bin")),
        (&mapped, named(&secret)),
        (&mapped, named(&format!("{{folder}}/../..{secret}"))),
        (&mapped, named("{folder}/../7-0.bin")),
        (&mapped, named("/dev/zero")),
        (&mapped, named("")),
        (&mapped, image(r#""base64":"AAAA""#)),
        (&text, named(&secret)),
    ];
    for (command, template) in rows {
        let reply = ask(&template, &[], command).await;
        assert_eq!(code(&reply), Some(ErrorCode::ProtocolError), "{template}: {reply:?}");
        assert_untouched(&secret);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_in_the_place_of_an_image_is_not_read() {
    let (_kept, path) = document("đánh tráo");
    let (_folder, secret) = secret();
    let template = image(&format!(r#""mmap":{{"path":"{{pid}}-0.bin","offset":0,"length":{}}}"#, SECRET.len()));
    let command = Command::ExtractEvidence(crop(&path, Transport::Mmap));
    let mut places = vec![vec![], vec!["hard_link", secret.as_str()], vec!["folder"], vec!["short"]];
    if cfg!(unix) {
        places.extend([vec!["link", secret.as_str()], vec!["link", "/dev/zero"], vec!["pipe"]]);
    }
    for place in places {
        let reply = ask(&template, &place, &command).await;
        let code = code(&reply);
        assert!(matches!(code, Some(ErrorCode::ProtocolError | ErrorCode::FileUnreadable)), "{place:?}: {reply:?}");
        assert_untouched(&secret);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_is_not_what_was_asked_for_is_a_protocol_error() {
    let (_kept, path) = document("sai kiểu");
    let text = Command::ExtractText(ExtractText::new(&path, 0));
    let success = |data: &str| {
        format!(r#"{{"req_id":"{{id}}","status":"success","data":{data},"perf":{{"duration_ms":1,"peak_ram_mb":1}}}}"#)
    };
    let error = |error: &str| {
        format!(r#"{{"req_id":"{{id}}","status":"error","error":{error},"perf":{{"duration_ms":1,"peak_ram_mb":1}}}}"#)
    };
    let rows = [
        success("[]"),
        success("7"),
        success(r#""text""#),
        success("{}"),
        success(r#"{"text":{"a":1},"lines":[]}"#),
        success(r#"{"text":"a","lines":7}"#),
        success("{\"text\":\"a\",\"lines\":{deep}"),
        success(r#"{"text":"a","lines":[],"lines":[]}"#),
        error(r#"{"code":"quarantined","message":"no","details":{}}"#),
        error(r#"{"code":"unavailable","message":"later","details":{"retry_after_ms":99999999999}}"#),
        error(r#"{"code":"no_such_code","message":"no","details":{}}"#),
        error(r#"{"code":"pdf_corrupt","message":7,"details":{}}"#),
        r#"{"req_id":"{id}","status":"success","data":{"text":"a","lines":[]},"perf":{"duration_ms":-1,"peak_ram_mb":1}}"#.to_owned(),
        r#"{"req_id":"{id}","status":"success","data":{"text":"a","lines":[]},"perf":{"duration_ms":1,"peak_ram_mb":1,"page_cache_mb":-1}}"#.to_owned(),
        r#"{"req_id":"{id}","status":"success","data":{"text":"a","lines":[]}}"#.to_owned(),
        r#"{"req_id":"{id}","status":"perhaps","perf":{"duration_ms":1,"peak_ram_mb":1}}"#.to_owned(),
        r#"{"req_id":{"id":"{id}"},"status":"success","data":{},"perf":{"duration_ms":1,"peak_ram_mb":1}}"#.to_owned(),
        r#"{"type":"lifecycle","event":"ready"}"#.to_owned(),
        r#"{"type":"lifecycle","event":"reboot"}"#.to_owned(),
        r#"{"type":"command","run":"rm -rf /"}"#.to_owned(),
        "{deep}".to_owned(),
    ];
    for template in rows {
        let reply = ask(&template, &[], &text).await;
        assert_eq!(code(&reply), Some(ErrorCode::ProtocolError), "{template}: {reply:?}");
    }
}

/// A worker that writes without end is held to its request's deadline all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_reports_does_not_outrun_the_deadline() {
    for kind in ["floods_progress", "floods_warnings"] {
        let supervisor = builder(&[kind]).start().await.expect("the fake starts");
        let start = Instant::now();
        let request = Request { timeout_ms: Some(500), ..ping("bad") };
        let (sender, mut steps) = tokio::sync::mpsc::unbounded_channel();
        let reply = supervisor.submit_with_progress(request, Some(sender)).await;
        assert_eq!(code(&reply), Some(ErrorCode::Timeout), "{kind}: {reply:?}");
        assert!(start.elapsed() < ANSWERED_WITHIN, "{kind}: {:?}", start.elapsed());
        let mut passed = 0;
        while steps.try_recv().is_ok() {
            passed += 1;
        }
        assert!(passed < 1000, "{kind}: {passed} reports of progress reach the caller");
        supervisor.shutdown().await;
    }
}

//! The typed picture as an application holds it: the right pixels by either transport, and nothing left behind.

mod common;

use common::{TIMEOUT, assert_success, builder, document, eventually, kill, pids, request};
use std::path::Path;
use tach_supervisor::{Bbox, Command, Evidence, ExtractEvidence, ImageFormat, Transport};

/// 20 × 20 pixels around the upper left corner of the document's red square.
fn corner(path: &Path, format: ImageFormat, transport: Transport) -> ExtractEvidence {
    ExtractEvidence { format, dpi: 72.0, transport, ..ExtractEvidence::new(path, 0, Bbox::new(40.0, 40.0, 20.0, 20.0)) }
}

/// The whole page in 11 megapixels, whose file takes a while to write.
fn large(path: &Path) -> ExtractEvidence {
    ExtractEvidence {
        format: ImageFormat::Raw,
        dpi: 1200.0,
        transport: Transport::Mmap,
        ..ExtractEvidence::new(path, 0, Bbox::new(0.0, 0.0, 200.0, 200.0))
    }
}

fn names(folder: &Path) -> Vec<String> {
    // A folder may be deleted meanwhile.
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Files in the folders of this process's workers. Each test of this program runs in the same process.
fn worker_files() -> Vec<String> {
    let prefix = format!("tach-mmap-{}-", std::process::id());
    let own = names(&std::env::temp_dir()).into_iter().filter(|name| name.starts_with(&prefix));
    let workers = own.flat_map(|name| {
        let folder = std::env::temp_dir().join(name);
        let workers = names(&folder).into_iter().filter(|name| name.starts_with("worker-"));
        workers.map(|name| folder.join(name)).collect::<Vec<_>>()
    });
    workers.filter(|folder| folder.is_dir()).flat_map(|folder| names(&folder)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_has_the_same_bytes_by_either_transport_and_leaves_no_file() {
    let (_kept, path) = document("hai cách");
    let handed_over = tempfile::tempdir().expect("a folder");
    let supervisor = builder().mmap_folder(handed_over.path().to_owned()).start().await.expect("a worker starts");
    for format in [ImageFormat::Raw, ImageFormat::Png, ImageFormat::Jpeg] {
        let inline = supervisor.extract_evidence(corner(&path, format, Transport::Inline)).await.expect("a picture");
        let mapped = supervisor.extract_evidence(corner(&path, format, Transport::Mmap)).await.expect("a picture");
        assert_eq!(inline.bytes, mapped.bytes, "{format:?}");
        for Evidence { width, height, .. } in [&inline, &mapped] {
            assert_eq!((*width, *height), (20, 20), "{format:?}");
        }
        if format == ImageFormat::Raw {
            assert_eq!(mapped.bytes.len(), 20 * 20 * 3);
            assert_eq!(&mapped.bytes[..3], [255, 255, 255], "white outside of the square");
            assert_eq!(&mapped.bytes[mapped.bytes.len() - 3..], [255, 0, 0], "red in it");
        }
        drop(mapped);
        assert_eq!(names(handed_over.path()), [""; 0], "{format:?}");
    }
    supervisor.shutdown().await;
}

/// Callers that lose interest leave no picture behind, whether it was cut before or after they did.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_nobody_waits_for_is_removed() {
    let (_kept, path) = document("không ai đợi");
    let handed_over = tempfile::tempdir().expect("a folder");
    let supervisor = builder().mmap_folder(handed_over.path().to_owned()).start().await.expect("a worker starts");
    let asked = |count: usize| {
        let pictures = (0..count).map(|_| {
            let supervisor = supervisor.clone();
            let request = corner(&path, ImageFormat::Png, Transport::Mmap);
            tokio::spawn(async move { supervisor.extract_evidence(request).await })
        });
        pictures.collect::<Vec<_>>()
    };
    let given_up = asked(100);
    // One of them is cut for certain, the others are before, in and after the worker.
    eventually("the first picture is cut", TIMEOUT, || given_up.iter().any(tokio::task::JoinHandle::is_finished)).await;
    given_up.iter().for_each(tokio::task::JoinHandle::abort);
    for picture in given_up {
        drop(picture.await);
    }
    for picture in asked(1) {
        picture.await.expect("no panic").expect("the worker serves the next caller");
    }
    supervisor.shutdown().await;
    assert_eq!(names(handed_over.path()), [""; 0]);
}

/// A worker that is killed while it writes leaves half a file, which no reply will ever name.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_whose_worker_is_killed_while_it_writes_is_removed() {
    let (_kept, path) = document("dở dang");
    let handed_over = tempfile::tempdir().expect("a folder");
    let supervisor = builder().mmap_folder(handed_over.path().to_owned()).start().await.expect("a worker starts");
    // The first worker has handed one over already, which its receiver still holds.
    let held = supervisor.submit(request("held", Command::ExtractEvidence(large(&path)), None)).await;
    assert_success(&held);
    let before = names(handed_over.path());
    assert_eq!(before.len(), 1);

    let asked = tokio::spawn({
        let supervisor = supervisor.clone();
        let request = large(&path);
        async move { supervisor.extract_evidence(request).await }
    });
    let victim = pids(&supervisor).await[0];
    eventually("it writes a second file", TIMEOUT, || worker_files().contains(&format!("{victim}-1.bin"))).await;
    kill(victim);
    // Answered by a second worker, or by the first one where it was faster than the kill.
    let picture = asked.await.expect("no panic").expect("a picture");
    assert_eq!(picture.bytes.len(), 3333 * 3333 * 3);
    drop(picture);
    eventually("only the held one is left", TIMEOUT, || {
        names(handed_over.path()) == before && worker_files().is_empty()
    })
    .await;
    supervisor.shutdown().await;
    assert_eq!(names(handed_over.path()), before, "what a receiver has yet to take stays");
}

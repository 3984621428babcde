//! Opens and checks the documents of one worker, which may open none itself, and hands them over.
//!
//! A thread of its own opens, since a file system may hang: the request then meets its deadline in the worker, as it would if the
//! worker had opened the file. What can't be handed over is told to the worker, which answers with that error.

use super::held::Held;
use crate::ids::WorkerId;
use crate::os::{DocumentSocket, Refusal};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use tach_protocol::handover::{HandedDocument, Handover};
use tach_protocol::{ErrorBody, ErrorCode};

/// Characters of a path that an error shows: more than any file has.
const SHOWN_CHARS: usize = 4096;

/// Requests that may wait for their documents. A worker has one at a time.
const QUEUE: usize = 4;

/// The documents of one worker; the thread ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Documents {
    opener: Arc<Mutex<Opener>>,
    queue: mpsc::SyncSender<(String, PathBuf)>,
}

impl Documents {
    /// Sees to it that the request with this id gets its document, or an error. Waits for nothing.
    pub(crate) fn hand_over(&self, wire_id: String, path: PathBuf) {
        // The usual case, a document that the worker holds already, costs no other thread's waking.
        let is_done = self.opener.try_lock().is_ok_and(|mut opener| opener.hand_over_at_once(&wire_id, &path));
        if !is_done {
            // Full only while a file system hangs: the request then meets its deadline.
            let _ = self.queue.try_send((wire_id, path));
        }
    }
}

/// Starts the thread. `roots` are the worker's `TACH_ALLOWED_ROOTS`.
///
/// # Errors
/// What the system says when it cannot start a thread.
pub(super) fn start(id: WorkerId, socket: DocumentSocket, roots: Option<OsString>) -> io::Result<Documents> {
    let (queue, requests) = mpsc::sync_channel::<(String, PathBuf)>(QUEUE);
    let opener = Arc::new(Mutex::new(Opener { socket, roots: None, held: Held::default() }));
    let shared = Arc::clone(&opener);
    std::thread::Builder::new().name(format!("tach-documents-{id}")).spawn(move || {
        let roots = roots_of(roots);
        {
            let mut opener = shared.lock().unwrap_or_else(PoisonError::into_inner);
            opener.socket.keep_reserve();
            opener.roots = roots;
        }
        for (wire_id, path) in requests {
            shared.lock().unwrap_or_else(PoisonError::into_inner).hand_over(wire_id, &path);
        }
    })?;
    Ok(Documents { opener, queue })
}

#[derive(Debug)]
struct Opener {
    socket: DocumentSocket,
    /// Folders that documents may be in; `None`: any. Set before the thread opens its first document.
    roots: Option<Vec<PathBuf>>,
    held: Held,
}

impl Opener {
    /// Hands over a document that the worker holds, if that can be seen without waiting. Tells whether it did.
    fn hand_over_at_once(&mut self, id: &str, path: &Path) -> bool {
        if !self.held.is_local(path) {
            return false;
        }
        let slot = self.socket.look_at_once(path).and_then(|key| self.held.find(path, key));
        let Some(slot) = slot else { return false };
        self.send(id.to_owned(), HandedDocument::Slot(slot), None);
        true
    }

    fn hand_over(&mut self, id: String, path: &Path) {
        let (document, file) = match self.find(path) {
            Ok((slot, file)) => (HandedDocument::Slot(slot), file),
            Err(refusal) => (HandedDocument::Error(error_of(refusal, path)), None),
        };
        let slot = if let HandedDocument::Slot(slot) = document { Some(slot) } else { None };
        let is_sent = self.send(id, document, file.as_ref());
        if let (false, Some(slot), Some(_)) = (is_sent, slot, &file) {
            self.held.forget(slot);
        }
        if file.is_some() {
            drop(file);
            self.socket.keep_reserve();
        }
    }

    fn send(&self, id: String, document: HandedDocument, file: Option<&File>) -> bool {
        let message = serde_json::to_vec(&Handover { id, document }).unwrap_or_default();
        let sent = self.socket.send(&message, file);
        if let Err(error) = &sent {
            // A worker that takes no messages, or has exited: the deadline of its request, or its end, says what follows.
            tracing::debug!(%error, "a document could not be handed over");
        }
        sent.is_ok()
    }

    /// The slot of the document, and the document itself where the worker does not hold it.
    fn find(&mut self, path: &Path) -> Result<(usize, Option<File>), Refusal> {
        let key = self.socket.look(path)?;
        if let Some(slot) = self.held.find(path, key) {
            // No new look at the roots: this very file was let in under this very name, and they never change.
            return Ok((slot, None));
        }
        let (file, key) = self.socket.open(path, self.roots.as_deref())?;
        let is_local = self.socket.is_local(&file);
        Ok((self.held.put(path.to_owned(), key, is_local), Some(file)))
    }
}

/// The folders that the variable names, links resolved; empty counts as not set. pyworker refuses to start with a wrong value.
fn roots_of(variable: Option<OsString>) -> Option<Vec<PathBuf>> {
    let variable = variable.filter(|text| !text.is_empty())?;
    Some(std::env::split_paths(&variable).filter(|root| root.is_absolute()).map(|root| resolved(&root)).collect())
}

/// The path with its links resolved, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    for there in path.ancestors() {
        if let (Ok(place), Ok(rest)) = (there.canonicalize(), path.strip_prefix(there)) {
            // Joining nothing would add a separator.
            return if rest.as_os_str().is_empty() { place } else { place.join(rest) };
        }
    }
    path.to_owned()
}

/// The error of the wire, in the words of `pyworker/engine/pdf/opening.py`.
fn error_of(refusal: Refusal, path: &Path) -> ErrorBody {
    let name: String = path.to_string_lossy().chars().take(SHOWN_CHARS).collect();
    let error = |code, message: String| ErrorBody::new(code, message).with("path", name.as_str());
    match refusal {
        Refusal::Missing => error(ErrorCode::FileNotFound, format!("nothing exists at {name}")),
        Refusal::NotRegular => error(ErrorCode::FileUnreadable, format!("{name} is not a regular file")),
        Refusal::Outside => error(ErrorCode::PathNotAllowed, format!("{name} lies outside TACH_ALLOWED_ROOTS")),
        Refusal::System(reason) => {
            error(ErrorCode::FileUnreadable, format!("the system refuses to read {name}: {reason}"))
                .with("reason", reason)
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn roots_are_resolved_as_far_as_they_exist() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().canonicalize().unwrap();
        std::fs::create_dir(place.join("real")).unwrap();
        std::os::unix::fs::symlink(place.join("real"), place.join("alias")).unwrap();
        let variable =
            std::env::join_paths([place.join("alias"), "relative".into(), place.join("alias/later")]).unwrap();
        assert_eq!(roots_of(Some(variable)), Some(vec![place.join("real"), place.join("real/later")]));
        assert_eq!(roots_of(None), None);
        assert_eq!(roots_of(Some(OsString::new())), None);
        assert_eq!(roots_of(Some(":".into())), Some(vec![]), "a value that names no folder allows none");
    }

    #[test]
    fn a_long_path_does_not_make_a_long_message() {
        let error = error_of(Refusal::Missing, Path::new(&"/đ".repeat(100_000)));
        let document = HandedDocument::Error(error);
        let message = serde_json::to_vec(&Handover { id: "1".repeat(128), document }).unwrap();
        assert!(message.len() < tach_protocol::handover::MAX_HANDOVER_BYTES, "{}", message.len());
    }
}

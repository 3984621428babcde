//! Uploaded files: each streamed to a private file that is removed after its last use.

use crate::failure::Failure;
use crate::settings::Bounds;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

/// Begins the name by which a request names a kept upload: `upload:ID`.
pub(crate) const PREFIX: &str = "upload:";
/// Longest name that is kept of a client's file name, in bytes.
const MAX_NAME_BYTES: usize = 120;
/// Characters that a file name cannot have on every system.
const FORBIDDEN: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

/// The private folder of all uploads, and those that are kept by name.
#[derive(Debug)]
pub(crate) struct Uploads {
    folder: TempDir,
    stored: Arc<AtomicU64>,
    kept: Mutex<HashMap<String, Kept>>,
    bounds: Bounds,
}

#[derive(Debug)]
struct Kept {
    upload: Arc<Upload>,
    used: Instant,
}

/// One uploaded file. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Upload {
    folder: TempDir,
    /// Where it is; never told to a client.
    pub(crate) path: PathBuf,
    /// The client's name of it, without folders and control characters.
    pub(crate) name: String,
    /// Its length in bytes.
    pub(crate) bytes: u64,
    stored: Arc<AtomicU64>,
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.stored.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Upload {
    /// The folder that holds it alone.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Uploads {
    /// Makes the private folder, in the system's temporary folder.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub(crate) fn new(bounds: Bounds) -> std::io::Result<Self> {
        // Links in the path are resolved, because the worker compares resolved paths.
        let place = std::env::temp_dir();
        let folder =
            tempfile::Builder::new().prefix("tach-serve-").tempdir_in(place.canonicalize().unwrap_or(place))?;
        Ok(Self { folder, stored: Arc::default(), kept: Mutex::default(), bounds })
    }

    /// The private folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Streams a body to a new private file.
    ///
    /// # Errors
    /// 413 above the bound of one file, 429 where all uploads together have too many bytes, 408 where the client pauses too long,
    /// 400 where the body breaks off.
    pub(crate) async fn store<E: Display>(
        &self,
        name: &str,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Upload, Failure> {
        let failed = |error: std::io::Error| {
            tracing::error!(%error, "an upload cannot be written");
            let message = "the upload cannot be written on this server";
            Failure::new(axum::http::StatusCode::INSUFFICIENT_STORAGE, "storage_failed", message)
        };
        let folder = tempfile::Builder::new().prefix("u").rand_bytes(16).tempdir_in(self.folder.path());
        let folder = folder.map_err(failed)?;
        let name = clean_name(name);
        let path = folder.path().join(&name);
        let mut upload = Upload { folder, path, name, bytes: 0, stored: Arc::clone(&self.stored) };
        let mut file = tokio::fs::File::create(&upload.path).await.map_err(failed)?;
        loop {
            let chunk = match tokio::time::timeout(self.bounds.client_timeout, body.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(Some(Err(error))) => return Err(Failure::bad_request(format!("the body broke off: {error}"))),
                Ok(None) => break,
                Err(_) => return Err(paused(self.bounds.client_timeout)),
            };
            let length = chunk.len() as u64;
            if upload.bytes + length > self.bounds.upload_bytes {
                let message = format!(
                    "a file may have {} bytes; give tach serve a higher --max-upload-mb",
                    self.bounds.upload_bytes
                );
                return Err(Failure::too_large(message));
            }
            upload.bytes += length;
            if self.stored.fetch_add(length, Ordering::Relaxed) + length > self.bounds.uploads_bytes {
                return Err(Failure::busy("too many bytes of uploads are held at the moment; try again later", 5));
            }
            file.write_all(&chunk).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        Ok(upload)
    }

    /// Keeps an upload by name. The answer is its id.
    ///
    /// # Errors
    /// 429 where as many are kept as may be.
    pub(crate) fn keep(&self, upload: Upload) -> Result<String, Failure> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.expire(&mut kept);
        if kept.len() >= self.bounds.uploads {
            return Err(Failure::busy(format!("{} uploads are kept; delete one first", kept.len()), 60));
        }
        let id = crate::ids::random_id();
        kept.insert(id.clone(), Kept { upload: Arc::new(upload), used: Instant::now() });
        Ok(id)
    }

    /// A kept upload, which lives at least as long as the handle.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Upload>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.expire(&mut kept);
        let found = kept.get_mut(id)?;
        found.used = Instant::now();
        Some(Arc::clone(&found.upload))
    }

    /// Forgets a kept upload. Tells whether there was one.
    pub(crate) fn remove(&self, id: &str) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(id).is_some()
    }

    fn expire(&self, kept: &mut HashMap<String, Kept>) {
        kept.retain(|_, upload| upload.used.elapsed() < self.bounds.upload_ttl);
    }
}

/// The client stopped sending: 408.
pub(crate) fn paused(after: Duration) -> Failure {
    let message = format!("nothing more of the body came for {} s", after.as_secs());
    Failure::new(axum::http::StatusCode::REQUEST_TIMEOUT, "client_timeout", message)
}

/// A client's file name as a name on any system: without folders, control characters and reserved forms.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = last.chars().filter(|character| !character.is_control() && !FORBIDDEN.contains(character));
    let mut clean: String = kept.collect();
    // The ending is what tells formats apart, so the start is cut.
    while clean.len() > MAX_NAME_BYTES {
        clean.remove(0);
    }
    let clean = clean.trim().trim_end_matches(['.', ' ']);
    let stem = clean.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let is_device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")));
    match clean {
        "" => "document".to_owned(),
        _ if is_device || clean.starts_with('.') => format!("_{clean}"),
        _ => clean.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn body(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes, String>> + Unpin {
        stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect::<Vec<_>>())
    }

    #[test]
    fn names_of_clients_become_plain_names() {
        let rows = [
            ("bản vẽ.pdf", "bản vẽ.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\plan.pdf", "plan.pdf"),
            ("a\0b\nc.pdf", "abc.pdf"),
            ("..", "document"),
            ("", "document"),
            ("nul.pdf", "_nul.pdf"),
            (".hidden", "_.hidden"),
            ("a?.pdf. ", "a.pdf"),
        ];
        for (given, expected) in rows {
            assert_eq!(clean_name(given), expected, "{given:?}");
        }
        assert!(clean_name(&"é".repeat(500)).len() <= MAX_NAME_BYTES);
    }

    #[tokio::test]
    async fn an_upload_is_removed_after_its_last_use_and_bounds_hold() {
        let bounds = Bounds { upload_bytes: 8, uploads_bytes: 12, uploads: 1, ..Bounds::default() };
        let uploads = Uploads::new(bounds).unwrap();
        let first = uploads.store("a.pdf", body(&["1234", "5678"])).await.unwrap();
        let path = first.path.clone();
        assert_eq!(std::fs::read(&path).unwrap(), b"12345678");
        let code = |outcome: Result<Upload, Failure>| outcome.unwrap_err().status.as_u16();
        assert_eq!(code(uploads.store("b", body(&["123456789"])).await), 413);
        assert_eq!(code(uploads.store("b", body(&["12345"])).await), 429);
        let broken = stream::iter([Ok(Bytes::from_static(b"1")), Err("reset")]);
        assert_eq!(code(uploads.store("b", broken).await), 400);
        let id = uploads.keep(first).unwrap();
        let held = uploads.find(&id).unwrap();
        let second = uploads.store("c", body(&["1"])).await.unwrap();
        assert_eq!(uploads.keep(second).unwrap_err().status.as_u16(), 429);
        assert!(uploads.remove(&id));
        assert!(path.exists(), "a request still reads it");
        drop(held);
        assert!(!path.exists());
        assert_eq!(uploads.stored.load(Ordering::Relaxed), 0);
        assert_eq!(std::fs::read_dir(uploads.folder()).unwrap().count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_sending_is_told_so() {
        let uploads = Uploads::new(Bounds::default()).unwrap();
        let silent = stream::pending::<Result<Bytes, String>>();
        assert_eq!(uploads.store("a", silent).await.unwrap_err().status.as_u16(), 408);
    }
}

//! Documents that nodes cannot see: each is stored once, under its SHA-256.

use crate::objects;
use crate::plan::backoff;
use async_nats::jetstream::object_store::ObjectStore;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tach_protocol::{ErrorBody, ErrorCode};
use tokio::sync::{OnceCell, Semaphore};

/// Documents that are read and sent at a time.
const UPLOADING: usize = 2;
/// How often an upload is tried.
const ATTEMPTS: u32 = 8;
/// Documents that are remembered.
const REMEMBERED: usize = 100_000;

/// An uploaded document.
#[derive(Clone, Debug)]
pub(crate) struct Uploaded {
    /// Its SHA-256 in hexadecimal.
    pub(crate) name: String,
    /// Ending of its file name with the dot, or nothing.
    pub(crate) suffix: String,
}

/// What tells a file's states apart.
type Version = (PathBuf, u64, Option<SystemTime>);

/// The documents that this submission has uploaded.
pub(crate) struct Uploads {
    known: Mutex<HashMap<Version, Arc<OnceCell<Uploaded>>>>,
    places: Semaphore,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { known: Mutex::default(), places: Semaphore::new(UPLOADING) }
    }
}

impl Uploads {
    /// Uploads a document where the store lacks it.
    pub(crate) async fn upload(&self, store: &ObjectStore, path: &Path) -> Result<Uploaded, ErrorBody> {
        let data = tokio::fs::metadata(path).await.map_err(|error| unreadable(path, &error))?;
        if !data.is_file() {
            return Err(unreadable(path, &io::Error::other("it is no file")));
        }
        let version = (path.to_owned(), data.len(), data.modified().ok());
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= REMEMBERED {
                known.clear();
            }
            Arc::clone(known.entry(version).or_default())
        };
        cell.get_or_try_init(|| self.store(store, path)).await.cloned()
    }

    async fn store(&self, store: &ObjectStore, path: &Path) -> Result<Uploaded, ErrorBody> {
        let _place = self.places.acquire().await;
        let hashed = {
            let path = path.to_owned();
            tokio::task::spawn_blocking(move || digest(&path)).await
        };
        let hashed = hashed.map_err(io::Error::other).and_then(std::convert::identity);
        let name = hashed.map_err(|error| unreadable(path, &error))?;
        let mut last = String::new();
        for attempt in 0..ATTEMPTS {
            if objects::exists(store, &name).await {
                return Ok(Uploaded { name, suffix: suffix(path) });
            }
            let file = tokio::fs::File::open(path).await.map_err(|error| unreadable(path, &error))?;
            match objects::put(store, &name, file).await {
                Ok(()) => return Ok(Uploaded { name, suffix: suffix(path) }),
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(backoff(attempt, Duration::from_millis(100), Duration::from_secs(5))).await;
        }
        let message = format!("`{}` could not be uploaded: {last}", path.display());
        Err(ErrorBody::new(ErrorCode::FileUnreadable, message))
    }
}

fn unreadable(path: &Path, error: &io::Error) -> ErrorBody {
    let code =
        if error.kind() == io::ErrorKind::NotFound { ErrorCode::FileNotFound } else { ErrorCode::FileUnreadable };
    ErrorBody::new(code, format!("cannot read `{}` for the upload: {error}", path.display()))
}

fn digest(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hex::encode(hash.finalize()))
}

/// The ending of a file's name in lower case, where it is one that a node takes.
fn suffix(path: &Path) -> String {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let is_plain = (1..12).contains(&ending.len()) && ending.bytes().all(|letter| letter.is_ascii_alphanumeric());
    if is_plain { format!(".{}", ending.to_ascii_lowercase()) } else { String::new() }
}

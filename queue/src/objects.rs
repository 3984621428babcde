//! Bytes in the object store: put from memory or a file, read whole up to a limit.

use async_nats::jetstream::object_store::{GetErrorKind, ObjectMetadata, ObjectStore};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

/// How long one object may take, either way.
const TIMEOUT: Duration = Duration::from_secs(600);
/// Bytes of one message of an object.
const CHUNK_BYTES: usize = 512 * 1024;

/// Why an object could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObjectError {
    /// There is none of this name, or it was deleted.
    #[error("it is not in the object store")]
    NotFound,
    /// It is longer than the caller takes.
    #[error("it has {0} bytes, which is more than the limit")]
    TooLong(u64),
    /// The server, the connection or the disk failed.
    #[error("{0}")]
    Failed(String),
}

fn failed(error: &impl std::fmt::Display) -> ObjectError {
    ObjectError::Failed(error.to_string())
}

/// Stores everything that `source` gives, under `name`.
pub(crate) async fn put(
    store: &ObjectStore,
    name: &str,
    mut source: impl AsyncRead + Unpin + Send,
) -> Result<(), ObjectError> {
    let metadata = ObjectMetadata { name: name.to_owned(), chunk_size: Some(CHUNK_BYTES), ..ObjectMetadata::default() };
    let put = store.put(metadata, &mut source);
    let stored = tokio::time::timeout(TIMEOUT, put).await.map_err(|error| failed(&error))?;
    stored.map(drop).map_err(|error| failed(&error))
}

/// Whether an object of this name is there.
pub(crate) async fn exists(store: &ObjectStore, name: &str) -> bool {
    length(store, name).await.is_some()
}

/// The length of an object in bytes, where it is there and the server tells.
pub(crate) async fn length(store: &ObjectStore, name: &str) -> Option<u64> {
    store.info(name).await.ok().filter(|info| !info.deleted).map(|info| info.size as u64)
}

/// Copies an object of at most `limit` bytes to `target`. The client checks its digest.
pub(crate) async fn copy(
    store: &ObjectStore,
    name: &str,
    limit: u64,
    target: &mut (impl AsyncWrite + Unpin),
) -> Result<u64, ObjectError> {
    let copying = async {
        let object = store.get(name).await.map_err(|error| match error.kind() {
            GetErrorKind::NotFound => ObjectError::NotFound,
            _ => failed(&error),
        })?;
        let size = object.info().size as u64;
        if size > limit {
            return Err(ObjectError::TooLong(size));
        }
        let copied = tokio::io::copy(&mut object.take(limit), target).await.map_err(|error| failed(&error))?;
        if copied == size { Ok(copied) } else { Err(ObjectError::Failed(format!("{copied} of {size} bytes came"))) }
    };
    tokio::time::timeout(TIMEOUT, copying).await.map_err(|error| failed(&error))?
}

/// Reads an object of at most `limit` bytes into memory.
pub(crate) async fn read(store: &ObjectStore, name: &str, limit: u64) -> Result<Vec<u8>, ObjectError> {
    let mut bytes = Vec::new();
    copy(store, name, limit, &mut bytes).await?;
    Ok(bytes)
}

/// Deletes an object. One that isn't there is no failure, and one that cannot be deleted now is deleted by its age.
pub(crate) async fn delete(store: &ObjectStore, name: &str) {
    if let Err(error) = store.delete(name).await {
        tracing::debug!("cannot delete the object {name}: {error}");
    }
}

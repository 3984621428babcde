//! Uploaded documents on a node: fetched once each, checked against their name, deleted when the folder is full.

use super::settings::Settings;
use crate::error::Error;
use crate::objects::{self, ObjectError};
use async_nats::jetstream::object_store::ObjectStore;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tach_protocol::{ErrorBody, ErrorCode};

/// Longest ending of a document's name.
const MAX_SUFFIX_CHARS: usize = 12;

/// The folder of documents.
pub(super) struct Cache {
    folder: PathBuf,
    limit_bytes: u64,
    max_document_bytes: u64,
    entries: Mutex<HashMap<String, Arc<Entry>>>,
}

struct Entry {
    path: PathBuf,
    /// Held while it is fetched, so that it is fetched once.
    fetching: tokio::sync::Mutex<()>,
}

/// A document that is not deleted as long as this is held.
pub(super) struct Document(Arc<Entry>);

impl Document {
    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }
}

/// Why there is no document.
pub(super) enum DocumentError {
    /// No node could have it: this is the answer.
    Refused(ErrorBody),
    /// This node could not get it now.
    Failed(String),
}

impl Cache {
    /// Makes the folder where it is missing, and takes over what an earlier node left in it.
    pub(super) fn open(settings: &Settings) -> Result<Self, Error> {
        let failed =
            |error: io::Error| Error::Settings(format!("cannot use the cache `{}`: {error}", settings.cache.display()));
        std::fs::create_dir_all(&settings.cache).map_err(failed)?;
        Ok(Self {
            // Workers compare paths with links resolved.
            folder: settings.cache.canonicalize().map_err(failed)?,
            limit_bytes: settings.cache_bytes,
            max_document_bytes: settings.max_document_bytes,
            entries: Mutex::default(),
        })
    }

    /// The document of this name, from the folder or from the object store.
    pub(super) async fn fetch(&self, store: &ObjectStore, name: &str, suffix: &str) -> Result<Document, DocumentError> {
        let file_name = file_name(name, suffix).ok_or_else(|| {
            let message = "the name of the uploaded document is no SHA-256, or its ending has other letters than a to z and digits";
            DocumentError::Refused(ErrorBody::new(ErrorCode::InvalidRequest, message))
        })?;
        let entry = {
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            let new =
                || Arc::new(Entry { path: self.folder.join(&file_name), fetching: tokio::sync::Mutex::default() });
            Arc::clone(entries.entry(file_name.clone()).or_insert_with(new))
        };
        let fetching = entry.fetching.lock().await;
        if used_now(&entry.path).is_err() {
            self.download(store, name, &entry.path).await?;
            self.make_room();
        }
        drop(fetching);
        Ok(Document(entry))
    }

    async fn download(&self, store: &ObjectStore, name: &str, path: &Path) -> Result<(), DocumentError> {
        let failed = |error: io::Error| DocumentError::Failed(error.to_string());
        let part = tempfile::Builder::new().prefix("part-").tempfile_in(&self.folder).map_err(failed)?;
        let mut file = tokio::fs::File::from_std(part.reopen().map_err(failed)?);
        objects::copy(store, name, self.max_document_bytes, &mut file).await.map_err(|error| match error {
            ObjectError::NotFound => DocumentError::Refused(ErrorBody::new(
                ErrorCode::FileNotFound,
                "the uploaded document is not in the object store any more; submit the request again with --upload",
            )),
            ObjectError::TooLong(bytes) => {
                let message = format!(
                    "the document has {bytes} bytes; this node takes {} (--max-document-mb)",
                    self.max_document_bytes
                );
                DocumentError::Refused(ErrorBody::new(ErrorCode::FileUnreadable, message))
            }
            ObjectError::Failed(reason) => DocumentError::Failed(reason),
        })?;
        tokio::io::AsyncWriteExt::flush(&mut file).await.map_err(failed)?;
        drop(file);
        let (wanted, path) = (name.to_owned(), path.to_owned());
        let checked = tokio::task::spawn_blocking(move || {
            if digest(part.path())? != wanted {
                return Ok(false);
            }
            part.persist(&path).map_err(|error| error.error)?;
            Ok::<_, io::Error>(true)
        });
        if checked.await.map_err(io::Error::other).and_then(std::convert::identity).map_err(failed)? {
            return Ok(());
        }
        let message = "the uploaded document is not what its SHA-256 says";
        Err(DocumentError::Refused(ErrorBody::new(ErrorCode::FileUnreadable, message)))
    }

    /// Deletes the documents that were used longest ago and are not in use, until the folder fits.
    fn make_room(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(listed) = std::fs::read_dir(&self.folder) else { return };
        let mut files: Vec<(SystemTime, u64, String)> = listed
            .filter_map(|file| {
                let file = file.ok()?;
                let data = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
                Some((data.modified().ok()?, data.len(), file.file_name().into_string().ok()?))
            })
            .collect();
        files.sort_unstable();
        let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, name) in files {
            if bytes <= self.limit_bytes {
                return;
            }
            // Only names of documents: a file that a person put here is not ours, and a part is being written.
            let is_document =
                name.get(..64).is_some_and(|start| start.bytes().all(|letter| letter.is_ascii_hexdigit()));
            let is_used = entries.get(&name).is_some_and(|entry| Arc::strong_count(entry) > 1);
            if is_document && !is_used && std::fs::remove_file(self.folder.join(&name)).is_ok() {
                entries.remove(&name);
                bytes -= length;
            }
        }
    }
}

/// The name in the folder, or `None` where it could leave the folder.
fn file_name(name: &str, suffix: &str) -> Option<String> {
    let is_digest = name.len() == 64 && name.bytes().all(|letter| matches!(letter, b'0'..=b'9' | b'a'..=b'f'));
    let is_suffix = suffix.is_empty()
        || suffix.strip_prefix('.').is_some_and(|letters| {
            (1..MAX_SUFFIX_CHARS).contains(&letters.len())
                && letters.bytes().all(|letter| letter.is_ascii_alphanumeric())
        });
    (is_digest && is_suffix).then(|| format!("{name}{suffix}"))
}

/// Marks a file as used, so that it is deleted late. Fails where there is none.
fn used_now(path: &Path) -> io::Result<()> {
    File::options().append(true).open(path)?.set_modified(SystemTime::now())
}

/// SHA-256 of a file, in hexadecimal.
fn digest(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &Path, limit_bytes: u64) -> Cache {
        Cache { folder: folder.to_owned(), limit_bytes, max_document_bytes: 1 << 20, entries: Mutex::default() }
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let name = "a".repeat(64);
        let long = "b".repeat(63);
        assert_eq!(file_name(&name, ".pdf"), Some(format!("{name}.pdf")));
        assert_eq!(file_name(&name, ""), Some(name.clone()));
        for (name, suffix) in
            [(&*name, "/../x"), (&name, "."), (&name, ".p/f"), (&name, "pdf"), (&long, ".pdf"), ("../../x", ".pdf")]
        {
            assert_eq!(file_name(name, suffix), None, "{name} {suffix}");
        }
    }

    #[test]
    fn the_oldest_documents_make_room_and_those_in_use_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = cache(folder.path(), 25);
        let names: Vec<String> = ["1", "2", "3", "4"].map(|digit| digit.repeat(64)).into();
        for (age, name) in names.iter().enumerate() {
            let path = folder.path().join(name);
            std::fs::write(&path, [0; 10]).expect("a file");
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000 + age as u64);
            File::options().append(true).open(&path).and_then(|file| file.set_modified(time)).expect("its time");
        }
        std::fs::write(folder.path().join("notes.txt"), [0; 4]).expect("a file");
        let path = folder.path().join(&names[0]);
        let entry = Arc::new(Entry { path, fetching: tokio::sync::Mutex::default() });
        cache.entries.lock().expect("the lock").insert(names[0].clone(), Arc::clone(&entry));
        cache.make_room();
        let left = |name: &str| folder.path().join(name).exists();
        assert_eq!(names.iter().map(|name| left(name)).collect::<Vec<_>>(), [true, false, false, true]);
        assert!(left("notes.txt"), "a file that is no document stays");
        drop(entry);
    }
}

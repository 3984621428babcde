//! The private folders through which workers hand over images: one for each worker, removed when it has exited.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Names of private folders start so.
const PREFIX: &str = "tach-mmap-";
/// The file in a private folder that its owner keeps locked as long as it runs. A process id would not do: two containers that
/// share a folder for temporary files number their processes independently.
const LOCK: &str = "lock";
/// A folder without a lock file is left alone for so long: its owner may be about to make one.
const UNLOCKED_AGE: Duration = Duration::from_secs(3600);
/// Entries of a worker's folder that are removed at once; a thread of its own removes the rest of a larger one.
const REMOVED_INLINE: usize = 1000;

/// The folders of one supervisor. Everything private is removed when the last part of it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Locked: the sign that this process lives. It is closed first, because Windows removes no folder that holds an open file.
    _lock: File,
    /// Holds a folder for each worker, and `outgoing` where the caller named none.
    private: tempfile::TempDir,
    /// Where images that were asked for with `submit` go; each belongs to its receiver.
    outgoing: PathBuf,
}

impl Folder {
    /// Makes a private folder, and removes those of supervisors that no longer run. `outgoing` is the caller's folder for
    /// images that are handed on, made where it is missing.
    ///
    /// # Errors
    /// What the system says when it cannot make a folder.
    pub(crate) fn open(outgoing: Option<&Path>) -> io::Result<Self> {
        let base = std::env::temp_dir();
        let named = |error: io::Error| {
            let message = format!(
                "cannot make a private folder in {}: {error}; set TMPDIR (on Windows TEMP) to a folder that can be written to",
                base.display()
            );
            io::Error::new(error.kind(), message)
        };
        sweep(&base);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let private = tempfile::Builder::new().prefix(&prefix).tempdir_in(&base).map_err(named)?;
        let lock = File::create(private.path().join(LOCK)).map_err(named)?;
        lock.lock()?;
        let outgoing = outgoing.map_or_else(|| private.path().join("outgoing"), Path::to_owned);
        std::fs::create_dir_all(&outgoing)?;
        Ok(Self { _lock: lock, private, outgoing })
    }

    /// A folder of its own for the worker with this number.
    pub(crate) fn for_worker(self: &Arc<Self>, worker: u64) -> Arc<WorkerFolder> {
        let path = self.private.path().join(format!("worker-{worker}-{:016x}", fastrand::u64(..)));
        // Where this fails, the worker reports that it cannot hand over images, and serves everything else.
        let _ = std::fs::create_dir(&path);
        Arc::new(WorkerFolder { path, supervisor: Arc::clone(self) })
    }
}

/// The folder that one worker may write to. It is removed with everything in it when the worker and all that take over an image
/// of it have let go.
#[derive(Debug)]
pub(crate) struct WorkerFolder {
    path: PathBuf,
    supervisor: Arc<Folder>,
}

impl WorkerFolder {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where images that are handed on go.
    pub(crate) fn outgoing(&self) -> &Path {
        &self.supervisor.outgoing
    }
}

impl Drop for WorkerFolder {
    fn drop(&mut self) {
        if let Ok(entries) = std::fs::read_dir(&self.path) {
            for entry in entries.flatten().take(REMOVED_INLINE) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        if std::fs::remove_dir(&self.path).is_err() {
            let path = self.path.clone();
            // Without a thread the supervisor's own folder still goes, with everything in it.
            let _ =
                std::thread::Builder::new().name("tach-cleanup".into()).spawn(move || std::fs::remove_dir_all(path));
        }
    }
}

/// Removes the private folders of supervisors that no longer run.
fn sweep(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder
            && entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX))
            && is_abandoned(&entry.path())
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether the owner of a private folder has exited.
fn is_abandoned(folder: &Path) -> bool {
    match crate::os::open_in_folder(folder, LOCK) {
        Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock | TryLockError::Error(_))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let modified = folder.symlink_metadata().and_then(|data| data.modified());
            modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > UNLOCKED_AGE))
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_whose_owner_has_exited_are_removed() {
        let base = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = base.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            folder
        };
        let (exited, living) = (folder("tach-mmap-1-exited"), folder("tach-mmap-1-living"));
        let (starting, other) = (folder("tach-mmap-1-starting"), folder("other"));
        std::fs::write(exited.join(LOCK), "").unwrap();
        std::fs::write(other.join(LOCK), "").unwrap();
        let lock = File::create(living.join(LOCK)).unwrap();
        lock.lock().unwrap();
        sweep(base.path());
        assert!(!exited.exists());
        for kept in [living, starting, other] {
            assert!(kept.exists(), "{}", kept.display());
        }
    }

    #[test]
    fn a_workers_folder_goes_with_its_last_holder_and_the_private_one_with_the_last_worker() {
        let supervisor = Arc::new(Folder::open(None).unwrap());
        let private = supervisor.private.path().to_owned();
        let worker = supervisor.for_worker(7);
        let (path, image) = (worker.path().to_owned(), Arc::clone(&worker));
        std::fs::write(path.join("77-0.bin"), "half an image").unwrap();
        drop((supervisor, worker));
        assert!(path.exists(), "an image is still being read");
        drop(image);
        assert!(!private.exists());
    }
}

//! The private folder through which pictures are handed over by `mmap`, and what becomes of files nobody took.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tach_protocol::Reply;
use tach_protocol::reply::MappedFile;

/// A folder for the files of one supervisor's workers.
#[derive(Debug)]
pub(crate) enum Folder {
    /// Ours: removed with everything in it when the supervisor ends.
    Own(tempfile::TempDir),
    /// The caller's: files stay until their receiver removes them.
    Given(PathBuf),
}

/// Names of private folders start so; the number after it is the process that owns it.
const PREFIX: &str = "tach-mmap-";

impl Folder {
    /// Uses the caller's folder, or makes a private one and sweeps those of supervisors that are dead.
    ///
    /// # Errors
    /// What the system says when it cannot make the folder.
    pub(crate) fn open(given: Option<&Path>) -> io::Result<Self> {
        if let Some(folder) = given {
            std::fs::create_dir_all(folder)?;
            return Ok(Self::Given(folder.to_owned()));
        }
        let base = std::env::temp_dir();
        sweep(&base);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        tempfile::Builder::new().prefix(&prefix).tempdir_in(base).map(Self::Own)
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Given(folder) => folder,
        }
    }

    /// Removes the file of a reply that reaches nobody.
    pub(crate) fn discard(&self, reply: &Reply) {
        if let Some(path) = picture_file(reply)
            && path.starts_with(self.path())
        {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Removes from `folder` what a worker that is gone wrote and no reply names, so that nobody will ever take it: what has a higher
/// number than `last`, the file of its last reply with one.
///
/// Files from before its `start` are another's that had its process number.
pub(crate) fn sweep_worker(folder: &Path, pid: u32, start: SystemTime, last: Option<&Path>) {
    let handed_over = last.and_then(Path::file_name).and_then(|name| file_number(name, pid));
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let unnamed = file_number(&entry.file_name(), pid).is_some_and(|number| Some(number) > handed_over);
        if unnamed && entry.metadata().and_then(|data| data.modified()).is_ok_and(|modified| modified >= start) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The file through which a reply hands its picture over.
pub(crate) fn picture_file(reply: &Reply) -> Option<PathBuf> {
    MappedFile::named_by(reply.outcome.as_ref().ok()?.get()).map(|file| file.path)
}

/// Which of its files a worker's `PID-NUMBER.bin` is, counted from 0.
fn file_number(name: &OsStr, pid: u32) -> Option<u64> {
    let (owner, number) = name.to_str()?.strip_suffix(".bin")?.split_once('-')?;
    (owner.parse() == Ok(pid)).then(|| number.parse().ok())?
}

/// A reply on its way to its caller. Where it is not taken, because the caller left meanwhile, its picture is removed.
#[derive(Debug)]
pub(crate) struct Delivery(Option<(Reply, Arc<Folder>)>);

impl Delivery {
    pub(crate) fn new(reply: Reply, folder: &Arc<Folder>) -> Self {
        Self(Some((reply, Arc::clone(folder))))
    }

    /// The reply, whose picture is its receiver's from now on, and the folder, which stays at least as long as it is held.
    pub(crate) fn take(mut self) -> Option<(Reply, Arc<Folder>)> {
        self.0.take()
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some((reply, folder)) = &self.0 {
            folder.discard(reply);
        }
    }
}

/// Removes the private folders of processes that are gone.
fn sweep(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|rest| rest.split('-').next());
        let Some(owner) = owner.and_then(|digits| digits.parse().ok()) else { continue };
        if !crate::os::process_exists(owner) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn of_a_dead_worker_only_what_no_reply_names_is_removed() {
        let all = ["77-0.bin", "77-1.bin", "77-10.bin", "77-2.bin", "77-2.bin.txt", "78-9.bin", "other"];
        let others = ["77-2.bin.txt", "78-9.bin", "other"];
        let since = SystemTime::now() - Duration::from_secs(60);
        let rows = [
            (Some("77-1.bin"), since, ["77-0.bin", "77-1.bin"].iter().chain(&others).collect::<Vec<_>>()),
            (None, since, others.iter().collect()),
            (Some("78-9.bin"), since, others.iter().collect()),
            (None, SystemTime::now() + Duration::from_secs(60), all.iter().collect()),
        ];
        for (last, start, kept) in rows {
            let place = tempfile::tempdir().unwrap();
            for name in all {
                std::fs::write(place.path().join(name), "").unwrap();
            }
            sweep_worker(place.path(), 77, start, last.map(|name| place.path().join(name)).as_deref());
            assert!(names(place.path()).iter().eq(kept), "after {last:?}: {:?}", names(place.path()));
        }
    }
}

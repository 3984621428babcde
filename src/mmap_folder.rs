//! The private folder through which pictures are handed over by `mmap`, and what becomes of files nobody took.

use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};
use tach_protocol::Reply;

/// A folder for the files of one supervisor's workers.
#[derive(Debug)]
pub(crate) enum Folder {
    /// Ours: removed with everything in it when the supervisor ends.
    Own(tempfile::TempDir),
    /// The caller's: files stay until their receiver removes them.
    Given(PathBuf),
}

/// The place of a picture in a file, as a reply names it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Region {
    pub path: PathBuf,
    pub offset: u64,
    pub length: u64,
}

#[derive(Deserialize)]
struct HandedOver {
    mmap: Option<Region>,
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
        let Ok(data) = &reply.outcome else { return };
        if let Ok(HandedOver { mmap: Some(region) }) = serde_json::from_str(data.get())
            && region.path.starts_with(self.path())
        {
            let _ = std::fs::remove_file(region.path);
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

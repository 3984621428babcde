//! The folder of a confined worker for images and temporary files. It must exist before the rules that name it.
//!
//! `pyworker/engine/process/private_folder.py` makes the same one where nothing is confined.

use std::ffi::CString;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// The file that the owner of a private folder keeps locked as long as it runs.
const LOCK: &str = "lock";
/// A folder without a lock file is left alone for so long: its owner may be about to make one.
const UNLOCKED_AGE: Duration = Duration::from_secs(3600);

/// A private folder of this process and its lock.
static PRIVATE: Mutex<Option<(PathBuf, File)>> = Mutex::new(None);

/// Where a worker may write.
#[derive(Debug)]
pub(super) struct ImageFolder {
    /// The folder itself.
    pub(super) path: PathBuf,
    /// The folder of which it is removed at the end; `None` where the supervisor removes it, or the next start.
    pub(super) parent: Option<PathBuf>,
}

/// Makes the folder that the supervisor `named`, or a private one that [`release`] removes.
///
/// # Errors
/// What the system says.
pub(super) fn make(named: Option<&Path>) -> io::Result<ImageFolder> {
    if let Some(named) = named {
        DirBuilder::new().recursive(true).mode(0o700).create(named)?;
        return Ok(ImageFolder { path: named.to_owned(), parent: None });
    }
    let user = rustix::process::getuid();
    let root = std::env::temp_dir().join(format!("tach-worker-{}", user.as_raw()));
    let (path, parent) = if is_made_private(&root, user.as_raw()) {
        sweep(&root);
        (unique(&root.join(format!("{}-", std::process::id())))?, Some(root))
    } else {
        // Another user took the name first. That must neither stop this user's images nor let anyone read them.
        (unique(&std::env::temp_dir().join(format!("tach-worker-{}-{}-", user.as_raw(), std::process::id())))?, None)
    };
    let lock = File::create_new(path.join(LOCK))?;
    lock.lock()?;
    *PRIVATE.lock().unwrap_or_else(PoisonError::into_inner) = Some((path.clone(), lock));
    Ok(ImageFolder { path, parent })
}

/// Removes the private folder of this process, if there is one, unless a receiver has yet to take an image from it.
pub fn release() {
    let private = PRIVATE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((path, _lock)) = private {
        let _ = fs::remove_file(path.join(LOCK));
        let _ = fs::remove_dir(path);
    }
}

/// A new folder with a random name that begins so.
fn unique(prefix: &Path) -> io::Result<PathBuf> {
    let mut template = prefix.as_os_str().as_bytes().to_vec();
    template.extend_from_slice(b"XXXXXX");
    let mut template = CString::new(template)?.into_bytes_with_nul();
    // SAFETY: the template ends with NUL and is writable; the call changes its last six characters.
    if unsafe { libc::mkdtemp(template.as_mut_ptr().cast()) }.is_null() {
        return Err(io::Error::last_os_error());
    }
    template.pop();
    Ok(PathBuf::from(std::ffi::OsString::from_vec(template)))
}

/// Whether `root` is now a real folder that only this user may enter: made, or closed to others where it is ours.
fn is_made_private(root: &Path, user: u32) -> bool {
    let _ = DirBuilder::new().mode(0o700).create(root);
    let Ok(found) = root.symlink_metadata() else { return false };
    if !found.is_dir() || found.uid() != user {
        return false;
    }
    fs::set_permissions(root, fs::Permissions::from_mode(0o700)).is_ok()
}

/// Removes the folders below `root` whose owners have exited.
fn sweep(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().and_then(|name| name.split_once('-')).is_some_and(|(number, rest)| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !rest.is_empty()
        });
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_abandoned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    match fs::OpenOptions::new().read(true).write(true).open(folder.join(LOCK)) {
        Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock | TryLockError::Error(_))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let modified = folder.symlink_metadata().and_then(|data| data.modified());
            modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > UNLOCKED_AGE))
        }
        Err(_) => false,
    }
}

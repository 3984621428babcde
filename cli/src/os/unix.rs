//! The command line's system calls on Unix.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Gives a file that was made private the rights of an ordinary new one (0666 less the umask).
pub(crate) fn make_ordinary(file: &File) {
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    let _ = file.set_permissions(Permissions::from_mode(0o666 & !mask.bits()));
}

/// The user's folder for what can be made anew.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    base.map(|base| base.join("tach"))
}

/// Makes a folder, and those above it that are missing, that only this user may enter.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Undoes a parent's choice to ignore SIGCHLD, which is inherited and makes the system discard how workers end.
pub(crate) fn hear_of_children() {
    // SAFETY: no thread but this one runs yet, and the default action is no function of ours.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
    }
}

/// Becomes another program on the same standard streams. Returns only where that fails.
pub(crate) fn run_in_place(command: &mut Command) -> io::Result<ExitCode> {
    Err(command.exec())
}

//! The command line's system calls on Unix.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Gives a file that was made private the rights of an ordinary new one (0666 less the umask).
pub(crate) fn make_ordinary(file: &File) {
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    let _ = file.set_permissions(Permissions::from_mode(0o666 & !mask.bits()));
}

/// Becomes another program on the same standard streams. Returns only where that fails.
pub(crate) fn run_in_place(command: &mut Command) -> io::Result<ExitCode> {
    Err(command.exec())
}

//! Where results go: stdout, or a file that is whole or not there.

use super::exit::Failure;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use tach_supervisor::protocol::escape::escaped_lines;

/// Whether a path stands for stdout.
pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Writes a result to a file by way of a temporary one beside it, or to stdout for `-`.
///
/// A link is followed, and what is no ordinary file (a device, a pipe) is written to as it is: a new file in its place would
/// take it away from everybody.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::system(format_args!("cannot write `{}`", path.display()), &error);
    if is_stdout(path) {
        return match std::str::from_utf8(bytes) {
            Ok(text) => print_text(text),
            Err(_) => print(bytes),
        };
    }
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        let file = std::fs::OpenOptions::new().write(true).open(path);
        return file.and_then(|mut file| file.write_all(bytes)).map_err(failed);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".tach-").tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.flush()).map_err(failed)?;
    open_to_others(&file);
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A new content for a file, written beside it and put in its place at the end.
pub(super) struct Beside {
    file: io::BufWriter<tempfile::NamedTempFile>,
    path: std::path::PathBuf,
}

impl Beside {
    /// An empty file beside `path`, which is followed where it is a link.
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let made = tempfile::Builder::new().prefix(".tach-").tempfile_in(folder);
        let file =
            made.map_err(|error| Failure::system(format_args!("cannot write beside `{}`", path.display()), &error))?;
        open_to_others(&file);
        Ok(Self { file: io::BufWriter::new(file), path })
    }

    /// Adds bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| Failure::system("cannot write", &error))
    }

    /// Puts the new content in the place of the old one.
    pub(super) fn replace(self) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::system(format_args!("cannot write `{}`", self.path.display()), &error);
        let file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// Writes bytes to stdout. A reader that has exited is no failure.
pub(super) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::system("cannot write to stdout", &error))
        }
        _ => Ok(()),
    }
}

/// Prints text that may hold words of a document. A terminal gets control characters as visible escapes, so that a document
/// cannot give it commands; a file or a pipe gets the text as it is.
pub(super) fn print_text(text: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() { print(escaped_lines(text).as_bytes()) } else { print(text.as_bytes()) }
}

/// Prints a value as one line of JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let mut line = serde_json::to_string(value).map_err(|error| Failure::system("cannot write JSON", &error))?;
    line.push('\n');
    print_text(&line)
}

/// Temporary files are private; a result has the rights of any new file.
fn open_to_others(file: &tempfile::NamedTempFile) {
    super::os::make_ordinary(file.as_file());
}

//! The command line of the shim.

use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub const USAGE: &str = "\
usage: tach-host-shim [--python PATH]

Answers requests on stdin with replies on stdout, one JSON object a line (docs/protocol.md).
It is started by tach-supervisor, or by `tach worker`.

  --python PATH  the Python environment to embed: its folder or its executable
                 (default: TACH_PYTHON, python/ beside this program, VIRTUAL_ENV, the project's .venv)
  --help         print this and leave
  --version      print the version and leave

exit codes: 0 graceful stop, 64 bad arguments, 70 internal panic, 78 self-check failed,
            124 wedged after a deadline, 137 hard memory limit
";

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// Be a worker, with the environment at this place if one is given.
    Run {
        /// `--python`.
        python: Option<PathBuf>,
    },
    /// Print [`USAGE`].
    Help,
    /// Print the version.
    Version,
}

/// Reads the arguments behind the program's name.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, String> {
    let mut python = None;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--help" | "-h") => return Ok(Arguments::Help),
            Some("--version" | "-V") => return Ok(Arguments::Version),
            Some("--python") if python.is_none() => {
                let path = arguments.next().filter(|path| !path.is_empty());
                python = Some(PathBuf::from(path.ok_or("--python needs the path of a Python environment")?));
            }
            _ => return Err(format!("unexpected argument {}", argument.display())),
        }
    }
    Ok(Arguments::Run { python })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Arguments, String> {
        parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn good_ones() {
        assert_eq!(read(&[]), Ok(Arguments::Run { python: None }));
        assert_eq!(read(&["--python", "/v"]), Ok(Arguments::Run { python: Some("/v".into()) }));
        assert_eq!(read(&["--python", "/v", "--help"]), Ok(Arguments::Help));
        assert_eq!(read(&["-V"]), Ok(Arguments::Version));
    }

    #[test]
    fn bad_ones() {
        assert!(read(&["--python"]).unwrap_err().contains("needs the path"));
        for wrong in [&["worker"][..], &["--pyton", "/v"], &["--python", "/a", "--python", "/b"], &["--python=/v"]] {
            assert!(read(wrong).unwrap_err().starts_with("unexpected argument"));
        }
    }
}

//! What runs in a worker process: the Rust shim, plain Python, or a program of the caller's.

use crate::error::StartError;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;
use tach_environment::NotFound;

/// The end of the message if a part of the worker is missing.
const HOW_TO_INSTALL: &str = "`cargo xtask demo` in a clone of the project makes both the shim and the environment, in \
target/release/tach-host-shim and .venv; then set TACH_HOST_SHIM and TACH_PYTHON to these paths. Without a clone, unpack a \
release bundle and set TACH_HOST_SHIM to its tach-host-shim and TACH_PYTHON to its folder python.";

/// The program of the workers.
#[derive(Clone, Debug)]
pub struct Host {
    kind: Kind,
    python: Option<PathBuf>,
}

#[derive(Clone, Debug)]
enum Kind {
    Shim(Option<PathBuf>),
    Python,
    Program(PathBuf, Vec<OsString>),
}

/// A program with its arguments and the variables that it needs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HostCommand {
    /// The executable.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Variables to set.
    pub env: Vec<(OsString, OsString)>,
    /// Whether it is a host of this project, which needs no other process once it is ready.
    pub is_ours: bool,
    /// Whether it takes documents by descriptor, where the system has that: then it opens none itself.
    pub takes_documents: bool,
}

impl Host {
    /// `tach-host-shim`: CPython embedded in Rust, with a guard that works while native code keeps the interpreter. It is
    /// looked for in `TACH_HOST_SHIM` and beside the executable.
    pub fn shim() -> Self {
        Self { kind: Kind::Shim(None), python: None }
    }

    /// `tach-host-shim` at this path.
    pub fn shim_at(path: impl Into<PathBuf>) -> Self {
        Self { kind: Kind::Shim(Some(path.into())), python: None }
    }

    /// `python -m pyworker`: the same worker without Rust.
    pub fn python() -> Self {
        Self { kind: Kind::Python, python: None }
    }

    /// Any program that speaks the protocol.
    pub fn program(program: impl Into<PathBuf>, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self { kind: Kind::Program(program.into(), args.into_iter().map(Into::into).collect()), python: None }
    }

    /// The Python environment to use: its folder or its executable. Default: `TACH_PYTHON`, `python/` beside the
    /// executable, `VIRTUAL_ENV`, the project's `.venv`, in this order.
    #[must_use]
    pub fn with_python(mut self, environment: impl Into<PathBuf>) -> Self {
        self.python = Some(environment.into());
        self
    }

    /// Finds the program and its environment.
    ///
    /// # Errors
    /// [`StartError::NotFound`] with every place that was looked at.
    pub fn resolve(&self) -> Result<HostCommand, StartError> {
        let python = || tach_environment::find_python(self.python.as_deref());
        match &self.kind {
            Kind::Program(program, args) => Ok(HostCommand {
                program: program.clone(),
                args: args.clone(),
                env: Vec::new(),
                is_ours: false,
                takes_documents: false,
            }),
            Kind::Shim(path) => {
                let (program, environment) = match (tach_environment::find_shim(path.as_deref()), python()) {
                    (Ok(program), Ok(environment)) => (program, environment),
                    (program, environment) => {
                        return Err(not_found(
                            &[program.err(), environment.err()].into_iter().flatten().collect::<Vec<_>>(),
                        ));
                    }
                };
                // A Windows bundle has no python.exe; it is known by its folder.
                let named = if environment.python.is_file() { environment.python } else { environment.root };
                let env = vec![("TACH_PYTHON".into(), named.into_os_string())];
                Ok(HostCommand { program, args: Vec::new(), env, is_ours: true, takes_documents: true })
            }
            Kind::Python => {
                let args = ["-I", "-m", "pyworker"].map(OsString::from).to_vec();
                Ok(HostCommand {
                    program: python().map_err(|error| not_found(&[error]))?.python,
                    args,
                    env: Vec::new(),
                    is_ours: true,
                    takes_documents: false,
                })
            }
        }
    }
}

/// One error for all that is missing, with the one way to get all of it.
fn not_found(missing: &[NotFound]) -> StartError {
    let mut text = String::new();
    for error in missing {
        let _ = writeln!(text, "{error}");
    }
    text.push_str(HOW_TO_INSTALL);
    StartError::NotFound(text)
}

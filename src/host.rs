//! What runs in a worker process: the Rust shim, plain Python, or a program of the caller's.

use crate::error::StartError;
use std::ffi::OsString;
use std::path::PathBuf;

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
pub struct HostCommand {
    /// The executable.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Variables to set.
    pub env: Vec<(OsString, OsString)>,
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
        let not_found = |error: tach_environment::NotFound| StartError::NotFound(error.to_string());
        let python = || tach_environment::find_python(self.python.as_deref()).map_err(not_found);
        match &self.kind {
            Kind::Program(program, args) => {
                Ok(HostCommand { program: program.clone(), args: args.clone(), env: Vec::new() })
            }
            Kind::Shim(path) => {
                let program = tach_environment::find_shim(path.as_deref()).map_err(not_found)?;
                let environment = python()?;
                // A Windows bundle has no python.exe; it is known by its folder.
                let named = if environment.python.is_file() { environment.python } else { environment.root };
                let env = vec![("TACH_PYTHON".into(), named.into_os_string())];
                Ok(HostCommand { program, args: Vec::new(), env })
            }
            Kind::Python => {
                let args = ["-I", "-m", "pyworker"].map(OsString::from).to_vec();
                Ok(HostCommand { program: python()?.python, args, env: Vec::new() })
            }
        }
    }
}

//! Starts the embedded interpreter, isolated in exactly one environment.

use super::native::tach_native;
use crate::os;
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::path::Path;
use tach_environment::PythonEnvironment;

/// Starts the interpreter on this thread, which becomes Python's main thread, and lets go of its lock.
///
/// Isolated (`PyConfig_InitIsolatedConfig`): no `PYTHON*` variable and no user's site folder counts; the path of the
/// environment's executable alone decides `sys.path`. Python installs no signal handlers, and faulthandler is on.
///
/// # Errors
/// A sentence that says what is wrong with the environment and what to do. Python's own report is on stderr then.
pub fn start(environment: &PythonEnvironment) -> Result<(), String> {
    let linked = linked_version();
    if let Some(found) = version_of(&environment.root, &linked).filter(|found| *found != linked) {
        return Err(format!(
            "the environment at {} holds Python {found}, but this worker was built for Python {linked}: make the \
             environment with Python {linked}, name another one with TACH_PYTHON, or build the worker again with \
             PYO3_PYTHON set to that Python",
            environment.root.display()
        ));
    }
    pyo3::append_to_inittab!(tach_native);
    initialize(&environment.python).map_err(|reason| {
        format!(
            "Python {linked} could not be started in the environment at {} ({reason}): make the environment anew, or \
             name another one with TACH_PYTHON",
            environment.root.display()
        )
    })?;
    Python::attach(register_stack_dump).map_err(|error| format!("faulthandler could not be set up: {error}"))
}

/// Major and minor version of the libpython that is linked in, as "3.11".
fn linked_version() -> String {
    // SAFETY: may be called before the interpreter is initialised; returns a static string.
    let version = unsafe { CStr::from_ptr(ffi::Py_GetVersion()) };
    major_minor(&version.to_string_lossy())
}

fn major_minor(version: &str) -> String {
    let digits = version.split(|character: char| !character.is_ascii_digit() && character != '.').next();
    digits.unwrap_or_default().splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
}

/// Version of the environment in `root`, read from its files; `None` where they don't tell. A folder that holds several
/// versions counts as `wanted` if that is among them.
fn version_of(root: &Path, wanted: &str) -> Option<String> {
    if let Ok(text) = std::fs::read_to_string(root.join("pyvenv.cfg")) {
        // venv writes `version`, virtualenv and uv `version_info`.
        let value = |name: &str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(key, _)| key.trim() == name)
                .map(|(_, value)| value)
        };
        return value("version").or_else(|| value("version_info")).map(|version| major_minor(version.trim()));
    }
    // Unix: lib/python3.11; Windows: python311.dll.
    let names =
        |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let versions: Vec<String> = names(&root.join("lib"))
        .chain(names(root))
        .filter_map(|name| {
            let name = name.to_str()?.strip_prefix("python3")?;
            let minor = name.strip_prefix('.').or_else(|| name.strip_suffix(".dll"))?;
            minor.parse::<u32>().ok().map(|minor| format!("3.{minor}"))
        })
        .collect();
    versions.iter().find(|version| *version == wanted).or_else(|| versions.first()).cloned()
}

fn initialize(python: &Path) -> Result<(), String> {
    let mut program = os::wide(python);
    program.push(0);

    // SAFETY: the configurations are initialised by Python before anything else touches them; every pointer outlives its
    // call; this is the only thread that knows of Python; SaveThread is called by the thread that initialised.
    unsafe {
        let mut before = MaybeUninit::<ffi::PyPreConfig>::zeroed();
        ffi::PyPreConfig_InitIsolatedConfig(before.as_mut_ptr());
        let mut before = before.assume_init();
        // An isolated start leaves the locale at "C", where file names would be ASCII.
        before.utf8_mode = 1;
        check(ffi::Py_PreInitialize(&raw const before))?;

        let mut config = MaybeUninit::<ffi::PyConfig>::zeroed();
        ffi::PyConfig_InitIsolatedConfig(config.as_mut_ptr());
        let mut config = config.assume_init();
        config.install_signal_handlers = 0;
        config.faulthandler = 1;
        // What a library prints must reach stderr before the process leaves without a word.
        config.buffered_stdio = 0;
        let field = &raw mut config.program_name;
        let mut outcome = check(ffi::PyConfig_SetString(&raw mut config, field, program.as_ptr()));
        if outcome.is_ok() {
            outcome = check(ffi::Py_InitializeFromConfig(&raw const config));
        }
        ffi::PyConfig_Clear(&raw mut config);
        outcome?;
        ffi::PyEval_SaveThread();
    }
    Ok(())
}

/// An error where the status is one; unlike `Py_ExitStatusException` it never ends the process.
fn check(status: ffi::PyStatus) -> Result<(), String> {
    // SAFETY: reads the status only.
    if unsafe { ffi::PyStatus_Exception(status) } == 0 {
        return Ok(());
    }
    let text = |pointer: *const std::ffi::c_char| {
        // SAFETY: the strings of a status are static, or null.
        (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
    };
    Err(text(status.err_msg).unwrap_or_else(|| format!("exit status {}", status.exitcode)))
}

/// Has faulthandler answer [`os::STACKS_SIGNAL`], where the system has one, with the stacks of all threads on stderr.
fn register_stack_dump(py: Python<'_>) -> PyResult<()> {
    let Some(signal) = os::STACKS_SIGNAL else { return Ok(()) };
    let options = pyo3::types::PyDict::new(py);
    options.set_item("file", 2)?;
    options.set_item("all_threads", true)?;
    options.set_item("chain", false)?;
    py.import("faulthandler")?.call_method("register", (signal,), Some(&options))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("tach-shim-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn versions_are_cut_to_two_parts() {
        assert_eq!(major_minor("3.11.7 (main, Jan 1 2024)"), "3.11");
        assert_eq!(major_minor("3.14.0rc1+"), "3.14");
        assert_eq!(major_minor("3.13.1.final.0"), "3.13");
        assert!(linked_version().starts_with("3."));
    }

    #[test]
    fn version_of_a_virtual_environment() {
        let folder = Folder::new("venv");
        std::fs::write(folder.0.join("pyvenv.cfg"), "home = /usr/bin\nversion = 3.12.1\n").unwrap();
        assert_eq!(version_of(&folder.0, "3.11").as_deref(), Some("3.12"));
        std::fs::write(folder.0.join("pyvenv.cfg"), "home = /usr/bin\nversion_info = 3.10.2\n").unwrap();
        assert_eq!(version_of(&folder.0, "3.11").as_deref(), Some("3.10"));
    }

    #[test]
    fn version_of_an_installation() {
        let folder = Folder::new("root");
        assert_eq!(version_of(&folder.0, "3.11"), None);
        std::fs::write(folder.0.join("python3.dll"), "").unwrap();
        assert_eq!(version_of(&folder.0, "3.11"), None);
        std::fs::write(folder.0.join("python313.dll"), "").unwrap();
        assert_eq!(version_of(&folder.0, "3.11").as_deref(), Some("3.13"));
        std::fs::create_dir_all(folder.0.join("lib").join("python3.11")).unwrap();
        assert_eq!(version_of(&folder.0, "3.11").as_deref(), Some("3.11"));
    }
}

//! Which environment variables a worker gets: a list, since the application's environment holds keys and tokens.
//!
//! Pure. What is not listed does not reach a worker, which reads hostile documents; `Builder::env` adds more.

use std::ffi::{OsStr, OsString};

/// Variables that are passed on where they are set.
const PASSED_ON: &[&str] = &[
    // Where programs, libraries, folders and the user's settings of language and time are.
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    // What the libraries of a worker read: models of Tesseract, and kernels chosen for a processor.
    "TESSDATA_PREFIX",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "RUST_BACKTRACE",
    // Our own.
    "TACH_ALLOWED_ROOTS",
    "TACH_DOCLING_ARTIFACTS",
    "TACH_DOCLING_LOAD",
    "TACH_DOCLING_PROFILE",
    "TACH_DOCLING_THREADS",
    "TACH_PAGE_CACHE_MB",
    "TACH_PYTHON",
    "TACH_SANDBOX",
    "TACH_TEST_FAULTS",
    "TACH_TEXT_CACHE_DIR",
    "TACH_WORKER_RAM_LIMIT_MB",
    "TACH_WORKER_TIMEOUT_MS",
];

/// The same for Windows, where system libraries look for their own folders there. Compared without regard to case.
const PASSED_ON_BY_WINDOWS: &[&str] = &[
    "ALLUSERSPROFILE",
    "APPDATA",
    "COMMONPROGRAMFILES",
    "COMSPEC",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROCESSOR_IDENTIFIER",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "PUBLIC",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];

/// Names that start so are passed on: locale categories; the prefix and switches of Wine, which stands for Windows in tests.
const PASSED_ON_PREFIXES: &[&str] = &["LC_", "WINE"];

/// Set in every worker, whatever the application has: switches that keep libraries from sending anything.
const ALWAYS: &[(&str, &str)] = &[("ORT_DISABLE_TELEMETRY", "1")];

/// Of `all` variables those that a worker gets.
pub(crate) fn inherited(all: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let always = ALWAYS.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    all.filter(|(name, _)| is_passed_on(name, cfg!(windows))).chain(always).collect()
}

/// The value of a variable; of two with one name the later one counts.
pub(crate) fn last<'a>(variables: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    variables.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
}

fn is_passed_on(name: &OsStr, on_windows: bool) -> bool {
    let Some(name) = name.to_str() else { return false };
    if !on_windows {
        return PASSED_ON.contains(&name) || PASSED_ON_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    }
    let name = name.to_ascii_uppercase();
    PASSED_ON.contains(&name.as_str())
        || PASSED_ON_BY_WINDOWS.contains(&name.as_str())
        || PASSED_ON_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_reaches_a_worker() {
        let rows = [
            ("PATH", true, true),
            ("Path", false, true),
            ("LC_ALL", true, true),
            ("TACH_ALLOWED_ROOTS", true, true),
            ("SystemRoot", false, true),
            ("ProgramFiles(x86)", false, true),
            ("AWS_SECRET_ACCESS_KEY", false, false),
            ("GITHUB_TOKEN", false, false),
            ("SSH_AUTH_SOCK", false, false),
            ("DBUS_SESSION_BUS_ADDRESS", false, false),
            ("LD_PRELOAD", false, false),
            ("PYTHONPATH", false, false),
            ("PYTHONEXECUTABLE", false, false),
            ("__PYVENV_LAUNCHER__", false, false),
            ("HTTPS_PROXY", false, false),
            ("TACH_PASSWORD", false, false),
            ("TACH_WORKER_TREE", false, false),
        ];
        for (name, on_unix, on_windows) in rows {
            assert_eq!(is_passed_on(name.as_ref(), false), on_unix, "{name}");
            assert_eq!(is_passed_on(name.as_ref(), true), on_windows, "{name} on Windows");
        }
    }
}

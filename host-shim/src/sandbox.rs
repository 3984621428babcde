//! Confines the worker before it reads its first document: what it may still read, write and ask of the system.
//!
//! [`enter`] runs on the only thread, before Python starts: what it takes away is missing for every thread that follows.
//! `docs/security.md` tells what each layer stops, and on which system.

mod plan;
mod python_paths;

use crate::confinement::Outcome;
use crate::os;
use std::ffi::OsString;
use tach_environment::PythonEnvironment;
use tach_protocol::limits::SANDBOX;

/// What `TACH_SANDBOX` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Every layer that this system has; `ready` says what is missing.
    #[default]
    Auto,
    /// Every layer, or no start.
    Require,
    /// None.
    Off,
}

impl Mode {
    /// Reads the variable's value; empty counts as not set.
    ///
    /// # Errors
    /// A sentence that names the variable.
    pub fn read(value: Option<OsString>) -> Result<Self, String> {
        let value = value.unwrap_or_default();
        match value.to_str() {
            Some("" | "auto") => Ok(Self::Auto),
            Some("require") => Ok(Self::Require),
            Some("off") => Ok(Self::Off),
            _ => Err(format!("{SANDBOX} must be auto, require or off, not {}; correct or unset it", value.display())),
        }
    }
}

/// Confines this process as `mode` asks. Call it once, from the only thread, with the stream taken over. Where documents come over
/// `document_socket` it may open none itself.
///
/// # Errors
/// What is missing, where `mode` requires all of it.
pub fn enter(mode: Mode, environment: &PythonEnvironment, document_socket: Option<i32>) -> Result<Outcome, String> {
    if mode == Mode::Off {
        return Ok(Outcome { is_confined: false, report: format!("off, because {SANDBOX}=off is set") });
    }
    let mut outcome = os::confine(&plan::make(environment, document_socket, |name| std::env::var_os(name)));
    if document_socket.is_some() {
        outcome.report.push_str("; documents by descriptor");
    }
    if mode == Mode::Require && !outcome.is_confined {
        return Err(format!(
            "{SANDBOX}=require, but the worker cannot be confined here: {}; set {SANDBOX}=auto to start it all the same",
            outcome.report
        ));
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_and_others_refused() {
        let read = |text: &str| Mode::read(Some(text.into()));
        assert_eq!(Mode::read(None), Ok(Mode::Auto));
        assert_eq!(read(""), Ok(Mode::Auto));
        assert_eq!(read("auto"), Ok(Mode::Auto));
        assert_eq!(read("require"), Ok(Mode::Require));
        assert_eq!(read("off"), Ok(Mode::Off));
        for wrong in ["0", "Off", "none", " off"] {
            let message = read(wrong).unwrap_err();
            assert!(message.contains("TACH_SANDBOX") && message.contains(wrong), "{message}");
        }
    }
}

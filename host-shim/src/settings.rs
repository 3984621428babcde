//! The variables of the environment that the host itself needs; pyworker reads them too and checks the others.

use crate::sandbox::Mode;
use std::ffi::OsString;
use tach_protocol::limits::{
    DEFAULT_RAM_SOFT_MB, DEFAULT_TIMEOUT_MS, MAX_RAM_SOFT_MB, MAX_TIMEOUT_MS, SANDBOX, ram_hard_mb,
};
use tach_protocol::reply::Limits;

/// Limits of this worker and whether it may be made to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Memory limits and default deadline.
    pub limits: Limits,
    /// Whether the `fault` command exists (`TACH_TEST_FAULTS=1`).
    pub faults: bool,
    /// How far the worker confines itself (`TACH_SANDBOX`).
    pub sandbox: Mode,
}

impl Settings {
    /// Reads the variables with `lookup`. One that is empty counts as not set.
    ///
    /// # Errors
    /// A sentence that names the variable whose value is not usable.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let integer = |name: &str, default: u64, most: u64| match lookup(name).filter(|text| !text.is_empty()) {
            None => Ok(default),
            Some(text) => text
                .to_str()
                .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|text| text.parse().ok())
                .filter(|value| (1..=most).contains(value))
                .ok_or_else(|| {
                    format!("{name} must be an integer from 1 to {most}, not {}; correct or unset it", text.display())
                }),
        };
        let ram_soft_mb = integer("TACH_WORKER_RAM_LIMIT_MB", DEFAULT_RAM_SOFT_MB, MAX_RAM_SOFT_MB)?;
        let timeout_ms = integer("TACH_WORKER_TIMEOUT_MS", DEFAULT_TIMEOUT_MS.into(), MAX_TIMEOUT_MS.into())?;
        let timeout_ms = u32::try_from(timeout_ms).unwrap_or(MAX_TIMEOUT_MS);
        let limits = Limits { ram_soft_mb, ram_hard_mb: ram_hard_mb(ram_soft_mb), timeout_ms };
        let faults = lookup("TACH_TEST_FAULTS").is_some_and(|value| value == "1");
        Ok(Self { limits, faults, sandbox: Mode::read(lookup(SANDBOX))? })
    }
}

impl Default for Settings {
    fn default() -> Self {
        let ram_soft_mb = DEFAULT_RAM_SOFT_MB;
        let limits = Limits { ram_soft_mb, ram_hard_mb: ram_hard_mb(ram_soft_mb), timeout_ms: DEFAULT_TIMEOUT_MS };
        Self { limits, faults: false, sandbox: Mode::Auto }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        assert_eq!(read(&[]), Ok(Settings::default()));
        assert_eq!(read(&[("TACH_WORKER_RAM_LIMIT_MB", "")]), Ok(Settings::default()));
    }

    #[test]
    fn hard_limit_follows_the_soft_one() {
        let limits = read(&[("TACH_WORKER_RAM_LIMIT_MB", "301"), ("TACH_WORKER_TIMEOUT_MS", "70")]).unwrap().limits;
        assert_eq!(limits, Limits { ram_soft_mb: 301, ram_hard_mb: 451, timeout_ms: 70 });
    }

    #[test]
    fn unusable_values_are_named() {
        for value in ["0", "-1", "+5", "1.5", "many", "600001", " 5", "1_000", "99999999999999999999"] {
            let message = read(&[("TACH_WORKER_TIMEOUT_MS", value)]).unwrap_err();
            assert!(message.contains("TACH_WORKER_TIMEOUT_MS") && message.contains(value), "{message}");
        }
    }

    #[test]
    fn faults_need_exactly_one() {
        assert!(read(&[("TACH_TEST_FAULTS", "1")]).unwrap().faults);
        assert!(!read(&[("TACH_TEST_FAULTS", "true")]).unwrap().faults);
    }
}

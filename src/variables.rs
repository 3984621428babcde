//! The environment variables that set a supervisor's defaults.

use crate::error::StartError;
use std::ffi::OsString;

/// Reads an integer from 1 to `most`; `default` if the variable is not set, or is empty.
///
/// # Errors
/// [`StartError::Settings`] that names the variable, its range and its value.
pub(crate) fn integer(
    name: &str,
    default: u64,
    most: u64,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<u64, StartError> {
    let Some(text) = lookup(name).filter(|text| !text.is_empty()) else { return Ok(default) };
    text.to_str()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .filter(|value| (1..=most).contains(value))
        .ok_or_else(|| {
            let value = text.display();
            StartError::Settings(format!(
                "{name} must be an integer from 1 to {most}, not `{value}`; correct or unset it"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Option<&str>) -> Result<u64, String> {
        integer("TACH_WORKER_RAM_LIMIT_MB", 7, 1000, |_| value.map(Into::into)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_that_cannot_be_read_is_named() {
        assert_eq!([read(None), read(Some("")), read(Some("1000"))], [Ok(7), Ok(7), Ok(1000)]);
        for value in ["2G", "0", "-1", "1.5", " 5", "1001", "99999999999999999999", "٣"] {
            let error = read(Some(value)).unwrap_err();
            assert!(error.contains("TACH_WORKER_RAM_LIMIT_MB") && error.contains(value), "{error}");
        }
    }
}

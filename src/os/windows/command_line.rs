//! What `CreateProcessW` takes as text: the program's path, one quoted line of arguments, one block of variables.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Paths from this length on are only taken in their verbatim form (`MAX_PATH` less a file name of the old 8.3 kind).
const LONG_PATH: usize = 248;

/// The program's path, ended with NUL; a long one with the `\\?\` that lifts the limit of 260 characters.
pub(super) fn executable(program: &Path) -> io::Result<Vec<u16>> {
    let mut path: Vec<u16> = without_nul(std::path::absolute(program)?.as_os_str())?;
    if path.len() >= LONG_PATH && !starts_with(&path, r"\\?\") && !starts_with(&path, r"\\.\") {
        // A share has two backslashes of its own, which the form replaces.
        let (replaced, form) = if starts_with(&path, r"\\") { (2, r"\\?\UNC\") } else { (0, r"\\?\") };
        path.splice(0..replaced, form.encode_utf16());
    }
    path.push(0);
    Ok(path)
}

/// The program and its arguments as one line, ended with NUL, quoted so that the C runtime of the child takes it apart into
/// the very same words (its rules: "Parsing C command-line arguments" in Microsoft's documentation).
pub(super) fn quoted(program: &Path, args: &[OsString]) -> io::Result<Vec<u16>> {
    let mut line = Vec::new();
    // The program's name knows no escapes, and a path holds no quotes.
    line.push(u16::from(b'"'));
    line.extend(without_nul(program.as_os_str())?);
    line.push(u16::from(b'"'));
    for arg in args {
        line.push(u16::from(b' '));
        append_quoted(&mut line, &without_nul(arg)?);
    }
    line.push(0);
    Ok(line)
}

fn append_quoted(line: &mut Vec<u16>, arg: &[u16]) {
    const BACKSLASH: u16 = b'\\' as u16;
    const QUOTE: u16 = b'"' as u16;
    line.push(QUOTE);
    let mut backslashes = 0;
    for &unit in arg {
        if unit == BACKSLASH {
            backslashes += 1;
        } else {
            // Backslashes are themselves except before a quote, where each needs another, and the quote one more.
            if unit == QUOTE {
                line.extend(std::iter::repeat_n(BACKSLASH, backslashes + 1));
            }
            backslashes = 0;
        }
        line.push(unit);
    }
    line.extend(std::iter::repeat_n(BACKSLASH, backslashes));
    line.push(QUOTE);
}

/// The variables, of which a later one replaces an earlier one of its name, in the form and order that the system keeps them: `NAME=value` each
/// ended with NUL, sorted without regard to case, one more NUL at the end. Names that differ only in case are one variable.
pub(super) fn environment(all: impl Iterator<Item = (OsString, OsString)>) -> io::Result<Vec<u16>> {
    let mut variables = BTreeMap::new();
    for (name, value) in all {
        let (name, value) = (without_nul(&name)?, without_nul(&value)?);
        variables.insert(upper_case(&name), (name, value));
    }
    let mut block = Vec::new();
    for (name, value) in variables.into_values() {
        block.extend(name);
        block.push(u16::from(b'='));
        block.extend(value);
        block.push(0);
    }
    if block.is_empty() {
        block.push(0);
    }
    block.push(0);
    Ok(block)
}

fn upper_case(name: &[u16]) -> Vec<u16> {
    let upper = |unit: u16| {
        let character = char::from_u32(u32::from(unit));
        let mut cases = character.into_iter().flat_map(char::to_uppercase);
        match (cases.next(), cases.next()) {
            (Some(one), None) => u16::try_from(u32::from(one)).unwrap_or(unit),
            _ => unit,
        }
    };
    name.iter().copied().map(upper).collect()
}

fn starts_with(text: &[u16], prefix: &str) -> bool {
    text.len() >= prefix.len() && prefix.encode_utf16().zip(text).all(|(wanted, unit)| wanted == *unit)
}

fn without_nul(text: &OsStr) -> io::Result<Vec<u16>> {
    let units: Vec<u16> = text.encode_wide().collect();
    if units.contains(&0) {
        let shown = OsString::from_wide(&units);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("a NUL character in {}", shown.display())));
    }
    Ok(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(units: &[u16]) -> String {
        String::from_utf16(units).unwrap()
    }

    #[test]
    fn arguments_are_quoted_by_the_rules_of_the_c_runtime() {
        let table = [
            ("plain", r#""plain""#),
            ("", r#""""#),
            ("two words", r#""two words""#),
            (r#"say "hi""#, r#""say \"hi\"""#),
            (r"C:\folder\", r#""C:\folder\\""#),
            (r#"C:\a\"b"#, r#""C:\a\\\"b""#),
            ("Tài liệu", r#""Tài liệu""#),
        ];
        for (argument, expected) in table {
            let line = quoted(Path::new("p"), &[argument.into()]).unwrap();
            assert_eq!(text(&line), format!("\"p\" {expected}\0"));
        }
    }

    #[test]
    fn variables_are_sorted_and_changed_whatever_their_case() {
        let inherited = [("Path", "old"), ("b", "2"), ("A", "1")].map(|(name, value)| (name.into(), value.into()));
        let block = environment(inherited.into_iter().chain([("PATH".into(), "new".into())])).unwrap();
        assert_eq!(text(&block), "A=1\0b=2\0PATH=new\0\0");
        assert_eq!(text(&environment(std::iter::empty()).unwrap()), "\0\0");
    }

    #[test]
    fn a_nul_is_refused() {
        assert!(quoted(Path::new("p"), &["a\0b".into()]).is_err());
        assert!(environment(std::iter::once(("A".into(), "\0".into()))).is_err());
    }

    #[test]
    fn long_paths_become_verbatim() {
        let long = format!(r"C:\{}\program.exe", "d".repeat(300));
        assert_eq!(text(&executable(Path::new(&long)).unwrap()), format!(r"\\?\{long}") + "\0");
        let shared = format!(r"server\share\{}\program.exe", "d".repeat(300));
        let verbatim = format!(r"\\?\UNC\{shared}");
        assert_eq!(text(&executable(Path::new(&format!(r"\\{shared}"))).unwrap()), format!("{verbatim}\0"));
        assert_eq!(text(&executable(Path::new(&verbatim)).unwrap()), format!("{verbatim}\0"));
        assert_eq!(text(&executable(Path::new(r"C:\Tài liệu\p.exe")).unwrap()), "C:\\Tài liệu\\p.exe\0");
    }
}

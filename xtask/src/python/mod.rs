//! Choosing the interpreter that the environment is made from.

mod candidates;
mod facts;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};
use tach_environment::layout::Platform;

use candidates::{Candidate, Surroundings};
pub use facts::Facts;

/// Variable that names the interpreter to make the environment from.
pub const TACH_BUILD_PYTHON: &str = "TACH_BUILD_PYTHON";

/// The interpreter that `TACH_BUILD_PYTHON` names, as written there.
pub fn named() -> Option<PathBuf> {
    env::var_os(TACH_BUILD_PYTHON).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// An interpreter that fits, and those that were asked before it.
pub struct Choice {
    /// What the chosen one said about itself.
    pub facts: Facts,
    /// `path: reason` of each one passed over.
    pub passed_over: Vec<String>,
}

/// Chooses the first interpreter of this machine that fits; where one is named, that one or none.
///
/// # Errors
/// No interpreter is fit: every one found with its reason, and what to do on this platform.
pub fn choose(named: Option<&Path>) -> Result<Choice> {
    let mut passed_over = Vec::new();
    let mut seen = Vec::new();
    let surroundings = Surroundings::of_this_machine(named.map(Path::to_path_buf));
    for candidate in candidates::candidates(&surroundings, &|path| path.is_file()) {
        let asked = ask(&candidate);
        if let Ok(facts) = &asked {
            if seen.contains(&facts.executable) {
                continue;
            }
            seen.push(facts.executable.clone());
        }
        match asked.and_then(|facts| facts.judge().map(|()| facts)) {
            Ok(facts) => return Ok(Choice { facts, passed_over }),
            Err(reason) => passed_over.push(format!("{candidate}: {reason}")),
        }
    }
    bail!("{}", refusal(&passed_over, named))
}

/// Asks the interpreter at `python` about itself.
pub fn facts_of(python: &Path) -> Result<Facts, String> {
    ask(&Candidate { program: python.to_path_buf(), arguments: Vec::new() })
}

fn ask(candidate: &Candidate) -> Result<Facts, String> {
    let mut python = isolated(&candidate.program);
    python.args(&candidate.arguments).args(["-c", facts::SCRIPT]);
    let output = python.stdin(Stdio::null()).output().map_err(|error| format!("can't be started ({error})"))?;
    if !output.status.success() {
        return Err(format!(
            "doesn't run ({})",
            reason(&String::from_utf8_lossy(&output.stderr), &output.status.to_string())
        ));
    }
    Facts::parse(&String::from_utf8_lossy(&output.stdout))
}

/// The line of an error output that says most: the last one of a traceback, else the first.
fn reason(stderr: &str, status: &str) -> String {
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or(status);
    let said = if first.starts_with("Traceback") { lines.next_back().unwrap_or(first) } else { first };
    said.to_owned()
}

/// A command for an interpreter that the caller's `PYTHON*` settings can't bend, and that reads and writes UTF-8.
pub fn isolated(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.env_remove("PYTHONHOME").env_remove("PYTHONPATH").env_remove("PYTHONSTARTUP");
    command.env("PYTHONUTF8", "1").env("PYTHONNOUSERSITE", "1");
    command
}

/// That interpreter's pip, which asks nothing.
pub fn pip(python: &Path, verb: &str) -> Command {
    let mut pip = isolated(python);
    pip.args(["-m", "pip", verb, "--no-input", "--disable-pip-version-check"]);
    pip
}

fn refusal(rejected: &[String], named: Option<&Path>) -> String {
    let mut lines = vec![match named {
        Some(_) => format!("the Python that {TACH_BUILD_PYTHON} names doesn't fit:"),
        None => "no Python on this machine fits:".to_owned(),
    }];
    if rejected.is_empty() {
        lines.push("  none was found on PATH or in the usual folders".to_owned());
    }
    lines.extend(rejected.iter().map(|line| format!("  {line}")));
    lines.push(format!("Needed is {}, with its shared library, venv and pip.", facts::NEEDED));
    lines.push(remedy().to_owned());
    lines.push(format!("Or set {TACH_BUILD_PYTHON} to the path of one that fits, then run the same command again."));
    lines.join("\n")
}

fn remedy() -> &'static str {
    match (env::consts::OS, Platform::CURRENT) {
        ("macos", _) => "Install one: `brew install python@3.13`.",
        (_, Platform::Windows) => {
            "Install one: `winget install --exact --id Python.Python.3.13` (then open a new terminal)."
        }
        (_, Platform::Unix) => {
            "Install one:\n  \
             Debian, Ubuntu   sudo apt-get install python3-dev python3-venv\n  \
             Fedora           sudo dnf install python3-devel\n  \
             Arch             sudo pacman -S python\n  \
             pyenv            PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install 3.13\n  \
             uv               uv python install 3.13"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_lists_each_candidate_and_the_remedy() {
        let text = refusal(&["/usr/bin/python3: is 3.9.2".to_owned()], None);
        for part in [
            "no Python on this machine fits",
            "/usr/bin/python3: is 3.9.2",
            "CPython 3.10",
            TACH_BUILD_PYTHON,
            "Install one",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let named = refusal(&[], Some(Path::new("/x/python")));
        assert!(named.starts_with("the Python that TACH_BUILD_PYTHON names doesn't fit"), "{named}");
    }

    #[test]
    fn the_telling_line_of_an_error_is_kept() {
        let table = [
            ("pyenv: python3.13: command not found\n\nNote: see pyenv help\n", "pyenv: python3.13: command not found"),
            ("Traceback (most recent call last):\n  File \"x\"\nImportError: no\n", "ImportError: no"),
            ("", "exit status: 3"),
        ];
        for (stderr, expected) in table {
            assert_eq!(reason(stderr, "exit status: 3"), expected);
        }
    }

    #[test]
    fn a_program_that_is_no_python_is_refused_with_its_own_words() {
        let missing = Path::new("/nowhere/python3.13");
        assert!(facts_of(missing).expect_err("no such file").starts_with("can't be started ("));
        let other = env::current_exe().expect("this test program");
        assert!(facts_of(&other).is_err());
    }
}

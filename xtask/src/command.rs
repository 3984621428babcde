//! Running other programs: shown before they run, refused unless they succeed.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Shows the command and runs it with this program's own output streams.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.stdin(Stdio::null()).status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs the command silently and gives its standard output; what it printed is shown only where it fails.
pub fn capture(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        bail!("`{}` ended with {status}\n{}{}", shown(command), String::from_utf8_lossy(&stdout), said.trim_end());
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}

fn cannot_start(command: &Command) -> String {
    format!("`{}` can't be started", command.get_program().to_string_lossy())
}

/// The command as a person would type it: cargo by its name, programs in the command's own folder without that folder.
pub fn shown(command: &Command) -> String {
    let path = Path::new(command.get_program());
    let program = match command.get_current_dir().map(|folder| path.strip_prefix(folder)) {
        _ if path.file_stem() == Some("cargo".as_ref()) => Path::new("cargo"),
        Some(Ok(inside)) => inside,
        _ => path,
    };
    let words = std::iter::once(program.as_os_str()).chain(command.get_args());
    let quoted = words.map(|word| {
        let word = word.to_string_lossy();
        if word.is_empty() || word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.into_owned() }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// A duration for people: milliseconds below a second, tenths below a minute, then minutes and seconds.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{} ms", duration.as_millis())
    } else if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:02} s", duration.as_secs() / 60, duration.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        let table = [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (59_940, "59.9 s"),
            (61_000, "1 min 01 s"),
            (3_600_000, "60 min 00 s"),
        ];
        for (milliseconds, text) in table {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn words_with_spaces_are_quoted() {
        let mut command = Command::new("tach");
        command.args(["crop", "Tầng 1.pdf", ""]);
        assert_eq!(shown(&command), "tach crop \"Tầng 1.pdf\" \"\"");
    }

    #[test]
    fn programs_go_by_the_name_a_person_would_type() {
        let table = [
            ("/opt/rust/bin/cargo", "cargo"),
            ("/srv/dự án/.venv/bin/python", ".venv/bin/python"),
            ("/usr/bin/python3", "/usr/bin/python3"),
        ];
        for (program, name) in table {
            assert_eq!(shown(Command::new(program).current_dir("/srv/dự án")), name);
        }
    }
}

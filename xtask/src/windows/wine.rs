//! Wine: a prefix of our own with two stand-in DLLs, and programs run in it under a deadline.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::places::target;
use super::toolchain;
use crate::command;
use crate::project::Project;

const WINE: &str = "/usr/lib/wine/wine64";
const WINE_SERVER: &str = "/usr/lib/wine/wineserver";
const UCRT: &str = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/ucrtbase.dll";
/// No dialog that offers to download Mono or a browser engine.
const NO_DOWNLOADS: &str = "mscoree,mshtml=";
/// What Wine marks its own DLLs with.
const MARK: &[u8] = b"Wine builtin DLL";
/// Functions that Wine 8's ucrtbase.dll only names; ucrtbase.c has them.
const LACKING: [&str; 4] = ["creal", "crealf", "cimag", "cimagf"];
/// What a program prints where Wine could not create a process: `ERROR_INTERNAL_ERROR`, as Rust or Python words it.
const NO_PROCESS: &str = "rror 1359";
/// How often a prefix is begun before the lane gives up: wineboot starts programs too, and once could not.
const PREFIX_ATTEMPTS: u32 = 3;
/// Name that Wine's own ucrtbase.dll gets, so that ours can forward to it.
const RENAMED: &str = "tachcrt";

/// A Windows of our own.
pub struct Wine {
    prefix: PathBuf,
}

impl Wine {
    /// Takes the prefix that is there, or makes it from nothing.
    ///
    /// # Errors
    /// Wine does not start, or a DLL can't be built.
    pub fn ensure(project: &Project) -> Result<Self> {
        let folder = target(project);
        let wine = Self { prefix: folder.join("wine") };
        let system = wine.prefix.join("drive_c/windows/system32");
        // The last file to be written, so that a prefix whose making was cut short is not taken for a whole one.
        let last = system.join("bcryptprimitives.dll");
        if !last.exists() {
            first_success(PREFIX_ATTEMPTS, || wine.boot(&system)).context("Wine's prefix")?;
            Self::write_ucrt(project, &folder.join("stand-ins"), &system)?;
            toolchain::dll(project, "bcryptprimitives.c", &last, &["-ladvapi32"])?;
        }
        Ok(wine)
    }

    /// Makes a prefix with Wine's own files. Nothing of an earlier attempt is kept: Wine takes a prefix that it has once begun for
    /// a whole one, even where it could not start the program that fills it.
    fn boot(&self, system: &Path) -> Result<()> {
        if self.prefix.exists() {
            self.shut_down();
            fs::remove_dir_all(&self.prefix).with_context(|| self.prefix.display().to_string())?;
        }
        fs::create_dir_all(&self.prefix)?;
        self.set_up("wineboot", &["-i"])?;
        ensure!(system.join("kernel32.dll").exists(), "wineboot left a prefix without kernel32.dll");
        self.set_up("winecfg", &["-v", "win10"])
    }

    /// Puts our ucrtbase.dll, which forwards all but [`LACKING`], in front of Wine's.
    fn write_ucrt(project: &Project, work: &Path, system: &Path) -> Result<()> {
        fs::create_dir_all(work)?;
        let mut image = fs::read(UCRT).context(UCRT)?;
        // Wine takes a file with its own mark for one that it has itself, under that file's name.
        let place = image.windows(MARK.len()).position(|bytes| bytes == MARK).context("Wine's mark in ucrtbase.dll")?;
        image[place..place + MARK.len()].fill(0);
        fs::write(system.join(format!("{RENAMED}.dll")), image)?;

        let listing = command::capture(Command::new("/usr/bin/x86_64-w64-mingw32-objdump").args(["-p", UCRT]))?;
        let mut definitions = "LIBRARY ucrtbase.dll\nEXPORTS\n".to_owned();
        for name in exports(&listing) {
            let target = if LACKING.contains(&name) { format!("tach_{name}") } else { format!("{RENAMED}.{name}") };
            writeln!(definitions, "  \"{name}\" = \"{target}\"")?;
        }
        let file = work.join("ucrtbase.def");
        fs::write(&file, definitions)?;
        // Over the link or file that the prefix has under this name.
        let output = system.join("ucrtbase.dll");
        let _ = fs::remove_file(&output);
        let file = file.to_string_lossy();
        toolchain::dll(project, "ucrtbase.c", &output, &["-nostdlib", "-e", "DllMainCRTStartup", &file])
    }

    /// A command that runs a Windows program. Nothing of this machine's environment reaches it.
    pub fn command(&self, program: &OsStr, arguments: &[&OsStr]) -> Command {
        let mut command = Command::new(WINE);
        command.arg(program).args(arguments).env_clear();
        command.env("WINEPREFIX", &self.prefix).env("HOME", &self.prefix).env("PATH", "/usr/bin:/bin");
        command.env("WINEDEBUG", "-all").env("LANG", "C.UTF-8");
        // Wine's debugger would hold every crash up for seconds.
        command.env("WINEDLLOVERRIDES", format!("ucrtbase=n;winedbg.exe=;{NO_DOWNLOADS}"));
        command
    }

    /// Runs a program of Wine's own, with Wine's own DLLs.
    fn set_up(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let arguments: Vec<_> = arguments.iter().map(OsStr::new).collect();
        let mut command = self.command(OsStr::new(program), &arguments);
        command.env("WINEDLLOVERRIDES", NO_DOWNLOADS);
        self.finish(command, Duration::from_secs(180))?.success(program).map(drop)
    }

    /// Runs a program to its end and gives what it printed, which is shown as it comes where `echo` is set. After the deadline
    /// everything in the prefix is killed.
    ///
    /// # Errors
    /// It can't be started, or was still there at the deadline.
    pub fn finish(&self, command: Command, deadline: Duration) -> Result<Outcome> {
        self.watch(command, deadline, false)
    }

    /// Like [`Self::finish`], with the program's output shown as it comes.
    pub fn finish_aloud(&self, command: Command, deadline: Duration) -> Result<Outcome> {
        println!("$ {}", command::shown(&command));
        self.watch(command, deadline, true)
    }

    fn watch(&self, mut command: Command, deadline: Duration, echo: bool) -> Result<Outcome> {
        // Wine's programs fail on a null device or a file as standard stream; pipes they take.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context(WINE)?;
        let (lines, heard) = mpsc::channel();
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
            child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        ];
        for mut stream in streams.into_iter().flatten() {
            let lines = lines.clone();
            thread::spawn(move || {
                let mut buffer = [0; 8192];
                while let Ok(length @ 1..) = stream.read(&mut buffer) {
                    if lines.send(buffer[..length].to_vec()).is_err() {
                        break;
                    }
                }
            });
        }
        drop(lines);
        let end = Instant::now() + deadline;
        let mut output = Vec::new();
        let status = loop {
            if let Ok(bytes) = heard.recv_timeout(Duration::from_millis(50)) {
                if echo {
                    print!("{}", String::from_utf8_lossy(&bytes));
                }
                output.extend(bytes);
            } else if let Some(status) = child.try_wait()? {
                break status;
            } else {
                // The other end of a closed channel answers at once.
                thread::sleep(Duration::from_millis(20));
            }
            if Instant::now() > end {
                self.kill(&mut child);
                bail!("not done after {}; it printed\n{}", command::duration(deadline), tail(&output));
            }
        };
        Ok(Outcome { status, output: String::from_utf8_lossy(&output).into_owned(), shown: echo })
    }

    /// Opens the desktop that the first program to ask for a font or a window would open for itself. Wine's desktop inherits
    /// the streams of the process that opens it, and stays; a test that waits for the end of a stream would wait for ever.
    ///
    /// # Errors
    /// It can't be started.
    pub fn desktop(&self, python: &Path) -> Result<Desktop> {
        const OPEN: &str = include_str!("../../scripts/open_desktop.py");
        let mut command = self.command(python.as_os_str(), &[OsStr::new("-c"), OsStr::new(OPEN)]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context(WINE)?;
        let mut word = [0; 4];
        child.stdout.as_mut().context("a pipe")?.read_exact(&mut word).context("Wine's desktop does not open")?;
        Ok(Desktop(child))
    }

    /// Ends every program in the prefix.
    fn kill(&self, child: &mut Child) {
        let _ = child.kill();
        let _ = child.wait();
        self.shut_down();
    }

    /// Ends every program in the prefix, and Wine's server.
    pub fn shut_down(&self) {
        let _ = Command::new(WINE_SERVER).arg("-k").env("WINEPREFIX", &self.prefix).status();
    }
}

/// Wine's desktop, open until this is dropped.
pub struct Desktop(Child);

impl Drop for Desktop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Gives the first success of up to `attempts` tries, and says of each failure before it that another try follows.
fn first_success(attempts: u32, attempt: impl Fn() -> Result<()>) -> Result<()> {
    for left in (1..attempts).rev() {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(error) => println!("{error:#}\nfrom nothing again ({left} more)"),
        }
    }
    attempt()
}

/// Runs a program; where Wine failed and not the program ([`Outcome::wines_own_fault`]), says so and runs it once more, and that
/// run decides.
///
/// # Errors
/// What `run` says.
pub fn second_run_decides(run: impl Fn() -> Result<Outcome>) -> Result<Outcome> {
    let outcome = run()?;
    let Some(fault) = outcome.wines_own_fault() else { return Ok(outcome) };
    if !outcome.shown {
        println!("{}", outcome.output);
    }
    println!("{}; {fault}, so a second run decides", outcome.status);
    run()
}

/// How a program ended.
pub struct Outcome {
    /// Its exit status, cut to 8 bits by Wine.
    pub status: ExitStatus,
    /// What it wrote to both streams.
    pub output: String,
    /// Whether that was printed as it came.
    shown: bool,
}

impl Outcome {
    /// What Wine itself did wrong in a run that failed, where it is known to have.
    fn wines_own_fault(&self) -> Option<&'static str> {
        if self.status.success() {
            None
        } else if self.status.code().is_none() {
            // A Windows program's own crash is an exit code here.
            Some("Wine itself died of a Unix signal")
        } else if self.output.contains(NO_PROCESS) {
            Some("Wine could not create a process (error 1359)")
        } else {
            None
        }
    }

    /// The output of a program that must have succeeded.
    ///
    /// # Errors
    /// It did not.
    pub fn success(self, what: &str) -> Result<String> {
        if !self.status.success() {
            bail!("{what} ended with {} under Wine\n{}", self.status, tail(self.output.as_bytes()));
        }
        Ok(self.output)
    }
}

fn tail(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(6000)..]).into_owned()
}

/// The names in the export table of `objdump -p`.
fn exports(listing: &str) -> impl Iterator<Item = &str> {
    let table = listing.split_once("[Ordinal/Name Pointer] Table").map_or("", |(_, table)| table);
    table.lines().skip(1).take_while(|line| !line.trim().is_empty()).filter_map(|line| line.split_whitespace().last())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    #[cfg(unix)]
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;
    use crate::windows::places;

    #[test]
    fn names_of_an_export_table() {
        let listing = "Export Address Table\n\t[   0] +base[   1] 1000 Export RVA\n\n\
                       [Ordinal/Name Pointer] Table\n\t[   0] _Cbuild\n\t[  12] acos\n\nThe Function Table\n x y\n";
        assert_eq!(exports(listing).collect::<Vec<_>>(), ["_Cbuild", "acos"]);
        assert_eq!(exports("no table").count(), 0);
    }

    /// A run that ended with a wait status as the kernel encodes it: a signal's number, or 256 times the exit code.
    #[cfg(unix)]
    fn ended(wait_status: i32, output: &str) -> Outcome {
        Outcome { status: ExitStatus::from_raw(wait_status), output: output.to_owned(), shown: true }
    }

    #[cfg(unix)]
    #[test]
    fn only_a_fault_of_wines_gets_a_second_run() {
        let rows = [
            (0, "test result: ok", 1),
            (0, "a test of what is said to Error 1359", 1),
            (101 << 8, "test result: FAILED", 1),
            (5 << 8, "an access violation of the program's own", 1),
            (101 << 8, "(os error 1359)", 2),
            (1 << 8, "[WinError 1359] Internal error", 2),
            (11, "", 2),
        ];
        for (wait_status, output, runs) in rows {
            let count = Cell::new(0);
            let last = second_run_decides(|| {
                count.set(count.get() + 1);
                Ok(ended(wait_status, output))
            });
            assert_eq!(count.get(), runs, "{wait_status} {output}");
            assert_eq!(last.unwrap().status, ExitStatus::from_raw(wait_status));
        }
    }

    #[test]
    fn a_prefix_is_begun_again_until_it_succeeds_or_the_attempts_are_used_up() {
        for (good_from, tries, succeeds) in [(1, 1, true), (3, 3, true), (4, 3, false)] {
            let count = Cell::new(0);
            let outcome = first_success(3, || {
                count.set(count.get() + 1);
                ensure!(count.get() >= good_from, "attempt {}", count.get());
                Ok(())
            });
            assert_eq!((count.get(), outcome.is_ok()), (tries, succeeds), "good from {good_from}");
        }
    }

    #[test]
    fn paths_are_on_the_drive_z() {
        assert_eq!(places::windows_path(Path::new("/home/Tài liệu/a b")), r"Z:\home\Tài liệu\a b");
    }
}

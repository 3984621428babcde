//! `cargo xtask windows`: builds for Windows and runs the tests under Wine.

pub mod places;
pub mod runtime;
pub mod toolchain;
pub mod wine;

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::dist;
use crate::environment::{self, Environment};
use crate::project::Project;
use crate::steps::{self, Step};
use places::{target, windows_path};
use wine::Wine;

/// Build for Windows and run the tests under Wine.
///
/// Installs what it needs of Debian's packages. docs/windows.md tells what can't be tried this way.
#[derive(clap::Args)]
pub struct Args {
    /// Run only this step and what it needs (may be repeated)
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Of the tests run only these: a Rust test program (`faults`), or a file `tests/python/test_NAME.py` (may be repeated)
    #[arg(long, value_name = "NAME")]
    tests: Vec<String>,
    /// List the steps and stop
    #[arg(long)]
    list: bool,
}

/// Rust tests that Wine 8 can't express, each with the reason. docs/windows.md lists them for people.
const RUST_BEYOND_WINE: [(&str, &str); 3] = [
    ("a_memory_bomb_is_stopped_by_the_job", "Wine 8 takes a job's memory limit and does not enforce it"),
    (
        "a_worker_that_closes_its_stdout_is_killed_for_it",
        "under Wine 8 a pipe ends only with the process that wrote to it",
    ),
    (
        "a_worker_in_a_terminal_stops_gracefully",
        "Wine gives a program no console without a screen, and a console event needs one",
    ),
];
/// Python tests that Wine 8 can't express, each with the reason.
const PYTHON_BEYOND_WINE: [(&str, &str); 1] = [(
    "test_the_thread_limit_holds_while_text_is_read",
    "Wine adds threads of its own to a process, and psutil counts them",
)];
/// What runs over each host. A bundle has the shim alone; `python -m pyworker`, which only a Python of one's own can start, has the
/// same engines, so of it the host is tested.
const HOSTS: [(&str, &[&str]); 2] =
    [("shim", &["tests/python"]), ("python", &["tests/python/test_host.py", "tests/python/test_faults.py"])];
/// How long one test program may take.
const LIMIT: Duration = Duration::from_secs(420);

/// Runs the lane.
pub fn run(project: &Project, args: &Args) -> Result<()> {
    let lane = Lane { project, tests: &args.tests, environment: OnceCell::new(), wine: OnceCell::new() };
    let steps = lane.steps();
    if args.list {
        steps::list(&steps);
        return Ok(());
    }
    let outcome = steps::run(steps, &args.only);
    if let Some(wine) = lane.wine.get() {
        wine.shut_down();
    }
    for (test, reason) in RUST_BEYOND_WINE.iter().chain(&PYTHON_BEYOND_WINE) {
        println!("not run under Wine: {test}: {reason}");
    }
    outcome
}

/// A test program's name without the hash that Cargo puts behind it.
fn program_name(program: &Path) -> String {
    let stem = program.file_stem().unwrap_or_default().to_string_lossy();
    stem.rsplit_once('-').map_or(stem.as_ref(), |(name, _)| name).to_owned()
}

struct Lane<'a> {
    project: &'a Project,
    /// Names of the tests to run; all where it is empty.
    tests: &'a [String],
    environment: OnceCell<Environment>,
    wine: OnceCell<Wine>,
}

impl Lane<'_> {
    fn steps(&self) -> Vec<Step<'_>> {
        vec![
            Step {
                name: "toolchain",
                about: "cross compiler, Wine and its prefix",
                needs: &[],
                run: Box::new(|| {
                    let wine = dist::windows::prepare(self.project)?;
                    self.wine.get_or_init(|| wine);
                    Ok(())
                }),
            },
            Step {
                name: "environment",
                about: ".venv has the locked packages",
                needs: &[],
                run: Box::new(|| {
                    let environment = environment::ensure(self.project, &environment::WORKER)?;
                    self.environment.get_or_init(|| environment);
                    Ok(())
                }),
            },
            Step {
                name: "build",
                about: "tach.exe, tach-host-shim.exe",
                needs: &["toolchain"],
                run: Box::new(|| dist::windows::build(self.project, "dev")),
            },
            Step {
                name: "bundle",
                about: "embeddable CPython with the Windows wheels of the lean lock",
                needs: &["build", "environment"],
                run: Box::new(|| self.bundle()),
            },
            Step {
                name: "rust-tests",
                about: "Rust unit and integration tests under Wine",
                needs: &["bundle"],
                run: Box::new(|| self.rust_tests()),
            },
            Step {
                name: "python-tests",
                about: "conformance tests under Wine, over both hosts",
                needs: &["bundle"],
                run: Box::new(|| self.python_tests()),
            },
            Step {
                name: "trial",
                about: "the bundle unpacked under an awkward path, with an empty environment",
                needs: &["bundle"],
                run: Box::new(|| self.trial()),
            },
            Step {
                name: "wheel",
                about: "the wheel with the bundle's programs, in a virtual environment",
                needs: &["bundle"],
                run: Box::new(|| self.wheel()),
            },
        ]
    }

    fn environment(&self) -> Result<&Environment> {
        self.environment.get().context("the environment step has not run")
    }

    fn wine(&self) -> Result<&Wine> {
        self.wine.get().context("the toolchain step has not run")
    }

    /// The bundle under test.
    fn folder(&self) -> PathBuf {
        target(self.project).join("bundle").join("tach-windows-x86_64")
    }

    /// Its Python.
    fn bundled_python(&self) -> PathBuf {
        self.folder().join("python")
    }

    fn bundle(&self) -> Result<()> {
        dist::windows::assemble(self.project, self.environment()?, "dev", &self.folder())?;
        let tools = target(self.project).join("test-packages");
        runtime::install(self.project, self.environment()?, "requirements-dev.txt", &tools)
    }

    fn rust_tests(&self) -> Result<()> {
        let wine = self.wine()?;
        let python = self.python_program()?;
        let _desktop = wine.desktop(&python)?;
        let mut failed = Vec::new();
        let programs = self.test_programs()?;
        for name in self.tests {
            let file = format!("tests/python/test_{name}.py");
            if !programs.iter().any(|program| program_name(program) == *name) && !self.project.root.join(file).exists()
            {
                bail!("--tests {name}: no Rust test program and no tests/python/test_{name}.py");
            }
        }
        for program in programs.iter().filter(|program| self.is_wanted(&program_name(program))) {
            let name = program_name(program);
            // One test at a time: Wine gives a process number to the next process at once, so that a test which waits for
            // a number to be gone would meet another test's worker under it.
            let mut arguments: Vec<&OsStr> = vec![OsStr::new("--test-threads=1")];
            for (test, _) in RUST_BEYOND_WINE {
                arguments.extend([OsStr::new("--skip"), OsStr::new(test)]);
            }
            let outcome = self.finish_tests(LIMIT, || {
                let mut command = wine.command(program.as_os_str(), &arguments);
                self.point_at_bundle(&mut command);
                // The fault `grandchild` starts a Python, which a bundle has none of.
                command.env("TACH_PYTHON", windows_path(&python));
                command.current_dir(&self.project.root).env("RUST_BACKTRACE", "0");
                command
            });
            match outcome {
                Ok(outcome) if outcome.status.success() && outcome.output.contains("test result: ok") => {}
                Ok(outcome) => failed.push(format!("{name} ended with {}", outcome.status)),
                Err(error) => failed.push(format!("{name}: {error:#}")),
            }
        }
        if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("\n")) }
    }

    /// Builds the test programs and gives their paths, in the order of their names.
    fn test_programs(&self) -> Result<Vec<PathBuf>> {
        let mut cargo = dist::windows::cargo(self.project, "test");
        cargo.args(["--no-run", "--message-format=json-render-diagnostics", "--lib", "--bins"]);
        // Each program is linked for half a minute, so only those that will run are.
        let folders =
            ["tests", "host-shim/tests", "cli/tests", "protocol/tests"].map(|folder| self.project.root.join(folder));
        let is_rust = |name: &&String| folders.iter().any(|folder| folder.join(format!("{name}.rs")).exists());
        if self.tests.is_empty() {
            cargo.arg("--tests");
        }
        cargo.args(self.tests.iter().filter(is_rust).flat_map(|name| ["--test", name]));
        println!("$ {}", command::shown(&cargo));
        let mut programs = Vec::new();
        for line in command::capture(&mut cargo)?.lines() {
            let message: serde_json::Value = serde_json::from_str(line)?;
            if message["profile"]["test"] == true
                && let Some(path) = message["executable"].as_str()
            {
                programs.push(PathBuf::from(path));
            }
        }
        programs.sort();
        // The shim and its test programs look for python311.dll beside themselves, as every Windows program does, and the DLL
        // for the place of its modules.
        let built = places::programs(self.project, "debug");
        let python = self.bundled_python();
        let places =
            [&python.join("python311.zip"), &python, &runtime::packages(&python)].map(|path| windows_path(path));
        for folder in [&built, &built.join("deps")] {
            fs::write(folder.join("python311._pth"), places.join("\n") + "\n")?;
            for dll in ["python311.dll", "python3.dll", "vcruntime140.dll", "vcruntime140_1.dll"] {
                fs::copy(self.bundled_python().join(dll), folder.join(dll)).with_context(|| dll.to_owned())?;
            }
        }
        Ok(programs)
    }

    /// Runs a test program to its end, its output shown as it comes.
    fn finish_tests(&self, limit: Duration, command: impl Fn() -> std::process::Command) -> Result<wine::Outcome> {
        wine::second_run_decides(|| self.wine()?.finish_aloud(command(), limit))
    }

    fn python_tests(&self) -> Result<()> {
        let python = self.python_program()?;
        let _desktop = self.wine()?.desktop(&python)?;
        let settings = windows_path(&self.project.root.join("pyworker/pyproject.toml"));
        let beyond: Vec<_> = PYTHON_BEYOND_WINE.iter().map(|(test, _)| *test).collect();
        let chosen = format!("not ({})", beyond.join(" or "));
        for (host, tests) in HOSTS {
            let tests = self.python_files(tests)?;
            if tests.is_empty() {
                continue;
            }
            let words = ["-m", "pytest", "-c", &settings, "-p", "no:cacheprovider", "-v", "--durations=10"];
            let mut arguments: Vec<OsString> = words.map(OsString::from).to_vec();
            arguments.extend(["-m", "not full", "-k", &chosen].map(OsString::from));
            arguments.extend(tests.iter().map(OsString::from));
            let arguments: Vec<_> = arguments.iter().map(OsString::as_os_str).collect();
            let wine = self.wine()?;
            let outcome = self.finish_tests(LIMIT * 3, || {
                let mut command = wine.command(python.as_os_str(), &arguments);
                self.point_at_bundle(&mut command);
                command.current_dir(&self.project.root).env("TACH_TEST_HOSTS", host);
                command
            })?;
            if !outcome.status.success() {
                bail!("pytest over the {host} host ended with {}", outcome.status);
            }
        }
        Ok(())
    }

    /// Whether it was named, or none was.
    fn is_wanted(&self, test: &str) -> bool {
        self.tests.is_empty() || self.tests.iter().any(|name| name == test)
    }

    /// Those of some Python tests that are to run: `among` itself, or the files below it that were named.
    fn python_files(&self, among: &[&str]) -> Result<Vec<String>> {
        if self.tests.is_empty() {
            return Ok(among.iter().map(ToString::to_string).collect());
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(self.project.root.join("tests/python"))? {
            let file = format!("tests/python/{}", entry?.file_name().to_string_lossy());
            let name = file.strip_prefix("tests/python/test_").and_then(|name| name.strip_suffix(".py"));
            if name.is_some_and(|name| self.is_wanted(name)) && among.iter().any(|start| file.starts_with(start)) {
                files.push(file);
            }
        }
        files.sort();
        Ok(files)
    }

    fn trial(&self) -> Result<()> {
        let zip = target(self.project).join("bundle").join("tach-windows-x86_64.zip");
        dist::archive::pack(self.environment()?, &self.folder(), &zip)?;
        dist::trial::windows(self.project, self.environment()?, self.wine()?, &zip)
    }

    fn wheel(&self) -> Result<()> {
        let (environment, out) = (self.environment()?, target(self.project).join("bundle"));
        let wheel = dist::wheel::make_for_windows(self.project, environment, &self.folder(), &out, false)?;
        dist::wheel::attempt_on_windows(self.project, environment, self.wine()?, &wheel)
    }

    /// A python.exe beside the bundle's Python, made of the same files, which also finds the packages of the tests.
    fn python_program(&self) -> Result<PathBuf> {
        let folder = target(self.project).join("test-python");
        let tools = target(self.project).join("test-packages");
        runtime::test_python(self.project, self.environment()?, &self.bundled_python(), &tools, &folder)
    }

    fn point_at_bundle(&self, command: &mut std::process::Command) {
        let path = |path: &Path| windows_path(path);
        command.env("TACH_PYTHON", path(&self.bundled_python()));
        command.env("TACH_HOST_SHIM", path(&self.bundled_python().join("tach-host-shim.exe")));
    }
}

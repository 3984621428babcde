//! `cargo xtask test`: everything that must pass, as a list of steps.

use std::cell::OnceCell;
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::environment::{self, Environment};
use crate::file_length;
use crate::project::Project;
use crate::steps::{self, Step};
use crate::structure;

/// Run everything that must pass.
///
/// Every step runs even where one before it failed, unless it needs that one. The last line is `N passed, N failed`.
#[derive(clap::Args)]
pub struct Args {
    /// Run only this step and what it needs (may be repeated)
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// List the steps and stop
    #[arg(long)]
    list: bool,
    /// Run the lane with the complete Docling (Torch, 6 GB) in its own environment, .venv-full
    #[arg(long)]
    full: bool,
    /// Run the lane with programs of others against the service, in .venv-clients: clients of docling-serve and MCP, Chromium over
    /// the page, everything that /openapi.json describes; and a queue on three servers
    #[arg(long, conflicts_with = "full")]
    clients: bool,
}

/// Builds the example, and programs that are named beside it, with the features that the tests have. Any other choice of
/// packages or of targets has other features, and libraries would be compiled once more.
pub const EXAMPLE: [&str; 6] = ["build", "--locked", "--workspace", "--all-features", "--example", "embed"];

/// Where a step looks for Python code of ours, relative to the project.
const PYTHON_CODE: [&str; 8] = [
    "pyworker",
    "clients/python",
    "tests/python",
    "tests/clients",
    "tests/queue",
    "benches",
    "docs/sample",
    "xtask/scripts",
];
const PYTHON_SETTINGS: &str = "pyworker/pyproject.toml";
/// Two files of tests at once; those of one file share workers.
const PYTHON_TESTS: [&str; 5] = ["-n2", "--dist=loadfile", "-m", "not full", "tests/python"];

/// Runs the lane.
pub fn run(project: &Project, args: &Args) -> Result<()> {
    let tools = Tools { project, environment: OnceCell::new(), full: OnceCell::new(), clients: OnceCell::new() };
    let steps = match args {
        Args { full: true, .. } => tools.full_lane(),
        Args { clients: true, .. } => tools.clients_lane(),
        _ => tools.lane(),
    };
    if args.list {
        steps::list(&steps);
        return Ok(());
    }
    steps::run(steps, &args.only)
}

/// The folders of our crates' sources.
const CRATES: [&str; 8] =
    ["protocol/src", "environment/src", "src", "host-shim/src", "service/src", "queue/src", "cli/src", "xtask/src"];

fn structure(project: &Project) -> Result<()> {
    let loops = CRATES.iter().map(|folder| structure::check_loops(&project.root.join(folder)));
    let wrong: Vec<_> = loops.chain([file_length::check(project)]).filter_map(Result::err).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    anyhow::bail!("{}", wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// What the steps share.
struct Tools<'a> {
    project: &'a Project,
    environment: OnceCell<Environment>,
    full: OnceCell<Environment>,
    clients: OnceCell<Environment>,
}

impl Tools<'_> {
    fn lane(&self) -> Vec<Step<'_>> {
        let cargo = |name, about, needs, arguments: &'static [&'static str]| Step {
            name,
            about,
            needs,
            run: Box::new(move || command::run(self.cargo()?.args(arguments))),
        };
        let python = |name, about, needs, arguments: Vec<&'static str>| Step {
            name,
            about,
            needs,
            run: Box::new(move || command::run(self.python(&self.environment)?.args(&arguments))),
        };
        let ruff = |verb: &[&'static str]| {
            let code = PYTHON_CODE.into_iter().filter(|folder| self.project.root.join(folder).exists());
            let start = ["-m", "ruff"].into_iter().chain(verb.iter().copied()).chain(["--config", PYTHON_SETTINGS]);
            start.chain(code).collect::<Vec<_>>()
        };
        vec![
            self.environment_step(),
            Step {
                name: "rustfmt",
                about: "Rust code is formatted",
                needs: &[],
                run: Box::new(|| command::run(self.project.bare_cargo().args(["fmt", "--all", "--check"]))),
            },
            Step {
                name: "structure",
                about: "no modules of a crate import each other in a loop, no file is over-long",
                needs: &[],
                run: Box::new(|| structure(self.project)),
            },
            Step {
                name: "cargo-deny",
                about: "licences and sources of the crates are those that deny.toml allows",
                needs: &["environment"],
                run: Box::new(|| {
                    let mut deny = self.tool("cargo-deny")?;
                    deny.args(["--locked", "--workspace", "check", "licenses", "bans", "sources"]);
                    command::run(&mut deny)
                }),
            },
            cargo(
                "clippy",
                "Rust code has no lint",
                &["environment"],
                &["clippy", "--locked", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"],
            ),
            Step {
                name: "rustdoc",
                about: "documentation of the crates builds without a warning",
                needs: &["environment"],
                run: Box::new(|| {
                    let mut doc = self.cargo()?;
                    doc.env("RUSTDOCFLAGS", "-D warnings");
                    command::run(doc.args(["doc", "--locked", "--workspace", "--no-deps", "--all-features"]))
                }),
            },
            self.build_step(),
            cargo(
                "cargo-test",
                "Rust unit, integration and documentation tests",
                &["build"],
                &["test", "--locked", "--workspace", "--all-features"],
            ),
            python("ruff", "Python code has no lint", &["environment"], ruff(&["check"])),
            python("ruff-format", "Python code is formatted", &["environment"], ruff(&["format", "--check"])),
            python(
                "mypy",
                "Python types hold, strictly",
                &["environment"],
                vec![
                    "-m",
                    "mypy",
                    "--strict",
                    "--config-file",
                    PYTHON_SETTINGS,
                    "pyworker",
                    "clients/python/tach_worker",
                ],
            ),
            python(
                "import-linter",
                "Python layers import only downwards",
                &["environment"],
                vec!["xtask/scripts/import_linter.py", PYTHON_SETTINGS],
            ),
            python(
                "pytest",
                "Python tests, over both hosts",
                &["build"],
                ["-m", "pytest", "-c", PYTHON_SETTINGS].into_iter().chain(PYTHON_TESTS).collect(),
            ),
        ]
    }

    fn full_lane(&self) -> Vec<Step<'_>> {
        vec![
            self.environment_step(),
            Step {
                name: "environment-full",
                about: ".venv-full has the complete Docling",
                needs: &["environment"],
                run: Box::new(|| {
                    // The shim embeds one libpython: both environments must be of the interpreter it was built for.
                    let base =
                        self.environment.get().context("the environment step has not run")?.facts.executable.clone();
                    store(&self.full, environment::ensure_with(self.project, &environment::FULL, Some(&base))?);
                    Ok(())
                }),
            },
            self.build_step(),
            Step {
                name: "pytest-full",
                about: "the full profile on small weights that the tests make",
                needs: &["environment-full", "build"],
                run: Box::new(|| {
                    let mut pytest = self.python(&self.full)?;
                    pytest.args(["-m", "pytest", "-c", PYTHON_SETTINGS, "-m", "full", "tests/python"]);
                    command::run(&mut pytest)
                }),
            },
        ]
    }

    fn clients_lane(&self) -> Vec<Step<'_>> {
        let clients = |name, about, needs, arguments: &'static [&'static str]| Step {
            name,
            about,
            needs,
            run: Box::new(move || {
                let mut clients = self.python(&self.clients)?;
                // The workers have the project's environment, the clients their own.
                let worker = self.environment.get().context("the environment step has not run")?;
                clients.env("TACH_PYTHON", &worker.root).env("TACH_PROGRAM", self.project.program("debug", "tach"));
                command::run(clients.args(arguments))
            }),
        };
        vec![
            self.environment_step(),
            Step {
                name: "environment-clients",
                about: ".venv-clients has the programs that speak to the service",
                needs: &[],
                run: Box::new(|| {
                    store(&self.clients, environment::ensure(self.project, &environment::CLIENTS)?);
                    Ok(())
                }),
            },
            self.build_step(),
            Step {
                name: "node-packages",
                about: ".venv-clients has the locked packages of Node",
                needs: &["environment-clients"],
                run: Box::new(|| command::run(self.python(&self.clients)?.arg("tests/clients/node_packages.py"))),
            },
            clients(
                "clients",
                "our own client, docling-serve's, MCP's, Haystack, Open WebUI's loaders",
                &["environment-clients", "build"],
                &["-m", "pytest", "-c", "tests/clients/pytest.ini", "-m", "not node", "tests/clients"],
            ),
            clients(
                "node-clients",
                "our own client for TypeScript, MCP's inspector",
                &["node-packages", "build"],
                &["-m", "pytest", "-c", "tests/clients/pytest.ini", "-m", "node", "tests/clients"],
            ),
            Step {
                name: "queue-cluster",
                about: "a queue on three servers, each killed in turn",
                needs: &["build"],
                run: Box::new(|| {
                    let test = ["test", "--locked", "--workspace", "--all-features", "--test", "queue_cluster"];
                    command::run(self.cargo()?.args(test).args(["--", "--nocapture"]))
                }),
            },
            clients(
                "queue-network",
                "2,000 requests over three hosts in namespaces, while nodes and server are killed and cut off",
                &["environment-clients", "build"],
                &["tests/queue/in_namespaces.py"],
            ),
            clients(
                "page",
                "the page in headless Chromium",
                &["environment-clients", "build"],
                &["tests/clients/page_in_chromium.py"],
            ),
            clients(
                "openapi",
                "schemathesis asks all that is described",
                &["environment-clients", "build"],
                &["tests/clients/ask_everything.py"],
            ),
        ]
    }

    fn build_step(&self) -> Step<'_> {
        Step {
            name: "build",
            about: "library, tach, host shim",
            needs: &["environment"],
            run: Box::new(|| {
                command::run(self.cargo()?.args(EXAMPLE).args(["--bin", "tach", "--bin", "tach-host-shim"]))
            }),
        }
    }

    fn environment_step(&self) -> Step<'_> {
        Step {
            name: "environment",
            about: ".venv has the locked packages",
            needs: &[],
            run: Box::new(|| {
                store(&self.environment, environment::ensure(self.project, &environment::TEST)?);
                Ok(())
            }),
        }
    }

    fn cargo(&self) -> Result<Command> {
        let environment = self.environment.get().context("the environment step has not run")?;
        let mut command = environment.cargo(self.project);
        command.env("TACH_HOST_SHIM", self.shim());
        Ok(command)
    }

    fn python(&self, environment: &OnceCell<Environment>) -> Result<Command> {
        let environment = environment.get().context("the environment step has not run")?;
        let mut command = environment.python(&self.project.root);
        command.env("TACH_HOST_SHIM", self.shim());
        Ok(command)
    }

    /// A program that a package of the environment installed.
    fn tool(&self, name: &str) -> Result<Command> {
        let environment = self.environment.get().context("the environment step has not run")?;
        let mut command = Command::new(environment.python.with_file_name(format!("{name}{EXE_SUFFIX}")));
        command.current_dir(&self.project.root);
        Ok(command)
    }

    fn shim(&self) -> PathBuf {
        self.project.program("debug", "tach-host-shim")
    }
}

fn store(cell: &OnceCell<Environment>, environment: Environment) {
    let Environment { facts, root, .. } = cell.get_or_init(|| environment);
    println!("Python {} in {}", facts.version, Path::new(root.file_name().unwrap_or_default()).display());
}

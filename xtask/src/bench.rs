//! `cargo xtask bench`: the criterion benchmarks, and other tools measured on the same work.

use anyhow::Result;

use crate::command;
use crate::environment;
use crate::project::Project;

/// Run benchmarks through the real supervisor, host and engine.
///
/// Without a name all criterion benchmarks run. `peers` measures other tools on the same work (benches/peers.py) and writes
/// its section of docs/benchmarks.md. `profiles` prints start and memory of each profile (benches/profiles.py). `queue` measures a
/// queue with 1 to 16 nodes on this machine (`benches/queue_scale.py`; `-- --chart docs/images` plots it). `service` measures
/// `/v1/batch` against `tach batch` (`benches/service_batch.py`). `large`, `heavy`, `shell` and `mixed` print what a large
/// file, a page that is slow to draw, a command at the shell and 100,000 boxes of mixed pages cost (`benches/cost.py`).
/// `page` prints how soon the page of `tach view` and its tiles are on the screen (`benches/page.py`; needs a Chromium).
/// `scale` shows how time and memory grow, and draws docs/images/scale-*.svg (`benches/scale.py`).
#[derive(clap::Args)]
pub struct Args {
    /// A benchmark in benches/, `peers`, `reading`, `profiles`, `queue`, `service`, `page`, `large`, `heavy`, `shell`, `mixed` or `scale`
    name: Option<String>,
    /// What follows `--` goes to the benchmark itself
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the benchmarks.
pub fn run(project: &Project, args: &Args) -> Result<()> {
    let environment = environment::ensure(project, &environment::TEST)?;
    let packages = ["--package", "tach-supervisor", "--package", "tach-host-shim"];
    command::run(environment.cargo(project).args(["build", "--release", "--locked"]).args(packages))?;
    let shim = project.program("release", "tach-host-shim");
    let mut bench = if args.name.as_deref() == Some("peers") {
        // The other tools live in an environment of their own; the worker keeps its one.
        let tools = environment::ensure_with(project, &environment::PEERS, Some(&environment.facts.executable))?;
        let example = ["build", "--release", "--locked", "--package", "tach-supervisor", "--example", "crop_timing"];
        command::run(environment.cargo(project).args(example))?;
        let mut peers = tools.python(&project.root);
        peers.env("TACH_PYTHON", &environment.root).arg("benches/peers.py");
        peers.arg("--timing").arg(project.program("release/examples", "crop_timing")).args(&args.arguments);
        peers
    } else if args.name.as_deref() == Some("reading") {
        let tools = environment::ensure_with(project, &environment::PEERS, Some(&environment.facts.executable))?;
        let mut reading = tools.python(&project.root);
        reading.env("TACH_PYTHON", &environment.root).arg("benches/reading.py").args(&args.arguments);
        reading
    } else if args.name.as_deref() == Some("profiles") {
        let mut profiles = environment.python(&project.root);
        profiles.arg("benches/profiles.py").args(&args.arguments);
        profiles
    } else if let Some(kind @ ("queue" | "service")) = args.name.as_deref() {
        command::run(environment.cargo(project).args(["build", "--release", "--locked", "--package", "tach-cli"]))?;
        let mut bench = environment.python(&project.root);
        bench.arg(if kind == "queue" { "benches/queue_scale.py" } else { "benches/service_batch.py" });
        bench.args(&args.arguments);
        bench
    } else if args.name.as_deref() == Some("page") {
        command::run(environment.cargo(project).args(["build", "--release", "--locked", "--package", "tach-cli"]))?;
        let clients = environment::ensure(project, &environment::CLIENTS)?;
        let mut page = environment.python(&project.root);
        page.env("TACH_PROGRAM", project.program("release", "tach"));
        page.arg("benches/page.py").arg("--browser-python").arg(clients.python).args(&args.arguments);
        page
    } else if args.name.as_deref() == Some("scale") {
        let parts = ["--package", "tach-cli", "--package", "tach-supervisor", "--bins", "--example", "queued"];
        command::run(environment.cargo(project).args(["build", "--release", "--locked"]).args(parts))?;
        let mut scale = environment.python(&project.root);
        scale.arg("benches/scale.py").args(&args.arguments);
        command::run(scale.env("TACH_HOST_SHIM", &shim))?;
        let tools = environment::ensure_with(project, &environment::PEERS, Some(&environment.facts.executable))?;
        let mut plots = tools.python(&project.root);
        plots.arg("benches/scale_plots.py");
        plots
    } else if let Some(kind @ ("large" | "heavy" | "shell" | "mixed")) = args.name.as_deref() {
        command::run(environment.cargo(project).args(["build", "--release", "--locked", "--package", "tach-cli"]))?;
        let mut cost = environment.python(&project.root);
        cost.args(["benches/cost.py", kind]).args(&args.arguments);
        cost
    } else {
        let mut bench = environment.cargo(project);
        bench.args(["bench", "--locked", "--package", "tach-supervisor"]);
        match &args.name {
            Some(name) => bench.args(["--bench", name]),
            // A pattern, because --benches would run the unit tests' harness too, which knows none of criterion's arguments.
            None => bench.args(["--bench", "*"]),
        };
        if !args.arguments.is_empty() {
            bench.arg("--").args(&args.arguments);
        }
        bench
    };
    command::run(bench.env("TACH_HOST_SHIM", shim))
}

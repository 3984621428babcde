//! `tach doctor`: each decision a worker's start depends on, what was found, and what to do about what is missing.

use super::exit::Failure;
use super::options::Common;
use super::output;
use clap::Args;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};
use tach_supervisor::{Error, ExtractText, OcrMode, StartError, Supervisor};

/// Arguments of `tach doctor`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// One check.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, ok: true, found: found.into(), remedy: None }
    }

    fn bad(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, ok: false, found: found.into(), remedy: Some(remedy.into()) }
    }
}

/// How long a program may take to tell its version.
const VERSION_DEADLINE: Duration = Duration::from_secs(20);

/// How long a worker may take to load what tells the languages that it reads.
const LANGUAGES_DEADLINE: Duration = Duration::from_secs(30);
/// A PDF of one page with a black square on it.
const BLANK_PAGE: &str = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] \
/Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R >>\nendobj\n4 0 obj\n\
<< /Length 16 >>\nstream\n20 20 60 60 re f\nendstream\nendobj\ntrailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n";

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut checks = Vec::new();
    match tach_environment::find_python(common.python.as_deref()) {
        Ok(python) => {
            checks.push(Check::good("environment", format!("{} ({:?})", python.root.display(), python.source)));
            // ASCII only: on Windows Python writes to a pipe in the code page of the system.
            let code = "import sys, sysconfig as s; print(sys.version.split()[0], s.get_config_var('INSTSONAME') or s.get_config_var('LDLIBRARY') or 'python DLL')";
            checks.push(match ask(&python.python, &["-I", "-c", code]).await {
                // Whether the embedded one starts is told by the worker.
                _ if !python.python.is_file() => Check::good("python", "embedded in the shim".to_owned()),
                Ok(version) => {
                    let version = version.replacen(' ', " · ", 1);
                    Check::good("python", format!("{} · {version}", python.python.display()))
                }
                Err(error) => Check::bad("python", error, "make the environment again with `cargo xtask demo`"),
            });
        }
        Err(error) => checks.push(Check::bad("environment", error.to_string(), "make one with `cargo xtask demo`")),
    }
    match tach_environment::find_shim(None) {
        Ok(shim) => checks.push(match ask(&shim, &["--version"]).await {
            Ok(version) => Check::good("shim", format!("{} · {version}", shim.display())),
            Err(error) => Check::bad(
                "shim",
                format!("{}: {error}", shim.display()),
                "it cannot load its Python library: build it again with `cargo xtask demo`",
            ),
        }),
        Err(error) => checks.push(Check::bad("shim", error.to_string(), "build it with `cargo xtask demo`")),
    }
    start_worker(common, &mut checks).await;

    let ok = checks.iter().all(|check| check.ok);
    if arguments.json {
        output::print_json(&serde_json::json!({ "ok": ok, "checks": checks }))?;
    } else {
        let mut text = String::new();
        for check in &checks {
            let _ =
                writeln!(text, "{} {:<12} {}", if check.ok { "ok     " } else { "MISSING" }, check.name, check.found);
            if let Some(remedy) = &check.remedy {
                let _ = writeln!(text, "        {:<12} → {remedy}", "");
            }
        }
        let _ = writeln!(
            text,
            "{}",
            if ok { "Everything a worker needs is here." } else { "A worker cannot do its work yet." }
        );
        output::print_text(&text)?;
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// Starts a worker as the application would, and looks at what it says of itself.
async fn start_worker(common: &Common, checks: &mut Vec<Check>) {
    let started = Instant::now();
    let supervisor = match common.builder().env("TACH_DOCLING_LOAD", "eager").start().await {
        Ok(supervisor) => supervisor,
        Err(error) => {
            let tail = match &error {
                StartError::Worker(body) => body.details.get("stderr_tail").and_then(|tail| tail.as_str()),
                _ => None,
            };
            let found = tail.map_or_else(|| error.to_string(), |tail| format!("{error}\n{tail}"));
            checks.push(Check::bad("worker", found, "the message says what is missing"));
            return;
        }
    };
    let ready_after = started.elapsed();
    let ping = supervisor.ping().await;
    let status = supervisor.status().await;
    let languages = ocr_languages(&supervisor).await;
    supervisor.shutdown().await;
    checks.push(match ping {
        Ok(()) => Check::good("worker", format!("ready after {:.2} s, answers", ready_after.as_secs_f64())),
        Err(Error { body, .. }) => Check::bad("worker", body.to_string(), "the message says what happened"),
    });
    let Some(status) = status else { return };
    let Some((worker, ready)) = status.workers.first().and_then(|worker| Some((worker, worker.ready.as_ref()?))) else {
        return;
    };
    let found = format!("{} · profile {}", ready.docling.as_deref().unwrap_or("not loaded"), ready.profile);
    checks.push(
        if ready.docling.is_some() || std::env::var("TACH_DOCLING_PROFILE").is_ok_and(|profile| profile == "none") {
            Check::good("docling", found)
        } else {
            Check::bad("docling", found, "install pyworker/requirements-lean.txt into the environment")
        },
    );
    checks.push(Check::good("capabilities", ready.capabilities.join(", ")));
    if let Some(languages) = languages {
        checks.push(Check::good("ocr", format!("reads {languages}")));
    }
    let report = ready.sandbox.as_deref().unwrap_or("the worker says nothing of it");
    let is_confined = ready.capabilities.iter().any(|name| name == "sandbox");
    checks.push(Check {
        remedy: (!is_confined).then(|| "docs/security.md tells what each missing layer would stop".to_owned()),
        ..Check::good("sandbox", report)
    });
    let rss = worker.rss_mb.map_or_else(|| "unknown".to_owned(), |rss| format!("{rss:.0} MB"));
    checks.push(Check::good(
        "limits",
        format!(
            "RSS now {rss}, soft {} MB, hard {} MB, system cap: {}, deadline {} ms",
            ready.limits.ram_soft_mb, ready.limits.ram_hard_mb, worker.memory_cap, ready.limits.timeout_ms
        ),
    ));
    checks.push(match &status.log_file {
        Some(log) => Check::good("log", log.display().to_string()),
        None => Check::good(
            "log",
            "none: there is no folder for it (HOME is not set, or it cannot be written); name one with --log-folder",
        ),
    });
}

/// The codes of the languages that OCR reads here, none without OCR: a worker that is asked for an unknown one names those it
/// knows.
async fn ocr_languages(supervisor: &Supervisor) -> Option<String> {
    let file = tempfile::Builder::new().suffix(".pdf").tempfile().ok()?;
    std::fs::write(file.path(), BLANK_PAGE).ok()?;
    let request = ExtractText::new(file.path(), 0).ocr(OcrMode::Always).languages(vec!["xx".to_owned()]);
    let error = supervisor.extract_text(request).timeout(LANGUAGES_DEADLINE).await.err()?;
    let languages = error.body.details.get("languages")?.as_array()?;
    Some(languages.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(", "))
}

async fn ask(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let run = tokio::process::Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
    match tokio::time::timeout(VERSION_DEADLINE, run).await {
        Ok(Ok(output)) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        Ok(Ok(output)) => {
            let error = String::from_utf8_lossy(&output.stderr);
            Err(format!("{}: {}", output.status, error.trim().lines().last().unwrap_or_default()))
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", VERSION_DEADLINE.as_secs())),
    }
}

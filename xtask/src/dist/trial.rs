//! Tries a bundle as a new user would: unpacked under an awkward path, with nothing of this machine's environment.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::archive;
use crate::command;
use crate::environment::Environment;
use crate::project::Project;
use crate::python;
use crate::windows::places::{programs, windows_path};
use crate::windows::wine::{self, Wine};

/// Name of the folder it is unpacked under.
const AWKWARD: &str = "Tài liệu của tôi";
/// Where a page of 200 × 100 pt has its red half, in points from the upper left corner.
const RED_HALF: &str = "0,0,100,100";
const LIMIT: Duration = Duration::from_secs(120);

/// Runs a program with arguments and gives its output.
type Run<'a> = dyn Fn(&Path, &[&OsStr]) -> Result<String> + 'a;

/// Tries the Windows bundle under Wine.
///
/// # Errors
/// A command of it failed, or its picture is not the page's.
pub fn windows(project: &Project, environment: &Environment, wine: &Wine, zip: &Path) -> Result<()> {
    let (folder, bundle) = unpack(project, environment, zip)?;
    let run = |program: &Path, arguments: &[&OsStr]| {
        let outcome = wine::second_run_decides(|| wine.finish(wine.command(program.as_os_str(), arguments), LIMIT))?;
        outcome.success(&program.to_string_lossy())
    };
    let named = |path: &Path| OsString::from(windows_path(path));
    let example = programs(project, "debug").join("examples").join("embed.exe");
    let programs = Programs { tach: bundle.join("tach.exe"), example, bundle };
    let outcome = attempt(environment, &folder, &programs, &run, &named);
    wine.shut_down();
    outcome
}

/// Tries the bundle for this machine's system.
///
/// # Errors
/// A command of it failed, its picture is not the page's, or a way out of its sandbox succeeded.
pub fn linux(project: &Project, environment: &Environment, zip: &Path) -> Result<()> {
    let (folder, bundle) = unpack(project, environment, zip)?;
    let bare = |program: &Path, arguments: &[&OsStr]| {
        // Nothing but a home, where the log goes.
        let mut bare = Command::new(program);
        bare.args(arguments).env_clear().env("HOME", &folder).current_dir(&folder);
        bare
    };
    let run = |program: &Path, arguments: &[&OsStr]| command::capture(&mut bare(program, arguments));
    let example = project.target.join("debug").join("examples").join("embed");
    let programs = Programs { tach: bundle.join("tach"), example, bundle };
    attempt(environment, &folder, &programs, &run, &|path| path.as_os_str().to_owned())?;

    let requests = folder.join("thoát.jsonl");
    fs::write(&requests, ESCAPE)?;
    let mut batch = bare(&programs.tach, &[OsStr::new("batch"), requests.as_os_str()]);
    let answer = command::capture(batch.env("TACH_TEST_FAULTS", "1").env("TACH_SANDBOX", "require"))?;
    ensure!(answer.contains("\"succeeded\":[]"), "not every way out of the sandbox was refused:\n{answer}");
    println!("no way out of the sandbox succeeded: {answer}");
    Ok(())
}

/// A worker that tries to leave its sandbox.
const ESCAPE: &str = "{\"id\":\"1\",\"cmd\":\"fault\",\"payload\":{\"kind\":\"escape\"},\"timeout_ms\":60000}\n";

/// What is tried.
struct Programs {
    bundle: PathBuf,
    tach: PathBuf,
    example: PathBuf,
}

fn unpack(project: &Project, environment: &Environment, zip: &Path) -> Result<(PathBuf, PathBuf)> {
    let folder = project.target.join("dist").join("trial").join(AWKWARD);
    let _ = fs::remove_dir_all(&folder);
    archive::unpack(environment, zip, &folder)?;
    let bundle = folder.join(zip.file_stem().context("a zip without a name")?);
    Ok((folder, bundle))
}

fn attempt(
    environment: &Environment,
    folder: &Path,
    programs: &Programs,
    run: &Run<'_>,
    named: &dyn Fn(&Path) -> OsString,
) -> Result<()> {
    let tach = |arguments: &[&OsStr]| run(&programs.tach, arguments);
    let (pdf, picture) = (folder.join("Bản vẽ 1.pdf"), folder.join("cắt.png"));
    let (requests, replies) = (folder.join("yêu cầu.jsonl"), folder.join("trả lời.jsonl"));
    fs::write(&pdf, page())?;
    let word = OsStr::new;
    println!("{}", tach(&[word("doctor")])?);

    let crop = [
        word("crop"),
        &named(&pdf),
        word("--page"),
        word("1"),
        word("--bbox"),
        word(RED_HALF),
        word("--dpi"),
        word("72"),
        word("--output"),
        &named(&picture),
    ];
    tach(&crop).context("crop")?;
    look_at(environment, &picture)?;

    let path = named(&pdf).to_string_lossy().replace('\\', "\\\\");
    let request = |id, cmd| format!("{{\"id\":\"{id}\",\"cmd\":\"{cmd}\",\"payload\":{{\"file_path\":\"{path}\"");
    let lines = [
        request("1", "document_info") + "}}",
        request("2", "extract_evidence") + ",\"page_index\":0,\"bbox\":[0,0,100,100]}}",
        request("3", "convert") + ",\"format\":\"text\"},\"timeout_ms\":60000}",
        request("4", "parse_table") + ",\"page_index\":0},\"timeout_ms\":60000}",
        request("5", "extract_text") + ",\"page_index\":0,\"ocr\":\"always\"},\"timeout_ms\":60000}",
    ];
    fs::write(&requests, lines.join("\n") + "\n")?;
    tach(&[word("batch"), &named(&requests), word("--output"), &named(&replies)]).context("batch")?;
    let answers = fs::read_to_string(&replies)?;
    let good = answers.lines().filter(|line| line.contains("\"status\":\"success\"")).count();
    ensure!(good == lines.len(), "{good} of {} requests of the batch succeeded:\n{answers}", lines.len());
    ensure!(answers.matches("Trial").count() >= 2, "the page's word was neither converted nor seen:\n{answers}");
    let picture = folder.join("nhúng.png");
    println!(
        "{}",
        run(&programs.example, &[&named(&programs.bundle), &named(&pdf), &named(&picture)]).context("embed")?
    );
    look_at(environment, &picture)?;
    println!("doctor, crop (its pixels looked at), batch and the example embed work in {}", folder.display());
    Ok(())
}

fn look_at(environment: &Environment, picture: &Path) -> Result<()> {
    let mut look = python::isolated(&environment.python);
    let seen = command::capture(look.args(["-c", LOOK]).arg(picture))?;
    ensure!(seen == "(100, 100) [(255, 0, 0)]", "the picture is {seen}, not the red half of the page");
    Ok(())
}

const LOOK: &str = include_str!("../../scripts/image_colours.py");

/// A PDF of one page, 200 × 100 pt, its left half red, with a word on the right.
fn page() -> String {
    let content = "1 0 0 rg 0 0 100 100 re f 0 g BT /F 12 Tf 120 40 Td (Trial) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", pdf.len());
        let _ = write!(pdf, "{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let start = pdf.len();
    pdf + &table + &format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1)
}

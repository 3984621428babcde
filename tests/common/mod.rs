//! What the integration tests share: supervisors over real workers, small PDFs, and looks at the process table.
#![allow(dead_code, missing_docs, reason = "each test binary uses its own part")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::{Fault, FaultKind};
use tach_supervisor::{Bbox, Builder, Command, ErrorCode, ExtractEvidence, Host, Reply, Request, Supervisor};

/// Generous bound for anything that starts a Python on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Settings for fault tests: no Docling, no log file, faults on.
pub fn builder() -> Builder {
    Supervisor::builder()
        .env("TACH_DOCLING_PROFILE", "none")
        .env("TACH_TEST_FAULTS", "1")
        .log_folder(None)
        .startup_timeout(PATIENCE)
        .host(Host::shim())
}

/// The fake worker with a way to misbehave.
pub fn fake(arguments: &[&str]) -> Host {
    Host::program(env!("CARGO_BIN_EXE_fake_worker"), arguments)
}

pub fn request(id: &str, command: Command, timeout: Option<Duration>) -> Request {
    let timeout_ms = timeout.map(|timeout| u32::try_from(timeout.as_millis()).expect("a short timeout"));
    Request { id: id.to_owned(), command, timeout_ms }
}

pub fn fault(id: &str, kind: FaultKind, amount: u32, timeout: Duration) -> Request {
    request(id, Command::Fault(Fault { kind, amount }), Some(timeout))
}

pub fn ping(id: &str) -> Request {
    request(id, Command::Ping(tach_supervisor::protocol::request::Ping {}), Some(Duration::from_secs(20)))
}

pub fn crop(path: &Path, id: &str) -> Request {
    let payload = ExtractEvidence::new(path, 0, Bbox::new(10.0, 10.0, 50.0, 50.0));
    request(id, Command::ExtractEvidence(payload), Some(Duration::from_secs(20)))
}

/// The code of an error reply; `None` for a success.
pub fn code(reply: &Reply) -> Option<ErrorCode> {
    reply.outcome.as_ref().err().map(|error| error.code)
}

pub fn details(reply: &Reply) -> &serde_json::Map<String, serde_json::Value> {
    &reply.outcome.as_ref().expect_err("an error reply").details
}

#[track_caller]
pub fn assert_success(reply: &Reply) {
    if let Err(error) = &reply.outcome {
        panic!("{:?} failed: {error} {:?}", reply.req_id, error.details);
    }
}

/// A PDF of one page of 200 × 200 pt with a red square at 50, 50 (from the upper left corner), 100 wide and high.
pub fn write_pdf(path: &Path) {
    let content = "1 0 0 rg 50 50 100 100 re f";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        offsets.push(pdf.len());
        let _ = write!(pdf, "{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let start = pdf.len();
    let _ = write!(pdf, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(pdf, "{offset:010} 00000 n ");
    }
    let _ = write!(pdf, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    std::fs::write(path, pdf).expect("the PDF is written");
}

/// Folder with a PDF whose content is its own.
pub fn document(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(format!("{name}.pdf"));
    write_pdf(&path);
    let mut bytes = std::fs::read(&path).expect("the PDF is read");
    bytes.extend_from_slice(format!("% {name}\n").as_bytes());
    std::fs::write(&path, bytes).expect("the PDF is written");
    (folder, path)
}

/// Waits until something is true, in small steps, up to a bound.
pub async fn eventually(what: &str, bound: Duration, mut is_true: impl FnMut() -> bool) {
    let until = Instant::now() + bound;
    while !is_true() {
        assert!(Instant::now() < until, "not within {bound:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Process ids of all ready workers.
pub async fn pids(supervisor: &Supervisor) -> Vec<u32> {
    let status = supervisor.status().await.expect("the supervisor runs");
    status.workers.iter().filter(|worker| worker.ready.is_some()).filter_map(|worker| worker.pid).collect()
}

/// Waits until this many workers are ready.
pub async fn ready(supervisor: &Supervisor, count: usize) {
    let until = Instant::now() + PATIENCE;
    while pids(supervisor).await.len() < count {
        assert!(Instant::now() < until, "{count} workers get ready");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether a process lives; one that is dead and not reaped does not.
#[cfg(target_os = "linux")]
pub fn lives(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !matches!(stat.rsplit(") ").next().and_then(|rest| rest.chars().next()), Some('Z' | 'X')))
}

/// As above, where there is no `/proc`.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn lives(pid: u32) -> bool {
    let state = listed(&["-o", "stat=", "-p", &pid.to_string()]);
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

#[cfg(all(unix, not(target_os = "linux")))]
fn listed(arguments: &[&str]) -> String {
    let output = std::process::Command::new("ps").args(arguments).output().expect("ps runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[cfg(windows)]
pub fn lives(pid: u32) -> bool {
    use windows::Win32::Foundation::{CloseHandle, STILL_ACTIVE};
    use windows::Win32::System::Threading::{GetExitCodeProcess, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION};
    // SAFETY: the handle is checked by the call, used while open, and closed once.
    unsafe {
        let Ok(process) = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, false, pid) else { return false };
        let mut code = 0;
        let alive = GetExitCodeProcess(process, &raw mut code).is_ok() && code == STILL_ACTIVE.0.cast_unsigned();
        let _ = CloseHandle(process);
        alive
    }
}

/// Every process below one, by the parents that the system names.
pub fn descendants(root: u32) -> Vec<u32> {
    let parents = parents();
    let mut family: Vec<u32> = Vec::new();
    let mut waiting = vec![root];
    while let Some(parent) = waiting.pop() {
        for (pid, _) in parents.iter().filter(|(_, of)| *of == parent) {
            family.push(*pid);
            waiting.push(*pid);
        }
    }
    family
}

/// Each process with its parent.
#[cfg(target_os = "linux")]
fn parents() -> Vec<(u32, u32)> {
    let entries = std::fs::read_dir("/proc").expect("the processes").flatten();
    entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let parent = stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect()
}

#[cfg(all(unix, not(target_os = "linux")))]
fn parents() -> Vec<(u32, u32)> {
    let numbers = |line: &str| {
        let mut words = line.split_whitespace().map(|word| word.parse().ok());
        Some((words.next()??, words.next()??))
    };
    listed(&["-A", "-o", "pid=,ppid="]).lines().filter_map(numbers).collect()
}

#[cfg(windows)]
fn parents() -> Vec<(u32, u32)> {
    use windows::Win32::Foundation::CloseHandle;
    use windows::Win32::System::Diagnostics::ToolHelp::{
        CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
    };
    let size = u32::try_from(size_of::<PROCESSENTRY32W>()).expect("a small structure");
    let mut entry = PROCESSENTRY32W { dwSize: size, ..Default::default() };
    let mut found = Vec::new();
    // SAFETY: the handle is checked by the call, used while open, and closed once; the entry is writable and says its size.
    unsafe {
        let snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0).expect("the processes");
        let mut more = Process32FirstW(snapshot, &raw mut entry);
        while more.is_ok() {
            found.push((entry.th32ProcessID, entry.th32ParentProcessID));
            more = Process32NextW(snapshot, &raw mut entry);
        }
        let _ = CloseHandle(snapshot);
    }
    // A number that has been given anew can name a process as the parent of an older one, or of itself.
    found.retain(|(pid, parent)| {
        pid != parent && !matches!((created(*pid), created(*parent)), (Some(child), Some(of)) if child < of)
    });
    found
}

/// When a process began, in the system's own units; `None` where it does not tell.
#[cfg(windows)]
fn created(pid: u32) -> Option<u64> {
    use windows::Win32::Foundation::{CloseHandle, FILETIME};
    use windows::Win32::System::Threading::{GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION};
    let [mut creation, mut exit, mut kernel, mut user] = [FILETIME::default(); 4];
    // SAFETY: the handle is checked by the call, used while open, and closed once; the times are live variables.
    let told = unsafe {
        let process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, false, pid).ok()?;
        let told = GetProcessTimes(process, &raw mut creation, &raw mut exit, &raw mut kernel, &raw mut user);
        let _ = CloseHandle(process);
        told
    };
    told.ok()?;
    Some(u64::from(creation.dwHighDateTime) << 32 | u64::from(creation.dwLowDateTime))
}

/// Kills a process as a stranger would.
#[cfg(unix)]
pub fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id");
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

#[cfg(windows)]
pub fn kill(pid: u32) {
    use windows::Win32::Foundation::CloseHandle;
    use windows::Win32::System::Threading::{OpenProcess, PROCESS_TERMINATE, TerminateProcess};
    // SAFETY: the handle is checked by the call, used while open, and closed once.
    unsafe {
        if let Ok(process) = OpenProcess(PROCESS_TERMINATE, false, pid) {
            let _ = TerminateProcess(process, 9);
            let _ = CloseHandle(process);
        }
    }
}

/// Asks a process, and every other of its console's group on Windows, for a graceful end, as a terminal does.
#[cfg(unix)]
pub fn ask_to_stop(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it can be asked");
}

#[cfg(windows)]
pub fn ask_to_stop(group: u32) {
    use windows::Win32::System::Console::{CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent};
    // SAFETY: no pointers.
    unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, group) }.expect("it can be asked");
}

/// Makes the command the leader of a group of its own, to which [`ask_to_stop`] can speak.
pub fn in_own_group(command: &mut std::process::Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(
        command,
        windows::Win32::System::Threading::CREATE_NEW_PROCESS_GROUP.0,
    );
}

/// Stops a process without ending it: it keeps what it holds and says nothing more.
#[cfg(unix)]
pub fn stop(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id");
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::STOP);
}

/// Windows has no such signal; the process is killed.
#[cfg(windows)]
pub fn stop(pid: u32) {
    kill(pid);
}

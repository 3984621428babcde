//! Looks at the process table and signals to processes, for the tests of all packages of this workspace.

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

/// Kills a process as an external process would.
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

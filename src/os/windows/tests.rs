use super::*;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::windows::io::{AsHandle, AsRawHandle};
use std::path::{Path, PathBuf};
use windows::Win32::Foundation::{CompareObjectHandles, HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows::Win32::System::Console::GetConsoleWindow;
use windows::Win32::System::JobObjects::IsProcessInJob;
use windows::Win32::System::Threading::GetCurrentProcess;
use windows::core::BOOL;

/// The test program itself, told by `TACH_OS_TEST` which part to play as a child.
fn this_program(test: &str, role: &str) -> SpawnSpec {
    SpawnSpec {
        program: std::env::current_exe().unwrap(),
        args: ["--exact", &format!("os::windows::tests::{test}"), "--nocapture"].map(Into::into).to_vec(),
        env: vec![("TACH_OS_TEST".into(), role.into())],
        memory_cap: None,
        is_confined: false,
        takes_documents: false,
    }
}

fn role() -> Option<String> {
    std::env::var("TACH_OS_TEST").ok()
}

/// What the child says after `SAYS `, each on a line of its own.
fn says(reader: &mut impl BufRead) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the child ended without a word");
        // The test harness writes its own words before ours, on the same line.
        if let Some((_, said)) = line.trim_end().split_once("SAYS ") {
            return said.to_owned();
        }
    }
}

#[test]
fn a_child_is_heard_and_its_exit_code_told() {
    if role().is_some() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        println!("SAYS {}", line.trim());
        // SAFETY: asks a question about this process.
        println!("SAYS window {}", !unsafe { GetConsoleWindow() }.is_invalid());
        let mut in_job = BOOL(0);
        // SAFETY: asks about this process, through a pointer to a live variable.
        unsafe { IsProcessInJob(GetCurrentProcess(), None, &raw mut in_job) }.unwrap();
        println!("SAYS job {}", in_job.as_bool());
        std::process::exit(78);
    }
    let mut spawned = spawn(&this_program("a_child_is_heard_and_its_exit_code_told", "echo")).unwrap();
    spawned.stdin.write_all("Tài liệu của tôi\n".as_bytes()).unwrap();
    let mut heard = BufReader::new(spawned.stdout);
    assert_eq!(says(&mut heard), "Tài liệu của tôi");
    assert_eq!(says(&mut heard), "window false");
    assert_eq!(says(&mut heard), "job true");
    let status = wait_then_kill_tree(&mut spawned.child, &spawned.tree).unwrap();
    assert_eq!(describe_exit(status), Exit::Code(78));
    assert!(!process_exists(spawned.child.id()));
}

#[test]
fn only_the_pipes_are_inherited() {
    if let Some(number) = role() {
        let number: usize = number.parse().unwrap();
        let theirs = HANDLE(std::ptr::with_exposed_provenance_mut(number));
        let file = File::open(std::env::current_exe().unwrap()).unwrap();
        // An inherited handle would have the same number here; whatever has it now must not be a file that the parent opened.
        let mut flags = 0;
        // SAFETY: asks about a number that is perhaps no handle; the answer is then an error.
        let known = unsafe { windows::Win32::Foundation::GetHandleInformation(theirs, &raw mut flags) }.is_ok();
        // SAFETY: as above.
        let same = known && unsafe { CompareObjectHandles(theirs, raw(&file)) }.as_bool();
        println!("SAYS known {}", known && !same);
        return;
    }
    let file = File::open(std::env::current_exe().unwrap()).unwrap();
    // Far above what the child opens by itself, so that the number says something.
    let many: Vec<OwnedHandle> = (0..600).map(|_| file.as_handle().try_clone_to_owned().unwrap()).collect();
    let last = many.last().unwrap();
    // SAFETY: the handle is open.
    unsafe { SetHandleInformation(raw(last), HANDLE_FLAG_INHERIT.0, HANDLE_FLAG_INHERIT) }.unwrap();
    let number = last.as_raw_handle().expose_provenance();
    let mut spawned = spawn(&this_program("only_the_pipes_are_inherited", &number.to_string())).unwrap();
    assert_eq!(says(&mut BufReader::new(spawned.stdout)), "known false");
    wait_then_kill_tree(&mut spawned.child, &spawned.tree).unwrap();
}

#[test]
fn a_crash_is_named() {
    if role().is_some() {
        std::process::exit(0xC000_0005_u32.cast_signed());
    }
    let mut spawned = spawn(&this_program("a_crash_is_named", "crash")).unwrap();
    let status = wait_then_kill_tree(&mut spawned.child, &spawned.tree).unwrap();
    assert_eq!(describe_exit(status), Exit::NtStatus { code: 0xC000_0005, name: "STATUS_ACCESS_VIOLATION" });
}

#[test]
fn killing_the_tree_takes_grandchildren_and_frees_the_pipes() {
    const NAME: &str = "killing_the_tree_takes_grandchildren_and_frees_the_pipes";
    match role().as_deref() {
        Some("child") => {
            let mut command = std::process::Command::new(std::env::current_exe().unwrap());
            command.args(this_program(NAME, "").args).env("TACH_OS_TEST", "grandchild");
            let grandchild = command.spawn().unwrap();
            println!("SAYS {}", grandchild.id());
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        }
        Some(_) => {
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        }
        None => {
            let mut spawned = spawn(&this_program(NAME, "child")).unwrap();
            let mut heard = BufReader::new(spawned.stdout);
            let grandchild: u32 = says(&mut heard).parse().unwrap();
            assert!(process_exists(grandchild));
            assert!(rss_bytes(spawned.child.id()).unwrap() > 1 << 20);
            spawned.tree.kill();
            let status = wait_then_kill_tree(&mut spawned.child, &spawned.tree).unwrap();
            assert_eq!(describe_exit(status), Exit::Code(1));
            // Ends only when the last holder of the pipe has exited.
            heard.read_to_end(&mut Vec::new()).unwrap();
            assert!(!process_exists(grandchild));
        }
    }
}

#[test]
fn the_job_dies_with_the_process_that_made_it() {
    const NAME: &str = "the_job_dies_with_the_process_that_made_it";
    match role().as_deref() {
        Some("supervisor") => {
            let worker = spawn(&this_program(NAME, "worker")).unwrap();
            println!("SAYS {}", worker.child.id());
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
            drop(worker);
        }
        Some(_) => {
            // Never ends by itself: the pipe to it is held by the test, in effect, until the supervisor has exited.
            loop {
                std::thread::park();
            }
        }
        None => {
            let mut command = std::process::Command::new(std::env::current_exe().unwrap());
            command.args(this_program(NAME, "").args).env("TACH_OS_TEST", "supervisor");
            command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
            let mut supervisor = command.spawn().unwrap();
            let worker: u32 = says(&mut BufReader::new(supervisor.stdout.take().unwrap())).parse().unwrap();
            // SAFETY: no pointers; the handle becomes ours below.
            let handle = unsafe { OpenProcess(PROCESS_SYNCHRONIZE, false, worker) }.unwrap();
            // SAFETY: a fresh handle that nothing else owns.
            let handle = unsafe { OwnedHandle::from_raw_handle(handle.0) };
            supervisor.kill().unwrap();
            supervisor.wait().unwrap();
            // SAFETY: the handle is open.
            assert_ne!(
                unsafe { WaitForSingleObject(raw(&handle), 2000) },
                WAIT_TIMEOUT,
                "the worker outlived its supervisor"
            );
        }
    }
}

#[test]
fn a_memory_bomb_is_stopped_by_the_job() {
    if role().is_some() {
        let mut blocks: Vec<Vec<u8>> = Vec::new();
        for _ in 0..4096 {
            let mut block = Vec::new();
            if block.try_reserve_exact(16 << 20).is_err() {
                break;
            }
            blocks.push(block);
        }
        println!("SAYS {}", blocks.len() * 16);
        return;
    }
    let mut spec = this_program("a_memory_bomb_is_stopped_by_the_job", "bomb");
    spec.memory_cap = Some(64 << 20);
    let mut spawned = spawn(&spec).unwrap();
    assert_eq!(spawned.tree.memory_cap(), "job object, committed memory");
    let committed: u64 = says(&mut BufReader::new(spawned.stdout)).parse().unwrap();
    wait_then_kill_tree(&mut spawned.child, &spawned.tree).unwrap();
    assert!(committed < 1152, "{committed} MB were committed under a bound of 1152 MB");
}

#[test]
fn a_missing_program_is_an_error() {
    let spec = SpawnSpec {
        program: PathBuf::from(r"C:\no such program.exe"),
        args: vec![],
        env: vec![],
        memory_cap: None,
        is_confined: false,
        takes_documents: false,
    };
    assert_eq!(spawn(&spec).err().unwrap().kind(), std::io::ErrorKind::NotFound);
    assert!(Path::new(r"C:\").is_dir(), "the drive itself is there");
}

#[test]
fn codes_and_statuses_are_told_apart() {
    for code in [0, 1, 3, 64, 70, 78, 124, 137] {
        assert_eq!(describe_exit(ExitStatus::from_raw(code)), Exit::Code(code.cast_signed()));
    }
    let table = [
        (0xC000_0409, "STATUS_STACK_BUFFER_OVERRUN"),
        (0xC000_00FD, "STATUS_STACK_OVERFLOW"),
        (0xC000_0135, "STATUS_DLL_NOT_FOUND"),
        (0xC0FF_EE00, "unnamed NTSTATUS"),
    ];
    for (code, name) in table {
        assert_eq!(describe_exit(ExitStatus::from_raw(code)), Exit::NtStatus { code, name });
    }
}

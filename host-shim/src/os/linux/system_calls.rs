//! seccomp: the system calls that reading documents needs, and no other.
//!
//! Everything that is not listed in `system_call_list.rs` or given a condition here is refused with `EPERM`, which a library takes
//! for a lack of rights and goes on; killing the worker for a probe would lose documents that can be read.

use super::system_call_list::{NOT_THERE, always};
use SeccompCmpArgLen::{Dword, Qword};
use SeccompCmpOp::{Eq, MaskedEq};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// The conditions under which a call is allowed, any one of them; none means always.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Flags of `clone` for new namespaces: `CLONE_NEWTIME`, `…NS`, `…CGROUP`, `…UTS`, `…IPC`, `…USER`, `…PID`, `…NET`.
const NAMESPACES: u64 = 0x7E02_0080;
/// `ioctl` requests that look at a descriptor or change only it.
const IOCTLS: [u64; 5] = [libc::TCGETS, libc::TIOCGWINSZ, libc::FIONREAD, libc::FIONBIO, libc::FIOCLEX];
/// `fcntl` commands that neither lock a file nor send signals for it.
const FCNTLS: [i32; 9] = [
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETPIPE_SZ,
    libc::F_ADD_SEALS,
    libc::F_GET_SEALS,
];
/// `prctl` operations: names of threads and of mappings, and what a library may ask about itself.
const PRCTLS: [i32; 6] = [
    libc::PR_SET_NAME,
    libc::PR_GET_NAME,
    libc::PR_SET_VMA,
    libc::PR_GET_DUMPABLE,
    libc::PR_GET_NO_NEW_PRIVS,
    libc::PR_GET_SECCOMP,
];

/// Restricts this thread and those that it starts.
///
/// # Errors
/// Why the kernel does not do it.
pub(super) fn restrict(allows_writable_code: bool, document_socket: Option<i32>) -> Result<(), String> {
    let process = u64::from(std::process::id());
    let rules = allowed(process, allows_writable_code, document_socket).map_err(|error| error.to_string())?;
    // glibc falls back to `clone` where `clone3` is not there at all; a refusal would be an error. Of two filters that refuse, the
    // newer one's error counts, so that this one lists its calls as allowed in the other.
    let absent = NOT_THERE.iter().map(|call| (*call, Vec::new())).collect();
    install(absent, SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS.cast_unsigned()))?;
    install(rules, SeccompAction::Errno(libc::EPERM.cast_unsigned()), SeccompAction::Allow)
}

fn install(rules: Rules, otherwise: SeccompAction, listed: SeccompAction) -> Result<(), String> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|_| format!("there is no list of system calls for {}", std::env::consts::ARCH))?;
    let filter = SeccompFilter::new(rules, otherwise, listed, architecture).map_err(|error| error.to_string())?;
    let program = BpfProgram::try_from(filter).map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&program).map_err(|error| format!("the kernel refuses the filter ({error})"))
}

fn allowed(
    process: u64,
    allows_writable_code: bool,
    document_socket: Option<i32>,
) -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules = always().chain(NOT_THERE.iter().copied()).map(|call| (call, Vec::new())).collect();
    let mut when = |call, any: &[SeccompCondition]| {
        let each = any.iter().map(|condition| SeccompRule::new(vec![condition.clone()]));
        each.collect::<Result<Vec<_>, _>>().map(|each| {
            rules.insert(call, each);
        })
    };
    let equal = |argument, value| SeccompCondition::new(argument, Dword, Eq, value);
    let masked = |argument, mask, value| SeccompCondition::new(argument, Qword, MaskedEq(mask), value);

    // Threads, and neither processes nor namespaces.
    let thread = libc::CLONE_THREAD as u64;
    when(libc::SYS_clone, &[masked(0, thread | NAMESPACES, thread)?])?;
    // Signals to this process alone.
    when(libc::SYS_tgkill, &[equal(0, process)?])?;
    when(libc::SYS_kill, &[equal(0, process)?])?;
    // Limits and processors of this process alone.
    when(libc::SYS_prlimit64, &[equal(0, 0)?, equal(0, process)?])?;
    when(libc::SYS_sched_setaffinity, &[equal(0, 0)?])?;

    when(libc::SYS_ioctl, &IOCTLS.into_iter().map(|request| equal(1, request)).collect::<Result<Vec<_>, _>>()?)?;
    let numbers = |list: &[i32]| list.iter().map(|one| equal(1, u64::from(one.cast_unsigned()))).collect();
    let commands: Result<Vec<_>, _> = numbers(&FCNTLS);
    when(libc::SYS_fcntl, &commands?)?;
    let operations: Result<Vec<_>, _> = PRCTLS.iter().map(|one| equal(0, u64::from(one.cast_unsigned()))).collect();
    when(libc::SYS_prctl, &operations?)?;

    // Documents come over one socket that nothing can be sent on.
    if let Some(socket) = document_socket.and_then(|number| u64::try_from(number).ok()) {
        when(libc::SYS_recvmsg, &[equal(0, socket)?])?;
    }

    // A file that is opened for reading is not cut: Landlock before its third version lets that pass.
    let (access, cut) = (libc::O_ACCMODE as u64, libc::O_TRUNC as u64);
    let opening = |flags| {
        Ok([
            masked(flags, cut, 0)?,
            masked(flags, access, libc::O_WRONLY as u64)?,
            masked(flags, access, libc::O_RDWR as u64)?,
        ])
    };
    when(libc::SYS_openat, &opening(2)?)?;
    #[cfg(target_arch = "x86_64")]
    when(libc::SYS_open, &opening(1)?)?;

    // Memory that is written and run at once is what injected code is put into.
    let (write, run) = (libc::PROT_WRITE as u64, libc::PROT_EXEC as u64);
    let one_of_them = [masked(2, write | run, 0)?, masked(2, write | run, write)?, masked(2, write | run, run)?];
    let memory: &[SeccompCondition] = if allows_writable_code { &[] } else { &one_of_them };
    when(libc::SYS_mmap, memory)?;
    when(libc::SYS_mprotect, memory)?;
    Ok(rules)
}

//! The system calls that a confined worker may make whatever their arguments, and those it is told do not exist.
//!
//! Left out on purpose: every kind of socket, new processes and programs, signals to others, other processes' memory, limits and
//! priorities, changes of owners, rights, times and attributes, links, mounts, namespaces, keys, asynchronous I/O rings, System V
//! and POSIX message queues and shared memory, file locks, and watching for changes of files.

/// A list of calls by number, and for the tests by name: those hold the names against the tables of both architectures.
macro_rules! calls {
    ($(#[$attribute:meta])* $visibility:vis $list:ident, $by_name:ident: $($call:ident,)+) => {
        $(#[$attribute])*
        $visibility const $list: &[i64] = &[$(libc::$call),+];
        #[cfg(test)]
        const $by_name: &[&str] = &[$(stringify!($call)),+];
    };
}

calls! {
    /// Calls that are told not to exist, so that the C library takes the older way.
    pub(super) NOT_THERE, NAMES_NOT_THERE:
    SYS_clone3,
    SYS_openat2,
}

calls! {
    /// What every system has.
    COMMON, COMMON_NAMES:
    // Files, as far as Landlock lets them be opened.
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_preadv,
    SYS_pwritev,
    SYS_preadv2,
    SYS_pwritev2,
    SYS_lseek,
    SYS_close,
    SYS_close_range,
    SYS_dup,
    SYS_dup3,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_readlinkat,
    SYS_getdents64,
    SYS_getcwd,
    SYS_chdir,
    SYS_fchdir,
    SYS_umask,
    SYS_mkdirat,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_fadvise64,
    SYS_readahead,
    SYS_fsync,
    SYS_fdatasync,
    SYS_sendfile,
    SYS_copy_file_range,
    // Waiting.
    SYS_pipe2,
    SYS_ppoll,
    SYS_pselect6,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_eventfd2,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_timerfd_gettime,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_futex,
    SYS_futex_waitv,
    SYS_sched_yield,
    SYS_restart_syscall,
    // Memory.
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_mincore,
    SYS_msync,
    SYS_mlock,
    SYS_mlock2,
    SYS_munlock,
    SYS_membarrier,
    SYS_memfd_create,
    SYS_get_mempolicy,
    // Threads, and their end.
    SYS_set_tid_address,
    SYS_set_robust_list,
    SYS_get_robust_list,
    SYS_rseq,
    SYS_exit,
    SYS_exit_group,
    SYS_wait4,
    SYS_waitid,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigpending,
    SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    SYS_signalfd4,
    SYS_setitimer,
    SYS_getitimer,
    SYS_timer_create,
    SYS_timer_settime,
    SYS_timer_gettime,
    SYS_timer_delete,
    // What the process may know of itself and of the machine.
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_getpgid,
    SYS_getsid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getresuid,
    SYS_getresgid,
    SYS_getgroups,
    SYS_capget,
    SYS_getrusage,
    SYS_times,
    SYS_sysinfo,
    SYS_uname,
    SYS_getcpu,
    SYS_getpriority,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_sched_getaffinity,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_sched_get_priority_min,
    SYS_sched_get_priority_max,
}

calls! {
    /// The older forms of the above, which only x86-64 has.
    #[cfg(target_arch = "x86_64")]
    OLD, OLD_NAMES:
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_getdents,
    SYS_mkdir,
    SYS_rmdir,
    SYS_unlink,
    SYS_rename,
    SYS_renameat,
    SYS_dup2,
    SYS_pipe,
    SYS_poll,
    SYS_select,
    SYS_epoll_create,
    SYS_epoll_wait,
    SYS_eventfd,
    SYS_signalfd,
    SYS_alarm,
    SYS_pause,
    SYS_time,
    SYS_getpgrp,
    SYS_getrlimit,
    SYS_arch_prctl,
    SYS_creat,
}
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[i64] = &[];

/// Every call that is always allowed.
pub(super) fn always() -> impl Iterator<Item = i64> {
    COMMON.iter().chain(OLD).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, compile_from_json};

    /// The filter of calls by name, as the architecture's own table has them.
    fn compiled(names: &[&[&str]], architecture: TargetArch) -> BpfProgram {
        let calls = names.iter().flat_map(|names| names.iter());
        let calls: Vec<_> = calls.map(|name| serde_json::json!({"syscall": name.trim_start_matches("SYS_")})).collect();
        let filter = serde_json::json!({
            "all": {"mismatch_action": {"errno": 1}, "match_action": "allow", "filter": calls}
        });
        let mut programs = compile_from_json(filter.to_string().as_bytes(), architecture).expect("every name is known");
        programs.remove("all").expect("a program")
    }

    #[test]
    fn every_call_is_in_the_table_of_each_architecture_that_uses_it() {
        for (architecture, own) in [(TargetArch::x86_64, true), (TargetArch::aarch64, false)] {
            let old: &[&str] = if own { OLD_NAMES } else { &[] };
            assert!(!compiled(&[COMMON_NAMES, old, NAMES_NOT_THERE, CONDITIONAL], architecture).is_empty());
        }
        assert!(!compiled(&[&["SYS_open"]], TargetArch::x86_64).is_empty());
    }

    /// The calls that `system_calls.rs` allows under conditions, on every architecture.
    const CONDITIONAL: &[&str] = &[
        "SYS_clone",
        "SYS_tgkill",
        "SYS_kill",
        "SYS_prlimit64",
        "SYS_sched_setaffinity",
        "SYS_ioctl",
        "SYS_fcntl",
        "SYS_prctl",
        "SYS_recvmsg",
        "SYS_openat",
        "SYS_mmap",
        "SYS_mprotect",
    ];

    #[test]
    fn the_numbers_are_those_of_the_names() {
        let architecture = TargetArch::try_from(std::env::consts::ARCH).expect("a known architecture");
        let rules = always().map(|call| (call, Vec::new())).collect();
        let filter = SeccompFilter::new(rules, SeccompAction::Errno(1), SeccompAction::Allow, architecture).unwrap();
        let old: &[&str] = if cfg!(target_arch = "x86_64") { OLD_NAMES } else { &[] };
        let by_name = compiled(&[COMMON_NAMES, old], architecture);
        assert!(by_name == BpfProgram::try_from(filter).unwrap(), "a number is not that of its name");
    }
}

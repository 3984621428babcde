//! What `start()` says of an application that a supervisor cannot live in, and of settings that it cannot read.

mod common;

use common::{assert_success, builder, fake, ping};
use std::process::Command;
use tach_supervisor::{Host, StartError, Supervisor};

/// Set for this very test program when a test runs it again with other surroundings.
const ROLE: &str = "TACH_START_TEST";

/// Runs one test of this program again, alone and with these variables, and gives its output.
fn again(test: &str, variables: &[(&str, &str)]) -> String {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture"]).env(ROLE, "1").envs(variables.iter().copied());
    let output = command.output().expect("it runs");
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}");
    printed
}

fn has_role() -> bool {
    std::env::var_os(ROLE).is_some()
}

fn fake_builder() -> tach_supervisor::Builder {
    Supervisor::builder().host(fake(&["good"])).log_folder(None)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_cannot_be_read_is_named() {
    if has_role() {
        let error = fake_builder().start().await.expect_err("it is refused");
        assert!(matches!(error, StartError::Settings(_)), "{error:?}");
        println!("{error}");
        // What the application sets itself needs no variable.
        let one = std::time::Duration::from_secs(1);
        let set = fake_builder().ram_limit_mb(500).request_timeout(one).docling_threads(1).start().await;
        set.expect("it starts").shutdown().await;
        return;
    }
    for (name, value) in [
        ("TACH_WORKER_RAM_LIMIT_MB", "2G"),
        ("TACH_WORKER_RAM_LIMIT_MB", "0"),
        ("TACH_WORKER_TIMEOUT_MS", "5s"),
        ("TACH_WORKER_TIMEOUT_MS", "600001"),
        ("TACH_DOCLING_THREADS", "-2"),
    ] {
        let text = again("a_variable_that_cannot_be_read_is_named", &[(name, value)]);
        assert!(text.contains(name) && text.contains(&format!("`{value}`")), "{name}={value}: {text}");
    }
}

#[test]
fn a_runtime_that_lacks_timers_or_io_is_an_error() {
    for (io, time, says) in [(true, false, "enable_time"), (false, true, "enable_io"), (false, false, "enable_time")] {
        if cfg!(windows) && time {
            continue;
        }
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        if io {
            runtime.enable_io();
        }
        if time {
            runtime.enable_time();
        }
        let runtime = runtime.build().expect("a runtime");
        let error = runtime.block_on(fake_builder().start()).expect_err("it is refused");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_ignores_sigchld_is_told_so() {
    if has_role() {
        // SAFETY: this process runs this test only.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
        let error = fake_builder().start().await.expect_err("it is refused");
        println!("{error}");
        return;
    }
    let text = again("an_application_that_ignores_sigchld_is_told_so", &[]);
    assert!(text.contains("SIGCHLD"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_missing_is_named_at_once_and_reads_well_from_main() {
    let [shim, python] = ["/absent/tach-host-shim", "/absent/python"]
        .map(|path| std::path::absolute(path).expect("a path").display().to_string());
    let host = Host::shim_at(&shim).with_python(&python);
    let error = Supervisor::builder().host(host).log_folder(None).start().await.expect_err("neither is there");
    for text in [error.to_string(), format!("{error:?}")] {
        for part in [shim.as_str(), python.as_str(), "TACH_HOST_SHIM", "TACH_PYTHON", "cargo xtask demo"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("\\n"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_calls_that_run_side_by_side_have_ids_of_their_own() {
    let supervisor = builder().start().await.expect("a worker starts");
    let slow = supervisor.submit(common::fault(
        "slow",
        tach_supervisor::protocol::request::FaultKind::Slow,
        300,
        common::TIMEOUT,
    ));
    let calls = async {
        let (first, second, third) = tokio::join!(supervisor.ping(), supervisor.ping(), async {
            // Whichever of the two has this id, only that one is cancelled.
            loop {
                if supervisor.status().await.expect("it runs").queued == 2 {
                    break supervisor.cancel("ping-1").await;
                }
                tokio::task::yield_now().await;
            }
        });
        (first.is_ok(), second.is_ok(), third)
    };
    let (slow, (first, second, cancelled)) = tokio::join!(slow, calls);
    assert_success(&slow);
    assert_eq!(cancelled, 1);
    assert!(first != second, "one of them was answered");
    supervisor.shutdown().await;
}

/// A handle with another deadline is the same caller: together they have one caller's places in the queue.
#[tokio::test(flavor = "multi_thread")]
async fn a_handle_with_another_deadline_is_the_same_caller() {
    let supervisor = fake_builder().host(fake(&["silent"])).queue_capacity(1).start().await.expect("the fake starts");
    let held = supervisor.clone();
    let mut request = ping("bad");
    request.timeout_ms = Some(2000);
    let long = supervisor.with_timeout(std::time::Duration::from_secs(1));
    let (held, ()) = tokio::join!(supervisor.submit(request), async {
        while held.status().await.expect("it runs").in_flight == 0 {
            tokio::task::yield_now().await;
        }
        let refused = long.try_submit(ping("second")).await;
        assert_eq!(common::code(&refused), Some(tach_supervisor::ErrorCode::Overloaded));
    });
    assert_eq!(common::code(&held), Some(tach_supervisor::ErrorCode::Timeout));
    supervisor.shutdown().await;
}

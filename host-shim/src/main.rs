//! The order in which a worker comes to life: arguments, stdio, sandbox, guard and signals, Python, requests.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tach_host_shim::arguments::{self, Arguments, USAGE};
use tach_host_shim::exit_notice::ExitNotice;
use tach_host_shim::os::{DocumentSocket, Memory};
use tach_host_shim::python::PythonEngine;
use tach_host_shim::sandbox::{self, Mode};
use tach_host_shim::session::Session;
use tach_host_shim::settings::Settings;
use tach_host_shim::{os, run, signals, stdio};
use tach_protocol::reply::Lifecycle;
use tach_protocol::version::exit_code;
use tach_protocol::{ErrorCode, WORKER_VERSION};
use tracing_subscriber::EnvFilter;

/// How long pyworker may take to clean up behind itself.
const TIME_TO_STOP: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let python = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Arguments::Run { python }) => python,
        Ok(Arguments::Help) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Ok(Arguments::Version) => {
            println!("tach-host-shim {WORKER_VERSION}");
            return ExitCode::SUCCESS;
        }
        Err(reason) => {
            // A stderr that is closed must not change the exit code.
            let _ = write!(std::io::stderr(), "tach-host-shim: {reason}\n\n{USAGE}");
            os::leave(exit_code::BAD_ARGUMENTS);
        }
    };

    os::prepare_to_crash();
    let settings = Settings::read(|name| std::env::var_os(name));
    // Before anything else is opened, whose number the variable could name by mistake.
    let documents = DocumentSocket::inherited();
    let socket = documents.as_ref().ok().and_then(Option::as_ref).map(DocumentSocket::number);
    let mode = settings.as_ref().map_or(Mode::Off, |settings| settings.sandbox);
    if mode != Mode::Off {
        os::close_inherited(socket);
    }
    let stream = match stdio::take_over() {
        Ok(stream) => stream,
        Err(error) => refuse(&format!("stdin and stdout cannot be taken over: {error}")),
    };
    log_to_stderr();
    // The last of the only thread: what is opened here stays open, and what is given up here no thread has.
    let memory = Memory::new();
    let environment = tach_environment::find_python(python.as_deref()).map_err(|error| error.to_string());
    let sandbox = environment.as_ref().map_err(Clone::clone).and_then(|found| sandbox::enter(mode, found, socket));

    let limits = settings.clone().unwrap_or_default();
    let session = match tach_host_shim::start(stream.output, limits, memory, |code| os::leave(code)) {
        Ok(session) => session,
        Err(error) => refuse(&format!("no thread can be started: {error}")),
    };
    if let Err(message) = settings {
        fail(&session, &message);
    }
    leave_on_panic(&session);
    if let Err(error) = signals::watch(&session) {
        fail(&session, &format!("the stop signals cannot be caught: {error}"));
    }

    let (environment, sandbox, documents) = match environment.and_then(|found| Ok((found, sandbox?, documents?))) {
        Ok(all) => all,
        Err(message) => fail(&session, &message),
    };
    let (mut engine, ready) = match PythonEngine::start(&environment, &session, sandbox, documents) {
        Ok(started) => started,
        Err(error) => fail(&session, &error.message),
    };
    let outcome = run(stream.input, &session, ready, &mut engine);
    if let Err(error) = outcome {
        refuse(&format!("no thread can be started: {error}"));
    }
    while session.is_leaving() {
        // Another thread is writing the exit notice, and ends the process with a code that tells why.
        thread::park();
    }
    // Everything is answered. Not by returning: Python's exit handlers and those of native libraries may hang.
    leave_within(TIME_TO_STOP);
    engine.stop();
    os::release_image_folder();
    os::leave(exit_code::GRACEFUL)
}

fn leave_within(time: Duration) {
    // Without the thread the stop is not bounded, which is no reason not to try it.
    let _ = thread::Builder::new().spawn(move || {
        thread::sleep(time);
        os::leave(exit_code::GRACEFUL);
    });
}

/// Ends a start that failed before there was a stream to say so on.
fn refuse(reason: &str) -> ! {
    let _ = writeln!(std::io::stderr(), "tach-host-shim: {reason}");
    os::leave(exit_code::SELF_CHECK_FAILED)
}

/// Ends a start that failed, and tells the peer why.
fn fail(session: &Session, message: &str) -> ! {
    session
        .report(Lifecycle::StartupFailed { code: ErrorCode::StartupFailed.to_string(), message: message.to_owned() });
    refuse(message)
}

/// Log lines go to stderr, where the supervisor picks them up. `TACH_LOG` filters them; default `warn`.
fn log_to_stderr() {
    let filter = EnvFilter::builder().with_default_directive(tracing::level_filters::LevelFilter::WARN.into());
    let filter = filter.with_env_var("TACH_LOG").from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .log_internal_errors(false)
        .init();
}

/// A panic on any thread ends the worker at once, but every request in flight is answered first.
fn leave_on_panic(session: &Arc<Session>) {
    let session = Arc::clone(session);
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref().copied());
        let message = text.unwrap_or("no message");
        let place = panic.location().map_or_else(String::new, |place| format!(" ({place})"));
        session.leave(ExitNotice::panicked(&format!("{message}{place}")));
        // Another thread is writing the exit notice already, and ends the process.
        loop {
            std::thread::park();
        }
    }));
}

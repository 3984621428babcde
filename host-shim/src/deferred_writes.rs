//! The thread that writes for the guard: answers to requests whose deadline passed, and exit notices.

use crate::exit_notice::{DeferredWrite, ExitNotice};
use crate::os;
use crate::session::{EXIT_NOTICE_TIME, Job, Session};
use crossbeam_channel::Receiver;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Starts the thread that does deferred writes. It ends with the session.
///
/// # Errors
/// The system's error where the thread can't be started.
pub fn start(session: &Arc<Session>, writes: Receiver<DeferredWrite>) -> io::Result<()> {
    let session = Arc::downgrade(session);
    thread::Builder::new().name("deferred-writes".to_owned()).spawn(move || {
        for write in writes {
            let Some(session) = session.upgrade() else { return };
            match write {
                DeferredWrite::Answer(ticket, error) => session.answer(ticket, *error),
                DeferredWrite::Exit(notice, done) => {
                    write_notice(&session, &notice);
                    let _ = done.send(());
                }
            }
        }
    })?;
    Ok(())
}

fn write_notice(session: &Session, notice: &ExitNotice) {
    if let Some(event) = &notice.event {
        session.report(event.clone());
    }
    let until = Instant::now() + EXIT_NOTICE_TIME / 2;
    loop {
        // Again in each round: the engine may have taken a request just before it saw that the worker exits.
        if let Some(ticket) = session.slot().claim() {
            session.answer(ticket, notice.in_flight.clone());
        }
        while let Ok(job) = session.jobs().try_recv() {
            if let Job::Request(accepted) = job {
                session.answer(accepted.ticket, notice.waiting.clone());
            }
        }
        // What is still owed is being written, or on its way from the reader into the queue; what the reader still works on
        // is counted line by line.
        let all_written = session.reader_at_rest().is_some() && session.owed() == 0;
        if all_written || Instant::now() > until {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    // Stderr comes last: it may have no reader.
    let _ = writeln!(io::stderr(), "tach-host-shim: {}", notice.note);
    if notice.stacks {
        os::dump_stacks();
    }
}

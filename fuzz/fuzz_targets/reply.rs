//! No line of a worker makes the supervisor's reading of it panic, and what was read says the same when written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tach_protocol::WorkerMessage;

fuzz_target!(|data: &[u8]| {
    let Ok(message) = WorkerMessage::parse(data) else { return };
    let Ok(line) = serde_json::to_vec(&message) else { panic!("a message that was read cannot be written") };
    assert!(!line.contains(&b'\n') || data.contains(&b'\n'), "one message is one line");
    let again = WorkerMessage::parse(&line).expect("what was written is a message");
    if let (WorkerMessage::Reply(first), WorkerMessage::Reply(second)) = (&message, &again) {
        // Not the numbers: reading and writing a decimal number may cost its last digit.
        assert_eq!(first.req_id, second.req_id);
        match (&first.outcome, &second.outcome) {
            (Ok(first), Ok(second)) => assert_eq!(first.get(), second.get()),
            (Err(first), Err(second)) => assert_eq!((first.code, &first.message), (second.code, &second.message)),
            _ => panic!("a success became an error, or an error a success"),
        }
    }
});

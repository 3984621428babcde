//! The documents that the supervisor hands over by descriptor: a confined worker can open none itself.

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::FileType;
use rustix::io::{Errno, FdFlags};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags};
use std::collections::VecDeque;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};
use tach_protocol::handover::{DOCUMENT_SLOTS, DOCUMENT_SOCKET, HandedDocument, Handover, MAX_HANDOVER_BYTES};
use tach_protocol::limits::QUEUE_LENGTH;
use tach_protocol::{ErrorBody, ErrorCode};

/// The worker's end of the socket, and what came over it.
#[derive(Debug)]
pub struct DocumentSocket {
    socket: OwnedFd,
    slots: [Option<OwnedFd>; DOCUMENT_SLOTS],
    /// Messages for requests that the engine has not come to, or will not come to: the peer may be ahead of it.
    early: VecDeque<Handover>,
    buffer: Vec<u8>,
}

impl DocumentSocket {
    /// The socket that [`DOCUMENT_SOCKET`] numbers; `None` where it is not set. Call it once.
    ///
    /// # Errors
    /// A sentence that names the variable where its value is no socket that this process inherited.
    pub fn inherited() -> Result<Option<Self>, String> {
        let Some(value) = std::env::var_os(DOCUMENT_SOCKET).filter(|value| !value.is_empty()) else { return Ok(None) };
        let wrong = || format!("{DOCUMENT_SOCKET} is {}, which is no inherited socket; unset it", value.display());
        let number: i32 =
            value.to_str().and_then(|text| text.parse().ok()).filter(|number| *number > 2).ok_or_else(wrong)?;
        // SAFETY: no pointers; a number that is no descriptor is refused.
        if unsafe { libc::fcntl(number, libc::F_GETFD) } < 0 {
            return Err(wrong());
        }
        // SAFETY: the descriptor is open, and at this moment of the start nothing in this process owns one above 2.
        let socket = unsafe { OwnedFd::from_raw_fd(number) };
        let is_socket =
            rustix::fs::fstat(&socket).is_ok_and(|facts| FileType::from_raw_mode(facts.st_mode) == FileType::Socket);
        if !is_socket || rustix::io::fcntl_setfd(&socket, FdFlags::CLOEXEC).is_err() {
            return Err(wrong());
        }
        Ok(Some(Self {
            socket,
            slots: Default::default(),
            early: VecDeque::new(),
            buffer: vec![0; MAX_HANDOVER_BYTES],
        }))
    }

    /// The descriptor's number.
    pub fn number(&self) -> i32 {
        self.socket.as_raw_fd()
    }

    /// The descriptor of the document of the request `id`, which is open until another takes its slot. Waits for it, `timeout` at most.
    ///
    /// # Errors
    /// The error that the supervisor gives in its place; `timeout`; `engine_error` where the supervisor breaks off.
    pub fn receive(&mut self, id: &str, timeout: Duration) -> Result<i32, ErrorBody> {
        match self.message_for(id, Instant::now() + timeout)?.document {
            HandedDocument::Error(error) => Err(error),
            HandedDocument::Slot(slot) => {
                let document = self.slots.get(slot).and_then(Option::as_ref);
                document.map(AsRawFd::as_raw_fd).ok_or_else(|| broken("names a document that was not handed over"))
            }
        }
    }

    fn message_for(&mut self, id: &str, until: Instant) -> Result<Handover, ErrorBody> {
        let place = self.early.iter().position(|handover| handover.id == id);
        if let Some(handover) = place.and_then(|place| self.early.remove(place)) {
            return Ok(handover);
        }
        loop {
            let handover = self.next(until)?;
            if handover.id == id {
                return Ok(handover);
            }
            if self.early.len() > QUEUE_LENGTH {
                self.early.pop_front();
            }
            self.early.push_back(handover);
        }
    }

    /// The next message, with its document put in the slot that it names.
    fn next(&mut self, until: Instant) -> Result<Handover, ErrorBody> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        loop {
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let mut buffers = [IoSliceMut::new(&mut self.buffer)];
            let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
            match rustix::net::recvmsg(&self.socket, &mut buffers, &mut control, flags) {
                Ok(received) if received.bytes == 0 => return Err(broken("has closed the socket for documents")),
                Ok(received) => {
                    let is_whole = !received.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC);
                    let documents = control.drain().filter_map(|message| match message {
                        RecvAncillaryMessage::ScmRights(documents) => Some(documents),
                        _ => None,
                    });
                    let document = documents.flatten().last();
                    let handover = serde_json::from_slice::<Handover>(&self.buffer[..received.bytes]);
                    let Some(handover) = handover.ok().filter(|_| is_whole) else {
                        return Err(broken("sent a document in a way that this worker does not know"));
                    };
                    if let (HandedDocument::Slot(slot), Some(document)) = (&handover.document, document)
                        && let Some(place) = self.slots.get_mut(*slot)
                    {
                        *place = Some(document);
                    }
                    return Ok(handover);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.wait(until)?,
                Err(error) => return Err(broken(&format!("cannot be heard ({error})"))),
            }
        }
    }

    fn wait(&self, until: Instant) -> Result<(), ErrorBody> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let message = "the document could not be opened before the deadline: its file system may hang";
            return Err(ErrorBody::new(ErrorCode::Timeout, message));
        }
        let left = Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
        // An interrupted wait is tried again.
        let _ = rustix::event::poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&left));
        Ok(())
    }
}

fn broken(what: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::EngineError, format!("the supervisor {what}"))
}

//! How much may be in hand at a time: single requests, and the bytes of the replies of a batch.

use crate::failure::Failure;
use std::sync::Arc;
use tach_supervisor::{Command, ExtractEvidence, ImageFormat, Transport};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for requests that are answered one by one.
#[derive(Debug)]
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    capacity: usize,
}

impl Admission {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(capacity)), capacity }
    }

    /// A place, given back when the answer is made.
    ///
    /// # Errors
    /// 429 where all are taken.
    pub(crate) fn enter(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Failure::busy(format!("{} requests wait or run already; try again later", self.capacity), 1))
    }

    /// Places that are taken.
    pub(crate) fn taken(&self) -> usize {
        self.capacity - self.places.available_permits()
    }
}

/// Bytes of replies that one stream of them may hold, so that a slow reader doesn't fill the memory.
pub struct Budget(Arc<Semaphore>);

/// Bytes of replies that may be in hand at a time.
const BUDGET: u32 = 192 << 20;
/// What a reply without an image is taken to need.
const SMALL: u32 = 64 << 10;

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET as usize)))
    }
}

impl Budget {
    /// Waits for room for the reply to `command`. A reply that needs more than all of it gets all of it.
    pub async fn reserve(&self, command: &Command) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).acquire_many_owned(expected_bytes(command)).await.ok()
    }
}
/// Bytes that the reply will have, about: exact for raw pixels, generous for compressed ones.
fn expected_bytes(command: &Command) -> u32 {
    let Command::ExtractEvidence(ExtractEvidence { bbox, dpi, format, transport: Transport::Inline, .. }) = command
    else {
        return SMALL;
    };
    let scale = dpi / 72.0;
    let pixels = (bbox.width * scale + 1.0) * (bbox.height * scale + 1.0);
    // Base64 makes four characters of three bytes.
    let bytes = pixels * if *format == ImageFormat::Raw { 4.0 } else { 1.0 } + f64::from(SMALL);
    if bytes >= f64::from(BUDGET) {
        return BUDGET;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below the budget")]
    let bytes = bytes as u32;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use tach_supervisor::Bbox;

    #[test]
    fn large_images_take_more_room_than_small_ones_and_none_more_than_there_is() {
        let crop = |side: f64, format| {
            let payload = ExtractEvidence::new("/a.pdf", 0, Bbox::new(0.0, 0.0, side, side));
            Command::ExtractEvidence(ExtractEvidence { dpi: 72.0, format, ..payload })
        };
        let rows = [
            (crop(100.0, ImageFormat::Jpeg), 70_000..80_000),
            (crop(4472.0, ImageFormat::Raw), 80_000_000..81_000_000),
            (crop(1e9, ImageFormat::Raw), BUDGET..BUDGET + 1),
            (Command::Ping(tach_supervisor::protocol::request::Ping {}), SMALL..SMALL + 1),
        ];
        for (command, expected) in rows {
            assert!(expected.contains(&expected_bytes(&command)), "{command:?}: {}", expected_bytes(&command));
        }
    }
}

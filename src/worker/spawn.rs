//! Starts a worker process from a thread that lives as long as the process does, and learns of its end from it.

use super::documents::{self, Documents};
use crate::ids::WorkerId;
use crate::os::{self, SpawnSpec, Tree};
use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::oneshot;

/// A running worker process with its pipes. Dropping it kills the process and its tree.
#[derive(Debug)]
pub(crate) struct Process {
    pub pid: u32,
    pub tree: KillOnDrop,
    pub stdin: ChildStdin,
    pub stdout: ChildStdout,
    pub stderr: ChildStderr,
    /// Where it gets its documents, unless it opens them itself.
    pub documents: Option<Documents>,
    /// Comes when the process is dead, its tree killed, and both are reaped.
    pub exited: oneshot::Receiver<io::Result<ExitStatus>>,
}

/// A tree that does not outlive its owner, be the owner dropped by a panic or by the end of the runtime.
#[derive(Debug)]
pub(crate) struct KillOnDrop(Tree);

impl KillOnDrop {
    pub(crate) fn kill(&self) {
        self.0.kill();
    }

    /// The worker is ready: from now on its tree gets no new process, where the system can see to that.
    pub(crate) fn seal(&self) {
        self.0.seal();
    }

    pub(crate) fn memory_cap(&self) -> &'static str {
        self.0.memory_cap()
    }
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// Starts the process. It is handed documents that are in `roots`, the value of its `TACH_ALLOWED_ROOTS`.
///
/// # Errors
/// What the system says when it cannot start the program or a thread.
pub(crate) async fn start(id: WorkerId, spec: SpawnSpec, roots: Option<OsString>) -> io::Result<Process> {
    let (started, start) = oneshot::channel();
    let (ended, exited) = oneshot::channel();
    std::thread::Builder::new().name(format!("tach-worker-{id}")).spawn(move || {
        let spawned = match os::spawn(&spec) {
            Ok(spawned) => spawned,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let mut child = spawned.child;
        let tree = spawned.tree.clone();
        let owned =
            (child.id(), KillOnDrop(spawned.tree), spawned.stdin, spawned.stdout, spawned.stderr, spawned.documents);
        // If the receiver is closed, the process is dropped here, and so killed.
        let _ = started.send(Ok(owned));
        let _ = ended.send(os::wait_then_kill_tree(&mut child, &tree));
    })?;
    let (pid, tree, stdin, stdout, stderr, documents) =
        start.await.map_err(|_| io::Error::other("the thread that starts workers ended early"))??;
    Ok(Process {
        pid,
        tree,
        stdin: ChildStdin::from_std(stdin)?,
        stdout: ChildStdout::from_std(stdout)?,
        stderr: ChildStderr::from_std(stderr)?,
        documents: documents.map(|socket| documents::start(id, socket, roots)).transpose()?,
        exited,
    })
}

//! A queue in bad weather: nodes killed, stopped and cut off, the server killed, two submitters, and requests that end their node.
#![cfg(unix)]

mod many_machines;

use many_machines::{Process, Server, TIMEOUT, free_port, slow};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const REQUESTS: usize = 400;
const POISON: [&str; 3] = ["poison-a", "poison-b", "poison-c"];
/// Ids that start with this end the process of the node that runs them.
const LETHAL: [(&str, &str); 1] = [("TACH_TEST_LETHAL_IDS", "poison")];

/// A way to the server that can be cut.
struct Cable {
    port: u16,
    is_cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Cable {
    fn to(server: u16) -> Self {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
        let cable = Self { port, is_cut: Arc::default(), open: Arc::default() };
        let (is_cut, open) = (Arc::clone(&cable.is_cut), Arc::clone(&cable.open));
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                for (mut from, mut to) in [
                    (near.try_clone().expect("a socket"), far.try_clone().expect("a socket")),
                    (far.try_clone().expect("a socket"), near.try_clone().expect("a socket")),
                ] {
                    std::thread::spawn(move || {
                        let mut bytes = [0; 16 * 1024];
                        while let Ok(count @ 1..) = from.read(&mut bytes) {
                            if to.write_all(&bytes[..count]).is_err() {
                                break;
                            }
                        }
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                open.lock().expect("the lock").extend([near, far]);
            }
        });
        cable
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for socket in self.open.lock().expect("the lock").drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

/// Three nodes, of which the last one has a cable of its own. A node that ended is started again.
struct Nodes {
    running: Vec<Process>,
    urls: Vec<String>,
    deaths: usize,
}

impl Nodes {
    fn start(server: &Server, cable: &Cable) -> Self {
        let urls = vec![server.url(), server.url(), format!("nats://127.0.0.1:{}", cable.port)];
        let running = urls.iter().map(|url| Self::node(server, url)).collect();
        Self { running, urls, deaths: 0 }
    }

    fn node(server: &Server, url: &str) -> Process {
        server.node(&[], &[LETHAL[0], ("TACH_NATS", url)])
    }

    fn kill(&mut self, which: usize) {
        self.running[which].kill();
    }

    fn tend(&mut self, server: &Server) {
        for (node, url) in self.running.iter_mut().zip(&self.urls) {
            if !node.is_running() {
                self.deaths += 1;
                *node = Self::node(server, url);
            }
        }
    }

    /// Goes on for a while, or until something is true.
    fn tend_for(&mut self, server: &Server, bound: Duration, mut is_done: impl FnMut() -> bool) -> bool {
        let until = Instant::now() + bound;
        while Instant::now() < until {
            if is_done() {
                return true;
            }
            self.tend(server);
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

#[test]
fn every_id_has_one_reply_and_only_the_poison_is_quarantined() {
    let mut server = Server::start();
    // The first command makes the streams; two seconds keep the test short.
    server.run(&["queue", "status", "--ack-wait", "2"]);
    let mut requests: Vec<String> = (0..REQUESTS).map(|number| slow(&format!("r{number}"), 40)).collect();
    for (place, id) in [40, 150, 260].into_iter().zip(POISON) {
        requests.insert(place, slow(id, 40));
    }
    server.write("r.ndjson", &requests);
    let cable = Cable::to(server.port);
    let mut nodes = Nodes::start(&server, &cable);
    let mut submitters = ["one.ndjson", "two.ndjson"].map(|replies| server.submit("r.ndjson", "job", replies, &[]));
    let never = || false;

    nodes.tend_for(&server, Duration::from_secs(4), never);
    // One is stopped for longer than ack_wait.
    nodes.running[1].signal(Signal::STOP);
    nodes.tend_for(&server, Duration::from_secs(4), never);
    nodes.running[1].signal(Signal::CONT);
    // One is cut off for longer than ack_wait.
    cable.cut();
    nodes.tend_for(&server, Duration::from_secs(4), never);
    cable.mend();
    for which in [0, 1, 2, 0] {
        nodes.kill(which);
        nodes.tend_for(&server, Duration::from_secs(2), never);
    }
    server.restart_after(Duration::from_secs(1));
    let ended = |submitters: &mut [Process; 2]| submitters.iter_mut().all(|submitter| !submitter.is_running());
    assert!(nodes.tend_for(&server, 2 * TIMEOUT, || ended(&mut submitters)), "{}", server.status("job"));
    for submitter in &mut submitters {
        assert_eq!(submitter.ended_within(TIMEOUT), 0);
    }

    let outcomes = server.outcomes("one.ndjson");
    assert_eq!(outcomes.len(), REQUESTS + POISON.len(), "one reply for each id");
    for (id, outcome) in &outcomes {
        let expected = if POISON.contains(&&**id) { "quarantined" } else { "success" };
        assert_eq!(outcome, expected, "{id}");
    }
    assert_eq!(server.outcomes("two.ndjson"), outcomes, "both submitters got the same");
    assert!(nodes.deaths > 4 + POISON.len(), "the poison was real: {} nodes were lost", nodes.deaths);
    server.eventually("job", |status| status["waiting"] == 0 && status["held"] == 0);

    let dead = server.run(&["queue", "dead", "--job", "job"]);
    let mut ids: Vec<String> = dead
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).expect("JSON")["request"]["id"]
                .as_str()
                .expect("an id")
                .to_owned()
        })
        .collect();
    ids.sort();
    assert_eq!(ids, POISON);

    // Without what made them poison, they run when a person asks for it.
    nodes.running.clear();
    let _harmless = server.node(&[], &[]);
    server.run(&["queue", "retry", "--job", "job"]);
    server.eventually("job", |status| status["replies"] == REQUESTS + POISON.len() && status["dead"] == 0);
    let all = server.submitted("r.ndjson", "job", "three.ndjson", &[]);
    assert!(all.values().all(|outcome| outcome == "success"), "{all:?}");
    server.run(&["queue", "purge", "--job", "job"]);
    let status = server.status("job");
    assert_eq!([&status["waiting"], &status["held"], &status["replies"], &status["dead"]], [0; 4], "nothing is left");
}

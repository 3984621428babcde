//! A queue on three servers with three replicas, of which each is killed in turn while work goes on.
#![cfg(unix)]

mod many_machines;

use many_machines::{Process, Server, TIMEOUT, free_port, slow};
use serde_json::Value;
use std::time::{Duration, Instant};

const REQUESTS: usize = 400;

/// Three servers that know each other.
struct Cluster {
    servers: Vec<Server>,
    urls: String,
}

impl Cluster {
    fn start() -> Self {
        let ports = [free_port(), free_port(), free_port()];
        let routes = ports.map(|port| format!("nats-route://127.0.0.1:{port}")).join(", ");
        let one = |(number, port): (usize, &u16)| {
            Server::start_with(&format!(
                "server_name: s{number}\ncluster {{ name: tach, listen: \"127.0.0.1:{port}\", routes: [{routes}] }}"
            ))
        };
        let servers: Vec<_> = ports.iter().enumerate().map(one).collect();
        let urls = servers.iter().map(Server::url).collect::<Vec<_>>().join(",");
        Self { servers, urls }
    }

    fn tach(&self, arguments: &[&str]) -> Process {
        self.servers[0].tach(arguments, &[("TACH_NATS", &self.urls)])
    }

    /// The state of the queue, where the servers have a leader now.
    fn status(&self) -> Option<Value> {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tach"));
        command.args(["queue", "status", "--json", "--replicas", "3", "--ack-wait", "5", "--nats", &self.urls]);
        let output = command.output().expect("tach runs");
        output.status.success().then(|| serde_json::from_slice(&output.stdout).expect("JSON"))
    }

    #[track_caller]
    fn eventually(&self, mut is_true: impl FnMut(&Value) -> bool) {
        let until = Instant::now() + TIMEOUT;
        let mut last = None;
        while Instant::now() < until {
            last = self.status();
            if last.as_ref().is_some_and(&mut is_true) {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("not in time: {last:?}");
    }
}

#[test]
fn each_of_three_servers_is_killed_in_turn_and_nothing_is_lost() {
    let mut cluster = Cluster::start();
    cluster.eventually(|_| true);
    let folder = cluster.servers[0].folder.path().to_owned();
    let lines: Vec<String> = (0..REQUESTS).map(|number| slow(&format!("r{number}"), 100)).collect();
    cluster.servers[0].write("r.ndjson", &lines);
    let _nodes = [cluster.tach(&["node"]), cluster.tach(&["node"])];
    let mut submitter = cluster.tach(&["submit", "r.ndjson", "--job", "job", "-o", "replies.ndjson"]);
    let replies =
        || std::fs::read(folder.join("replies.ndjson")).map_or(0, |text| text.split(|byte| *byte == b'\n').count());
    let until = Instant::now() + TIMEOUT;
    while replies() < 10 {
        assert!(Instant::now() < until, "work begins");
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut stalls = Vec::new();
    for victim in 0..3 {
        let (before, killed) = (replies(), Instant::now());
        cluster.servers[victim].restart_after(Duration::from_secs(2));
        while replies() < before + 5 && submitter.is_running() {
            assert!(killed.elapsed() < TIMEOUT, "work goes on after the end of server {victim}");
            std::thread::sleep(Duration::from_millis(50));
        }
        stalls.push(killed.elapsed());
        cluster.eventually(|status| status["replicas_behind"] == 0);
    }
    println!("the next replies came {stalls:.1?} after each server's end, 2 s of which it was down");
    assert_eq!(submitter.ended_within(2 * TIMEOUT), 0);
    let outcomes = cluster.servers[0].outcomes("replies.ndjson");
    assert_eq!(outcomes.len(), REQUESTS);
    assert!(outcomes.values().all(|outcome| outcome == "success"));
    cluster.eventually(|status| status["waiting"] == 0 && status["held"] == 0 && status["replies"] == REQUESTS);
}

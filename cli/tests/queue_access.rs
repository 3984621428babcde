//! Who a queue lets in, by the ways that NATS has: certificates, keys of NATS, and credentials that an operator's account signed.
#![cfg(unix)]

mod many_machines;

use base64_simd::URL_SAFE_NO_PAD;
use many_machines::{Server, TIMEOUT, ping};
use nkeys::KeyPair;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

/// `tach queue status` at `url`, with further options.
fn status(folder: &Path, url: &str, options: &[&str]) -> Output {
    let mut tach = Command::new(env!("CARGO_BIN_EXE_tach"));
    tach.args(["queue", "status", "--nats", url]).args(options).current_dir(folder);
    tach.output().expect("tach runs")
}

#[track_caller]
fn refused(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(words.iter().any(|word| said.to_lowercase().contains(word)), "{said}");
}

#[track_caller]
fn let_in(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a request through the queue from end to end, node and submitter with the same options.
fn runs(server: &Server, url: &str, options: &[&str]) {
    server.write("r.ndjson", &[ping("one")]);
    let all = [&["--nats", url], options].concat();
    let mut node = server.node(&all, &[]);
    let outcomes = server.submitted("r.ndjson", "job", "replies.ndjson", &all);
    assert_eq!(outcomes["one"], "success");
    node.signal(rustix::process::Signal::TERM);
    assert_eq!(node.ended_within(TIMEOUT), 0);
}

/// Writes `NAME.pem` and `NAME.key`: an authority, or what it signed for this machine.
fn certificate(folder: &Path, name: &str, authority: Option<&str>) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem"), "-subj", &format!("/CN={name}")]);
    if let Some(authority) = authority {
        openssl.args(["-CA", &format!("{authority}.pem"), "-CAkey", &format!("{authority}.key")]);
        openssl.args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let made = openssl.current_dir(folder).output().expect("the program openssl, of Debian's package of that name");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn a_server_and_its_clients_prove_themselves_by_certificates() {
    let keys = tempfile::tempdir().expect("a folder");
    let at = |name: &str| keys.path().join(name).display().to_string();
    certificate(keys.path(), "authority", None);
    certificate(keys.path(), "server", Some("authority"));
    certificate(keys.path(), "node", Some("authority"));
    certificate(keys.path(), "stranger", None);
    let server = Server::start_with(&format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}",
        at("server.pem"),
        at("server.key"),
        at("authority.pem")
    ));
    let url = format!("tls://127.0.0.1:{}", server.port);
    let [authority, certificate, key] = ["authority.pem", "node.pem", "node.key"].map(at);
    let options = ["--nats-ca", &authority, "--nats-cert", &certificate, "--nats-key", &key];
    let_in(&status(keys.path(), &url, &options));
    runs(&server, &url, &options);

    refused(&status(keys.path(), &url, &options[2..]), &["certificate", "tls"]);
    refused(&status(keys.path(), &url, &options[..2]), &["certificate", "tls"]);
    let strange = ["--nats-ca", "authority.pem", "--nats-cert", "stranger.pem", "--nats-key", "stranger.key"];
    refused(&status(keys.path(), &url, &strange), &["certificate", "tls", "handshake"]);
}

#[test]
fn a_key_pair_opens_the_queue_and_another_one_does_not() {
    let user = KeyPair::new_user();
    let server = Server::start_with(&format!("authorization {{ users: [ {{ nkey: \"{}\" }} ] }}", user.public_key()));
    let url = format!("nats://127.0.0.1:{}", server.port);
    let keys = tempfile::tempdir().expect("a folder");
    for (name, pair) in [("right.nk", &user), ("wrong.nk", &KeyPair::new_user())] {
        std::fs::write(keys.path().join(name), format!("{}\n", pair.seed().expect("a seed"))).expect("a file");
    }
    let right = keys.path().join("right.nk").display().to_string();
    runs(&server, &url, &["--nats-nkey", &right]);
    refused(&status(keys.path(), &url, &["--nats-nkey", "wrong.nk"]), &["authorization"]);
    refused(&status(keys.path(), &url, &[]), &["authorization"]);
}

/// A claim in the form of NATS 2: a JSON web token that `issuer` signs.
fn token(issuer: &KeyPair, subject: &KeyPair, claim: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode_to_string(value.to_string());
    let head = part(&json!({"typ": "JWT", "alg": "ed25519-nkey"}));
    let body = part(&json!({
        "jti": subject.public_key(), "iat": 1_700_000_000, "iss": issuer.public_key(), "name": "test",
        "sub": subject.public_key(), "nats": claim,
    }));
    let text = format!("{head}.{body}");
    let signature = URL_SAFE_NO_PAD.encode_to_string(issuer.sign(text.as_bytes()).expect("a signature"));
    format!("{text}.{signature}")
}

#[test]
fn credentials_of_an_account_open_the_queue_and_those_of_a_stranger_do_not() {
    let (operator, account, user) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_user());
    let system = KeyPair::new_account();
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
        "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let server = Server::start_with(&format!(
        "operator: {}\nresolver: MEMORY\nresolver_preload {{ {}: {}, {system}: {} }}\nsystem_account: {system}",
        token(&operator, &operator, &json!({"type": "operator", "version": 2})),
        account.public_key(),
        token(&operator, &account, &json!({"type": "account", "version": 2, "limits": limits})),
        token(&operator, &system, &json!({"type": "account", "version": 2})),
        system = system.public_key(),
    ));
    let keys = tempfile::tempdir().expect("a folder");
    let claim = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1});
    for (name, issuer) in [("right.creds", &account), ("wrong.creds", &KeyPair::new_account())] {
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
            token(issuer, &user, &claim),
            user.seed().expect("a seed")
        );
        std::fs::write(keys.path().join(name), text).expect("a file");
    }
    let url = format!("nats://127.0.0.1:{}", server.port);
    let right = keys.path().join("right.creds").display().to_string();
    runs(&server, &url, &["--nats-creds", &right]);
    refused(&status(keys.path(), &url, &["--nats-creds", "wrong.creds"]), &["authorization"]);
}

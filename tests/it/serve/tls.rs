use std::process::Command;

use super::Server;
use crate::harness::Scratch;

/// A server's words that speaks TLS over `log.jsonl`.
pub(super) const WORDS: [&str; 5] = ["log.jsonl", "--tls", "cert.pem", "--tls-key", "key.pem"];

/// Makes a certificate for [`WORDS`].
pub(super) fn certify(scratch: &Scratch) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    scratch
        .write("cert.pem", made.cert.pem())
        .write("key.pem", made.signing_key.serialize_pem());
}

#[test]
fn tls_is_spoken_with_the_certificate_given_and_plain_text_is_not() {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", "");
    certify(&scratch);
    scratch.write("none.pem", "");
    let refused = scratch.run(&[
        "serve",
        "--tls",
        "none.pem",
        "--tls-key",
        "key.pem",
        "log.jsonl",
    ]);
    refused.exit(2).says("none.pem");
    let child = Server::secure(&scratch, &WORDS);
    let port = child.address.port();
    let asked = Command::new("curl")
        .args(["-sS", "--max-time", "10", "--cacert"])
        .arg(scratch.path("cert.pem"))
        .arg(format!("https://localhost:{port}/healthz"))
        .args(["--resolve", &format!("localhost:{port}:127.0.0.1")])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&asked.stdout),
        "{\"status\":\"ok\"}",
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    assert_ne!(child.get("/healthz").status, 200, "plain text is answered");
}

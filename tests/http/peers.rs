//! Servers that are not ours: Python's, plain and behind TLS.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::{LONG, child, emit, run, words, writer};

/// Appends each body to a file and each batch's id to another; closes every connection, as HTTP/1.0 does. Says its port.
const SERVER: &str = r#"
import http.server, ssl, sys
folder, protocol = sys.argv[1], sys.argv[2]
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = protocol
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/x-ndjson"
        assert int(self.headers["Batch-Events"]) == body.count(b"\n")
        open(folder + "/bodies", "ab").write(body)
        open(folder + "/ids", "a").write(self.headers["Batch-Id"] + "\n")
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
"#;

struct Python {
    process: Child,
    port: u16,
}

impl Python {
    fn new(folder: &Path, protocol: &str, certificate: Option<&Path>) -> Python {
        let mut process = Command::new("python3")
            .args(["-c", SERVER])
            .arg(folder)
            .arg(protocol)
            .args(certificate)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        let port = port.trim().parse().unwrap();
        Python { process, port }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn pythons_server_has_what_the_log_has() {
    for protocol in ["HTTP/1.0", "HTTP/1.1"] {
        let folder = tempfile::tempdir().unwrap();
        let python = Python::new(folder.path(), protocol, None);
        let url = format!("http://localhost:{}/", python.port);
        let metrics = writer(folder.path(), &url).build().unwrap();
        emit(&metrics, 0..10_000);
        assert!(metrics.flush(LONG));
        let log = fs::read(folder.path().join("auth.jsonl")).unwrap();
        assert!(
            log == fs::read(folder.path().join("bodies")).unwrap(),
            "{protocol}"
        );
        let ids = fs::read_to_string(folder.path().join("ids")).unwrap();
        assert!(ids.lines().count() > 1, "{protocol}");
    }
}

/// Emits to a server behind TLS; the roots of trust are what the environment says.
fn emit_over_tls(words: &[String]) {
    let [folder, url, is_trusted] = words else {
        panic!("{words:?}");
    };
    let metrics = writer(Path::new(folder), url).build().unwrap();
    emit(&metrics, 0..100);
    let longest = match is_trusted.as_str() {
        "true" => LONG,
        _ => Duration::from_secs(2),
    };
    assert_eq!(metrics.flush(longest).to_string(), *is_trusted);
    let stats = metrics.endpoint_stats().unwrap();
    assert_eq!(stats.failures > 0, is_trusted == "false", "{stats:?}");
}

#[test]
fn tls_is_spoken_to_servers_the_system_trusts_and_to_no_others() {
    const TEST: &str = "peers::tls_is_spoken_to_servers_the_system_trusts_and_to_no_others";
    if let Some(words) = words() {
        return emit_over_tls(&words);
    }
    let certificates = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/tls");
    let server = certificates.join("server.pem");
    for (roots, host, is_trusted) in [
        ("ca.pem", "localhost", "true"),
        // Another authority, and a name that is not the server's.
        ("other-ca.pem", "localhost", "false"),
        ("ca.pem", "127.0.0.1", "false"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let python = Python::new(folder.path(), "HTTP/1.1", Some(&server));
        let url = format!("https://{host}:{}/", python.port);
        let words: [&OsStr; 3] = [folder.path().as_ref(), url.as_ref(), is_trusted.as_ref()];
        let mut command = child(TEST, &words);
        // The variable by which OpenSSL's and other programs are told where the system's roots are.
        run(command
            .env("SSL_CERT_FILE", certificates.join(roots))
            .env_remove("SSL_CERT_DIR"));
        let has = fs::read(folder.path().join("bodies")).unwrap_or_default();
        let lines = has.iter().filter(|&&byte| byte == b'\n').count();
        assert_eq!(
            lines,
            if is_trusted == "true" { 100 } else { 0 },
            "{roots} {host}"
        );
    }
}

//! The URL: what is refused, and what is never shown.

use std::sync::{Arc, Mutex};

use authmeter::{Format, Metrics};

use crate::receiver::{Receiver, Reply};
use crate::{LONG, emit, eventually, writer};

const SECRET: &str = "hunter2";

#[test]
fn a_wrong_url_is_an_error_that_names_the_variable_and_shows_no_secret() {
    let wrong = [
        "ftp://host/hunter2",
        "hunter2@host",
        "host:hunter2",
        "https//user:hunter2@host",
        "https:/user:hunter2@host",
        "http://",
        "http://user:hunter2@",
        "http://:80/",
        "http://host:0/",
        "http://host:hunter2/",
        "http://host:70000/",
        "http://ho st/",
        "http://host/\u{1b}[2J",
        "hunter2",
        "hunter2://host",
        "//host/",
        "/path",
        " http://host/",
    ];
    for url in wrong {
        let folder = tempfile::tempdir().unwrap();
        let in_code = writer(folder.path(), url).build().unwrap_err();
        let lookup = |name: &str| (name == "METRICS_ENDPOINT").then(|| url.into());
        let in_environment = Metrics::builder().from_lookup(lookup).err().unwrap();
        for error in [in_code, in_environment] {
            for text in [error.to_string(), format!("{error:?}")] {
                assert!(text.contains("METRICS_ENDPOINT"), "{url}: {text}");
                assert!(
                    !text.contains(SECRET) && !text.contains('\u{1b}'),
                    "{url}: {text}"
                );
            }
        }
        assert!(!folder.path().join("auth.jsonl.spool").exists(), "{url}");
    }
}

#[test]
fn a_name_and_a_password_become_a_header_and_are_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|number, _| match number {
        0..3 => Reply::Status(403, ""),
        _ => Reply::Accept,
    });
    let url = format!(
        "http://Aladdin:open%20{SECRET}%40@127.0.0.1:{}/{SECRET}?token={SECRET}",
        receiver.port()
    );
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let metrics = writer(folder.path(), &url)
        .on_error(move |error| tell.lock().unwrap().push(format!("{error} {error:?}")))
        .build()
        .unwrap();
    emit(&metrics, 0..1);
    assert!(metrics.flush(LONG));
    let request = receiver.seen(|seen| seen.requests[0].clone());
    // printf 'Aladdin:open hunter2@' | base64
    assert_eq!(
        request.header("authorization"),
        "Basic QWxhZGRpbjpvcGVuIGh1bnRlcjJA"
    );
    assert_eq!(
        request.header("host"),
        format!("127.0.0.1:{}", receiver.port())
    );
    assert_eq!(request.line, "POST /hunter2?token=hunter2 HTTP/1.1");
    eventually(|| told.lock().unwrap().clone(), |told| !told.is_empty());
    let said = format!("{:?} {metrics:?}", told.lock().unwrap());
    assert!(said.contains("403"), "{said}");
    assert!(
        !said.contains(SECRET) && !said.contains("Aladdin"),
        "{said}"
    );
}

#[test]
fn the_environment_names_an_endpoint_and_code_overrides_it() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (Receiver::accepting(), Receiver::accepting());
    let lookup = |name: &str| match name {
        "METRICS_ENDPOINT" => Some(first.url().into()),
        "METRICS_FORMAT" => Some("file".into()),
        "METRICS_FILE_PATH" => Some(folder.path().join("auth.jsonl").into()),
        _ => None,
    };
    let named = Metrics::builder()
        .from_lookup(lookup)
        .unwrap()
        .build()
        .unwrap();
    emit(&named, 0..5);
    assert!(named.flush(LONG));
    first.has_exactly(0..5);
    let overridden = writer(folder.path(), &second.url())
        .from_lookup(lookup)
        .unwrap();
    let overridden = overridden.build().unwrap();
    emit(&overridden, 0..5);
    assert!(overridden.flush(LONG));
    second.has_exactly(0..5);
    first.has_exactly(0..5);
}

#[test]
fn a_writer_without_an_endpoint_has_no_spool() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let metrics = Metrics::builder()
        .format(Format::File)
        .path(&path)
        .build()
        .unwrap();
    emit(&metrics, 0..5);
    assert!(metrics.flush(LONG) && metrics.endpoint_stats().is_none());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

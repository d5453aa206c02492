//! A tenant, and an owner, obtain no byte of what is another's: every path of the API's own description is asked, with many
//! filters, by everybody.

use std::fs;
use std::io::Write as _;
use std::time::Duration;

use super::{Server, heard, token};
use crate::harness::Scratch;

/// Events of one user of one tenant; every text of them has the mark.
fn log(tenant: &str, mark: &str, day: u32) -> String {
    let mut log = String::new();
    for (event, success) in [
        ("auth.login", true),
        ("auth.login", false),
        ("token.issued", true),
        ("api_token.used", true),
        (mark, true),
        ("security.brute_force", false),
    ] {
        log.push_str(&format!(
            "{{\"event\":\"{event}\",\"timestamp\":\"2025-01-{day:02}T10:30:00.000Z\",\"userId\":\"user-{mark}\",\"email\":\"{mark}@example.com\",\
             \"success\":{success},\"reason\":\"because-{mark}\",\"metadata\":{{\"tenantId\":\"{tenant}\",\"clientId\":\"client-{mark}\",\
             \"tokenId\":\"token-{mark}\",\"endpoint\":\"/api/{mark}\",\"userAgent\":\"agent-{mark}\",\"method\":\"GET\"}}}}\n"
        ));
    }
    log
}

const OWN: &str = "ownmark";
const MATE: &str = "matemark";
const OTHER: &str = "othermark";

/// What anybody might try, of every path.
fn paths(server: &Server) -> Vec<String> {
    let described = server.with("none", "/api/v1/openapi.json");
    assert_eq!(
        described.status, 401,
        "the description, too, is for those who are known"
    );
    let mut all = Vec::new();
    let filters = [
        "",
        "range=all",
        "client=client-othermark",
        "user=user-othermark",
        "user=!user-ownmark",
        "user=user-matemark",
        "user=user-ownmark",
        "user=othermark@example.com",
        "client=client-othermark&client=client-ownmark&client=client-matemark",
        "event=othermark",
        "event=*",
        "outcome=failed",
        "reason=because-othermark",
        "ip=0.0.0.0/0",
        "from=2025-01-01&to=2025-01-31",
        "limit=1000",
        "token=token-othermark",
        "token=token-matemark",
        "tenant=other",
        "page=2",
        "before=1736937000000000000.5",
        "x=othermar",
    ];
    for path in [
        "/healthz",
        "/metrics",
        "/api/v1/me",
        "/api/v1/reports",
        "/api/v1/reports/all",
        "/api/v1/events",
        "/api/v1/openapi.json",
        "/api/v1/nothing",
    ] {
        all.extend(filters.map(|filter| format!("{path}?{filter}")));
    }
    for report in [
        "logins",
        "failures",
        "refreshes",
        "otp",
        "tokens",
        "users",
        "clients",
        "ips",
        "timeline",
        "peaks",
        "activity",
        "usage",
        "security",
        "explain",
    ] {
        all.extend(filters.map(|filter| format!("/api/v1/reports/{report}?{filter}")));
    }
    for id in [
        "token-othermark",
        "token-matemark",
        "token-ownmark",
        "unknown",
    ] {
        all.extend(filters.map(|filter| format!("/api/v1/tokens/{id}/usage?{filter}")));
    }
    all
}

/// What is asked comes back in answers that refuse it; that is no telling.
fn without_what_was_asked(answer: &str, path: &str) -> String {
    let asked = path
        .split(['=', '/', '?', '&'])
        .filter(|part| part.contains("mark"));
    asked.fold(answer.to_owned(), |answer, part| {
        let refused = answer.replace(&format!("\\\"{part}\\\""), "");
        // The report of one token's calls says which was asked for, whether there is one or not.
        refused.replace(&format!("\"token\": \"{part}\""), "")
    })
}

#[test]
fn nobody_obtains_a_byte_of_what_is_anothers_through_any_path() {
    let (with, without) = (Scratch::new(), Scratch::new());
    let own = log("acme", OWN, 10);
    let others = format!(
        "{}{}no event of {OTHER}\n",
        log("other", OTHER, 5),
        log("other", OTHER, 20)
    );
    with.write(
        "log.jsonl",
        format!("{others}{own}{}", log("acme", MATE, 11)),
    );
    without.write("log.jsonl", format!("{own}{}", log("acme", MATE, 11)));
    let tokens = [
        (token(&with, &["--tenant", "acme"]), &[OTHER][..]),
        (
            token(&with, &["--tenant", "acme", "--owner", "user-ownmark"]),
            &[OTHER, MATE],
        ),
    ];
    fs::copy(with.path("tokens"), without.path("tokens")).unwrap();
    let server = Server::start(&with, &["log.jsonl", "--auth", "tokens"]);
    let alone = Server::start(&without, &["log.jsonl", "--auth", "tokens"]);
    let mut answered = 0;
    for (token, forbidden) in &tokens {
        for path in paths(&server) {
            let answer = server.with(token, &path);
            assert_ne!(answer.status, 500, "{path}");
            let told = without_what_was_asked(&answer.all(), &path);
            for mark in *forbidden {
                assert!(!told.contains(mark), "{path} tells of {mark}:\n{told}");
            }
            // What is left out leaves no gap either: the answer is that of a log without the others.
            assert_eq!(answer.all(), alone.with(token, &path).all(), "{path}");
            answered += usize::from(answer.status == 200);
        }
        assert!(
            server
                .with(token, "/api/v1/tokens/token-ownmark/usage")
                .body
                .contains("2025-01-10")
        );
        assert!(server.with(token, "/metrics").status == 403);
    }
    assert!(answered > 100, "only {answered} questions had an answer");
    let owner = &tokens[1].0;
    let unknown = server.with(owner, "/api/v1/tokens/unknown/usage").all();
    assert_eq!(
        server
            .with(owner, "/api/v1/tokens/token-matemark/usage")
            .all(),
        unknown
    );
    assert_eq!(
        server
            .with(owner, "/api/v1/tokens/token-othermark/usage")
            .all(),
        unknown
    );
}

#[test]
fn every_path_of_the_description_is_asked_above() {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", "");
    let open = Server::start(&scratch, &["log.jsonl"]);
    let described = open.get("/api/v1/openapi.json").expect(200).json();
    let names: Vec<&str> = described["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let known = [
        "/api/v1/events",
        "/api/v1/me",
        "/api/v1/openapi.json",
        "/api/v1/reports",
        "/api/v1/reports/explain",
        "/api/v1/reports/{name}",
        "/api/v1/stream",
        "/api/v1/tokens/{id}/usage",
        "/healthz",
        "/metrics",
    ];
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, known);
    for path in names.into_iter().filter(|path| *path != "/api/v1/stream") {
        let path = match path {
            "/api/v1/reports/explain" => "/api/v1/reports/explain?user=u",
            path => path,
        };
        let path = path.replace("{name}", "all").replace("{id}", "x");
        open.get(&path).expect(200);
    }
}

#[test]
fn a_stream_is_silent_about_others_and_tells_what_is_ones_own() {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", log("acme", OWN, 10));
    let token = token(&scratch, &["--tenant", "acme"]);
    let server = Server::start(&scratch, &["log.jsonl", "--auth", "tokens"]);
    let mut stream = server.listen(&format!("Authorization: Bearer {token}\r\n"));
    std::thread::sleep(Duration::from_millis(500));
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(scratch.path("log.jsonl"))
        .unwrap();
    file.write_all(log("other", OTHER, 20).as_bytes()).unwrap();
    let told = heard(&mut stream, "update", Duration::from_secs(4));
    assert!(!told.contains("update"), "{told}");
    file.write_all(log("acme", "newmark", 21).as_bytes())
        .unwrap();
    let told = heard(&mut stream, "newmark", Duration::from_secs(10));
    assert!(told.contains("newmark") && !told.contains(OTHER), "{told}");
    assert!(
        told.contains("\"generation\":1"),
        "updates of others are not counted: {told}"
    );
}

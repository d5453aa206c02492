//! Objects that are not the writer's: long, full of the unknown, rows of tables, numbers, other scripts.

use crate::json::Json;
use crate::life::{Event, Random};
use crate::shape::{
    Members, base, client, ip, metadata, ordered, outcome, push, stamp, subject, uuid,
};

/// Names of the vocabulary stand at depths where they mean nothing.
pub(crate) fn long(event: &Event, random: &mut Random) -> Members {
    let float = |random: &mut Random| {
        Json::Raw(format!(
            "{}.{:03}e-{}",
            random.below(90),
            random.below(1000),
            random.below(9)
        ))
    };
    let step = |random: &mut Random| {
        Json::Object(vec![
            ("event".into(), Json::text("auth.login")),
            ("userId".into(), Json::Text(uuid(random.next()))),
            ("success".into(), Json::raw(random.below(2) == 0)),
            ("took".into(), float(random)),
        ])
    };
    let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 ";
    let mut more = metadata(event, random);
    push(&mut more, "userAgent", Json::Text(agent.repeat(4)));
    push(
        &mut more,
        "risk",
        Json::Array((0..24).map(|_| float(random)).collect()),
    );
    push(
        &mut more,
        "history",
        Json::Array((0..8).map(|_| step(random)).collect()),
    );
    let screen = vec![
        (
            "size".into(),
            Json::Array(vec![Json::raw(2560), Json::raw(1440)]),
        ),
        ("scale".into(), float(random)),
    ];
    let device = vec![
        ("screen".into(), Json::Object(screen)),
        (
            "fonts".into(),
            Json::Array(
                (0..12)
                    .map(|_| Json::Text(format!("Font {}", random.below(300))))
                    .collect(),
            ),
        ),
        ("locale".into(), Json::raw("null")),
    ];
    push(&mut more, "device", Json::Object(device));
    let mut members = base(event, event.name);
    push(&mut members, "metadata", Json::Object(more));
    members
}

pub(crate) fn unknown_fields(event: &Event, random: &mut Random) -> Members {
    let mut members = Members::new();
    for (index, known) in ordered(event, random).into_iter().enumerate() {
        for field in 0..5 {
            let key = format!("x_{}_{}", index, field);
            let value = match field {
                0 => Json::raw(random.below(1_000_000)),
                1 => Json::Text(uuid(random.next())),
                2 => Json::Array(vec![Json::raw(true), Json::raw("null"), Json::text("tag")]),
                3 => Json::Object(vec![
                    ("event".into(), Json::text("no event")),
                    ("n".into(), Json::raw(-1.5)),
                ]),
                _ => Json::text("eventual timestamps, successes"),
            };
            push(&mut members, &key, value);
        }
        members.push(known);
    }
    members
}

/// Rows of the three audit tables: by `event_type` and `event_data`, by `action` and `details`, and with actors.
pub(crate) fn audit_row(event: &Event, random: &mut Random) -> Members {
    let (name, said) = match (event.name, event.success) {
        ("auth.login", Some(true)) => ("auth.login_success", None),
        ("auth.login", _) => ("auth.login_failure", None),
        ("token.refresh", Some(true)) => ("token.refreshed", None),
        ("token.generated", _) => ("token.issued.authorization_code", None),
        (name, success) => (name, success),
    };
    let (event_key, container, user) = match random.below(3) {
        0 => ("event_type", "event_data", "user_id"),
        1 => ("action", "details", "user_id"),
        _ => ("event_type", "details", "actor_id"),
    };
    let mut more = Members::new();
    push(&mut more, "client_id", Json::text(client(event)));
    push(
        &mut more,
        "scopes",
        Json::Array(vec![Json::text("openid"), Json::text("profile")]),
    );
    push(&mut more, "ip_address", Json::Text(ip(event)));
    push(&mut more, "user_agent", Json::text("okhttp/4.12.0"));
    if let Some(success) = said {
        push(&mut more, "success", Json::raw(success));
    }
    if let Some(error) = event.error {
        push(&mut more, "reason", Json::text(error));
    }
    let mut members = Members::new();
    push(&mut members, "id", Json::raw(random.below(1 << 40)));
    push(&mut members, "tenant_id", Json::Text(uuid(event.user % 50)));
    push(&mut members, event_key, Json::text(name));
    push(&mut members, "category", Json::text("auth"));
    push(
        &mut members,
        "severity",
        Json::text(if event.error.is_some() {
            "warning"
        } else {
            "info"
        }),
    );
    match event.by_id {
        true => push(&mut members, user, Json::Text(uuid(event.user))),
        false => push(&mut members, user, Json::raw("null")),
    }
    push(
        &mut members,
        "actor_name",
        Json::Text(format!("someone.{}@example.com", event.user)),
    );
    push(&mut members, "resource_type", Json::text("oauth_token"));
    push(&mut members, container, Json::Object(more));
    push(
        &mut members,
        "created_at",
        Json::Text(stamp(event.at, " ", "+00")),
    );
    push(
        &mut members,
        "updated_at",
        Json::Text(stamp(event.at, " ", "+00")),
    );
    members
}

pub(crate) fn numbers(event: &Event, random: &mut Random) -> Members {
    let mut members = Members::new();
    push(&mut members, "event", Json::text(event.name));
    push(
        &mut members,
        "timestamp",
        Json::raw(1_736_121_600_000 + event.at),
    );
    match event.by_id {
        true => push(&mut members, "userId", Json::raw(1_000_000 + event.user)),
        false => push(
            &mut members,
            "email",
            Json::Text(format!("{}@example.com", event.user)),
        ),
    }
    outcome(&mut members, event);
    let more = vec![
        ("clientId".into(), Json::raw(event.user % 6)),
        ("sessionId".into(), Json::raw(random.next() >> 11)),
        ("expiresIn".into(), Json::raw(3600)),
    ];
    push(&mut members, "metadata", Json::Object(more));
    members
}

pub(crate) fn not_ascii(event: &Event, random: &mut Random) -> Members {
    let mut members = Members::new();
    push(&mut members, "event", Json::text(event.name));
    push(
        &mut members,
        "timestamp",
        Json::Text(stamp(event.at, "T", "Z")),
    );
    let email = format!("grüße.{}@例え.jp", event.user);
    subject(
        &mut members,
        event,
        format!("użytkownik-{}-用户-🦀", event.user),
        email,
    );
    if let Some(success) = event.success {
        push(&mut members, "success", Json::raw(success));
    }
    if let Some(error) = event.error {
        push(
            &mut members,
            "error",
            Json::Text(format!("{error} – пользователь не найден ❌")),
        );
    }
    let mut more = metadata(event, random);
    push(
        &mut more,
        "città",
        Json::text("Zürich, Østerbro, 東京, Αθήνα"),
    );
    push(&mut members, "metadata", Json::Object(more));
    members
}

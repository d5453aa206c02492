//! The shapes: what an event's object holds, and how it is written.

use crate::json::{Json, Style};
use crate::life::{Event, Random, Who, mix};
use crate::strange::{audit_row, long, not_ascii, numbers, unknown_fields};

pub(crate) type Members = Vec<(String, Json)>;

/// One way to write events.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) who: Who,
    build: fn(&Event, &mut Random) -> Members,
    style: Style,
    ending: &'static str,
}

const PLAIN: Style = Style {
    shuffled: false,
    spaced: false,
    escaped_values: false,
    escaped_keys: false,
};
const SHUFFLED: Style = Style {
    shuffled: true,
    ..PLAIN
};
const SPACED: Style = Style {
    spaced: true,
    ..PLAIN
};
const ESCAPED_VALUES: Style = Style {
    escaped_values: true,
    ..PLAIN
};
const ESCAPED_KEYS: Style = Style {
    escaped_keys: true,
    ..PLAIN
};

const fn shape(
    name: &'static str,
    build: fn(&Event, &mut Random) -> Members,
    style: Style,
) -> Shape {
    Shape {
        name,
        who: Who::Regulars,
        build,
        style,
        ending: "\n",
    }
}

/// Every shape.
pub(crate) static SHAPES: &[Shape] = &[
    // The writer's own order, from another hand: what the others differ from.
    shape("ordered", ordered, PLAIN),
    shape("shuffled-keys", ordered, SHUFFLED),
    shape("white-space", ordered, SPACED),
    shape("escaped-values", ordered, ESCAPED_VALUES),
    shape("escaped-keys", ordered, ESCAPED_KEYS),
    shape("lines-of-60-bytes", short, PLAIN),
    shape("lines-of-2-kilobytes", long, PLAIN),
    Shape {
        who: Who::Newcomers,
        ..shape("distinct-users", newcomer, PLAIN)
    },
    shape("metadata-first", metadata_first, PLAIN),
    Shape {
        who: Who::Unknown,
        ..shape("unknown-events", unknown_name, PLAIN)
    },
    shape("unknown-fields", unknown_fields, PLAIN),
    shape("audit-rows", audit_row, PLAIN),
    shape("numbers-as-ids", numbers, PLAIN),
    shape("not-ascii", not_ascii, PLAIN),
    Shape {
        ending: "\r\n",
        ..shape("crlf", ordered, PLAIN)
    },
];

impl Shape {
    pub(crate) fn write(&self, event: &Event, random: &mut Random, out: &mut String) {
        let mut object = Json::Object((self.build)(event, random));
        self.style.write(&mut object, random, out);
        out.push_str(self.ending);
    }
}

pub(crate) fn push(members: &mut Members, key: &str, value: Json) {
    members.push((key.to_owned(), value));
}

const CLIENTS: [&str; 6] = ["web", "ios", "android", "kiosk", "partner", "tv"];

pub(crate) fn client(event: &Event) -> &'static str {
    CLIENTS[(event.user % 6) as usize]
}

pub(crate) fn ip(event: &Event) -> String {
    format!(
        "10.{}.{}.{}",
        event.user >> 16 & 255,
        event.user >> 8 & 255,
        event.user & 255
    )
}

/// The time in the form of RFC 3339, with `between` after the day, and the zone at the end.
pub(crate) fn stamp(at: u64, between: &str, zone: &str) -> String {
    let (seconds, millis) = (at / 1000, at % 1000);
    let (day, hour, minute) = (6 + seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    format!(
        "2025-01-{day:02}{between}{hour:02}:{minute:02}:{:02}.{millis:03}{zone}",
        seconds % 60
    )
}

pub(crate) fn uuid(number: u64) -> String {
    let (high, low) = (mix(number), mix(number ^ 0xA5A5_5A5A));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFF,
        0x8000 | low >> 50,
        (low ^ high) & 0xFFFF_FFFF_FFFF
    )
}

/// Who it is about, as id or as e-mail: the writer's names, and texts of the given form.
pub(crate) fn subject(members: &mut Members, event: &Event, id: String, email: String) {
    if event.by_id {
        push(members, "userId", Json::Text(id));
    }
    if !event.by_id || event.user.is_multiple_of(2) {
        push(members, "email", Json::Text(email));
    }
}

pub(crate) fn outcome(members: &mut Members, event: &Event) {
    if let Some(success) = event.success {
        push(members, "success", Json::raw(success));
    }
    if let Some(error) = event.error {
        push(members, "error", Json::text(error));
    }
}

pub(crate) fn metadata(event: &Event, random: &mut Random) -> Members {
    let mut members = Members::new();
    push(
        &mut members,
        "method",
        Json::text(["otp", "magic-link"][(event.user % 2) as usize]),
    );
    push(&mut members, "clientId", Json::text(client(event)));
    push(&mut members, "ip", Json::text(ip(event)));
    push(&mut members, "attempts", Json::raw(random.below(5)));
    members
}

pub(crate) fn base(event: &Event, name: &str) -> Members {
    let mut members = Members::new();
    push(&mut members, "event", Json::text(name));
    push(
        &mut members,
        "timestamp",
        Json::Text(stamp(event.at, "T", "Z")),
    );
    let email = format!("Someone.{}@Example.com", event.user);
    subject(&mut members, event, format!("user-{}", event.user), email);
    outcome(&mut members, event);
    members
}

pub(crate) fn ordered(event: &Event, random: &mut Random) -> Members {
    let mut members = base(event, event.name);
    push(
        &mut members,
        "metadata",
        Json::Object(metadata(event, random)),
    );
    members
}

fn metadata_first(event: &Event, random: &mut Random) -> Members {
    let mut members = ordered(event, random);
    members.rotate_right(1);
    members
}

fn short(event: &Event, _: &mut Random) -> Members {
    let mut members = Members::new();
    push(&mut members, "event", Json::text(event.name));
    push(
        &mut members,
        "ts",
        Json::raw(1_736_121_600 + event.at / 1000),
    );
    let (key, sign) = if event.by_id {
        ("sub", "u")
    } else {
        ("email", "u@")
    };
    push(
        &mut members,
        key,
        Json::Text(format!("{sign}{}", event.user)),
    );
    if let Some(success) = event.success {
        push(&mut members, "success", Json::raw(success));
    }
    members
}

fn newcomer(event: &Event, _: &mut Random) -> Members {
    let mut members = Members::new();
    push(&mut members, "event", Json::text(event.name));
    push(
        &mut members,
        "timestamp",
        Json::Text(stamp(event.at, "T", "Z")),
    );
    push(&mut members, "userId", Json::Text(uuid(event.user)));
    outcome(&mut members, event);
    members
}

fn unknown_name(event: &Event, random: &mut Random) -> Members {
    let mut members = base(
        event,
        &format!("custom.{}.{}", event.name, random.below(200)),
    );
    push(
        &mut members,
        "metadata",
        Json::Object(metadata(event, random)),
    );
    members
}

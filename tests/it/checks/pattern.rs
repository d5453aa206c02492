//! Logs as bytes say: a few patterns of lines, many lines of each, and a byte changed here and there. Bytes that are
//! changed at random seldom make two lines of one shape; these make little else.

/// No log is longer, in bytes: several of the stretches that are indexed at a time.
const MOST: usize = 80_000;

const KEYS: &[&str] = &[
    "event",
    "timestamp",
    "userId",
    "email",
    "success",
    "error",
    "status",
    "clientId",
    "action",
    "event_type",
    "ts",
    "created_at",
    "user_id",
    "actor_name",
    "reason",
    "failure_reason",
    "client_id",
    "method",
    "httpMethod",
    "grantType",
    "scopes",
    "scope",
    "endpoint",
    "path",
    "tokenId",
    "jti",
    "responseStatus",
    "metadata",
    "details",
    "event_data",
    "other",
    "x",
    "",
    "é",
    "\\u0065vent",
    "a key of more bytes than are compared at a time",
];

const CONTAINERS: &[&str] = &["metadata", "details", "event_data", "other"];

const VALUES: &[&str] = &[
    "true",
    "false",
    "\"auth.login\"",
    "\"token.refresh\"",
    "\"token.issued.client_credentials\"",
    "\"token.issued.\"",
    "\"api_token.used\"",
    "\"otp.verification.detail\"",
    "\"scope.violation\"",
    "\"something.else\"",
    "\"2025-01-15T10:30:00.000Z\"",
    "\"2025-01-15T23:59:60.000Z\"",
    "\"2025-01-16T00:00:00.001Z\"",
    "\"2025-02-29T00:00:00.000Z\"",
    "\"2025-01-15 10:30:00+01:00\"",
    "1736937000",
    "1736937000123",
    "1e3",
    "200",
    "404",
    "65536",
    "-0.5E-7",
    "01",
    "null",
    "\"\"",
    "[]",
    "{}",
    "[\"a\",\"b\"]",
    "{\"event\":\"auth.login\"}",
    "\"A.B@Example.org\"",
    "\"ÄÖ漢字\"",
    "\"\\\"\"",
    "\"\\u0061\\n\"",
    "\"\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"tab\t\"",
    "\"nul\0\"",
    "\"open",
    "\"cr\r\"",
    "tru",
    "fals0",
    "1234",
    "12345",
    " ",
    "",
];

/// Bytes that are taken one after the other; when there are no more, they are zero.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn next(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or(0)
    }

    /// A number below `end`, which is at least 1.
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.next()) % end
    }

    fn some(&mut self, count: usize) -> &'b [u8] {
        let count = count.min(self.0.len());
        self.0.split_off(..count).unwrap_or_default()
    }
}

/// A part of a pattern.
enum Part {
    Text(String),
    /// A value goes here, and mostly one of this sort.
    Hole(u8),
}

/// The log these bytes describe.
pub(super) fn log(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = Bytes(bytes);
    let patterns: Vec<Vec<Part>> = (0..=bytes.below(4)).map(|_| pattern(&mut bytes)).collect();
    let end: &[u8] = [b"\n".as_slice(), b"\n", b"\n", b"\r\n"][bytes.below(4)];
    let changes: Vec<[u8; 4]> = (0..bytes.below(4))
        .map(|_| std::array::from_fn(|_| bytes.next()))
        .collect();
    let mut log = Vec::new();
    while !bytes.0.is_empty() && log.len() < MOST {
        let which = bytes.next();
        let pattern = &patterns[usize::from(which) % patterns.len()];
        // Every other time some lines more, so that few bytes make many lines.
        let turns = if which < 0x80 { 1 } else { which % 0x20 };
        for turn in 0..turns {
            for part in pattern {
                match part {
                    Part::Text(text) => log.extend(text.bytes()),
                    Part::Hole(sort) => value(*sort, turn, &mut bytes, &mut log),
                }
            }
            log.extend(end);
        }
    }
    log.truncate(MOST);
    for change in changes {
        mutate(change, &mut log);
    }
    log
}

/// One line with holes.
fn pattern(bytes: &mut Bytes<'_>) -> Vec<Part> {
    let mut parts = vec![Part::Text("{".to_owned())];
    let mut open = String::new();
    for member in 0..bytes.below(10) {
        let (key, form) = (bytes.next(), bytes.next());
        let container = CONTAINERS[usize::from(key) % CONTAINERS.len()];
        let key = KEYS[usize::from(key) % KEYS.len()];
        let comma = match member > 0 && !ends_open(&parts) {
            true => ",",
            false => "",
        };
        let space = if form & 0x0F == 0x0F { " " } else { "" };
        match form >> 5 {
            0 if open.len() < 12 => {
                parts.push(Part::Text(format!("{comma}\"{container}\":{space}{{")));
                open.push('}');
            }
            1 if open.len() < 12 => {
                parts.push(Part::Text(format!("{comma}\"{key}\":[{space}")));
                parts.push(Part::Hole(form));
                parts.push(Part::Text(",{".to_owned()));
                open.push_str("]}");
            }
            2 => parts.push(Part::Text(open.pop().map_or(String::new(), String::from))),
            _ => {
                parts.push(Part::Text(format!(
                    "{comma}{space}\"{key}\"{space}:{space}"
                )));
                parts.push(Part::Hole(form));
            }
        }
    }
    let closing: String = open.chars().rev().collect();
    parts.push(Part::Text(format!("{closing}}}")));
    parts
}

/// Whether the next member is the first of an object.
fn ends_open(parts: &[Part]) -> bool {
    matches!(parts.last(), Some(Part::Text(text)) if text.ends_with('{'))
}

/// A value, mostly of the sort that the hole had the last time.
fn value(sort: u8, turn: u8, bytes: &mut Bytes<'_>, log: &mut Vec<u8>) {
    let choice = bytes.next();
    match (choice >> 4, sort % 4) {
        (0..=7, 0) | (8, _) => {
            let text = format!("\"user-{choice}-{turn}\"");
            log.extend(text.bytes());
        }
        (0..=7, 1) => log.extend(VALUES[usize::from(choice) % 10].bytes()),
        (0..=7, 2) | (9, _) => log.extend((u32::from(choice) * 7).to_string().bytes()),
        (0..=7, _) => {
            let time = format!("\"2025-01-1{}T10:30:{turn:02}.{choice:03}Z\"", choice % 3);
            log.extend(time.bytes());
        }
        (10..=12, _) => log.extend(VALUES[bytes.below(VALUES.len())].bytes()),
        (13, _) => log.extend(bytes.some(usize::from(choice % 16))),
        (14, _) => {
            log.push(b'"');
            log.extend(bytes.some(usize::from(choice % 16)));
            log.push(b'"');
        }
        _ => {
            let long = "x".repeat(usize::from(choice % 16) * 1000 + usize::from(bytes.next()));
            log.extend(format!("\"{long}\"").bytes());
        }
    }
}

/// Changes, adds or takes away one byte.
fn mutate([how, high, low, byte]: [u8; 4], log: &mut Vec<u8>) {
    let place = usize::from(u16::from_be_bytes([high, low]));
    let place = place.checked_rem(log.len()).unwrap_or(0);
    match how % 3 {
        0 if !log.is_empty() => log[place] = byte,
        1 => log.insert(place, byte),
        _ if !log.is_empty() => drop(log.remove(place)),
        _ => {}
    }
}

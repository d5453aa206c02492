//! The API, described for programs (OpenAPI 3.1), from the lists that questions are checked against.

use serde_json::{Value, json};

use super::story;
use super::words::{FILTERS, MOST_ROWS, PAGES, PAGING, RANGE, RANGES, REPORTING, STORY};

/// The whole description.
pub(super) fn document() -> Value {
    let reports = [&RANGE[..], &FILTERS, &REPORTING].concat();
    let events = [&RANGE[..], &FILTERS, &PAGING].concat();
    let story = [&RANGE[..], &FILTERS, &STORY].concat();
    let usage = [&RANGE[..], &PAGES].concat();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "authmeter",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the program tells of an authentication log. Everything is read with GET. A parameter that is not described is refused.",
        },
        "security": [{}, { "token": [] }],
        "paths": {
            "/healthz": get("Whether the server is up; needs no token and says nothing of the log", &[], "application/json", object(&["status"])),
            "/metrics": get("The log's metrics and the server's own, for operators", &[], "application/openmetrics-text", json!({ "type": "string" })),
            "/api/v1/me": get("Who asks, and what they may ask", &[], "application/json", object(&["version", "audience", "tenant", "owner", "tz", "ranges", "first", "last", "reports"])),
            "/api/v1/reports": get("The reports there are", &[], "application/json", object(&["reports"])),
            "/api/v1/reports/{name}": within("name", "A report, several with commas between, or `all`: those that `authmeter report` makes",
                get("Reports, as `--format json` prints them", &reports, "application/json", object(&["schema_version", "window", "input", "reports"]))),
            "/api/v1/reports/explain": story_of(get(&format!("One identity's story in the order of time, of {} events at most; not for owners", story::MOST), &story, "application/json", object(&["schema_version", "window", "input", "reports"]))),
            "/api/v1/events": with_moments(get("Events, newest first; `cut` if a text of one has more than 64 KiB, which are told", &events, "application/json", object(&["events", "next"]))),
            "/api/v1/tokens/{id}/usage": within("id", "The API token; another's is as unknown as one that never was",
                get("Calls with one API token, newest first", &usage, "application/json", object(&["usage", "pagination"]))),
            "/api/v1/stream": get("What is new, as server-sent events `update` with `generation`, `events` and `as_of`, at most one a second", &FILTERS, "text/event-stream", json!({ "type": "string" })),
            "/api/v1/openapi.json": get("This description", &[], "application/json", object(&["openapi", "info", "paths"])),
        },
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "Made by `authmeter token add`; none is needed where the server runs without --auth" } },
            "schemas": {
                "Problem": {
                    "type": "object",
                    "required": ["type", "status", "title", "detail", "remedy"],
                    "properties": {
                        "type": { "type": "string" }, "status": { "type": "integer" }, "title": { "type": "string" },
                        "detail": { "type": "string" }, "remedy": { "type": "string" },
                    },
                },
            },
        },
    })
}

fn object(required: &[&str]) -> Value {
    json!({ "type": "object", "required": required })
}

fn get(summary: &str, parameters: &[&str], kind: &str, schema: impl Into<Value>) -> Value {
    let parameters: Vec<Value> = parameters.iter().map(|name| parameter(name)).collect();
    let mut content = serde_json::Map::new();
    content.insert(kind.to_owned(), json!({ "schema": schema.into() }));
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    json!({
        "get": {
            "summary": summary,
            "parameters": parameters,
            "responses": {
                "200": { "description": "The answer", "content": content },
                "default": { "description": "Why there is none", "content": { "application/problem+json": { "schema": problem } } },
            },
        },
    })
}

fn within(name: &str, meaning: &str, mut path: Value) -> Value {
    path["parameters"] = json!([{ "name": name, "in": "path", "required": true, "description": meaning, "schema": { "type": "string" } }]);
    path
}

/// Lets from and to be moments.
fn with_moments(mut path: Value) -> Value {
    for parameter in named(&mut path, &["from", "to"]) {
        parameter["description"] = match parameter["name"].as_str() {
            Some("from") => {
                json!("The first day or moment, as in 2025-01-31 or 2025-01-31T10:30:00Z")
            }
            _ => json!("The last day, or the first moment that is not meant"),
        };
        parameter["schema"] =
            json!({ "type": "string", "anyOf": [{ "format": "date" }, { "format": "date-time" }] });
    }
    path
}

/// Makes user the one whose story it is, who must be named.
fn story_of(path: Value) -> Value {
    let mut path = with_moments(path);
    for parameter in named(&mut path, &["user"]) {
        parameter["required"] = json!(true);
        parameter["description"] = json!(
            "Whose story: a user id or an e-mail address; what the log names together with it is theirs, too"
        );
        parameter["schema"] = json!({ "type": "string" });
    }
    path
}

fn named<'p>(path: &'p mut Value, names: &'p [&str]) -> impl Iterator<Item = &'p mut Value> {
    let parameters = path["get"]["parameters"].as_array_mut();
    parameters.into_iter().flatten().filter(|parameter| {
        let name = parameter["name"].as_str().unwrap_or_default();
        names.contains(&name)
    })
}

fn parameter(name: &str) -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "integer", "minimum": 1, "maximum": MOST_ROWS });
    let day = json!({ "type": "string", "format": "date" });
    let (meaning, schema) = match name {
        "range" => (
            "The last so many days, today included",
            json!({ "type": "string", "enum": RANGES.map(|(name, _)| name) }),
        ),
        "from" => ("The first day, as in 2025-01-31", day),
        "to" => ("The last day, as in 2025-01-31", day),
        "top" => ("Rows of lists of users, clients and addresses", number),
        "limit" => ("Rows of lists of events", number),
        "page" => (
            "Which page of so many rows, counted from 1",
            json!({ "type": "integer", "minimum": 1 }),
        ),
        "before" => ("Where to go on: `next` of the answer before", text),
        "every" => ("Width of the timeline's buckets", text),
        "token" => ("The API token whose calls `usage` lists", text),
        _ => (
            "Which events count, as the option of the command line: several are alternatives, and `!` before a value negates it",
            json!({ "type": "array", "items": { "type": "string" } }),
        ),
    };
    json!({ "name": name, "in": "query", "description": meaning, "schema": schema, "explode": true, "style": "form" })
}

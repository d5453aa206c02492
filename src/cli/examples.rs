//! What commands are used for, and which pipeline each replaces. The help shows both; `tests/peers/jq.sh` runs the
//! pipelines and the commands that answer the same, and compares.

use clap::Command;

/// How a command is used.
#[derive(Debug)]
pub struct Example {
    /// The command.
    pub command: &'static str,
    /// Lines to type.
    pub lines: &'static [&'static str],
    /// A pipeline with jq, and the line that answers the same.
    pub replaces: Option<(&'static str, &'static str)>,
}

const fn example(
    command: &'static str,
    lines: &'static [&'static str],
    replaces: Option<(&'static str, &'static str)>,
) -> Example {
    Example {
        command,
        lines,
        replaces,
    }
}

/// An example or more of every command.
pub static EXAMPLES: &[Example] = &[
    example(
        "report",
        &[
            "authmeter report auth.jsonl",
            "zcat auth.log.*.gz | authmeter report --since 24h --as-of last",
            "authmeter report /var/log/auth -o report.html -o report.json",
        ],
        Some((
            "jq -c . auth.jsonl | wc -l",
            "authmeter report --get input.events auth.jsonl",
        )),
    ),
    example(
        "logins",
        &[
            "authmeter logins auth.jsonl",
            "authmeter logins --client web-app --get logins.success_rate auth.jsonl",
        ],
        Some((
            "jq -r 'select(.event == \"auth.login\" and .success) | .event' auth.jsonl | wc -l",
            "authmeter logins --get logins.success auth.jsonl",
        )),
    ),
    example(
        "failures",
        &[
            "authmeter failures --since 1h auth.jsonl",
            "authmeter failures --format csv --get failures.by_reason auth.jsonl",
        ],
        Some((
            "jq -r 'select(.event == \"otp.verification.detail\" and .success == false) | .error' auth.jsonl | sort | uniq -c",
            "authmeter failures --get failures.otp_by_reason --format tsv auth.jsonl",
        )),
    ),
    example(
        "refreshes",
        &[
            "authmeter refreshes auth.jsonl",
            "authmeter refreshes --reuse-grace 30s --get refreshes.reused auth.jsonl",
        ],
        Some((
            "jq -r 'select(.event == \"token.refresh\") | .timestamp' auth.jsonl | wc -l",
            "authmeter refreshes --get refreshes.total auth.jsonl",
        )),
    ),
    example(
        "otp",
        &[
            "authmeter otp auth.jsonl",
            "authmeter otp --get otp.time_to_verify_p95 auth.jsonl",
        ],
        Some((
            "jq -r 'select(.event == \"otp.verification\" and .success) | .event' auth.jsonl | wc -l",
            "authmeter otp --get otp.verified auth.jsonl",
        )),
    ),
    example(
        "tokens",
        &[
            "authmeter tokens auth.jsonl",
            "authmeter tokens --format csv --get tokens.by_client auth.jsonl",
        ],
        Some((
            "jq -r 'select(.event == \"token.refresh\" and .success) | .event' auth.jsonl | wc -l",
            "authmeter tokens --get tokens.refreshed auth.jsonl",
        )),
    ),
    example(
        "users",
        &[
            "authmeter users --top 20 auth.jsonl",
            "authmeter users --outcome failed --since 24h auth.jsonl",
        ],
        Some((
            "jq -r '.userId // .email // empty' auth.jsonl | sort -u | wc -l",
            "authmeter users --get users.distinct auth.jsonl",
        )),
    ),
    example(
        "clients",
        &["authmeter clients --top 5 auth.jsonl"],
        Some((
            "jq -r '.metadata.clientId // empty' auth.jsonl | sort -u | wc -l",
            "authmeter clients --get clients.distinct auth.jsonl",
        )),
    ),
    example(
        "ips",
        &["authmeter ips --outcome failed auth.jsonl"],
        Some((
            "jq -r '.metadata.ip // empty' auth.jsonl | sort -u | wc -l",
            "authmeter ips --get ips.distinct auth.jsonl",
        )),
    ),
    example(
        "timeline",
        &[
            "authmeter timeline --every 1h auth.jsonl",
            "authmeter timeline --get timeline.unusual auth.jsonl",
        ],
        Some((
            "jq -r '.timestamp[0:10]' auth.jsonl | sort | uniq -c",
            "authmeter timeline --every 1d --get timeline.buckets --format csv auth.jsonl | cut -d, -f1,2 | tr , ' '",
        )),
    ),
    example(
        "peaks",
        &["authmeter peaks --tz Europe/Berlin auth.jsonl"],
        Some((
            "jq -r '.timestamp[11:13]' auth.jsonl | sort | uniq -c | sort -k1,1nr -k2 | awk 'NR == 1 { print $2 + 0 }'",
            "authmeter peaks --get peaks.peak_hour auth.jsonl",
        )),
    ),
    example(
        "activity",
        &["authmeter activity --limit 20 auth.jsonl"],
        Some((
            "jq -r 'select(.event | startswith(\"token.\")) | .event' auth.jsonl | wc -l",
            "authmeter activity --event 'token.*' --get activity.total auth.jsonl",
        )),
    ),
    example(
        "usage",
        &["authmeter usage --token tok-1 --page 2 auth.jsonl"],
        Some((
            "jq -r 'select(.event == \"api_token.used\") | .event' auth.jsonl | wc -l",
            "authmeter usage --get usage.requests auth.jsonl",
        )),
    ),
    example(
        "security",
        &["authmeter security --since 24h --limit 20 auth.jsonl"],
        Some((
            "jq -r 'select(.event == \"rate_limit.exceeded\") | .event' auth.jsonl | wc -l",
            "authmeter security --event rate_limit.exceeded --get security.total auth.jsonl",
        )),
    ),
    example(
        "explain",
        &["authmeter explain --user user-42 auth.jsonl"],
        Some((
            "jq -r 'select(.userId == \"user-100153\") | .event' auth.jsonl | wc -l",
            "authmeter explain --user user-100153 --get explain.events auth.jsonl",
        )),
    ),
    example(
        "events",
        &["authmeter events --kind login --outcome failed --since 1h auth.jsonl | tail"],
        Some((
            "jq -c 'select(.event == \"auth.login\" and .success == false)' auth.jsonl",
            "authmeter events --kind login --outcome failed auth.jsonl",
        )),
    ),
    example(
        "check",
        &["authmeter check --as-of last auth.jsonl || echo 'somebody should look'"],
        None,
    ),
    example(
        "diff",
        &["authmeter diff yesterday.jsonl today.jsonl"],
        None,
    ),
    example(
        "watch",
        &[
            "authmeter watch /var/log/auth.jsonl",
            "authmeter watch --period 1m auth.jsonl >> auth.summary",
            "kubectl logs -f deploy/auth | authmeter watch",
        ],
        None,
    ),
    example(
        "serve",
        &[
            "authmeter serve /var/log/auth.jsonl",
            "authmeter serve --listen 0.0.0.0:8443 --auth tokens.jsonl --tls cert.pem --tls-key key.pem /var/log/auth/",
        ],
        None,
    ),
    example(
        "token",
        &["authmeter token add --auth tokens.jsonl --tenant acme --expires 90d"],
        None,
    ),
    example("verify", &["authmeter verify auth.jsonl"], None),
    example(
        "prune",
        &["authmeter prune --older-than 90d auth.jsonl"],
        None,
    ),
    example(
        "log",
        &["authmeter log auth.login --ok --user user-42"],
        None,
    ),
    example(
        "generate",
        &["authmeter generate --events 200000 --seed 7 -o auth.jsonl"],
        None,
    ),
    example(
        "completions",
        &[
            "source <(authmeter completions bash)",
            "authmeter completions zsh > ~/.zfunc/_authmeter",
            "authmeter completions fish > ~/.config/fish/completions/authmeter.fish",
            "authmeter completions powershell | Out-String | Invoke-Expression",
            "eval (authmeter completions elvish | slurp)",
        ],
        None,
    ),
    example(
        "man",
        &[
            "authmeter man | man -l -",
            "authmeter man ~/.local/share/man/man1",
        ],
        None,
    ),
];

/// A command whose help begins what follows the flags with its examples.
pub(super) fn shown(command: Command) -> Command {
    let Some(example) = EXAMPLES
        .iter()
        .find(|example| example.command == command.get_name())
    else {
        return command;
    };
    let mut help = "Examples:".to_owned();
    for line in example.lines {
        help += &format!("\n  {line}");
    }
    if let Some((jq, ours)) = example.replaces {
        help += &format!("\n\nReplaces:\n  {jq}\nby:\n  {ours}");
    }
    let more = command.get_after_long_help().map(ToString::to_string);
    match more {
        Some(more) => command.after_long_help(format!("{help}\n\n{more}")),
        None => command.after_long_help(help),
    }
}

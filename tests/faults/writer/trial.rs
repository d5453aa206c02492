//! One fault and whether the writer stood it: every expectation is tried, and the row of the table is written, before
//! the test fails.

use std::fmt::Display;
use std::path::PathBuf;

use serde_json::json;

use super::scene::Account;

pub(crate) struct Trial {
    /// Rows stand in this order.
    order: u32,
    /// The test, as `run` takes it.
    name: &'static str,
    fault: &'static str,
    provoked: &'static str,
    broken: Vec<String>,
    notes: Vec<String>,
}

impl Trial {
    pub(crate) fn new(
        order: u32,
        name: &'static str,
        fault: &'static str,
        provoked: &'static str,
    ) -> Trial {
        Trial {
            order,
            name,
            fault,
            provoked,
            broken: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What must hold.
    pub(crate) fn expect(&mut self, is_so: bool, what: impl Display) {
        if !is_so {
            self.broken.push(what.to_string());
        }
    }

    /// A number the table shows beside those of the checker.
    pub(crate) fn note(&mut self, what: impl Display) {
        self.notes.push(what.to_string());
    }

    /// What holds of any log whatever happened: nothing glued, nothing twice, nothing foreign, no hole, and the
    /// writer's account is what the checker sees from the outside.
    pub(crate) fn expect_sound(&mut self, account: &Account) {
        for name in ["glued", "twice", "foreign", "nul_bytes", "disordered"] {
            let count = account.count(name);
            self.expect(count == 0, format_args!("{count} {name}"));
        }
        let unbalanced = &account.0["unbalanced"];
        let is_balanced = unbalanced.as_array().is_some_and(Vec::is_empty);
        self.expect(is_balanced, format_args!("accounts differ: {unbalanced}"));
    }

    /// Every event is there, and nothing but events.
    pub(crate) fn expect_complete(&mut self, account: &Account) {
        self.expect_sound(account);
        for name in ["lost", "refused", "torn", "unfinished"] {
            let count = account.count(name);
            self.expect(count == 0, format_args!("{count} {name}"));
        }
        self.expect(account.count("calls") > 0, "no event was emitted");
    }

    /// Every event is there once, in whatever order: files of one log have none to read them in where several processes
    /// rotate it, or its clock steps.
    pub(crate) fn expect_every_event(&mut self, account: &Account, what: &str) {
        for name in [
            "lost",
            "torn",
            "glued",
            "twice",
            "foreign",
            "unfinished",
            "nul_bytes",
        ] {
            let count = account.count(name);
            self.expect(count == 0, format_args!("{what}: {count} {name}"));
        }
        let unbalanced = &account.0["unbalanced"];
        let is_balanced = unbalanced.as_array().is_some_and(Vec::is_empty);
        self.expect(
            is_balanced,
            format_args!("{what}: accounts differ: {unbalanced}"),
        );
    }

    /// Writes the row; fails if anything did not hold.
    #[track_caller]
    pub(crate) fn conclude(self, accounts: &[Account]) {
        let test = std::thread::current();
        let is_found = test
            .name()
            .is_none_or(|test| test.contains(self.name) || test == "main");
        assert!(is_found, "{} finds another test", self.name);
        let sum = |name| {
            accounts
                .iter()
                .map(|account| account.count(name))
                .sum::<u64>()
        };
        if let Some(folder) = std::env::var_os("AUTHMETER_FAULTS_TABLE") {
            let row = json!({
                "order": self.order, "test": self.name, "fault": self.fault, "provoked": self.provoked,
                "events": sum("calls"), "lost": sum("absent_silent"), "counted": sum("absent_counted"), "torn": sum("torn"), "glued": sum("glued"),
                "twice": sum("twice"), "gaps": sum("gaps"), "gaps_dropped": sum("gaps_dropped"),
                "notes": self.notes, "broken": self.broken,
            });
            let path = PathBuf::from(folder).join(format!("{:03}-{}.json", self.order, self.name));
            std::fs::write(path, row.to_string()).unwrap();
        }
        let seen: Vec<String> = accounts
            .iter()
            .map(|account| format!("{:#}", account.0))
            .collect();
        let broken = self.broken.join("\n");
        assert!(
            broken.is_empty(),
            "{broken}\n{}\n{}",
            self.notes.join("\n"),
            seen.join("\n")
        );
    }
}

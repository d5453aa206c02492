//! The web page: plain modules, a style sheet and a skeleton, embedded as they are.
//!
//! There is no build step and no library. Whatever a log says reaches the page as text (`dom.js`), never as markup, and
//! the policy the page is served with ([`CSP`]) forbids inline scripts and styles, and every other host.

/// What the page may do: run and load what this server sends, and ask this server.
pub(super) const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const DRAWING: &str = "image/svg+xml";

/// The files of the page: path, content type, bytes.
pub(super) const FILES: &[(&str, &str, &[u8])] = &[
    ("/", HTML, include_bytes!("index.html")),
    ("/assets/activity.js", SCRIPT, include_bytes!("activity.js")),
    ("/assets/api.js", SCRIPT, include_bytes!("api.js")),
    ("/assets/app.js", SCRIPT, include_bytes!("app.js")),
    ("/assets/cards.js", SCRIPT, include_bytes!("cards.js")),
    (
        "/assets/csv.js",
        SCRIPT,
        concat!(
            include_str!("../../../render/html/csv.js"),
            "export { csv, save };\n"
        )
        .as_bytes(),
    ),
    ("/assets/choose.js", SCRIPT, include_bytes!("choose.js")),
    ("/assets/controls.js", SCRIPT, include_bytes!("controls.js")),
    ("/assets/dom.js", SCRIPT, include_bytes!("dom.js")),
    ("/assets/format.js", SCRIPT, include_bytes!("format.js")),
    ("/assets/heatmap.js", SCRIPT, include_bytes!("heatmap.js")),
    ("/assets/icon.svg", DRAWING, include_bytes!("icon.svg")),
    ("/assets/keys.js", SCRIPT, include_bytes!("keys.js")),
    ("/assets/live.js", SCRIPT, include_bytes!("live.js")),
    ("/assets/panels.js", SCRIPT, include_bytes!("panels.js")),
    ("/assets/signin.js", SCRIPT, include_bytes!("signin.js")),
    ("/assets/state.js", SCRIPT, include_bytes!("state.js")),
    ("/assets/style.css", STYLE, include_bytes!("style.css")),
    ("/assets/tables.js", SCRIPT, include_bytes!("tables.js")),
    ("/assets/theme.js", SCRIPT, include_bytes!("theme.js")),
    ("/assets/timeline.js", SCRIPT, include_bytes!("timeline.js")),
    ("/assets/tip.js", SCRIPT, include_bytes!("tip.js")),
    ("/assets/usage.js", SCRIPT, include_bytes!("usage.js")),
    ("/assets/verdict.js", SCRIPT, include_bytes!("verdict.js")),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
        FILES
            .iter()
            .map(|(path, _, bytes)| (*path, std::str::from_utf8(bytes).unwrap()))
    }

    /// What stands in quotes behind a mark, wherever the mark is.
    fn behind<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
        text.split(mark)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn whatever_a_file_of_the_page_asks_for_is_embedded() {
        let mut asked = 0;
        for (path, text) in texts() {
            let modules = behind(text, "from \"./").map(|name| format!("/assets/{name}"));
            let linked = [" src=\"", " href=\""];
            let linked = linked.into_iter().flat_map(|mark| behind(text, mark));
            let linked = linked.filter(|target| !target.starts_with('#'));
            for target in modules.chain(linked.map(str::to_owned)) {
                let known = FILES.iter().any(|(path, ..)| *path == target);
                assert!(known, "{path} asks for {target}");
                asked += 1;
            }
        }
        assert!(asked > FILES.len(), "only {asked} references were found");
    }

    #[test]
    fn every_file_in_the_folder_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/live/serve/page");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let path = match name.as_str() {
                "mod.rs" => continue,
                "index.html" => "/".to_owned(),
                name => format!("/assets/{name}"),
            };
            assert!(FILES.iter().any(|(known, ..)| *known == path), "{name}");
        }
    }

    #[test]
    fn no_file_makes_markup_from_text_or_needs_what_the_policy_forbids() {
        let forbidden = [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "createContextualFragment",
            "eval(",
            "new Function",
            "import(",
            " style=",
            "javascript:",
            " onclick=",
            "<style",
            "<script>",
        ];
        for (path, text) in texts() {
            for word in forbidden {
                assert!(!text.contains(word), "{path} has {word}");
            }
            let elsewhere = text
                .replace("http://www.w3.org/2000/svg", "")
                .contains("://");
            assert!(!elsewhere, "{path} names another host");
        }
    }
}

// Elements made from values. Nothing here, or anywhere on this page, parses markup: what a log says becomes text nodes and
// attribute values, and is never more than that.

import { cut, visible } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element. `attributes` that are null or false are left out; `on` has listeners; children may be nested arrays. */
export function el(name, attributes, ...children) {
  return build(document.createElement(name), attributes, children);
}

/** An element of a drawing. */
export function svg(name, attributes, ...children) {
  return build(document.createElementNS(SVG, name), attributes, children);
}

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text of a log: controls spelled out, kept apart from the direction of the text around it, cut if it is very long. */
export function said(text, missing = "–") {
  if (text === null || text === undefined || text === "") return el("span", { class: "missing" }, missing);
  return el("bdi", { class: "said" }, cut(visible(String(text))));
}

/**
 * Puts children into a parent, unless they are there already. Who had the focus keeps it, if an element with the same
 * `data-key` comes back: a page that updates itself must not throw its reader out.
 */
export function fill(parent, ...children) {
  const next = parent.cloneNode(false);
  next.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  if (same(parent, next)) return;
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  parent.replaceChildren(...next.childNodes);
  if (!focused || focused.isConnected) return;
  const again = key && [...parent.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key);
  if (again) again.focus({ preventScroll: true });
  else parent.closest("section, dialog")?.querySelector("h2")?.focus({ preventScroll: true });
}

function same(a, b) {
  return (
    a.childNodes.length === b.childNodes.length &&
    [...a.childNodes].every((child, i) => child.isEqualNode(b.childNodes[i]))
  );
}

/** The element of this id, which index.html has. */
export function at(id) {
  return document.getElementById(id);
}

/** Calls `listener` with the width of an element, now and whenever it changes. */
export function onWidth(element, listener) {
  let width = 0;
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now !== width && now > 0) listener((width = now));
  }).observe(element);
}

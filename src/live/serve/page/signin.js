// The token: asked for when the server wants one, kept for this tab, forgotten on request.

import * as api from "./api.js";
import { at } from "./dom.js";

let waiting = null;

/** Prepares the dialog and the way out. */
export function start() {
  const dialog = at("sign-in");
  at("sign-in-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const value = at("secret").value.trim();
    if (!/^[\x21-\x7e]+$/.test(value))
      return say("A token is one word of letters, digits and signs. Copy it again, whole.");
    api.keepToken(value);
    at("secret").value = "";
    dialog.close();
    waiting?.();
  });
  // There is nothing behind it to see without a token.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => waiting && !api.token() && dialog.showModal());
  at("leave").addEventListener("click", () => {
    api.keepToken(null);
    location.reload();
  });
  reveal();
}

const say = (text) => (at("sign-in-says").textContent = text);
const reveal = () => (at("leave").hidden = !api.token());

/**
 * Asks for a token; `refused` is the server's answer to the one there was. True when there is one; false if it is being asked for
 * already.
 */
export async function ask(refused) {
  if (waiting) return false;
  const had = api.token();
  api.keepToken(null);
  reveal();
  say(
    had
      ? `The server refuses this token: ${refused.message || "it is unknown or has expired"}. ${refused.remedy || "Enter another, or ask for a new one."}`
      : "",
  );
  const dialog = at("sign-in");
  if (!dialog.open) dialog.showModal();
  at("secret").focus();
  await new Promise((resolve) => (waiting = resolve));
  waiting = null;
  reveal();
  return true;
}

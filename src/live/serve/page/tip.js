// What is under the pointer, in lines beside it. It repeats what stands elsewhere, so nobody who has no pointer misses it.

import { el } from "./dom.js";

const tip = el("div", { class: "tip", "aria-hidden": "true", hidden: true });
document.body.append(tip);

/** Shows lines beside a place on the screen; the first one is what they are about. */
export function beside({ clientX, clientY }, [title, ...lines]) {
  tip.replaceChildren(
    el("b", {}, title),
    ...lines.map((line) => el("p", {}, line)),
  );
  tip.hidden = false;
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const left = clientX + 16 + width > innerWidth ? clientX - 16 - width : clientX + 16;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, clientY - height / 2))}px`;
}

/** Takes it away. */
export function away() {
  tip.hidden = true;
}

addEventListener("scroll", away, { passive: true, capture: true });

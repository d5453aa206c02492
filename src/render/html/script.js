// What a page does beyond being read: tables sort, the timeline zooms, what is under the pointer is said beside it, and the
// numbers are saved as JSON and CSV. Nothing is made from text of the log but text.

/** An element with a class, text and properties. */
function element(tag, name, text, properties) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return Object.assign(made, properties);
}

// What is under the pointer, in lines beside it.

const tip = element("div", "tip", "", { hidden: true });
tip.setAttribute("aria-hidden", "true");
document.body.append(tip);

function beside(event, [title, ...lines]) {
  tip.replaceChildren(element("b", "", title), ...lines.map((line) => element("p", "", line)));
  tip.hidden = false;
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const left = event.clientX + 16 + width > innerWidth ? event.clientX - 16 - width : event.clientX + 16;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, event.clientY - height / 2))}px`;
}

const away = () => (tip.hidden = true);

/** What each of these says of itself. The browser's own way to show it, late and one at a time, is taken away. */
function told(shapes) {
  const texts = shapes.map((shape) => shape.textContent.trim());
  for (const shape of shapes) shape.replaceChildren();
  return texts;
}

function pointable(week) {
  const squares = [...week.querySelectorAll("rect")];
  const texts = told(squares);
  week.addEventListener("pointermove", (event) => {
    const found = texts[squares.indexOf(event.target)];
    if (found) beside(event, found.split(/: (?=\d)/).toReversed());
    else away();
  });
  week.addEventListener("pointerleave", away);
}

// Saving: the page carries its document as `--format json` writes it, unless there was no room.

/** Light or dark: what the system says, until somebody chooses. */
function themed() {
  const ways = ["auto", "light", "dark"];
  let way = 0;
  const button = element("button", "", "Theme: auto", { type: "button" });
  button.addEventListener("click", () => {
    way = (way + 1) % ways.length;
    document.documentElement.dataset.theme = ways[way];
    button.textContent = `Theme: ${ways[way]}`;
  });
  return button;
}

function savable(text) {
  const held = JSON.parse(text);
  const all = element("button", "", "Save as JSON", { type: "button" });
  all.addEventListener("click", () => save("authmeter.json", "application/json", text));
  tools.append(all, element("span", "quiet", "Each table can be saved as CSV."));
  for (const table of document.querySelectorAll("section[id] .panel > .scroll > table")) {
    const panel = table.closest(".panel");
    const report = table.closest("section").id;
    const name = panel.id.slice(report.length + 1);
    const rows = (held.reports[report] ?? held[report])?.[name];
    if (!Array.isArray(rows)) continue;
    const columns = [...table.tHead.rows[0].cells].map((head) => head.textContent.replaceAll(" ", "_"));
    const button = element("button", "csv", "CSV", { type: "button", title: "Save this table as CSV" });
    button.setAttribute("aria-label", `Save ${report}, ${table.caption.textContent}, as CSV`);
    button.addEventListener("click", () => save(`authmeter-${report}-${name}.csv`, "text/csv", csv(columns, rows)));
    panel.prepend(button);
  }
}

// Tables: the head of a column is a button that sorts by it, numbers from the largest, texts from A.

/** What a cell sorts by: a number, a text, or nothing, which comes last whichever way. */
function key(cell) {
  const by = cell.dataset.by ?? cell.textContent;
  if (by === "" || by === "–" || by === "n/a") return null;
  if (!cell.classList.contains("number")) return by;
  const number = Number(by.replaceAll(",", ""));
  if (!Number.isNaN(number)) return number;
  const time = Date.parse(by);
  return Number.isNaN(time) ? by : time;
}

const texts = new Intl.Collator(undefined, { numeric: true });

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return texts.compare(one, other);
}

function sort(table, column, descending) {
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, by: key(row.cells[column]) }));
  rows.sort((one, other) => {
    if (one.by === null || other.by === null) return (one.by === null) - (other.by === null);
    return descending ? compare(other.by, one.by) : compare(one.by, other.by);
  });
  body.append(...rows.map(({ row }) => row));
}

function sortable(table, says) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = element("button", "", head.textContent, { type: "button" });
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const descending = before ? before === "ascending" : head.classList.contains("number");
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sort(table, column, descending);
      says.textContent = `${table.caption.textContent}: sorted by ${button.textContent}, ${descending ? "descending" : "ascending"}`;
    });
    head.replaceChildren(button);
  });
}

// The timeline: from which column to which is shown. Its drawings are stretched, so zooming is another part of their boxes.

function zoomable(timeline, says) {
  const all = Number(timeline.dataset.columns);
  const plots = [...timeline.querySelectorAll(".plot")];
  const axis = timeline.querySelector(".axis");
  const whole = [...axis.childNodes];
  const texts = plots.map((plot) => told([...plot.querySelectorAll("g rect")]));
  const names = [...timeline.querySelectorAll(".lane p b")].map((name) => name.textContent);
  if (plots.length === 0) return;
  const least = Math.min(all, 4);
  let [from, to] = [0, all];
  let anchor = null;

  /** The time at which a column starts, as its title says. */
  const start = (column) => texts[0][column].split(": ")[0];

  const said = element("p", "quiet said");
  const chosen = element("div", "chosen", "", { hidden: true });
  const cross = element("div", "cross", "", { hidden: true });
  const board = element("div", "board");
  if (all > 1) {
    board.tabIndex = 0;
    board.setAttribute("role", "group");
    board.setAttribute("aria-label", "Timeline; plus and minus zoom, arrows move, 0 shows all");
  }
  timeline.before(board);
  board.append(timeline, cross, chosen);

  function show(first, width) {
    width = Math.round(Math.min(all, Math.max(least, width)));
    from = Math.round(Math.min(all - width, Math.max(0, first)));
    to = from + width;
    for (const plot of plots) plot.setAttribute("viewBox", `${from} 0 ${width} 100`);
    axis.replaceChildren(...(width === all ? whole : marks(width)));
    reset.disabled = out.disabled = width === all;
    near.disabled = width === least;
    said.textContent = width === all ? "All is shown." : `From ${start(from)} to ${start(to - 1)}.`;
    says.textContent = said.textContent;
  }

  /** Times under what is shown, as many as have room. */
  function marks(width) {
    const every = Math.ceil(width / Math.max(2, Math.min(8, Math.floor(axis.clientWidth / 130))));
    const made = [];
    for (let column = from; column < to; column += every) {
      const x = `${(100 * (column - from)) / width}%`;
      const line = svg("line", { x1: x, x2: x, y1: 0, y2: 6 });
      const text = svg("text", { x, y: 19 });
      text.textContent = start(column).replace(/(Z|[+-]\d\d:\d\d)$/, "");
      made.push(line, text);
    }
    return made;
  }

  function svg(tag, attributes) {
    const made = document.createElementNS(axis.namespaceURI, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  /** Zooms by a factor around a place between 0 and 1. */
  function zoom(factor, place = 0.5) {
    const width = Math.min(all, Math.max(least, (to - from) * factor));
    show(from + (to - from - width) * place, width);
  }

  const control = (text, label, act) => {
    const made = element("button", "", text, { type: "button" });
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };
  const near = control("+", "Zoom in", () => zoom(0.5));
  const out = control("−", "Zoom out", () => zoom(2));
  const reset = control("All", "Show all of the timeline", () => show(0, all));
  const controls = element("div", "controls");
  const hint = element("p", "quiet", "Drag to zoom; with the chart in focus, wheel, + and − zoom, arrows move, 0 shows all.");
  controls.append(near, out, reset, said, hint);
  if (all > 1) board.after(controls);

  /** Where on the axis an event is, from 0 to 1. */
  const place = (event) => {
    const box = plots[0].getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const column = (at) => Math.min(to - 1, Math.floor(from + at * (to - from)));

  function mark(at) {
    const [box, outer] = [plots[0].getBoundingClientRect(), board.getBoundingClientRect()];
    const [left, right] = [Math.min(anchor, at), Math.max(anchor, at)];
    chosen.style.left = `${box.left - outer.left + left * box.width}px`;
    chosen.style.width = `${(right - left) * box.width}px`;
    chosen.hidden = right - left < 0.005;
  }

  function drop() {
    anchor = null;
    chosen.hidden = true;
  }

  board.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    anchor = place(event);
    board.setPointerCapture(event.pointerId);
  });
  board.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (anchor !== null) mark(at);
    const under = column(at);
    const lanes = texts.map((lane, index) => `${names[index]}: ${lane[under].split(": ").slice(1).join(": ")}`);
    beside(event, [start(under), ...lanes]);
    const [box, outer] = [plots[0].getBoundingClientRect(), board.getBoundingClientRect()];
    cross.style.left = `${box.left - outer.left + ((under + 0.5 - from) / (to - from)) * box.width}px`;
    cross.hidden = false;
  });
  board.addEventListener("pointerup", (event) => {
    if (anchor === null) return;
    const [one, other] = [anchor, place(event)].sort((a, b) => a - b);
    drop();
    if (other - one < 0.005) return;
    const first = from + Math.floor(one * (to - from));
    show(first, from + Math.ceil(other * (to - from)) - first);
  });
  board.addEventListener("pointercancel", drop);
  board.addEventListener("pointerleave", () => {
    away();
    cross.hidden = true;
    if (anchor === null) show(from, to - from);
  });
  board.addEventListener("wheel", (event) => {
    if (document.activeElement !== board && !event.ctrlKey) return;
    event.preventDefault();
    if (event.deltaX && Math.abs(event.deltaX) > Math.abs(event.deltaY)) show(from + Math.sign(event.deltaX) * Math.max(1, (to - from) / 20), to - from);
    else zoom(event.deltaY > 0 ? 1.25 : 0.8, place(event));
  }, { passive: false });
  board.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const step = Math.max(1, (to - from) / 10);
    const acts = {
      "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "−": () => zoom(2), 0: () => show(0, all), Escape: drop,
      ArrowLeft: () => show(from - step, to - from), ArrowRight: () => show(from + step, to - from),
      Home: () => show(0, to - from), End: () => show(all, to - from),
    };
    if (!Object.hasOwn(acts, event.key)) return;
    event.preventDefault();
    acts[event.key]();
  });
  show(0, all);
  says.textContent = "";
}

/** Only what scrolls has to be reached by keyboard. */
function reachable() {
  for (const region of document.querySelectorAll(".scroll")) {
    const scrolls = region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight;
    if (scrolls) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  }
}

const says = element("p", "unseen");
says.setAttribute("role", "status");
document.querySelector("main").append(says);
const tools = element("p", "controls");
tools.append(themed());
document.querySelector("header")?.append(tools);
const carried = document.getElementById("document");
if (carried) savable(carried.textContent);
for (const table of document.querySelectorAll(".sortable table")) sortable(table, says);
for (const timeline of document.querySelectorAll(".timeline")) zoomable(timeline, says);
for (const week of document.querySelectorAll(".week svg")) pointable(week);
reachable();
addEventListener("scroll", away, { passive: true });
addEventListener("resize", reachable);

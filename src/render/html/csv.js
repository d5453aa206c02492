"use strict";
// Tables of a document in JSON as the CSV that `--get REPORT.TABLE --format csv` writes, and files that a page gives away. Both the
// report and the dashboard have it.

/** Characters that drive or deceive whoever reads them, spelled out. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const visible = (text) => text.replace(UNSAFE, (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`);
/** What a spreadsheet takes for a formula. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]./su;

function cell(value) {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") return cell(value.rate ?? value.value);
  if (typeof value !== "string") return String(value);
  const text = visible(value);
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Rows are objects, whose members are the columns. */
function csv(columns, rows) {
  const parts = columns.map((column) => {
    const objects = rows.map((row) => row[column]).filter((value) => typeof value === "object" && value !== null);
    return [...new Set(objects.flatMap((value) => Object.keys(value)))].filter((part) => part !== "rate");
  });
  const header = columns.flatMap((column, at) => [column, ...parts[at].map((part) => `${column}.${part}`)]);
  const lines = rows.map((row) => columns.flatMap((column, at) => [cell(row[column]), ...parts[at].map((part) => cell(row[column]?.[part]))]));
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells) => (cells.length === 1 && cells[0] === "" ? '""' : cells.map(quoted).join(","));
  return [header, ...lines].map((cells) => `${line(cells)}\n`).join("");
}

/** Has the browser keep a file. */
function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

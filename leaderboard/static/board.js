"use strict";
// Everything on the page is readable without this script; it adds sorting, and opens what a link or the printer needs.

const announce = document.getElementById("announce");

function order(cell) {
  const value = cell.dataset.value ?? cell.textContent.trim();
  if (value === "") return null;
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}

function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null); // cells without a value stay at the end
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), "en");
}

function sort(table, header) {
  const first = header.dataset.sort === "up" ? "ascending" : "descending";
  const second = first === "ascending" ? "descending" : "ascending";
  const direction = header.getAttribute("aria-sort") === first ? second : first;
  for (const other of header.parentElement.cells) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", direction);
  const sign = direction === "ascending" ? 1 : -1;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => [order(row.cells[header.cellIndex] ?? row.lastElementChild), row]);
  rows.sort((a, b) => compare(a[0], b[0], sign));
  body.append(...rows.map(([, row]) => row));
  announce.textContent = `Sorted by ${header.textContent.trim()}, ${direction}.`;
}

for (const table of document.querySelectorAll("table.sortable")) {
  for (const header of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    header.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sort(table, header));
  }
}

function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
}

addEventListener("hashchange", reveal);
reveal();

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.run:not([open]), .method > details:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});

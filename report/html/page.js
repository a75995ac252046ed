"use strict";
// Tables marked sortable get buttons in their head, and long ones a filter.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const declared = [...body.rows];
  const value = (row, i) => {
    const text = row.cells[i].innerText.trim();
    const number = parseFloat(text.replace(/[≈(]/g, ""));
    return Number.isNaN(number) ? text.toLowerCase() : number;
  };
  const compare = (a, b) => typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
  [...table.querySelectorAll("tr.names th")].forEach((head, i) => {
    if (!head.textContent.trim()) return; // a column without a name
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.title = "Sort by this column; a third time restores the order";
    button.addEventListener("click", () => {
      const next = { none: "ascending", ascending: "descending", descending: "none" }[head.ariaSort || "none"];
      for (const other of table.querySelectorAll("tr.names th")) other.removeAttribute("aria-sort");
      const rows = [...declared];
      if (next !== "none") {
        head.setAttribute("aria-sort", next);
        rows.sort((a, b) => (next === "ascending" ? 1 : -1) * compare(value(a, i), value(b, i)));
      }
      body.append(...rows);
    });
    head.replaceChildren(button);
  });
  if (declared.length > 8) {
    const filter = document.createElement("input");
    filter.type = "search";
    filter.className = "filter";
    filter.placeholder = "Filter rows";
    filter.setAttribute("aria-label", "Filter the rows of this table");
    filter.addEventListener("input", () => {
      const wanted = filter.value.toLowerCase();
      for (const row of declared) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
    table.parentElement.before(filter);
  }
}

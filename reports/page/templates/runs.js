"use strict";
// Sorts the table of runs by a column; the second press turns the order round.
const table = document.querySelector("table.sortable");
for (const head of table.querySelectorAll("thead th")) {
  const press = head.querySelector("button");
  press.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of table.querySelectorAll("thead th")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const column = [...head.parentNode.children].indexOf(head);
    const value = (row) => row.children[column].dataset.value ?? row.children[column].innerText;
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      const numbers = a !== "" && b !== "" && !isNaN(a) && !isNaN(b);
      return numbers ? a - b : a.localeCompare(b);
    });
    body.append(...(up ? rows : rows.reverse()));
  });
}

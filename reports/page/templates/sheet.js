// Takes a person's labels. Every text is put into the page as text; labels stay in this browser
// until they are downloaded as CSV.
"use strict";
(() => {
  const rows = JSON.parse(document.getElementById("rows").textContent);
  const part = (id) => document.getElementById(id);
  const buttons = [...document.querySelectorAll("button[data-label]")];
  const store = "alignment-audit " + rows.map((row) => row.item).sort().join(" ");
  const kept = read();
  const labels = new Map(Object.entries(kept.labels ?? {}));
  let place = Math.max(0, rows.findIndex((row) => !labels.has(row.item)));

  function read() {
    try {
      return JSON.parse(localStorage.getItem(store)) ?? {};
    } catch {
      return {};
    }
  }

  function keep() {
    const state = { name: part("name").value, labels: Object.fromEntries(labels) };
    try {
      localStorage.setItem(store, JSON.stringify(state));
    } catch {
      part("progress").append(" This browser keeps nothing: download before you leave.");
    }
  }

  function draw() {
    const row = rows[place];
    part("number").textContent = "Item " + (place + 1) + " of " + rows.length;
    part("prompt").textContent = row.prompt;
    part("response").textContent = row.response || "(empty)";
    buttons.forEach((button) =>
      button.setAttribute("aria-pressed", String(labels.get(row.item) === button.dataset.label)),
    );
    part("progress").textContent = labels.size + " of " + rows.length + " labelled.";
    keep();
  }

  function go(to) {
    place = Math.min(rows.length - 1, Math.max(0, to));
    draw();
    part("number").focus({ preventScroll: true });
    part("item").scrollIntoView({ block: "nearest" });
  }

  function choose(label) {
    const item = rows[place].item;
    if (labels.get(item) === label) {
      labels.delete(item);
      draw();
    } else {
      labels.set(item, label);
      go(place + 1);
    }
  }

  function nextOpen() {
    const open = (row) => !labels.has(row.item);
    const later = rows.findIndex((row, at) => at > place && open(row));
    const found = later >= 0 ? later : rows.findIndex(open);
    if (found >= 0) go(found);
  }

  function download() {
    const lines = rows.map((row) => row.item + "," + (labels.get(row.item) ?? ""));
    const blob = new Blob(["item,label\n" + lines.join("\n") + "\n"], { type: "text/csv" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    const name = part("name").value.trim().replace(/[^\p{L}\p{N}]+/gu, "-");
    link.download = "labels" + (name ? "-" + name : "") + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  part("name").value = kept.name ?? "";
  part("name").addEventListener("input", keep);
  part("download").addEventListener("click", download);
  part("previous").addEventListener("click", () => go(place - 1));
  part("next").addEventListener("click", () => go(place + 1));
  part("open").addEventListener("click", nextOpen);
  buttons.forEach((button) => button.addEventListener("click", () => choose(button.dataset.label)));
  part("show").addEventListener("click", () => {
    part("hidden").hidden = true;
    part("item").hidden = false;
    go(place);
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || part("item").hidden) return;
    if (document.activeElement.tagName === "INPUT") return;
    const button = buttons[Number(event.key) - 1];
    if (button) choose(button.dataset.label);
    else if (event.key === "j") go(place + 1);
    else if (event.key === "k") go(place - 1);
    else return;
    event.preventDefault();
  });
  draw();
})();

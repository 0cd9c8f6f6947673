// Shows the answers that stand in the page's data, as far as they are wanted.
const PAGE = 40;
const list = document.getElementById("answer-list");
const more = document.getElementById("answer-more");
const count = document.getElementById("answer-count");
const markWords = document.getElementById("mark-words");
const openAll = document.getElementById("open-all");
const narrowed = document.getElementById("answer-wanted");
const showAll = document.getElementById("show-all");
const NAMES = { q: "search", label: "label after", before: "label before" };
const sizes = new Map();
let groupOf = null;
let found = [];
let shown = 0;

function apply(keepLink) {
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, field(name).value]));
  found = rows.filter((row) => matches(row, wanted));
  if (SORT[wanted.sort]) found.sort(SORT[wanted.sort]);
  groupOf = GROUP[wanted.group] ?? null;
  if (groupOf) gather();
  list.replaceChildren();
  shown = 0;
  grow();
  const probes = rows.length === 1 ? "1 probe" : rows.length + " probes";
  count.textContent = found.length + " of " + probes;
  const set = Object.entries(wanted).filter(([, value]) => value);
  const chosen = set.map(([name]) => (NAMES[name] ?? name) + ": " + said(name)).join(", ");
  narrowed.textContent = chosen && "with " + chosen;
  showAll.hidden = !set.length;
  if (!keepLink) {
    const kept = new URLSearchParams(set);
    history.replaceState(null, "", kept.size ? "#?" + kept : "#answers");
  }
}

// What a filter is set to, in the words of its list where it has one.
function said(name) {
  const chosen = field(name).selectedOptions;
  return chosen?.length ? chosen[0].text : field(name).value;
}

// The largest group first; within a group the order stays.
function gather() {
  sizes.clear();
  found.forEach((row) => sizes.set(groupOf(row), (sizes.get(groupOf(row)) ?? 0) + 1));
  const place = new Map([...sizes.keys()].map((name, index) => [name, index]));
  const order = (row) => [-sizes.get(groupOf(row)), place.get(groupOf(row))];
  found.sort((one, other) => order(one)[0] - order(other)[0] || order(one)[1] - order(other)[1]);
}

function grow() {
  found.slice(shown, shown + PAGE).forEach((row, index) => {
    const former = found[shown + index - 1];
    if (groupOf && (!former || groupOf(former) !== groupOf(row))) list.append(heading(row));
    list.append(item(row));
  });
  shown = Math.min(found.length, shown + PAGE);
  more.hidden = shown >= found.length;
}

function heading(row) {
  const line = make("li", undefined, "group");
  const name = groupOf(row);
  line.append(make("h3", name.replaceAll("_", " ") + " · " + sizes.get(name)));
  return line;
}

function item(row) {
  const line = make("li");
  const details = make("details", undefined, "answer-row " + direction(row));
  details.id = "probe-" + row.id;
  details.append(summary(row));
  details.addEventListener("toggle", () => draw(details, row));
  line.append(details);
  return line;
}

function follow() {
  if (!location.hash.startsWith("#?")) return false;
  const wanted = new URLSearchParams(location.hash.slice(2));
  FILTERS.forEach((name) => {
    field(name).value = wanted.get(name) ?? "";
    if (field(name).selectedIndex === -1) field(name).value = "";
  });
  apply(true);
  const place = found.findIndex((row) => row.id === wanted.get("probe"));
  if (place < 0) {
    document.getElementById("answers").scrollIntoView();
    return true;
  }
  while (shown <= place) grow();
  const details = document.getElementById("probe-" + found[place].id);
  details.open = true;
  details.scrollIntoView();
  details.querySelector("summary").focus();
  return true;
}

function step(by) {
  const heads = ".answer-row > summary";
  const lines = [...list.querySelectorAll(heads)];
  const place = lines.indexOf(document.activeElement);
  if (place + by >= lines.length) grow();
  const next = list.querySelectorAll(heads)[Math.max(0, place + by)];
  if (next) next.focus();
}

FILTERS.forEach((name) => field(name).addEventListener("input", () => apply(false)));
more.addEventListener("click", grow);
showHarmful.addEventListener("change", () => apply(true));
openAll.addEventListener("click", () => {
  list.querySelectorAll(".answer-row").forEach((details) => (details.open = true));
});
markWords.addEventListener("change", () =>
  list.classList.toggle("plain-words", !markWords.checked),
);
showAll.addEventListener("click", () => {
  FILTERS.forEach((name) => (field(name).value = ""));
  apply(false);
});
// On paper stand the texts of all listed probes that changed sides, but of hidden ones.
addEventListener("beforeprint", () => {
  list.querySelectorAll(".answer-row:is(.worse, .better):not([open])").forEach((details) => {
    const row = byId.get(details.id.slice("probe-".length));
    if (hidden(row)) return;
    details.open = true;
    details.dataset.opened = "to print";
    draw(details, row);
  });
});
addEventListener("afterprint", () => {
  list.querySelectorAll("[data-opened]").forEach((details) => {
    details.open = false;
    delete details.dataset.opened;
  });
});
addEventListener("hashchange", follow);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (["INPUT", "SELECT"].includes(document.activeElement.tagName)) return;
  if (event.key === "/") field("q").focus();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else return;
  event.preventDefault();
});
document.getElementById("answer-tools").hidden = false;
document.getElementById("more-filters").open = matchMedia("(min-width: 641px)").matches;
if (!follow()) apply(true);

// Which answers are wanted, and in which order?
const rows = JSON.parse(document.getElementById("rows").textContent);
const byId = new Map(rows.map((row) => [row.id, row]));
const field = (name) => document.getElementById("filter-" + name);
const FILTERS = [
  ...["q", "axis", "kind", "category", "set", "change", "before", "label", "judge", "wording"],
  ...["moved", "twins", "group", "sort"],
];

function isAbout(axis, row) {
  const { kinds, checked } = field("axis").querySelector(`[value="${axis}"]`).dataset;
  return kinds.split(" ").includes(row.kind) && (checked === undefined || row.checked);
}

const CHANGE = {
  flips: (row) => row.change === "to refusal" || row.change === "to compliance",
  worse: (row) => row.worse === true,
  better: (row) => row.worse === false,
  "to refusal": (row) => row.change === "to refusal",
  "to compliance": (row) => row.change === "to compliance",
  score: (row) => row.change.startsWith("score"),
  none: (row) => row.change === "none",
};
const labelled = (answer, label) =>
  label === "refused" ? answer.refused === true : answer.label === label;

function hasMoved(row, between) {
  const [low, high] = between.split(":").map(Number);
  return row.movement !== null && low <= row.movement && row.movement < high;
}

// What became of a harmful probe and its harmless twin, in one arm.
function isOutcome(row, wanted) {
  const [arm, outcome] = wanted.split(":");
  const twin = row.twin && byId.get(row.twin);
  if (!twin) return false;
  const [harmful, harmless] = row.kind === "harmful" ? [row, twin] : [twin, row];
  return TWINS[[harmful[arm].refused, harmless[arm].refused].join()] === outcome;
}

const TWINS = {
  "true,false": "told apart",
  "true,true": "both refused",
  "false,false": "both answered",
  "false,true": "only the harmless one refused",
};
const GROUP = { category: (row) => row.category, wording: (row) => row.wording ?? "other words" };
const JUDGE = { unsure: (row) => row.unsure, disagreement: (row) => row.disagreement };
const lowest = (row) => Math.min(row.before.confidence ?? 2, row.after.confidence ?? 2);
const SORT = {
  movement: (one, other) => Math.abs(other.movement ?? 0) - Math.abs(one.movement ?? 0),
  unsure: (one, other) => lowest(one) - lowest(other),
  category: (one, other) => one.category.localeCompare(other.category),
  id: (one, other) => one.id.localeCompare(other.id),
};

function matches(row, wanted) {
  const words = wanted.q.toLowerCase().split(/\s+/).filter(Boolean);
  const said = [row.before, row.after].flatMap((answer) => [answer, ...answer.more]);
  const texts = [row.id, row.question, ...said.map((sample) => sample.text)];
  const text = texts.join(" ").toLowerCase();
  return (
    words.every((word) => text.includes(word)) &&
    (!wanted.axis || isAbout(wanted.axis, row)) &&
    (!wanted.category || row.category === wanted.category) &&
    (!wanted.set || row.set === wanted.set) &&
    (!wanted.change || CHANGE[wanted.change](row)) &&
    (!wanted.kind || row.kind === wanted.kind) &&
    (!wanted.before || labelled(row.before, wanted.before)) &&
    (!wanted.label || labelled(row.after, wanted.label)) &&
    (!wanted.wording || row.wording === wanted.wording) &&
    (!wanted.moved || hasMoved(row, wanted.moved)) &&
    (!wanted.twins || isOutcome(row, wanted.twins)) &&
    (!wanted.judge || JUDGE[wanted.judge](row))
  );
}

// Shows the answers that stand in the page's data. Every text is put into the page as text, never
// as markup; harmful prompts and answers are drawn only when somebody asks for them.
"use strict";
(() => {
  const rows = JSON.parse(document.getElementById("rows").textContent);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const field = (name) => document.getElementById("filter-" + name);
  const FILTERS = ["q", "axis", "category", "set", "change", "label", "judge", "sort"];
  const PAGE = 40;
  const list = document.getElementById("answer-list");
  const more = document.getElementById("answer-more");
  const count = document.getElementById("answer-count");
  const showHarmful = document.getElementById("show-harmful");
  const markWords = document.getElementById("mark-words");
  const openAll = document.getElementById("open-all");
  const revealed = new Set();
  let found = [];
  let shown = 0;

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
  const JUDGE = { unsure: (row) => row.unsure, disagreement: (row) => row.disagreement };
  const lowest = (row) => Math.min(row.before.confidence ?? 2, row.after.confidence ?? 2);
  const SORT = {
    movement: (one, other) => Math.abs(other.movement ?? 0) - Math.abs(one.movement ?? 0),
    unsure: (one, other) => lowest(one) - lowest(other),
    category: (one, other) => one.category.localeCompare(other.category),
    id: (one, other) => one.id.localeCompare(other.id),
  };

  function make(tag, text, className) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  }

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
      (!wanted.label || row.after.label === wanted.label) &&
      (!wanted.judge || JUDGE[wanted.judge](row))
    );
  }

  function apply(keepLink) {
    const wanted = Object.fromEntries(FILTERS.map((name) => [name, field(name).value]));
    found = rows.filter((row) => matches(row, wanted));
    if (SORT[wanted.sort]) found.sort(SORT[wanted.sort]);
    list.replaceChildren();
    shown = 0;
    grow();
    const probes = rows.length === 1 ? "1 probe" : rows.length + " probes";
    count.textContent = found.length + " of " + probes;
    if (!keepLink) {
      const kept = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
      history.replaceState(null, "", kept.size ? "#?" + kept : "#answers");
    }
  }

  function grow() {
    found.slice(shown, shown + PAGE).forEach((row) => list.append(item(row)));
    shown = Math.min(found.length, shown + PAGE);
    more.hidden = shown >= found.length;
  }

  const hidden = (row) =>
    row.kind === "harmful" && row.question !== null && !showHarmful.checked && !revealed.has(row.id);

  function item(row) {
    const line = make("li");
    const details = make("details", undefined, "answer-row " + direction(row));
    details.id = "probe-" + row.id;
    details.append(summary(row));
    details.addEventListener("toggle", () => draw(details, row));
    line.append(details);
    return line;
  }

  const direction = (row) => (row.worse === null ? "same" : row.worse ? "worse" : "better");

  function summary(row) {
    const line = make("summary");
    const word = row.worse === null ? row.change.replace("none", "unchanged") : direction(row);
    line.append(make("span", word, "tag"), " ");
    const change = row.worse === null ? "" : " · " + row.change;
    line.append(make("span", row.kind + " · " + row.category + change, "facts"));
    if (row.question === null) line.append(" ", make("em", "left out of this copy"));
    else if (hidden(row)) line.append(" ", make("em", "hidden until opened"));
    else line.append(" ", make("q", row.question));
    return line;
  }

  function draw(details, row) {
    if (!details.open) return;
    [...details.children].slice(1).forEach((child) => child.remove());
    if (hidden(row)) {
      const reveal = make("button", "Show this harmful probe and its answers", "reveal");
      reveal.type = "button";
      reveal.addEventListener("click", () => {
        revealed.add(row.id);
        draw(details, row);
        details.querySelector("summary").focus();
      });
      details.append(reveal);
      return;
    }
    if (row.question !== null) details.append(make("p", row.question, "question"));
    const differ = mostlyOther(row.before) || mostlyOther(row.after);
    const answers = make("div", undefined, differ ? "answers plain-words" : "answers");
    answers.append(side(row.before, "before", "del"), side(row.after, "after", "ins"));
    details.append(answers, facts(row));
  }

  // Where most of an answer is other than the other one, marking it all would help nobody.
  function mostlyOther(answer) {
    const changed = answer.changed.reduce((sum, [start, end]) => sum + end - start, 0);
    return answer.text !== null && 2 * changed > Array.from(answer.text).length;
  }

  function side(answer, name, tag) {
    const box = make("div");
    const samples =
      answer.samples > 1 ? ", " + answer.refusals + " of " + answer.samples + " samples refused" : "";
    box.append(make("h3", name + " · " + verdict(answer) + samples));
    box.append(words(answer, answer.changed, tag));
    if (answer.more.length && answer.text !== null) box.append(further(answer.more));
    return box;
  }

  function verdict(sample) {
    const sure = sample.confidence === null ? "" : ", confidence " + sample.confidence.toFixed(2);
    const score = sample.score === null ? "" : ", score " + sample.score;
    const helpful = sample.helpfulness === null ? "" : ", helpfulness " + sample.helpfulness;
    const reason = sample.reason === null ? "" : " (" + sample.reason + ")";
    const cut = sample.cut === null ? "" : ", cut off after " + (sample.cut || "?") + " tokens";
    return sample.label.replace("_", " ") + sure + score + helpful + reason + cut;
  }

  function words(sample, changed, tag) {
    const text = make("p", undefined, "answer");
    if (sample.text === null) text.append(make("em", "left out of this copy"));
    else text.append(...marked(sample, changed, tag));
    return text;
  }

  function further(samples) {
    const details = make("details");
    details.append(make("summary", "Further samples: " + samples.length));
    samples.forEach((sample) => {
      details.append(make("p", verdict(sample), "facts"), words(sample, [], "mark"));
    });
    return details;
  }

  // Positions count characters as Python does, so texts are cut by code point.
  function* marked(answer, changed, tag) {
    const letters = Array.from(answer.text);
    const spans = answer.evidence ? [answer.evidence, ...changed] : changed;
    const cuts = [...new Set([0, letters.length, ...spans.flat()])].sort((one, other) => one - other);
    for (let place = 0; place + 1 < cuts.length; place += 1) {
      const [start, end] = [cuts[place], cuts[place + 1]];
      const inside = ([from, to]) => from <= start && end <= to;
      let piece = document.createTextNode(letters.slice(start, end).join(""));
      for (const [name, applies] of [
        ["mark", answer.evidence && inside(answer.evidence)],
        [tag, changed.some(inside)],
      ]) {
        if (!applies) continue;
        const around = make(name);
        around.append(piece);
        piece = around;
      }
      yield piece;
    }
  }

  function facts(row) {
    const line = make("p", undefined, "facts");
    line.append("set " + row.set + " · ");
    if (row.movement !== null) line.append("refusal log-odds " + row.movement.toFixed(2) + " · ");
    row.other_judges.forEach((other) =>
      line.append("judge " + other.judge + ": " + other.before + " → " + other.after + " · "),
    );
    const twin = row.twin && byId.get(row.twin);
    if (twin) {
      const labels = [twin.before, twin.after].map((answer) => answer.label.replace("_", " "));
      line.append("twin: ", link(twin.id), " " + labels.join(" → ") + " · ");
    }
    line.append("link: ", link(row.id));
    return line;
  }

  function link(id) {
    const anchor = make("a", id);
    anchor.href = "#?" + new URLSearchParams({ probe: id });
    return anchor;
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
    if (place < 0) return true;
    while (shown <= place) grow();
    const details = list.children[place].firstChild;
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
  if (!follow()) apply(true);
})();

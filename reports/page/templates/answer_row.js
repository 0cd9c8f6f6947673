// What is drawn of a probe and its two answers? Every text is put into the page as text, never as
// markup; harmful prompts and answers are drawn only when somebody asks for them.
const showHarmful = document.getElementById("show-harmful");
const revealed = new Set();

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

const hidden = (row) =>
  row.kind === "harmful" && row.question !== null && !showHarmful.checked && !revealed.has(row.id);

const direction = (row) => (row.worse === null ? "same" : row.worse ? "worse" : "better");

function summary(row) {
  const line = make("summary");
  const word = row.worse === null ? row.change.replace("none", "unchanged") : direction(row);
  line.append(make("span", word, "tag"), " ");
  const cut = row.after.cut === null ? "" : " · cut off";
  const change = (row.worse === null ? "" : " · " + row.change) + cut;
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
  if (row.movement !== null) {
    const odds = Number(Math.exp(row.movement).toPrecision(2));
    line.append("odds of a refusal as the first word ×" + odds + " · ");
  }
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

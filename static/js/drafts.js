// Keeps a half-filled form on this device: <form data-shilian-draft="purchase">. A lost session or
// a reload loses nothing; the draft belongs to the person and goes once the form was accepted.

const KEPT_DAYS = 3;
const PREFIX = "shilian-draft:";
const person = document.body.dataset.shilianPerson || "";

function keyOf(form) {
  return `${PREFIX}${person}:${form.dataset.shilianDraft}`;
}

function isKept(field) {
  return field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type);
}

function save(form) {
  const values = [...form.elements].filter(isKept).map((field) =>
    ["checkbox", "radio"].includes(field.type)
      ? [field.name, field.value, field.checked]
      : [field.name, field.value, null],
  );
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values }));
  } catch {
    // A full or forbidden store only means that nothing is kept.
    form.removeAttribute("data-shilian-draft");
  }
}

function read(form) {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(form)) || "null");
    return kept && Date.now() - kept.at < KEPT_DAYS * 86400000 ? kept : null;
  } catch {
    return null;
  }
}

function put(form, values) {
  const seen = {};
  for (const [name, value, checked] of values) {
    const fields = [...form.elements].filter((field) => field.name === name && isKept(field));
    if (checked !== null) {
      fields.filter((field) => field.value === value).forEach((field) => { field.checked = checked; });
      continue;
    }
    const index = seen[name] = (seen[name] ?? -1) + 1;
    if (fields[index]) fields[index].value = value;
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function differs(form, values) {
  return values.some(([name, value, checked]) => {
    const fields = [...form.elements].filter((field) => field.name === name && isKept(field));
    if (checked !== null) return fields.some((field) => field.value === value && field.checked !== checked);
    return value !== "" && !fields.some((field) => field.value === value);
  });
}

function forget(form) {
  localStorage.removeItem(keyOf(form));
}

function tell(form) {
  const note = document.createElement("div");
  note.className = "sl-notice";
  note.setAttribute("role", "status");
  const text = document.createElement("div");
  text.textContent = "上次没填完的内容已经恢复。";
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn btn-link btn-sm";
  drop.textContent = "不要了，重新填";
  drop.addEventListener("click", () => { forget(form); form.reset(); note.remove(); });
  text.append(" ", drop);
  note.append(text);
  form.prepend(note);
}

function start(form) {
  // A form that came back with faults already holds what was typed.
  const cameBack = form.querySelector("[aria-invalid='true'], .sl-error") !== null;
  const kept = read(form);
  if (kept && !cameBack && differs(form, kept.values)) {
    put(form, kept.values);
    tell(form);
  }
  form.addEventListener("input", () => save(form));
  form.addEventListener("change", () => save(form));
}

// The page that follows a form that was accepted says so: <… data-shilian-draft-done="purchase">.
document.querySelectorAll("[data-shilian-draft-done]").forEach((mark) => {
  localStorage.removeItem(`${PREFIX}${person}:${mark.dataset.shilianDraftDone}`);
});
if (person) document.querySelectorAll("form[data-shilian-draft]").forEach(start);

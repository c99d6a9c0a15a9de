// Small helps for every page: no form needs them to work.
// data-shilian-confirm="question"  asks before a form or link goes on
// data-shilian-toast="sentence"    shows a passing note once the page is open
// data-shilian-filters             sends the form when a select in it changes
// data-shilian-pick="selector"     narrows the rows of a list to what is typed (text or pinyin)
// data-shilian-check-all="name"    ticks every box of that name in the form
// data-shilian-other="name=value"  shows this part only while that field holds the value

const RELEASE_AFTER_MS = 15000;

export function toast(text) {
  let tray = document.querySelector(".sl-toasts");
  if (!tray) {
    tray = document.createElement("div");
    tray.className = "sl-toasts";
    tray.setAttribute("role", "status");
    document.body.append(tray);
  }
  const note = document.createElement("div");
  note.className = "sl-toast";
  note.textContent = text;
  tray.append(note);
  setTimeout(() => note.remove(), 5000);
}

function dialogButton(text, style, value) {
  const button = document.createElement("button");
  button.className = `btn ${style}`;
  button.value = value;
  button.textContent = text;
  return button;
}

function ask(question) {
  if (!window.HTMLDialogElement) return Promise.resolve(window.confirm(question));
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "sl-dialog";
    const form = document.createElement("form");
    form.method = "dialog";
    const text = document.createElement("p");
    text.textContent = question;
    const buttons = document.createElement("div");
    buttons.className = "sl-dialog-buttons";
    buttons.append(dialogButton("返回", "btn-secondary", "no"), dialogButton("确定", "btn-primary", "yes"));
    form.append(text, buttons);
    dialog.append(form);
    dialog.addEventListener("close", () => { resolve(dialog.returnValue === "yes"); dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// A second press of the same button sends nothing; the server knows the submit_key besides.
function guardSubmit(event) {
  const form = event.target;
  const pressed = event.submitter;
  const question = pressed?.dataset.shilianConfirm ?? form.dataset.shilianConfirm;
  if (question && !form.dataset.shilianAgreed) {
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question).then((agreed) => {
      if (!agreed) return;
      form.dataset.shilianAgreed = "yes";
      send(form, pressed);
      delete form.dataset.shilianAgreed;
    });
    return;
  }
  if ((form.method || "").toLowerCase() !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.shilianSent) {
    event.preventDefault();
    return;
  }
  form.dataset.shilianSent = "yes";
  pressed?.setAttribute("aria-busy", "true");
  setTimeout(() => release(form), RELEASE_AFTER_MS);
}

function send(form, pressed) {
  form.requestSubmit ? form.requestSubmit(pressed ?? undefined) : form.submit();
}

function release(form) {
  delete form.dataset.shilianSent;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
}

function confirmLink(event) {
  const link = event.target.closest("a[data-shilian-confirm]");
  if (!link) return;
  event.preventDefault();
  ask(link.dataset.shilianConfirm).then((agreed) => { if (agreed) location.assign(link.href); });
}

function narrow(input) {
  const wanted = input.value.trim().toLowerCase();
  document.querySelectorAll(input.dataset.shilianPick).forEach((row) => {
    const text = `${row.dataset.shilianWords ?? ""} ${row.textContent}`.toLowerCase();
    row.hidden = wanted !== "" && !text.includes(wanted);
  });
}

function showOthers(form) {
  form.querySelectorAll("[data-shilian-other]").forEach((part) => {
    const [name, value] = part.dataset.shilianOther.split("=");
    const chosen = new FormData(form).getAll(name);
    part.hidden = !chosen.includes(value);
  });
}

function open(root) {
  root.querySelectorAll("[data-shilian-toast]").forEach((at) => toast(at.dataset.shilianToast));
  root.querySelectorAll("[data-shilian-focus]").forEach((at) => at.focus());
  root.querySelectorAll("[data-shilian-check-all]").forEach((box) => { box.closest("label").hidden = false; });
  root.querySelectorAll("form").forEach(showOthers);
}

document.addEventListener("submit", guardSubmit, true);
document.addEventListener("click", confirmLink);
document.addEventListener("input", (event) => {
  if (event.target.dataset.shilianPick) narrow(event.target);
});
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form) return;
  const { shilianCheckAll: name } = event.target.dataset;
  if (name) form.querySelectorAll(`input[name="${name}"]`).forEach((box) => { box.checked = event.target.checked; });
  showOthers(form);
  if (form.hasAttribute("data-shilian-filters") && event.target.matches("select")) send(form);
});
// A form that came back with faults answered a POST: going back to it or reloading it must not end
// in the browser's question whether to send everything again.
function settle() {
  const came = [...document.querySelectorAll("form[method=post]")].some((form) => form.action === location.href);
  if (came) history.replaceState(history.state, "", location.href);
}

// A page taken back from the browser's memory must be sendable again.
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-shilian-sent]").forEach(release));
document.addEventListener("htmx:afterSwap", (event) => open(event.target));
document.addEventListener("htmx:sendError", () => toast("网络不通，请稍后再试。填过的内容还在。"));
document.addEventListener("htmx:responseError", () => toast("没有成功，请刷新页面再试。"));
document.addEventListener("click", (event) => {
  document.querySelectorAll(".sl-menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
settle();
open(document);

// What all views share: elements, words in three languages, the API, and what the station last told.

export const $ = (id) => document.getElementById(id);
export const LANGUAGES = { en: "English", de: "Deutsch", nl: "Nederlands" };
export const ROLES = ["guest", "driver", "user", "installer"];

export const status = {};
export const session = { role: "guest", name: "", csrf: "", setup: false, legacy: 0 };
export const about = {};

// ---- words

const stored = localStorage.getItem("language");
export const language = LANGUAGES[stored] ? stored : LANGUAGES[navigator.language.slice(0, 2)] ? navigator.language.slice(0, 2) : "en";
// How numbers and times are written: as the browser does, if it speaks the same language.
export const locale = navigator.language.startsWith(language) ? navigator.language : language;
const column = { de: 0, nl: 1 }[language];
let texts = {};
let patterns = [];

export async function loadTexts() {
  document.documentElement.lang = language;
  if (column !== undefined) ({ TEXTS: texts, PATTERNS: patterns } = await import("./texts.js"));
}

export function t(text, ...values) {
  const found = texts[text] ? texts[text][column] : text;
  return found.replace(/%(\d)/g, (all, n) => values[n - 1] ?? "");
}

// What the station says comes in English; what is not in the table stays so.
export function tell(text) {
  if (!text || texts[text] || column === undefined) return text ? t(text) : "";
  for (const [pattern, ...forms] of patterns) {
    const found = pattern.exec(text);
    if (found) return forms[column].replace(/%(\d)/g, (all, n) => tell(found[n] || ""));
  }
  return text;
}

// ---- elements

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(path, box = "0 0 24 24") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", box);
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const failure = () => h("p", { class: "error", role: "alert" });
export const card = (title, ...children) => h("section", { class: "card" }, title ? h("h2", {}, title) : null, ...children);
export const facts = (rows) => h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
export const button = (text, onclick, kind) => h("button", { type: "button", class: kind, onclick }, text);

// An input with its label, a hint, and a place for what is wrong with it.
let count = 0;
export function field(label, input, hint) {
  const id = input.id || "f" + ++count;
  input.id = id;
  const error = h("p", { class: "error", id: id + "-error", role: "alert" });
  const help = h("p", { class: "help", id: id + "-help" }, hint || "");
  input.setAttribute("aria-describedby", id + "-help " + id + "-error");
  const element = h("div", { class: "field" }, h("label", { for: id }, label), input, help, error);
  const fail = (text) => { put(error, text); input.setAttribute("aria-invalid", text ? "true" : "false"); };
  return { element, input, fail };
}

let toastTimer = 0;
export function toast(text) {
  put($("toast"), text);
  $("toast").classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").classList.remove("on"); put($("toast"), ""); }, 5000);
}

// Ask in a dialog; `details` is shown below the question. With a `word` it has to be typed first.
export function ask(question, yes, details, word) {
  return new Promise((done) => {
    const go = h("button", { value: "yes", class: word ? "main danger" : "main", autofocus: !word }, yes);
    const typed = word ? field(t("Type %1 to confirm", word), h("input", { type: "text", id: "confirm", autocomplete: "off", autocapitalize: "none", spellcheck: "false" })) : null;
    const dialog = h("dialog", { "aria-label": question }, h("p", { class: "strong-text" }, question), details,
      h("form", { method: "dialog" }, typed && typed.element, h("div", { class: "row" }, h("button", { value: "", type: word ? "button" : "submit", onclick: word ? () => dialog.close() : null }, t("Cancel")), go)));
    dialog.querySelector("form").addEventListener("submit", (event) => {
      if (!typed || typed.input.value.trim() === word) return;
      event.preventDefault();
      typed.fail(t("This is not the word."));
      typed.input.focus();
    });
    dialog.addEventListener("close", () => { dialog.remove(); done(dialog.returnValue === "yes"); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// A form in a dialog: `work` sends it, and what is refused is told by the entry that it belongs to.
export function askForm(title, entries, action, work, extra) {
  return new Promise((done) => {
    const error = failure();
    const go = h("button", { class: "main" }, action);
    const form = h("form", { novalidate: true }, Object.values(entries).map((entry) => entry.element), extra, error,
      h("div", { class: "row" }, button(t("Cancel"), () => dialog.close()), go));
    const dialog = h("dialog", { "aria-label": title, class: "wide" }, h("h2", {}, title), form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      Object.values(entries).forEach((entry) => entry.fail(""));
      busy(go, error, async () => {
        try {
          // False is a form that says by itself what is wrong.
          if ((await work()) !== false) dialog.close("done");
        } catch (refusal) {
          const entry = entries[refusal.field];
          if (!entry) throw refusal;
          entry.fail(refusal.message);
          entry.input.focus();
        }
      });
    });
    dialog.addEventListener("close", () => { dialog.remove(); done(dialog.returnValue === "done"); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// A table whose rows become blocks on a phone.
export function tableOf(label, heads) {
  const body = h("tbody");
  const element = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), body));
  const fill = (rows) => {
    body.replaceChildren(...rows.map((cells) => h("tr", {}, cells.map((cell, n) => h("td", { "data-head": heads[n] }, ...[cell].flat())))));
    element.hidden = !rows.length;
  };
  return { element, fill };
}

export function choose(id, choices, value) {
  return h("select", { id }, choices.map(([key, name]) => h("option", { value: key, selected: key === value }, name)));
}

export function check(label, id, checked) {
  const input = h("input", { type: "checkbox", id, checked });
  const entry = field(label, input);
  entry.element.classList.add("check");
  return entry;
}

// What has nothing in it says so in a friendly way.
export const empty = (text) => h("p", { class: "empty" }, text);

export function download(name, text, type) {
  const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: type || "text/plain" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// ---- numbers

export const DASH = "–";
export const amps = (ma) => (Number.isFinite(ma) ? (ma / 1000).toLocaleString(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }) + " A" : DASH);
export function watts(w) {
  if (!Number.isFinite(w)) return DASH;
  return Math.abs(w) < 1000 ? Math.round(w) + " W" : (w / 1000).toLocaleString(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) + " kW";
}
export const energy = (wh) => (Number.isFinite(wh) && wh >= 0 ? (wh / 1000).toLocaleString(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) + " kWh" : DASH);
export const when = (s, time) => (s ? new Date(s * 1000).toLocaleString(locale, { dateStyle: "short", timeStyle: time || "short" }) : DASH);
export const at = (s) => new Date(s * 1000).toLocaleString(locale, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
// In thousandths of a currency.
export function money(mills, currency) {
  if (!Number.isFinite(mills) || !currency) return DASH;
  try { return (mills / 1000).toLocaleString(locale, { style: "currency", currency }); } catch { return (mills / 1000).toFixed(2) + " " + currency; }
}
export function duration(s) {
  const two = (n) => String(n).padStart(2, "0");
  const days = Math.floor(s / 86400);
  return (days ? t("%1 d", days) + " " : "") + Math.floor((s % 86400) / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
}

// ---- the API

export class ApiError extends Error {
  constructor(code, answer) {
    super(tell(answer.error) || t("The station answered %1.", code));
    this.code = code;
    this.field = answer.field || "";
    this.errors = answer.errors || {};
  }
}

export const is = (role) => ROLES.indexOf(session.role) >= ROLES.indexOf(role);
export const hooks = { again() {} };

export async function call(method, path, body) {
  const headers = {};
  if (method !== "GET") headers["X-CSRF-Token"] = session.csrf;
  const raw = body instanceof Blob || typeof body === "string";
  if (body !== undefined && !raw) headers["Content-Type"] = "application/json";
  let response;
  try {
    // A path of its own begins with two slashes.
    response = await fetch(path.startsWith("//") ? path.slice(1) : "/api/v1" + path, { method, headers, cache: "no-store", body: body === undefined ? undefined : raw ? body : JSON.stringify(body) });
  } catch {
    throw new ApiError(0, { error: "no connection to the station" });
  }
  const type = response.ok && response.headers.get("Content-Type");
  if (type === "application/octet-stream") return new Uint8Array(await response.arrayBuffer());
  if (type === "application/x-pem-file") return response.text();
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401 && session.role !== "guest") hooks.again();
  throw new ApiError(response.status, answer);
}

export const get = (path) => call("GET", path);

// The description of all settings is long; it is asked for again after a change only.
let rows = null;
export async function settings(fresh) {
  if (fresh || !rows) rows = get("/settings").catch((error) => { rows = null; throw error; });
  return rows;
}

// Send a request of one button; what is refused is said.
export async function request(words, done) {
  try {
    await call("POST", "/requests", { request: words });
    if (done) toast(done);
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

// Let a button work on a promise: it cannot be pressed twice, and what fails is said in `output`.
export async function busy(element, output, work) {
  element.disabled = true;
  put(output, "");
  try {
    return await work();
  } catch (error) {
    put(output, error.message);
    return undefined;
  } finally {
    element.disabled = false;
  }
}

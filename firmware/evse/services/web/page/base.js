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
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
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

export function ask(question, yes) {
  return new Promise((done) => {
    const dialog = h("dialog", { "aria-label": question }, h("p", {}, question),
      h("form", { method: "dialog", class: "row" }, h("button", { value: "" }, t("Cancel")), h("button", { value: "yes", class: "main" }, yes)));
    dialog.addEventListener("close", () => { dialog.remove(); done(dialog.returnValue === "yes"); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// ---- numbers

export const DASH = "–";
export const amps = (ma) => (Number.isFinite(ma) ? (ma / 1000).toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }) + " A" : DASH);
export function watts(w) {
  if (!Number.isFinite(w)) return DASH;
  return Math.abs(w) < 1000 ? Math.round(w) + " W" : (w / 1000).toLocaleString(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) + " kW";
}
export const energy = (wh) => (Number.isFinite(wh) && wh >= 0 ? (wh / 1000).toLocaleString(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) + " kWh" : DASH);
export const when = (s) => (s ? new Date(s * 1000).toLocaleString(language, { dateStyle: "short", timeStyle: "short" }) : DASH);
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
export const hooks = { lost() {}, again() {} };

export async function call(method, path, body) {
  const headers = {};
  if (method !== "GET") headers["X-CSRF-Token"] = session.csrf;
  const raw = body instanceof Blob || typeof body === "string";
  if (body !== undefined && !raw) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch("/api/v1" + path, { method, headers, cache: "no-store", body: body === undefined ? undefined : raw ? body : JSON.stringify(body) });
  } catch {
    throw new ApiError(0, { error: "no connection to the station" });
  }
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

// The station's page: who is asking, the live stream, and which view is open.

import { $, about, button, busy, call, card, choose, failure, field, get, h, hooks, icon, is, language, LANGUAGES, loadTexts, put, session, status, t } from "./base.js";
import * as now from "./now.js";

// Name, title, who may open it, icon, and the parts of it: [name, title, who, module, function in it].
const VIEWS = [
  ["now", "Now", "guest", "M13 2 4 14h6l-1 8 10-12h-7z", []],
  ["sessions", "Sessions", "driver", "M5 4h14v16l-3.5-2-3.5 2-3.5-2L5 20zM8.5 9h7M8.5 13h7", [["", "", "driver", "sessions", "sessions"]]],
  ["access", "Access", "user", "M3 6h18v12H3zM3 10h18M7 14.5h4", [
    ["cards", "Cards", "user", "access", "cards"], ["people", "People", "user", "access", "people"], ["programs", "Programs", "user", "access", "programs"],
    ["hours", "Hours", "user", "prices", "hours"], ["conditions", "Conditions", "user", "prices", "conditions"]]],
  ["settings", "Settings", "user", "M4 7h9m5 0h2M4 17h3m5 0h8M13 7a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0M7 17a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0", [["", "", "user", "settings", "settings"]]],
  ["station", "Station", "driver", "M6 3h9v18H6zM15 10h2.5v6.5a1.5 1.5 0 0 0 3 0V9l-3-3M9 7h3M10.5 11l-1.5 3h3l-1.5 3", [
    ["you", "You", "driver", "station", "you"], ["health", "Health", "user", "station", "health"], ["log", "Log", "user", "station", "log"],
    ["displays", "Displays", "user", "displays", "displays"], ["backup", "Backup", "user", "backup", "backup"]]],
];
const RETRY_MS = 4000;

let view = null;
let stream = null;
let retry = 0;
let watchdog = 0;

// ---- live state

function setLink(state) {
  $("link").dataset.link = state;
  put($("link-text"), t({ live: "Live", wait: "Connecting", slow: "Every 4 s", lost: "No connection" }[state]));
  $("offline").hidden = state !== "lost";
  if (state === "lost") put($("offline"), t("No connection to the station. What is shown may be old."));
}

function take(changes) {
  Object.assign(status, changes);
  if (view && view.update) view.update();
}

function connect() {
  clearTimeout(retry);
  if (stream) stream.close();
  stream = new EventSource("/api/v1/events");
  stream.onmessage = (event) => {
    setLink("live");
    clearTimeout(watchdog);
    watchdog = setTimeout(poll, 12000);
    take(JSON.parse(event.data));
  };
  // A refusal (too many streams) ends it, a broken connection does too: one answer tells which.
  stream.onerror = () => poll();
}

async function poll() {
  clearTimeout(retry);
  clearTimeout(watchdog);
  const broken = stream;
  if (broken) broken.close();
  stream = null;
  try {
    // A login ends with a restart of the station.
    if (broken && (await get("/session")).role !== session.role) return void start();
    take(await get("/status"));
    setLink("slow");
    retry = setTimeout(polls++ % 4 === 3 ? connect : poll, RETRY_MS);
  } catch (error) {
    if (error.code !== 401) setLink("lost");
    retry = setTimeout(poll, RETRY_MS);
  }
}
let polls = 3;

hooks.again = () => start();

// ---- views

function tabs() {
  const open = VIEWS.filter(([, , role]) => is(role));
  $("tabs").hidden = open.length < 2;
  $("tabs").setAttribute("aria-label", t("Views"));
  $("tabs").replaceChildren(...open.map(([name, title, , path]) => h("a", { href: "#" + name }, icon(path), h("span", {}, t(title)))));
  const inside = session.role !== "guest";
  $("account").replaceChildren(inside ? button(t("Log out"), logOut, "small") : h("a", { href: "#login", class: "button small" }, t("Log in")));
  $("account").hidden = session.setup;
}

// The links between the parts of a view, where it has several.
function partLinks(name, parts, chosen) {
  if (parts.length < 2) return null;
  return h("nav", { class: "parts", "aria-label": t("Parts of this view") }, parts.map(([part, title]) =>
    h("a", { href: `#${name}/${part}`, "aria-current": part === chosen ? "page" : null }, t(title))));
}

async function show() {
  const place = location.hash.slice(1) || "now";
  const [name, wanted] = place.split("/");
  const entry = VIEWS.find(([key]) => key === name);
  view = null;
  for (const link of $("tabs").children) {
    if (link.getAttribute("href") === "#" + name) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  if (session.setup) return void $("view").replaceChildren(setUp());
  if (name === "login" || !entry || !is(entry[2])) return void $("view").replaceChildren(logIn());
  const parts = entry[4].filter(([, , role]) => is(role));
  const part = parts.find(([key]) => key === wanted) || parts[0];
  const links = partLinks(name, parts, part && part[0]);
  // The links stay while the part is fetched.
  $("view").replaceChildren(...(links ? [links] : []));
  try {
    const opened = part ? await (await import(`./${part[3]}.js`))[part[4]]() : now.make();
    if ((location.hash.slice(1) || "now") !== place) return;
    view = opened;
    $("view").append(view.element);
  } catch (problem) {
    $("view").append(card("", h("p", { class: "error", role: "alert" }, problem.message), h("div", { class: "row" }, button(t("Try again"), () => show()))));
    return;
  }
  document.title = t(part && part[1] ? part[1] : entry[1]) + " – " + about.name;
  if (view.update) view.update();
}

// ---- log in, log out, set up

function languages() {
  const select = choose("language", Object.entries(LANGUAGES), language);
  select.addEventListener("change", () => { localStorage.setItem("language", select.value); location.reload(); });
  return field(t("Language"), select).element;
}

const secret = (autocomplete) => h("input", { type: "password", autocomplete, required: true });

function form(title, text, entries, action, work) {
  const error = failure();
  const go = h("button", { class: "main" }, action);
  const element = h("form", { class: "card narrow", novalidate: true }, h("h1", {}, title), h("p", { class: "lead" }, text), Object.values(entries).map((entry) => entry.element), error, h("p", {}, go), languages());
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    Object.values(entries).forEach((entry) => entry.fail(""));
    busy(go, error, async () => {
      try {
        await work();
      } catch (refusal) {
        const entry = entries[refusal.field];
        if (!entry) throw refusal;
        entry.fail(refusal.message);
        entry.input.focus();
      }
    });
  });
  return element;
}

async function entered() {
  if (location.hash === "#login") history.replaceState(null, "", "#now");
  await start();
}

function logIn() {
  const entries = {
    name: field(t("Name"), h("input", { type: "text", autocomplete: "username", value: "owner", autocapitalize: "none", spellcheck: "false" })),
    password: field(t("Password"), secret("current-password")),
  };
  return form(t("Log in"), t("Anybody sees the state of the station. The rest needs a login."), entries, t("Log in"), async () => {
    await call("POST", "/login", { name: entries.name.input.value.trim(), password: entries.password.input.value });
    await entered();
  });
}

function setUp() {
  const entries = {
    code: field(t("Code"), h("input", { type: "text", inputmode: "numeric", autocomplete: "off", maxlength: "8" }), t("Eight digits that the station shows on its display and its serial console.")),
    password: field(t("New password"), secret("new-password"), t("At least 8 characters. The name to log in is: owner")),
    again: field(t("The same again"), secret("new-password")),
    installer_password: field(t("Password of the installer"), h("input", { type: "password", autocomplete: "off" }), t("Optional. Only the installer changes the highest current of the installation.")),
  };
  return form(t("Welcome"), t("Set the password of your station. You need to be at the station for this."), entries, t("Set the password"), async () => {
    const value = (name) => entries[name].input.value;
    if (value("password") !== value("again")) {
      entries.again.fail(t("This is not the same password."));
      return;
    }
    const body = { code: value("code").trim(), password: value("password") };
    if (value("installer_password")) body.installer_password = value("installer_password");
    await call("POST", "/setup", body);
    await entered();
  });
}

async function logOut() {
  await call("POST", "/logout").catch(() => {});
  location.hash = "now";
  for (const name of Object.keys(status)) delete status[name];
  await start();
}

// ---- start

async function start() {
  try {
    Object.assign(about, await get(""));
    Object.assign(session, await get("/session"));
  } catch {
    setLink("lost");
    retry = setTimeout(start, RETRY_MS);
    return;
  }
  put($("name"), about.name);
  tabs();
  connect();
  await show();
}

await loadTexts();
put($("skip"), t("Skip to the content"));
setLink("wait");
window.addEventListener("hashchange", () => { show(); $("view").focus(); });
document.addEventListener("visibilitychange", () => {
  // A phone in a pocket needs no stream; there are only a few.
  if (document.hidden) { clearTimeout(retry); clearTimeout(watchdog); if (stream) stream.close(); stream = null; } else connect();
});
window.addEventListener("beforeunload", (event) => { if (view && view.changed && view.changed()) event.preventDefault(); });
await start();

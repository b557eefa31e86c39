// The view "Settings": made from what the station describes; changes are gathered, checked in place and saved together.

import { makeAuthority } from "./authority.js";
import { button, busy, call, field, h, put, request, session, settings as load, t, tell, toast } from "./base.js";

// Where a setting is shown; what matches nothing comes last. Ranges, units and words are the station's.
const GROUPS = [
  ["Charging", /^(Mode|M(in|ax)Current|StationMin|InstallerMax|EnableC2|SupplyPhases|maxTemp)$/],
  ["Sun", /^(StartCurrent|StopTime|ImportCurrent)$/],
  ["House connection", /^(MaxMains|MaxCircuit|Capacity|MaxSumMains|intervals|LoadBl|Shed|Remote|PhaseRot)/],
  ["Meters", /^(Mains|Circuit|EVMeter|EM[EDFUIP]|Grid|SB2)/],
  ["Socket and inputs", /^(Config|Lock|CableLock|Switch|RCmon)$/],
  ["Access and prices", /^(RFIDReader|Auth|Relock|AccessMode|OpeningHours|Price.*|Currency|CarId|LCDPin)$/],
  ["This station", /^(Station(Name|Text)|Address|Latitude|Longitude|Connector)$/],
  ["Display and light", /^(LedMode|Brightness|IdlePicture)$/],
  ["Network", /^(AutoUpdate|App|MQTTSmart|WIFImode|Hostname|Time|WebServer|LegacyApi|ModbusTcp)/],
  ["MQTT", /^MQTT(?!Smart)/],
  ["Back end", /^Ocpp/],
];
const REST = "Other";
// The certificates are kept in a file, not in a setting; they are shown with the one that says whether they count.
const TLS = "OcppTls";

// Changes that are not saved yet; they outlive a look at another view.
const drafts = new Map();

// What only the station can judge: the syntax of a text. It is asked while somebody types, a moment after a key.
let asking = 0;
async function judge(part, text) {
  const key = part.row.key;
  await call("PATCH", "/settings?dry=1", { [key]: text }).catch((refusal) => drafts.get(key) === text && part.fail(tell(refusal.errors[key] || refusal.errors[part.row.label] || "")));
}

const mayWrite = (row) => row.who.includes(session.role === "installer" ? "i" : "u");

// What `backup` wants to know of a value before it is sent.
export const problemOf = (row, text) => ({ wrong: row.kind === "choice" && !row.choices.includes(text) ? "must be one of: " + row.choices.join(", ") : check(row, text)[1], closed: !mayWrite(row) });

export function check(row, text) {
  // Returns [value, what is wrong with it or ""].
  if (row.kind === "choice") return [text, ""];
  if (row.kind === "text") {
    const length = [...text].length;
    return [text, length < row.min || length > row.max ? `must be ${row.min} to ${row.max} characters long` : ""];
  }
  const trimmed = text.trim();
  if (row.zero && trimmed === row.zero) return [0, ""];
  if (!/^[+-]?\d+$/.test(trimmed)) return [text, "must be a whole number"];
  const value = Number(trimmed);
  const fits = (row.zero && value === 0) || (value >= row.min && value <= row.max);
  return [value, fits ? "" : `must be from ${row.min} to ${row.max}${row.unit ? " " + row.unit : ""}${row.zero ? ", or 0 for " + row.zero : ""}`];
}

const unitOf = (row) => row.unit.replace("deg", "°");

function hintOf(row) {
  const range = row.kind === "int" ? `${row.min} – ${row.max}${row.unit ? " " + unitOf(row) : ""}${row.zero ? ", 0: " + t(row.zero) : ""}. ` : "";
  const late = row.effect === "restart" ? " " + t("Acts after a restart.") : "";
  const closed = !mayWrite(row) ? t("Only the installer changes this.") : row.kind === "choice" && row.choices.length < 2 ? t("Nothing else can be chosen yet.") : "";
  return range + tell(row.help) + late + (closed && " " + closed);
}

function makeEntry(row) {
  const closed = !mayWrite(row) || (row.kind === "choice" && row.choices.length < 2);
  const input = row.kind === "choice"
    ? h("select", { id: "s-" + row.key, disabled: closed }, row.choices.map((choice) => h("option", { value: choice }, t(choice))))
    : h("input", {
      id: "s-" + row.key, type: row.secret ? "password" : "text", disabled: closed, autocomplete: "off", autocapitalize: "none", spellcheck: "false",
      inputmode: row.kind === "int" && row.min >= 0 ? "numeric" : null, placeholder: row.secret ? t("unchanged") : null,
    });
  const part = field(row.label, input, hintOf(row));
  const shown = row.value === null ? "" : String(row.value);
  part.element.classList.add("setting");
  part.element.dataset.key = row.key;
  part.element.querySelector("label").append(h("code", {}, row.key));
  part.row = row;
  // A secret may be emptied as well: that is a change only when it is asked for.
  if (row.secret && row.kind === "text") part.element.append(button(t("Erase"), () => { drafts.set(row.key, ""); input.placeholder = t("will be erased"); input.value = ""; part.mark(); }, "small"));
  part.mark = () => {
    const changed = drafts.has(row.key);
    part.element.classList.toggle("changed", changed);
    const text = drafts.get(row.key);
    const wrong = changed && check(row, text)[1];
    part.fail(wrong ? tell(wrong) : "");
    clearTimeout(asking);
    if (changed && !wrong && row.kind === "text" && !row.secret) asking = setTimeout(judge, 600, part, text);
    part.onchange();
  };
  part.show = () => { input.value = drafts.has(row.key) ? drafts.get(row.key) : shown; };
  input.addEventListener(row.kind === "choice" ? "change" : "input", () => {
    if (input.value === shown) drafts.delete(row.key); else drafts.set(row.key, input.value);
    part.mark();
  });
  part.show();
  return part;
}

export async function settings() {
  const element = h("div", { class: "stack" });
  const search = h("input", { type: "search", id: "find", placeholder: t("Find a setting"), "aria-label": t("Find a setting"), autocomplete: "off" });
  const everything = h("input", { type: "checkbox", id: "everything" });
  const list = h("div", { class: "stack" });
  const count = h("b", { role: "status" });
  const error = h("p", { class: "error", role: "alert" });
  const save = button(t("Save"), () => busy(save, error, send), "main");
  const discard = button(t("Discard"), () => { drafts.clear(); build(); });
  const bar = h("div", { class: "savebar", id: "savebar", hidden: true }, count, discard, save, error);
  const again = h("div", { class: "card", id: "restart-needed", hidden: true }, h("p", {}, t("A change acts after a restart.")),
    h("div", { class: "row" }, button(t("Restart now"), () => request(["restart"], t("The station restarts.")), "main")));
  const authority = makeAuthority();
  let parts = new Map();
  let rows = await load(true);

  function note() {
    bar.hidden = !drafts.size;
    put(count, drafts.size === 1 ? t("1 change") : t("%1 changes", drafts.size));
    if (!drafts.size) put(error, "");
  }

  function build() {
    const open = new Set([...list.querySelectorAll("details[open]")].map((group) => group.dataset.group));
    if (!list.children.length) open.add(GROUPS[0][0]);
    parts = new Map();
    const left = rows.filter((row) => everything.checked || row.visible || drafts.has(row.key));
    const groups = [...GROUPS, [REST, /./]].map(([title, pattern]) => {
      const mine = left.filter((row) => pattern.test(row.key));
      mine.forEach((row) => left.splice(left.indexOf(row), 1));
      if (!mine.length) return null;
      const entries = mine.map((row) => {
        const part = makeEntry(row);
        part.onchange = note;
        parts.set(row.key, part);
        if (drafts.has(row.key)) part.mark();
        return part.element;
      });
      if (mine.some((row) => row.key === TLS)) entries.push(authority);
      return h("details", { class: "card", "data-group": title, open: open.has(title) }, h("summary", {}, t(title), h("small", {}, String(mine.length))), h("div", { class: "body" }, entries));
    });
    list.replaceChildren(...groups.filter(Boolean));
    find();
    note();
  }

  function find() {
    const wanted = search.value.trim().toLowerCase();
    for (const group of list.children) {
      let found = 0;
      for (const one of group.querySelectorAll(".setting")) {
        one.hidden = !one.textContent.toLowerCase().includes(wanted);
        found += !one.hidden;
      }
      group.hidden = !found;
      if (wanted && found) group.open = true;
    }
  }

  function point(key) {
    const part = parts.get(key);
    if (!part) return false;
    part.element.hidden = false;
    part.element.closest("details").hidden = false;
    part.element.closest("details").open = true;
    part.input.focus();
    return true;
  }

  async function send() {
    const changes = {};
    for (const [key, text] of drafts) {
      const part = parts.get(key);
      const [value, wrong] = check(part.row, text);
      if (wrong) {
        part.fail(tell(wrong));
        point(key);
        throw new Error(t("Nothing was saved: a value cannot be right."));
      }
      changes[key] = value;
    }
    try {
      await call("PATCH", "/settings", changes);
    } catch (refusal) {
      const lost = [];
      let first = "";
      for (const [name, reason] of Object.entries(refusal.errors)) {
        // What only shows when they are taken together is named by its label.
        const row = rows.find((one) => one.key === name || one.label === name);
        if (row && parts.has(row.key)) {
          parts.get(row.key).fail(tell(reason));
          first = first || row.key;
        } else lost.push((row ? row.label : name) + ": " + tell(reason));
      }
      if (first) point(first);
      throw first || lost.length ? new Error([t("Nothing was saved."), ...lost].join(" ")) : refusal;
    }
    if (rows.some((row) => row.key in changes && row.effect === "restart")) again.hidden = false;
    drafts.clear();
    rows = await load(true);
    build();
    toast(t("Saved."));
  }

  search.addEventListener("input", find);
  everything.addEventListener("change", build);
  const all = h("div", { class: "field check" }, h("label", { for: "everything" }, t("Show those as well that have no effect now")), everything);
  element.append(h("div", { class: "card" }, h("h1", {}, t("Settings")), h("p", { class: "row" }, search), all), again, list, bar);
  build();
  return { element, changed: () => drafts.size > 0 };
}

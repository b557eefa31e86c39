// When who may charge and for how much: opening hours, and conditions of single accounts.

import { ask, askForm, busy, button, call, choose, DASH, empty, failure, field, get, h, money, put, settings, t, toast } from "./base.js";

const DAYS = [["mon", "Mo"], ["tue", "Tu"], ["wed", "We"], ["thu", "Th"], ["fri", "Fr"], ["sat", "Sa"], ["sun", "Su"]];
const ACCESS = [["Public", "Public: any card"], ["Limited", "Limited: known cards"], ["Private", "Private: owners only"]];
const PRICES = ["price_kwh", "price_hour"];
let rowCount = 0;

const currencyNow = async () => (await settings()).find((row) => row.key === "Currency")?.value || "EUR";

// Prices are in thousandths of the currency; people write 0.35.
const written = (mills) => (Number.isFinite(mills) ? String(mills / 1000) : "");
const price = (id, label, mills) => field(label, h("input", { type: "text", inputmode: "decimal", id, value: written(mills), autocomplete: "off" }));

// Return the thousandths in a field, null for none; undefined when it is wrong, which the field says.
function millsIn(entry) {
  const text = entry.input.value.trim().replace(",", ".");
  entry.fail("");
  if (!text) return null;
  const mills = Math.round(Number(text) * 1000);
  if (/^\d+(\.\d{1,3})?$/.test(text) && mills < 10000000) return mills;
  entry.fail(t("must be a number such as 0.35, or empty"));
  entry.input.focus();
  return undefined;
}

// One window of time: days, from, to, and what holds in it.
function makeRow(value, wide, currency, remove) {
  const id = "w" + ++rowCount;
  const days = DAYS.map(([key, name]) => h("label", { class: "day" }, h("input", { type: "checkbox", value: key, checked: value.days.includes(key) }), h("span", {}, t(name))));
  const entries = {
    from: field(t("From"), h("input", { type: "time", id: id + "from", value: value.from })),
    to: field(t("To"), h("input", { type: "time", id: id + "to", value: value.to === "24:00" ? "00:00" : value.to })),
  };
  if (wide) {
    entries.access = field(t("Who may charge"), choose(id + "access", ACCESS.map(([word, name]) => [word, t(name)]), value.access));
    entries.price_kwh = price(id + "price_kwh", t("Price per kWh, %1", currency), value.price_kwh);
    entries.price_hour = price(id + "price_hour", t("Price per hour, %1", currency), value.price_hour);
  }
  const error = failure();
  const row = { entries, error };
  row.element = h("fieldset", { class: "window" }, h("legend", {}, t("Times")), h("div", { class: "days", role: "group", "aria-label": t("Days") }, days), error,
    h("div", { class: "pair" }, entries.from.element, entries.to.element), wide && entries.access.element,
    wide && h("div", { class: "pair" }, entries.price_kwh.element, entries.price_hour.element), h("div", { class: "row" }, button(t("Delete"), () => remove(row), "small danger")));
  row.read = () => {
    Object.values(entries).forEach((entry) => entry.fail(""));
    put(error, "");
    const found = { days: days.map((day) => day.firstChild).filter((box) => box.checked).map((box) => box.value), from: entries.from.input.value, to: entries.to.input.value };
    if (!found.days.length) {
      put(error, t("Choose at least one day."));
      days[0].firstChild.focus();
      return null;
    }
    for (const name of ["from", "to"]) {
      if (found[name]) continue;
      entries[name].fail(t("Choose a time."));
      entries[name].input.focus();
      return null;
    }
    if (!wide) return found;
    found.access = entries.access.input.value;
    for (const name of PRICES) {
      found[name] = millsIn(entries[name]);
      if (found[name] === undefined) return null;
    }
    return found;
  };
  return row;
}

function makeRows(windows, wide, currency, none) {
  let rows = [];
  const box = h("div", { class: "windows" });
  const nothing = empty(none);
  const note = () => { nothing.hidden = rows.length > 0; };
  const remove = (row) => { rows = rows.filter((one) => one !== row); row.element.remove(); note(); };
  const append = (value) => { const row = makeRow(value, wide, currency, remove); rows.push(row); box.append(row.element); note(); };
  windows.forEach(append);
  note();
  const more = button(t("Add times"), () => append({ days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "18:00", access: "Limited" }), "small");
  // Returns the windows, or null when one is wrong and says so.
  const read = () => {
    const found = [];
    for (const row of rows) {
      const value = row.read();
      if (!value) return null;
      found.push(value);
    }
    return found;
  };
  // A refusal names its window, as windows[2].from.
  const fail = (refusal) => {
    const place = /^windows\[(\d+)\]\.?(\w*)$/.exec(refusal.field);
    const row = place && rows[Number(place[1])];
    if (!row) return false;
    const entry = row.entries[place[2]];
    if (entry) { entry.fail(refusal.message); entry.input.focus(); } else put(row.error, refusal.message);
    return true;
  };
  return { element: h("div", {}, nothing, box, h("div", { class: "row" }, more)), read, fail };
}

export async function hours() {
  const error = failure();
  const rows = makeRows((await get("/hours")).windows, true, await currencyNow(), t("No opening hours: the station's own access and prices count at all times."));
  const save = button(t("Save"), () => busy(save, error, async () => {
    const windows = rows.read();
    if (!windows) return;
    try {
      await call("PUT", "/hours", { windows });
    } catch (refusal) {
      if (!rows.fail(refusal)) throw refusal;
      return;
    }
    await settings(true);
    toast(t("Saved."));
  }), "main");
  const help = t("At other times the settings ACC MODE and PRICE count. Where times overlap, the last ones count. Times that end before they begin end on the next day.");
  return { element: h("div", { class: "stack" }, h("section", { class: "card middle", id: "hours" }, h("h1", {}, t("Opening hours")), h("p", { class: "help" }, help), rows.element, error, h("div", { class: "row" }, save))) };
}

export async function conditions() {
  const currency = await currencyNow();
  const list = h("ul", { class: "list", id: "conditions" });
  const error = failure();
  let free = [];
  const said = (row) => [
    row.price_kwh === null ? "" : t("%1 per kWh", money(row.price_kwh, currency)), row.price_hour === null ? "" : t("%1 per hour", money(row.price_hour, currency)),
    ...row.windows.map((window) => `${window.days.map((day) => t(DAYS.find(([key]) => key === day)[1])).join(" ")} ${window.from}–${window.to}`),
  ].filter(Boolean).join(" · ") || DASH;
  async function fill() {
    const rows = await get("/conditions");
    const people = await get("/accounts");
    free = people.map((one) => one.name).filter((name) => !rows.some((row) => row.name === name));
    add.hidden = !free.length;
    list.replaceChildren(...rows.map((row) => {
      const gone = button(t("Delete"), async () => {
        if (await ask(t("Delete the conditions of %1?", row.name), t("Delete"))) busy(gone, error, async () => { await call("DELETE", "/conditions/" + row.name); await fill(); });
      }, "small danger");
      const edit = button(t("Change"), () => change(row), "small");
      for (const one of [gone, edit]) one.setAttribute("aria-label", one.textContent + " " + row.name);
      return h("li", {}, h("span", {}, h("b", {}, row.name), h("small", {}, said(row))), edit, gone);
    }));
    if (!rows.length) list.append(h("li", {}, empty(t("No conditions: the prices and times of the station count for everybody."))));
  }
  async function change(row) {
    const names = row ? [row.name] : free;
    const entries = {
      name: field(t("Account"), choose("c-name", names.map((name) => [name, name]), names[0])),
      price_kwh: price("c-price_kwh", t("Price per kWh, %1", currency), row ? row.price_kwh : null),
      price_hour: price("c-price_hour", t("Price per hour, %1", currency), row ? row.price_hour : null),
    };
    entries.name.input.disabled = Boolean(row);
    const rows = makeRows(row ? row.windows : [], false, currency, t("May charge at all times."));
    const done = await askForm(row ? t("Conditions of %1", row.name) : t("New conditions"), entries, t("Save"), async () => {
      const body = { price_kwh: millsIn(entries.price_kwh), price_hour: millsIn(entries.price_hour), windows: rows.read() };
      if (body.price_kwh === undefined || body.price_hour === undefined || !body.windows) return false;
      try {
        await call("PUT", "/conditions/" + encodeURIComponent(entries.name.input.value), body);
      } catch (refusal) {
        if (!rows.fail(refusal)) throw refusal;
        return false;
      }
      return true;
    }, rows.element);
    if (!done) return;
    toast(t("Saved."));
    await busy(add, error, fill);
  }
  const add = button(t("New conditions"), () => change(null), "main");
  const help = t("Prices and times of one account, which count before those of the station. An empty price is the station's.");
  const element = h("div", { class: "stack" }, h("section", { class: "card middle" }, h("h1", {}, t("Conditions")), h("p", { class: "help" }, help), list, error, h("div", { class: "row" }, add)));
  await busy(add, error, fill);
  return { element };
}

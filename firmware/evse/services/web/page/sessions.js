// The view "Sessions": the last ones or those of some days, newest first, their sums, and the same as a file.

import { amps, busy, button, DASH, duration, empty, energy, facts, failure, field, get, h, is, money, put, t, tableOf, when } from "./base.js";

const day = (date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;

export async function sessions() {
  const from = field(t("From"), h("input", { type: "date", id: "from" }));
  const to = field(t("To"), h("input", { type: "date", id: "to" }));
  const title = h("h2", { id: "shown" });
  const sums = h("div", { id: "sum" });
  const nothing = h("div");
  const error = failure();
  const csv = h("a", { class: "button", id: "csv", download: "sessions.csv" }, t("Save as CSV"));
  const table = tableOf(t("Sessions"), [t("No."), t("Begin"), t("End"), t("Duration"), t("Energy"), t("Most"), t("Cost"), t("Card"), t("Ended by")]);
  const start = (text, days) => {
    const date = new Date(text + "T00:00");
    date.setDate(date.getDate() + days);
    return Math.floor(date.getTime() / 1000);
  };
  function query() {
    const words = [];
    if (from.input.value) words.push("from=" + start(from.input.value, 0));
    // The whole of the last day.
    if (to.input.value) words.push("to=" + (start(to.input.value, 1) - 1));
    return words.length ? "?" + words.join("&") : "";
  }
  async function fill() {
    from.fail("");
    to.fail("");
    if (from.input.value && to.input.value && to.input.value < from.input.value) {
      to.fail(t("must not be before the first day"));
      to.input.focus();
      return;
    }
    const filter = query();
    csv.href = "/api/v1/sessions.csv" + filter;
    const rows = await get("/sessions" + filter);
    if (filter) rows.reverse();
    const priced = rows.filter((row) => row.currency);
    // One sum for each currency that there was.
    const costs = {};
    for (const row of priced) costs[row.currency] = (costs[row.currency] || 0) + row.cost;
    table.fill(rows.map((row) => [
      String(row.number), when(row.start_s), when(row.end_s), duration(row.duration_s), energy(row.energy_wh), amps(row.highest_ma),
      money(row.cost, row.currency), row.card ? (row.account ? [h("b", {}, row.account), " ", h("small", {}, row.card)] : row.card) : DASH, t(row.reason),
    ]));
    table.element.classList.toggle("unpriced", !priced.length);
    const total = (name) => rows.reduce((sum, row) => sum + Math.max(0, row[name] || 0), 0);
    put(title, t(filter ? "Chosen days" : "The last 20"));
    sums.replaceChildren(...(rows.length ? [facts([
      [t("Sessions"), String(rows.length)], [t("Energy"), energy(total("energy_wh"))], [t("Duration"), duration(total("duration_s"))],
      ...(priced.length ? [[t("Cost"), Object.entries(costs).map(([currency, mills]) => money(mills, currency)).join(" + ")]] : []),
    ])] : []));
    nothing.replaceChildren(...(rows.length ? [] : [empty(t(filter ? "No session ended in these days." : "Nothing has been charged yet."))]));
    sums.dataset.count = rows.length;
  }
  async function choose(first, last) {
    from.input.value = first;
    to.input.value = last;
    await fill();
  }
  const today = new Date();
  const month = (back) => [day(new Date(today.getFullYear(), today.getMonth() - back, 1)), day(new Date(today.getFullYear(), today.getMonth() - back + 1, 0))];
  const show = h("button", { class: "main" }, t("Show"));
  const quick = [["The last 20", ["", ""]], ["This month", month(0)], ["Last month", month(1)]].map(([text, days]) => {
    const one = button(t(text), () => busy(one, error, () => choose(...days)), "small");
    return one;
  });
  const form = h("form", { novalidate: true }, h("div", { class: "pair" }, from.element, to.element), error, h("div", { class: "row" }, show, quick));
  form.addEventListener("submit", (event) => { event.preventDefault(); busy(show, error, fill); });
  const note = is("user") ? null : h("p", { class: "help" }, t("Those with one of your cards."));
  const element = h("div", { class: "stack" }, h("section", { class: "card" }, h("h1", {}, t("Sessions")), note, form),
    h("section", { class: "card" }, h("div", { class: "head" }, title, csv), sums, nothing, table.element));
  await busy(show, error, fill);
  return { element };
}

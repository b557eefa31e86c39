// The view "Now": what the car gets and why, power flow, phases, session, and the commands of every day.

import { about, amps, at, button, busy, call, card, check, choose, DASH, duration, energy, facts, failure, field, get, h, icon, is, money, put, request, status, t, tell, toast, watts } from "./base.js";
import { makeChart, remember } from "./chart.js";

const STATES = {
  A: ["Ready", "No car is connected.", "ready"], B: ["Connected", "The car does not ask for power yet.", "linked"],
  C: ["Charging", "", "power"], D: ["Ventilation needed", "", "wait"], E: ["Pilot error", "", "bad"], F: ["Out of service", "", "bad"],
  B1: ["Waiting", "A car is connected.", "wait"], C1: ["Stopping", "", "wait"], ACTSTART: ["Waking the car", "", "wait"],
  COMM_B: ["Waiting", "", "wait"], COMM_B_OK: ["Connected", "", "linked"], COMM_C: ["Waiting", "", "wait"], COMM_C_OK: ["Connected", "", "linked"],
};
const REFRESH_MS = 5000;
const LINES = [0, 1, 2];
const NOT_LIMITED_MA = 1000000;
const FLOWS_W = 50;

// What is asked for every few seconds: GET /meters and GET /now.
const meters = {};
const now = { limits: [], override_range_ma: [6000, 16000], battery_ma: null };

function makeHero() {
  const word = h("h1", { id: "state" }, DASH);
  const why = h("p", { class: "why", id: "why" });
  const waits = h("p", { class: "waits" });
  const fault = h("p", {});
  const reset = button(t("Reset"), () => request(["reset_fault"], t("Asked for a reset.")));
  const alarm = h("div", { class: "fault", role: "alert", hidden: true }, fault, is("user") ? reset : null);
  const numbers = {};
  const number = (name, title) => h("div", {}, h("dt", {}, title), (numbers[name] = h("dd", { id: name }, DASH)));
  const list = h("dl", { class: "numbers" }, is("user") ? number("power", t("Power")) : null, number("offered", t("Offered per phase")),
      number("phases", t("Phases")), number("energy", t("This session")), is("user") ? number("cost", t("Cost")) : null);
  const element = h("section", { class: "card hero", "aria-label": t("State") }, h("div", { role: "status" }, word, why), waits, alarm, list);
  function update() {
    const hidden = status.state === undefined && status["access.mode"] === "Private";
    const [name, sentence, tone] = STATES[status.state] || (hidden ? ["Private", "Who has an account sees the state.", "wait"] : [status.state || DASH, "", "ready"]);
    const faults = status.fault || [];
    const isOff = status.access !== undefined && status.access !== "on" && status.state === "A";
    put(word, t(isOff ? (status.access === "pause" ? "Paused" : "Off") : name));
    element.dataset.tone = faults.length ? "bad" : isOff ? "wait" : tone;
    const reason = tell(status.reason);
    if (status.offered_ma) put(why, t("%1 per phase. Limited by: %2", amps(status.offered_ma), reason));
    else put(why, reason ? reason + "." : t(sentence));
    const lines = [];
    if (status.charge_delay_s > 0) lines.push(t("Charging may start in %1 s.", status.charge_delay_s));
    if (status.solar_stop_s > 0) lines.push(t("Stops for lack of sun in %1 s.", status.solar_stop_s));
    if (status.capacity_stop_s > 0) lines.push(t("Stops for the capacity limit in %1 s.", status.capacity_stop_s));
    put(waits, lines.join(" "));
    alarm.hidden = !faults.length;
    put(fault, faults.length ? tell(status["fault.text"]) + " (" + faults.join(", ") + ")" : "");
    list.classList.toggle("odd", !is("user") || Boolean(status["session.currency"]));
    if (numbers.power) put(numbers.power, watts(status.power_w));
    put(numbers.offered, amps(status.offered_ma));
    put(numbers.phases, status.phases === undefined ? DASH : String(status.phases));
    put(numbers.energy, status["session.active"] || status["session.energy_wh"] ? energy(status["session.energy_wh"]) : DASH);
    if (numbers.cost) {
      // Where nobody set a price there is no currency either.
      const currency = status["session.currency"];
      numbers.cost.parentElement.hidden = !currency;
      if (currency) put(numbers.cost, money(status["session.cost"], currency));
    }
  }
  return { element, update };
}

function makeCommands() {
  const error = failure();
  const access = [["on", "Start"], ["pause", "Pause"], ["off", "Stop"]].map(([word, title]) => {
    const element = button(t(title), () => busy(element, error, () => call("POST", "/requests", { request: ["access", word] })), "big");
    element.dataset.access = word;
    return element;
  });
  const modes = ["Normal", "Smart", "Solar"].map((word) => {
    const element = button(t(word), () => busy(element, error, () => call("PATCH", "/settings", { Mode: word })), "");
    element.dataset.mode = word;
    return element;
  });
  const unlock = button(t("Unlock the cable"), () => request(["unlock_cable"], t("Asked to unlock the cable.")));
  const element = card(t("Control"), h("div", { class: "row three", role: "group", "aria-label": t("Charging") }, access),
    h("h3", {}, t("Mode")), h("div", { class: "row three", role: "group", "aria-label": t("Mode") }, modes), error, h("div", { class: "row" }, unlock));
  function update() {
    for (const one of access) one.setAttribute("aria-pressed", one.dataset.access === status.access);
    for (const one of modes) one.setAttribute("aria-pressed", one.dataset.mode === status.mode);
    unlock.hidden = !status.lock || status.lock === "none";
  }
  return { element, update };
}

// ---- why the car gets what it gets

function makeLimits() {
  const list = h("ol", { class: "limits", id: "limits" });
  const note = h("p", { class: "help" });
  const element = card(t("Limits, lowest first"), list, note);
  let shown = "";
  function update() {
    const text = JSON.stringify([now.limits, now.winner, now.minimum_ma]);
    if (text === shown || !now.limits.length) return;
    shown = text;
    const lowest = (limit) => Math.min(...limit.ma);
    const most = Math.max(1, ...now.limits.map(lowest).filter((ma) => ma < NOT_LIMITED_MA));
    list.replaceChildren(...now.limits.map((limit) => {
      const differ = limit.ma.some((ma) => ma !== limit.ma[0]);
      const value = differ ? limit.ma.map((ma) => (ma < NOT_LIMITED_MA ? (ma / 1000).toFixed(1) : DASH)).join(" / ") + " A" : amps(limit.ma[0]);
      const bar = h("i");
      bar.style.width = Math.min(100, (lowest(limit) * 100) / most) + "%";
      const wins = limit.slot === now.winner;
      return h("li", { "data-slot": limit.slot, class: wins ? "wins" : "" }, h("span", {}, tell(limit.reason), wins ? h("small", {}, t("rules")) : null), h("b", {}, value),
        h("div", { class: "track thin" }, bar), limit.left_s === null ? null : h("small", { class: "left" }, t("for %1 more", duration(limit.left_s))));
    }));
    put(note, t("The lowest one rules; less than %1 is not offered.", amps(now.minimum_ma)));
  }
  return { element, update };
}

// A limit that somebody else commands; there is one only sometimes.
function makeRemote() {
  const text = h("p", { class: "state acts", id: "remote" });
  const element = card(t("Remote load shedding"), text);
  function update() {
    const state = status["remote.state"] || "none";
    const ma = status["remote.limit_ma"];
    const left = status["remote.left_s"];
    element.hidden = state === "none";
    put(text, state === "limited" ? t("No more than %1, for %2 unless it is renewed.", amps(ma), duration(left || 0)) : t("It was not renewed in time: no more than %1.", amps(ma)));
  }
  return { element, update };
}

// ---- override and times

function makeOverride() {
  const slider = h("input", { type: "range", min: 6, max: 16, step: 1, value: 16, id: "override" });
  const entry = field(t("Charge with no more than"), slider, t("A restart ends it too; other limits still count."));
  const until = choose("override-end", [["unplug", t("until the car is unplugged")], ["0", t("until I end it")], ...[1, 4, 12].map((hours) => [hours * 3600, t("for %1 h", hours)])]);
  const shown = h("output", { class: "strong", for: slider.id });
  const say = () => put(shown, slider.value + " A");
  slider.addEventListener("input", say);
  entry.element.querySelector("label").append(" ", shown);
  const error = failure();
  const state = h("p", { class: "state", id: "override-state" });
  async function send(ma, done) {
    entry.fail("");
    try {
      await call("POST", "/requests", { request: ["override", ma, Number(until.value) || (until.value === "unplug" ? until.value : 0)] });
    } catch (refusal) {
      if (refusal.field !== "override") throw refusal;
      return void entry.fail(refusal.message);
    }
    status.override_ma = ma;
    status["override.ends"] = "";
    update();
    toast(done);
  }
  const set = button(t("Apply"), () => busy(set, error, () => send(Number(slider.value) * 1000, t("No more than %1.", slider.value + " A"))), "main");
  const end = button(t("End it"), () => busy(end, error, () => send(0, t("The override has ended."))));
  say();
  let reach = "";
  function update() {
    const [least, most] = now.override_range_ma;
    if (reach !== least + " " + most) {
      reach = least + " " + most;
      slider.min = Math.ceil(least / 1000);
      slider.max = Math.floor(most / 1000);
      slider.value = slider.max;
      say();
    }
    const ma = status.override_ma;
    const left = now.limits.find((limit) => limit.slot === "override")?.left_s;
    put(state, ma ? (left ? t("Now: no more than %1, for %2 more.", amps(ma), duration(left)) : status["override.ends"] === "unplug" ? t("Now: no more than %1, until the car is unplugged.", amps(ma)) : t("Now: no more than %1, until it is ended.", amps(ma))) : t("No override acts now."));
    state.classList.toggle("acts", Boolean(ma));
    end.hidden = !ma;
  }
  return { element: card(t("Override"), state, entry.element, field(t("Holds"), until).element, error, h("div", { class: "row" }, set, end)), update };
}

function makeLater() {
  const pad = (n) => String(n).padStart(2, "0");
  const local = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
  const soon = new Date(Math.ceil(Date.now() / 3600000) * 3600000);
  const start = field(t("Start"), h("input", { type: "datetime-local", value: local(soon), id: "starttime" }));
  const stop = field(t("End, or empty"), h("input", { type: "datetime-local", id: "stoptime" }));
  const repeat = check(t("Every day"), "daily");
  const fields = { starttime: start, stoptime: stop, repeat };
  const state = h("p", { class: "state", id: "times" });
  const error = failure();
  const seconds = (input) => (input.value ? Math.floor(new Date(input.value).getTime() / 1000) : 0);
  async function send(words, done) {
    Object.values(fields).forEach((one) => one.fail(""));
    try {
      await call("POST", "/requests", { request: ["charge_times", ...words] });
      Object.assign(status, { "charge.start_s": words[0], "charge.stop_s": words[1], "charge.daily": words[2] });
      update();
      toast(done);
    } catch (refusal) {
      if (!fields[refusal.field]) throw refusal;
      fields[refusal.field].fail(refusal.message);
      fields[refusal.field].input.focus();
    }
  }
  const set = button(t("Set"), () => busy(set, error, async () => {
    start.fail("");
    if (!start.input.value) return void start.fail(t("Choose a time."));
    await send([seconds(start.input), seconds(stop.input), repeat.input.checked], t("Charging starts later."));
  }), "main");
  const cancel = button(t("Forget the times"), () => busy(cancel, error, () => send([0, 0, false], t("No times any more."))));
  const element = card(t("Start later"), state, h("div", { class: "pair long" }, start.element, stop.element), repeat.element, error, h("div", { class: "row" }, set, cancel));
  function update() {
    const { "charge.start_s": from, "charge.stop_s": to, "charge.daily": daily } = status;
    const words = [];
    if (from) words.push(t("Starts %1.", at(from)));
    if (to) words.push(t("Ends %1.", at(to)));
    if (daily) words.push(t("Every day."));
    if (words.length && !status.unix_s) words.push(t("The station does not know the time yet; it waits until it does."));
    put(state, words.join(" ") || t("No times are set."));
    state.classList.toggle("acts", words.length > 0);
    cancel.hidden = !words.length;
  }
  return { element, update };
}

// ---- power flow and phases

// A meter that tells no power tells currents and voltages.
function powerOf(meter) {
  if (!meter || meter.age_ms < 0 || meter.state === "off" || meter.state === "silent") return NaN;
  return meter.power_w || LINES.reduce((sum, n) => sum + (meter.current_ma[n] * (meter.voltage_dv[n] || 2300)) / 10000, 0);
}

function makeFlow() {
  const NODES = [["grid", "Grid"], ["sun", "Sun"], ["house", "Home"], ["battery", "Battery"], ["car", "Car"]];
  const ICONS = { grid: "M12 3v18M7 8h10M5 13h14M8 21l4-8 4 8", sun: "M12 8a4 4 0 1 0 .1 0M12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4m11.2 11.2L19 19M5 19l1.4-1.4M17.6 6.4 19 5", house: "M4 11 12 4l8 7v9h-5v-6H9v6H4z", battery: "M4 8h14v9H4zM18 11h2.5v3H18M8 12.5h5", car: "M4 16v-4l2-5h12l2 5v4zM7 16v2M17 16v2M4 12h16" };
  const node = {};
  const wire = {};
  const label = {};
  const element = card(t("Power flow"));
  const box = h("div", { class: "flow" });
  for (const [key, title] of NODES) {
    node[key] = h("b", {}, DASH);
    label[key] = h("span", {}, t(title));
    box.append(h("div", { class: "node", "data-node": key }, icon(ICONS[key]), node[key], label[key]));
    if (key !== "house") box.append((wire[key] = h("i", { class: "wire", "data-wire": key })));
  }
  const note = h("p", { class: "help" });
  element.append(box, note);
  function update() {
    const mains = powerOf(meters.mains);
    const known = Number.isFinite(mains);
    const car = status.power_w || 0;
    const battery = now.battery_ma === null ? 0 : (now.battery_ma * 230) / 1000;
    // What nobody measures: the home less the sun.
    const rest = mains - car - battery;
    const spare = known && rest < -FLOWS_W;
    put(node.grid, known ? watts(Math.abs(mains)) : DASH);
    put(label.grid, t(known && mains < -FLOWS_W ? "To the grid" : known && mains > FLOWS_W ? "From the grid" : "Grid"));
    put(node.car, watts(status.power_w));
    put(node.sun, spare ? watts(-rest) : DASH);
    put(label.sun, t(spare ? "Sun, spare" : "Sun"));
    put(node.house, known && !spare ? watts(Math.max(0, rest)) : DASH);
    put(node.battery, watts(Math.abs(battery)));
    put(label.battery, t(battery > FLOWS_W ? "Battery charges" : battery < -FLOWS_W ? "Battery gives" : "Battery"));
    box.querySelector("[data-node=battery]").hidden = wire.battery.hidden = now.battery_ma === null;
    box.querySelector("[data-node=sun]").classList.toggle("faint", !spare);
    const flows = { grid: mains, sun: spare ? -rest : 0, battery: -battery, car: -car };
    for (const [key, w] of Object.entries(flows)) wire[key].dataset.flow = w > FLOWS_W ? "in" : w < -FLOWS_W ? "out" : "";
    put(note, !known ? t("Without a mains meter only the car is known.") : spare ? t("The sun gives at least %1 more than the home takes.", watts(-rest)) : t("Home: what it takes less what the sun gives it."));
  }
  return { element, update };
}

function makePhases() {
  const rows = LINES.map((n) => {
    const parts = { car: h("i"), house: h("i"), own: h("output"), all: h("output") };
    parts.element = h("div", { class: "phase" }, h("b", {}, "L" + (n + 1)), h("div", { class: "track" }, parts.car), parts.own, h("div", { class: "track thin" }, parts.house), parts.all);
    return parts;
  });
  const total = h("p", { class: "help" });
  const element = card(t("Currents"), rows.map((row) => row.element), h("p", { class: "legend" }, h("span", {}, h("i", { class: "k-car" }), t("car")), h("span", {}, h("i", { class: "k-grid" }), t("house connection"))), total);
  function update() {
    const car = status.current_ma || [0, 0, 0];
    const house = meters.mains && meters.mains.age_ms >= 0 ? meters.mains.current_ma : [];
    const most = Math.max(16000, ...car, ...house.map(Math.abs));
    rows.forEach((parts, n) => {
      parts.car.style.width = Math.min(100, (car[n] * 100) / most) + "%";
      parts.house.style.width = Math.min(100, (Math.abs(house[n] || 0) * 100) / most) + "%";
      put(parts.own, amps(car[n]));
      put(parts.all, house.length ? amps(house[n]) : DASH);
    });
    put(total, meters.ev && meters.ev.age_ms >= 0 ? t("The EV meter stands at %1.", energy(meters.ev.import_wh)) : "");
  }
  return { element, update };
}

export function make() {
  const hero = makeHero();
  const element = h("div", { class: "now" }, hero.element);
  if (!is("user")) {
    const more = is("driver") ? t("Your charging sessions are under Sessions.") : t("Log in to see more, and to control the station.");
    const mode = h("span", {}, DASH);
    element.append(card("", facts([[t("Mode"), mode], [t("Version"), about.version || DASH]]), h("p", { class: "help" }, more)));
    return { element, update() { hero.update(); put(mode, t(status.mode || DASH)); } };
  }
  const chart = makeChart();
  const parts = [makeCommands(), makeRemote(), makeFlow(), makeLimits(), makePhases(), makeLater(), makeOverride()];
  // Two columns of cards on a wide screen, in this order on a narrow one.
  const cards = parts.map((part) => part.element);
  cards.splice(3, 0, chart.element);
  element.append(h("div", { class: "columns" }, cards));
  let asked = 0;
  const all = () => [hero, ...parts].forEach((part) => part.update());
  async function refresh() {
    try {
      Object.assign(meters, await get("/meters"));
      Object.assign(now, await get("/now"));
    } catch {
      // The line above says that the station does not answer.
      return;
    }
    if (status.power_w !== undefined) remember(powerOf(meters.mains), status.power_w);
    all();
    await chart.refresh();
  }
  return {
    element,
    update() {
      all();
      if (Date.now() - asked < REFRESH_MS) return;
      asked = Date.now();
      refresh();
    },
  };
}

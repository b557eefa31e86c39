// The view "Now": what the car gets and why, power flow, phases, session, and the commands of every day.

import { about, amps, button, busy, call, card, DASH, energy, facts, field, get, h, is, language, put, request, settings, status, t, tell, toast, watts } from "./base.js";

const STATES = {
  A: ["Ready", "No car is connected.", "ready"], B: ["Connected", "The car does not ask for power yet.", "linked"],
  C: ["Charging", "", "power"], D: ["Ventilation needed", "", "wait"], E: ["Pilot error", "", "bad"], F: ["Out of service", "", "bad"],
  B1: ["Waiting", "A car is connected.", "wait"], C1: ["Stopping", "", "wait"], ACTSTART: ["Waking the car", "", "wait"],
  COMM_B: ["Waiting", "", "wait"], COMM_B_OK: ["Connected", "", "linked"], COMM_C: ["Waiting", "", "wait"], COMM_C_OK: ["Connected", "", "linked"],
};
const METERS_MS = 5000;
const LINES = [0, 1, 2];

// ---- chart of the last hours: samples of this browser, kept in it

const SAMPLE_S = 10;
const HISTORY_S = 6 * 3600;
let samples = [];
let saved = 0;
const place = () => "history " + location.host;

function remember(carW, mainsW) {
  const now = Math.floor(Date.now() / 1000);
  if (!samples.length) {
    try { samples = JSON.parse(localStorage.getItem(place())) || []; } catch { samples = []; }
  }
  const last = samples.length ? samples[samples.length - 1][0] : 0;
  if (last > now) samples = [];
  else if (now - last < SAMPLE_S) return false;
  samples.push([now, Math.round(carW), Number.isFinite(mainsW) ? Math.round(mainsW) : null]);
  samples = samples.filter(([at]) => at > now - HISTORY_S);
  if (now - saved > 60) {
    saved = now;
    try { localStorage.setItem(place(), JSON.stringify(samples)); } catch { /* no room: this chart is for this visit only */ }
  }
  return true;
}

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw(canvas) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width) return;
  const scale = window.devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const end = samples.length ? samples[samples.length - 1][0] : Math.floor(Date.now() / 1000);
  const oldest = samples.length ? samples[0][0] : end;
  const span = [600, 1800, 3600, 7200, 10800, HISTORY_S].find((s) => s >= end - oldest) || HISTORY_S;
  const values = samples.flatMap(([, carW, mainsW]) => [carW, mainsW || 0]);
  const step = [500, 1000, 2000, 5000, 10000, 20000, 50000].find((w) => w * 4 >= Math.max(1000, ...values) - Math.min(0, ...values)) || 100000;
  const top = Math.max(step, Math.ceil(Math.max(0, ...values) / step) * step);
  const low = Math.floor(Math.min(0, ...values) / step) * step;
  const left = 46;
  const x = (at) => left + ((at - end + span) / span) * (width - left - 6);
  const y = (w) => 8 + ((top - w) / (top - low)) * (height - 30);
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (let w = low; w <= top; w += step) {
    pen.strokeStyle = css(w === 0 ? "--edge" : "--line");
    pen.beginPath();
    pen.moveTo(left, Math.round(y(w)) + 0.5);
    pen.lineTo(width - 6, Math.round(y(w)) + 0.5);
    pen.stroke();
    pen.fillStyle = css("--muted");
    pen.fillText((w / 1000).toLocaleString(language) + " kW", left - 6, y(w));
  }
  pen.textAlign = "center";
  for (let part = 1; part < 4; part++) {
    const at = end - span + (part * span) / 4;
    pen.fillText(new Date(at * 1000).toLocaleTimeString(language, { timeStyle: "short" }), x(at), height - 8);
  }
  const line = (index, color, filled) => {
    const runs = [];
    let before = null;
    for (const sample of samples) {
      if (sample[index] === null) { before = null; continue; }
      if (!before || sample[0] - before > 60) runs.push([]);
      runs[runs.length - 1].push(sample);
      before = sample[0];
    }
    pen.lineWidth = 2;
    pen.lineJoin = "round";
    pen.strokeStyle = pen.fillStyle = color;
    for (const run of runs) {
      pen.beginPath();
      for (const sample of run) pen.lineTo(x(sample[0]), y(sample[index]));
      pen.stroke();
      if (!filled) continue;
      pen.lineTo(x(run[run.length - 1][0]), y(0));
      pen.lineTo(x(run[0][0]), y(0));
      pen.globalAlpha = 0.22;
      pen.fill();
      pen.globalAlpha = 1;
    }
  };
  line(1, css("--accent"), true);
  line(2, css("--grid"), false);
}

// ---- parts of the view

function makeHero() {
  const word = h("h1", {}, DASH);
  const why = h("p", { class: "why" });
  const waits = h("p", { class: "waits" });
  const fault = h("p", {});
  const reset = button(t("Reset"), () => request(["reset_fault"], t("Asked for a reset.")));
  const alarm = h("div", { class: "fault", role: "alert", hidden: true }, fault, is("user") ? reset : null);
  const numbers = {};
  const number = (name, title) => h("div", {}, h("dt", {}, title), (numbers[name] = h("dd", { id: name }, DASH)));
  const element = h("section", { class: "card hero", "aria-label": t("State") },
    h("div", { role: "status" }, word, why), waits, alarm,
    h("dl", { class: "numbers" }, is("user") ? number("power", t("Power")) : null, number("offered", t("Offered per phase")),
      number("phases", t("Phases")), number("energy", t("This session"))));
  word.id = "state";
  why.id = "why";
  function update() {
    const [name, sentence, tone] = STATES[status.state] || [status.state || DASH, "", "ready"];
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
    if (numbers.power) put(numbers.power, watts(status.power_w));
    put(numbers.offered, amps(status.offered_ma));
    put(numbers.phases, status.phases === undefined ? DASH : String(status.phases));
    put(numbers.energy, status["session.active"] || status["session.energy_wh"] ? energy(status["session.energy_wh"]) : DASH);
  }
  return { element, update };
}

function makeCommands() {
  const error = h("p", { class: "error", role: "alert" });
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
    h("h3", {}, t("Mode")), h("div", { class: "row three seg", role: "group", "aria-label": t("Mode") }, modes), error, h("div", { class: "row" }, unlock));
  function update() {
    for (const one of access) one.setAttribute("aria-pressed", one.dataset.access === status.access);
    for (const one of modes) one.setAttribute("aria-pressed", one.dataset.mode === status.mode);
    unlock.hidden = !status.lock || status.lock === "none";
  }
  return { element, update };
}

function makeOverride() {
  const slider = h("input", { type: "range", min: 6, max: 16, step: 1, value: 16 });
  const entry = field(t("Charge with no more than"), slider, t("Holds until it is ended or the station restarts; other limits still count."));
  const shown = h("output", { class: "strong", for: slider.id });
  const say = () => put(shown, slider.value + " A");
  slider.addEventListener("input", say);
  entry.element.querySelector("label").append(" ", shown);
  const error = h("p", { class: "error", role: "alert" });
  const set = button(t("Apply"), () => busy(set, error, async () => {
    await call("POST", "/requests", { request: ["override", Number(slider.value) * 1000] });
    toast(t("No more than %1.", slider.value + " A"));
  }), "main");
  const end = button(t("End it"), () => busy(end, error, async () => {
    await call("POST", "/requests", { request: ["override", 0] });
    toast(t("The override has ended."));
  }));
  settings().then((rows) => {
    const value = (key) => rows.find((row) => row.key === key)?.value;
    slider.min = value("MinCurrent") ?? 6;
    slider.max = value("MaxCurrent") ?? 16;
    slider.value = slider.max;
    say();
  }).catch((failure) => put(error, failure.message));
  say();
  return card(t("Override"), entry.element, error, h("div", { class: "row" }, set, end));
}

function makeLater() {
  const pad = (n) => String(n).padStart(2, "0");
  const local = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
  const soon = new Date(Math.ceil(Date.now() / 3600000) * 3600000);
  const start = field(t("Start"), h("input", { type: "datetime-local", value: local(soon), id: "starttime" }));
  const stop = field(t("End, or empty"), h("input", { type: "datetime-local", id: "stoptime" }));
  const daily = h("input", { type: "checkbox", id: "daily" });
  const repeat = field(t("Every day"), daily);
  repeat.element.classList.add("check");
  const fields = { starttime: start, stoptime: stop, repeat };
  const note = h("p", { class: "help" });
  const error = h("p", { class: "error", role: "alert" });
  const seconds = (input) => (input.value ? Math.floor(new Date(input.value).getTime() / 1000) : 0);
  async function send(words, done) {
    Object.values(fields).forEach((one) => one.fail(""));
    try {
      await call("POST", "/requests", { request: ["charge_times", ...words] });
      toast(done);
    } catch (refusal) {
      if (!fields[refusal.field]) throw refusal;
      fields[refusal.field].fail(refusal.message);
      fields[refusal.field].input.focus();
    }
  }
  const set = button(t("Set"), () => busy(set, error, async () => {
    if (!start.input.value) return void start.fail(t("Choose a time."));
    await send([seconds(start.input), seconds(stop.input), daily.checked], t("Charging starts later."));
  }), "main");
  const cancel = button(t("Forget the times"), () => busy(cancel, error, () => send([0, 0, false], t("No times any more."))));
  const element = card(t("Start later"), h("div", { class: "pair" }, start.element, stop.element), repeat.element, note, error, h("div", { class: "row" }, set, cancel));
  const update = () => put(note, status.unix_s ? "" : t("The station does not know the time yet; it waits until it does."));
  return { element, update };
}

function makeFlow(meters) {
  const number = { grid: h("b"), house: h("b"), car: h("b") };
  const line = { grid: h("i", { class: "wire" }), car: h("i", { class: "wire" }) };
  const node = (key, title) => h("div", { class: "node", "data-node": key }, number[key], h("span", {}, title));
  const note = h("p", { class: "help" });
  const element = card(t("Power flow"), h("div", { class: "flow" }, node("grid", t("Grid")), line.grid, node("house", t("House")), line.car, node("car", t("Car"))), note);
  function update() {
    const mains = powerOf(meters.mains);
    const car = status.power_w || 0;
    put(number.grid, watts(mains));
    put(number.car, watts(status.power_w));
    put(number.house, Number.isFinite(mains) ? watts(mains - car) : DASH);
    line.grid.dataset.flow = mains > 50 ? "on" : mains < -50 ? "back" : "";
    line.car.dataset.flow = car > 50 ? "on" : "";
    put(note, !Number.isFinite(mains) ? t("Without a mains meter only the car is known.") : mains < -50 ? t("%1 go out to the grid.", watts(-mains)) : t("House is all the rest: what it takes less what the sun gives."));
  }
  return { element, update };
}

// A meter that tells no power tells currents and voltages.
function powerOf(meter) {
  if (!meter || meter.age_ms < 0 || meter.state === "off" || meter.state === "silent") return NaN;
  return meter.power_w || LINES.reduce((sum, n) => sum + (meter.current_ma[n] * (meter.voltage_dv[n] || 2300)) / 10000, 0);
}

function makePhases(meters) {
  const rows = LINES.map((n) => {
    const parts = { car: h("i"), house: h("i"), own: h("output"), all: h("output") };
    parts.element = h("div", { class: "phase" }, h("b", {}, "L" + (n + 1)), h("div", { class: "track" }, parts.car), parts.own, h("div", { class: "track thin" }, parts.house), parts.all);
    return parts;
  });
  const element = card(t("Currents"), rows.map((row) => row.element), h("p", { class: "legend" }, h("span", {}, h("i", { class: "k-car" }), t("car")), h("span", {}, h("i", { class: "k-grid" }), t("house connection"))));
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
  }
  return { element, update };
}

export function make() {
  const parts = [makeHero()];
  const meters = {};
  const user = is("user");
  const element = h("div", { class: "now" });
  let update = () => parts.forEach((part) => part.update());
  if (user) {
    const chart = h("canvas", { class: "chart", role: "img", "aria-label": t("Power of the last hours") });
    const total = h("p", { class: "help" });
    parts.push(makeCommands(), makeFlow(meters), makePhases(meters), makeLater());
    const cards = parts.map((part) => part.element);
    cards.splice(4, 0, card(t("Last hours"), chart, h("p", { class: "legend" }, h("span", {}, h("i", { class: "k-car" }), t("car")), h("span", {}, h("i", { class: "k-grid" }), t("house connection"))),
      h("p", { class: "help" }, t("Kept by this browser while this view is open.")), total));
    element.append(...cards, makeOverride());
    let asked = 0;
    const redraw = () => draw(chart);
    new ResizeObserver(redraw).observe(chart);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    const all = update;
    update = () => {
      all();
      if (Date.now() - asked < METERS_MS) return;
      asked = Date.now();
      get("/meters").then((found) => {
        Object.assign(meters, found);
        put(total, found.ev.age_ms >= 0 ? t("The EV meter stands at %1.", energy(found.ev.import_wh)) : "");
        if (status.power_w !== undefined && remember(status.power_w, powerOf(found.mains))) redraw();
        all();
      }).catch(() => {});
    };
  } else {
    element.append(parts[0].element, card("", facts([[t("Mode"), t(status.mode || DASH)], [t("Version"), about.version || DASH]]), h("p", { class: "help" }, t("Log in to see more, and to control the station."))));
  }
  return { element, update };
}

// The bench page: shows what the live stream tells and sends what the user changes. The server alone knows ranges.

const $ = (id) => document.getElementById(id);
const status = {};
const world = {};
const worldFields = new Map();
const settingFields = new Map();

const STATES = {
  A: ["Ready", "No car is connected. Plug one in to start.", "ready"],
  B: ["Connected", "A car is plugged in and does not ask for power yet.", "linked"],
  C: ["Charging", "The car asks for power and may take it.", "power"],
  D: ["Ventilation needed", "The car asks for power with ventilation.", "wait"],
  E: ["Pilot error", "The pilot is short-circuited.", "bad"],
  F: ["Out of service", "The station cannot be used now.", "bad"],
  B1: ["Waiting", "A car is plugged in; the station offers nothing now.", "wait"],
  C1: ["Stopping", "The car is asked to stop, then the contactor opens.", "wait"],
  ACTSTART: ["Waking the car", "A short pilot pulse asks a sleeping car to wake up.", "wake"],
  COMM_B: ["Asking the master", "The master station must agree first.", "wait"],
  COMM_B_OK: ["Master agrees", "The master station lets this one go on.", "linked"],
};
STATES.COMM_C = STATES.COMM_B;
STATES.COMM_C_OK = STATES.COMM_B_OK;
const LEVELS = { A: [12, "no car"], B: [9, "car connected"], C: [6, "asks for power"], D: [3, "asks, with ventilation"],
  E: [0, "short circuit"], F: [null, "pilot lost"] };
const LABELS = {
  "car.pilot": "Pilot level", "car.auto": "Car decides itself", "car.diode": "Pilot diode present", "car.phases": "Phases",
  "car.min_a": "Least current", "car.max_a": "Most current", "car.delay_ms": "Reaction time", "car.follows": "Obeys the offer",
  "car.evccid": "EVCC identity", "car.start_a": "Starts from", "car.ramp_ma_s": "Ramp", "car.asleep": "Sleeps", "car.needs_wh": "Energy until full",
  "car.noise_mv": "Pilot noise", "c1.delay_ms": "Contactor delay", "cable.rating_a": "Cable rating", "cable.pp_mv": "Proximity voltage", "battery_ma": "Home battery",
  "mains.voltage_dv": "Mains voltage", "meter.mains": "Mains meter", "meter.circuit": "Circuit meter", "meter.ev": "EV meter",
  "meter.period_ms": "Mains meter period", "temp_c": "Temperature", in1: "Input IN1", in2: "Input IN2", switch: "Switch",
  rcm: "Residual current", "rcm.fault": "Residual-current device", "c1.fault": "Contactor C1", "c2.fault": "Contactor C2", "lock.fault": "Cable lock",
  "csms.connected": "Back end reachable", "csms.cards": "Cards it knows", "link.up": "Network", power: "Mains power", "clock.utc": "Wall time (UTC)",
};
const GROUPS = [
  ["Car", /^car\./], ["Cable", /^cable\./], ["House & battery", /^(house|mains)\.|^battery/],
  ["Circuit", /^circuit\./], ["Meters", /^meter\./],
  ["Inputs", /^(temp_c|in\d|switch|rcm)$/], ["Faults", /^(c\d|lock|rcm)\./], ["Other", /./],
];
const FACTS = [
  ["Mode", () => text("mode")], ["Access", () => text("access")], ["Phases in use", () => text("phases")],
  ["Cable lock", () => text("lock")], ["Temperature", () => withUnit(status.temp_c ?? world.temp_c, " °C")],
  ["Status LED", () => text("led")], ["Card in use", () => text("rfid.owner")], ["Session", () => yesNo(status["session.active"], "active", "none")],
  ["Charge delay", () => seconds(status.charge_delay_s)], ["Solar stop in", () => seconds(status.solar_stop_s)],
  ["Peak stop in", () => seconds(status.capacity_stop_s)], ["State number", () => text("state_id")],
];
const LINES = [1, 2, 3];

// ---- words and numbers

const isNone = (value) => value === null || value === undefined || value === "";
const text = (name) => (isNone(status[name]) ? "–" : String(status[name]));
const withUnit = (value, unit) => (isNone(value) ? "–" : value + unit);
const yesNo = (value, yes, no) => (isNone(value) ? "–" : value ? yes : no);
const fixed = (value, digits) => value.toFixed(digits).replace("-", "−");
const amps = (ma) => (isNone(ma) ? "–" : fixed(ma / 1000, 1) + " A");
const plain = (name) => name.replace(/_(m?a|m[sv]|wh|ma_s|dv|c)$/, "").replace(/[._]/g, " ").replace(/ l(?=\d)/, " L").replace(/^./, (c) => c.toUpperCase());

function seconds(value) {
  if (isNone(value)) return "–";
  return value < 60 ? value + " s" : Math.floor(value / 60) + ":" + String(value % 60).padStart(2, "0") + " min";
}

function clock(ms) {
  const s = Math.floor(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60) + "." + Math.floor((ms % 1000) / 100);
}

function put(target, value) {
  const element = typeof target === "string" ? $(target) : target;
  if (element.textContent !== value) element.textContent = value;
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// ---- talking to the server

async function send(path, body) {
  // Returns null when it was taken, else the reason.
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    return "no connection to the station";
  }
  if (response.ok) return null;
  const answer = await response.json().catch(() => ({}));
  const names = Object.keys(body);
  const elsewhere = answer.field && !names.includes(answer.field) && path !== "/request" ? answer.field + ": " : "";
  return elsewhere + (answer.error || "the station answered " + response.status);
}

async function get(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) throw new Error(path);
  return response.json();
}

// ---- one editable value

function choiceText(choice) {
  return choice === null ? "none" : choice === true ? "yes" : choice === false ? "no" : String(choice).replace(/_/g, " ");
}

function makeControl(row, id, describedBy) {
  // Returns {nodes, read() -> value, shown() -> text, write(value), full}.
  const optional = row.kind.startsWith("optional_");
  const kind = optional ? row.kind.slice(9) : row.kind;
  if (kind === "bool" && !optional) {
    const box = make("input", { type: "checkbox", role: "switch", class: "switchbox", id, "aria-describedby": describedBy });
    const word = make("span", { class: "onoff", "aria-hidden": "true" });
    const write = (value) => { box.checked = Boolean(value); word.textContent = value ? "yes" : "no"; };
    return { nodes: [word, box], read: () => box.checked, shown: () => (box.checked ? "yes" : "no"), write, focus: box };
  }
  const choices = [...(kind === "bool" ? [true, false] : row.choices || [])];
  if (optional && choices.length && !choices.includes(null)) choices.unshift(null);
  if (choices.length) return makeChoice(choices, row, id, describedBy);
  const number = kind === "int";
  const input = make("input", {
    type: "text", id, class: number ? "num" : "str", autocomplete: "off", spellcheck: "false", "aria-describedby": describedBy,
    inputmode: number && row.min >= 0 && !isNone(row.min) ? "numeric" : null, placeholder: optional ? "none" : null,
  });
  const read = () => {
    const value = input.value.trim();
    if (value === "" && optional) return null;
    return number && /^[+-]?\d+(\.\d+)?$/.test(value) ? Number(value) : input.value;
  };
  const nodes = [input];
  if (row.unit || number) nodes.push(make("span", { class: "unit" }, (row.unit || "").replace("deg", "°")));
  return { nodes, read, shown: () => input.value, write: (value) => { input.value = isNone(value) ? "" : value; }, focus: input, full: !number, number: number && !optional };
}

function makeChoice(choices, row, id, describedBy) {
  const letters = choices.reduce((sum, choice) => sum + choiceText(choice).length, 0);
  const unit = row.unit ? " " + row.unit : "";
  const named = (index) => choiceText(choices[index]);
  if (choices.length > 6 || letters > 26) {
    const select = make("select", { id, "aria-describedby": describedBy });
    choices.forEach((choice, index) => select.append(make("option", { value: index }, named(index) + (choice === null ? "" : unit))));
    const write = (value) => { select.value = choices.findIndex((choice) => choice === value); };
    return { nodes: [select], read: () => choices[select.value], shown: () => named(select.value), write, focus: select };
  }
  const group = make("div", { class: "seg", role: "radiogroup", id, "aria-describedby": describedBy });
  const radios = choices.map((choice, index) => {
    const radio = make("input", { type: "radio", name: id + "-r", value: index });
    group.append(make("label", {}, radio, make("span", {}, named(index) + (typeof choice === "number" ? unit : ""))));
    return radio;
  });
  const at = () => radios.findIndex((radio) => radio.checked);
  const write = (value) => radios.forEach((radio, index) => { radio.checked = choices[index] === value; });
  return { nodes: [group], read: () => choices[at()], shown: () => named(at()), write, focus: group, full: true, group: true };
}

function makeSlider(row, label) {
  const span = row.max - row.min;
  const step = Math.max(1, 10 ** Math.floor(Math.log10(span / 100)));
  return make("input", { type: "range", min: row.min, max: row.max, step, "aria-label": label + ", slider" });
}

function makeField(path, name, label, row) {
  const id = (path + "-" + name).replace(/\W/g, "-");
  const errorId = id + "-error";
  const helpId = id + "-help";
  const control = makeControl(row, id, helpId + " " + errorId);
  const title = control.group ? make("span", { class: "label", id: id + "-label" }, label) : make("label", { for: id }, label);
  if (control.group) control.focus.setAttribute("aria-labelledby", id + "-label");
  const error = make("p", { class: "field-error", id: errorId, role: "alert" });
  const slider = control.number && !isNone(row.min) && !isNone(row.max) && row.max - row.min > 3 ? makeSlider(row, label) : null;
  const element = make("div", { class: "field" + (control.full ? " full" : ""), "data-name": name }, title, make("code", {}, name),
    make("div", { class: "ctl" }, ...control.nodes), ...(slider ? [slider] : []), make("p", { class: "help", id: helpId }, row.help || ""), error);
  let value;
  let editing = false;

  function show(now) {
    value = now;
    if (editing) return;
    control.write(now);
    if (slider && document.activeElement !== slider) slider.value = now;
  }
  async function commit(wanted, shown) {
    editing = false;
    const refusal = await send(path, { [name]: wanted });
    const refused = refusal !== null;
    put(error, refused ? "“" + shown + "” was refused: " + refusal : "");
    control.focus.setAttribute("aria-invalid", refused);
    element.classList.toggle("saved", !refused);
    if (refused) { show(value); if (slider) slider.value = value; return; }
    show(wanted);
    setTimeout(() => element.classList.remove("saved"), 1500);
    if (path === "/settings") loadSettings();
  }
  element.addEventListener("input", (event) => { editing = event.target !== slider; });
  control.nodes.forEach((node) => node.addEventListener("change", () => commit(control.read(), control.shown())));
  control.focus.addEventListener("keydown", (event) => { if (event.key === "Escape") { editing = false; show(value); } });
  control.focus.addEventListener("focusout", () => { editing = false; });
  if (slider) {
    // While it is dragged, at most five changes a second; the last one always.
    let last = 0;
    const go = () => { last = Date.now(); commit(Number(slider.value), slider.value); };
    slider.addEventListener("input", () => { if (Date.now() - last > 200) go(); });
    slider.addEventListener("change", go);
  }
  return { element, show };
}

// ---- forms made from what the server describes

async function loadRows() {
  const rows = await get("/world?rows=1");
  worldFields.clear();
  const pane = $("pane-world");
  const open = new Set([...pane.querySelectorAll("details[open]")].map((group) => group.dataset.group));
  if (!open.size) open.add("Car");
  pane.replaceChildren();
  const left = [...rows];
  for (const [group, pattern] of GROUPS) {
    const mine = left.filter((row) => pattern.test(row.name));
    mine.forEach((row) => left.splice(left.indexOf(row), 1));
    if (!mine.length) continue;
    const details = make("details", { class: "group", "data-group": group }, make("summary", {}, group, make("small", {}, String(mine.length))));
    details.open = open.has(group);
    for (const row of mine) {
      const field = makeField("/world", row.name, LABELS[row.name] || plain(row.name), row);
      if (row.name in world) field.show(world[row.name]);
      worldFields.set(row.name, field);
      details.append(field.element);
    }
    pane.append(details);
  }
}

async function loadSettings() {
  const rows = await get("/settings");
  for (const row of rows) {
    const known = settingFields.get(row.key);
    const form = JSON.stringify([row.kind, row.min, row.max, row.choices]);
    if (known && known.form === form) { known.show(row.value); continue; }
    const field = makeField("/settings", row.key, row.label || row.key, row);
    field.form = form;
    field.show(row.value);
    settingFields.set(row.key, field);
    if (known) known.element.replaceWith(field.element); else $("settings").append(field.element);
  }
  for (const [key, field] of settingFields) {
    if (!rows.some((row) => row.key === key)) { field.element.remove(); settingFields.delete(key); }
  }
  findSettings();
}

function findSettings() {
  const wanted = $("find").value.trim().toLowerCase();
  for (const field of settingFields.values()) field.element.hidden = !field.element.textContent.toLowerCase().includes(wanted);
}

// ---- what the station does

function showState() {
  const state = status.state;
  const [word, sentence, tone] = STATES[state] || [isNone(state) ? "–" : plain(String(state)), "", "idle"];
  const faults = status.fault || [];
  put("state", isNone(state) ? "–" : String(state));
  $("state").classList.toggle("long", String(state).length > 2);
  const why = status.offered_ma ? "" : status.reason;
  put("state-word", why && state === "A" ? "Not ready" : word);
  put("state-text", why ? why + "." : status.access === "off" || status.access === "pause"
    ? sentence + (status.access === "off" ? " Access is off." : " Charging is paused.") : sentence);
  for (const element of [$("hero"), $("top-state")]) element.dataset.tone = faults.length ? "bad" : tone;
  put("top-state", text("state") + " · " + word);
  $("fault").hidden = !faults.length;
  put("fault-text", faults.length ? status["fault.text"] || plain(faults[0]) : "");
  const codes = faults.join();
  if ($("fault-codes").dataset.codes !== codes) {
    $("fault-codes").dataset.codes = codes;
    $("fault-codes").replaceChildren(...faults.map((code) => make("code", {}, code)));
  }
  const waits = [];
  if (status.charge_delay_s > 0 && (!why || why.startsWith("Charging may"))) waits.push("Charging may start in " + seconds(status.charge_delay_s) + ".");
  if (status.solar_stop_s > 0) waits.push("Stops for lack of sun in " + seconds(status.solar_stop_s) + ".");
  if (status.capacity_stop_s > 0) waits.push("Stops for the capacity limit in " + seconds(status.capacity_stop_s) + ".");
  $("waits").hidden = !waits.length;
  put("waits", waits.join(" "));
}

function showNumbers() {
  const drawn = LINES.map((n) => status["drawn.l" + n + "_ma"]);
  const most = drawn.every(isNone) ? null : Math.max(...drawn.map((ma) => ma || 0));
  const volts = world["mains.voltage_dv"];
  put("offered", amps(status.offered_ma));
  put("drawn", amps(most));
  const used = drawn.filter((ma) => ma > 100).length;
  put("drawn-phases", used ? "× " + used : "");
  put("power", most === null || isNone(volts) ? "–" : fixed((drawn.reduce((sum, ma) => sum + (ma || 0), 0) * volts) / 1e7, 2) + " kW");
  const wh = status["session.energy_wh"];
  put("energy", isNone(wh) ? "–" : wh < 1000 ? wh + " Wh" : fixed(wh / 1000, 2) + " kWh");
  put("limit-ma", amps(status["limit.ma"]));
  put("limit-slot", text("limit.slot"));
  put("limit-reason", text("limit.reason"));
  put("mains-sum", amps(status["mains.sum_ma"]));
  put("mains-corrected", amps(status["mains.corrected_sum_ma"]));
  put("circuit-all", LINES.map((n) => amps(status["circuit.l" + n + "_ma"]).replace(" A", "")).join("  ") + " A");
}

function makeBars() {
  for (const n of LINES) {
    const parts = { fill: make("span"), mark: make("i"), thin: make("span"), own: make("output"), all: make("output", { class: "small" }) };
    const bar = make("div", { class: "bar" }, make("b", {}, "L" + n), make("div", { class: "track" }, parts.fill, parts.mark), parts.own,
      make("div", { class: "track thin" }, parts.thin), parts.all);
    bar.style.setProperty("--c", "var(--l" + n + ")");
    bar.parts = parts;
    $("bars").append(bar);
  }
}

function showBars() {
  const named = (name) => LINES.map((n) => status[name + n + "_ma"]);
  const drawn = named("drawn.l");
  const mains = named("mains.l");
  const top = Math.max(...[status.offered_ma, ...drawn, ...mains].map((ma) => Math.abs(ma || 0)));
  const scale = [16000, 20000, 25000, 32000, 40000, 63000, 80000, 125000].find((limit) => limit >= top) || top;
  const share = (ma) => Math.min(100, (Math.abs(ma || 0) * 100) / scale) + "%";
  [...$("bars").children].forEach(({ parts }, index) => {
    parts.fill.style.width = share(drawn[index]);
    parts.mark.style.left = share(status.offered_ma);
    parts.mark.hidden = !status.offered_ma;
    parts.thin.style.width = share(mains[index]);
    parts.thin.className = mains[index] < 0 ? "export" : "";
    put(parts.own, amps(drawn[index]));
    put(parts.all, amps(mains[index]) + (mains[index] < 0 ? " out" : ""));
  });
}

function showPath() {
  for (const n of [1, 2]) {
    const command = status["c" + n];
    const feedback = status["c" + n + ".closed"];
    const differs = !isNone(command) && !isNone(feedback) && Boolean(command) !== Boolean(feedback);
    put("c" + n + "-cmd", yesNo(command, "● close", "○ open"));
    put("c" + n + "-fb", yesNo(feedback, "● closed", "○ open") + (differs ? " – differs ⚠" : ""));
    $("row-c" + n).classList.toggle("differs", differs);
    $("sw" + n).setAttribute("class", "switch" + (feedback ? " closed" : isNone(feedback) ? " unknown" : ""));
  }
  $("flow1").classList.toggle("on", status["drawn.l1_ma"] > 0);
  $("flow2").classList.toggle("on", status["drawn.l2_ma"] > 0 || status["drawn.l3_ma"] > 0);
  $("lock-icon").setAttribute("class", status.lock === "locked" ? "locked" : status.lock === "none" || isNone(status.lock) ? "away" : "unlocked");
  $("car-icon").setAttribute("class", isNone(world["car.pilot"]) || world["car.pilot"] === "A" ? "away" : "");
}

function makeFacts() {
  for (const [name] of FACTS) $("facts").append(make("div", {}, make("dt", {}, name), make("dd", {}, "–")));
}

function showFacts() {
  FACTS.forEach(([name, value], index) => {
    const cell = $("facts").children[index].lastChild;
    const now = value();
    if (cell.textContent === now) return;
    cell.textContent = now;
    if (name === "Status LED" && /^\d+,\d+,\d+$/.test(now)) {
      const dot = make("i");
      dot.style.background = "rgb(" + now + ")";
      cell.prepend(dot);
    }
  });
  put("display-page", text("display.page"));
  const last = status["rfid.last"];
  put("rfid-status", isNone(status.rfid) ? "The reader is not in use." : status.rfid + (isNone(last) ? "" : " (last card " + last + ")"));
  for (const button of $("access").children) button.setAttribute("aria-pressed", button.dataset.access === status.access);
}

function showStory() {
  const pilot = world["car.pilot"];
  const next = isNone(pilot) ? "" : pilot === "A" ? "do-plug" : status.state === "C" ? "do-full" : pilot === "B" && !world["car.auto"] ? "do-charge" : "do-unplug";
  for (const button of document.querySelectorAll(".story button")) button.classList.toggle("next", button.id === next);
}

function showAll() {
  if (!$("all").open) return;
  const rows = Object.keys(status).sort().map((name) => make("tr", {}, make("th", { scope: "row" }, name),
    make("td", {}, status[name] === null ? "–" : JSON.stringify(status[name]))));
  $("all-rows").replaceChildren(...rows);
}

function addLog(lines, full) {
  const log = $("log");
  if (full) log.replaceChildren();
  for (const [, at, words] of lines) log.prepend(make("li", {}, make("time", {}, clock(at)), make("span", {}, words)));
  while (log.children.length > 200) log.lastChild.remove();
}

// ---- drawings

function surface(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "11px system-ui, sans-serif";
  return { pen, width, height };
}

function pilotNow() {
  let letter = world["car.pilot"];
  // A car that decides itself may be asking already although it was plugged in at level B.
  if (letter === "B" && world["car.auto"] && (status.state === "C" || status["drawn.l1_ma"] > 0)) letter = "C";
  const [volts, meaning] = LEVELS[letter] || [null, "–"];
  const cut = status["pilot.connected"] === false;
  return { volts: cut ? null : volts, meaning: cut ? "disconnected" : meaning, duty: status["pilot.duty_permille"] };
}

function showScope() {
  const { volts, meaning, duty } = pilotNow();
  const diode = world["car.diode"] !== false || volts === 12;
  const low = volts === 0 ? 0 : diode || volts === null ? -12 : -volts;
  const signed = volts === null ? "" : (volts > 0 ? "+" : "") + volts + " V";
  put("pilot-level", duty === 0 && volts !== null ? "−12 V" : signed || "–");
  put("pilot-asks", meaning === "–" ? "" : meaning);
  put("pilot-duty", isNone(duty) ? "–" : fixed(duty / 10, duty % 1000 ? 1 : 0) + " %");
  put("pilot-kind", isNone(duty) ? "" : duty % 1000 ? "high part" : "steady");
  put("pilot-means", isNone(duty) ? "–" : status.offered_ma > 0 ? amps(status.offered_ma) : "no current");
  $("scope").setAttribute("aria-label", "Pilot signal: high level " + (signed || "unknown") + ", duty " + $("pilot-duty").textContent);
  const { pen, width, height } = surface($("scope"));
  const left = 44;
  const y = (v) => height / 2 - (v / 14) * (height / 2 - 6);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const v of [12, 9, 6, 3, 0, -12]) {
    pen.strokeStyle = v ? "#1d3a2c" : "#39614d";
    pen.beginPath(); pen.moveTo(left, y(v) + 0.5); pen.lineTo(width, y(v) + 0.5); pen.stroke();
    pen.fillStyle = v === volts || (v === -12 && duty < 1000) ? "#aef5cb" : "#7d9a8c";
    pen.fillText((v > 0 ? "+" : v < 0 ? "−" : "") + Math.abs(v) + " V", left - 6, y(v));
  }
  const period = (width - left) / 2.5;
  for (let x = left; x < width; x += period / 4) {
    pen.strokeStyle = "#142b20"; pen.beginPath(); pen.moveTo(x, 4); pen.lineTo(x, height - 4); pen.stroke();
  }
  pen.beginPath();
  if (volts === null || isNone(duty)) {
    pen.setLineDash([4, 6]); pen.moveTo(left, y(0)); pen.lineTo(width, y(0));
  } else if (duty >= 1000 || duty <= 0) {
    pen.moveTo(left, y(duty ? volts : low)); pen.lineTo(width, y(duty ? volts : low));
  } else {
    pen.moveTo(left, y(low)); pen.lineTo(left + period / 8, y(low));
    for (let x = left + period / 8; x < width; x += period) {
      const fall = x + (period * duty) / 1000;
      pen.lineTo(x, y(volts)); pen.lineTo(fall, y(volts)); pen.lineTo(fall, y(low)); pen.lineTo(x + period, y(low));
    }
  }
  pen.lineJoin = "round";
  pen.strokeStyle = "#4dffa044"; pen.lineWidth = 7; pen.stroke();
  pen.strokeStyle = "#5dffab"; pen.lineWidth = 2; pen.stroke();
  pen.setLineDash([]); pen.lineWidth = 1;
}

// What light a duty of 0 to 255 makes, as a screen takes it: lamps are linear, screens are not.
const LAMP = Uint8ClampedArray.from({ length: 256 }, (_, duty) => 255 * (duty / 255) ** (1 / 2.2));
const PAPER = [0xcf, 0xdf, 0xb4];
const INK = [0x16, 0x26, 0x1c];

function drawDisplay(number, start, bytes) {
  const pen = $("display-" + number).getContext("2d", { willReadFrequently: true });
  if (number === 0) {
    // Rows of red, green and blue.
    const image = pen.createImageData(32, bytes.length / 96);
    for (let i = 0; i < bytes.length / 3; i += 1) {
      for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = LAMP[bytes[3 * i + c]];
      image.data[4 * i + 3] = 255;
    }
    pen.putImageData(image, 0, start / 96);
    return;
  }
  // Pages of eight rows, the top row in bit 0.
  const image = pen.createImageData(128, bytes.length / 16);
  for (let i = 0; i < bytes.length; i += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const at = 4 * ((Math.floor(i / 128) * 8 + bit) * 128 + (i % 128));
      image.data.set((bytes[i] >> bit) & 1 ? INK : PAPER, at);
      image.data[at + 3] = 255;
    }
  }
  pen.putImageData(image, 0, start / 16);
}

// Five minutes of half-second slots in a ring; a slot without connection holds NaN and shows as a gap.
const SLOT_MS = 500;
const SLOTS = 600;
const SERIES = ["offered_ma", "drawn.l1_ma", "drawn.l2_ma", "drawn.l3_ma"];
const STYLES = [["--offer", 2, [6, 4], "offered"], ["--l3", 6, [], "L3"], ["--l2", 3.6, [], "L2"], ["--l1", 1.6, [], "L1"]];
const ORDER = [0, 3, 2, 1];
const history = SERIES.map(() => new Float32Array(SLOTS).fill(NaN));
let lastSlot = Math.floor(Date.now() / SLOT_MS);
let hover = null;

function fillHistory() {
  const slot = Math.floor(Date.now() / SLOT_MS);
  if (slot < lastSlot) lastSlot = slot;
  for (let s = Math.max(lastSlot + 1, slot - SLOTS + 1); s <= slot; s += 1) {
    const known = live && s * SLOT_MS - heardAt < SILENT_MS;
    SERIES.forEach((name, index) => { history[index][s % SLOTS] = known && !isNone(status[name]) ? status[name] / 1000 : NaN; });
  }
  lastSlot = slot;
}

function drawChart() {
  if (document.hidden) return;
  const { pen, width, height } = surface($("chart"));
  const left = 34;
  const bottom = height - 20;
  const most = Math.max(10, ...history.map((line) => line.reduce((top, value) => (value > top ? value : top), 0)));
  const step = most > 64 ? 20 : most > 34 ? 10 : most > 16 ? 5 : 4;
  const scale = Math.ceil((most * 1.08) / step) * step;
  const x = (index) => left + ((width - left - 8) * index) / (SLOTS - 1);
  const y = (value) => bottom - (value / scale) * (bottom - 8);
  const ring = (index) => (lastSlot + 1 + index) % SLOTS;
  pen.fillStyle = css("--muted"); pen.strokeStyle = css("--line"); pen.textBaseline = "middle";
  pen.textAlign = "right";
  // Where nothing is known the ground is sunk.
  pen.globalAlpha = 0.4; pen.fillStyle = css("--line");
  pen.beginPath();
  for (let index = 0; index < SLOTS; index += 1) if (Number.isNaN(history[0][ring(index)])) pen.rect(x(index), 8, x(1) - x(0) + 0.5, bottom - 8);
  pen.fill(); pen.globalAlpha = 1; pen.fillStyle = css("--muted");
  for (let value = 0; value <= scale; value += step) {
    pen.beginPath(); pen.moveTo(left, y(value) + 0.5); pen.lineTo(width - 8, y(value) + 0.5); pen.stroke();
    pen.fillText(value + (value + step > scale ? " A" : ""), left - 6, y(value));
  }
  pen.textAlign = "center";
  for (let minute = 0; minute <= 5; minute += 1) {
    pen.fillText(minute === 5 ? "now" : "−" + (5 - minute) + (width > 500 ? " min" : "′"), Math.max(left + 14, Math.min(x((minute * (SLOTS - 1)) / 5), width - 16)), height - 7);
  }
  STYLES.forEach(([colour, thick, dash], place) => {
    const line = history[ORDER[place]];
    const runs = [];
    let run = null;
    for (let index = 0; index < SLOTS; index += 1) {
      const value = line[ring(index)];
      if (Number.isNaN(value)) { run = null; continue; }
      if (!run) { run = []; runs.push(run); }
      run.push([x(index), y(value)]);
    }
    pen.strokeStyle = css(colour); pen.fillStyle = css(colour); pen.lineWidth = thick; pen.setLineDash(dash); pen.lineJoin = "round";
    for (const points of runs) {
      pen.beginPath();
      points.forEach(([px, py], index) => (index ? pen.lineTo(px, py) : pen.moveTo(px, py)));
      pen.stroke();
      if (place) continue;
      pen.lineTo(points[points.length - 1][0], y(0)); pen.lineTo(points[0][0], y(0));
      pen.globalAlpha = 0.1; pen.fill(); pen.globalAlpha = 1;
    }
  });
  pen.setLineDash([]); pen.lineWidth = 1;
  let index = SLOTS - 1;
  if (hover !== null) {
    index = Math.max(0, Math.min(SLOTS - 1, Math.round(((hover - left) * (SLOTS - 1)) / (width - left - 8))));
    pen.strokeStyle = css("--text"); pen.beginPath(); pen.moveTo(x(index), 8); pen.lineTo(x(index), bottom); pen.stroke();
  }
  [...$("chart-legend").children].forEach((item, place) => {
    if (place === SERIES.length) { put(item, hover === null ? "" : "at −" + seconds(Math.round((SLOTS - 1 - index) / 2))); return; }
    const value = history[place][ring(index)];
    put(item.lastChild, Number.isNaN(value) ? "–" : fixed(value, 1) + " A");
  });
}

function makeLegend() {
  SERIES.forEach((_, place) => {
    const [colour, thick, dash, name] = STYLES[ORDER.indexOf(place)];
    const item = make("span");
    item.innerHTML = `<svg viewBox="0 0 26 10" aria-hidden="true"><path d="M0 5h26"/></svg>${name} <b></b>`;
    const line = item.querySelector("path");
    line.style.stroke = "var(" + colour + ")";
    line.style.strokeWidth = thick;
    line.style.strokeDasharray = dash.join(" ");
    $("chart-legend").append(item);
  });
  $("chart-legend").append(make("span"));
}

// ---- the live stream

const SILENT_MS = 6000;
let source = null;
let live = false;
let heardAt = 0;
let attempts = 0;

function showLink(state, words, banner) {
  $("link").dataset.link = state;
  put("link-text", words);
  $("offline").hidden = !banner;
  put("offline-text", banner || "");
  document.body.classList.toggle("stale", state === "lost");
}

function connect() {
  source = new EventSource("/stream");
  source.onmessage = (event) => hear(JSON.parse(event.data));
  source.onerror = lost;
  heardAt = Date.now();
}

async function lost() {
  fillHistory();
  live = false;
  source.close();
  source = null;
  attempts += 1;
  showLink("lost", "Offline", "No connection to the station. What you see is old; trying again …");
  setTimeout(connect, Math.min(5000, 500 * attempts));
  // The browser does not say why a stream failed; a page too many is worth telling apart.
  const reachable = await get("/status").then(() => true, () => false);
  if (reachable && !live) put("offline-text", "The station is there, but too many pages watch it. Close one; trying again …");
}

function replace(target, values, full) {
  if (full) for (const name of Object.keys(target)) if (!(name in values)) delete target[name];
  Object.assign(target, values);
}

function hear(message) {
  fillHistory();
  heardAt = Date.now();
  if ("display" in message) {
    drawDisplay(message.display, message.at, Uint8Array.from(atob(message.pixels), (c) => c.charCodeAt(0)));
    return;
  }
  if (message.full) {
    live = true;
    attempts = 0;
    showLink("live", "Live", "");
    loadRows().then(loadSettings).catch(() => {});
  }
  if (message.status) replace(status, message.status, message.full);
  if (message.world) {
    replace(world, message.world, message.full);
    for (const [name, value] of Object.entries(message.world)) if (worldFields.has(name)) worldFields.get(name).show(value);
  }
  if (message.log) addLog(message.log, message.full);
  if (message.status || message.world) render();
}

function render() {
  showState(); showNumbers(); showBars(); showPath(); showFacts(); showStory(); showScope(); showAll();
}

// ---- what the user does

const TABS = ["world", "actions", "settings"];

function selectTab(name) {
  for (const tab of TABS) {
    const chosen = tab === name;
    $("tab-" + tab).setAttribute("aria-selected", chosen);
    $("tab-" + tab).tabIndex = chosen ? 0 : -1;
    $("pane-" + tab).hidden = !chosen;
  }
  if (name === "settings" && live) loadSettings().catch(() => {});
}

async function act(words, target) {
  const refusal = await send("/request", { request: words });
  const taken = refusal === null;
  const told = (taken ? "Done: " : "Refused: ") + words.join(" ") + (taken ? "" : ": " + refusal);
  $("action-result").classList.toggle("bad", !taken);
  put("action-result", told);
  if (target) put(target, taken ? "" : told);
  return taken;
}

// A press lasts at least as long as the station needs to see it; without news it ends by itself.
const PRESS_MS = 200;
const HOLD_MS = 2000;

function wireButton(button) {
  const press = (ms) => act(["button", button.dataset.button, ms], $("button-error"));
  let since = 0;
  let sent = Promise.resolve();
  let again = 0;
  function release() {
    if (!since) return;
    clearInterval(again);
    const left = Math.max(10, PRESS_MS - (Date.now() - since));
    since = 0;
    // Not before the station knows of the press.
    sent.then(() => press(left));
  }
  button.addEventListener("pointerdown", (event) => {
    if (event.button || since) return;
    since = Date.now();
    sent = press(HOLD_MS);
    again = setInterval(() => { sent = sent.then(() => since && press(HOLD_MS)); }, HOLD_MS / 2);
  });
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, release);
  // From the keyboard; a pointer has done it already.
  button.addEventListener("click", (event) => { if (!event.detail) press(PRESS_MS); });
}

function wire() {
  const story = {
    "do-plug": { "car.auto": true, "car.pilot": "B" }, "do-charge": { "car.auto": false, "car.pilot": "C" },
    "do-full": { "car.auto": false, "car.pilot": "B" }, "do-unplug": { "car.pilot": "A" },
  };
  for (const [id, changes] of Object.entries(story)) {
    $(id).addEventListener("click", async () => put("story-error", (await send("/world", changes)) || ""));
  }
  for (const button of document.querySelectorAll("[data-request]")) {
    const target = button.closest("#fault") ? $("story-error") : null;
    button.addEventListener("click", () => act(JSON.parse(button.dataset.request), target));
  }
  for (const button of document.querySelectorAll("[data-button]")) wireButton(button);
  $("rfid-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const taken = await act(["rfid", $("rfid").value.trim()], $("rfid-error"));
    $("rfid").setAttribute("aria-invalid", !taken);
  });
  for (const tab of TABS) {
    $("tab-" + tab).addEventListener("click", () => selectTab(tab));
    $("tab-" + tab).addEventListener("keydown", (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!move) return;
      const to = TABS[(TABS.indexOf(tab) + move + TABS.length) % TABS.length];
      selectTab(to);
      $("tab-" + to).focus();
    });
  }
  for (const link of document.querySelectorAll(".jump [data-tab]")) link.addEventListener("click", () => selectTab(link.dataset.tab));
  $("find").addEventListener("input", findSettings);
  $("all").addEventListener("toggle", showAll);
  $("chart").addEventListener("pointermove", (event) => { hover = event.offsetX; drawChart(); });
  for (const name of ["pointerleave", "pointercancel"]) $("chart").addEventListener(name, () => { hover = null; drawChart(); });
  const redraw = () => { showScope(); drawChart(); };
  window.addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  setInterval(() => { fillHistory(); drawChart(); }, SLOT_MS);
  setInterval(() => { if (source && Date.now() - heardAt > SILENT_MS) lost(); }, 1000);
  // Settings can also be changed at the display or by a back end.
  setInterval(() => { if (live && !document.hidden && !$("pane-settings").hidden) loadSettings().catch(() => {}); }, 5000);
}

makeBars();
makeFacts();
makeLegend();
wire();
render();
connect();

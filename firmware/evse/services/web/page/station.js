// The station itself: how it does, its log, and who looks at it.

import { about, ask, busy, button, call, card, choose, DASH, duration, facts, failure, field, get, h, is, language, LANGUAGES, put, request, session, status, t, tableOf, tell, toast, when } from "./base.js";

const REFRESH_MS = 5000;
const bytes = (count) => (count >= 0 ? Math.round(count / 1024) + " kB" : DASH);

// Ask again every few seconds, and at once.
function every(error, work) {
  let asked = 0;
  return () => {
    if (Date.now() - asked < REFRESH_MS) return;
    asked = Date.now();
    work().then(() => put(error, "")).catch((problem) => put(error, problem.message));
  };
}

export async function health() {
  const error = failure();
  const box = h("div");
  const links = h("div");
  const reader = h("div");
  const table = tableOf(t("Meters"), [t("Meter"), t("State"), t("Age"), t("Power"), t("Errors"), t("Slowest")]);
  const refresh = every(error, async () => {
    const found = await get("/health");
    const meters = await get("/meters");
    box.replaceChildren(facts([
      [t("Running for"), duration(found.uptime_s)], [t("Memory, free and used"), bytes(found.heap_free) + " / " + bytes(found.heap_used)],
      [t("Worst delay of the control"), found.worst_lag_ms + " ms"], [t("While charging"), found.worst_closed_lag_ms + " ms"],
      [t("Connections, refused"), found.connections + " / " + found.refused], [t("Last restart"), tell(found.reset_reason) || t("power was off")],
      [t("Sessions lost"), String(found.sessions_lost + found.session_write_errors)], [t("Settings"), found.settings_damaged ? t("damaged, see the log") : t("in order")],
    ]));
    table.fill(["mains", "ev", "circuit"].filter((name) => meters[name]).map((name) => {
      const meter = meters[name];
      return [t({ mains: "Mains", ev: "EV", circuit: "Circuit" }[name]), t(meter.state), meter.age_ms < 0 ? DASH : Math.round(meter.age_ms / 1000) + " s", meter.state === "off" ? DASH : meter.power_w + " W",
        meter.errors + " / " + meter.readings, meter.worst_latency_ms + " ms"];
    }));
  });
  function show(place, rows) {
    const text = JSON.stringify(rows);
    if (place.dataset.text === text) return;
    place.dataset.text = text;
    place.replaceChildren(facts(rows));
  }
  function update() {
    refresh();
    const yes = (value) => (value ? t("connected") : t("not connected"));
    const rows = [[t("Network"), (status["net.up"] ? status["net.address"] : t("not connected")) || DASH]];
    if (status["wifi.state"] !== undefined) rows.push(["Wi-Fi", [status["wifi.ssid"], status["wifi.rssi_dbm"] ? status["wifi.rssi_dbm"] + " dBm" : "", t(status["wifi.state"]), tell(status["wifi.problem"])].filter(Boolean).join(", ")]);
    rows.push(["MQTT", yes(status["mqtt.connected"]) + (status["mqtt.error"] ? ": " + tell(status["mqtt.error"]) : "")]);
    if (status["ocpp.connected"] !== undefined) rows.push(["OCPP", yes(status["ocpp.connected"]) + (status["ocpp.error"] ? ": " + tell(status["ocpp.error"]) : "")]);
    rows.push([t("Time"), status.unix_s ? when(status.unix_s) : t("not known") + (status["time.problem"] ? ": " + tell(status["time.problem"]) : "")]);
    rows.push([t("Clients without a login"), t(status["web.legacy"] || DASH)]);
    show(links, rows);
    show(reader, [[t("Reader"), status.rfid === "" ? t("off") : t(status.rfid || DASH)], [t("Last card"), status["rfid.last"] || DASH], [t("Charging with"), status["rfid.owner"] || DASH]]);
  }
  return { element: h("div", { class: "stack two" }, h("section", { class: "card" }, h("h1", {}, t("Health")), error, box), card(t("Links"), links), card(t("Meters"), table.element), card(t("Cards"), reader)), update };
}

export async function log() {
  const error = failure();
  const list = h("ol", { class: "log", id: "log", tabindex: 0, "aria-label": t("Event log, newest first") });
  let last = -1;
  const refresh = every(error, async () => {
    const since = last;
    const lines = await get("/log" + (since < 0 ? "" : "?since=" + since));
    // A slow answer comes after that of the next request, which has the same lines.
    if (last !== since) return;
    for (const [sequence, atMs, text] of lines) {
      last = sequence;
      const at = status.unix_s ? when(status.unix_s - status.uptime_s + atMs / 1000, "medium") : duration(Math.floor(atMs / 1000));
      list.prepend(h("li", {}, h("time", {}, at), h("span", {}, tell(text))));
    }
    while (list.children.length > 300) list.lastChild.remove();
  });
  return { element: h("div", { class: "stack" }, h("section", { class: "card middle" }, h("h1", {}, t("Event log")), error, list)), update: refresh };
}

export async function you() {
  const select = choose("language", Object.entries(LANGUAGES), language);
  select.addEventListener("change", () => { localStorage.setItem("language", select.value); location.reload(); });
  const restart = button(t("Restart"), async () => {
    if (await ask(t("Restart the station? Charging stops and goes on afterwards."), t("Restart"))) request(["restart"], t("The station restarts."));
  });
  const first = h("section", { class: "card" }, h("h1", {}, about.name), facts([[t("Version"), about.version], [t("Logged in as"), session.name + " (" + t(session.role) + ")"]]), field(t("Language"), select).element,
    is("user") ? h("div", { class: "row" }, restart) : null);
  return { element: h("div", { class: "stack two" }, first, makePassword()) };
}

function makePassword() {
  const password = field(t("New password"), h("input", { type: "password", autocomplete: "new-password", id: "new-password" }), t("At least 8 characters."));
  const again = field(t("The same again"), h("input", { type: "password", autocomplete: "new-password", id: "new-password-again" }));
  const error = failure();
  const go = h("button", { class: "main" }, t("Change"));
  const name = h("input", { type: "text", autocomplete: "username", value: session.name, hidden: true });
  const form = h("form", { novalidate: true }, name, password.element, again.element, error, h("div", { class: "row" }, go));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(go, error, async () => {
      password.fail("");
      again.fail("");
      if (password.input.value !== again.input.value) return void again.fail(t("This is not the same password."));
      try {
        await call("PUT", "/accounts/" + encodeURIComponent(session.name), { password: password.input.value });
      } catch (refusal) {
        if (refusal.field !== "password") throw refusal;
        return void password.fail(refusal.message);
      }
      form.reset();
      toast(t("The password is changed."));
    });
  });
  return card(t("Your password"), form);
}

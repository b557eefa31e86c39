// The views that are opened less often: sessions, cards, and the station itself.

import { about, amps, ask, busy, button, call, card, DASH, duration, energy, facts, field, get, h, is, language, LANGUAGES, put, request, session, settings, status, t, tell, toast, when } from "./base.js";

const failure = () => h("p", { class: "error", role: "alert" });
const attempt = (output, work) => work().catch((error) => put(output, error.message));

// ---- sessions

export async function sessions() {
  const from = field(t("From"), h("input", { type: "date", id: "from" }));
  const to = field(t("To"), h("input", { type: "date", id: "to" }));
  const body = h("tbody");
  const sum = h("p", { class: "help", id: "sum" });
  const error = failure();
  const csv = h("a", { class: "button", id: "csv", download: "sessions.csv" }, t("Save as CSV"));
  const start = (input) => Math.floor(new Date(input.value + "T00:00").getTime() / 1000);
  function query() {
    const words = [];
    if (from.input.value) words.push("from=" + start(from.input));
    if (to.input.value) {
      // The whole of the last day.
      const next = new Date(to.input.value + "T00:00");
      next.setDate(next.getDate() + 1);
      words.push("to=" + (Math.floor(next.getTime() / 1000) - 1));
    }
    return words.length ? "?" + words.join("&") : "";
  }
  async function fill() {
    put(error, "");
    csv.href = "/api/v1/sessions.csv" + query();
    const filtered = query();
    const rows = await get("/sessions" + filtered);
    if (filtered) rows.reverse();
    body.replaceChildren(...rows.map((row) => h("tr", {}, [
      String(row.number), when(row.start_s), when(row.end_s), duration(row.duration_s), energy(row.energy_wh), amps(row.highest_ma), row.card || DASH, t(row.reason),
    ].map((text) => h("td", {}, text)))));
    table.hidden = !rows.length;
    put(sum, rows.length ? t("%1 sessions, %2", rows.length, energy(rows.reduce((all, row) => all + row.energy_wh, 0))) : t("No sessions."));
  }
  const show = button(t("Show"), () => busy(show, error, fill), "main");
  const last = button(t("Last 20"), () => { from.input.value = to.input.value = ""; busy(last, error, fill); });
  const heads = [t("No."), t("Begin"), t("End"), t("Duration"), t("Energy"), t("Most"), t("Card"), t("Ended by")];
  const table = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("Sessions") },
    h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), body));
  const element = h("div", { class: "stack" }, h("section", { class: "card" }, h("h1", {}, t("Sessions")), h("div", { class: "pair" }, from.element, to.element), error, h("div", { class: "row" }, show, last, csv)),
    h("section", { class: "card" }, sum, table));
  await attempt(error, fill);
  return { element };
}

// ---- cards

export async function cards() {
  const number = field(t("Number of the card"), h("input", { type: "text", id: "card", autocomplete: "off", autocapitalize: "characters", spellcheck: "false" }), t("8, 12, 14 or 20 digits from 0 to 9 and A to F."));
  const list = h("ul", { class: "list", id: "cards" });
  const error = failure();
  const seen = h("p", { class: "help" });
  const use = button(t("Take its number"), () => { number.input.value = status["rfid.last"]; number.input.focus(); }, "small");
  const off = h("p", { class: "help" });
  async function fill() {
    const rows = await get("/cards");
    list.replaceChildren(...rows.map((uid) => {
      const gone = button(t("Delete"), async () => {
        if (await ask(t("Delete the card %1?", uid), t("Delete"))) busy(gone, error, async () => { await call("DELETE", "/cards/" + uid); await fill(); });
      }, "small danger");
      gone.setAttribute("aria-label", t("Delete") + " " + uid);
      return h("li", {}, h("span", {}, uid), gone);
    }));
    if (!rows.length) list.append(h("li", {}, t("No cards.")));
  }
  async function add() {
    const uid = number.input.value.replace(/[\s:-]/g, "").toUpperCase();
    number.fail("");
    try {
      await call("PUT", "/cards/" + encodeURIComponent(uid || "-"));
    } catch (refusal) {
      if (refusal.field !== "card") throw refusal;
      number.fail(refusal.message);
      number.input.focus();
      return;
    }
    number.input.value = "";
    toast(t("The card %1 is stored.", uid));
    await fill();
  }
  const go = h("button", { class: "main" }, t("Add"));
  const form = h("form", { novalidate: true }, number.element, h("div", { class: "row" }, go));
  form.addEventListener("submit", (event) => { event.preventDefault(); busy(go, error, add); });
  const file = field(t("Replace all cards by a file"), h("input", { type: "file", accept: ".txt,.csv,text/plain", id: "card-file" }), t("A text with one number per line."));
  file.input.addEventListener("change", async () => {
    const chosen = file.input.files[0];
    if (!chosen) return;
    file.fail("");
    if (await ask(t("Replace all cards by those of %1?", chosen.name), t("Replace"))) {
      try {
        const answer = await call("PUT", "/cards", chosen);
        toast(t("%1 cards are stored.", answer.cards));
        await fill();
      } catch (refusal) { file.fail(refusal.message); }
    }
    file.input.value = "";
  });
  const save = button(t("Save as a text"), async () => {
    const rows = await busy(save, error, () => get("/cards"));
    if (rows) download("cards.txt", rows.join("\n") + "\n");
  });
  const element = h("div", { class: "stack" }, h("section", { class: "card" }, h("h1", {}, t("Cards")), off, form, seen, use, error), card(t("Stored cards"), list), card(t("File"), file.element, h("div", { class: "row" }, save)));
  await attempt(error, fill);
  return {
    element,
    update() {
      put(off, status.rfid === "" ? t("The reader is off: choose what it does in the settings, RFID.") : "");
      put(seen, status["rfid.last"] ? t("The last card at the reader was %1.", status["rfid.last"]) : "");
      use.hidden = !status["rfid.last"];
    },
  };
}

function download(name, text) {
  const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// ---- station: health, log, picture, backup, password

const BYTES = (bytes) => (bytes >= 0 ? Math.round(bytes / 1024) + " kB" : DASH);
const REFRESH_MS = 5000;

function makeHealth() {
  const box = h("div");
  const links = h("div");
  const meters = h("tbody");
  const error = failure();
  const heads = [t("Meter"), t("State"), t("Age"), t("Power"), t("Errors"), t("Slowest")];
  async function fill() {
    const health = await get("/health");
    const found = await get("/meters");
    put(error, "");
    box.replaceChildren(facts([
      [t("Running for"), duration(health.uptime_s)], [t("Memory, free and used"), BYTES(health.heap_free) + " / " + BYTES(health.heap_used)],
      [t("Worst delay of the control"), health.worst_lag_ms + " ms"], [t("While charging"), health.worst_closed_lag_ms + " ms"],
      [t("Connections, refused"), health.connections + " / " + health.refused], [t("Last restart"), tell(health.reset_reason) || t("power was off")],
      [t("Sessions lost"), String(health.sessions_lost + health.session_write_errors)], [t("Settings"), health.settings_damaged ? t("damaged, see the log") : t("in order")],
    ]));
    meters.replaceChildren(...Object.entries(found).map(([name, meter]) => h("tr", {}, [
      t({ mains: "Mains", ev: "EV", circuit: "Circuit" }[name]), t(meter.state), meter.age_ms < 0 ? DASH : Math.round(meter.age_ms / 1000) + " s", meter.state === "off" ? DASH : meter.power_w + " W",
      meter.errors + " / " + meter.readings, meter.worst_latency_ms + " ms",
    ].map((text) => h("td", {}, text)))));
  }
  function update() {
    const yes = (value) => (value ? t("connected") : t("not connected"));
    const rows = [[t("Network"), (status["net.up"] ? status["net.address"] : t("not connected")) || DASH]];
    if (status["wifi.state"] !== undefined) rows.push(["Wi-Fi", [status["wifi.ssid"], status["wifi.rssi_dbm"] ? status["wifi.rssi_dbm"] + " dBm" : "", t(status["wifi.state"]), tell(status["wifi.problem"])].filter(Boolean).join(", ")]);
    rows.push(["MQTT", yes(status["mqtt.connected"]) + (status["mqtt.error"] ? ": " + tell(status["mqtt.error"]) : "")]);
    rows.push([t("Time"), status.unix_s ? when(status.unix_s) : t("not known") + (status["time.problem"] ? ": " + tell(status["time.problem"]) : "")]);
    rows.push([t("Clients without a login"), t(status["web.legacy"] || DASH)]);
    const text = JSON.stringify(rows);
    if (links.dataset.text === text) return;
    links.dataset.text = text;
    links.replaceChildren(facts(rows));
  }
  const table = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("Meters") }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), meters));
  return { elements: [card(t("Health"), error, box), card(t("Links"), links), card(t("Meters"), table)], fill, update, error };
}

function makeLog() {
  const list = h("ol", { class: "log", id: "log", tabindex: 0, "aria-label": t("Event log, newest first") });
  let last = -1;
  async function fill() {
    const lines = await get("/log" + (last < 0 ? "" : "?since=" + last));
    for (const [sequence, atMs, text] of lines) {
      last = sequence;
      const at = status.unix_s ? new Date((status.unix_s - status.uptime_s) * 1000 + atMs).toLocaleTimeString(language) : duration(Math.floor(atMs / 1000));
      list.prepend(h("li", {}, h("time", {}, at), tell(text)));
    }
    while (list.children.length > 300) list.lastChild.remove();
  }
  return { element: card(t("Event log"), list), fill };
}

function makePicture() {
  const canvas = h("canvas", { class: "led", width: 32, height: 32, role: "img", "aria-label": t("Preview") });
  const file = field(t("Picture for the display"), h("input", { type: "file", accept: "image/png,image/jpeg,image/gif", id: "picture-file" }), t("JPEG, PNG or GIF. It is shown while no car is there."));
  const fit = h("select", { id: "fit" }, h("option", { value: "cover" }, t("Fill, and cut off the rest")), h("option", { value: "contain" }, t("Show all of it")), h("option", { value: "stretch" }, t("Stretch")));
  const choice = field(t("Shape"), fit);
  const whole = h("input", { type: "checkbox", id: "whole" });
  const original = field(t("Send the file as it is (for animations)"), whole);
  original.element.classList.add("check");
  const error = failure();
  const state = h("p", { class: "help", role: "status", id: "picture-state" });
  let bitmap = null;
  const pen = canvas.getContext("2d");
  function preview() {
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, 32, 32);
    if (!bitmap) return;
    const { width, height } = bitmap;
    const scale = (fit.value === "cover" ? Math.max : Math.min)(32 / width, 32 / height);
    const w = fit.value === "stretch" ? 32 : width * scale;
    const tall = fit.value === "stretch" ? 32 : height * scale;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(bitmap, (32 - w) / 2, (32 - tall) / 2, w, tall);
  }
  file.input.addEventListener("change", async () => {
    const chosen = file.input.files[0];
    file.fail("");
    bitmap = null;
    if (chosen) {
      try { bitmap = await createImageBitmap(chosen); } catch { file.fail(t("This is no picture that the browser can read.")); }
      whole.checked = chosen.type === "image/gif";
    }
    send.disabled = !bitmap;
    preview();
  });
  fit.addEventListener("change", preview);
  async function follow() {
    for (;;) {
      const now = await get("/picture");
      put(state, now.state === "idle" ? (now.frames ? t("The station shows your picture (%1 frames).", now.frames) : t("The station shows its own design.")) : t("Being converted …"));
      if (now.error) throw new Error(tell(now.error));
      if (now.state === "idle") return;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
  const send = button(t("Send to the station"), () => busy(send, error, async () => {
    const body = whole.checked ? file.input.files[0] : await new Promise((done) => canvas.toBlob(done, "image/png"));
    await call("PUT", "/picture", body);
    await follow();
    toast(t("The picture is stored."));
  }), "main");
  send.disabled = true;
  const remove = button(t("Remove"), () => busy(remove, error, async () => { await call("DELETE", "/picture"); await follow(); }));
  const element = card(t("Idle picture"), file.element, h("div", { class: "pictures" }, canvas, h("div", {}, choice.element, original.element)), state, error, h("div", { class: "row" }, send, remove));
  element.hidden = true;
  preview();
  // A station without such a display says so by 404.
  get("/picture").then(() => { element.hidden = false; return follow(); }).catch((problem) => { if (problem.code !== 404) put(error, problem.message); });
  return element;
}

function makeBackup() {
  const file = field(t("Restore from a file"), h("input", { type: "file", accept: ".json,application/json", id: "restore-file" }), t("Settings that the file does not name keep their values."));
  const error = failure();
  const list = h("ul", { class: "log" });
  const save = button(t("Save the settings"), async () => {
    const backup = await busy(save, error, () => get("/backup"));
    if (backup) download("settings.json", JSON.stringify(backup, null, 2) + "\n");
  });
  save.id = "backup";
  file.input.addEventListener("change", async () => {
    const chosen = file.input.files[0];
    if (!chosen) return;
    file.fail("");
    list.replaceChildren();
    try {
      let backup;
      try { backup = JSON.parse(await chosen.text()); } catch { throw new Error(t("This file is no backup of settings.")); }
      const names = Object.keys((backup && backup.settings) || {});
      if (await ask(t("Restore %1 settings?", names.length), t("Restore"))) {
        await call("POST", "/restore", backup);
        await settings(true);
        toast(t("The settings are restored."));
      }
    } catch (refusal) {
      file.fail(refusal.message);
      list.replaceChildren(...Object.entries(refusal.errors || {}).map(([name, reason]) => h("li", {}, name + ": " + tell(reason))));
    }
    file.input.value = "";
  });
  return card(t("Backup"), h("p", { class: "help" }, t("All settings that differ from their defaults, without passwords.")), h("div", { class: "row" }, save), file.element, list, error);
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

function makeAbout() {
  const select = h("select", { id: "language" }, Object.entries(LANGUAGES).map(([key, name]) => h("option", { value: key, selected: key === language }, name)));
  select.addEventListener("change", () => { localStorage.setItem("language", select.value); location.reload(); });
  const restart = button(t("Restart"), async () => {
    if (await ask(t("Restart the station? Charging stops and goes on afterwards."), t("Restart"))) request(["restart"], t("The station restarts."));
  });
  return card("", h("h1", {}, about.name), facts([[t("Version"), about.version], [t("Logged in as"), session.name + " (" + t(session.role) + ")"]]), field(t("Language"), select).element, is("user") ? h("div", { class: "row" }, restart) : null);
}

export async function station() {
  const element = h("div", { class: "stack" }, makeAbout());
  if (!is("user")) {
    element.append(makePassword());
    return { element };
  }
  const health = makeHealth();
  const log = makeLog();
  element.append(...health.elements, log.element, makePicture(), makeBackup(), makePassword());
  let asked = 0;
  return {
    element,
    update() {
      health.update();
      if (Date.now() - asked < REFRESH_MS) return;
      asked = Date.now();
      attempt(health.error, async () => { await health.fill(); await log.fill(); });
    },
  };
}

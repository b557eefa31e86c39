// The chart of the last hours: the station's quarters of an hour, and what this browser saw in the last one.

import { get, h, locale, put, t, watts } from "./base.js";

const SAMPLE_S = 5;
const KEPT_S = 3600;
const RANGES = [[1, "1 h"], [6, "6 h"], [24, "24 h"]];
const QUARTER_S = 900;
const REFRESH_MS = 60000;

// [begin, end, mains W, car W] of this visit.
let samples = [];

export function remember(mainsW, carW) {
  const now = Math.floor(Date.now() / 1000);
  const last = samples[samples.length - 1];
  if (last && last[1] > now) samples = [];
  else if (last && now - last[1] < SAMPLE_S) return;
  // A gap is no line: whoever looked away has nothing for that time.
  const begin = last && now - last[1] < 30 ? last[1] : now - SAMPLE_S;
  samples.push([begin, now, Number.isFinite(mainsW) ? mainsW : null, carW]);
  samples = samples.filter((row) => row[1] > now - KEPT_S);
}

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw(canvas, rows, end, span) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width) return;
  const scale = window.devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const values = rows.flatMap((row) => [row[2] || 0, row[3] || 0]);
  const step = [500, 1000, 2000, 5000, 10000, 20000, 50000].find((w) => w * 4 >= Math.max(1000, ...values) - Math.min(0, ...values)) || 100000;
  const top = Math.max(2 * step, Math.ceil(Math.max(0, ...values) / step) * step);
  const low = Math.floor(Math.min(0, ...values) / step) * step;
  const left = 52;
  const right = width - 4;
  const x = (at) => Math.max(left, left + ((at - end + span) / span) * (right - left));
  const y = (w) => 8 + ((top - w) / (top - low)) * (height - 32);
  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (let w = low; w <= top; w += step) {
    pen.strokeStyle = css(w === 0 ? "--edge" : "--line");
    pen.beginPath();
    pen.moveTo(left, Math.round(y(w)) + 0.5);
    pen.lineTo(right, Math.round(y(w)) + 0.5);
    pen.stroke();
    pen.fillStyle = css("--muted");
    pen.fillText((w / 1000).toLocaleString(locale) + " kW", left - 8, y(w));
  }
  pen.textAlign = "center";
  // Whole quarters, hours or more, by the clock of the browser.
  const tick = [300, 900, 3600, 7200, 14400, 21600].find((s) => (span / s) * 64 <= right - left) || 21600;
  const offset = new Date(end * 1000).getTimezoneOffset() * 60;
  for (let at = Math.ceil((end - span - offset) / tick) * tick + offset; at <= end; at += tick) {
    if (x(at) < left + 18 || x(at) > right - 18) continue;
    pen.fillText(new Date(at * 1000).toLocaleTimeString(locale, { timeStyle: "short" }), x(at), height - 9);
  }
  pen.fillStyle = css("--accent");
  for (const [from, to, , carW] of rows) {
    if (!carW || to <= end - span) continue;
    // A thin gap between quarters, none between samples.
    const gap = to - from >= QUARTER_S ? 1 : 0;
    pen.fillRect(x(from) + gap, Math.min(y(0), y(carW)), Math.max(1, x(to) - x(from) - gap), Math.abs(y(carW) - y(0)));
  }
  pen.strokeStyle = css("--grid");
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.beginPath();
  let before = null;
  for (const [from, to, mainsW] of rows) {
    if (mainsW === null || to <= end - span) { before = null; continue; }
    if (before === from) pen.lineTo(x(from), y(mainsW)); else pen.moveTo(x(from), y(mainsW));
    pen.lineTo(x(to), y(mainsW));
    before = to;
  }
  pen.stroke();
}

export function makeChart() {
  const canvas = h("canvas", { class: "chart", role: "img" });
  const note = h("p", { class: "help", id: "chart-note" });
  let quarters = [];
  let asked = 0;
  let hours = Number(localStorage.getItem("hours")) || 6;
  const buttons = RANGES.map(([count, text]) => h("button", { type: "button", class: "small", "data-hours": count, onclick() { hours = count; localStorage.setItem("hours", count); redraw(); } }, text));
  function redraw() {
    buttons.forEach((one) => one.setAttribute("aria-pressed", Number(one.dataset.hours) === hours));
    const now = Math.floor(Date.now() / 1000);
    // The clock of the station need not be that of the browser, as on a simulator.
    const end = hours === 1 ? now : quarters.length ? quarters[quarters.length - 1][0] + QUARTER_S : now;
    const rows = hours === 1 ? samples : quarters.map(([from, mainsW, carW]) => [from, from + QUARTER_S, mainsW, carW]);
    const shown = rows.filter((row) => row[1] > end - hours * 3600);
    draw(canvas, shown, end, hours * 3600);
    const most = Math.max(0, ...shown.map((row) => row[3] || 0));
    canvas.setAttribute("aria-label", t("Power of the last %1 h; the car took up to %2", hours, watts(most)));
    put(note, hours === 1 ? t("Seen by this browser while this view is open.") : quarters.length ? t("Averages of a quarter of an hour, kept by the station.") : t("The station keeps this as soon as it knows the time."));
  }
  async function refresh() {
    if (Date.now() - asked >= REFRESH_MS) {
      asked = Date.now();
      quarters = await get("/power").catch(() => quarters);
    }
    redraw();
  }
  new ResizeObserver(redraw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  const element = h("section", { class: "card" },
    h("div", { class: "head" }, h("h2", {}, t("Last hours")), h("div", { class: "row seg", role: "group", "aria-label": t("Time shown") }, buttons)), canvas,
    h("p", { class: "legend" }, h("span", {}, h("i", { class: "k-car" }), t("car")), h("span", {}, h("i", { class: "k-grid" }), t("house connection"))), note);
  return { element, refresh };
}

// What both displays show now, and the picture that one of them shows while no car is there.

import { busy, button, call, card, check, choose, failure, field, get, h, put, t, tell, toast } from "./base.js";

const PERIOD_MS = 1000;
const PAPER = [198, 214, 120];
const INK = [34, 42, 20];

function paint(canvas, frame) {
  const { width, height } = canvas;
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    const x = at % width;
    const y = Math.floor(at / width);
    // Pixels of three bytes, or pages of eight rows.
    const rgb = frame.length === 3 * width * height ? frame.subarray(3 * at, 3 * at + 3) : (frame[(y >> 3) * width + x] >> (y & 7)) & 1 ? INK : PAPER;
    image.data.set([...rgb, 255], 4 * at);
  }
  pen.putImageData(image, 0, 0);
}

// Both displays by turns, as long as they are on the page and it is looked at.
function makeLive() {
  const note = h("p", { class: "help", role: "status" });
  const shown = [["32", 32, 32, "led", t("Colour display")], ["64", 128, 64, "lcd", t("Display with text")]].map(([name, width, height, kind, title]) => {
    const canvas = h("canvas", { class: kind, width, height, role: "img", "aria-label": title, id: "display-" + name });
    return { name, canvas, element: h("figure", { hidden: true }, canvas, h("figcaption", {}, title)) };
  });
  const box = h("div", { class: "displays" }, shown.map((one) => one.element));
  const element = h("section", { class: "card" }, h("h1", {}, t("Displays")), note, box);
  let turn = 0;
  async function step() {
    if (!element.isConnected) return;
    const one = shown[turn++ % shown.length];
    if (one && !document.hidden) {
      try {
        paint(one.canvas, await get("/display?height=" + one.name));
        one.element.hidden = false;
        put(note, t("As they are now."));
      } catch (problem) {
        // A station without such a display says so by 404; 429 is a page that asked just before.
        if (problem.code === 404) shown.splice(shown.indexOf(one), 1);
        else if (problem.code !== 429) put(note, problem.message);
        if (!shown.length) put(note, t("This station has no display."));
      }
    }
    if (shown.length) setTimeout(step, turn > 1 ? PERIOD_MS : 300);
  }
  // Once it is on the page.
  setTimeout(step, 0);
  return element;
}

function makePicture() {
  const canvas = h("canvas", { class: "led", width: 32, height: 32, role: "img", id: "preview", "aria-label": t("Preview") });
  const file = field(t("Picture for the display"), h("input", { type: "file", accept: "image/png,image/jpeg,image/gif", id: "picture-file" }), t("JPEG, PNG or GIF. It is shown while no car is there."));
  const fit = choose("fit", [["cover", t("Fill, and cut off the rest")], ["contain", t("Show all of it")], ["stretch", t("Stretch")]], "cover");
  const choice = field(t("Shape"), fit);
  const whole = check(t("Send the file as it is (for animations)"), "whole");
  const error = failure();
  const state = h("p", { class: "help", role: "status", id: "picture-state" });
  const shapes = h("div", { class: "pictures", hidden: true }, canvas, h("div", {}, choice.element, whole.element));
  let bitmap = null;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
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
      whole.input.checked = chosen.type === "image/gif";
    }
    send.disabled = !bitmap;
    shapes.hidden = !bitmap;
    preview();
  });
  fit.addEventListener("change", preview);
  async function follow() {
    for (;;) {
      const now = await get("/picture");
      put(state, now.state === "idle" ? (now.frames ? t("The station shows your picture (%1 frames).", now.frames) : t("The station shows its own design.")) : t("Being converted …"));
      remove.hidden = !now.frames;
      if (now.error) {
        file.fail(tell(now.error));
        return false;
      }
      if (now.state === "idle") return true;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
  const send = button(t("Send to the station"), () => busy(send, error, async () => {
    const body = whole.input.checked ? file.input.files[0] : await new Promise((done) => canvas.toBlob(done, "image/png"));
    file.fail("");
    await call("PUT", "/picture", body);
    if (await follow()) toast(t("The picture is stored."));
  }), "main");
  send.disabled = true;
  const remove = button(t("Remove"), () => busy(remove, error, async () => { await call("DELETE", "/picture"); await follow(); }));
  const element = card(t("Idle picture"), state, file.element, shapes, error, h("div", { class: "row" }, send, remove));
  element.hidden = true;
  preview();
  // A station without such a display says so by 404.
  get("/picture").then(() => { element.hidden = false; return follow(); }).catch((problem) => { if (problem.code !== 404) put(error, problem.message); });
  return element;
}

export async function displays() {
  return { element: h("div", { class: "stack two" }, makeLive(), makePicture()) };
}

// Whom a back end at wss:// is vouched for by: the certificates that are kept, and others in their place.

import { ask, busy, button, call, DASH, failure, field, h, session, status, t, toast, when } from "./base.js";

const PATH = "/ocpp_ca";

// The values of DER from `at` to `end`: [tag, begin, end].
function values(der, at, end) {
  const found = [];
  while (at < end) {
    const tag = der[at];
    let size = der[at + 1];
    at += 2;
    if (size > 127) {
      let more = size - 128;
      for (size = 0; more > 0; more--) size = size * 256 + der[at++];
    }
    found.push([tag, at, at += size]);
    if (!(at <= end)) throw new RangeError();
  }
  return found;
}

// Subject and last second (UTC) of a certificate, X.509 4.1.
function read(base64) {
  const der = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const inside = ([, begin, end]) => values(der, begin, end);
  const text = ([, begin, end]) => new TextDecoder().decode(der.subarray(begin, end));
  const parts = inside(inside(values(der, 0, der.length)[0])[0]);
  // A version comes first where it is not 1.
  const [validity, subject] = parts.slice(parts[0][0] === 160 ? 4 : 3);
  const last = inside(validity)[1];
  // A year of two digits is one from 1950 on.
  const [, year, ...rest] = /^(\d+)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text(last));
  rest[0] -= 1;
  const century = last[0] !== 23 ? 0 : year < 50 ? 2000 : 1900;
  return [inside(subject).flatMap(inside).map((one) => text(inside(one)[1])).join(", "), Date.UTC(century + Number(year), ...rest) / 1000];
}

function line(base64) {
  let [subject, until] = [DASH, 0];
  try { [subject, until] = read(base64); } catch { /* The connection says what is wrong with it. */ }
  return h("li", {}, h("span", {}, h("b", {}, subject), h("small", {}, t("Valid until %1", when(until))),
    until && until < status.unix_s ? h("small", { class: "error" }, t("The certificate has expired.")) : null));
}

export function makeAuthority() {
  const closed = session.role !== "installer";
  const list = h("ul", { class: "list", id: "ca" });
  const error = failure();
  const pem = field(t("Certificates of the back end's authority"), h("textarea", { id: "ca-pem", rows: 4, spellcheck: "false", autocapitalize: "none", autocomplete: "off", disabled: closed }),
    t("In PEM, for wss://. Without any, those of Let's Encrypt count.") + (closed ? " " + t("Only the installer changes this.") : ""));
  const file = field(t("Or from a file"), h("input", { type: "file", accept: ".pem,.crt,.cer,.txt", id: "ca-file", disabled: closed }));

  async function follow() {
    const kept = await call("GET", PATH).catch((problem) => { if (problem.code !== 404) throw problem; return ""; });
    list.replaceChildren(...[...kept.matchAll(/-BEGIN CERTIFICATE-+([^-]+)/g)].map((one) => line(one[1])));
    remove.hidden = closed || !kept;
  }
  async function send(method, text) {
    pem.fail("");
    try {
      await call(method, PATH, text);
    } catch (refusal) {
      pem.fail(refusal.message);
      return;
    }
    pem.input.value = file.input.value = "";
    toast(t("Saved."));
    await follow();
  }
  const save = button(t("Save the certificates"), () => busy(save, error, () => send("PUT", pem.input.value)), "main");
  const remove = button(t("Remove"), async () => {
    if (await ask(t("Remove the certificates?"), t("Remove"))) busy(remove, error, () => send("DELETE"));
  });
  file.input.addEventListener("change", async () => {
    const chosen = file.input.files[0];
    if (chosen) pem.input.value = await chosen.text();
    pem.fail("");
  });
  pem.element.querySelector("label").append(h("code", {}, PATH.slice(1)));
  save.hidden = closed;
  remove.hidden = true;
  follow().catch((problem) => { error.textContent = problem.message; });
  return h("div", { class: "setting wide", id: "authority" }, pem.element, list, closed ? null : file.element, error, h("div", { class: "row" }, save, remove));
}

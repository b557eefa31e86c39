// Who may use the station: cards, people with a password, and programs with a token.

import { ask, askForm, busy, button, call, card, choose, download, empty, failure, field, get, h, put, session, status, t, toast } from "./base.js";

const uidOf = (text) => text.replace(/[\s:-]/g, "").toUpperCase();
const named = (element, name) => { element.setAttribute("aria-label", element.textContent + " " + name); return element; };

// Return the name in an entry; without one there is nothing to send.
function nameIn(entry) {
  const name = entry.input.value.trim();
  if (name) return name;
  throw Object.assign(new Error(t("is needed")), { field: "name" });
}

// ---- cards

export async function cards() {
  const number = field(t("Number of the card"), h("input", { type: "text", id: "card", autocomplete: "off", autocapitalize: "characters", spellcheck: "false" }), t("8, 12, 14 or 20 digits from 0 to 9 and A to F."));
  const list = h("ul", { class: "list", id: "cards" });
  const error = failure();
  const seen = h("p", { class: "state", id: "seen" });
  const off = h("p", { class: "notice", hidden: true }, t("The reader is off: choose what it does in the settings, RFID."));
  // What the reader said when somebody began to wait for a card; null while nobody waits.
  let before = null;
  async function fill() {
    const [rows, people] = [await get("/cards"), await get("/accounts")];
    const owners = (uid) => people.filter((one) => one.cards.includes(uid)).map((one) => one.name).join(", ");
    list.replaceChildren(...rows.map((uid) => {
      const gone = button(t("Delete"), async () => {
        if (await ask(t("Delete the card %1?", uid), t("Delete"))) busy(gone, error, async () => { await call("DELETE", "/cards/" + uid); await fill(); });
      }, "small danger");
      return h("li", {}, h("span", {}, h("code", {}, uid), h("small", {}, owners(uid) || t("nobody's"))), named(gone, uid));
    }));
    if (!rows.length) list.append(h("li", {}, empty(t("No cards."))));
  }
  async function store(uid) {
    await call("PUT", "/cards/" + encodeURIComponent(uid || "-"));
    toast(t("The card %1 is stored.", uid));
    await fill();
  }
  async function add() {
    number.fail("");
    try {
      await store(uidOf(number.input.value));
      number.input.value = "";
    } catch (refusal) {
      if (refusal.field !== "card") throw refusal;
      number.fail(refusal.message);
      number.input.focus();
    }
  }
  const wait = button(t("Add by presenting"), () => { before = before === null ? status["rfid.last"] || "" : null; update(); }, "main");
  wait.id = "present";
  const use = button(t("Store the last one"), () => busy(use, error, () => store(status["rfid.last"])));
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
  function update() {
    const last = status["rfid.last"] || "";
    off.hidden = status.rfid !== "";
    if (before !== null && last && last !== before) {
      before = null;
      busy(wait, error, () => store(last));
    }
    put(wait, t(before === null ? "Add by presenting" : "Stop waiting"));
    put(seen, before !== null ? t("Hold the card to the reader of the station …") : last ? t("The last card at the reader was %1.", last) : t("No card was at the reader yet."));
    seen.classList.toggle("acts", before !== null);
    use.hidden = !last || before !== null;
  }
  const element = h("div", { class: "stack two" },
    h("section", { class: "card" }, h("h1", {}, t("Cards")), off, seen, h("div", { class: "row" }, wait, use), h("h3", {}, t("Or by its number")), form, error),
    card(t("Stored cards"), list, h("p", { class: "help" }, t("Whose a card is, is chosen with the people."))),
    card(t("File"), file.element, h("div", { class: "row" }, save)));
  await busy(go, error, fill);
  return { element, update };
}

// ---- people

const ROLE_HELP = { driver: "sees the own sessions", user: "does everything but what is the installer's", installer: "changes the installation as well" };

export async function people() {
  const list = h("ul", { class: "list", id: "people" });
  const error = failure();
  const roles = () => ["driver", "user", "installer"].map((role) => [role, `${t(role)}: ${t(ROLE_HELP[role])}`]);
  async function fill() {
    const rows = await get("/accounts");
    list.replaceChildren(...rows.map((row) => {
      const own = row.name === session.name;
      const gone = button(t("Delete"), async () => {
        if (await ask(t("Delete the account %1?", row.name), t("Delete"))) busy(gone, error, async () => { await call("DELETE", "/accounts/" + row.name); await fill(); });
      }, "small danger");
      const edit = button(t("Change"), () => change(row), "small");
      return h("li", {}, h("span", {}, h("b", {}, row.name), h("small", {}, t(row.role) + (own ? ", " + t("you") : "")), row.cards.map((uid) => h("small", {}, h("code", {}, uid)))), named(edit, row.name), own ? null : named(gone, row.name));
    }));
  }
  async function change(row) {
    const known = await get("/cards").catch(() => []);
    const all = [...new Set([...known, ...(row ? row.cards : [])])];
    const boxes = all.map((uid) => h("label", { class: "pick" }, h("input", { type: "checkbox", value: uid, checked: row && row.cards.includes(uid) }), uid));
    const entries = {
      name: field(t("Name"), h("input", { type: "text", id: "p-name", value: row ? row.name : "", disabled: Boolean(row), autocomplete: "off", autocapitalize: "none", spellcheck: "false" }), t("Letters, digits and - _ .")),
      role: field(t("Role"), choose("p-role", roles(), row ? row.role : "driver")),
      password: field(t("New password"), h("input", { type: "password", id: "p-password", autocomplete: "new-password" }), t(row ? "At least 8 characters. Empty leaves it as it is." : "At least 8 characters.")),
    };
    entries.role.input.disabled = Boolean(row) && row.name === session.name;
    const chosen = h("fieldset", {}, h("legend", {}, t("Cards")), boxes.length ? h("div", { class: "picks" }, boxes) : h("p", { class: "help" }, t("No cards.")));
    const done = await askForm(row ? t("Change %1", row.name) : t("Add a person"), entries, t("Save"), async () => {
      const name = nameIn(entries.name);
      const body = { cards: boxes.map((box) => box.firstChild).filter((box) => box.checked).map((box) => box.value) };
      if (!entries.role.input.disabled) body.role = entries.role.input.value;
      if (entries.password.input.value) body.password = entries.password.input.value;
      await call("PUT", "/accounts/" + encodeURIComponent(name), body);
    }, chosen);
    if (!done) return;
    toast(t("Saved."));
    await busy(add, error, fill);
  }
  const add = button(t("Add a person"), () => change(null), "main");
  const element = h("div", { class: "stack" }, h("section", { class: "card middle" }, h("h1", {}, t("People")), h("p", { class: "help" }, t("Who logs in here. A driver sees the sessions with one of the own cards.")), list, error, h("div", { class: "row" }, add)));
  await busy(add, error, fill);
  return { element };
}

// ---- programs

export async function programs() {
  const list = h("ul", { class: "list", id: "tokens" });
  const error = failure();
  async function fill() {
    const rows = await get("/tokens");
    list.replaceChildren(...rows.map((row) => {
      const gone = button(t("Delete"), async () => {
        if (await ask(t("Delete the token %1? Its program cannot do anything any more.", row.name), t("Delete"))) busy(gone, error, async () => { await call("DELETE", "/tokens/" + row.name); await fill(); });
      }, "small danger");
      return h("li", {}, h("span", {}, h("b", {}, row.name), h("small", {}, t(row.role))), named(gone, row.name));
    }));
    if (!rows.length) list.append(h("li", {}, empty(t("No tokens."))));
  }
  async function make() {
    const entries = {
      name: field(t("Name"), h("input", { type: "text", id: "t-name", autocomplete: "off", autocapitalize: "none", spellcheck: "false" }), t("Letters, digits and - _ .")),
      role: field(t("Role"), choose("t-role", [["user", t("user")], ["driver", t("driver")]], "user")),
    };
    let token = "";
    const done = await askForm(t("New token"), entries, t("Make it"), async () => {
      token = (await call("PUT", "/tokens/" + encodeURIComponent(nameIn(entries.name)), { role: entries.role.input.value })).token;
    });
    if (!done) return;
    await busy(add, error, fill);
    await ask(t("This is the token. It is shown this once."), t("I have it"), h("p", {}, h("code", { class: "token", id: "token" }, token)));
  }
  const add = button(t("New token"), make, "main");
  const element = h("div", { class: "stack" }, h("section", { class: "card middle" }, h("h1", {}, t("Programs")), h("p", { class: "help" }, t("A token lets a program use /api/v1: it goes into the header Authorization: Bearer TOKEN.")), list, error, h("div", { class: "row" }, add)));
  await busy(add, error, fill);
  return { element };
}

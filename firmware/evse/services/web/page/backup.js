// Settings into a file and back, with a look at what would change; and everything forgotten.

import { ask, busy, button, call, card, DASH, download, failure, field, get, h, settings, t, tell, toast } from "./base.js";
import { problemOf } from "./settings.js";

const FORMAT = "microEVSE settings";

function makeBackup() {
  const file = field(t("Restore from a file"), h("input", { type: "file", accept: ".json,application/json", id: "restore-file" }), t("Settings that the file does not name keep their values. You see first what would change."));
  const error = failure();
  const list = h("ul", { class: "list", id: "restore-errors" });
  const save = button(t("Save the settings"), async () => {
    const backup = await busy(save, error, () => get("/backup"));
    if (backup) download("settings.json", JSON.stringify(backup, null, 2) + "\n", "application/json");
  }, "main");
  save.id = "backup";

  async function read(chosen) {
    let backup;
    try { backup = JSON.parse(await chosen.text()); } catch { backup = null; }
    if (!backup || backup.format !== FORMAT || typeof backup.settings !== "object" || !backup.settings) throw new Error(t("This file is no backup of settings."));
    return backup;
  }

  // What a backup would do: [name, value now, value then, what is wrong].
  function compare(rows, backup) {
    return Object.entries(backup.settings).map(([name, value]) => {
      const row = rows.find((one) => one.key === name || one.label === name);
      if (!row) return [name, DASH, value, t("unknown setting")];
      if (String(row.value) === String(value)) return null;
      const { wrong, closed } = problemOf(row, String(value));
      return [row.label, row.value, value, wrong ? tell(wrong) : closed ? t("Only the installer changes this.") : ""];
    }).filter(Boolean);
  }

  async function restore(chosen) {
    const backup = await read(chosen);
    const changes = compare(await settings(true), backup);
    if (!changes.length) return void toast(t("Nothing would change."));
    const wrong = changes.filter((change) => change[3]);
    const line = ([name, now, then, problem]) => h("li", {}, h("span", {}, h("b", {}, name), h("small", {}, `${now === null || now === "" ? DASH : t(String(now))} → ${then === "" ? DASH : t(String(then))}`), problem ? h("small", { class: "error" }, problem) : null));
    if (wrong.length) {
      list.replaceChildren(...wrong.map(line));
      throw new Error(t("Nothing was restored: the file has values that cannot be right."));
    }
    const details = h("div", { class: "changes", tabindex: 0 }, h("ul", { class: "list", id: "changes" }, changes.map(line)));
    if (!(await ask(changes.length === 1 ? t("1 setting would change.") : t("%1 settings would change.", changes.length), t("Restore"), details))) return;
    try {
      await call("POST", "/restore", backup);
    } catch (refusal) {
      list.replaceChildren(...Object.entries(refusal.errors || {}).map(([name, reason]) => h("li", {}, h("span", {}, h("b", {}, name), h("small", { class: "error" }, tell(reason))))));
      throw refusal;
    }
    await settings(true);
    toast(t("The settings are restored."));
  }

  file.input.addEventListener("change", async () => {
    const chosen = file.input.files[0];
    if (!chosen) return;
    file.fail("");
    list.replaceChildren();
    await restore(chosen).catch((problem) => file.fail(problem.message));
    file.input.value = "";
  });
  return h("section", { class: "card" }, h("h1", {}, t("Backup")), h("p", { class: "help" }, t("All settings that differ from their defaults, without passwords.")), h("div", { class: "row" }, save), error, file.element, list);
}

function makeReset() {
  const error = failure();
  const go = button(t("Forget everything"), async () => {
    const question = t("The station forgets all settings, cards, accounts, sessions and its network, and starts anew. This cannot be undone.");
    if (!(await ask(question, t("Forget everything"), null, "erase"))) return;
    if (await busy(go, error, () => call("POST", "//erasesettings"))) toast(t("The station forgets everything and restarts."));
  }, "danger");
  go.id = "factory-reset";
  return card(t("Factory reset"), h("p", { class: "help" }, t("Back to how it was delivered, for a new owner.")), error, h("div", { class: "row" }, go));
}

export async function backup() {
  return { element: h("div", { class: "stack two" }, makeBackup(), makeReset()) };
}

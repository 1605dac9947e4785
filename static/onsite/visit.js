// One visit: what is to be done, what is here, what arrived, what came back and why. And which screen the address asks for.

import * as forms from "./forms.js";
import { arrivedAt } from "./queue.js";
import { home, out, show } from "./screens.js";
import * as store from "./store.js";
import { on, say, stamp, when } from "./words.js";

const KIND = { ready: "tag-warn", sending: "tag-warn", sent: "tag-ok", rejected: "tag-bad", draft: "tag-info" };
const SCREENS = { arrive: forms.arrive, photo: forms.photo, talk: forms.talk, record: forms.record };

/** The screen of the address: #/ · #/out · #/v/<visit> · #/v/<visit>/<form>[/<record>] */
export async function draw(house) {
  const [, area, id, form, record] = location.hash.split("/");
  await house.bar();
  if (area === "out") return out(house);
  const visit = area === "v" ? (await store.readAll("visits")).find((row) => row.id === id) : null;
  if (!visit) return home(house);
  if (SCREENS[form] && !visit.body.gone) return SCREENS[form](visit, record, house);
  return overview(visit, house);
}

/** Lists anew after something was sent; a form that is being filled in stays as it is. */
export async function refresh(house) {
  await house.bar();
  const [, area, , form] = location.hash.split("/");
  if (area !== "out" && !form) await draw(house);
}

function what(record) {
  if (record.kind !== "evidence") return record.kind;
  return record.photo ? "photo" : "talk";
}

function stateOf(record) {
  // "sending" without network: the last try had no answer, and the next one waits
  const state = record.state === "sending" && !navigator.onLine ? "ready" : record.state;
  return { text: say(`state-${state}`, { receipt: record.body?.receipt ?? "" }), kind: KIND[record.state] };
}

async function overview(visit, house) {
  const { id, body } = visit;
  const records = (await store.readAll("records")).filter((row) => row.visit === id).sort((a, b) => a.seq - b.seq);
  const node = stamp("visit", {
    firm: body.firm.name || body.number,
    address: body.gone ? say("gone") : body.firm.address,
    number: body.number,
  });
  node.querySelector("[data-slot=rejected]").append(...records.filter((row) => row.state === "rejected").map((row) => rejected(row, house)));
  const steps = node.querySelector("[data-slot=steps]");
  if (!body.gone) steps.append(...["arrive", "photo", "talk", "record"].map((name) => step(name, visit, records)));
  const waits = !arrivedAt([visit], records).has(id) && !records.some((one) => one.kind === "arrive" && one.state !== "draft");
  const rows = records.length ? records.map((one) => row(one, waits)) : [stamp("li", { text: say("no-records") })];
  node.querySelector("[data-slot=records]").append(...rows);
  const items = (body.items ?? []).map(({ name, points, basis }) => stamp("item", { name, points, basis }));
  node.querySelector("[data-slot=items]").append(...items);
  show(node);
}

function step(name, { id, body }, records) {
  const mine = records.filter((row) => what(row) === name);
  const newest = mine.at(-1);
  const node = stamp("step-row", { title: say(`kind-${name}`), hint: "" });
  const tag = node.querySelector("[data-slot=state]");
  const done = !newest && ((name === "arrive" && body.arrived) || (name === "record" && body.recorded));
  if (name === "photo" || name === "talk") tag.textContent = say(`${name}s`, { n: mine.length });
  else if (done) [tag.textContent, tag.className] = [say("state-done"), "tag tag-ok"];
  else if (newest) [tag.textContent, tag.className] = [stateOf(newest).text, `tag ${stateOf(newest).kind}`];
  else tag.textContent = say("state-none");
  const link = node.querySelector("a");
  const closed = (name === "arrive" || name === "record") && (done || (newest && !["draft", "rejected"].includes(newest.state)));
  if (closed) link.removeAttribute("href");
  else link.href = `#/v/${id}/${name}`;
  return node;
}

function row(record, waits) {
  const { text, kind } = waits && record.state === "ready" ? { text: say("state-waiting"), kind: "tag-warn" } : stateOf(record);
  const node = stamp("record-row", {
    kind: say(`kind-${what(record)}`),
    when: when(record.body.made_at),
    state: text,
    flags: (record.body.flags ?? []).join(" · "),
  });
  node.querySelector("[data-slot=state]").classList.add(kind);
  return node;
}

function rejected(record, house) {
  const node = stamp("rejected", { kind: say(`kind-${what(record)}`), when: when(record.body.made_at) });
  node.querySelector("[data-slot=reasons]").append(...record.body.reasons.map((text) => stamp("li", { text })));
  node.querySelector("[data-slot=edit]").href = `#/v/${record.visit}/${what(record)}/${record.id}`;
  on(node, "again", async () => {
    await store.saveRecord({ ...record, state: "ready" });
    await refresh(house);
    await house.send();
  });
  on(node, "drop", () => {
    const sure = stamp("sure", { text: document.querySelector("#word-sure").content.textContent.trim() });
    on(sure, "no", () => sure.replaceWith(node));
    on(sure, "yes", async () => {
      await store.drop(record.id);
      await refresh(house);
    });
    node.replaceWith(sure);
  });
  return node;
}

// The screens around the visits: making the phone ready, opening it, leaving it; and the visits it keeps.

import * as server from "./server.js";
import * as store from "./store.js";
import * as vault from "./vault.js";
import { on, say, stamp } from "./words.js";

const TRIES = 10;
const main = document.querySelector("#main");

/** Put `node` on the page; a person with a screen reader hears it. */
export function show(node) {
  main.replaceChildren(node);
  window.scrollTo(0, 0);
  main.focus({ preventScroll: true });
}

export function say_(id, values = {}) {
  show(stamp(id, values));
}

/** A sentence above the form. */
export function problem(node, text) {
  const place = node.querySelector("[data-slot=problem]");
  place.hidden = false;
  place.replaceChildren(stamp("banner", { text }));
  place.scrollIntoView({ block: "center" });
}

export function setup(person, house, then) {
  const node = stamp("setup");
  node.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const phrase = node.querySelector("#phrase").value;
    if (phrase.length < 8 || /^\d+$/.test(phrase)) return problem(node, say("short-phrase"));
    if (phrase !== node.querySelector("#again").value) return problem(node, say("other-phrase"));
    const made = await server.device().catch(() => null);
    if (!made?.secret) return problem(node, made?.refused?.join(" ") || say("offline"));
    const row = await vault.make({ phrase, secret: made.secret, device: made.device, user: person.user });
    await store.change({ put: { meta: [row] } });
    house.device = made.device;
    return then();
  });
  show(node);
}

/** Open with the phrase. After ten wrong ones only the server's half opens the phone. */
export function unlock(lock, then) {
  const node = stamp("unlock");
  const left = () => TRIES - lock.tries;
  node.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await vault.openByPhrase(lock, node.querySelector("#phrase").value)) {
      await store.change({ put: { meta: [{ ...lock, tries: 0 }] } });
      return then();
    }
    lock.tries += 1;
    if (left() <= 0) lock.byPhrase = null;
    await store.change({ put: { meta: [lock] } });
    return problem(node, lock.byPhrase ? say("wrong-phrase", { n: left() }) : say("no-phrase"));
  });
  show(node);
  if (!lock.byPhrase) problem(node, say("no-phrase"));
}

/** Somebody else's records lie here: not to be read, and not to be lost by accident. */
export function other(house) {
  const node = stamp("say-other");
  on(node, "wipe", async () => {
    await store.wipe();
    location.reload();
  });
  show(node);
  house.bar();
}

export async function out(house) {
  const { length } = (await store.all("records")).filter((row) => row.state !== "sent");
  const node = stamp("out", length ? { unsent: say("unsent", { n: length }) } : { unsent: "", send: "" });
  on(node, "send", () => house.send().then(() => out(house)));
  on(node, "wipe", () => house.out());
  show(node);
}

export async function home(house) {
  const visits = await store.readAll("visits");
  const records = await store.all("records");
  const node = stamp("home");
  on(node, "send", () => house.send());
  on(node, "pack", () => house.pack());
  const list = node.querySelector("[data-slot=visits]");
  if (!visits.length) list.textContent = say("no-visits");
  visits.sort((a, b) => (a.body.planned < b.body.planned ? -1 : 1));
  for (const { id, body } of visits) list.append(card(id, body, records.filter((row) => row.visit === id)));
  show(node);
}

function card(id, visit, records) {
  const tags = document.createDocumentFragment();
  const count = (...states) => records.filter((row) => states.includes(row.state)).length;
  const add = (kind, text) => {
    const tag = stamp("tag", { text });
    tag.classList.add(kind);
    tags.append(tag);
  };
  if (count("rejected")) add("tag-bad", say("bar-rejected", { n: count("rejected") }));
  if (count("ready", "sending")) add("tag-warn", say("bar-here", { n: count("ready", "sending") }));
  if (count("sent")) add("tag-ok", say("bar-sent", { n: count("sent") }));
  const { firm, planned } = visit;
  const node = stamp("visit-card", {
    firm: firm.name || visit.number,
    address: visit.gone ? say("gone") : firm.address,
    planned: planned ? say("planned", { day: planned }) : "",
  });
  node.querySelector("[data-slot=tags]").append(tags);
  node.href = `#/v/${id}`;
  return node;
}

/** Keep a new pack: visits known by their number keep their place; those no longer given go, unless something of them is unsent. */
export async function keep({ visits, until }) {
  const known = await store.readAll("visits");
  const place = new Map(known.map((row) => [row.body.number, row.id]));
  const rows = visits.map((body) => ({ id: place.get(body.number) ?? crypto.randomUUID(), body }));
  const given = new Set(rows.map((row) => row.id));
  await store.change({ put: { meta: [{ id: "pack", until }] } });
  await forget(known.filter((row) => !given.has(row.id)), rows);
}

/** Visits kept longer than they may be go, unless something of them is unsent. */
export async function expire() {
  const pack = await store.get("meta", "pack");
  if (pack && new Date(pack.until) < new Date()) await forget(await store.readAll("visits"), []);
}

async function forget(old, rows) {
  const records = await store.all("records");
  const unsent = new Set(records.filter((row) => row.state !== "sent").map((row) => row.visit));
  const stripped = old
    .filter((row) => unsent.has(row.id))
    .map(({ id, body }) => ({ id, body: { number: body.number, planned: "", gone: true, firm: { name: "", address: "" } } }));
  const gone = old.filter((row) => !unsent.has(row.id)).map((row) => row.id);
  await store.saveVisits([...rows, ...stripped], gone);
}

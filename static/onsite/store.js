// IndexedDB, sealed. Readable there: random ids, the order and the state of records, the number of the phone. Nothing else.
//   meta     lock (vault.js), pack (until when visits are kept)
//   visits   one visit each
//   records  one record each: draft → ready → sending → sent, or rejected
//   files    photographs and signatures of records not sent yet

import * as vault from "./vault.js";

const NAME = "onsite";
const STORES = ["meta", "visits", "records", "files"];
let opened = null;

function database() {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const name of STORES) asked.result.createObjectStore(name, { keyPath: "id" });
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      done(asked.result);
    };
    asked.onerror = () => failed(asked.error);
  });
  return opened;
}

const settled = (asked) =>
  new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });

export async function get(store, id) {
  return settled((await database()).transaction(store).objectStore(store).get(id));
}

export async function all(store) {
  return settled((await database()).transaction(store).objectStore(store).getAll());
}

/** Write and remove rows of several stores, all or nothing, and on the disk when this returns. */
export async function change({ put = {}, remove = {} }) {
  const base = await database();
  const turn = base.transaction(STORES, "readwrite", { durability: "strict" });
  for (const [store, rows] of Object.entries(put)) for (const row of rows) turn.objectStore(store).put(row);
  for (const [store, ids] of Object.entries(remove)) for (const id of ids) turn.objectStore(store).delete(id);
  return new Promise((done, failed) => {
    turn.oncomplete = () => done();
    turn.onabort = () => failed(turn.error);
  });
}

/** Rows of `visits` or `records`, opened: the row with `body`. */
export async function readAll(store) {
  const rows = await all(store);
  return Promise.all(rows.map(async (row) => ({ ...row, body: await vault.unseal(`${store}/${row.id}`, row.sealed) })));
}

async function closed(store, { body, sealed, ...row }) {
  return { ...row, sealed: await vault.seal(`${store}/${row.id}`, body) };
}

export async function saveVisits(rows, gone) {
  const visits = await Promise.all(rows.map((row) => closed("visits", row)));
  await change({ put: { visits }, remove: { visits: gone } });
}

/** A record with its files (name → bytes). Files not named stay as they are. */
export async function saveRecord(record, files = {}) {
  const kept = await Promise.all(
    Object.entries(files).map(async ([name, bytes]) => {
      const id = `${record.id}/${name}`;
      return { id, record: record.id, name, sealed: await vault.sealBytes(`files/${id}`, bytes) };
    }),
  );
  await change({ put: { records: [await closed("records", record)], files: kept } });
  tell(await all("records"));
}

/** A record without its files: what became of it. */
export async function settle(record) {
  const gone = (await all("files")).filter((row) => row.record === record.id).map((row) => row.id);
  await change({ put: { records: [await closed("records", record)] }, remove: { files: gone } });
  tell(await all("records"));
}

export async function drop(id) {
  const gone = (await all("files")).filter((row) => row.record === id).map((row) => row.id);
  await change({ remove: { records: [id], files: gone } });
  tell(await all("records"));
}

/** Name → bytes of a record's files. */
export async function filesOf(id) {
  const rows = (await all("files")).filter((row) => row.record === id);
  return Object.fromEntries(
    await Promise.all(rows.map(async (row) => [row.name, await vault.unsealBytes(`files/${row.id}`, row.sealed)])),
  );
}

/** Signing out anywhere in the portal comes by here first while something is unsent (house.js). */
function tell(records) {
  const waits = records.some((row) => row.state !== "sent");
  if (waits) localStorage.setItem("unsent-at", `${location.pathname}#/out`);
  else localStorage.removeItem("unsent-at");
}

/** Everything this page has put on the phone. */
export async function wipe() {
  vault.shut();
  if (opened) (await opened).close();
  opened = null;
  await new Promise((done) => {
    const asked = indexedDB.deleteDatabase(NAME);
    asked.onsuccess = asked.onerror = asked.onblocked = () => done();
  });
  localStorage.removeItem("unsent-at");
  for (const name of await caches.keys()) if (name.startsWith("onsite-")) await caches.delete(name);
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.unregister();
}

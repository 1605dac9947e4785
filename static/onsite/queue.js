// Sending. Each record has an id of its own from the moment it is made; the server takes an id once and answers it the same every time,
// so a record whose answer was lost is simply sent again. Within a visit the order is kept; what was rejected waits for its inspector
// and stops only what rests on it (nothing is taken of a visit whose arrival was not).

import * as server from "./server.js";
import * as store from "./store.js";
import { say } from "./words.js";

const SOON = 15_000; // milliseconds until the next try; doubled up to the longest
const LATEST = 300_000;
let wait = SOON;
let timer = 0;

/** Counts for the bar: what is only here, what arrived, what was refused. */
export async function counts() {
  const rows = await store.all("records");
  const of = (...states) => rows.filter((row) => states.includes(row.state)).length;
  return { here: of("ready", "sending"), drafts: of("draft"), sent: of("sent"), rejected: of("rejected") };
}

/** Numbers of the visits of which something is here only. */
export async function unsent() {
  const rows = (await store.readAll("records")).filter((row) => row.state !== "sent");
  return [...new Set(rows.map((row) => row.body.number))];
}

/**
 * Send what is ready. One page sends at a time; others let it. Returns "done", "offline", "signin" or "busy"; throws Closed.
 * `changed` is called after every record.
 */
export function send(device, changed) {
  clearTimeout(timer);
  return navigator.locks.request("onsite-send", { ifAvailable: true }, async (lock) => {
    if (!lock) return "busy";
    try {
      await sendAll(device, changed);
      wait = SOON;
      return "done";
    } catch (error) {
      if (error instanceof server.SignIn) return "signin";
      if (!(error instanceof server.NoNetwork || error instanceof server.Later)) throw error;
      timer = setTimeout(() => send(device, changed).then(changed), wait);
      wait = Math.min(wait * 2, LATEST);
      return "offline";
    }
  });
}

/** Visits whose arrival the server has: only of these it takes more. */
export function arrivedAt(visits, records) {
  const told = visits.filter((row) => row.body.arrived).map((row) => row.id);
  return new Set([...told, ...records.filter((row) => row.kind === "arrive" && row.state === "sent").map((row) => row.visit)]);
}

async function sendAll(device, changed) {
  const first = (row) => (row.kind === "arrive" ? 0 : 1);
  const records = (await store.readAll("records")).sort((a, b) => first(a) - first(b) || a.seq - b.seq);
  const arrived = arrivedAt(await store.readAll("visits"), records);
  let trouble = null;
  for (const record of records) {
    const due = record.kind === "arrive" || arrived.has(record.visit);
    if (!due || !["ready", "sending"].includes(record.state)) continue;
    try {
      await sendOne(device, record);
    } catch (error) {
      if (!(error instanceof server.Later)) throw error;
      trouble = error; // this one later, the others now
      continue;
    }
    if (record.kind === "arrive" && record.state === "sent") arrived.add(record.visit);
    await changed();
  }
  if (trouble) throw trouble;
}

async function sendOne(device, record) {
  // From here on an answer may be lost: until one came, the record can be sent again but not changed.
  record.state = "sending";
  await store.saveRecord(record);
  const { number, ...body } = record.body;
  const { made_at, hashes, strokes, values } = body;
  const files = await store.filesOf(record.id);
  const answer = await server.record(device, {
    id: record.id,
    visit: number,
    kind: record.kind,
    body: { made_at, hashes, strokes, values },
    files,
  });
  if (answer.received) {
    const { receipt, flags, at } = answer.received;
    record.state = "sent";
    record.body = { number, made_at, receipt, flags, at };
    await store.settle(record);
  } else {
    record.state = "rejected";
    record.body = { ...record.body, reasons: answer.rejected.length ? answer.rejected : [say("unread")] };
    await store.saveRecord(record);
  }
}

// Where the page begins: the worker that keeps it, who is here, the key, then the screens.

import * as queue from "./queue.js";
import * as screens from "./screens.js";
import * as server from "./server.js";
import * as store from "./store.js";
import * as vault from "./vault.js";
import { draw, refresh } from "./visit.js";
import { say } from "./words.js";

const IDLE = 15 * 60_000; // milliseconds without a touch; as long as the portal's own session of officers
let touched = Date.now();
let signedOut = false;

/** What the screens share: the phone's number, and what they may ask for. */
const house = {
  device: "",
  /** Take the newest visits; keeps what is on the phone when there is no network. */
  async pack() {
    await guarded(async () => screens.keep(await server.pack(house.device, await queue.unsent())));
    await draw(house);
  },
  /** Send what is ready. */
  async send() {
    if (!vault.isOpen()) return;
    const how = await guarded(() => queue.send(house.device, () => refresh(house)));
    signedOut = how === "signin";
    await bar();
    if (vault.isOpen()) await refresh(house);
  },
  /** Wipe the phone; with network also the server's half of the key and the session. */
  async out() {
    const number = house.device;
    let online = true;
    try {
      await server.session();
      if (number) await server.wiped(number);
    } catch {
      online = false;
    }
    await store.wipe();
    vault.shut();
    await bar(); // nothing is counted any more
    if (online) server.signOut(document.querySelector("#sign-out"));
    else screens.say_("say-out", { text: say("wiped") });
  },
  bar,
};

async function guarded(act) {
  try {
    return await act();
  } catch (error) {
    if (error instanceof server.Closed) {
      await store.wipe();
      screens.say_("say-out", { text: say("closed") });
      return "closed";
    }
    if (error instanceof server.SignIn) return "signin";
    if (error instanceof server.NoNetwork || error instanceof server.Later) return "offline";
    throw error;
  }
}

/** The bar at the top: network, and what is where. */
async function bar() {
  const net = document.querySelector("#net");
  net.textContent = say(navigator.onLine ? "online" : "offline");
  net.className = `tag ${navigator.onLine ? "tag-ok" : "tag-warn"}`;
  const box = document.querySelector("#bar");
  const { here, sent, rejected } = vault.isOpen() ? await queue.counts() : { here: 0, sent: 0, rejected: 0 };
  const parts = [];
  if (rejected) parts.push(["tag-bad", say("bar-rejected", { n: rejected })]);
  if (here) parts.push(["tag-warn", say("bar-here", { n: here })]);
  if (here && signedOut) parts.push(["tag-bad", say("bar-signin")]);
  if (!here && !rejected && vault.isOpen()) parts.push(["", say("bar-clear")]);
  if (sent) parts.push(["tag-ok", say("bar-sent", { n: sent })]);
  box.replaceChildren(
    ...parts.map(([kind, text]) => Object.assign(document.createElement("span"), { className: `tag ${kind}`, textContent: text })),
  );
}

/** Open the key: through the session when there is one, else with the phrase. */
async function begin() {
  const lock = await store.get("meta", "lock");
  let person = null;
  try {
    person = await server.session();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    if (!lock) return screens.say_("say-first");
  }
  if (lock && person && lock.user !== person.user) return screens.other(house);
  if (!lock) return screens.setup(person, house, ready);
  house.device = lock.device;
  if (person) {
    const how = await guarded(async () => {
      const { secret } = await server.device(lock.device);
      return vault.openBySecret(lock, secret);
    });
    if (how === "closed") return undefined;
    if (how === true) return ready();
  }
  return screens.unlock(lock, ready);
}

async function ready() {
  navigator.storage?.persist?.();
  await screens.expire();
  await bar();
  await draw(house);
  if (!navigator.onLine) return;
  await house.send();
  if (vault.isOpen()) await house.pack();
}

function watch() {
  for (const event of ["pointerdown", "keydown"]) {
    document.addEventListener(event, () => {
      touched = Date.now();
    });
  }
  window.addEventListener("hashchange", () => vault.isOpen() && draw(house));
  window.addEventListener("online", () => bar().then(() => house.send()));
  window.addEventListener("offline", bar);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") house.send();
  });
  setInterval(() => {
    if (vault.isOpen() && Date.now() - touched > IDLE) {
      vault.shut(); // the drafts are kept; the key is not
      location.reload();
    }
  }, 30_000);
}

watch();
navigator.serviceWorker?.register("worker.js").catch(() => {});
await bar();
await begin();

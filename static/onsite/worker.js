// Keeps the page and its files, so that it opens without network. Nothing of any inspection passes through here: answers with data are
// never kept. `SHELL` is written above by the server: the list of files and a version over their content.

const { version, page, files } = self.SHELL;
const NAME = `onsite-${version}`;
const PATIENCE = 4000; // milliseconds for the page itself, before the kept copy is shown

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      await Promise.all(
        files.map(async (address) => {
          const answer = await fetch(address, { cache: "reload", credentials: "same-origin" });
          // a page that leads to sign-in is not ours to keep: the worker before stays
          if (!answer.ok || answer.redirected) throw new Error(address);
          await cache.put(address, answer);
        }),
      );
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith("onsite-") && name !== NAME) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === page) event.respondWith(freshPage(event.request));
  else if (files.includes(url.pathname)) event.respondWith(kept(event.request, url.pathname));
});

async function freshPage(request) {
  const cache = await caches.open(NAME);
  try {
    const answer = await Promise.race([
      fetch(request),
      new Promise((_done, failed) => setTimeout(() => failed(new Error("slow")), PATIENCE)),
    ]);
    if (answer.ok && !answer.redirected) await cache.put(page, answer.clone());
    if (answer.status < 500) return answer;
  } catch {
    // no network, or too slow
  }
  return (await cache.match(page)) ?? Response.error();
}

async function kept(request, address) {
  return (await (await caches.open(NAME)).match(address)) ?? fetch(request);
}

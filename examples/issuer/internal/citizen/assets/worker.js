// Answers below /area/kept/ from what the phone keeps, so that the document opens without a network.

const kept = (request) => caches.open("kept").then((cache) => cache.match(request, { ignoreSearch: true }));

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  event.respondWith(
    request.url.includes("?") // another language was asked for
      ? fetch(request).catch(() => kept(request))
      : kept(request).then((found) => found ?? fetch(request)),
  );
});

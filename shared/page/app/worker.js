/** Keeps the page's files of one version, so that it opens without a network. What devices send never comes by here. */
/* global pageFiles, pageVersion */
const cacheName = `openrelay-page-${pageVersion}`;

self.addEventListener('install', (event) => event.waitUntil(keepFiles()));
self.addEventListener('activate', (event) => event.waitUntil(dropOthers()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && request.url.startsWith(self.registration.scope)) event.respondWith(answer(request));
});

async function keepFiles() {
  const cache = await caches.open(cacheName);
  await cache.addAll(pageFiles.map((name) => new Request(name, { cache: 'reload' })));
  await self.skipWaiting();
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request) {
  const cache = await caches.open(cacheName);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}

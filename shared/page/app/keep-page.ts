type Policy = { createScriptURL(url: string): string };
type Factory = { createPolicy(name: string, rules: Policy): Policy };

/** Lets the page open without a network. Where the browser allows no worker, it opens with one. */
export async function keepPage(): Promise<void> {
  const { trustedTypes } = globalThis as { trustedTypes?: Factory };
  const rules = { createScriptURL: (url: string) => url };
  const policy = trustedTypes?.createPolicy('openrelay-worker', rules) ?? rules;
  await navigator.serviceWorker
    ?.register(policy.createScriptURL('worker.js'), { updateViaCache: 'none' })
    .catch(() => undefined);
}

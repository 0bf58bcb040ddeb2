/** The relay that served this page, and no other: the page may connect nowhere else. */
export function ownRelay(pageUrl: string): string {
  const url = new URL('../relay', pageUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** How this browser calls itself at first. */
export function firstName(userAgent: string): string {
  const browsers = [/(Edg)\//, /(OPR)\//, /(Firefox)\//, /(Chrome)\//, /(Safari)\//] as const;
  const systems = [/(Android)/, /(iPhone|iPad)/, /(Windows)/, /(Mac)/, /(CrOS)/, /(Linux)/] as const;
  const found = (forms: readonly RegExp[]) => forms.map((form) => form.exec(userAgent)?.[1]).find(Boolean);
  const words: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera', CrOS: 'Chromebook' };
  const [browser = 'Browser', system = ''] = [found(browsers), found(systems)].map(
    (word) => word && (words[word] ?? word),
  );
  return system === '' ? browser : `${browser} on ${system}`;
}

import type { PageFile } from '@openrelay/page';
import { TokenBucket } from '../inbound/token-bucket';
import type { Headers, Page, Pages } from '../sockets/transport';

/** Who opens the page asks for twenty files, or whether they have changed: so fifty browsers a second. Devices are not held up. */
const requestsPerSecond = 1_000;

type Form = PageFile['forms'][number];

const toFolder: Page = { status: 308, contentType: 'text/plain', body: '', headers: { Location: '/app/' } };
const hurried: Page = {
  status: 503,
  contentType: 'text/plain',
  body: 'Too many ask for this page: try again in a few seconds.\n',
  headers: { 'Retry-After': '2' },
};

/** The page that makes a browser a device. Its files were read, and compressed, before. */
export function devicePages(files: readonly PageFile[], monotonicMs: () => number): Pages {
  if (files.length === 0) return {};
  const rate = new TokenBucket(requestsPerSecond, monotonicMs);
  const bounded = (page: (headers: Headers) => Page) => (headers: Headers) =>
    rate.take() === 'taken' ? page(headers) : hurried;
  const pages = files.map((file): [string, Pages[string]] => [file.path, bounded(answersOf(file))]);
  return { ...Object.fromEntries(pages), '/app': bounded(() => toFolder) };
}

function answersOf(file: PageFile): (headers: Headers) => Page {
  const answers = new Map(file.forms.map((form) => [form, answersOfForm(file, form)]));
  return (headers) => {
    const form = formFor(file, headers.get('accept-encoding') ?? '');
    const { whole, same } = answers.get(form)!;
    return hasTag(headers.get('if-none-match') ?? '', form.tag) ? same : whole;
  };
}

/** Browsers keep it, and ask each time whether it is the newest. */
function answersOfForm({ contentType, headers: ofPage }: PageFile, { encoding, tag, body }: Form) {
  const kept = { ...ofPage, ETag: tag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' };
  const headers = encoding === 'identity' ? kept : { ...kept, 'Content-Encoding': encoding };
  const whole: Page = { status: 200, contentType, body, headers };
  const same: Page = { status: 304, contentType, body: '', headers: kept };
  return { whole, same };
}

/** The first that the client takes; the last is the file as it is. */
function formFor({ forms }: PageFile, accepted: string): Form {
  const names = accepted
    .toLowerCase()
    .split(',')
    .filter((one) => !/;\s*q=0(\.0*)?\s*$/.test(one))
    .map((one) => one.split(';')[0]!.trim());
  return forms.find(({ encoding }) => names.includes(encoding)) ?? forms.at(-1)!;
}

/** A proxy that changed the encoding made the tag a weak one. */
function hasTag(list: string, tag: string): boolean {
  return list.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}

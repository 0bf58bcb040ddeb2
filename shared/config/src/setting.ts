import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';

/** One row of the table of settings. */
export interface Setting<Value> {
  readonly name: string;
  readonly default: Value;
  /** What the number counts; empty for words. */
  readonly unit: string;
  readonly meaning: string;
  /** What 0 does, where 0 is allowed and special. */
  readonly zero?: string;
  /** What is allowed, as the end of the sentence "NAME must be …". */
  readonly allowed: string;
  /** The value, or `undefined` when the text is not allowed. */
  parse(text: string): Value | undefined;
  /** As it would be written in the environment, without secrets. */
  print(value: Value): string;
  /** The text is never shown, not even to say that it is wrong. */
  readonly isSecret?: true;
}

type Row<Value> = Pick<Setting<Value>, 'name' | 'default' | 'meaning' | 'zero'>;

export function wholeNumber(row: Row<number> & { unit: string; min: number; max: number }): Setting<number> {
  const { min, max, ...rest } = row;
  return {
    ...rest,
    allowed: `a whole number from ${min} to ${max}`,
    parse(text) {
      if (!/^\d{1,16}$/.test(text)) return undefined;
      const value = Number(text);
      return value >= min && value <= max && Number.isSafeInteger(value) ? value : undefined;
    },
    print: String,
  };
}

export function word<Word extends string>(row: Row<Word> & { words: readonly Word[] }): Setting<Word> {
  const { words, ...rest } = row;
  return {
    ...rest,
    unit: '',
    allowed: `one of ${words.join(', ')}`,
    parse: (text) => words.find((known) => known === text),
    print: (value) => value,
  };
}

export function yesOrNo(row: Row<boolean>): Setting<boolean> {
  return {
    ...row,
    unit: '',
    allowed: 'yes or no',
    parse: (text) => (text === 'yes' ? true : text === 'no' ? false : undefined),
    print: (value) => (value ? 'yes' : 'no'),
  };
}

export function address(row: Row<string>): Setting<string> {
  return {
    ...row,
    unit: '',
    allowed: 'an IP address such as 0.0.0.0, 127.0.0.1 or ::, or localhost',
    parse: (text) => (text === 'localhost' || isIP(text) !== 0 ? text : undefined),
    print: (value) => value,
  };
}

/** Absolute, since services are started from many folders; empty when there is none. Whether it can be read is for its user to say. */
export function filePath(row: Row<string>): Setting<string> {
  return {
    ...row,
    unit: '',
    allowed: 'the absolute path of a file, such as /etc/openrelay/edge.pem',
    parse: (text) => (isAbsolute(text) && !text.endsWith('/') && !hasControlCharacter.test(text) ? text : undefined),
    print: (value) => value,
  };
}

const hasControlCharacter = /\p{Cc}/u;

/** Characters of RFC 6750's b64token, since it is sent as `Authorization: Bearer …`; empty when there is none. */
export function secret(row: Row<string>): Setting<string> {
  return {
    ...row,
    unit: '',
    allowed: '16 to 256 letters, digits and -._~+/ (`openssl rand -hex 32` makes one)',
    parse: (text) => (/^[A-Za-z0-9\-._~+/]{16,256}=*$/.test(text) ? text : undefined),
    print: (value) => (value === '' ? '' : '***'),
    isSecret: true,
  };
}

export function redisUrl(row: Row<string>): Setting<string> {
  return {
    ...row,
    unit: '',
    allowed:
      'a URL such as redis://127.0.0.1:6379, rediss://user:password@host:6379/0, redis+sentinel://host:26379,host:26379/name or redis+cluster://host:6379,host:6379',
    parse: (text) => (isRedisUrl(text) ? text : undefined),
    print: withoutPassword,
  };
}

const host = /(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)(?::[1-9]\d{0,4})?/.source;
const credentials = /(?:[^@/\s]*@)?/.source;
const sentinelForm = new RegExp(`^rediss?\\+sentinel://${credentials}${host}(?:,${host})*/[^/\\s?#]+$`);
const clusterForm = new RegExp(`^rediss?\\+cluster://${credentials}${host}(?:,${host})*$`);

/** Whether its credentials can be decoded. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** What the form alone does not tell: that ports exist. */
function hasPorts(url: string): boolean {
  const hosts = url.slice(url.lastIndexOf('@') + 1);
  return [...hosts.matchAll(/:(\d+)/g)].every(([, port]) => Number(port) <= 65_535);
}

function isRedisUrl(text: string): boolean {
  if (!isDecodable(text)) return false;
  if (sentinelForm.test(text) || clusterForm.test(text)) return hasPorts(text);
  // The URL parser would drop white space at the ends silently. Nothing reads a query: who writes one expects something of it.
  if (/[\s?#]/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') return false;
  return url.hostname !== '' && url.port !== '0' && /^(\/\d{0,5})?$/.test(url.pathname);
}

const schemeForm = /^[a-z+]+:\/\//i;
/** `host`, `host:port`, and of a mistyped URL what stands where they should. */
const hostForm = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/;

/** Works on what is no URL too: a mistyped URL with a password is printed in an error message. */
export function withoutPassword(text: string): string {
  const [scheme = ''] = schemeForm.exec(text) ?? [];
  const [hosts = '', ...query] = text.slice(scheme.length).replace(/^.*@/s, '***@').split(/[?#]/);
  const shown = hosts.replace(/[^,/]+/g, (part) => (hostForm.test(part) ? part : part.replace(/:.*$/s, ':***')));
  return `${scheme}${shown}${query.length === 0 ? '' : '?***'}`;
}

import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';

/** One row of the table of settings. */
export type Setting<Value> = {
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
  /** What is wrong with a text that is not allowed, as a sentence, where more can be said than what is allowed. */
  explain?(text: string): string | undefined;
  /** The text is never shown, not even to say that it is wrong. */
  readonly isSecret?: true;
};

export type Row<Value> = Pick<Setting<Value>, 'name' | 'default' | 'meaning' | 'zero'>;

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
    allowed: 'yes or no (or 1 or 0)',
    parse: (text) => (text === 'yes' || text === '1' ? true : text === 'no' || text === '0' ? false : undefined),
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

/** A name of DNS, an IPv4 address, or an IPv6 address in brackets; with a port or without. */
const hostForm =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
const mostHosts = 16;
/** A name of DNS has at most 253 characters; a port, and the sign before it, six. */
export const mostHostCharacters = 259;

/** Lower case alone, since they are compared as they are written; empty when there are none. */
export function hostList(row: Row<readonly string[]>): Setting<readonly string[]> {
  return {
    ...row,
    unit: '',
    allowed: `up to ${mostHosts} hosts in lower case with commas between them, such as relay.example.org,10.0.0.7:3000`,
    parse(text) {
      const hosts = text.split(',');
      const areHosts = hosts.every((host) => host.length <= mostHostCharacters && hostForm.test(host));
      return areHosts && hosts.length <= mostHosts ? hosts : undefined;
    },
    print: (value) => value.join(','),
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

/** Of a user whom the administrator of another program made; empty when there is none. */
export function userName(row: Row<string>): Setting<string> {
  return {
    ...row,
    unit: '',
    allowed: 'a name of letters, digits and -._',
    parse: (text) => (/^[\w.-]{1,64}$/.test(text) ? text : undefined),
    print: (value) => value,
  };
}

/** A password that the administrator of another program chose; empty when there is none. */
export function password(row: Row<string>): Setting<string> {
  return {
    ...row,
    unit: '',
    allowed: '1 to 512 characters without spaces',
    parse: (text) => (/^[^\s\p{Cc}]{1,512}$/u.test(text) ? text : undefined),
    print: (value) => (value === '' ? '' : '***'),
    isSecret: true,
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

/** What can be wrong with the signatures of a Release, and with the form of an InRelease. */
import { enums, type PrivateKey } from 'openpgp';
import type { Random } from '../fuzz/random.ts';
import type { SignatureRequest } from '../support/openpgp.ts';
import { day, type Fault, type Keys } from './apt-draft.ts';

const by = (keys: Keys, name: string, more: Partial<SignatureRequest> = {}): Partial<SignatureRequest> => ({
  key: keys[name] as PrivateKey,
  ...more,
});

const signatures = (
  name: string,
  make: (keys: Keys, random: Random) => readonly Partial<SignatureRequest>[],
): [string, Fault] => [name, (draft, random, keys) => (draft.sign = make(keys, random))];

const text = (name: string, change: (message: string, random: Random) => string): [string, Fault] => [
  name,
  (draft, random) => (draft.inRelease = (message) => change(message, random)),
];

/** At a line of the message, somewhere. */
const atLine = (insert: string) => (message: string, random: Random) => {
  const lines = message.split('\n');
  lines.splice(random.below(lines.length), 0, insert);
  return lines.join('\n');
};

export const signatureFaults: readonly [string, Fault][] = [
  signatures('a stranger', (keys) => [by(keys, 'stranger')]),
  signatures('a stranger first', (keys) => [by(keys, 'stranger'), by(keys, 'good')]),
  signatures('a stranger last', (keys) => [by(keys, 'good'), by(keys, 'stranger')]),
  signatures('two known', (keys) => [by(keys, 'good'), by(keys, 'second')]),
  signatures('two, one that expired', (keys) => [by(keys, 'good'), by(keys, 'expired')]),
  signatures('two, one that was revoked', (keys) => [by(keys, 'good'), by(keys, 'revoked')]),
  signatures('two, one by SHA-1', (keys) => [by(keys, 'good'), by(keys, 'rsa', { hash: enums.hash.sha1 })]),
  signatures('an expired key', (keys) => [by(keys, 'expired')]),
  signatures('a revoked key', (keys) => [by(keys, 'revoked')]),
  signatures('a subkey', (keys) => [
    by(keys, 'subkeyed', { key: (keys['subkeyed'] as PrivateKey).subkeys[0]! }),
  ]),
  signatures('RSA', (keys) => [by(keys, 'rsa')]),
  signatures('RSA of 1024 bits', (keys) => [by(keys, 'short')]),
  signatures('P-256', (keys) => [by(keys, 'curve')]),
  signatures('another hash', (keys, random) => {
    const names = ['sha1', 'md5', 'sha224', 'sha384', 'sha512'] as const;
    return [by(keys, 'rsa', { hash: enums.hash[random.of(names)!] })];
  }),
  signatures('another type', (keys, random) => {
    const names = ['binary', 'standalone', 'timestamp'] as const;
    return [by(keys, 'good', { type: enums.signature[random.of(names)!] })];
  }),
  signatures('the future', (keys, random) => [
    by(keys, 'good', { created: new Date(Date.now() + day * (1 + random.below(30))) }),
  ]),
  signatures('before its key', (keys) => [by(keys, 'good', { created: new Date(Date.now() - 500 * day) })]),
  signatures('a signature that expired', (keys) => [
    by(keys, 'good', { fields: { signatureExpirationTime: 60, signatureNeverExpires: false } }),
  ]),
  signatures('a critical notation', (keys) => [
    by(keys, 'good', {
      fields: {
        rawNotations: [
          { name: 'x@example.org', value: new Uint8Array([1]), humanReadable: true, critical: true },
        ] as never,
      },
    }),
  ]),
  signatures('none', () => []),
  ['no InRelease, and nothing else', (draft) => (draft.inRelease = () => undefined)],
  [
    'Release.gpg',
    (draft) => {
      draft.inRelease = () => undefined;
      draft.detached = [{}];
    },
  ],
  [
    'Release.gpg by a stranger',
    (draft, _, keys) => {
      draft.inRelease = () => undefined;
      draft.detached = [by(keys, 'stranger')];
    },
  ],
  [
    'Release.gpg by a stranger and another',
    (draft, _, keys) => {
      draft.inRelease = () => undefined;
      draft.detached = [by(keys, 'stranger'), {}];
    },
  ],
  [
    'Release.gpg as text',
    (draft) => {
      draft.inRelease = () => undefined;
      draft.detached = [{ type: enums.signature.text }];
    },
  ],
  [
    'Release.gpg beside an InRelease by a stranger',
    (draft, _, keys) => {
      draft.sign = [by(keys, 'stranger')];
      draft.detached = [{}];
    },
  ],
  text('the text alone', (message) =>
    message
      .split('\n')
      .slice(3)
      .join('\n')
      .replace(/-----BEGIN[^]*/, ''),
  ),
  [
    'in two blocks',
    (draft, _, keys) => {
      draft.sign = [{}, by(keys, 'second')];
      draft.isApart = true;
    },
  ],
  [
    'in two blocks, one by a stranger',
    (draft, random, keys) => {
      draft.sign = random.oneIn(2) ? [{}, by(keys, 'stranger')] : [by(keys, 'stranger'), {}];
      draft.isApart = true;
    },
  ],
  text('a line before', (message) => `Origin: Nobody\n${message}`),
  text('an empty line before', (message) => `\n${message}`),
  text('a line behind', (message) => `${message}Origin: Nobody\n`),
  text('empty lines behind', (message) => `${message}\n\n`),
  text('a line within', atLine('X-More: 1')),
  text('an empty line within', atLine('')),
  text('a blank at a line end', (message, random) => {
    const lines = message.split('\n');
    lines[random.below(lines.length)]! += random.of([' ', '\t', '\r', '  \t'])!;
    return lines.join('\n');
  }),
  text('CR LF', (message) => message.replaceAll('\n', '\r\n')),
  text('another Hash header', (message, random) =>
    message.replace(
      'Hash: SHA256',
      random.of([
        'Hash: SHA512',
        'Hash: MD5',
        'Hash: SHA1',
        'Hash: SHA256, SHA512',
        'Comment: x',
        'hash: SHA256',
        'Hash: SHA256\nHash: SHA1',
        'Hash:SHA256',
        'Hash: none',
      ])!,
    ),
  ),
  text('no Hash header', (message) => message.replace('Hash: SHA256\n', '')),
  text('a line with a dash', (message) => message.replace('Label:', '-Label:')),
  text('an escaped line', (message) => message.replace('Label:', '- Label:')),
  text('twice', (message) => message + message),
  text('without its last line end', (message) => message.replace(/\n$/, '')),
  text('cut', (message, random) => message.slice(0, random.below(message.length))),
  text('with NUL', (message, random) => {
    const at = random.below(message.length);
    return `${message.slice(0, at)}\0${message.slice(at)}`;
  }),
  text('one bit', (message, random) => {
    const bytes = Buffer.from(message, 'latin1');
    bytes[random.below(bytes.length)]! ^= 1 << random.below(7);
    return bytes.toString('latin1');
  }),
  text('a comment in the armor', (message) =>
    message.replace('SIGNATURE-----\n', 'SIGNATURE-----\nComment: x\n'),
  ),
  text('no checksum', (message) => message.replace(/\n=[A-Za-z0-9+/]{4}\n/, '\n')),
  text('a wrong checksum', (message) => message.replace(/\n=[A-Za-z0-9+/]{4}\n/, '\n=AAAA\n')),
];

/** Repositories of one package, each with one thing in it that is not as it should be, or is in a form that is rare. */
import { enums } from 'openpgp';
import { buildDeb } from '../../scripts/upstream/deb-package.ts';
import type { Random } from '../fuzz/random.ts';
import {
  armorSignature,
  frame,
  makeKey,
  publicKeyFile,
  revoke,
  signData,
  type SignatureRequest,
} from '../support/openpgp.ts';
import { contentFaults } from './apt-content-faults.ts';
import { day, hex, list, renderFields, renderIndex, utc, type Draft, type Keys } from './apt-draft.ts';
import { signatureFaults } from './apt-signature-faults.ts';

export type Repository = Map<string, Buffer>;

export interface AptCase {
  readonly name: string;
  readonly files: Repository;
}

const faults = [...contentFaults, ...signatureFaults];

/** Nobody signed within the last hour: who signs in the future by a second is no case here. */
const signed = () => new Date(Date.now() - 3_600_000);

export async function makeKeys(): Promise<Keys> {
  const created = new Date(Date.now() - 300 * day);
  const key = (name: string, more = {}) => makeKey({ name, created, ...more });
  const keys = {
    good: await key('good'),
    second: await key('second'),
    rsa: await key('rsa', { type: 'rsa', rsaBits: 2048 }),
    short: await key('short', { type: 'rsa', rsaBits: 1024 }),
    expired: await key('expired', { lifetime: 86_400 }),
    revoked: await key('revoked'),
    curve: await key('curve', { curve: 'nistP256' }),
    subkeyed: await key('subkeyed', { subkeys: [{ sign: true }] }),
  };
  await revoke(keys.revoked);
  return { ...keys, stranger: await key('stranger'), keyring: publicKeyFile(...Object.values(keys)) };
}

export async function makeCase(index: number, random: Random, keys: Keys): Promise<AptCase> {
  const [name, fault] = faults[index % faults.length]!;
  const deb = await buildDeb({ package: 'hello', version: '1.0', architecture: 'amd64' });
  const draft: Draft = {
    ...{
      deb,
      stanzas: [],
      sections: new Map(),
      isApart: false,
      packages: (one) => one,
      releaseText: (one) => one,
    },
    stanza: {
      ...{
        Package: 'hello',
        Version: '1.0',
        Architecture: 'amd64',
        Maintainer: 'Nobody <nobody@example.org>',
      },
      ...{
        Description: 'a package',
        Filename: 'pool/hello.deb',
        Size: String(deb.length),
        SHA256: hex('sha256', deb),
      },
    },
    release: {
      ...{
        Origin: 'Example',
        Label: 'Example',
        Suite: 'stable',
        Codename: 'trixie',
        Date: utc(Date.now() - 7_200_000),
      },
      ...{
        'Valid-Until': utc(Date.now() + 7 * day),
        Architectures: 'amd64',
        Components: 'main',
        Description: 'An example',
      },
    },
    sign: [{}],
    inRelease: (message) => message,
  };
  // What is in an index is told by the Release: its digest comes after what is changed in it, and before what is changed
  // about it.
  const before = JSON.stringify([draft.stanza, draft.stanzas]);
  list(draft, ['SHA256']);
  fault(draft, random, keys);
  if (JSON.stringify([draft.stanza, draft.stanzas]) !== before) list(draft, ['SHA256']);
  return { name, files: await render(draft, keys) };
}

async function render(draft: Draft, keys: Keys): Promise<Repository> {
  const index = Buffer.from(draft.packages(renderIndex(draft).toString()));
  const sections = [...draft.sections].map(
    ([name, lines]) =>
      `${name}:\n${lines
        .filter(Boolean)
        .map((line) => ` ${line}\n`)
        .join('')}`,
  );
  const message = draft.releaseText(renderFields(draft.release) + sections.join(''));
  const request = (one: Partial<SignatureRequest>): SignatureRequest => ({
    key: keys.good,
    created: signed(),
    ...one,
  });
  const files: Repository = new Map([
    ['pool/hello.deb', draft.deb],
    ['dists/stable/main/binary-amd64/Packages', index],
  ]);
  // The line end before the signature is not signed.
  const signedText = message.replace(/\n$/, '');
  const packets = await Promise.all(draft.sign.map((one) => signData(Buffer.from(signedText), request(one))));
  const blocks = draft.isApart ? packets.map((one) => armorSignature(one)) : [armorSignature(...packets)];
  const inRelease = draft.inRelease(frame(signedText, ...blocks));
  if (inRelease !== undefined) files.set('dists/stable/InRelease', Buffer.from(inRelease, 'latin1'));
  if (draft.detached !== undefined) {
    const detached = await Promise.all(
      draft.detached.map((one) =>
        signData(Buffer.from(message), request({ type: enums.signature.binary, ...one })),
      ),
    );
    files.set('dists/stable/Release', Buffer.from(message));
    files.set('dists/stable/Release.gpg', Buffer.from(armorSignature(...detached)));
  }
  return files;
}

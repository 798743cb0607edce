/**
 * Makes the cases of `test/corpus/inrelease/`. Run once; the cases are committed, their keys thrown away:
 *
 *   scripts/toolchain.sh node test/corpus/make-inrelease-cases.ts
 *
 * Verdicts, codes and digests are written down here by hand or from the plain text: nothing of `src/` takes
 * part, so that a case says what ought to be and not what is.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PacketList, armor, createMessage, enums, type AnyPacket, type PrivateKey } from 'openpgp';
import {
  armorSignature,
  clearsign,
  frame,
  makeKey,
  publicKeyFile,
  revoke,
  signData,
  signPacket,
} from '../support/openpgp.ts';

const root = join(import.meta.dirname, 'inrelease');

const release = [
  'Origin: Example',
  'Suite: stable',
  'Date: Mon, 01 Jun 2026 00:00:00 UTC',
  'SHA256:',
  ' e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 main/binary-amd64/Packages',
].join('\n');

function write(
  name: string,
  why: string,
  file: Uint8Array | string,
  keyring: Uint8Array | string,
  outcome: object,
): void {
  const directory = join(root, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'InRelease'), file);
  writeFileSync(join(directory, 'keyring.asc'), keyring);
  writeFileSync(join(directory, 'expect.json'), `${JSON.stringify({ why, ...outcome }, undefined, 2)}\n`);
}

type Bytes = Uint8Array | string;

function accept(name: string, why: string, file: Bytes, keyring: Bytes, text = release): void {
  const textSha256 = createHash('sha256').update(text).digest('hex');
  write(`accept-${name}`, why, file, keyring, { verdict: 'accept', textSha256 });
}

function reject(name: string, code: string, why: string, file: Bytes, keyring: Bytes): void {
  write(`reject-${name}`, why, file, keyring, { verdict: 'reject', code });
}

rmSync(root, { recursive: true, force: true });

const good = await makeKey({ name: 'good' });
const second = await makeKey({ name: 'second' });
const unknown = await makeKey({ name: 'unknown' });
const expired = await makeKey({
  name: 'expired',
  created: new Date('2024-01-01T00:00:00Z'),
  lifetime: 366 * 86_400,
});
const whileValid = new Date('2024-06-01T00:00:00Z');
const withSubkey = await makeKey({ name: 'with subkey', type: 'rsa', subkeys: [{ sign: true }] });
const [signingSubkey] = withSubkey.subkeys;
if (signingSubkey === undefined) throw new Error('a subkey was asked for');

const ring = publicKeyFile(good);
const file = Buffer.from(await clearsign(release, { key: good }));
const signedText = file.toString();
const unknownSignature = armorSignature(await signData(Buffer.from(release), { key: unknown }));
const goodSignature = armorSignature(await signData(Buffer.from(release), { key: good }));

accept('ed25519', 'a plain good signature', file, ring);
accept(
  'rsa-subkey',
  'a good signature by a signing subkey',
  await clearsign(release, { key: signingSubkey }),
  publicKeyFile(withSubkey),
);
accept('crlf', 'every line ends in CR LF', signedText.replaceAll('\n', '\r\n'), ring);
accept(
  'trailing-blanks',
  'white space at line ends is not signed',
  signedText.replace('Suite: stable', 'Suite: stable \t'),
  ring,
);
accept(
  'unknown-too',
  'a good signature and one by an unknown key',
  await clearsign(release, { key: unknown }, { key: good }),
  ring,
);
accept(
  'expired-too',
  'a good signature and one by an expired key',
  await clearsign(release, { key: expired, created: whileValid }, { key: good }),
  publicKeyFile(good, expired),
);
accept(
  'second-block',
  'the good signature is in the second of two blocks',
  frame(release, unknownSignature, goodSignature),
  ring,
);
const armorInText = `${release}\n-----BEGIN PGP SIGNATURE-----`;
accept(
  'escaped-armor-line',
  'the signed text holds an escaped armor line',
  await clearsign(armorInText, { key: good }),
  ring,
  armorInText,
);

reject(
  'text-changed',
  'SIGNATURE_INVALID',
  'one digit of a digest changed',
  signedText.replace('e3b0c4', 'e3b0c5'),
  ring,
);
const bad = armorSignature(await signData(Buffer.from('something else'), { key: second }));
reject(
  'bad-and-good',
  'SIGNATURE_INVALID',
  'a good signature and a bad one by another key of the keyring',
  frame(release, bad, goodSignature),
  publicKeyFile(good, second),
);
reject(
  'binary-type',
  'SIGNATURE_INVALID',
  'a signature of type 0x00 in a cleartext message',
  await clearsign(release, { key: good, type: enums.signature.binary }),
  ring,
);
const critical = {
  rawNotations: [{ name: 'a@example.org', value: new Uint8Array(), humanReadable: true, critical: true }],
};
reject(
  'critical-notation',
  'SIGNATURE_INVALID',
  'a notation that must be understood',
  await clearsign(release, { key: good, fields: critical }),
  ring,
);
reject(
  'unknown-key',
  'SIGNER_UNTRUSTED',
  'signed by an unknown key only',
  await clearsign(release, { key: unknown }),
  ring,
);
reject(
  'expired-key',
  'SIGNER_UNTRUSTED',
  'the key was valid when it signed, and is not now',
  await clearsign(release, { key: expired, created: whileValid }),
  publicKeyFile(expired),
);
reject(
  'sha1',
  'ALGORITHM_REFUSED',
  'a SHA-1 signature',
  await clearsign(release, { key: withSubkey, hash: enums.hash.sha1 }),
  publicKeyFile(withSubkey),
);
const weak = await makeKey({ name: 'weak', type: 'rsa', rsaBits: 1024 });
reject(
  'rsa1024',
  'ALGORITHM_REFUSED',
  'an RSA key of 1024 bits',
  await clearsign(release, { key: weak }),
  publicKeyFile(weak),
);
reject(
  'future-signature',
  'METADATA_FROM_FUTURE',
  'signed in 2090',
  await clearsign(release, { key: good, created: new Date('2090-01-01T00:00:00Z') }),
  ring,
);
reject(
  'expired-signature',
  'METADATA_EXPIRED',
  'the signature itself has expired',
  await clearsign(release, { key: good, fields: { signatureExpirationTime: 86_400 } }),
  ring,
);
await rejectRevokedAndUnbound();

reject(
  'text-before',
  'EVIDENCE_MALFORMED',
  'an unsigned line before the message',
  `Origin: Evil\n${signedText}`,
  ring,
);
reject(
  'text-after',
  'EVIDENCE_MALFORMED',
  'an unsigned line behind the message',
  `${signedText}\nOrigin: Evil\n`,
  ring,
);
reject('second-message', 'EVIDENCE_MALFORMED', 'two messages in one file', signedText + signedText, ring);
reject(
  'comment-header',
  'EVIDENCE_MALFORMED',
  'an armor header other than Hash',
  signedText.replace('Hash: SHA256', 'Hash: SHA256\nComment: x'),
  ring,
);
reject(
  'lone-cr',
  'EVIDENCE_MALFORMED',
  'a CR inside of a line, signed',
  await clearsign(`${release}\nX: a\rOrigin: Evil`, { key: good }),
  ring,
);
reject('nul', 'EVIDENCE_MALFORMED', 'a NUL in the text', signedText.replace('Suite', 'Su\0ite'), ring);
reject(
  'dash-not-escaped',
  'EVIDENCE_MALFORMED',
  'a line that starts with a bare dash',
  signedText.replace('Suite', '-Suite'),
  ring,
);
reject(
  'truncated',
  'EVIDENCE_MALFORMED',
  'cut inside of the signature block',
  signedText.slice(0, -60),
  ring,
);
reject(
  'message-in-signature',
  'EVIDENCE_MALFORMED',
  'a literal packet in the signature block',
  frame(release, await literalInSignature(good)),
  ring,
);
reject('private-key', 'TRUST_INVALID', 'the keyring holds a private key', file, good.armor());

async function rejectRevokedAndUnbound(): Promise<void> {
  const revoked = await makeKey({ name: 'revoked' });
  const signed = await clearsign(release, { key: revoked });
  await revoke(revoked, undefined, { created: new Date('2026-07-01T00:00:00Z') });
  reject('revoked-key', 'SIGNER_UNTRUSTED', 'superseded after it signed', signed, publicKeyFile(revoked));

  const primary = await makeKey({ name: 'subkeys', subkeys: [{ sign: true }] });
  const [subkey] = primary.subkeys;
  if (subkey === undefined) throw new Error('a subkey was asked for');
  const bySubkey = await clearsign(release, { key: subkey });
  const bound = { key: primary.keyPacket, bind: subkey.keyPacket };
  const binding = { key: primary, type: enums.signature.subkeyBinding };
  const keyFlags = new Uint8Array([enums.keyFlags.signData]);
  subkey.bindingSignatures = [await signPacket(bound, { ...binding, fields: { keyFlags } })];
  reject(
    'no-cross-certification',
    'SIGNER_UNTRUSTED',
    'a subkey that did not certify its primary',
    bySubkey,
    publicKeyFile(primary),
  );

  await revoke(withSubkey, signingSubkey, { created: new Date('2026-07-01T00:00:00Z') });
  const byRevoked = await clearsign(release, { key: withSubkey.subkeys[0] ?? withSubkey });
  reject(
    'revoked-subkey',
    'SIGNER_UNTRUSTED',
    'the signing subkey is revoked',
    byRevoked,
    publicKeyFile(withSubkey),
  );
}

async function literalInSignature(key: PrivateKey): Promise<string> {
  const message = await createMessage({ binary: Buffer.from(release), format: 'binary' });
  const packets = new PacketList<AnyPacket>();
  packets.push(await signData(Buffer.from(release), { key }), ...message.packets);
  return armor(enums.armor.signature, packets.write()).replaceAll('\r', '');
}

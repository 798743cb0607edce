/**
 * A kind of anchor more, from its pin to a signature that it vouches for: added by one file (`public-key-anchor.ts`) and
 * one line, the list of kinds below. Nothing else knows of it.
 */
import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { anchorsNamedIn, checkAnchors } from '../../../../src/formats/own/catalogue-anchors.ts';
import type { Problem } from '../../../../src/formats/text/problems.ts';
import { UsageError, VerificationError, type AssayError } from '../../../../src/model/errors.ts';
import type { FileContent, FileStore } from '../../../../src/model/ports.ts';
import { fetchingMissing, readTrust } from '../../../../src/pipeline/trust/anchors.ts';
import { checkTrust, requireCommitted } from '../../../../src/pipeline/trust/check-trust.ts';
import { updateTrust } from '../../../../src/pipeline/trust/update-trust.ts';
import { anchorDocument } from '../../../../src/render/trust-document.ts';
import { renderReview } from '../../../../src/render/trust-review.ts';
import { openpgpKeys } from '../../../../src/verify/anchors/openpgp.ts';
import { parseTrustPins } from '../../../../src/verify/anchors/pins.ts';
import { anchorKinds } from '../../../../src/verify/anchors/registry.ts';
import { openTrust } from '../../../../src/verify/anchors/trust.ts';
import type { TrustSource } from '../../../../src/verify/method.ts';
import { keyFingerprint } from '../../../../src/verify/sigstore/keys.ts';
import { publicKeyAnchor } from '../../../support/public-key-anchor.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';
import { silentReporter } from '../../../support/silent-reporter.ts';
import { digestOf } from '../../../support/throwaway-sigstore.ts';

const kinds = [...anchorKinds, publicKeyAnchor];

const now = new Date('2026-11-20T12:00:00Z');
const [ours, another] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const pemOf = (key: KeyObject) => Buffer.from(key.export({ type: 'spki', format: 'pem' }));
const pub = pemOf(ours.publicKey);

const pins = `version: 1
anchors:
  tool:
    type: public-key
    file: tool.pub
    digest: ${digestOf(pub)}
    scope: [https://dl.example/tool]
    learnt: printed in the manual
`;

interface Kept extends FileStore {
  readonly written: FileContent[];
}

/** A trust directory in memory. */
function trustDir(changes: Readonly<Record<string, Uint8Array | string | undefined>> = {}): Kept {
  const files = { 'pins.yaml': pins, 'tool.pub': pub, ...changes };
  const written: FileContent[] = [];
  return {
    written,
    read(path) {
      const content = Object.entries(files).find(([name]) => `trust/${name}` === path)?.[1];
      return Promise.resolve(content === undefined ? undefined : Buffer.from(content));
    },
    replaceAll(contents) {
      written.push(...contents);
      return Promise.resolve();
    },
  };
}

async function open(changes: Parameters<typeof trustDir>[0] = {}) {
  return openTrust(await readTrust('trust', trustDir(changes), kinds), now);
}

/** What a method would do with it. Throws VerificationError. */
async function judge(trust: TrustSource, text: string, signature: Uint8Array, url: string): Promise<string> {
  const key = await trust.material(publicKeyAnchor, 'tool', url);
  if (verify(null, Buffer.from(text), key, signature)) return keyFingerprint(key);
  throw new VerificationError('SIGNATURE_INVALID', `${url}: not signed by ${keyFingerprint(key)}`);
}

const url = 'https://dl.example/tool/v1/SHA256SUMS';
const text = `${'a'.repeat(64)}  tool\n`;
const signature = sign(null, Buffer.from(text), ours.privateKey);

describe('its pins', () => {
  it('are read beside those of the other kinds', () => {
    expect(parseTrustPins(pins, 'pins.yaml', kinds).anchors['tool']).toEqual({
      type: 'public-key',
      file: 'tool.pub',
      digest: digestOf(pub),
      scope: ['https://dl.example/tool'],
      learnt: 'printed in the manual',
    });
  });

  it.each<[string, string, string, RegExp]>([
    ['a key file of another kind', 'tool.pub', 'tool.asc', /5:11: anchors\.tool\.file: .* ends in \.pub/],
    ['a short digest', digestOf(pub), 'sha256:0a', /6:13: anchors\.tool\.digest: /],
    ['no scope', '    scope: [https://dl.example/tool]\n', '', /3:3: anchors\.tool\.scope: is missing/],
    ['what it does not know', 'learnt:', 'retired: []\n    learnt:', /8:5: anchors\.tool\.retired: is not a/],
    [
      'no kind at all',
      'public-key',
      'signify',
      /4:11: anchors\.tool\.type: must be "openpgp" or "sigstore" or "github-sigstore" or "minisign" or "cosign-key" or "public-key"/,
    ],
  ])('refuse %s and say where', (_, from, to, message) => {
    expect(() => parseTrustPins(pins.replace(from, to), 'pins.yaml', kinds)).toThrow(message);
  });

  it('are nothing where the kind is not registered', async () => {
    await refusal(() => parseTrustPins(pins, 'pins.yaml'), UsageError, 'TRUST_INVALID');
  });
});

describe('its key', () => {
  it('vouches, in its scope, for what it signed', async () => {
    const trust = (await open()).forOne();
    expect(await judge(trust, text, signature, url)).toBe(keyFingerprint(ours.publicKey));
    expect(trust.used()).toEqual([
      {
        name: 'tool',
        pin: expect.objectContaining({ type: 'public-key', digest: digestOf(pub) }) as unknown,
        file: { name: 'tool.pub', digest: digestOf(pub), bytes: pub },
      },
    ]);
  });

  it('vouches for nothing else', async () => {
    const trust = await open();
    const other = sign(null, Buffer.from(text), another.privateKey);
    await refusal(judge(trust, text, other, url), VerificationError, 'SIGNATURE_INVALID');
    await refusal(judge(trust, `${text}\n`, signature, url), VerificationError, 'SIGNATURE_INVALID');
  });

  it.each(['https://dl.example/tools/v1/SHA256SUMS', 'https://dl.example/', 'http://dl.example/tool/v1'])(
    'may not vouch for %s',
    async (elsewhere) => {
      const asked = judge(await open(), text, signature, elsewhere);
      await refusal(asked, VerificationError, 'SIGNER_UNTRUSTED');
    },
  );

  it('is not given without a URL, by another name, or as what it is not', async () => {
    const trust = await open();
    await refusal(trust.material(publicKeyAnchor, 'tool'), VerificationError, 'SIGNER_UNTRUSTED');
    await refusal(trust.material(publicKeyAnchor, 'other', url), UsageError, 'TRUST_INVALID');
    await refusal(trust.material(openpgpKeys, 'tool', url), UsageError, 'TRUST_INVALID');
    await refusal(trust.trustedRoot(), UsageError, 'TRUST_INVALID');
  });

  it.each<[string, Uint8Array | undefined, string]>([
    ["another's", pemOf(another.publicKey), 'PIN_MISMATCH'],
    ['one byte more', Buffer.concat([pub, Buffer.from('\n')]), 'PIN_MISMATCH'],
    ['not there', undefined, 'EVIDENCE_MISSING'],
  ])('is refused where its file is %s', async (_, bytes, code) => {
    const files = trustDir({ 'tool.pub': bytes });
    const trust = await readTrust('trust', files, kinds);
    const fetcher = quickFetcher({});
    // Only what its pin says whole may be fetched on the way.
    for (const one of [
      openTrust(trust, now),
      openTrust(trust, now, fetchingMissing(fetcher, silentReporter)),
    ]) {
      await expect(judge(one, text, signature, url)).rejects.toMatchObject({ code });
      expect(one.used()).toEqual([]);
    }
    await fetcher.close();
    expect(await checkTrust(trust, now)).toMatchObject([{ status: 'refused', error: { code } }]);
    const wanted = requireCommitted(trust, { wanted: new Set(['tool']), now, reporter: silentReporter });
    await expect(wanted).rejects.toMatchObject({ code });
  });
});

describe('its review', () => {
  const hintFor = ({ hint }: AssayError) => hint;
  const update = async (files: FileStore, accept: readonly string[] = []) => {
    const trust = await readTrust('trust', files, kinds);
    const fetcher = quickFetcher({});
    try {
      return await updateTrust({ trust, files, fetcher, now, only: undefined, accept, write: true });
    } finally {
      await fetcher.close();
    }
  };

  it('says which key it is, to people and machines', async () => {
    const [review] = await checkTrust(await readTrust('trust', trustDir(), kinds), now);
    const line = `ed25519 key, SHA-256 ${keyFingerprint(ours.publicKey)}`;
    expect(renderReview(review!, now, hintFor)).toEqual(['tool (trust/tool.pub): unchanged', `  ${line}`]);
    expect(anchorDocument(review!, now)).toMatchObject({ type: 'public-key', holds: [line], keys: [] });
  });

  it('of an update is the same: nobody publishes news of it', async () => {
    const files = trustDir();
    expect(await update(files)).toMatchObject({ reviews: [{ status: 'unchanged' }], changed: [] });
    expect(files.written).toEqual([]);
    await refusal(update(files, ['A'.repeat(64)]), UsageError, 'USAGE');
  });

  it('of an update refuses an edited file, and leaves it', async () => {
    const files = trustDir({ 'tool.pub': pemOf(another.publicKey) });
    const { reviews, changed } = await update(files);
    expect(reviews).toMatchObject([{ status: 'refused', error: { code: 'PIN_MISMATCH' } }]);
    expect([changed, files.written]).toEqual([[], []]);
  });
});

describe('a catalogue that names it', () => {
  const verification = { method: 'minisign', signedWith: 'tool' };

  it('rests on it', () => {
    const [named] = anchorsNamedIn([{ suites: [{ a: 1 }] }, verification], kinds);
    expect(named).toMatchObject({ name: 'tool', kind: { type: 'public-key' }, path: [1, 'signedWith'] });
  });

  it.each<[string, object, RegExp | undefined]>([
    ['as it is', verification, undefined],
    ['by a slip', { signedWith: 'tol' }, /names no public key .*, found "tol"; did you mean "tool"\?/],
    ['as keys', { signedBy: 'tool' }, /names no keys of the trust anchors, found "tool"/],
    ['beside an issuer', { issuer: 'https://b.c' }, /needs Sigstore's trusted root, .* name "sigstore"/],
  ])('is held against the pins: %s', async (_, value, message) => {
    const problems: Problem[] = [];
    checkAnchors(value, await readTrust('trust', trustDir(), kinds), problems);
    expect(problems.map((one) => one.message)).toEqual(
      message === undefined ? [] : [expect.stringMatching(message)],
    );
  });
});

/**
 * GitHub's own Sigstore: a signed time in place of logs, which its trusted root alone allows. Each instance's bundles are
 * refused by the other's root, and a bundle says nothing about how it is to be judged.
 */
import { describe, expect, it } from 'vitest';
import { createGithubSigstore } from '../../../../scripts/upstream/sigstore/github-sigstore.ts';
import { createSigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { envelopeBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { renderStatement, signEnvelope } from '../../../../scripts/upstream/sigstore/signing.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { parseBundle } from '../../../../src/verify/sigstore/bundle.ts';
import { verifyStatement } from '../../../../src/verify/sigstore/in-toto.ts';
import {
  parseStampedRoot,
  parseTrustedRoot,
  type TrustedRoot,
} from '../../../../src/verify/sigstore/trusted-root.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  at,
  attest,
  sigstore,
  tool,
  trustedRoot,
  validFrom,
  workflow,
} from '../../../support/throwaway-sigstore.ts';

const github = createGithubSigstore(validFrom);
const roots = Buffer.from(github.trustedRoots(sigstore.trustedRoot()));
const root = parseStampedRoot(roots, 'trusted_root.jsonl');
const statement = renderStatement([tool]);
const ours = github.attest([tool], { ...workflow, at });

async function judge(bundle: string | Uint8Array, by: TrustedRoot = root, witnessedBy = by.witnessedBy) {
  return verifyStatement({
    bundle: parseBundle(Buffer.from(bundle), 'bundle', witnessedBy),
    ...{ signer: { certificate: workflow }, trustedRoot: by, predicateTypes: 'any' },
  });
}

const refuse = (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(() => judge(...given), VerificationError, code);

/** What is changed of a bundle in JSON. */
function changed(change: (material: Record<string, unknown>) => void, bundle = ours): string {
  const json = JSON.parse(bundle) as { verificationMaterial: Record<string, unknown> };
  change(json.verificationMaterial);
  return JSON.stringify(json);
}

it('needs a timestamp in a bundle, which is said', async () => {
  for (const data of [undefined, {}, { rfc3161Timestamps: [] }]) {
    const bundle = changed((material) => (material['timestampVerificationData'] = data));
    const reading = () => parseBundle(Buffer.from(bundle), 'bundle', 'timestamp');
    const { message } = await refusal(reading, VerificationError, 'EVIDENCE_MISSING');
    expect(message).toBe('bundle has no timestamp of an authority');
  }
});

describe('a bundle of an instance without logs', () => {
  it('holds by the signed time of its authority', async () => {
    const { signer, loggedAt, checks } = await judge(ours);
    expect(signer).toMatchObject({
      ...workflow,
      method: 'sigstore',
      signedAt: new Date(at.getTime() + 2000),
    });
    expect(loggedAt).toEqual([]);
    expect(checks.find(({ check }) => check === 'certificate issued by')?.against).toBe(
      'an authority of the trusted root',
    );
  });

  it.each<[string, string, ErrorCode]>([
    [
      'without a timestamp',
      changed((material) => delete material['timestampVerificationData']),
      'EVIDENCE_MISSING',
    ],
    [
      'with none in its list',
      changed((material) => (material['timestampVerificationData'] = { rfc3161Timestamps: [] })),
      'EVIDENCE_MISSING',
    ],
    ['that nobody stamped', github.attest([tool], { ...workflow, at, log: 'none' }), 'EVIDENCE_MISSING'],
    [
      'stamped when its certificate had expired',
      github.attest([tool], { ...workflow, at, loggedAt: new Date(at.getTime() + 601_000) }),
      'METADATA_EXPIRED',
    ],
    [
      'stamped before its certificate was valid',
      github.attest([tool], { ...workflow, at, loggedAt: new Date(at.getTime() - 1000) }),
      'METADATA_FROM_FUTURE',
    ],
    [
      'with the timestamp of another one',
      changed((material) => {
        const other = JSON.parse(github.attest([tool], { ...workflow, at })) as typeof material;
        const { timestampVerificationData } = other['verificationMaterial'] as typeof material;
        material['timestampVerificationData'] = timestampVerificationData;
      }),
      'SIGNATURE_INVALID',
    ],
    [
      'of another workflow',
      github.attest([tool], { ...workflow, at, identity: `${workflow.identity}x` }),
      'SIGNER_UNTRUSTED',
    ],
    [
      'with a log entry, as those of the public instance',
      attest({ ...workflow, log: 'v2' }),
      'SIGNER_UNTRUSTED',
    ],
    [
      'of the public instance, whose log entry was taken out',
      changed((material) => delete material['tlogEntries'], attest({ ...workflow, log: 'v2' })),
      'SIGNER_UNTRUSTED',
    ],
    [
      'stamped by the public instance, and never logged',
      envelopeBundle(signEnvelope(sigstore, statement, { ...workflow, at, log: 'stamped' })),
      'SIGNER_UNTRUSTED',
    ],
    [
      'whose certificate is of the public instance, and its timestamp of this one',
      envelopeBundle(
        signEnvelope({ ...github.instance, authority: sigstore.authority }, statement, {
          ...workflow,
          at,
          log: 'stamped',
        }),
      ),
      'SIGNER_UNTRUSTED',
    ],
    [
      'whose timestamp is of the public instance',
      envelopeBundle(
        signEnvelope(
          { ...github.instance, timestampAuthority: sigstore.timestampAuthority },
          ...([statement, { ...workflow, at, log: 'stamped' }] as const),
        ),
      ),
      'SIGNER_UNTRUSTED',
    ],
  ])('is refused: %s', async (_, bundle, code) => {
    await refuse(code, bundle);
  });

  it('is no bundle to the public root, with a log entry or without', async () => {
    await refuse('EVIDENCE_MISSING', ours, trustedRoot);
    const logged = envelopeBundle(
      signEnvelope(github.instance, statement, { ...workflow, at, certificate: { ctLogs: [] } }),
    );
    await refuse('SIGNER_UNTRUSTED', logged, trustedRoot);
    // A log entry of the public instance, and a certificate of this one.
    const mixed = { ...sigstore, authority: github.instance.authority };
    await refuse(
      'SIGNER_UNTRUSTED',
      envelopeBundle(signEnvelope(mixed, statement, { ...workflow, at })),
      trustedRoot,
    );
  });

  it('is judged by its root as it was read, or not at all', async () => {
    await expect(judge(attest(workflow), root, 'log')).rejects.toThrow(TypeError);
    await expect(judge(ours, trustedRoot, 'timestamp')).rejects.toThrow(TypeError);
  });

  it('is refused with any bit flipped', async () => {
    const taken = await takenWithFlips(Buffer.from(ours), (flipped) => judge(flipped), 150);
    for (const { statement: found, signer } of taken) {
      expect(found.subject).toEqual([tool]);
      expect(signer).toMatchObject(workflow);
    }
    // Such as the certificates that a timestamp brings, and the name of its policy's field: nobody's word.
    expect(taken.length).toBeLessThan(6);
  });
});

describe('a trusted root without logs', () => {
  const own = (change: (root: Record<string, unknown>) => void) => {
    const json = JSON.parse(github.trustedRoot) as Record<string, unknown>;
    change(json);
    return Buffer.from(JSON.stringify(json));
  };
  const logs = (JSON.parse(sigstore.trustedRoot()) as Record<string, unknown>)['tlogs'];

  it('is read alone, over several lines or one, and behind that of the public instance', async () => {
    const broken = own(() => undefined)
      .toString()
      .replaceAll('[{', '[\n{');
    for (const bytes of [
      Buffer.from(github.trustedRoot),
      own(() => undefined),
      // Every line of it begins as an object does.
      Buffer.from(broken),
      roots,
      Buffer.from(roots.toString().replaceAll('\n', ' \r\n\r\n')),
    ]) {
      await judge(ours, parseStampedRoot(bytes, 'root'));
    }
    const other = createGithubSigstore(validFrom);
    await judge(
      ours,
      parseStampedRoot(
        Buffer.concat([roots, Buffer.from(other.trustedRoots(sigstore.trustedRoot()))]),
        'root',
      ),
    );
    // Of the same names, and other keys.
    await refuse('SIGNATURE_INVALID', ours, parseStampedRoot(Buffer.from(other.trustedRoot), 'root'));
  });

  it.each([
    ['the public root', Buffer.from(sigstore.trustedRoot())],
    ['its root with a log', own((json) => (json['tlogs'] = logs))],
    ['its root with a log of certificates', own((json) => (json['ctlogs'] = logs))],
    ['no certificate authority', own((json) => (json['certificateAuthorities'] = []))],
    ['no timestamp authority', own((json) => (json['timestampAuthorities'] = []))],
    ['a field that nobody knows', own((json) => (json['allowed'] = true))],
    ['nothing', Buffer.alloc(0)],
    ['no JSON', Buffer.from('{"mediaType"}\n')],
  ])('is not read from %s', async (_, bytes) => {
    await refusal(() => parseStampedRoot(bytes, 'root'), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('is not to be found among roots of instances with logs, which is said', async () => {
    const [one, other] = [sigstore, createSigstore({ validFrom })].map((from) =>
      JSON.stringify(JSON.parse(from.trustedRoot())),
    );
    const parse = () => parseStampedRoot(Buffer.from(`${one}\n${other}\n`), 'root');
    const { message, cause } = await refusal(parse, VerificationError, 'SIGNER_UNTRUSTED');
    expect(cause).toHaveProperty('code', 'EVIDENCE_MISSING');
    expect(message).toBe('trusted root root has only roots of instances with logs');
  });

  it('is no root of an instance with logs', async () => {
    for (const bytes of [Buffer.from(github.trustedRoot), roots]) {
      await refusal(() => parseTrustedRoot(bytes, 'root'), VerificationError, 'SIGNER_UNTRUSTED');
    }
  });

  it('of another day counts as far as that of today has it', async () => {
    const merged = parseStampedRoot(roots, 'root', Buffer.from(github.trustedRoot));
    await judge(ours, merged);
    const strangers = createGithubSigstore(validFrom).trustedRoot;
    await refuse('SIGNER_UNTRUSTED', ours, parseStampedRoot(roots, 'root', Buffer.from(strangers)));
  });
});

it('the public root still asks for a log, whatever a timestamp says', async () => {
  const other = createSigstore({ validFrom });
  const stamped = envelopeBundle(signEnvelope(other, statement, { ...workflow, at, log: 'stamped' }));
  const own = parseTrustedRoot(Buffer.from(other.trustedRoot()), 'root');
  await refuse('EVIDENCE_MISSING', stamped, own);
});

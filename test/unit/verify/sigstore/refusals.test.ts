/**
 * Everything that must be refused, each with its code: material of a throwaway Sigstore that is genuine but for one
 * thing. What a log or an authority could only say with its own key is said with it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flipBit } from '../../../../scripts/upstream/bits.ts';
import { createAuthority } from '../../../../scripts/upstream/sigstore/authority.ts';
import { extension, fulcioExtension } from '../../../../scripts/upstream/sigstore/certificate.ts';
import { createCtLog } from '../../../../scripts/upstream/sigstore/ct-log.ts';
import * as faults from '../../../../scripts/upstream/sigstore/entry-faults.ts';
import { createSigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { envelopeBodyV2 } from '../../../../scripts/upstream/sigstore/log-bodies.ts';
import {
  blobBundle,
  envelopeBundle,
  legacyBundle,
} from '../../../../scripts/upstream/sigstore/renderings.ts';
import { renderStatement, signEnvelope } from '../../../../scripts/upstream/sigstore/signing.ts';
import type { LogEntry } from '../../../../scripts/upstream/sigstore/transparency-log.ts';
import { AssayError, VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { CertificatePolicy } from '../../../../src/verify/sigstore/identity.ts';
import { requireSubject } from '../../../../src/verify/sigstore/in-toto.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  artifact,
  at,
  attest,
  digestOf,
  judge,
  judgeStatement,
  predicateType,
  rootOf,
  sign,
  sigstore,
  tool,
  trustedRoot,
  validFrom,
  who,
  withEntries,
  workflow,
} from '../../../support/throwaway-sigstore.ts';

async function refuses(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await refusal(promise, VerificationError, code);
}
const other = createSigstore({ validFrom });
const { rekor, rekorV2 } = sigstore;

interface Json {
  verificationMaterial: { tlogEntries: { inclusionProof: { checkpoint?: unknown } }[] };
  dsseEnvelope?: unknown;
}

/** A bundle's JSON with one thing changed by hand. */
function edited(bundle: string, edit: (json: Json) => unknown): string {
  const json = JSON.parse(bundle) as Json;
  edit(json);
  return JSON.stringify(json);
}

describe.each(['v1', 'v2'] as const)('a bundle of Rekor %s', (log) => {
  const genuine = sign({ log });
  const bundle = blobBundle(genuine);

  it('verifies, and says who signed what, where and when', async () => {
    const [entry] = genuine.entries;
    const logged = new Date('2026-11-20T10:00:02Z');
    const { checks, ...vouched } = await judge(bundle);
    expect(checks.map(({ check }) => check)).toEqual(expect.arrayContaining(['identity', 'issuer']));
    expect(vouched).toEqual({
      digest: digestOf(artifact),
      signer: { method: 'sigstore', ...who, signedAt: logged },
      loggedAt: [
        {
          logId: (log === 'v1' ? rekor : rekorV2).id.toString('hex'),
          logIndex: entry!.logIndex,
          integratedTime: log === 'v1' ? logged : undefined,
        },
      ],
    });
  });

  it('is not for another artifact', () =>
    refuses(judge(bundle, { digest: digestOf(Buffer.from('other')) }), 'DIGEST_MISMATCH'));

  it.each([
    ['another', 'someone@example.org'],
    ['a prefix', 'release@example'],
    ['a suffix', 'elease@example.org'],
    ['a longer one', 'release@example.org.evil'],
    ['a pattern', '.*'],
    ['another case', 'Release@example.org'],
    ['a URI', 'https://release@example.org'],
    ['nothing', ''],
  ])('is not by an identity that is %s', async (_, identity) => {
    await refuses(judge(bundle, { signer: { certificate: { ...who, identity } } }), 'SIGNER_UNTRUSTED');
  });

  it.each(['https://accounts.example.com', 'https://accounts.example.org/', 'https://accounts.example', ''])(
    'is not vouched for by the issuer %j',
    async (issuer) => {
      await refuses(judge(bundle, { signer: { certificate: { ...who, issuer } } }), 'SIGNER_UNTRUSTED');
    },
  );

  it('needs a log entry', () => refuses(judge(blobBundle({ ...genuine, entries: [] })), 'EVIDENCE_MISSING'));

  it('needs a trusted time', async () => {
    const untimed =
      log === 'v1' ? withEntries(genuine, faults.withoutPromise) : blobBundle({ ...genuine, timestamps: [] });
    await refuses(judge(untimed), 'EVIDENCE_MISSING');
  });

  it('needs a proof, and the checkpoint that it ends in', async () => {
    await refuses(judge(withEntries(genuine, faults.withoutProof)), 'EVIDENCE_MISSING');
    const open = edited(bundle, ({ verificationMaterial: { tlogEntries } }) => {
      delete tlogEntries[0]!.inclusionProof.checkpoint;
    });
    await refuses(judge(open), 'EVIDENCE_MISSING');
  });

  it.each<[string, (entry: LogEntry) => LogEntry]>([
    ['one hash changed', faults.withChangedHash],
    ['another root', faults.withOtherRoot],
    ['another tree size', faults.withOtherTreeSize],
    [
      'a hash left out',
      (entry) => ({ ...entry, proof: { ...entry.proof!, hashes: entry.proof!.hashes.slice(1) } }),
    ],
    [
      'another index',
      (entry) => ({ ...entry, proof: { ...entry.proof!, logIndex: entry.proof!.logIndex - 1 } }),
    ],
  ])('is not proven with %s', async (_, change) => {
    await refuses(judge(withEntries(genuine, change)), 'SIGNATURE_INVALID');
  });

  const own = log === 'v1' ? rekor : rekorV2;
  const host = new URL(own.baseUrl).host;

  /** The log's checkpoint over the tree of the proof, but for what it lies about. */
  function liar(entry: LogEntry, lies: { signerName?: string; origin?: string }): LogEntry {
    const { treeSize, rootHash } = entry.proof!;
    return faults.withCheckpoint(entry, own, { treeSize, rootHash, ...lies });
  }

  it('may have any checkpoint that the log signed over the tree of its proof', async () => {
    await judge(withEntries(genuine, (entry) => liar(entry, {})));
  });

  it.each(['(a+)+$', '.*', host.slice(1), host.slice(0, 5), `${host}.evil`, `https://${host}`, 'localhost'])(
    'has no checkpoint signed by the name %j',
    async (signerName) => {
      await refuses(judge(withEntries(genuine, (entry) => liar(entry, { signerName }))), 'SIGNATURE_INVALID');
    },
  );

  it('has no checkpoint of another origin, or of another log', async () => {
    const lying = (entry: LogEntry) => liar(entry, { origin: 'rekor.example' });
    await refuses(judge(withEntries(genuine, lying)), 'SIGNATURE_INVALID');
    const foreign = log === 'v1' ? other.rekor : other.rekorV2;
    const swapped = (entry: LogEntry) => faults.withForeignCheckpoint(entry, foreign);
    await refuses(judge(withEntries(genuine, swapped)), 'SIGNATURE_INVALID');
  });

  it("is signed within the certificate's ten minutes, boundaries included", async () => {
    const logged = (time: string) => judge(blobBundle(sign({ log, loggedAt: new Date(time) })));
    await refuses(logged('2026-11-20T09:59:59Z'), 'METADATA_FROM_FUTURE');
    await logged('2026-11-20T10:00:00Z');
    await logged('2026-11-20T10:10:00Z');
    await refuses(logged('2026-11-20T10:10:01Z'), 'METADATA_EXPIRED');
  });

  it('is of an entry with the same signature', async () => {
    const { entries } = sign({ log });
    await refuses(judge(blobBundle({ ...genuine, entries })), 'SUBJECT_MISMATCH');
    const { entries: elsewhere } = sign({ log }, Buffer.from('other'));
    await refuses(judge(blobBundle({ ...genuine, entries: elsewhere })), 'SUBJECT_MISMATCH');
  });

  it('is certified by an authority of the trusted root, in a log of it', async () => {
    const foreign = { ...sigstore, authority: createAuthority(validFrom, sigstore.ctLog) };
    await refuses(judge(blobBundle(sign({ log }, artifact, foreign))), 'SIGNER_UNTRUSTED');
    await refuses(
      judge(blobBundle(sign({ log, certificate: { ctLogs: [createCtLog()] } }))),
      'SIGNER_UNTRUSTED',
    );
    await refuses(judge(blobBundle(sign({ log, certificate: { ctLogs: [] } }))), 'SIGNER_UNTRUSTED');
  });

  it('is not believed by another trusted root, or by one of another time', async () => {
    await refuses(judge(bundle, { root: rootOf(other) }), 'SIGNER_UNTRUSTED');
    for (const validFor of [
      { start: new Date('2026-11-20T10:00:03Z') },
      { start: validFrom, end: new Date('2026-11-20T10:00:01Z') },
    ]) {
      await refuses(judge(bundle, { root: rootOf(sigstore, { validFor }) }), 'SIGNER_UNTRUSTED');
    }
  });

  it('has no entry twice, whatever its index says', async () => {
    const twice = edited(bundle, ({ verificationMaterial: { tlogEntries } }) => {
      tlogEntries.push(tlogEntries[0]!);
    });
    await refuses(judge(twice), 'EVIDENCE_MALFORMED');
    const [entry] = genuine.entries;
    const again = blobBundle({ ...genuine, entries: [entry!, { ...entry!, logIndex: 7 }] });
    await refuses(judge(again), 'EVIDENCE_MALFORMED');
  });

  it('does not hang on a JSON that is cut short, or too large', async () => {
    for (const length of [0, 1, 100, bundle.length - 1]) {
      await refuses(judge(bundle.slice(0, length)), 'EVIDENCE_MALFORMED');
    }
    await refuses(judge(Buffer.alloc(100_000_000, 0x20)), 'LIMIT_EXCEEDED');
  });
});

describe('a bundle of version 0.1 with a chain of certificates', () => {
  const signed = sign();
  const [intermediate, top] = sigstore.authority.chain as [Buffer, Buffer];
  const chained = (...others: Buffer[]) => {
    const json = JSON.parse(blobBundle(signed)) as {
      mediaType: string;
      verificationMaterial: { certificate?: unknown; x509CertificateChain?: unknown };
    };
    json.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
    delete json.verificationMaterial.certificate;
    const certificates = [signed.certificate, ...others].map((der) => ({ rawBytes: der.toString('base64') }));
    json.verificationMaterial.x509CertificateChain = { certificates };
    return JSON.stringify(json);
  };

  it('may repeat what the trusted root has', async () => {
    await judge(chained());
    await judge(chained(intermediate));
  });

  it.each<[string, Buffer[], ErrorCode]>([
    ['a root', [top], 'SIGNER_UNTRUSTED'],
    ['a root at its end', [intermediate, top], 'SIGNER_UNTRUSTED'],
    ['an authority of its own', [other.authority.chain[0]!], 'SIGNER_UNTRUSTED'],
    ['another certificate like its own', [sign().certificate], 'SIGNER_UNTRUSTED'],
    ['bytes that are no certificate', [Buffer.from('none')], 'SIGNER_UNTRUSTED'],
  ])('brings no %s', async (_, certificates, code) => {
    await refuses(judge(chained(...certificates)), code);
  });
});

describe("a certificate's names", () => {
  const certified = (certificate: Parameters<typeof sign>[0], signer = who) =>
    judge(blobBundle(sign(certificate)), { signer: { certificate: signer } });

  it.each<[string, { type: 'email' | 'uri' | 'dns'; value: string }[]]>([
    ['the address as a URI', [{ type: 'uri', value: who.identity }]],
    ['the address as a host', [{ type: 'dns', value: who.identity }]],
    [
      'another beside it',
      [
        { type: 'email', value: who.identity },
        { type: 'email', value: 'b@example.org' },
      ],
    ],
    [
      'another before it',
      [
        { type: 'uri', value: 'https://a.example' },
        { type: 'email', value: who.identity },
      ],
    ],
    [
      'itself twice',
      [
        { type: 'email', value: who.identity },
        { type: 'email', value: who.identity },
      ],
    ],
    ['none', []],
    ['a NUL at its end', [{ type: 'email', value: `${who.identity}\0` }]],
  ])('refused: %s', async (_, alternativeNames) => {
    await refuses(certified({ certificate: { alternativeNames } }), 'SIGNER_UNTRUSTED');
  });

  it('a workflow is a URI, and not an e-mail address', async () => {
    await certified(workflow, workflow);
    const asEmail = { alternativeNames: [{ type: 'email' as const, value: workflow.identity }] };
    await refuses(certified({ ...workflow, certificate: asEmail }, workflow), 'SIGNER_UNTRUSTED');
  });

  const commit = 'c'.repeat(40);

  it.each<[string, Record<number, string | undefined>, ErrorCode | undefined]>([
    ['the old extension alone', { 8: undefined }, undefined],
    ['the new extension alone', { 1: undefined }, undefined],
    ['neither', { 1: undefined, 8: undefined }, 'SIGNER_UNTRUSTED'],
    ['another in the old one', { 1: 'https://evil.example' }, 'SIGNER_UNTRUSTED'],
    ['another in the new one', { 8: 'https://evil.example' }, 'SIGNER_UNTRUSTED'],
  ])('the issuer: %s', async (_, claims, code) => {
    const verdict = certified({ certificate: { claims } });
    if (code === undefined) expect((await verdict).signer).toMatchObject(who);
    else await refuses(verdict, code);
  });

  it.each<[string, Partial<CertificatePolicy>, Record<number, string | undefined>, boolean]>([
    ['its repository', { sourceRepository: 'https://github.com/owner/project' }, {}, true],
    [
      'its repository, in its old extension',
      { sourceRepository: 'https://github.com/owner/project' },
      { 12: undefined },
      true,
    ],
    ['its ref', { sourceRef: 'refs/tags/v1.0.0' }, {}, true],
    ['its ref, in its old extension', { sourceRef: 'refs/tags/v1.0.0' }, { 14: undefined }, true],
    ['its commit', { sourceDigest: commit }, { 3: commit, 13: commit }, true],
    ['its commit, in its old extension', { sourceDigest: commit }, { 3: commit, 13: undefined }, true],
    ['the workflow that signed', { signerWorkflow: workflow.identity }, {}, true],
    ['a part of the repository', { sourceRepository: 'https://github.com/owner/projec' }, {}, false],
    [
      'another repository',
      { sourceRepository: 'https://github.com/owner/project' },
      { 12: 'https://github.com/evil/project' },
      false,
    ],
    [
      'no repository',
      { sourceRepository: 'https://github.com/owner/project' },
      { 5: undefined, 12: undefined },
      false,
    ],
    ['a part of the ref', { sourceRef: 'refs/tags/v1.0' }, {}, false],
    ['a tag without its folder', { sourceRef: 'v1.0.0' }, {}, false],
    ['another ref', { sourceRef: 'refs/tags/v1.0.0' }, { 14: 'refs/tags/v0.0.1' }, false],
    ['another ref in its old extension', { sourceRef: 'refs/tags/v1.0.0' }, { 6: 'refs/tags/v0.0.1' }, false],
    ['no ref', { sourceRef: 'refs/tags/v1.0.0' }, { 6: undefined, 14: undefined }, false],
    ['a part of the commit', { sourceDigest: commit.slice(0, 7) }, { 3: commit, 13: commit }, false],
    ['another commit', { sourceDigest: commit }, { 3: commit, 13: commit.replace('c', 'd') }, false],
    ['another commit in its old extension', { sourceDigest: commit }, { 13: commit }, false],
    ['no commit', { sourceDigest: commit }, { 3: undefined, 13: undefined }, false],
    ['an empty commit', { sourceDigest: '' }, { 3: '', 13: '' }, false],
    ['no workflow that signed', { signerWorkflow: workflow.identity }, { 9: undefined }, false],
    ['an empty repository', { sourceRepository: '' }, { 5: undefined, 12: '' }, false],
    ['an empty ref', { sourceRef: '' }, { 6: '', 14: '' }, false],
  ])('where it is asked for, %s counts', async (_, policy, claims, isAccepted) => {
    const verdict = judge(blobBundle(sign({ ...workflow, certificate: { claims } })), {
      signer: { certificate: { ...workflow, ...policy } },
    });
    if (isAccepted) expect((await verdict).signer).toMatchObject(workflow);
    else await refuses(verdict, 'SIGNER_UNTRUSTED');
  });

  it('a source in another form than its extension has is malformed', async () => {
    const bare = extension('1.3.6.1.4.1.57264.1.14', Buffer.from('refs/tags/v1.0.0'));
    const certificate = { claims: { 14: undefined }, moreExtensions: [bare] };
    const signer = { certificate: { ...workflow, sourceRef: 'refs/tags/v1.0.0' } };
    await refuses(judge(blobBundle(sign({ ...workflow, certificate })), { signer }), 'EVIDENCE_MALFORMED');
    const twice = { moreExtensions: [fulcioExtension(14, 'refs/tags/v1.0.0')] };
    await refuses(
      judge(blobBundle(sign({ ...workflow, certificate: twice })), { signer }),
      'EVIDENCE_MALFORMED',
    );
  });

  it('refused: a certificate for servers', () =>
    refuses(certified({ certificate: { purpose: 'server' } }), 'SIGNER_UNTRUSTED'));
});

describe('a statement', () => {
  const wanted = { digest: digestOf(artifact), name: 'tool.tar.gz' };

  it.each(['v1', 'v2'] as const)('vouches for its subjects (Rekor %s)', async (log) => {
    const verified = await judgeStatement(attest({ log }));
    expect(() => requireSubject(verified, wanted)).not.toThrow();
    expect(() => requireSubject(verified, { ...wanted, name: undefined })).not.toThrow();
  });

  it('is refused: another payload type, another statement type, another predicate', async () => {
    await refuses(judgeStatement(attest({ payloadType: 'application/json' })), 'EVIDENCE_MALFORMED');
    await refuses(judgeStatement(attest({ type: 'https://in-toto.io/Statement/v9' })), 'EVIDENCE_MALFORMED');
    await refuses(judgeStatement(attest({ predicateType: 'https://spdx.dev/Document' })), 'SUBJECT_MISMATCH');
    await judgeStatement(attest({ predicateType: 'https://spdx.dev/Document' }), { predicateTypes: 'any' });
    await refuses(judgeStatement(attest(), { predicateTypes: [] }), 'SUBJECT_MISMATCH');
    await refuses(judgeStatement(attest({ predicateType: `${predicateType}/x` })), 'SUBJECT_MISMATCH');
  });

  it('is refused: a payload with two readings, or that is no statement', async () => {
    const twice = `{"_type":"https://in-toto.io/Statement/v1","subject":[{}],"subject":[{}],"predicateType":"x"}`;
    for (const payload of [
      twice,
      '{}',
      'null',
      '[]',
      'not JSON',
      '{"_type":"https://in-toto.io/Statement/v1"',
    ]) {
      await refuses(
        judgeStatement(attest({ payload: Buffer.from(payload) }), { predicateTypes: 'any' }),
        'EVIDENCE_MALFORMED',
      );
    }
  });

  it.each<[string, Parameters<typeof attest>[0], ErrorCode]>([
    ['our digest under another name', { subjects: [{ ...tool, name: 'other.tar.gz' }] }, 'SUBJECT_MISMATCH'],
    ['our digest without a name', { subjects: [{ digest: tool.digest }] }, 'SUBJECT_MISMATCH'],
    [
      'our name with another digest',
      { subjects: [{ ...tool, digest: { sha256: 'ab'.repeat(32) } }] },
      'DIGEST_MISMATCH',
    ],
    [
      'our name without a sha256',
      { subjects: [{ ...tool, digest: { sha512: 'ab'.repeat(64) } }] },
      'DIGEST_MISMATCH',
    ],
    [
      'our name and our digest, in two subjects',
      {
        subjects: [
          { ...tool, name: 'other' },
          { ...tool, digest: { sha256: 'ab'.repeat(32) } },
        ],
      },
      'DIGEST_MISMATCH',
    ],
    [
      'our name as a part of another',
      { subjects: [{ ...tool, name: 'dist/tool.tar.gz' }] },
      'SUBJECT_MISMATCH',
    ],
    [
      'our digest in capitals',
      { subjects: [{ ...tool, digest: { sha256: tool.digest['sha256']!.toUpperCase() } }] },
      'DIGEST_MISMATCH',
    ],
  ])('does not vouch with %s', async (_, attested, code) => {
    const verified = await judgeStatement(attest(attested));
    await refusal(() => requireSubject(verified, wanted), VerificationError, code);
  });

  it('is no signature over a file, nor the other way round', async () => {
    await refuses(judge(attest()), 'EVIDENCE_MALFORMED');
    await refuses(judgeStatement(blobBundle(sign())), 'EVIDENCE_MALFORMED');
  });

  it('is refused: an entry of Rekor v2 that is of kind dsse, which other verifiers do not take', async () => {
    const signed = signEnvelope(sigstore, renderStatement([tool]), { ...who, at, log: 'v2' });
    await judgeStatement(envelopeBundle(signed));
    const body = envelopeBodyV2(signed.envelope, signed.certificate);
    const entries = [rekorV2.append(body, at)];
    await refuses(judgeStatement(envelopeBundle({ ...signed, entries })), 'EVIDENCE_MALFORMED');
  });

  it('is refused: an envelope that was not logged', async () => {
    const bundle = attest();
    const swapped = edited(attest({ subjects: [{ ...tool, name: 'x' }] }), (json) => {
      json.dsseEnvelope = (JSON.parse(bundle) as Json).dsseEnvelope;
    });
    await refuses(judgeStatement(swapped), 'SUBJECT_MISMATCH');
  });
});

describe('non-canonical base64', () => {
  const genuine = JSON.parse(blobBundle(sign({ log: 'v2' }))) as unknown;

  /** Every string of a document that is base64 of its own. */
  function base64Paths(value: unknown, path: string[] = []): string[][] {
    if (typeof value === 'object' && value !== null) {
      return Object.entries(value).flatMap(([key, inner]) => base64Paths(inner, [...path, key]));
    }
    const names = [
      'signature',
      'digest',
      'rawBytes',
      'keyId',
      'canonicalizedBody',
      'rootHash',
      'signedTimestamp',
      'hashes',
    ];
    return path.some((key) => names.includes(key)) && typeof value === 'string' ? [path] : [];
  }

  it.each(base64Paths(genuine).map((path) => [path.join('.'), path] as const))(
    'is refused in %s',
    async (_, path) => {
      for (const spell of [
        (text: string) => `${text}\n`,
        (text: string) => ` ${text}`,
        (text: string) => `${text}=`,
      ]) {
        const copy = structuredClone(genuine) as Record<string, unknown>;
        const parent = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, copy);
        parent[path.at(-1)!] = spell(parent[path.at(-1)!] as string);
        await refuses(judge(JSON.stringify(copy)), 'EVIDENCE_MALFORMED');
      }
    },
  );
});

describe('damage', () => {
  const files: [string, string, (bytes: Uint8Array) => Promise<unknown>][] = [
    ['a bundle of Rekor v1', blobBundle(sign()), judge],
    ['a bundle of Rekor v2', blobBundle(sign({ log: 'v2' })), judge],
    ['a statement', attest(), judgeStatement],
    ["cosign's older bundle", legacyBundle(sign()), judge],
  ];

  it.each(files)('%s: every single bit that is flipped is a refusal (sampled)', async (_, bundle, verify) => {
    const bytes = Buffer.from(bundle);
    const genuine = await verify(bytes);
    // A timestamp has a frame that nothing signs (versions, tags, lists of algorithms): nothing may depend on it.
    const frame = bytes.indexOf('"signedTimestamp"');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const verdict: unknown = await verify(flipBit(bytes, bit)).catch((thrown: unknown) => thrown);
        if (verdict instanceof VerificationError) return;
        expect({ isInFrame: frame !== -1 && bit >> 3 > frame, verdict }).toEqual({
          isInFrame: true,
          verdict: genuine,
        });
      }),
      { numRuns: 150 },
    );
  });

  it('no DER, however broken, is anything but a refusal', async () => {
    const genuine = sign({ log: 'v2' });
    const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    const broken = (bytes: Buffer) =>
      fc.oneof(
        anyBytes,
        fc.nat(bytes.length * 8 - 1).map((bit) => flipBit(bytes, bit)),
      );
    await fc.assert(
      fc.asyncProperty(
        broken(genuine.certificate),
        broken(genuine.timestamps[0]!),
        fc.boolean(),
        async (certificate, stamp, which) => {
          const change = which ? { certificate } : { timestamps: [stamp] };
          const error: unknown = await judge(blobBundle({ ...genuine, ...change })).catch(
            (thrown: unknown) => thrown,
          );
          // Certificates that a timestamp carries along are not looked at.
          if (!which && !(error instanceof Error)) return;
          expect(error).toBeInstanceOf(AssayError);
        },
      ),
      { numRuns: 150 },
    );
  });
});

it('judges by signed times: the same at any time, and without a clock', async () => {
  expect(trustedRoot.digest).toMatch(/^sha256:/);
  expect((await judge(blobBundle(sign({ loggedAt: at })))).signer.signedAt).toEqual(at);
});

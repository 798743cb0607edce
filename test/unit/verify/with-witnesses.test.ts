/** What a method makes of its witnesses: which documents it asks for, and what the outcome says of them. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Digest } from '../../../src/model/digest.ts';
import { VerificationError } from '../../../src/model/errors.ts';
import type { Need } from '../../../src/model/need.ts';
import type { EvidenceDocument, VerificationResult } from '../../../src/model/verification.ts';
import type { Matter, VerificationMethod } from '../../../src/verify/method.ts';
import { releaseRole } from '../../../src/verify/methods/github-digest.ts';
import { mintVerified } from '../../../src/verify/mint.ts';
import { theArtifact, Trail, type LinkEnd } from '../../../src/verify/trail.ts';
import { hostWitness, withHostsWord, withWitnesses } from '../../../src/verify/witnesses.ts';
import { refusal } from '../../support/refusals.ts';
import { trusting } from '../../support/trusting.ts';

const now = new Date('2026-11-20T12:00:00Z');
const digest = `sha256:${'a'.repeat(64)}` as const;
const platform = { os: 'debian-13', arch: 'amd64' } as const;
const named = { name: 'tool', version: '1.0.0', type: 'binary' } as const;
const artifact = { ...named, platform, url: 'https://dl.example.org/tool', sizeBytes: 1 };
const subject = { artifact, fileName: 'tool', values: {} as never };

function documentOf(
  role: string,
  url = 'https://dl.example.org/list',
  of: Digest = digest,
): EvidenceDocument {
  return { role, url, digest: of, sizeBytes: 1, bytes: new Uint8Array(1) };
}

/** Asks a log, and says what `says` has for it. */
function methodOf(method: string, says: Partial<VerificationResult> = {}): VerificationMethod<unknown> {
  return methodBy({ anchor: method }, method, says, {
    ...{ kind: 'lookup', role: 'answer', url: 'https://log.example.org', maxBytes: 1 },
    ...{ contentType: 'application/json', body: Buffer.from(method) },
  });
}

function methodBy(
  from: LinkEnd,
  method: string,
  says: Partial<VerificationResult>,
  need: Need,
): VerificationMethod<unknown> {
  return {
    method,
    schema: z.strictObject({ method: z.literal(method), list: z.string().exactOptional() }),
    next: ({ documents }) => (documents.has(need) ? [] : [need]),
    judge: ({ subject: { artifact: of }, documents, trail }) =>
      trail.link(
        { from, to: documents.of(need) },
        () => {
          const result: VerificationResult = {
            ...{ assurance: 'signed', method, signers: [], documents: [documents.of(need)] },
            ...{ verifiedAt: now, digest, ...says },
          };
          return Promise.resolve(mintVerified({ ...of, digest: result.digest }, result));
        },
        () => ({ checks: [] }),
      ),
  };
}

async function judge(
  methods: readonly VerificationMethod<unknown>[],
  witnesses: readonly object[],
  trail = new Trail(),
) {
  const [main] = withWitnesses(methods);
  const spec = main!.schema.parse({ method: main!.method, witnesses });
  const asked: Need[] = [];
  const documents: Matter<unknown, unknown>['documents'] = {
    has: (need) => asked.some((one) => one.role === need.role),
    of: ({ role, url }) => documentOf(role, url),
    find: ({ role, url }) => documentOf(role, url),
  };
  const shared = { spec, subject, subjects: [subject], documents, trust: trusting(), now, memo: new Map() };
  const matter = { ...shared, trail } as Parameters<VerificationMethod<unknown>['next']>[0];
  asked.push(...(await main!.next(matter)));
  expect(await main!.next(matter)).toEqual([]);
  const { result } = await main!.judge(matter);
  return { roles: asked.map(({ role }) => role), result, trail };
}

describe('a method with witnesses', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => methodOf(name)) as [never, never, never];
  const [of, others] = [
    [a, b, c],
    [{ method: 'b' }, { method: 'c' }, { method: 'b', list: 'x' }],
  ];

  it('asks each question under a role of its own, since all questions to a log have one URL', async () => {
    const { roles, result, trail } = await judge(of, others);
    const own = ['answer', 'witness-answer', 'witness-2-answer', 'witness-3-answer'];
    expect(roles).toEqual(own);
    expect(result.documents.map(({ role }) => role)).toEqual(own);
    expect(trail.links.map(({ from }) => from)).toEqual(['a', 'b', 'c', 'b'].map((anchor) => ({ anchor })));
  });

  it('names them in their order, and says nothing of logs and indexes where there are none', async () => {
    const { result } = await judge(of, others);
    const said = { digest, assurance: 'signed', signers: [] };
    expect(result.witnesses).toEqual(['b', 'c', 'b'].map((method) => ({ method, ...said })));
    expect(result).not.toHaveProperty('logSizes');
    expect(result).not.toHaveProperty('isUpToIndex');
    for (const one of result.witnesses ?? []) expect(one).not.toHaveProperty('isDigestOnly');
  });

  it('has the logs of all, and what any of them leaves open', async () => {
    const sizes = [1, 2].map((size) => ({ log: `log ${String(size)}`, size })) as never as [never, never];
    const { result } = await judge(
      [
        methodOf('a', { logSizes: [sizes[0]] }),
        methodOf('b', { logSizes: [sizes[1]], isUpToIndex: true, isDigestOnly: true }),
      ],
      [{ method: 'b' }],
    );
    expect(result).toMatchObject({ logSizes: sizes, isUpToIndex: true });
    expect(result.witnesses).toMatchObject([{ method: 'b', isDigestOnly: true }]);
    expect(result).not.toHaveProperty('isDigestOnly');
    const one = await judge([a, methodOf('b', { logSizes: [sizes[1]] })], [{ method: 'b' }]);
    expect(one.result).toMatchObject({ logSizes: [sizes[1]] });
  });

  const list: Need = { kind: 'file', role: 'list', url: 'https://dl.example.org/list', maxBytes: 1 };

  it('shares a file, and what is told of it, with its witnesses', async () => {
    const methods = ['a', 'b'].map((method) => methodBy({ anchor: 'key' }, method, {}, list));
    const { roles, result, trail } = await judge(methods, [{ method: 'b' }]);
    expect(new Set(roles)).toEqual(new Set(['list']));
    expect(result.documents).toHaveLength(1);
    expect(trail.links).toMatchObject([{ from: { anchor: 'key' }, to: { role: 'list' } }]);
  });

  it('tells once of each link, by both of its ends', async () => {
    const ends = [{ anchor: 'key' }, { anchor: 'other' }, { origin: 'here' }, { origin: 'there' }];
    const methods = [...ends, theArtifact, ...ends].map((from, index) =>
      methodBy(from, String(index), {}, list),
    );
    const others = methods.slice(1).map(({ method }) => ({ method }));
    const { trail } = await judge(methods, others);
    expect(trail.links.map(({ from }) => from)).toEqual([...ends, theArtifact]);
  });

  it('tells of the link that breaks, where the same held for another', async () => {
    const [main, other] = ['a', 'b'].map((method) => methodBy({ anchor: 'key' }, method, {}, list));
    const error = new VerificationError('SIGNATURE_INVALID', 'another signature');
    const failing: VerificationMethod<unknown> = {
      ...other!,
      judge: ({ documents, trail: own }) => {
        const to = documents.of(list);
        return own.link(
          { from: { anchor: 'key' }, to },
          () => Promise.reject(error),
          () => undefined,
        );
      },
    };
    const trail = new Trail();
    await refusal(judge([main!, failing], [{ method: 'b' }], trail), VerificationError, 'SIGNATURE_INVALID');
    expect(trail.links.map((link) => link.error)).toEqual([undefined, error]);
  });

  it('is called a witness in the schema, once for all methods', () => {
    const { $defs } = z.toJSONSchema(withWitnesses(of)[0]!.schema);
    expect(Object.keys($defs ?? {})).toEqual(['witness']);
  });

  it('refuses a twin by its place', () => {
    const { error } = withWitnesses(of)[0]!.schema.safeParse({
      method: 'a',
      witnesses: [{ method: 'b' }, { method: 'b' }],
    });
    expect(error?.issues).toMatchObject([{ code: 'custom', path: ['witnesses', 1] }]);
  });

  it('has a schema that more fields can be added to', () => {
    const odd: VerificationMethod<unknown> = { ...methodOf('a'), schema: z.string() };
    expect(() => withWitnesses([odd])).toThrow('a schema that takes no witnesses');
  });

  it.each([
    ['of another role', documentOf('signature')],
    ['of another place', documentOf('list', 'https://dl.example.org/other')],
    ['of another content', documentOf('list', undefined, `sha256:${'b'.repeat(64)}`)],
  ])('keeps a document once, and one %s beside it', async (_, other) => {
    const [one, same] = [documentOf('list'), documentOf('list')];
    const methods = [methodOf('a', { documents: [one] }), methodOf('b', { documents: [same, other] })];
    expect((await judge(methods, [{ method: 'b' }])).result.documents).toEqual([one, other]);
  });

  it('takes eight, and no more', async () => {
    const eight = Array.from({ length: 8 }, (_, index) => ({ method: 'b', list: String(index) }));
    expect((await judge(of, eight)).result.witnesses).toHaveLength(8);
    const nine = [...eight, { method: 'b', list: '8' }];
    expect(withWitnesses(of)[0]!.schema.safeParse({ method: 'a', witnesses: nine }).success).toBe(false);
  });

  it('is refused with one that says something else, and tells of it', async () => {
    const other = `sha256:${'b'.repeat(64)}` as const;
    const judged = judge([a, methodOf('b', { digest: other })], [{ method: 'b' }]);
    const { message, context } = await refusal(judged, VerificationError, 'DIGEST_MISMATCH');
    for (const part of ['the verification (a)', 'the witness b']) expect(message).toContain(part);
    expect(context).toMatchObject({ url: artifact.url, expected: digest, found: other });
  });
});

describe('the word of a host', () => {
  const verified = mintVerified(
    { ...artifact, digest },
    { assurance: 'signed', method: 'a', signers: [], documents: [], verifiedAt: now, digest },
  );

  it('is noted where it agrees, and nothing where it has none that can be compared', () => {
    expect(withHostsWord(verified, digest).result.witnesses).toEqual([
      { method: 'host', digest, signers: [] },
    ]);
    for (const none of [undefined, `sha512:${'a'.repeat(128)}` as const]) {
      expect(withHostsWord(verified, none)).toBe(verified);
    }
  });

  it('is no witness of itself, and one of a checksum that is elsewhere, or of a signature', () => {
    const by = (assurance: VerificationResult['assurance'], ...roles: readonly string[]) => {
      const result = { ...verified.result, assurance, documents: roles.map((role) => documentOf(role)) };
      return withHostsWord(mintVerified({ ...artifact, digest }, result), digest).result.witnesses;
    };
    expect(by('checksum', releaseRole)).toBeUndefined();
    expect(by('checksum', 'checksums', releaseRole)).toBeUndefined();
    expect(by('checksum', 'checksums')).toMatchObject([{ method: hostWitness }]);
    expect(by('signed', releaseRole)).toMatchObject([{ method: hostWitness }]);
  });

  it('stands behind the witnesses that the catalogue names', async () => {
    const { result } = await judge([methodOf('a'), methodOf('b')], [{ method: 'b' }]);
    const both = withHostsWord(mintVerified({ ...artifact, digest }, result), digest).result.witnesses;
    expect(both?.map(({ method }) => method)).toEqual(['b', hostWitness]);
  });

  it('refuses where it differs', async () => {
    const judged = () => withHostsWord(verified, `sha256:${'b'.repeat(64)}`);
    const { message } = await refusal(judged, VerificationError, 'DIGEST_MISMATCH');
    expect(message).toContain('its host (dl.example.org)');
  });
});

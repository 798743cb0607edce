/** The method in-toto and envelopes that are no bundles, as slsa-github-generator published them: the log is asked. */
import { describe, expect, it } from 'vitest';
import { apiEntry } from '../../../../scripts/upstream/sigstore/renderings.ts';
import {
  renderStatement,
  signBareEnvelope,
  type BareEnvelope,
} from '../../../../scripts/upstream/sigstore/signing.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { DocumentStore, Need } from '../../../../src/model/need.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { inToto } from '../../../../src/verify/methods/in-toto.ts';
import { Trail } from '../../../../src/verify/trail.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { documentsOf, hexA, hexB, judgedAt, judging, tool } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';
import { at, attest, sigstore, trustedRoot, workflow } from '../../../support/throwaway-sigstore.ts';
import { trusting } from '../../../support/trusting.ts';

const source = 'https://github.com/owner/project';
const sourceRef = 'refs/tags/v1.0.0';
const builder = {
  identity: 'https://github.com/slsa/generator/.github/workflows/generic.yml@refs/tags/v1.9.0',
  issuer: workflow.issuer,
};
const predicateType = 'https://slsa.dev/provenance/v0.2';
const rekor = 'https://rekor.example.org';
const unasked = {
  ...{ method: 'in-toto', bundle: 'multiple.intoto.jsonl', predicateTypes: [predicateType] },
  ...{ ...builder, sourceRepository: source, sourceRef: 'refs/tags/v{version}' },
};
const spec = { ...unasked, rekor };
const trust = trusting({ trustedRoot: () => Promise.resolve(trustedRoot) });

interface Changes extends Partial<Parameters<typeof signBareEnvelope>[2]> {
  readonly digest?: string;
  readonly ref?: string;
  readonly type?: string;
  readonly said?: string;
}

/** What Fulcio says of the workflow that called the generator. */
function claimsOf(ref: string, name = 'owner/project'): Record<number, string> {
  return { 5: name, 6: ref, 12: `https://github.com/${name}`, 14: ref };
}

function envelope({
  digest = hexA,
  ref = sourceRef,
  type = predicateType,
  said = ref,
  ...more
}: Changes = {}) {
  const predicate = { invocation: { configSource: { uri: `git+${source}@${said}` } } };
  const subjects = [{ name: tool.fileName, digest: { sha256: digest } }];
  const statement = renderStatement(subjects, { predicateType: type, predicate });
  const claims = claimsOf(ref);
  return signBareEnvelope(sigstore, statement, { ...builder, at, certificate: { claims }, ...more });
}

function answerOf(...envelopes: readonly BareEnvelope[]): string {
  return JSON.stringify(envelopes.flatMap(({ entries }) => entries.map((entry) => apiEntry(entry))));
}

const intoto = envelope();
const dsse = envelope({ kind: 'dsse' });

async function judge(file: string | Buffer, answers: string | readonly string[], wanted: object = spec) {
  const asked: Need[] = [];
  const said = [answers].flat();
  const store: DocumentStore = {
    read(need) {
      asked.push(need);
      const content = need.role === 'attestation' ? file : said[need.role === 'rekor-answer' ? 0 : 1];
      return Promise.resolve({ bytes: Buffer.from(content as string) });
    },
  };
  const gathering = new Gathering(store, { trust, now: judgedAt });
  const asks = { spec: inToto.schema.parse(wanted), subject: tool, subjects: [tool] };
  const trail = new Trail();
  const { verified } = await gathering.judge(inToto, asks, trail);
  const files = { document: () => 'file', anchor: () => 'root', artifact: () => 'tool' } as never;
  const [command] = trail.links.at(-1)?.byHand?.(files) ?? [];
  return { ...verified, asked, program: command?.argv.flat()[0] };
}

const refuse = async (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(judge(...given), VerificationError, code);

describe('an envelope that is no bundle', () => {
  it.each([
    ['intoto 0.0.1', intoto],
    ['dsse 0.0.1', dsse],
  ])('is completed by the log, as %s', async (_, signed) => {
    for (const file of [signed.text, `${signed.text}\n`]) {
      const { subject, result, asked } = await judge(file, answerOf(signed));
      expect(subject.digest).toBe(`sha256:${hexA}`);
      expect(result).toMatchObject({ assurance: 'attested', method: 'sigstore', signers: [builder] });
      expect(result.documents.map(({ role }) => role)).toEqual(['attestation', 'rekor-answer']);
      expect(result.logSizes).toHaveLength(1);
      expect(asked).toMatchObject([{}, { kind: 'lookup', url: `${rekor}/api/v1/log/entries/retrieve` }]);
    }
  });

  it('has no trusted time without the log', async () => {
    await refuse('EVIDENCE_MISSING', intoto.text, '[]');
    await refuse('EVIDENCE_MISSING', intoto.text, answerOf(intoto), unasked);
    await refuse('EVIDENCE_MISSING', envelope({ log: 'none' }).text, '[]');
  });

  it('is not taken for another one of the same builder', async () => {
    await refuse('SUBJECT_MISMATCH', envelope({ ref: 'refs/tags/v0.9.0' }).text, answerOf(intoto));
    const older = envelope({ ref: 'refs/tags/v0.9.0' });
    await refuse('SIGNER_UNTRUSTED', older.text, answerOf(older));
    const branch = envelope({ ref: 'refs/heads/main' });
    await refuse('SIGNER_UNTRUSTED', branch.text, answerOf(branch));
    const elsewhere = envelope({ certificate: { claims: claimsOf(sourceRef, 'owner/other') } });
    await refuse('SIGNER_UNTRUSTED', elsewhere.text, answerOf(elsewhere));
    const liar = envelope({ said: 'refs/tags/v2.0.0' });
    await refuse('SUBJECT_MISMATCH', liar.text, answerOf(liar));
  });

  it.each<[string, Changes, ErrorCode]>([
    ['by another workflow', { identity: workflow.identity }, 'SIGNER_UNTRUSTED'],
    ['vouched for by another issuer', { issuer: 'https://issuer.example.org' }, 'SIGNER_UNTRUSTED'],
    ['logged an hour later', { loggedAt: new Date(at.getTime() + 3_600_000) }, 'METADATA_EXPIRED'],
    ['of another predicate', { type: 'https://spdx.dev/Document' }, 'SUBJECT_MISMATCH'],
  ])('is refused: %s', async (_, changes, code) => {
    for (const kind of ['intoto', 'dsse'] as const) {
      const signed = envelope({ ...changes, kind });
      await refuse(code, signed.text, answerOf(signed));
    }
  });

  it('is asked about only if its own signature holds', async () => {
    const other = envelope({ digest: hexB });
    const [one, two] = [intoto, other].map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    const mixed = JSON.stringify({ ...one, payload: two?.['payload'] });
    const error = await refuse('SIGNATURE_INVALID', mixed, 'never asked');
    expect(error.message).toContain('does not match what it signs');
  });

  it.each<[string, (json: { signatures: Record<string, string>[] }) => unknown, ErrorCode]>([
    [
      'without a certificate',
      ({ signatures: [first = {}], ...rest }) => ({ ...rest, signatures: [{ sig: first['sig'] }] }),
      'EVIDENCE_MISSING',
    ],
    ['without a signature', (json) => ({ ...json, signatures: [] }), 'EVIDENCE_MALFORMED'],
    [
      'with two signatures',
      ({ signatures, ...rest }) => ({ ...rest, signatures: [...signatures, ...signatures] }),
      'EVIDENCE_MALFORMED',
    ],
    ['with a field more', (json) => ({ ...json, timestamp: 1 }), 'EVIDENCE_MALFORMED'],
    [
      'whose certificate is none',
      ({ signatures: [first = {}], ...rest }) => ({ ...rest, signatures: [{ ...first, cert: 'x' }] }),
      'EVIDENCE_MALFORMED',
    ],
  ])('is refused: %s', async (_, change, code) => {
    await refuse(code, JSON.stringify(change(JSON.parse(intoto.text) as never)), answerOf(intoto));
  });

  it('vouches beside others, in any order, and what is broken spoils nothing', async () => {
    const { identity, issuer } = builder;
    const subjects = [{ name: tool.fileName, digest: { sha256: hexA } }];
    const claims = claimsOf(sourceRef);
    const predicate = { invocation: { configSource: { uri: `git+${source}@${sourceRef}` } } };
    const bundle = attest({
      ...{ subjects, identity, issuer, predicateType, predicate },
      certificate: { claims },
    });
    const broken = intoto.text.replace('"sig":"', '"sig":"AAAA');
    for (const lines of [
      [bundle, intoto.text],
      [broken, intoto.text],
      [intoto.text, '{}'],
      ['{}', bundle],
    ]) {
      const { subject } = await judge(lines.join('\n'), answerOf(intoto));
      expect(subject.digest).toBe(`sha256:${hexA}`);
    }
    // slsa-verifier reads no bundles, and cosign nothing else.
    expect((await judge(intoto.text, answerOf(intoto))).program).toBe('slsa-verifier');
    expect((await judge(`${bundle}\n${intoto.text}`, answerOf(intoto))).program).toBe('cosign');
    // What a bundle says of its log is not asked for.
    expect((await judge(bundle, '[]')).result).not.toHaveProperty('logSizes');
    const both = await judge(`${intoto.text}\n${dsse.text}`, [answerOf(intoto), answerOf(dsse)]);
    expect(both.result.documents).toHaveLength(3);
    const contrary = envelope({ digest: hexB });
    const lines = `${intoto.text}\n${contrary.text}`;
    await refuse('SUBJECT_MISMATCH', lines, [answerOf(intoto), answerOf(contrary)]);
    const many = Array.from({ length: 9 }, () => envelope().text);
    await refuse('LIMIT_EXCEEDED', many.join('\n'), '[]');
    const documents = documentsOf({ attestation: many.slice(1).join('\n') });
    const questions = await inToto.next({ ...judging, spec: inToto.schema.parse(spec), documents, trust });
    expect(questions).toHaveLength(8);
  });

  it('is not vouched for by an entry that only looks like its own', async () => {
    const [entry] = intoto.entries;
    const [other] = dsse.entries;
    const text = JSON.stringify(apiEntry(entry!));
    const body = (one: typeof entry) => one!.body.bytes.toString('base64');
    await refuse('SUBJECT_MISMATCH', intoto.text, `[${text.replace(body(entry), body(other))}]`);
    await refuse(
      'SIGNATURE_INVALID',
      intoto.text,
      `[${text.replace(/"integratedTime":\d+/, `"integratedTime":${at.getTime() / 1000 + 60}`)}]`,
    );
    await refuse('EVIDENCE_MISSING', intoto.text, `[${text.replace('signedEntryTimestamp', 'x')}]`);
    await refuse('EVIDENCE_MISSING', intoto.text, `[${text.replace('inclusionProof', 'x')}]`);
    await refuse('EVIDENCE_MISSING', intoto.text, `[${text.replace('checkpoint', 'x')}]`);
    await refuse('SIGNATURE_INVALID', intoto.text, `[${text.replace(/"rootHash":"../, '"rootHash":"00')}]`);
  });

  it('any bit flipped is refused', async () => {
    for (const signed of [intoto, dsse]) {
      const answer = answerOf(signed);
      const file = Buffer.from(signed.text);
      expect(await takenWithFlips(file, (flipped) => judge(flipped, answer), 60)).toEqual([]);
      const taken = await takenWithFlips(
        Buffer.from(answer),
        (flipped) => judge(signed.text, flipped.toString('latin1')),
        60,
      );
      // Names in the answer that nobody looks at.
      for (const { subject } of taken) expect(subject.digest).toBe(`sha256:${hexA}`);
      expect(taken.length).toBeLessThan(15);
    }
  });
});

/**
 * Kubernetes by its signed bill of materials, as the production catalogue asks for it: two proofs, each of which may be
 * genuine and about something else.
 */
import { describe, expect, it } from 'vitest';
import {
  kubernetesBinaryPath,
  kubernetesSbomPath,
  kubernetesSigner,
  publishKubernetes,
} from '../../../../scripts/upstream/sigstore/kubernetes.ts';
import { retrieveEntries, retrievePath } from '../../../../scripts/upstream/sigstore/rekor-api.ts';
import { detachedCertificate, detachedSignature } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { sha256Of, signBlob, type SigningRequest } from '../../../../scripts/upstream/sigstore/signing.ts';
import type { LogEntry } from '../../../../scripts/upstream/sigstore/transparency-log.ts';
import { contentHex, readContent, type Content } from '../../../../scripts/upstream/virtual-file.ts';
import { evidenceOf, maxKeptBytes } from '../../../../src/formats/own/evidence.ts';
import { createFileStore } from '../../../../src/io/file-store.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { EvidenceDocument, Verified } from '../../../../src/model/verification.ts';
import type { Artifact } from '../../../../src/model/artifact.ts';
import { KeptDocuments } from '../../../../src/pipeline/shared/kept-documents.ts';
import { KeptProofs } from '../../../../src/pipeline/shared/kept-proof.ts';
import { sealed } from '../../../../src/pipeline/shared/seal.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { signedSbom } from '../../../../src/verify/methods/signed-sbom.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import type { Trail } from '../../../../src/verify/trail.ts';
import { documentsOf, judging } from '../../../support/judge-checksums.ts';
import { question } from '../../../support/question-sample.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  catalogue,
  outcomes,
  publishedAt as at,
  sigstore,
  test,
  type ReleaseUpstream,
} from '../../../support/release-upstream.ts';
import { trusting } from '../../../support/trusting.ts';

const amd64 = [{ arch: 'amd64' }] as const;
const kubelet = kubernetesBinaryPath('1.37.0', 'amd64', 'kubelet');
const kubectl = kubernetesBinaryPath('1.37.0', 'amd64', 'kubectl');
const sbom = kubernetesSbomPath('1.37.0');
const older = publishKubernetes(sigstore, { releases: [{ version: '1.36.1', at }] }).files;
const { verification } = catalogue.dependencies.find(({ name }) => name === 'kubelet')!;

function textOf({ files }: ReleaseUpstream, path = sbom): string {
  return readContent(files.get(path)!).toString();
}

/** Signs the document anew, otherwise in one way or not at all. */
function publishSbom({ files }: ReleaseUpstream, text: string, signing: Partial<SigningRequest> = {}): void {
  const bytes = Buffer.from(text);
  const signed = signBlob(sigstore, sha256Of(bytes), { ...kubernetesSigner, at, ...signing });
  files.set(sbom, bytes);
  files.set(`${sbom}.sig`, Buffer.from(detachedSignature(signed)));
  files.set(`${sbom}.cert`, Buffer.from(detachedCertificate(signed)));
}

/** A document that says something else, genuinely signed. */
const edited =
  (edit: (text: string, upstream: ReleaseUpstream) => string) =>
  (upstream: ReleaseUpstream): void =>
    publishSbom(upstream, edit(textOf(upstream), upstream));

/** A file with what vouches for it, in the place of another. */
const replaced =
  (to: string, from: string, published?: ReadonlyMap<string, Content>) =>
  ({ files }: ReleaseUpstream): void => {
    for (const suffix of ['', '.sha256', '.sig', '.cert']) {
      const content = (published ?? files).get(from + suffix);
      if (content !== undefined) files.set(to + suffix, content);
    }
  };

/** The lines of one file, from its FileName up to the next blank line. */
function entryOf(text: string, path: string): string {
  const start = text.indexOf(`FileName: ${path}\n`);
  return text.slice(start, text.indexOf('\n\n', start) + 1);
}

const entry = 'bin/linux/amd64/kubelet';

const document = (verification as unknown as { readonly document: object }).document;
const roles = [
  ...['checksum', 'signature', 'certificate', 'rekor-answer'],
  ...['sbom', 'sbom-signature', 'sbom-certificate', 'sbom-rekor-answer'],
];

async function resolved(upstream: ReleaseUpstream): Promise<Verified<Artifact>> {
  const [resolution] = await upstream.ask(['kubelet'], amd64);
  if (resolution?.status === 'resolved') return resolution.verified;
  throw new Error(outcomes(resolution === undefined ? [] : [resolution]).join());
}

/** What is small is kept, and the excerpt as `edit` leaves it. */
async function judgeKept(
  { subject, result }: Verified<Artifact>,
  edit: (excerpt: string) => string | undefined = (text) => text,
): Promise<Pick<Verified<Artifact>, 'subject' | 'result'> & { readonly trail: Trail }> {
  const documents = result.documents.flatMap((one): readonly EvidenceDocument[] => {
    if (one.role !== 'sbom-entry') return [one];
    const text = edit(Buffer.from(one.bytes).toString());
    if (text === undefined) return [];
    const bytes = Buffer.from(text);
    return [{ ...one, bytes, digest: digestOf('sha256', bytes), sizeBytes: bytes.length }];
  });
  const asked = { question, watermark: {}, anchors: [] };
  const evidence = sealed(evidenceOf(subject, { ...result, documents }, asked));
  const small = documents.filter(({ sizeBytes }) => sizeBytes <= maxKeptBytes);
  const kept = new KeptDocuments(
    'no-such-directory',
    createFileStore(),
    small.map(({ digest, bytes }) => [digest, bytes]),
  );
  const trust = trusting({
    trustedRoot: () => Promise.resolve(parseTrustedRoot(Buffer.from(sigstore.trustedRoot()), 'root')),
  });
  const values = { version: '1.37.0', tag: 'v1.37.0', arch: 'amd64', os: 'debian-13', asset: 'kubelet' };
  const asset = { artifact: subject, fileName: 'kubelet', values };
  const proofs = new KeptProofs(kept, trust);
  const { verified } = await proofs.judge({ evidence, verification, subject: asset });
  return { subject: verified.subject, result: verified.result, trail: proofs.trailOf(evidence) };
}

interface Refusal {
  readonly when: string;
  readonly code: ErrorCode;
  readonly arrange: (upstream: ReleaseUpstream) => void;
  /** False where nobody may have asked Rekor. */
  readonly isLogged?: false;
}

const genuine: readonly Refusal[] = [
  {
    when: 'kubectl is served as kubelet, with its proof',
    code: 'DIGEST_MISMATCH',
    arrange: replaced(kubelet, kubectl),
  },
  {
    when: "arm64's is served as amd64's",
    code: 'DIGEST_MISMATCH',
    arrange: replaced(kubelet, kubernetesBinaryPath('1.37.0', 'arm64', 'kubelet')),
  },
  {
    when: 'the file is of an older release',
    code: 'DIGEST_MISMATCH',
    arrange: replaced(kubelet, kubernetesBinaryPath('1.36.1', 'amd64', 'kubelet'), older),
  },
  {
    when: 'file and document are of an older release',
    code: 'SUBJECT_MISMATCH',
    arrange(upstream) {
      replaced(kubelet, kubernetesBinaryPath('1.36.1', 'amd64', 'kubelet'), older)(upstream);
      replaced(sbom, kubernetesSbomPath('1.36.1'), older)(upstream);
    },
  },
  {
    when: 'the document is of an older release',
    code: 'SUBJECT_MISMATCH',
    arrange: replaced(sbom, kubernetesSbomPath('1.36.1'), older),
  },
  {
    when: 'the document has the name of another release',
    code: 'SUBJECT_MISMATCH',
    arrange: edited((text) => text.replace('Release v1.37.0', 'Release v1.37.1')),
  },
  {
    when: "the document is that of the release's source",
    code: 'SUBJECT_MISMATCH',
    arrange: edited((text) => text.replace('v1.37.0/release', 'v1.37.0/source')),
  },
  {
    when: 'the document lists another digest of it',
    code: 'DIGEST_MISMATCH',
    arrange: edited((text, { files }) =>
      text.replaceAll(contentHex(files.get(kubelet)!, 'sha256'), 'a'.repeat(64)),
    ),
  },
  {
    when: 'the document does not list it',
    code: 'SUBJECT_MISMATCH',
    arrange: edited((text) => text.replace(entryOf(text, entry), '')),
  },
  {
    when: 'the document lists it in a comment',
    code: 'SUBJECT_MISMATCH',
    arrange: edited((text) =>
      text.replace(entryOf(text, entry), (lines) => `FileComment: <text>\n${lines}</text>\n`),
    ),
  },
  {
    when: 'the document lists it twice, and otherwise',
    code: 'SUBJECT_MISMATCH',
    arrange: edited((text) => `${text}\n${entryOf(text, entry).replace(/SHA256: ./, 'SHA256: x')}`),
  },
  {
    when: 'the document has its SHA-512 alone',
    code: 'ALGORITHM_REFUSED',
    arrange: edited((text) => text.replaceAll(/^FileChecksum: SHA256.*\n/gm, '')),
  },
  {
    when: 'the document is in another form of SPDX',
    code: 'EVIDENCE_MALFORMED',
    arrange: edited(() => '{"spdxVersion":"SPDX-2.3","name":"Kubernetes Release v1.37.0"}\n'),
  },
];

const broken: readonly Refusal[] = [
  {
    when: 'one line of the document is changed',
    code: 'SIGNATURE_INVALID',
    arrange: (upstream) =>
      upstream.files.set(
        sbom,
        Buffer.from(textOf(upstream).replace('FilesAnalyzed: true', 'FilesAnalyzed: false')),
      ),
    isLogged: false,
  },
  {
    when: 'a line end is added to the document',
    code: 'SIGNATURE_INVALID',
    arrange: (upstream) => upstream.files.set(sbom, Buffer.from(`${textOf(upstream)}\n`)),
    isLogged: false,
  },
  {
    when: 'the signature is that of the file',
    code: 'SIGNATURE_INVALID',
    arrange({ files }) {
      for (const suffix of ['.sig', '.cert']) files.set(sbom + suffix, files.get(kubelet + suffix)!);
    },
    isLogged: false,
  },
  {
    when: 'the certificate is that of the file',
    code: 'SIGNATURE_INVALID',
    arrange: ({ files }) => files.set(`${sbom}.cert`, files.get(`${kubelet}.cert`)!),
    isLogged: false,
  },
  {
    when: 'the signature is none',
    code: 'EVIDENCE_MALFORMED',
    arrange: ({ files }) => files.set(`${sbom}.sig`, Buffer.from('<!doctype html>')),
    isLogged: false,
  },
  {
    when: 'the signer of images signed the document',
    code: 'SIGNER_UNTRUSTED',
    arrange: (upstream) =>
      publishSbom(upstream, textOf(upstream), {
        identity: 'krel-trust@k8s-releng-prod.iam.gserviceaccount.com',
      }),
  },
  {
    when: 'another issuer vouches for who signed the document',
    code: 'SIGNER_UNTRUSTED',
    arrange: (upstream) =>
      publishSbom(upstream, textOf(upstream), { issuer: 'https://accounts.google.com.example.org' }),
  },
  {
    when: 'the signature of the document was never logged',
    code: 'EVIDENCE_MISSING',
    arrange: (upstream) => publishSbom(upstream, textOf(upstream), { log: 'none' }),
  },
  {
    when: "the document's certificate had ended when it was logged",
    code: 'METADATA_EXPIRED',
    arrange: (upstream) =>
      publishSbom(upstream, textOf(upstream), { loggedAt: new Date(at.getTime() + 601_000) }),
  },
  {
    when: 'the file is signed by another, and the document is not',
    code: 'SIGNER_UNTRUSTED',
    arrange({ files }) {
      const sha256 = Buffer.from(contentHex(files.get(kubelet)!, 'sha256'), 'hex');
      const signed = signBlob(sigstore, sha256, { ...kubernetesSigner, at, identity: 'me@example.org' });
      files.set(`${kubelet}.sig`, Buffer.from(detachedSignature(signed)));
      files.set(`${kubelet}.cert`, Buffer.from(detachedCertificate(signed)));
    },
  },
];

describe.each([
  ['genuine proofs that do not agree', genuine],
  ['a proof that does not hold', broken],
])('%s', (_, cases) => {
  test.for(cases)('$when: $code', async ({ code, arrange, isLogged }, { upstream }) => {
    arrange(upstream);
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual([`VerificationError ${code}`]);
    const asked = upstream.server.log.filter(({ path }) => path === retrievePath);
    if (isLogged === false) expect(asked).toEqual([]);
    else expect(asked).not.toEqual([]);
  });
});

describe('a document', () => {
  it.each(['sbom', 'sbom-signature', 'sbom-certificate'])(
    'is asked for with what vouches for it, also where there is %s already',
    async (role) => {
      const matter = {
        ...{ ...judging, spec: signedSbom.schema.parse(verification), trust: trusting() },
        documents: documentsOf({ [role]: 'x' }),
      };
      const needs = await signedSbom.next(matter);
      const asked = needs.map((need) => need.role);
      expect(asked.slice(-3)).toEqual(['sbom', 'sbom-signature', 'sbom-certificate']);
    },
  );

  test.for(['', '.sig', '.cert'])(
    'of which %j is missing: NOT_FOUND, for every file',
    async (suffix, { upstream }) => {
      upstream.files.delete(sbom + suffix);
      const resolutions = await upstream.ask(['kubelet', 'kubectl']);
      expect(outcomes(resolutions)).toEqual(Array(4).fill('TransportError NOT_FOUND'));
      const [first] = resolutions;
      if (first?.status !== 'failed') throw new Error('it was not refused');
      if (suffix === '') expect(first.error.hint).toContain('"without"');
    },
  );

  test('that is larger than any: TOO_LARGE', async ({ upstream }) => {
    upstream.files.set(sbom, Buffer.alloc((16 << 20) + 1, '#'));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['TransportError TOO_LARGE']);
  });

  test("whose log entry is answered with the file's: SUBJECT_MISMATCH", async ({ upstream }) => {
    const answers: (readonly LogEntry[])[] = [];
    upstream.server.override(
      retrievePath,
      retrieveEntries(sigstore.rekor, (found) => {
        answers.push(found);
        return answers[0] ?? [];
      }),
    );
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['VerificationError SUBJECT_MISMATCH']);
    expect(answers).toHaveLength(2);
  });

  test('is fetched and asked about once, for all files', async ({ upstream }) => {
    expect(new Set(outcomes(await upstream.ask(['kubelet', 'kubectl'])))).toEqual(new Set(['resolved']));
    const asked = upstream.server.log.map(({ method, path }) => `${method} ${path}`);
    const of = (path: string) => asked.filter((one) => one.endsWith(path));
    expect(['', '.sig', '.cert'].map((suffix) => of(sbom + suffix))).toEqual(
      ['', '.sig', '.cert'].map((suffix) => [`GET ${sbom}${suffix}`]),
    );
    expect(of(retrievePath)).toHaveLength(5);
  });

  test('binds name, architecture and version: the digest is not all that was signed', async ({
    upstream,
  }) => {
    const { result } = await resolved(upstream);
    expect(result).not.toHaveProperty('isDigestOnly');
    expect(result).toMatchObject({ assurance: 'signed', method: 'sigstore' });
    expect(result.signers).toEqual(
      [2000, 2000].map((ms) => ({
        ...kubernetesSigner,
        method: 'sigstore',
        signedAt: new Date(at.getTime() + ms),
      })),
    );
  });
});

describe('a release that the catalogue names as one without the document', () => {
  const without = (version: string) => ({ verification: { without: { [version]: 'never published' } } });

  test('counts by its digest alone, whether or not there is one by now', async ({ upstream }) => {
    upstream.files.delete(sbom);
    for (const suffix of ['.sig', '.cert']) upstream.files.set(sbom + suffix, Buffer.from('nothing'));
    const [resolution] = await upstream.ask(['kubelet'], amd64, without('1.37.0'));
    if (resolution?.status !== 'resolved') throw new Error(outcomes([resolution!]).join());
    expect(resolution.verified.result.isDigestOnly).toBe(true);
    expect(resolution.verified.result.documents.map(({ role }) => role)).toEqual([
      ...['checksum', 'signature', 'certificate', 'rekor-answer'],
    ]);
    expect(upstream.server.log.filter(({ path }) => path.startsWith(sbom))).toEqual([]);
  });

  test('still needs the signature over its digest', async ({ upstream }) => {
    upstream.files.set(`${kubelet}.sig`, upstream.files.get(`${kubectl}.sig`)!);
    expect(outcomes(await upstream.ask(['kubelet'], amd64, without('1.37.0')))).toEqual([
      'VerificationError SIGNATURE_INVALID',
    ]);
  });

  test.for(['1.37', '1.37.01', '1.36.1', '1.37.0-rc.1'])(
    'is that very one, not %s',
    async (version, { upstream }) => {
      upstream.files.delete(sbom);
      expect(outcomes(await upstream.ask(['kubelet'], amd64, without(version)))).toEqual([
        'TransportError NOT_FOUND',
      ]);
    },
  );
});

describe('the proof that is kept', () => {
  test('is judged again whole, where the document is small', async ({ upstream }) => {
    const verified = await resolved(upstream);
    expect(verified.result.documents.map(({ role }) => role)).toEqual([...roles]);
    const again = await judgeKept(verified);
    expect(again.subject).toEqual(verified.subject);
    expect(again.result).toEqual(verified.result);
    expect(toldOf(again.trail)).toEqual(["the document's", false]);
  });

  /** What the digest of the document was compared with, and whether the entry is said to be all that is left of it. */
  const toldOf = ({ links, unproven }: Trail) => {
    const [check] = links.find(({ to }) => 'role' in to && to.role === 'sbom')?.checks ?? [];
    return [check?.against, unproven.some(({ what }) => what.startsWith('that the entry stands in'))];
  };

  const large = edited((text) => `${text}\nDocumentComment: <text>${'x'.repeat(maxKeptBytes)}</text>\n`);

  test('is judged again up to the document, where that is too large to be kept', async ({ upstream }) => {
    large(upstream);
    const verified = await resolved(upstream);
    expect(verified.result).not.toHaveProperty('isUpToIndex');
    expect(verified.result.documents.map(({ role }) => role)).toEqual([...roles, 'sbom-entry']);
    const again = await judgeKept(verified);
    expect(again.subject).toEqual(verified.subject);
    expect(again.result).toMatchObject({ assurance: 'signed', isUpToIndex: true });
    expect(again.result).not.toHaveProperty('isDigestOnly');
    expect(toldOf(again.trail)).toEqual([expect.stringContaining('the bytes were not seen again'), true]);
    expect(again.result.signers).toEqual(verified.result.signers);
  });

  test('has the document up to a megabyte, and its entry besides from there on', async ({ upstream }) => {
    for (const [sizeBytes, entry] of [
      [maxKeptBytes, []],
      [maxKeptBytes + 1, ['sbom-entry']],
    ] as const) {
      const comment = (text: string) => {
        const frame = `${text}\nDocumentComment: <text></text>\n`;
        return frame.replace('<text>', () => `<text>${'x'.repeat(sizeBytes - frame.length)}`);
      };
      const [text] = textOf(upstream).split('\nDocumentComment: ');
      publishSbom(upstream, comment(text ?? ''));
      expect((await resolved(upstream)).result.documents.map(({ role }) => role)).toEqual([
        ...roles,
        ...entry,
      ]);
    }
  });

  const other = 'f'.repeat(64);
  test.for<[string, (excerpt: string) => string, ErrorCode]>([
    ['of another document', (text) => text.replace(/sha256:\w+/, `sha256:${other}`), 'SIGNATURE_INVALID'],
    ['of no document', (text) => text.replace(/.*\n/, ''), 'EVIDENCE_MALFORMED'],
    ['of another release', (text) => text.replaceAll('1.37.0', '1.37.1'), 'SUBJECT_MISMATCH'],
    ['of another file', (text) => text.replace('/kubelet', '/kubectl'), 'SUBJECT_MISMATCH'],
    ['with another digest', (text) => text.replace(/SHA256: .*/, `SHA256: ${other}`), 'DIGEST_MISMATCH'],
  ])('is refused with an entry %s', async ([, edit, code], { upstream }) => {
    large(upstream);
    const verified = await resolved(upstream);
    await refusal(judgeKept(verified, edit), VerificationError, code);
  });

  test('is refused without the entry', async ({ upstream }) => {
    large(upstream);
    const verified = await resolved(upstream);
    await refusal(
      judgeKept(verified, () => undefined),
      VerificationError,
      'EVIDENCE_MISSING',
    );
  });
});

describe('the catalogue', () => {
  it.each<[string, Record<string, unknown>]>([
    ['without a document', { document: undefined }],
    ['without a path in it', { document: { ...document, path: undefined } }],
    ['with a path that leads up', { document: { ...document, path: '../{asset}' } }],
    ['with a name for every release', { document: { ...document, name: 'Kubernetes Release' } }],
    [
      'with a namespace for every release',
      { document: { ...document, namespace: 'https://sbom.k8s.io/release' } },
    ],
    ['with a document over plain HTTP', { document: { ...document, url: 'http://dl.k8s.io/x.spdx' } }],
    ['with one signature for both', { signature: 'kubelet.sig' }],
    ['with one certificate for both', { certificate: 'kubelet.cert' }],
    ['with a release that is named for no reason', { without: { '1.31.0': ' ' } }],
    ['with a release that is named by its tag', { without: { 'v1.31.0': 'never published' } }],
    ['with a release that is named by a path', { without: { '1.31.0/x': 'never published' } }],
    ['with a release of too long a name', { without: { [`1.${'0'.repeat(99)}`]: 'never published' } }],
    ['with all releases', { without: { '*': 'never published' } }],
    ['without an issuer', { issuer: undefined }],
  ])('%s is refused', (_, changes) => {
    expect(signedSbom.schema.safeParse(verification).success).toBe(true);
    const long = { ...verification, without: { [`1.${'0'.repeat(98)}`]: 'never published' } };
    expect(signedSbom.schema.safeParse(long).success).toBe(true);
    const changed = Object.entries({ ...verification, ...changes }).filter(
      ([, value]) => value !== undefined,
    );
    expect(signedSbom.schema.safeParse(Object.fromEntries(changed)).success).toBe(false);
  });
});

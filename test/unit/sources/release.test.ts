/** The source kinds `release-server` and `github-release`: what they find, what they ask for, and what they may not take. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { atFirst, refuse, substitute, type Behaviour } from '../../../scripts/upstream/behaviours.ts';
import { kubernetesBinaries, publishKubernetes } from '../../../scripts/upstream/sigstore/kubernetes.ts';
import { releaseContainerd } from '../../../scripts/upstream/sigstore/releases.ts';
import { contentHex, contentSize } from '../../../scripts/upstream/virtual-file.ts';
import { parseMirror } from '../../../src/io/http/mirrors.ts';
import type { ArtifactType } from '../../../src/model/artifact.ts';
import type { Resolution, Watermark } from '../../../src/sources/source.ts';
import * as fault from '../../support/fault-server.ts';
import { quickFetcher } from '../../support/quick-fetcher.ts';
import {
  catalogue,
  outcomes,
  publishedAt,
  sigstore,
  test,
  type ReleaseUpstream,
} from '../../support/release-upstream.ts';

const kubernetes = 'dl.k8s.io/release';
const kubelet = `${kubernetes}/v1.37.0/bin/linux/amd64/kubelet`;
const containerd = 'github.com/containerd/containerd/releases';
const retrieve = 'rekor.sigstore.dev/api/v1/log/entries/retrieve';
const github = 'https://token.actions.githubusercontent.com';
const amd64 = [{ arch: 'amd64' }] as const;

/**
 * What the keyless dependencies of the catalogue resolve to, by key and source; `checksum-releases.test.ts` has those
 * with checksum files.
 */
const expected: readonly {
  readonly keys: readonly string[];
  readonly version: string;
  /** At the origin. */
  readonly path: (key: string, arch: string) => string;
  readonly algorithm: 'sha256' | 'sha512';
  readonly assurance: 'signed' | 'attested';
  readonly signer: { readonly identity: string; readonly issuer: string };
  /** One unless given. */
  readonly signatures?: number;
  readonly roles: readonly string[];
}[] = [
  {
    keys: kubernetesBinaries,
    version: '1.37.0',
    path: (key, arch) => `${kubernetes}/v1.37.0/bin/linux/${arch}/${key}`,
    algorithm: 'sha256',
    assurance: 'signed',
    signer: {
      identity: 'krel-staging@k8s-releng-prod.iam.gserviceaccount.com',
      issuer: 'https://accounts.google.com',
    },
    signatures: 2,
    roles: [
      ...['checksum', 'signature', 'certificate', 'rekor-answer'],
      ...['sbom', 'sbom-signature', 'sbom-certificate', 'sbom-rekor-answer'],
    ],
  },
  {
    keys: ['containerd'],
    version: '2.3.1',
    path: (_key, arch) => `${containerd}/download/v2.3.1/containerd-2.3.1-linux-${arch}.tar.gz`,
    algorithm: 'sha256',
    assurance: 'attested',
    signer: {
      identity: 'https://github.com/containerd/containerd/.github/workflows/release.yml@refs/tags/v2.3.1',
      issuer: github,
    },
    roles: ['attestation'],
  },
  {
    keys: ['netsy'],
    version: '1.1.0',
    path: (_key, arch) =>
      `github.com/netsy-dev/netsy/releases/download/v1.1.0/netsy_1.1.0_linux_${arch}.tar.gz`,
    algorithm: 'sha512',
    assurance: 'signed',
    signer: {
      identity: 'https://github.com/netsy-dev/netsy/.github/workflows/release.yaml@refs/tags/v1.1.0',
      issuer: github,
    },
    roles: ['sigstore-bundle', 'checksums'],
  },
  {
    keys: ['nstance-agent'],
    version: '1.2.3',
    path: (key, arch) =>
      `github.com/nstance-dev/nstance/releases/download/v1.2.3/${key}_1.2.3_linux_${arch}.tar.gz`,
    algorithm: 'sha512',
    assurance: 'signed',
    signer: {
      identity: 'https://github.com/nstance-dev/nstance/.github/workflows/release.yml@refs/tags/v1.2.3',
      issuer: github,
    },
    roles: ['sigstore-bundle', 'checksums'],
  },
];

/** Images are another source's. */
function isFile(type: ArtifactType): boolean {
  return type === 'binary' || type === 'tar.gz';
}

function verifiedOf(resolution: Resolution | undefined) {
  if (resolution?.status === 'resolved') return resolution.verified;
  throw new Error(`not resolved: ${outcomes(resolution === undefined ? [] : [resolution]).join()}`);
}

/** Everything that was asked for, in order; an answer that ended a moment ago may not be noted yet. */
async function requests({ server }: ReleaseUpstream): Promise<string[]> {
  let count = -1;
  while (count !== server.log.length) {
    count = server.log.length;
    await sleep(20);
  }
  return server.log.map(({ method, path }) => `${method} ${path}`).sort();
}

/** A file that answers as `headers` say, to HEAD as to GET. */
function answers(headers: Readonly<Record<string, string | number>>): Behaviour {
  return (_request, response) => {
    response.writeHead(200, headers).end();
  };
}

describe('a release', () => {
  test('of every keyless entry of the production catalogue resolves, at the origin, by its signer', async ({
    upstream,
  }) => {
    const keys = expected.flatMap((one) => one.keys);
    const released = catalogue.dependencies.filter(
      (one) => one.enabled && one.stub !== true && 'issuer' in one.verification && isFile(one.type),
    );
    expect(released.map(({ name }) => name).sort()).toEqual(keys.toSorted());
    for (const { keys, version, path, algorithm, assurance, signer, signatures = 1, roles } of expected) {
      const resolutions = await upstream.ask(keys);
      const wanted = keys.flatMap((key) => [
        { key, arch: 'amd64' },
        { key, arch: 'arm64' },
      ]);
      expect(resolutions).toHaveLength(wanted.length);
      wanted.forEach(({ key, arch }, at) => {
        const file = upstream.files.get(path(key, arch))!;
        const digest = `${algorithm}:${contentHex(file, algorithm)}`;
        const { subject, result } = verifiedOf(resolutions[at]);
        expect(subject).toEqual({
          ...{ name: key, version, platform: { os: 'debian-13', arch }, digest },
          type: kubernetesBinaries.some((binary) => binary === key) ? 'binary' : 'tar.gz',
          url: `https://${path(key, arch)}`,
          sizeBytes: contentSize(file),
        });
        const signedAt = new Date(publishedAt.getTime() + 2000);
        expect(result).toMatchObject({
          ...{ assurance, method: 'sigstore', digest },
          signers: Array(signatures).fill({ method: 'sigstore', ...signer, signedAt }),
        });
        expect(result.documents.map(({ role }) => role)).toEqual(roles);
        expect(result.documents.every(({ url }) => url.startsWith('https://'))).toBe(true);
      });
    }
  });

  test('of Kubernetes: three documents and a question to Rekor for each binary and for the bill of materials', async ({
    upstream,
  }) => {
    await upstream.ask(['kubelet', 'kubectl']);
    const files = ['amd64', 'arm64'].flatMap((arch) =>
      ['kubelet', 'kubectl'].map((name) => `${kubernetes}/v1.37.0/bin/linux/${arch}/${name}`),
    );
    expect(await requests(upstream)).toEqual(
      [
        `GET ${kubernetes}/stable.txt`,
        ...files.flatMap((file) => [
          `HEAD ${file}`,
          ...['.sha256', '.sig', '.cert'].map((suffix) => `GET ${file}${suffix}`),
          `POST ${retrieve}`,
        ]),
        ...['', '.sig', '.cert'].map(
          (suffix) => `GET ${kubernetes}/v1.37.0/kubernetes-release.spdx${suffix}`,
        ),
        `POST ${retrieve}`,
      ].sort(),
    );
  });

  test.for([
    ['containerd', `${containerd}/`, 'v2.3.1', ['containerd-2.3.1-attestation.intoto.jsonl']],
    [
      'netsy',
      'github.com/netsy-dev/netsy/releases/',
      'v1.1.0',
      ['netsy_1.1.0_checksums.txt', 'netsy_1.1.0_checksums.txt.bundle'],
    ],
  ] as const)('of %s: its architectures share documents', async ([key, at, tag, documents], { upstream }) => {
    const resolutions = await upstream.ask([key]);
    const assets = resolutions.map((one) => verifiedOf(one).subject.url.replace('https://', ''));
    expect(await requests(upstream)).toEqual(
      [
        ...[`HEAD ${at}latest`, `HEAD ${at}tag/${tag}`],
        `GET api.github.com/repos/${at.replace(/^github.com\/|\/$/g, '')}`,
        ...assets.map((path) => `HEAD ${path}`),
        ...documents.map((name) => `GET ${at}download/${tag}/${name}`),
      ].sort(),
    );
  });

  test('that is the one of the watermark is current, after one request', async ({ upstream }) => {
    const [first] = await upstream.ask(['kubelet'], amd64);
    const watermark = first?.status === 'resolved' ? first.watermark : undefined;
    expect(watermark).toEqual({ [`https://${kubernetes}/stable.txt`]: 'v1.37.0' });
    const before = (await requests(upstream)).length;
    const questions = (['amd64', 'arm64'] as const).map((arch) => ({ arch, watermark: watermark! }));
    expect(outcomes(await upstream.ask(['kubelet'], questions))).toEqual(['current', 'current']);
    expect((await requests(upstream)).length).toBe(before + 1);
  });

  test.for([
    ['another tag', { 'https://dl.k8s.io/release/stable.txt': 'v1.36.9' }],
    ['another file', { 'https://dl.k8s.io/release/stable-1.37.txt': 'v1.37.0' }],
    ['nothing', {}],
  ] as const)(
    'that is not the one of the watermark, which names %s, is resolved',
    async ([, watermark], { upstream }) => {
      const questions = [{ arch: 'amd64' as const, watermark: watermark as Watermark }];
      expect(outcomes(await upstream.ask(['kubelet'], questions))).toEqual(['resolved']);
    },
  );

  test('that is pinned is resolved in place of the newest, which nobody asks for', async ({ upstream }) => {
    const older = { releases: [{ version: '1.36.4', at: publishedAt }] };
    const { files } = publishKubernetes(sigstore, older);
    for (const [path, content] of files) if (!path.endsWith('.txt')) upstream.files.set(path, content);
    upstream.publish(releaseContainerd(sigstore, { version: '2.2.9', at: publishedAt }));
    const [kubernetesOnes, containerdOnes] = [
      await upstream.ask(['kubelet'], undefined, { source: { version: '1.36.4' } }),
      await upstream.ask(['containerd'], undefined, { source: { version: '2.2.9' } }),
    ];
    const versions = [...kubernetesOnes, ...containerdOnes].map((one) => verifiedOf(one).subject.version);
    expect(versions).toEqual(['1.36.4', '1.36.4', '2.2.9', '2.2.9']);
    expect((await requests(upstream)).filter((one) => /stable|latest/.test(one))).toEqual([]);
  });

  test('that is pinned and not there is NOT_FOUND', async ({ upstream }) => {
    const resolutions = await upstream.ask(['kubelet'], amd64, { source: { version: '1.0.0' } });
    expect(outcomes(resolutions)).toEqual(['TransportError NOT_FOUND']);
  });
});

describe('an asset', () => {
  test('that is not there fails alone', async ({ upstream }) => {
    upstream.files.delete(kubelet);
    expect(outcomes(await upstream.ask(['kubelet']))).toEqual(['TransportError NOT_FOUND', 'resolved']);
  });

  test.for([
    ['a web page', { 'content-type': 'text/html; charset=utf-8', 'content-length': 9 }],
    ['a web page in capitals', { 'content-type': 'Text/HTML', 'content-length': 9 }],
  ] as const)('that is %s is refused', async ([, headers], { upstream }) => {
    upstream.server.override(kubelet, answers(headers));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual([
      'VerificationError EVIDENCE_MALFORMED',
    ]);
  });

  test.for([
    ['of no size', { 'transfer-encoding': 'chunked' }],
    ['of no bytes', { 'content-length': 0 }],
  ] as const)('%s is refused', async ([, headers], { upstream }) => {
    upstream.server.override(kubelet, answers(headers));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['TransportError TRUNCATED']);
  });
});

/** To HEAD, whatever GET is answered with. */
function head(behaviour: Behaviour, get: Behaviour): Behaviour {
  return (request, response, place) => {
    (request.method === 'HEAD' ? behaviour : get)(request, response, place);
  };
}

describe("an asset's size", () => {
  const firstByte: Behaviour = (request, response) => {
    expect(request.headers.range).toBe('bytes=0-0');
    response.writeHead(206, { 'content-range': 'bytes 0-0/4567', 'content-length': 1 }).end('x');
  };
  const coded = answers({ 'content-encoding': 'gzip', 'content-length': 99 });

  test.for([
    ['405', refuse(405)],
    ['no length', answers({ 'transfer-encoding': 'chunked' })],
    ['the length of a coded body', coded],
  ] as const)('is that of the file where HEAD says %s', async ([, behaviour], { upstream }) => {
    upstream.server.override(kubelet, head(behaviour, firstByte));
    const [resolution] = await upstream.ask(['kubelet'], amd64);
    expect(verifiedOf(resolution).subject.sizeBytes).toBe(4567);
  });

  test('is never that of a coded body', async ({ upstream }) => {
    upstream.server.override(kubelet, coded);
    const [resolution] = await upstream.ask(['kubelet'], amd64);
    expect(outcomes([resolution!])).toEqual(['TransportError HTTP_STATUS']);
    expect(resolution?.status === 'failed' && resolution.error.message).toContain('content coding "gzip"');
  });
});

describe('a document', () => {
  const certificate = `${kubelet}.cert`;
  const servedAs =
    (coding: string, bytes: Uint8Array): Behaviour =>
    (_request, response) =>
      void response.writeHead(200, { 'content-encoding': coding }).end(bytes);

  test('that is compressed on its way, though nobody asked, is the one that was sent', async ({
    upstream,
  }) => {
    const content = upstream.files.get(certificate);
    if (!(content instanceof Uint8Array)) throw new TypeError('a certificate is in memory');
    upstream.server.override(certificate, servedAs('gzip', gzipSync(content)));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['resolved']);
  });

  test('in a coding that nobody knows is a fault of the transport', async ({ upstream }) => {
    upstream.server.override(certificate, servedAs('zstd', Buffer.from('(\u00b5/\u00fd')));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['TransportError HTTP_STATUS']);
  });
});

describe('the newest version', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['a web page', '<!doctype html><title>Moved</title>'],
    ['two lines', 'v1.37.0\nv1.36.0\n'],
    ['a tag of another form', '1.37.0'],
    ['a word', 'vlatest'],
    ['a path', 'v1.37.0/../../evil'],
    ['dots that lead upwards', 'v1..37'],
    ['a long line', `v${'1'.repeat(200)}`],
    ['bytes that are no text', 'v1.37.0\u0000'],
  ];
  test.for(refused)('of a server that says %s is refused', async ([, text], { upstream }) => {
    upstream.server.override(`${kubernetes}/stable.txt`, substitute(Buffer.from(text)));
    expect(outcomes(await upstream.ask(['kubelet']))).toEqual(
      Array(2).fill('VerificationError EVIDENCE_MALFORMED'),
    );
  });

  test('of a server that says more than a version could be is TOO_LARGE', async ({ upstream }) => {
    upstream.server.override(`${kubernetes}/stable.txt`, substitute(Buffer.alloc(5000, 'v')));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['TransportError TOO_LARGE']);
  });

  test('may end with a line end', async ({ upstream }) => {
    upstream.server.override(`${kubernetes}/stable.txt`, substitute(Buffer.from('v1.37.0\n')));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['resolved']);
  });

  test.for([
    ['the list of releases', containerd],
    ['a tag of another form', `${containerd}/tag/api%2Fv1.0.0`],
    ['a tag without a v', `${containerd}/tag/2.3.1`],
    ['a tag that is no percent-encoding', `${containerd}/tag/v1%zz`],
    ['a path in a tag', `${containerd}/tag/v1%2F..%2F..`],
  ] as const)(
    'of a repository whose latest release leads to %s is that of the list',
    async ([, to], { upstream }) => {
      // This one leaves paths as they came.
      const server = await fault.startFaultServer();
      server.on(`/${containerd}/latest`, fault.redirect(`/${to}`));
      server.on(`/${to}`, fault.status(200));
      const list = `/api.github.com/repos/containerd/containerd/releases?per_page=100`;
      server.on(list, fault.body('[]'));
      const mirrors = ['github.com', 'api.github.com'].map((host) =>
        parseMirror(`https://${host}=${server.origin}/${host}`),
      );
      const fetcher = quickFetcher({ mirrors });
      const resolutions = await upstream.ask(['containerd'], amd64, { fetcher });
      expect(outcomes(resolutions)).toEqual(['PolicyError VERSION_UNAVAILABLE']);
      expect(server.requests.map(({ path }) => path)).toEqual([`/${containerd}/latest`, `/${to}`, list]);
      await fetcher.close();
      await server.close();
    },
  );

  test('of a repository without releases is NOT_FOUND', async ({ upstream }) => {
    upstream.server.override(`${containerd}/latest`, refuse(404));
    upstream.server.override(`api.${containerd.replace('com/', 'com/repos/')}`, refuse(404));
    expect(outcomes(await upstream.ask(['containerd']))).toEqual(Array(2).fill('TransportError NOT_FOUND'));
  });

  test('is asked for once, and again while the server is busy', async ({ upstream }) => {
    upstream.server.override(`${kubernetes}/stable.txt`, atFirst(refuse(503)));
    expect(outcomes(await upstream.ask(['kubelet']))).toEqual(['resolved', 'resolved']);
    expect(upstream.fetcher.retries).toHaveLength(1);
  });
});

/**
 * Readers that need more than bytes and a name, or of which more is known than that they end. Every other reader of
 * `src/` is found by `readers.ts`, and needs no line here.
 */
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { parseEcosystemVersion } from '../../src/formats/own/advisories-schema.ts';
import { parseVersion, compareVersions } from '../../src/formats/own/version-order.ts';
import { isInRange, rangeFault } from '../../src/formats/own/version-range.ts';
import { parseYamlDocument } from '../../src/formats/own/yaml-document.ts';
import { decodeBase64 } from '../../src/formats/text/base64.ts';
import { parsePem, toPem } from '../../src/formats/text/pem.ts';
import { readPlainYaml } from '../../src/formats/text/plain-yaml.ts';
import { parseStrictJson, placesInJson } from '../../src/formats/text/strict-json.ts';
import { isTargetBelowRoot, parseArchivePath } from '../../src/formats/upstream/archive-path.ts';
import { defaultBoot } from '../../src/formats/upstream/boot/default-boot.ts';
import { keyOf } from '../../src/formats/upstream/boot/boot-disk.ts';
import { parsePartitionTable } from '../../src/formats/upstream/boot/disk-layout.ts';
import { parseEntryWords, parseSearch } from '../../src/formats/upstream/boot/grub-words.ts';
import { compareBootVersions } from '../../src/formats/upstream/boot/version-order.ts';
import { digestsOf, parseChecksums } from '../../src/formats/upstream/checksums.ts';
import { dataArchiveOf } from '../../src/formats/upstream/debian-package.ts';
import { compareDebianVersions, splitDebianVersion } from '../../src/formats/upstream/debian-version.ts';
import { decompress } from '../../src/formats/upstream/decompress.ts';
import { parseStanza, stanzasOf } from '../../src/formats/upstream/deb822.ts';
import { StanzaSearch } from '../../src/formats/upstream/packages-index.ts';
import { readChartImages } from '../../src/formats/upstream/helm-values.ts';
import { withReferrer } from '../../src/formats/upstream/referrers.ts';
import { readProvenanceSources } from '../../src/formats/upstream/slsa-provenance.ts';
import { parseStatement } from '../../src/formats/upstream/in-toto.ts';
import { unpackSnappy } from '../../src/formats/upstream/snappy.ts';
import { tagsInIndex } from '../../src/formats/upstream/version-index.ts';
import { sizeInUstarHeader } from '../../src/formats/upstream/ustar.ts';
import { nextLink } from '../../src/io/http/link.ts';
import { serverWaitMs } from '../../src/io/http/status.ts';
import { validatorsOf } from '../../src/io/http/validators.ts';
import { readTar } from '../../src/io/tar-reading.ts';
import { UsageError } from '../../src/model/errors.ts';
import { loadCatalogue } from '../../src/pipeline/manifests/catalogue.ts';
import { versionInTag } from '../../src/sources/tag.ts';
import { parseTrustPins } from '../../src/verify/anchors/pins.ts';
import { candidatesOf, debOf } from '../../src/verify/apt/stanza.ts';
import { decodeArmor, encodeArmor, findArmor, findWholeArmor } from '../../src/verify/openpgp/armor.ts';
import { keepRevocations } from '../../src/verify/openpgp/keep-revocations.ts';
import { verifyKeyBlock } from '../../src/verify/openpgp/key-block.ts';
import { listPackets } from '../../src/verify/openpgp/packets.ts';
import { readRevocation } from '../../src/verify/openpgp/revocations.ts';
import { readClaims } from '../../src/verify/sigstore/certificate-claims.ts';
import * as der from '../../src/verify/sigstore/der.ts';
import { readLoggedVerifier } from '../../src/verify/sigstore/entry-body.ts';
import { listedAttestations } from '../../src/verify/sigstore/github-attestations.ts';
import { isLegacyBundle, upgradeLegacyBundle } from '../../src/verify/sigstore/legacy-bundle.ts';
import { parseDetached } from '../../src/verify/sigstore/rekor.ts';
import { reviewTrustedRoot } from '../../src/verify/sigstore/trusted-root-review.ts';
import { parseCertificate } from '../../src/verify/sigstore/x509/certificate.ts';
import * as extensions from '../../src/verify/sigstore/x509/extensions.ts';
import { parseTufDocument } from '../../src/verify/tuf/metadata.ts';
import { readMaterial } from './material.ts';
import { BrokenPromise } from './target.ts';

const what = 'a file';
const now = new Date('2026-11-20T12:00:00Z');
const pins = Buffer.from(readMaterial().trust['pins.yaml'] ?? []).toString();
const [, fingerprint = ''] = /"fingerprints":\["(\w+)"/.exec(pins) ?? [];
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const maxBytes = 64 << 20;

interface Reader {
  /** `file function` of all that it asks, without `src/` and `.ts`. */
  readonly asks: readonly string[];
  readonly read: (bytes: Uint8Array) => unknown;
}
const reader = (read: Reader['read'], ...asks: readonly string[]): Reader => ({ asks, read });

function promise(holds: boolean, broken: string): void {
  if (!holds) throw new BrokenPromise(broken);
}

export const readers: readonly Reader[] = [
  reader(
    (bytes) => {
      const value = parseStrictJson(bytes, (message) => new UsageError('MANIFEST_INVALID', message));
      promise(isDeepStrictEqual(value, JSON.parse(text(bytes))), 'JSON.parse reads another value');
      const { line, column } = placesInJson(bytes)(['vmconfig', 'os', 0]);
      promise(line >= 1 && column >= 1 && line <= text(bytes).split('\n').length, 'it is at no place');
      return value;
    },
    ...['parseStrictJson', 'placesInJson'].map((name) => `formats/text/strict-json ${name}`),
  ),
  reader((bytes) => {
    const plain = readPlainYaml(text(bytes));
    if (plain === undefined) return undefined;
    const options = {
      version: '1.2',
      schema: 'core',
      stringKeys: true,
      merge: false,
      logLevel: 'error',
    } as const;
    const whole = parseDocument(text(bytes), { ...options, resolveKnownTags: false });
    promise(whole.errors.length === 0, `another reader refuses it: ${String(whole.errors[0])}`);
    promise(isDeepStrictEqual(plain, whole.toJS()), 'another reader of YAML reads another value');
    return plain;
  }, 'formats/text/plain-yaml readPlainYaml'),
  reader(
    (bytes) => parseYamlDocument(text(bytes), what, 'CATALOGUE_INVALID').value,
    'formats/own/yaml-document parseYamlDocument',
  ),
  reader(
    (bytes) => loadCatalogue(bytes, what),
    'formats/own/catalogue parseCatalogue',
    'formats/text/utf8 decodeUtf8',
  ),
  reader((bytes) => parseTrustPins(text(bytes), what), 'verify/anchors/pins parseTrustPins'),
  reader((bytes) => {
    const decoded = decodeBase64(text(bytes));
    promise(decoded === undefined || decoded.toString('base64') === text(bytes), 'it encodes to other text');
    return decoded;
  }, 'formats/text/base64 decodeBase64'),
  reader((bytes) => {
    const found = parsePem(text(bytes), 'CERTIFICATE') ?? parsePem(text(bytes), 'PUBLIC KEY');
    if (found !== undefined)
      promise(parsePem(toPem(found, 'CERTIFICATE'), 'CERTIFICATE')?.equals(found) === true, 'it changes');
    return found;
  }, 'formats/text/pem parsePem'),
  reader((bytes) => {
    const path = parseArchivePath(text(bytes));
    promise(
      path === undefined || !/(?:^|\/)\.\.?(?:\/|$)|^\/|\0/.test(path),
      `${JSON.stringify(path)} leads elsewhere`,
    );
    return path ?? isTargetBelowRoot('a/b', text(bytes));
  }, 'formats/upstream/archive-path parseArchivePath'),
  reader((bytes) => {
    const [one = '', other = ''] = text(bytes).split('\n');
    const compare = (a: string, b: string) =>
      Math.sign(compareDebianVersions(splitDebianVersion(a), splitDebianVersion(b)));
    promise(compare(one, other) + compare(other, one) === 0, 'its order depends on who is asked first');
    promise(compare(one, one) === 0, 'a version differs from itself');
    return compare(one, other);
  }, 'formats/upstream/debian-version splitDebianVersion'),
  reader(
    (bytes) => {
      const [one = '', other = ''] = text(bytes).split('\n');
      for (const ordering of ['semver', 'debian'] as const) {
        const [a, b] = [parseVersion(ordering, one), parseVersion(ordering, other)];
        if (a === undefined || b === undefined) continue;
        promise(
          Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)) === 0,
          'its order depends on who is asked first',
        );
      }
      return (
        parseVersion('semver', one) ??
        parseEcosystemVersion('Debian:13', one) ??
        compareBootVersions(one, other)
      );
    },
    'formats/own/version-order parseVersion',
    'formats/own/advisories-schema parseEcosystemVersion',
    'formats/upstream/boot/version-order compareBootVersions',
  ),
  reader((bytes) => {
    const version = parseVersion('semver', '1.2.3')!;
    return rangeFault('semver', text(bytes)) === undefined
      ? isInRange(text(bytes), version, true)
      : undefined;
  }, 'formats/own/version-range isInRange'),
  reader((bytes) => {
    const [tag = '', template = ''] = text(bytes).split('\n');
    return versionInTag(tag, template);
  }, 'sources/tag versionInTag'),
  reader((bytes) => {
    const checksums = parseChecksums(bytes, what);
    return digestsOf(checksums, { name: 'tool', nameless: true }, what);
  }, 'formats/upstream/checksums parseChecksums'),
  reader((bytes) => {
    const search = new StanzaSearch(new Set(['libpq5', 'knc']), what);
    for (let at = 0; at < bytes.length; at += 1000) search.push(bytes.subarray(at, at + 1000));
    search.end();
    const whole = new StanzaSearch(new Set(['libpq5', 'knc']), what);
    whole.push(bytes);
    whole.end();
    promise(isDeepStrictEqual(search.stanzas, whole.stanzas), 'what is found depends on where chunks end');
    const asked = { name: 'libpq5', architecture: 'amd64', version: undefined } as never;
    return whole.stanzas.flatMap((stanza) => {
      const found = { ...stanza, release: {}, listing: {}, index: {}, url: what } as never;
      return candidatesOf(found, asked).map((candidate) => debOf(candidate, asked));
    });
  }, 'formats/upstream/packages-index StanzaSearch'),
  reader(
    (bytes) => [...stanzasOf(bytes)].map((one) => parseStanza(one, what)),
    'formats/upstream/deb822 stanzasOf',
  ),
  reader(async (bytes) => {
    let size = 0;
    for await (const chunk of decompress(bytes, 'xz', maxBytes, what)) size += chunk.length;
    return size;
  }, 'formats/upstream/decompress decompress'),
  reader(async (bytes) => {
    let size = 0;
    for await (const chunk of decompress(bytes, 'gz', maxBytes, what)) size += chunk.length;
    return size;
  }, 'formats/upstream/decompress decompress'),
  reader(async (bytes) => {
    const { bytes: archive, compression } = dataArchiveOf(bytes, what);
    if (compression === undefined) return undefined;
    return membersOf(decompress(archive, compression, maxBytes, what));
  }, 'formats/upstream/debian-package dataArchiveOf'),
  reader((bytes) => membersOf(inChunks(bytes)), 'io/tar-reading readTar'),
  reader(
    (bytes) => sizeInUstarHeader(bytes.subarray(0, 512), 'tool'),
    'formats/upstream/ustar sizeInUstarHeader',
  ),
  reader((bytes) => unpackSnappy(bytes, what, maxBytes), 'formats/upstream/snappy unpackSnappy'),
  reader((bytes) => {
    const given = { digest: `sha256:${'a'.repeat(64)}` as const, sizeBytes: 1, artifactType: 'a/b' };
    return withReferrer(bytes, given, what);
  }, 'formats/upstream/referrers withReferrer'),
  reader(
    (bytes) => readProvenanceSources(parseStatement(bytes, what), what),
    'formats/upstream/slsa-provenance readProvenanceSources',
  ),
  reader(
    (bytes) => parsePartitionTable(bytes, 2 ** 31),
    'formats/upstream/boot/disk-layout parsePartitionTable',
  ),
  reader((bytes) => {
    const [metadata, values, inner, theirs] = text(bytes)
      .split('\n---\n')
      .map((part) => Buffer.from(part));
    const subchart = { metadata: inner ?? Buffer.alloc(0), values: theirs, subcharts: [] };
    const subcharts = inner === undefined ? [] : [subchart];
    return readChartImages({ metadata: metadata ?? Buffer.alloc(0), values, subcharts }, [], what);
  }, 'formats/upstream/helm-values readChartImages'),
  reader(
    (bytes) => tagsInIndex(bytes, { items: '', tag: '/name' }, what),
    'formats/upstream/version-index tagsInIndex',
  ),
  reader(bootOf, 'formats/upstream/boot/default-boot defaultBoot'),
  reader(
    (bytes) => {
      const words = text(bytes).split(' ');
      return [parseEntryWords(words), parseSearch(words)];
    },
    'formats/upstream/boot/grub-words parseEntryWords',
    'formats/upstream/boot/grub-words parseSearch',
  ),
  reader(
    (bytes) => {
      const headers = { link: text(bytes), 'retry-after': text(bytes), etag: text(bytes), date: text(bytes) };
      const limited = {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': text(bytes),
        'last-modified': text(bytes),
      };
      const response = { headers: { ...headers, ...limited } };
      const waitMs = serverWaitMs(response, now.getTime());
      promise(
        waitMs === undefined || (waitMs >= 0 && waitMs <= 366 * 24 * 3600 * 1000),
        `to wait ${String(waitMs)} ms`,
      );
      return nextLink(response) ?? validatorsOf(response, now.getTime()).etag ?? waitMs;
    },
    'io/http/link nextLink',
    'io/http/status serverWaitMs',
    'io/http/validators validatorsOf',
  ),
  reader(
    (bytes) => {
      const labels = ['SIGNATURE', 'PUBLIC KEY BLOCK'] as const;
      findWholeArmor(text(bytes), ...labels);
      return findArmor(text(bytes), ...labels).map((block) => {
        const packets = decodeArmor(block, ...labels);
        const again = decodeArmor(encodeArmor(packets, 'SIGNATURE').trimEnd(), 'SIGNATURE');
        promise(Buffer.from(packets).equals(again), 'it changes');
        return listPackets(packets, 1000);
      });
    },
    'verify/openpgp/armor decodeArmor',
    'verify/openpgp/armor findArmor',
    'verify/openpgp/armor findWholeArmor',
  ),
  reader(
    async (bytes) => {
      const packets = listPackets(bytes, 1000);
      return Promise.all(packets.map((packet) => readRevocation(packet)));
    },
    'verify/openpgp/packets listPackets',
    'verify/openpgp/revocations readRevocation',
  ),
  reader(
    (bytes) => keepRevocations(undefined, [bytes], [fingerprint]).then((kept) => kept ?? null),
    'verify/openpgp/keep-revocations keepRevocations',
  ),
  reader(
    (bytes) => verifyKeyBlock(bytes, { fingerprints: [fingerprint] }, now),
    'verify/openpgp/key-block verifyKeyBlock',
    'verify/openpgp/key-block appraiseKeyBlock',
  ),
  reader(
    (bytes) => {
      const certificate = parseCertificate(bytes, what);
      const {
        readKeyUsage,
        readExtendedKeyUsage,
        readBasicConstraints,
        readAlternativeNames,
        readNameConstraints,
      } = extensions;
      const all = [
        readKeyUsage,
        readExtendedKeyUsage,
        readBasicConstraints,
        readAlternativeNames,
        readNameConstraints,
      ];
      for (const read of all) read(certificate, what);
      return readClaims(certificate, what);
    },
    ...[
      'readKeyUsage',
      'readExtendedKeyUsage',
      'readBasicConstraints',
      'readAlternativeNames',
      'readNameConstraints',
    ].map((name) => `verify/sigstore/x509/extensions ${name}`),
    'verify/sigstore/certificate-claims readClaims',
  ),
  reader(
    (bytes) => {
      const {
        readOid,
        readBoolean,
        readCount,
        readNamedBits,
        readTime,
        readSequence,
        readOne,
        readDer,
        derTags,
      } = der;
      readOne(bytes, derTags.sequence);
      const values = [...(readDer(bytes) ?? []), ...(readSequence(bytes) ?? [])];
      return values.map((one) =>
        [readOid, readBoolean, readCount, readNamedBits, readTime].map((read) => read(one)),
      );
    },
    ...['readOne', 'readOid', 'readBoolean', 'readCount', 'readNamedBits', 'readTime'].map(
      (name) => `verify/sigstore/der ${name}`,
    ),
  ),
  ...(['messageSignature', 'dsseEnvelope'] as const).map((content) =>
    reader(
      (bytes) => readLoggedVerifier(bytes, content, what),
      'verify/sigstore/entry-body readLoggedVerifier',
    ),
  ),
  reader(
    (bytes) => listedAttestations({ bytes, url: what }),
    'verify/sigstore/github-attestations listedAttestations',
  ),
  reader(
    (bytes) => {
      const json: unknown = parseStrictJson(bytes, (message) => new UsageError('MANIFEST_INVALID', message));
      return isLegacyBundle(json) ? upgradeLegacyBundle(json, what) : undefined;
    },
    'verify/sigstore/legacy-bundle isLegacyBundle',
    'verify/sigstore/legacy-bundle upgradeLegacyBundle',
  ),
  reader((bytes) => {
    const [signature = '', ...certificate] = text(bytes).split('\n');
    const files = { signature: Buffer.from(signature), certificate: Buffer.from(certificate.join('\n')) };
    return parseDetached({ ...files, digest: `sha256:${'a'.repeat(64)}`, what });
  }, 'verify/sigstore/rekor parseDetached'),
  reader(
    (bytes) => reviewTrustedRoot(bytes, bytes, now),
    'verify/sigstore/trusted-root-review reviewTrustedRoot',
  ),
  ...(['root', 'timestamp', 'snapshot', 'targets'] as const).map((role) =>
    reader((bytes) => parseTufDocument(role, bytes, what), 'verify/tuf/metadata parseTufDocument'),
  ),
];

/** What is no reader of strangers' bytes, although it looks like one, or is fuzzed as a part of another. */
export const notReaders: Readonly<Record<string, string>> = {
  ...because('its parts are read by others', [
    'formats/own/catalogue-advisories readAdvisories',
    'verify/anchors/sigstore readTufRoots',
    'verify/openpgp/keyring readKeyring',
    'verify/openpgp/keyring readPinnedKeyring',
    'verify/openpgp/kept-keyring readKeptKeyring',
  ]),
  ...because('it is generic: those that call it are fuzzed', [
    'formats/own/evidence parseState',
    'formats/upstream/evidence-json parseEvidenceJson',
    'formats/upstream/evidence-json readEvidenceJson',
    'formats/upstream/evidence-yaml parseEvidenceYaml',
    'sources/look readFound',
    'sources/look findGithubRelease',
    'sources/look findOnServer',
  ]),
  ...because('it compares a digest or a size', [
    'formats/upstream/evidence-json requireSize',
    'verify/digest verifyBytes',
    'verify/image/image-content requireDigest',
    'verify/pinned verifyPinned',
    'verify/tuf/checks verifyListed',
    'verify/file-type verifyFileType',
    'verify/tuf/update openPinnedTufRoot',
  ]),
  ...because('methods ask it, which are fuzzed', [
    'verify/image/find-signature readSignature',
    'verify/image/image-content readImageContent',
    'verify/image/image-content requireConfig',
    'verify/image/image-manifest requirePlatform',
    'verify/image/pinned-image readPinnedImage',
    'verify/methods/sigstore-checksums verifyChecksumBundles',
    'verify/openpgp/read-signatures readSignatureBlocks',
    'verify/openpgp/verify-signatures verifyCleartext',
    'verify/openpgp/verify-signatures verifyDetached',
    'verify/openpgp/verify-signatures verifyDetachedText',
    'verify/sbom/document readSigned',
  ]),
  ...because('what it takes was read before', ['verify/sigstore/trusted-root describeLog']),
  ...because('it writes', [
    'formats/text/pem toPem',
    'verify/openpgp/armor encodeArmor',
    'verify/sigstore/rekor leafHash',
    'verify/methods/asset-file blake2bOf',
    'verify/sigstore/subject subjectOfBytes',
  ]),
};

function because(reason: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

function inChunks(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  return Readable.from(chunksOf(bytes), { objectMode: true });
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096);
}

async function membersOf(bytes: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name, content } of readTar(bytes, what)) {
    names.push(name);
    for await (const chunk of content) promise(chunk.length > 0, 'it yields nothing');
  }
  return names;
}

/** GRUB's configuration on a disk with nothing else on it. */
function bootOf(bytes: Uint8Array): unknown {
  const partitions = [
    { number: 1, uuid: '11111111-aaaa-4aaa-8aaa-111111111111', label: 'root', partitionUuid: undefined },
  ];
  const documents = new Map<string, Uint8Array | undefined>();
  for (let asked = 0; asked < 1000; asked += 1) {
    const found = defaultBoot(partitions as never, documents, 'amd64');
    if (!('need' in found)) return found;
    documents.set(keyOf(found.need), found.need.path === '/boot/grub/grub.cfg' ? bytes : undefined);
  }
  throw new BrokenPromise('it asks and asks');
}

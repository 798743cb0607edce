/**
 * An image of a registry as an entry: by the signature that cosign put beside it, whose identity is in its certificate; or,
 * where nobody signs it, by the digest that its tag leads to.
 */
import { parseImageConfig, parseOciDocument } from '../../formats/upstream/oci-manifest.ts';
import type { Repository } from '../../formats/upstream/image-reference.ts';
import type { Architecture } from '../../model/artifact.ts';
import { UsageError } from '../../model/errors.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { Gathering } from '../../sources/gather.ts';
import { fetchTags } from '../../sources/oci-tags.ts';
import { UpstreamStore } from '../../sources/upstream-store.ts';
import { bundleOf, signatureLayers, signatureTag } from '../../verify/image/cosign-signature.ts';
import { blobNeed, manifestNeed } from '../../verify/image/needs.ts';
import { runsOn } from '../../verify/image/platform.ts';
import { signersInBundles } from '../../verify/sigstore/claimed-signer.ts';
import type { Tagged } from '../shared/release-names.ts';
import type { Candidate } from './candidates.ts';
import { identityFrom } from './identity.ts';
import { choose, look, type Addition, type Way } from './look.ts';
import { versionsIn } from './newest.ts';
import { taggedOf } from './proposal.ts';
import { proposedFor, type AddSubject } from './request.ts';

/** `tag`: undefined for the highest version. Throws as `findProofs` does. */
export async function findImage(
  repository: Repository,
  tag: string | undefined,
  subject: AddSubject,
): Promise<Addition> {
  const { context } = subject;
  const store = new UpstreamStore(context);
  const gathering = new Gathering(store, context);
  const reference = `${repository.registry}/${repository.repository}`;
  const tagged = taggedOf(tag ?? highestTag(await fetchTags(store.registry(repository)), reference));
  const top = await read(manifestNeed('oci-tagged', repository, tagged.tag), gathering);
  const offered = await platformsOf(top, repository, gathering);
  const common = proposedFor(subject);
  const architectures = common.architectures.filter(offered);
  const at = `${reference}:${tagged.tag}`;
  if (architectures.length === 0)
    throw new UsageError('USAGE', `${at} is for none of the catalogue's platforms`);
  const named = { repository: repository.repository, tag: `${tagged.prefix}{version}` };
  const exactly = { version: tagged.version };
  const proposal = {
    ...{ ...common, architectures, type: 'oci-image' as const },
    ...{ source: { type: 'oci-registry', registry: repository.registry }, entry: { ...named, ...exactly } },
  };
  const looking = { ...subject, proposal };
  const signature = await look(signed, () => waysBySignature(top, repository, tagged, gathering), looking);
  const digests = { [tagged.version]: top.digest };
  const byDigest: Way = { fields: { digests }, digest: top.digest };
  const looked = [signature, await look(pinned, () => Promise.resolve([byDigest]), looking)];
  const chosen = choose(looked, at, 'A person can write its digest down (method pinned).');
  const isOpen = tag === undefined && chosen === signature;
  const wanted = isOpen ? { versions: { range: `^${tagged.version}` } } : exactly;
  return {
    ...{ title: `${at}, ${architectures.join(' and ')}`, tagged, assets: new Map(), others: [], absent: [] },
    ...{ looked, chosen, proposal: { ...proposal, entry: { ...named, ...wanted } } },
  };
}

const signed: Candidate = {
  what: 'cosign signature',
  files: [],
  verification: { method: 'cosign-image' },
  signedBy: { in: 'bundle', file: 'the registry' },
};

const pinned: Candidate = {
  what: 'digest, which its registry alone says',
  files: [],
  verification: {
    method: 'pinned',
    reason: 'assay add looked for a signature in its repository, and found none that it could verify',
  },
  signedBy: { in: 'nothing' },
};

async function read(need: ReturnType<typeof manifestNeed>, gathering: Gathering): Promise<EvidenceDocument> {
  return (await gathering.read([need])).of(need);
}

/** Which architectures it is for: as its index lists them, or its configuration says. */
async function platformsOf(
  top: EvidenceDocument,
  repository: Repository,
  gathering: Gathering,
): Promise<(arch: Architecture) => boolean> {
  const document = parseOciDocument(top.bytes, top.url);
  if (document.kind === 'index') {
    const listed = document.index.manifests.flatMap(({ platform }) => platform ?? []);
    return (arch) => listed.some((one) => runsOn(one, arch));
  }
  const need = blobNeed('oci-config', repository, document.manifest.config);
  const { bytes, url } = await read(need, gathering);
  const config = parseImageConfig(bytes, url);
  return (arch) => runsOn(config, arch);
}

/** Of the tag's own document, or else of the manifests that it lists. None where nobody signed. */
async function waysBySignature(
  top: EvidenceDocument,
  repository: Repository,
  tagged: Tagged,
  gathering: Gathering,
): Promise<readonly Way[]> {
  const document = parseOciDocument(top.bytes, top.url);
  const listed = document.kind === 'index' ? document.index.manifests.map(({ digest }) => digest) : [];
  for (const digest of [top.digest, ...listed.slice(0, maxListed)]) {
    const need = manifestNeed('cosign-signatures', repository, signatureTag(digest), true);
    const signatures = (await gathering.read([need])).find(need);
    if (signatures === undefined) continue;
    const layers = signatureLayers(signatures.bytes, signatures.url);
    const what = `the signature of ${digest}`;
    return layers
      .flatMap((layer) => signersInBundles(bundleOf(layer, what), what))
      .map((signer): Way => {
        const learnt = identityFrom(signer, { tagged, repository: undefined, isAttestation: false });
        return { fields: learnt.fields, learnt };
      });
  }
  return [];
}

/** Platforms of an index: each could be signed by itself. */
const maxListed = 20;

/** The highest that is plainly a version. Throws UsageError `USAGE`. */
function highestTag(tags: readonly string[], reference: string): string {
  const [highest] = versionsIn(tags.filter((tag) => /^v?\d+\.\d+\.\d+$/.test(tag)));
  if (highest !== undefined) return highest.tagged.tag;
  throw new UsageError('USAGE', `${reference} has no tag that is plainly a version`, {
    hint: `Name one: oci://${reference}:TAG. It has: ${tags
      .filter((tag) => !tag.startsWith('sha256-'))
      .slice(0, 10)
      .join(', ')}.`,
  });
}
